//! Mail addresses: given by the person, confirmed by a link, taken away.
//!
//! Nothing that opens an account goes to an address before a link proved that it is read by its owner.

use super::recovery::{self, LinkPurpose, links};
use super::{Account, AccountId, Accounts, Origin, store};
use crate::audit::{self, Actor, Event};
use crate::config::{AddressPolicy, DeskSettings};
use crate::database::Connection;
use crate::kit::clock::Timestamp;
use crate::kit::locale::Locale;
use crate::mail::{Address, MailId, Message, Outgoing};

/// Why a mail address was not taken in or away.
#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    /// The account is gone or disabled, or its addresses come from an upstream provider.
    #[error("the account keeps no mail address here")]
    NotHere,
    /// The database failed.
    #[error("the mail address could not be stored: {0}")]
    Database(#[from] sqlx::Error),
}

impl Accounts {
    /// Whether a person should be asked for a mail address: nobody who has one is, unless a desk proposes another, and
    /// nobody at all where no mail can be sent.
    #[must_use]
    pub fn address_wanted(&self, account: &Account) -> AddressPolicy {
        let is_ours = matches!(account.origin, Origin::Here { .. });
        if !is_ours || !self.0.mailer.is_configured() {
            return AddressPolicy::Never;
        }
        match (&account.email, &account.proposed_email) {
            (None, _) => self.0.recovery.mail_address,
            (Some(_), Some(_)) => AddressPolicy::Optional,
            (Some(_), None) => AddressPolicy::Never,
        }
    }

    /// Whether somebody who signs in with their own password should be asked: as
    /// [`Accounts::address_wanted`], but not while an address that they gave waits to be confirmed.
    pub async fn address_wanted_again(&self, account: &Account) -> sqlx::Result<AddressPolicy> {
        let policy = self.address_wanted(account);
        if policy == AddressPolicy::Never || account.pending_email.is_none() {
            return Ok(policy);
        }
        let mut connection = self.0.database.read().await?;
        let waits = self.waits_for_link(&mut connection, account, LinkPurpose::Confirm).await?;
        Ok(if waits { AddressPolicy::Never } else { policy })
    }

    /// Takes in an address that a person gave, and mails a link to confirm it; an earlier one is dead.
    pub async fn give_address(
        &self,
        account: &AccountId,
        address: &Address,
        locale: Locale,
    ) -> Result<(), AddressError> {
        let now = self.0.clock.now();
        let mut transaction = self.0.database.write().await?;
        let person = self.with_addresses_here(&mut transaction, account).await?;
        self.take_address(&mut transaction, &person, address, locale, now).await?;
        transaction.commit().await?;
        self.0.mailer.wake();
        Ok(())
    }

    /// Takes a person's address away, the confirmed one and the one that waits; links sent there are dead, and the
    /// confirmed one is told.
    pub async fn remove_address(&self, account: &AccountId, locale: Locale) -> Result<(), AddressError> {
        let now = self.0.clock.now();
        let mut transaction = self.0.database.write().await?;
        let person = self.with_addresses_here(&mut transaction, account).await?;
        if person.email.is_some() || person.pending_email.is_some() {
            store::set_address(&mut transaction, account, None, now).await?;
            recovery::end_all(&mut transaction, account).await?;
            self.record(&mut transaction, account, now, &Actor::Person, (Event::AddressRemoved, "")).await?;
            let removed = person.email.as_deref();
            self.tell(&mut transaction, &person, removed, locale, Message::AddressRemoved).await?;
            transaction.commit().await?;
            self.0.mailer.wake();
        }
        Ok(())
    }

    /// The address that a link would confirm, if the link is alive; nothing changes.
    pub async fn address_to_confirm(&self, token: &str) -> sqlx::Result<Option<Address>> {
        let mut connection = self.0.database.read().await?;
        let found = self.live_link(&mut connection, LinkPurpose::Confirm, token).await?;
        Ok(found.and_then(|(link, _)| Address::parse(&link.address)))
    }

