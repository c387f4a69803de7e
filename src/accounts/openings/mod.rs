//! Accesses that managers open for people: bounded, agreed to by a second manager where that is asked, told to the person,
//! and compared with their first use.
//!
//! The folder owns the tables `access_opening` and `opening_wish`. What it opens it does not know: a code, a letter, a mail
//! address. Whoever opens one asks here first, and does nothing when told no.

mod seen;
mod store;
mod used;
mod wishes;

use std::time::Duration;

pub use seen::{Opened, OpeningTold};
pub use wishes::{Agreement, OtherRecord, Wish};
pub(super) use wishes::{Wanted, forget};

pub(super) use store::was_in_use;

use super::{Account, AccountId, Accounts, Mandate, NotHeld};
use crate::audit::{Acting, Event};
use crate::config::{OpeningSettings, SecondManager};
use crate::database::Connection;
use crate::id_type;
use crate::kit::clock::Timestamp;
use crate::kit::locale::Locale;
use crate::mail::Message;

/// The network from which a request comes. It is kept nowhere but as a keyed hash, another one for each person.
#[derive(Clone)]
pub struct Network(String);

impl From<String> for Network {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl Network {
    /// What a keyed hash is made of.
    pub(in crate::accounts) fn as_str(&self) -> &str {
        &self.0
    }
}

id_type! {
    /// Names an opening that waits for a second manager.
    WishId
}

/// For how long an opening waits for a second manager, and then for the first one to go on.
const WISH_LIFE: Duration = Duration::from_hours(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// What a manager opens of somebody's access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// A code, spoken on the telephone.
    Telephone,
    /// A letter with a temporary password.
    Letter,
    /// A mail address, to which links go that set a password.
    Address,
    /// Two records made one, by which one identifier leads to another access: it waits for a second manager like the
    /// others, and is no opening.
    Merge,
}

impl Way {
    /// Every way.
    pub const ALL: [Self; 4] = [Self::Telephone, Self::Letter, Self::Address, Self::Merge];

    /// The word that stands for it in tables, in events, and in the names of its texts.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Telephone => "telephone",
            Self::Letter => "letter",
            Self::Address => "address",
            Self::Merge => "merge",
        }
    }

    /// The way that a word stands for.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.word() == word)
    }
}

/// An access to be opened.
pub struct OpeningOrder<'a> {
    /// Whose.
    pub person: &'a AccountId,
    /// How.
    pub way: Way,
    /// By whom, why, and upon which state seen.
    pub mandate: &'a Mandate,
    /// From which network.
    pub network: &'a Network,
}

/// Why an access is not opened.
#[derive(Debug, thiserror::Error)]
pub enum NotOpened {
    /// There is no such person here.
    #[error("there is no such account")]
    Gone,
    /// The account is no longer as it was seen.
    #[error("the account was changed meanwhile")]
    Stale,
    /// Another manager must agree first: it is noted, and they see it.
    #[error("a second manager must agree first")]
    SecondManager,
    /// This manager opened as many as one may; another one can.
    #[error("this manager opened too many accesses lately")]
    TooMany {
        /// After how long the next one may be.
        wait: Duration,
    },
    /// The database failed.
    #[error("the opening could not be noted: {0}")]
    Database(#[from] sqlx::Error),
}

impl From<NotHeld> for NotOpened {
    fn from(refused: NotHeld) -> Self {
        match refused {
            NotHeld::Gone => Self::Gone,
            NotHeld::Stale => Self::Stale,
            NotHeld::Database(error) => Self::Database(error),
        }
    }
}

impl Accounts {
    /// Asks whether a manager may open somebody's access, counts it, and tells the person at every address known.
    ///
    /// Committed before the access is opened: whatever happens then, it counts, and the person was told.
    pub async fn open_access(
        &self,
        order: &OpeningOrder<'_>,
        rule: &OpeningSettings,
    ) -> Result<(), NotOpened> {
        let mut transaction = self.0.database.write().await?;
        let account = self.hold_for_opening(&mut transaction, order).await?;
        let opened = self.open_held(&mut transaction, &account, order, rule).await;
        // What was asked of a second manager stays asked.
        if matches!(opened, Ok(()) | Err(NotOpened::SecondManager)) {
            transaction.commit().await?;
            self.0.mailer.wake();
        }
        opened
    }

    /// The person's account, locked as the mandate has it; the manager's row first, so that one manager's openings
    /// follow each other.
    pub(super) async fn hold_for_opening(
        &self,
        connection: &mut Connection,
        order: &OpeningOrder<'_>,
    ) -> Result<Account, NotHeld> {
        if let Some(acting) = order.mandate.actor().acting() {
            super::store::lock(connection, &AccountId::from(acting.who.as_str())).await?;
        }
        self.hold(connection, order.person, order.mandate).await
    }

