//! Two records of one person: the older one takes the younger one in, and lets it go again.
//!
//! The older `sub` stays; the younger record becomes an alias whose identifier leads to the older one. Nothing that
//! opens an account goes from one record to the other, neither a password nor a mail address: whoever owned the one
//! must not come to own the other. A record that was taken in never takes in, nor is taken in again, so that
//! there are neither chains nor rings. Rows are locked in one order: people by their ids, each before the records that it
//! took in; what is found under a lock counts.

mod store;

pub use store::ALIASES;

use std::time::Duration;

use super::administration::{Change, forget_passwords};
use super::openings::{self, NotOpened, Wanted, Way};
use super::{Account, AccountId, Accounts, Jurisdiction, Mandate, NotHeld, letters, recovery};
use crate::audit::{self, Event};
use crate::config::SecondManager;
use crate::database::{Connection, Transaction};
use crate::kit::clock::Timestamp;
use crate::kit::locale::Locale;
use crate::mail::Message;

/// Records that were both signed in with since so long are taken for two people's.
const BOTH_IN_USE: Duration = Duration::from_hours(30 * 24);

/// Why two records are not one person's, or cannot be made one now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotOne {
    /// They are one record already.
    Same,
    /// The one that would stay is disabled.
    KeptDisabled,
    /// Somebody signed in with each of them lately.
    BothInUse,
}

impl NotOne {
    /// Every reason.
    pub const ALL: [Self; 3] = [Self::Same, Self::KeptDisabled, Self::BothInUse];
}

/// Two records, and which of them stays.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The older one, which stays.
    pub kept: Account,
    /// The younger one, which becomes an alias.
    pub absorbed: Account,
}

/// What became of a merge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Merge {
    /// The two are one.
    Made {
        /// The record that stays.
        kept: AccountId,
    },
    /// They are not one person's.
    Refused(NotOne),
    /// One is not there, or out of the mandate's reach.
    Gone,
    /// One is no longer as it was seen: nothing was done.
    Stale,
    /// Another manager must agree first: it is noted, and they see it.
    SecondManager,
    /// This manager asked for as much as one may at a time.
    TooMany {
        /// After how long they may ask again.
        wait: Duration,
    },
}

impl Jurisdiction {
    /// Which of two records would stay, or why they cannot become one; `None` when one is not there.
    pub async fn pair(
        &self,
        one: &AccountId,
        other: &AccountId,
    ) -> sqlx::Result<Option<Result<Pair, NotOne>>> {
        let (Some(one), Some(other)) = (self.person(one).await?, self.person(other).await?) else {
            return Ok(None);
        };
        let accounts = self.accounts();
        accounts.weigh(&mut *accounts.0.database.read().await?, one, other).await.map(Some)
    }

    /// The records that a person's own took in, the latest first.
    pub async fn aliases(&self, id: &AccountId) -> sqlx::Result<Vec<Account>> {
        let mut connection = self.accounts().0.database.read().await?;
        store::aliases_within(&mut connection, self.authority(), id).await
    }
}

impl Accounts {
    /// Makes two records of one person one: each mandate holds for its own record, as it was seen.
    ///
    /// The younger record's password goes, its sessions and grants end, its letters are void; both addresses are told. It
    /// takes an access from its person and leads its identifier to another one, so a second manager agrees by the rule of
    /// openings, where either of the two is in use.
    pub async fn merge(
        &self,
        one: (&AccountId, &Mandate),
        other: (&AccountId, &Mandate),
        rule: SecondManager,
    ) -> sqlx::Result<Merge> {
        if one.0 == other.0 {
            return Ok(Merge::Refused(NotOne::Same));
        }
        let now = self.0.clock.now();
        let mandate = one.1;
        let mut transaction = self.0.database.write().await?;
        let mut parties = [one, other];
        parties.sort_by_key(|(id, _)| *id);
        let mut held = Vec::with_capacity(parties.len());
        for (id, mandate) in parties {
            match self.hold(&mut transaction, id, mandate).await {
                Ok(account) => held.push(account),
                Err(NotHeld::Gone) => return Ok(Merge::Gone),
                Err(NotHeld::Stale) => return Ok(Merge::Stale),
                Err(NotHeld::Database(error)) => return Err(error),
            }
        }
        let (Some(second), Some(first)) = (held.pop(), held.pop()) else { return Ok(Merge::Gone) };
        let pair = match self.weigh(&mut transaction, first, second).await? {
            Ok(pair) => pair,
            Err(reason) => return Ok(Merge::Refused(reason)),
        };
        match self.may_merge(&mut transaction, &pair, mandate, rule).await {
            Ok(()) => {}
            Err(NotOpened::SecondManager) => {
                // What was asked of a second manager stays asked.
                transaction.commit().await?;
                return Ok(Merge::SecondManager);
            }
            Err(NotOpened::TooMany { wait }) => return Ok(Merge::TooMany { wait }),
            Err(NotOpened::Gone) => return Ok(Merge::Gone),
            Err(NotOpened::Stale) => return Ok(Merge::Stale),
            Err(NotOpened::Database(error)) => return Err(error),
        }
        let (kept, absorbed) = (&pair.kept.id, &pair.absorbed.id);
        for id in [absorbed, kept] {
            if openings::was_in_use(&mut transaction, absorbed).await? {
                super::store::note_in_use(&mut transaction, id, now).await?;
            }
        }
        self.empty(&mut transaction, &pair.absorbed, mandate, now).await?;
        store::hand_over(&mut transaction, absorbed, kept).await?;
        store::absorb(&mut transaction, absorbed, kept, now).await?;
        store::touch(&mut transaction, kept, now).await?;
        let actor = mandate.actor();
        self.record(&mut transaction, kept, now, actor, (Event::Absorbed, absorbed.as_str())).await?;
        self.record(&mut transaction, absorbed, now, actor, (Event::Merged, kept.as_str())).await?;
        self.tell_both(&mut transaction, &pair).await?;
        let kept = kept.clone();
        transaction.commit().await?;
        self.0.mailer.wake();
        Ok(Merge::Made { kept })
    }

