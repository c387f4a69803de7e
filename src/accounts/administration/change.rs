//! Changes that operators, managers and applications make, and the janitor.

use super::super::{
    Account, AccountId, Accounts, Mandate, NotHeld, identifiers, letters, openings, recovery,
    store as account_store,
};
use super::store;
use crate::audit::{Actor, Event};
use crate::database::{Connection, Transaction};
use crate::kit::clock::Timestamp;
use crate::kit::locale::Locale;
use crate::mail::{self, Address, Message};

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It was made.
    Made,
    /// All was so already.
    AlreadySo,
    /// The account is deleted, or was never there, or is out of the mandate's reach.
    Gone,
    /// The account is no longer as it was seen: nothing was done.
    Stale,
}

impl Change {
    /// What a mandate that does not hold comes to.
    pub(in crate::accounts) fn of(refused: NotHeld) -> sqlx::Result<Self> {
        match refused {
            NotHeld::Gone => Ok(Self::Gone),
            NotHeld::Stale => Ok(Self::Stale),
            NotHeld::Database(error) => Err(error),
        }
    }
}

/// What became of a mail address that was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddressChange {
    /// It was set or taken away; tells which addresses are told by mail.
    Made {
        /// Whether a mail to the previous address is on its way.
        previous_told: bool,
        /// Whether a mail to the new one is.
        new_told: bool,
    },
    /// All was so already.
    AlreadySo,
    /// The account is deleted, or was never there, or is out of the mandate's reach.
    Gone,
    /// The account is no longer as it was seen: nothing was done.
    Stale,
    /// The address belongs to an upstream provider, and comes back at each sign-in.
    Upstream,
}

impl Accounts {
    /// Disables an account: every session and grant of it is dead, and stays so when it is enabled again.
    pub async fn disable(&self, id: &AccountId, mandate: &Mandate) -> sqlx::Result<Change> {
        let now = self.0.clock.now();
        let mut transaction = self.0.database.write().await?;
        if let Err(refused) = self.hold(&mut transaction, id, mandate).await {
            return Change::of(refused);
        }
        if !self.shut(&mut transaction, id, now, mandate.actor()).await? {
            return self.unchanged(transaction, id).await;
        }
        transaction.commit().await?;
        Ok(Change::Made)
    }

    /// Disables an account in the caller's transaction; `false` when it is already, or gone.
    pub(in crate::accounts) async fn shut(
        &self,
        connection: &mut Connection,
        id: &AccountId,
        now: Timestamp,
        actor: &Actor,
    ) -> sqlx::Result<bool> {
        if !store::disable(connection, id, now).await? {
            return Ok(false);
        }
        account_store::begin_epoch(connection, id, now).await?;
        recovery::end_all(connection, id).await?;
        self.record(connection, id, now, actor, (Event::Disabled, "")).await?;
        Ok(true)
    }

    /// Enables an account again.
    pub async fn enable(&self, id: &AccountId, mandate: &Mandate) -> sqlx::Result<Change> {
        let now = self.0.clock.now();
        let mut transaction = self.0.database.write().await?;
        if let Err(refused) = self.hold(&mut transaction, id, mandate).await {
            return Change::of(refused);
        }
        if !self.reopen(&mut transaction, id, now, mandate.actor()).await? {
            return self.unchanged(transaction, id).await;
        }
        transaction.commit().await?;
        Ok(Change::Made)
    }

    /// Enables an account again in the caller's transaction; `false` when it is already, or gone.
    pub(in crate::accounts) async fn reopen(
        &self,
        connection: &mut Connection,
        id: &AccountId,
        now: Timestamp,
        actor: &Actor,
    ) -> sqlx::Result<bool> {
        if !store::enable(connection, id, now).await? {
            return Ok(false);
        }
        self.record(connection, id, now, actor, (Event::Enabled, "")).await?;
        Ok(true)
    }

    /// Deletes an account: nothing is left that says whose it was, no access of it counts, and its identifier
    /// is never given to anybody else.
    pub async fn delete(&self, id: &AccountId, mandate: &Mandate) -> sqlx::Result<Change> {
        let now = self.0.clock.now();
        let mut transaction = self.0.database.write().await?;
        let account = match self.hold(&mut transaction, id, mandate).await {
            Ok(account) => account,
            Err(refused) => return Change::of(refused),
        };
        if !self.anonymise(&mut transaction, &account, now, mandate.actor()).await? {
            return Ok(Change::AlreadySo);
        }
        transaction.commit().await?;
        Ok(Change::Made)
    }