    /// Confirms an address by the link that was sent there; `None` when the link is dead, whatever the
    /// cause. The previous address is told.
    pub async fn confirm_address(&self, token: &str, locale: Locale) -> sqlx::Result<Option<Address>> {
        let now = self.0.clock.now();
        let mut transaction = self.0.database.write().await?;
        let found = self.lock_live_link(&mut transaction, LinkPurpose::Confirm, token).await?;
        let Some((link, account)) = found else { return Ok(None) };
        let Some(address) = Address::parse(&link.address) else { return Ok(None) };
        if !links::use_up(&mut transaction, &link).await? {
            return Ok(None);
        }
        store::set_address(&mut transaction, &account.id, Some(address.as_str()), now).await?;
        // What was sent to the previous address is dead too.
        recovery::end_all(&mut transaction, &account.id).await?;
        self.record(&mut transaction, &account.id, now, &Actor::Person, (Event::AddressConfirmed, ""))
            .await?;
        let previous = account.email.as_deref().filter(|email| *email != address.as_str());
        let told = Message::AddressChanged { to: address.masked() };
        self.tell(&mut transaction, &account, previous, locale, told).await?;
        transaction.commit().await?;
        self.0.mailer.wake();
        Ok(Some(address))
    }

    /// Notes an address as given and posts the link that confirms it, in the caller's transaction.
    pub(super) async fn take_address(
        &self,
        connection: &mut Connection,
        account: &Account,
        address: &Address,
        locale: Locale,
        now: Timestamp,
    ) -> sqlx::Result<()> {
        store::set_pending_address(connection, &account.id, Some(address.as_str()), now).await?;
        let pending = Account { pending_email: Some(address.as_str().to_owned()), ..account.clone() };
        self.mail_link(connection, &pending, LinkPurpose::Confirm, address, locale).await?;
        self.record(connection, &account.id, now, &Actor::Person, (Event::AddressGiven, "")).await
    }

    /// Posts a mail to an address of an account, if there is one and mails can be sent.
    pub(super) async fn tell(
        &self,
        connection: &mut Connection,
        account: &Account,
        to: Option<&str>,
        locale: Locale,
        message: Message,
    ) -> sqlx::Result<Option<MailId>> {
        let Some(to) = to.and_then(Address::parse).filter(|_| self.0.mailer.is_configured()) else {
            return Ok(None);
        };
        let name = account.display_name();
        let mail = Outgoing { to: &to, locale, account: account.id.as_str(), name: &name, message };
        self.0.mailer.post(connection, &mail).await.map(Some)
    }

    /// Tells an address that somebody else than the person registered it for their access, and whom to tell
    /// if it is wrong: a desk of the authority, or whoever operates the site.
    pub(super) async fn tell_registered(
        &self,
        connection: &mut Connection,
        account: &Account,
        address: &Address,
        desk: Option<&DeskSettings>,
    ) -> sqlx::Result<Option<MailId>> {
        let (authority, contact) = self.voice_of(account, desk);
        let identifier = account.identifier().unwrap_or_default().to_owned();
        let message = Message::AddressRegistered { identifier, authority, contact };
        self.tell(connection, account, Some(address.as_str()), Locale::default(), message).await
    }

    /// In whose name a person is told of what was done for them, and whom to tell if it is wrong.
    pub(super) fn voice_of(&self, account: &Account, desk: Option<&DeskSettings>) -> (String, String) {
        let known = self.0.authorities.iter().find(|known| account.authority.as_ref() == Some(&known.id));
        let operator = &self.0.site.operator;
        let desk = desk.or_else(|| known?.desks.first());
        let authority = known.map_or(operator, |authority| &authority.name).clone();
        (authority, desk.map_or_else(|| operator.clone(), contact_of))
    }

    /// Whom a person calls: the first desk of the authority that looks after them, its name and how to reach it.
    #[must_use]
    pub fn contact_of(&self, account: &Account) -> Option<String> {
        let known = self.0.authorities.iter().find(|known| account.authority.as_ref() == Some(&known.id));
        known.and_then(|authority| authority.desks.first()).map(contact_of)
    }

    /// Appends to the account's history.
    pub(super) async fn record(
        &self,
        connection: &mut Connection,
        account: &AccountId,
        at: Timestamp,
        actor: &Actor,
        event: (Event, &str),
    ) -> sqlx::Result<()> {
        audit::record(connection, &self.0.rng, at, account.as_str(), actor, event).await
    }

    /// The account, its row locked: one that is deleted meanwhile keeps no address.
    async fn with_addresses_here(
        &self,
        connection: &mut Connection,
        account: &AccountId,
    ) -> Result<Account, AddressError> {
        let found = store::lock(connection, account).await?;
        let is_here = |person: &Account| person.is_open() && matches!(person.origin, Origin::Here { .. });
        found.filter(is_here).ok_or(AddressError::NotHere)
    }
}

/// The desk's name, and how to reach it.
pub(super) fn contact_of(desk: &DeskSettings) -> String {
    let parts = [Some(&desk.name), desk.email.as_ref(), desk.telephone.as_ref()];
    parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(", ")
}