    /// Lets a record go that a person's own took in: it is as it was, without a password.
    pub async fn separate(
        &self,
        kept: &AccountId,
        absorbed: &AccountId,
        mandate: &Mandate,
    ) -> sqlx::Result<Change> {
        let now = self.0.clock.now();
        let mut transaction = self.0.database.write().await?;
        if let Err(refused) = self.hold(&mut transaction, kept, mandate).await {
            return Change::of(refused);
        }
        let alias = Self::lock_within(&mut transaction, absorbed, mandate).await?;
        if alias.is_none_or(|alias| alias.merged_into.as_ref() != Some(kept)) {
            return Ok(Change::AlreadySo);
        }
        store::release(&mut transaction, absorbed, now).await?;
        store::touch(&mut transaction, kept, now).await?;
        let actor = mandate.actor();
        self.record(&mut transaction, kept, now, actor, (Event::Separated, absorbed.as_str())).await?;
        self.record(&mut transaction, absorbed, now, actor, (Event::Separated, kept.as_str())).await?;
        transaction.commit().await?;
        Ok(Change::Made)
    }

    /// The records that a person's own took in, in the order in which they are locked.
    pub(super) async fn absorbed_by(
        &self,
        connection: &mut Connection,
        kept: &AccountId,
    ) -> sqlx::Result<Vec<AccountId>> {
        store::aliases(connection, kept).await
    }

    /// Which of two records stays, or why they do not become one.
    async fn weigh(
        &self,
        connection: &mut Connection,
        one: Account,
        other: Account,
    ) -> sqlx::Result<Result<Pair, NotOne>> {
        let leads_to = |account: &Account| account.merged_into.clone().unwrap_or_else(|| account.id.clone());
        if leads_to(&one) == leads_to(&other) {
            return Ok(Err(NotOne::Same));
        }
        let is_older =
            store::made_at(connection, &one.id).await? <= store::made_at(connection, &other.id).await?;
        let (kept, absorbed) = if is_older { (one, other) } else { (other, one) };
        if kept.disabled_at.is_some() {
            return Ok(Err(NotOne::KeptDisabled));
        }
        let both =
            self.is_in_use(connection, &kept.id).await? && self.is_in_use(connection, &absorbed.id).await?;
        Ok(if both { Err(NotOne::BothInUse) } else { Ok(Pair { kept, absorbed }) })
    }

    /// Whether a manager may make two records one now: a second one agreed, where that is asked for either of them.
    async fn may_merge(
        &self,
        connection: &mut Connection,
        pair: &Pair,
        mandate: &Mandate,
        rule: SecondManager,
    ) -> Result<(), NotOpened> {
        let Some(acting) = mandate.actor().acting() else { return Ok(()) };
        let is_asked = self.needs_second(connection, &pair.kept, rule).await?
            || self.needs_second(connection, &pair.absorbed, rule).await?;
        if is_asked {
            let wanted = Wanted { way: Way::Merge, acting, other: Some(&pair.kept.id) };
            self.agreed(connection, &pair.absorbed, &wanted, mandate).await?;
        }
        Ok(())
    }

    /// Whether somebody signed in with a record lately.
    async fn is_in_use(&self, connection: &mut Connection, id: &AccountId) -> sqlx::Result<bool> {
        let since = self.0.clock.now() - BOTH_IN_USE;
        let last = audit::last(connection, id.as_str(), Event::SignedIn).await?;
        Ok(last.is_some_and(|at| at >= since))
    }

    /// Takes from a record all that opens it.
    async fn empty(
        &self,
        transaction: &mut Transaction,
        account: &Account,
        mandate: &Mandate,
        now: Timestamp,
    ) -> sqlx::Result<()> {
        let id = &account.id;
        forget_passwords(transaction, id).await?;
        super::store::begin_epoch(transaction, id, now).await?;
        recovery::end_all(transaction, id).await?;
        for number in letters::void_open(transaction, id, now).await? {
            let event = (Event::LetterVoided, number.as_str());
            self.record(transaction, id, now, mandate.actor(), event).await?;
        }
        Ok(())
    }

    /// Tells every address of the two that there is one record from now on, and which.
    async fn tell_both(&self, transaction: &mut Transaction, pair: &Pair) -> sqlx::Result<()> {
        let identifier = |account: &Account| account.identifier().unwrap_or_default().to_owned();
        let message = |authority: String, contact: String| Message::RecordsMerged {
            kept: identifier(&pair.kept),
            absorbed: identifier(&pair.absorbed),
            authority,
            contact,
        };
        let (kept, absorbed) = (pair.kept.email.as_deref(), pair.absorbed.email.as_deref());
        let (authority, contact) = self.voice_of(&pair.kept, None);
        for to in [kept, absorbed.filter(|address| kept != Some(*address))].into_iter().flatten() {
            let message = message(authority.clone(), contact.clone());
            self.tell(transaction, &pair.kept, Some(to), Locale::default(), message).await?;
        }
        Ok(())
    }
}
