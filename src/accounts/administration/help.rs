//! What helps a person on the telephone and opens nothing: an address proposed, accesses ended, a link or a mail
//! sent once more.

use super::change::Change;
use super::store;
use crate::accounts::recovery::LinkPurpose;
use crate::accounts::{Account, AccountId, Accounts, Mandate, store as people};
use crate::audit::{Actor, Event};
use crate::config::DeskSettings;
use crate::database::Connection;
use crate::kit::clock::Timestamp;
use crate::kit::locale::Locale;
use crate::mail::{self, Address, MailId, Message};

impl Accounts {
    /// Whether mails can be sent at all.
    #[must_use]
    pub fn sends_mail(&self) -> bool {
        self.0.mailer.is_configured()
    }

    /// Proposes a mail address to a person, who makes it theirs when they sign in, or does not.
    ///
    /// The address in use stays so until then, and both are told: a helper with a mailbox of their own gains nothing.
    pub async fn propose_address(
        &self,
        id: &AccountId,
        address: &Address,
        mandate: &Mandate,
    ) -> sqlx::Result<Change> {
        let now = self.0.clock.now();
        let mut transaction = self.0.database.write().await?;
        let account = match self.hold(&mut transaction, id, mandate).await {
            Ok(account) => account,
            Err(refused) => return Change::of(refused),
        };
        let known = [&account.proposed_email, &account.email];
        let is_theirs = |known: &&Option<String>| known.as_deref() == Some(address.as_str());
        if is_theirs(&known[0]) || is_theirs(&known[1]) && account.email_verified {
            return Ok(Change::AlreadySo);
        }
        self.note_proposal(&mut transaction, &account, (address, None), mandate.actor(), now).await?;
        transaction.commit().await?;
        self.0.mailer.wake();
        Ok(Change::Made)
    }

    /// Proposes an address in the caller's transaction, which holds the account's row, and tells of it in the name of a desk.
    pub(in crate::accounts) async fn note_proposal(
        &self,
        connection: &mut Connection,
        account: &Account,
        (address, desk): (&Address, Option<&DeskSettings>),
        actor: &Actor,
        now: Timestamp,
    ) -> sqlx::Result<()> {
        store::propose_address(connection, &account.id, Some(address.as_str()), now).await?;
        self.record(connection, &account.id, now, actor, (Event::AddressProposed, "")).await?;
        self.tell_proposed(connection, account, address, desk).await
    }

    /// Tells the address in use and the one that is proposed, and whom to call if that is wrong.
    pub(in crate::accounts) async fn tell_proposed(
        &self,
        connection: &mut Connection,
        account: &Account,
        address: &Address,
        desk: Option<&DeskSettings>,
    ) -> sqlx::Result<()> {
        let (authority, contact) = self.voice_of(account, desk);
        let told = Message::AddressProposed {
            to: address.masked(),
            authority: authority.clone(),
            contact: contact.clone(),
        };
        self.tell(connection, account, account.email.as_deref(), Locale::default(), told).await?;
        let identifier = account.identifier().unwrap_or_default().to_owned();
        let told = Message::AddressNoted { identifier, authority, contact };
        self.tell(connection, account, Some(address.as_str()), Locale::default(), told).await?;
        Ok(())
    }

    /// Takes back an address that was proposed and not taken.
    pub async fn withdraw_proposal(&self, id: &AccountId, mandate: &Mandate) -> sqlx::Result<Change> {
        let now = self.0.clock.now();
        let mut transaction = self.0.database.write().await?;
        let account = match self.hold(&mut transaction, id, mandate).await {
            Ok(account) => account,
            Err(refused) => return Change::of(refused),
        };
        if account.proposed_email.is_none() {
            return Ok(Change::AlreadySo);
        }
        store::propose_address(&mut transaction, id, None, now).await?;
        self.record(&mut transaction, id, now, mandate.actor(), (Event::ProposalWithdrawn, "")).await?;
        transaction.commit().await?;
        Ok(Change::Made)
    }

    /// Ends every session and grant of a person; the password stays, and so does a request for help.
    pub async fn end_accesses(&self, id: &AccountId, mandate: &Mandate) -> sqlx::Result<Change> {
        let now = self.0.clock.now();
        let mut transaction = self.0.database.write().await?;
        if let Err(refused) = self.hold(&mut transaction, id, mandate).await {
            return Change::of(refused);
        }
        people::begin_epoch(&mut transaction, id, now).await?;
        self.record(&mut transaction, id, now, mandate.actor(), (Event::AccessEnded, "")).await?;
        transaction.commit().await?;
        Ok(Change::Made)
    }

    /// Mails a link that sets a new password to the address that the person confirmed, unless one is on its way.
    pub async fn send_reset_link(&self, id: &AccountId, mandate: &Mandate) -> sqlx::Result<Change> {
        let now = self.0.clock.now();
        let mut transaction = self.0.database.write().await?;
        let account = match self.hold(&mut transaction, id, mandate).await {
            Ok(account) => account,
            Err(refused) => return Change::of(refused),
        };
        let confirmed = confirmed_address(&account).filter(|_| self.may_be_mailed(&account));
        let Some(address) = confirmed else { return Ok(Change::AlreadySo) };
        if self.was_mailed_lately(&mut transaction, &account).await? {
            return Ok(Change::AlreadySo);
        }
        let (purpose, locale) = (LinkPurpose::Reset, Locale::default());
        self.mail_link(&mut transaction, &account, purpose, &address, locale).await?;
        self.record(&mut transaction, id, now, mandate.actor(), (Event::ResetLinkSent, "")).await?;
        transaction.commit().await?;
        self.0.mailer.wake();
        Ok(Change::Made)
    }

    /// Has a mail to a person tried again that was given up.
    pub async fn retry_mail(&self, id: &AccountId, mail: &MailId, mandate: &Mandate) -> sqlx::Result<Change> {
        let now = self.0.clock.now();
        let mut transaction = self.0.database.write().await?;
        if let Err(refused) = self.hold(&mut transaction, id, mandate).await {
            return Change::of(refused);
        }
        let Some(kind) = mail::retry_of(&mut transaction, id.as_str(), mail, now).await? else {
            return Ok(Change::AlreadySo);
        };
        self.record(&mut transaction, id, now, mandate.actor(), (Event::MailRetried, kind.as_str())).await?;
        transaction.commit().await?;
        self.0.mailer.wake();
        Ok(Change::Made)
    }
}

/// The address that a person proved to be theirs.
fn confirmed_address(account: &Account) -> Option<Address> {
    account.email.as_deref().filter(|_| account.email_verified).and_then(Address::parse)
}