    /// The same as [`Accounts::open_access`] in the caller's transaction, which holds both rows and is committed also
    /// when a second manager must agree.
    pub(super) async fn open_held(
        &self,
        connection: &mut Connection,
        account: &Account,
        order: &OpeningOrder<'_>,
        rule: &OpeningSettings,
    ) -> Result<(), NotOpened> {
        // Operators have the database itself.
        let Some(acting) = order.mandate.actor().acting() else { return Ok(()) };
        if let Some(wait) = self.wait_of_manager(connection, acting, rule).await? {
            return Err(NotOpened::TooMany { wait });
        }
        let mut agreed_by = None;
        if self.needs_second(connection, account, rule.second_manager).await? {
            let wanted = Wanted { way: order.way, acting, other: None };
            agreed_by = Some(self.agreed(connection, account, &wanted, order.mandate).await?);
        }
        self.note_opening(connection, account, order, agreed_by.as_deref()).await?;
        self.tell_opened(connection, account, acting).await?;
        Ok(())
    }

    /// After how long a manager may open another access, where they opened as many as one may.
    pub(super) async fn wait_of_manager(
        &self,
        connection: &mut Connection,
        acting: &Acting,
        rule: &OpeningSettings,
    ) -> sqlx::Result<Option<Duration>> {
        let now = self.0.clock.now();
        for (most, period) in [(rule.per_hour, HOUR), (rule.per_day, DAY)] {
            let reached = store::opened_before(connection, &acting.who, most).await?;
            if let Some(oldest) = reached.filter(|oldest| now < *oldest + period) {
                return Ok(Some((oldest + period).since(now)));
            }
        }
        Ok(None)
    }

    /// Notes an opening, which is counted and shown from then on.
    pub(super) async fn note_opening(
        &self,
        connection: &mut Connection,
        account: &Account,
        order: &OpeningOrder<'_>,
        agreed_by: Option<&str>,
    ) -> sqlx::Result<()> {
        let Some(acting) = order.mandate.actor().acting() else { return Ok(()) };
        let now = self.0.clock.now();
        let opening = store::NewOpening {
            id: &self.0.rng.id(),
            acting,
            agreed_by,
            account: &account.id,
            way: order.way,
            network: &self.mark_of(order.network, &account.id),
            at: now,
        };
        store::insert(connection, &opening).await?;
        let event = (Event::AccessOpened, order.way.word());
        self.record(connection, &account.id, now, order.mandate.actor(), event).await
    }

    /// What names a network for one person.
    fn mark_of(&self, network: &Network, person: &AccountId) -> String {
        self.0.networks.of(&format!("{person} {}", network.as_str()))
    }

    /// Whether one manager alone may not change how an account is entered.
    pub(super) async fn needs_second(
        &self,
        connection: &mut Connection,
        account: &Account,
        rule: SecondManager,
    ) -> sqlx::Result<bool> {
        match rule {
            SecondManager::Never => Ok(false),
            SecondManager::Always => Ok(true),
            SecondManager::InUse => store::was_in_use(connection, &account.id).await,
        }
    }

    /// Tells every address of a person, confirmed or not, that their access was opened, and whom to call.
    async fn tell_opened(
        &self,
        connection: &mut Connection,
        account: &Account,
        acting: &Acting,
    ) -> sqlx::Result<()> {
        let authority = self.0.authorities.iter().find(|known| known.id == acting.authority);
        let operator = &self.0.site.operator;
        let desk = authority.and_then(|authority| authority.desks.first());
        let message = Message::AccessOpened {
            identifier: account.identifier().unwrap_or_default().to_owned(),
            authority: authority.map_or(operator, |authority| &authority.name).clone(),
            contact: desk.map_or_else(|| operator.clone(), super::addresses::contact_of),
        };
        let pending =
            account.pending_email.as_ref().filter(|pending| account.email.as_ref() != Some(*pending));
        for address in [account.email.as_ref(), pending].into_iter().flatten() {
            self.tell(connection, account, Some(address), Locale::default(), message.clone()).await?;
        }
        Ok(())
    }
}

/// Removes up to `most` openings from before a moment, and as many wishes that are over; tells how many went.
pub async fn purge_openings(
    connection: &mut Connection,
    (before, now): (Timestamp, Timestamp),
    most: i64,
) -> sqlx::Result<u64> {
    let openings = store::purge(connection, before, most).await?;
    let wishes = wishes::purge(connection, now, most).await?;
    Ok(openings.max(wishes))
}

/// When something that lives as long as a wish ends.
fn wish_end(now: Timestamp) -> Timestamp {
    now + WISH_LIFE
}