    /// Anonymises an account in the caller's transaction, and the records that it took in; `false` when it is already.
    pub(in crate::accounts) async fn anonymise(
        &self,
        transaction: &mut Transaction,
        account: &Account,
        now: Timestamp,
        actor: &Actor,
    ) -> sqlx::Result<bool> {
        let made = self.anonymise_record(transaction, account, now, actor).await?;
        for alias in self.absorbed_by(transaction, &account.id).await? {
            if let Some(alias) = account_store::lock(transaction, &alias).await? {
                self.anonymise_record(transaction, &alias, now, actor).await?;
            }
        }
        Ok(made)
    }

    async fn anonymise_record(
        &self,
        transaction: &mut Transaction,
        account: &Account,
        now: Timestamp,
        actor: &Actor,
    ) -> sqlx::Result<bool> {
        let id = &account.id;
        if let Some(identifier) = account.identifier().filter(|identifier| !identifier.is_empty()) {
            identifiers::keep_taken(transaction, &self.0.marks, identifier).await?;
        }
        if !store::anonymise(transaction, id, now).await? {
            return Ok(false);
        }
        store::forget_passwords(transaction, id).await?;
        recovery::end_all(transaction, id).await?;
        openings::forget(transaction, id).await?;
        letters::void_open(transaction, id, now).await?;
        mail::forget(transaction, id.as_str()).await?;
        self.record(transaction, id, now, actor, (Event::Deleted, "")).await?;
        Ok(true)
    }

    /// Sets the mail address of an account, vouched for by whoever sets it, or takes it away.
    ///
    /// The previous address is told that it is replaced or removed, the new one that it was registered; links
    /// sent to the previous one are dead.
    pub async fn set_email(
        &self,
        id: &AccountId,
        address: Option<&Address>,
        mandate: &Mandate,
    ) -> sqlx::Result<AddressChange> {
        let now = self.0.clock.now();
        let mut transaction = self.0.database.write().await?;
        let account = match self.hold(&mut transaction, id, mandate).await {
            Ok(account) => account,
            Err(NotHeld::Gone) => return Ok(AddressChange::Gone),
            Err(NotHeld::Stale) => return Ok(AddressChange::Stale),
            Err(NotHeld::Database(error)) => return Err(error),
        };
        if account.identifier().is_none() {
            return Ok(AddressChange::Upstream);
        }
        let text = address.map(Address::as_str);
        if account.email.as_deref() == text && account.pending_email.is_none() {
            return Ok(AddressChange::AlreadySo);
        }
        let change = self.readdress(&mut transaction, &account, address, now, mandate.actor()).await?;
        transaction.commit().await?;
        self.0.mailer.wake();
        Ok(change)
    }

    /// Sets or takes away an address in the caller's transaction, which has locked the account's row, and posts
    /// what the previous and the new one are told.
    pub(in crate::accounts) async fn readdress(
        &self,
        connection: &mut Connection,
        account: &Account,
        address: Option<&Address>,
        now: Timestamp,
        actor: &Actor,
    ) -> sqlx::Result<AddressChange> {
        let (id, text) = (&account.id, address.map(Address::as_str));
        if !store::vouch_for_address(connection, id, text, now).await? {
            return Ok(AddressChange::Gone);
        }
        recovery::end_all(connection, id).await?;
        let event = if address.is_some() { Event::AddressSet } else { Event::AddressRemoved };
        self.record(connection, id, now, actor, (event, "")).await?;
        let is_new = account.email.as_deref() != text;
        let message = match address {
            Some(address) => Message::AddressChanged { to: address.masked() },
            None => Message::AddressRemoved,
        };
        let previous = account.email.as_deref().filter(|_| is_new);
        let locale = Locale::default();
        let previous = self.tell(connection, account, previous, locale, message).await?;
        let new = match address.filter(|_| is_new) {
            Some(address) => self.tell_registered(connection, account, address, None).await?,
            None => None,
        };
        Ok(AddressChange::Made { previous_told: previous.is_some(), new_told: new.is_some() })
    }

    /// Notes in the account's history that its waits were lifted, in the transaction that lifts them.
    pub async fn note_unlocked(
        &self,
        transaction: &mut Transaction,
        id: &AccountId,
        mandate: &Mandate,
    ) -> sqlx::Result<()> {
        self.record(transaction, id, self.0.clock.now(), mandate.actor(), (Event::Unlocked, "")).await
    }

    async fn unchanged(&self, mut transaction: Transaction, id: &AccountId) -> sqlx::Result<Change> {
        let deleted = store::is_gone(&mut transaction, id).await?;
        Ok(if deleted { Change::Gone } else { Change::AlreadySo })
    }
}
