//! Links sent by mail: 256 random bits, kept hashed, alive until used, outlived, or overtaken by any
//! change of the account.

use std::time::Duration;

use super::super::{Account, AccountId, Accounts, passwords};
use super::store;
use crate::database::Connection;
use crate::kit::clock::Timestamp;
use crate::kit::locale::Locale;
use crate::kit::secrets::TokenHash;
use crate::mail::{Address, MailId, Mailer, Message};

/// Characters of a token; another length is no token.
const TOKEN_LENGTH: usize = 43;
/// Where a link that sets a new password leads.
pub const RESET_PATH: &str = "/reset-password";
/// Where a link that confirms an address leads.
pub const CONFIRM_ADDRESS_PATH: &str = "/mail-address/confirm";

/// What a link is for; one of each for an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkPurpose {
    /// Setting a new password.
    Reset,
    /// Confirming a mail address.
    Confirm,
}

impl LinkPurpose {
    /// The word that stands for it in the table.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Reset => "reset",
            Self::Confirm => "confirm",
        }
    }
}

/// A link that was sent.
pub struct MailedLink {
    pub account: AccountId,
    pub purpose: LinkPurpose,
    /// Where it went.
    pub address: String,
    /// What the account was when it was made.
    pub state: String,
    /// The mail that took it there.
    pub mail: MailId,
    pub created_at: Timestamp,
}

/// Uses a link up: of two that try, one wins.
pub async fn use_up(connection: &mut Connection, link: &MailedLink) -> sqlx::Result<bool> {
    store::delete_link(connection, link).await
}

impl Accounts {
    /// How long a link of this purpose lives, from the moment its mail has left.
    pub(in crate::accounts) fn life_of(&self, purpose: LinkPurpose) -> Duration {
        match purpose {
            LinkPurpose::Reset => self.0.recovery.link_lifetime,
            LinkPurpose::Confirm => self.0.recovery.confirmation_lifetime,
        }
    }

    /// Makes a link and posts the mail that takes it to an address, in the caller's transaction; the
    /// account's other link of this purpose is dead. Does nothing where no mail can be sent.
    pub(in crate::accounts) async fn mail_link(
        &self,
        connection: &mut Connection,
        account: &Account,
        purpose: LinkPurpose,
        address: &Address,
        locale: Locale,
    ) -> sqlx::Result<()> {
        let token = self.0.rng.token();
        let path = match purpose {
            LinkPurpose::Reset => RESET_PATH,
            LinkPurpose::Confirm => CONFIRM_ADDRESS_PATH,
        };
        // The configured address only: what a request says of its host is somebody's word.
        let link = format!("{}{path}?token={token}", self.0.public_url.as_str().trim_end_matches('/'));
        let life = self.life_of(purpose);
        let message = match purpose {
            LinkPurpose::Reset => Message::ResetPassword { link, life },
            LinkPurpose::Confirm => Message::ConfirmAddress { link, life },
        };
        let mail = self.tell(connection, account, Some(address.as_str()), locale, message).await?;
        let Some(mail) = mail else { return Ok(()) };
        let link = MailedLink {
            account: account.id.clone(),
            purpose,
            address: address.as_str().to_owned(),
            state: state_of(connection, account, purpose).await?,
            mail,
            created_at: self.0.clock.now(),
        };
        store::put_link(connection, TokenHash::of(&token).as_str(), &link).await
    }

    /// The link of a token and its account, if it may still be used.
    pub(in crate::accounts) async fn live_link(
        &self,
        connection: &mut Connection,
        purpose: LinkPurpose,
        token: &str,
    ) -> sqlx::Result<Option<(MailedLink, Account)>> {
        if token.len() != TOKEN_LENGTH {
            return Ok(None);
        }
        let found = store::link_by_hash(connection, TokenHash::of(token).as_str(), purpose).await?;
        let Some(link) = found else { return Ok(None) };
        let Some(account) = super::super::store::by_id(connection, &link.account).await? else {
            return Ok(None);
        };
        let is_alive = self.is_alive(connection, &link, &account).await?;
        Ok(is_alive.then_some((link, account)))
    }

    /// The same, the account's row locked before anything is decided: whoever changes or deletes the account
    /// meanwhile was first, or waits.
    pub(in crate::accounts) async fn lock_live_link(
        &self,
        connection: &mut Connection,
        purpose: LinkPurpose,
        token: &str,
    ) -> sqlx::Result<Option<(MailedLink, Account)>> {
        let Some((link, _)) = self.live_link(connection, purpose, token).await? else { return Ok(None) };
        super::super::store::lock(connection, &link.account).await?;
        self.live_link(connection, purpose, token).await
    }

    /// Whether a link of this purpose is under way to the person and alive.
    pub(in crate::accounts) async fn waits_for_link(
        &self,
        connection: &mut Connection,
        account: &Account,
        purpose: LinkPurpose,
    ) -> sqlx::Result<bool> {
        match store::link_of_account(connection, &account.id, purpose).await? {
            Some(link) => self.is_alive(connection, &link, account).await,
            None => Ok(false),
        }
    }

    /// Whether nothing overtook a link.
    pub(super) async fn is_alive(
        &self,
        connection: &mut Connection,
        link: &MailedLink,
        account: &Account,
    ) -> sqlx::Result<bool> {
        // Nobody reads a mail before it left; a mail server that was down costs the person nothing. One that
        // is sent again, since it may not have arrived, brings no more time.
        let since = Mailer::left_at(connection, &link.mail).await?.unwrap_or(link.created_at);
        let is_young = self.0.clock.now() < since + self.life_of(link.purpose);
        let is_unchanged = link.state == state_of(connection, account, link.purpose).await?;
        Ok(is_young && is_unchanged && account.is_open())
    }
}

/// What an account is, as far as a link depends on it: any change of this kills the link.
async fn state_of(
    connection: &mut Connection,
    account: &Account,
    purpose: LinkPurpose,
) -> sqlx::Result<String> {
    let password = passwords::of_account(connection, &account.id).await?;
    let pending = match purpose {
        LinkPurpose::Reset => None,
        LinkPurpose::Confirm => account.pending_email.as_deref(),
    };
    // Which password it is, not its hash: the same one may be hashed anew.
    let password = password.map_or_else(String::new, |password| {
        let kind = if password.temporary { "temporary" } else { "personal" };
        format!("{kind} {}", password.set_at.seconds())
    });
    let state = [
        password.as_str(),
        account.email.as_deref().unwrap_or_default(),
        pending.unwrap_or_default(),
        &account.epoch.number().to_string(),
        if account.disabled_at.is_some() { "disabled" } else { "" },
    ];
    Ok(TokenHash::of(&state.join("\n")).as_str().to_owned())
}
