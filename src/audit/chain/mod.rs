//! The chain: every event of an authority sealed to the one before, so that a removal shows.
//!
//! A chore seals, a moment after the fact: whoever signs in waits for no chain's head. A *seal* authenticates the
//! previous seal and every column of the event with a key that the database does not hold; the chain's own row says
//! where it ends and, where retention removed what came first, where it begins. In the same transaction the event
//! is counted, once and for ever. (`docs/decisions/0041…`)

mod seals;
mod store;
mod verify;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::tz::TimeZone;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::store::{Line, append};
use super::{Actor, Event};
use crate::config::AuthorityId;
use crate::database::{Connection, Database, Transaction};
use crate::keys::{MasterKey, Purpose};
use crate::kit::clock::{Clock, Timestamp};
use crate::kit::dates::local;
use crate::kit::random::Rng;
use seals::{Head, Link, Seals};

pub use seals::Place;
pub use store::{DailyCount, daily_counts};
pub use verify::{Expected, Fault, Report};

/// How many events one transaction seals at most.
const BATCH: i64 = 1_000;
/// How long a chain that does not fit is left alone.
const SET_ASIDE: Duration = Duration::from_mins(1);
/// How long the chore rests between two rounds when there is much to seal, so that others can write.
const REST: Duration = Duration::from_millis(50);

/// What seals events, removes old ones, and finds what does not fit.
#[derive(Clone)]
pub struct Chain(Arc<Inner>);

struct Inner {
    database: Database,
    seals: Seals,
    /// The chains that did not fit, and until when they are left alone: told once in a while, not every second.
    set_aside: Mutex<BTreeMap<AuthorityName, Timestamp>>,
    time_zone: TimeZone,
    clock: Clock,
    rng: Rng,
}

/// What it is made of.
pub struct Parts<'a> {
    /// Where the events are.
    pub database: Database,
    /// What authenticates.
    pub master_key: &'a MasterKey,
    /// Where days begin and end.
    pub time_zone: TimeZone,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub rng: Rng,
}

/// Why a chain was not gone on with.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    /// Something of it was changed by somebody without the key: nothing is built upon that.
    #[error(
        "the audit of {0} does not fit its chain; `guichet audit verify` says where, `guichet audit begin-anew` goes on"
    )]
    Broken(AuthorityName),
    /// The database failed.
    #[error("the audit's chain could not be read or written: {0}")]
    Database(#[from] sqlx::Error),
}

/// The authority of a chain, or nobody.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AuthorityName(String);

impl AuthorityName {
    /// What happens under no authority.
    pub const NONE: Self = Self(String::new());

    /// As it is stored: empty for none.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for AuthorityName {
    fn from(name: String) -> Self {
        Self(name)
    }
}

impl From<&AuthorityId> for AuthorityName {
    fn from(id: &AuthorityId) -> Self {
        Self(id.to_string())
    }
}

impl std::fmt::Display for AuthorityName {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(if self.0.is_empty() { "no authority" } else { &self.0 })
    }
}

impl Chain {
    /// The chains of an installation.
    #[must_use]
    pub fn new(parts: Parts<'_>) -> Self {
        Self(Arc::new(Inner {
            database: parts.database,
            set_aside: Mutex::default(),
            seals: Seals::new(parts.master_key.mac(Purpose::Audit)),
            time_zone: parts.time_zone,
            clock: parts.clock,
            rng: parts.rng,
        }))
    }

    /// Seals and counts every event that is not, in small transactions; tells how many.
    ///
    /// Two nodes at once share the work: the row of an authority's chain is held by one of them. A chain that does not
    /// fit is left as it is, and told when the others are done.
    pub async fn seal_due(&self, stop: &CancellationToken) -> Result<u64, ChainError> {
        let mut sealed = 0;
        let mut broken = None;
        loop {
            let waiting = store::waiting(&mut *self.0.database.read().await?).await?;
            let mut most = 0;
            for authority in waiting.into_iter().filter(|authority| !self.is_set_aside(authority)) {
                match self.seal_batch(&authority).await {
                    Ok(number) => {
                        sealed += number;
                        most = most.max(number);
                    }
                    Err(ChainError::Broken(authority)) => {
                        self.set_aside(&authority);
                        broken = Some(authority);
                    }
                    Err(error) => return Err(error),
                }
            }
            if most < BATCH.unsigned_abs() || stop.is_cancelled() {
                break;
            }
            sleep(REST).await;
        }
        broken.map_or(Ok(sealed), |authority| Err(ChainError::Broken(authority)))
    }

    fn is_set_aside(&self, authority: &AuthorityName) -> bool {
        let set_aside = self.0.set_aside.lock().unwrap_or_else(PoisonError::into_inner);
        set_aside.get(authority).is_some_and(|until| self.0.clock.now() < *until)
    }

    fn set_aside(&self, authority: &AuthorityName) {
        let mut set_aside = self.0.set_aside.lock().unwrap_or_else(PoisonError::into_inner);
        set_aside.insert(authority.clone(), self.0.clock.now() + SET_ASIDE);
    }

    async fn seal_batch(&self, authority: &AuthorityName) -> Result<u64, ChainError> {
        let mut transaction = self.0.database.write().await?;
        let mut head = self.hold(&mut transaction, authority).await?;
        // Read while the chain is held: another node may have sealed them meanwhile.
        let events = store::unsealed(&mut transaction, authority, BATCH).await?;
        let mut places = Vec::with_capacity(events.len());
        let mut counts = BTreeMap::new();
        for event in &events {
            head.last = self.0.seals.seal(authority, &head.last, &event.link);
            places.push((event.link.id.as_str(), head.last.clone()));
            if !event.is_counted {
                *counts.entry(self.counted_as(&event.link)).or_insert(0) += 1;
            }
        }
        store::place(&mut transaction, &places).await?;
        store::count(&mut transaction, authority, &counts).await?;
        self.keep(&mut transaction, authority, &head).await?;
        transaction.commit().await?;
        Ok(events.len() as u64)
    }

    /// Under what an event is counted: its day, its kind, and its detail where that names nothing that is counted up.
    fn counted_as(&self, link: &Link) -> (String, String, String) {
        let day = local(Timestamp::from_seconds(link.at), &self.0.time_zone).date().to_string();
        let detail = match Event::of_word(&link.kind) {
            Some(event) if event.is_counted_by_detail() => link.detail.clone(),
            _ => String::new(),
        };
        (day, link.kind.clone(), detail)
    }

    /// Removes events from before a moment, the first of each chain and no others, up to `most` of each; tells how many
    /// went.
    ///
    /// One that came late into the chain keeps those behind it a little longer. What does not fit is not removed: it
    /// shows something.
    pub async fn purge(&self, before: Timestamp, most: i64) -> Result<u64, ChainError> {
        let mut removed = 0;
        for authority in store::with_old_events(&mut *self.0.database.read().await?, before).await? {
            let mut transaction = self.0.database.write().await?;
            let mut head = self.hold(&mut transaction, &authority).await?;
            let first = store::from_place(&mut transaction, &authority, head.anchor.seq, most).await?;
            let old: Vec<_> = first.iter().take_while(|event| event.link.at < before.seconds()).collect();
            for event in &old {
                let fitting = self.0.seals.seal(&authority, &head.anchor, &event.link);
                if fitting != event.place {
                    return Err(ChainError::Broken(authority));
                }
                head.anchor = fitting;
            }
            store::remove_until(&mut transaction, &authority, head.anchor.seq).await?;
            self.keep(&mut transaction, &authority, &head).await?;
            transaction.commit().await?;
            removed += old.len() as u64;
        }
        Ok(removed)
    }

    /// Begins the chain of an authority anew, with all events that are there: what an operator does once they know why
    /// the old one did not fit. That it was done is the last of them.
    pub async fn begin_anew(&self, authority: &AuthorityName) -> Result<(), ChainError> {
        let now = self.0.clock.now();
        let mut transaction = self.0.database.write().await?;
        store::dissolve(&mut transaction, authority).await?;
        let under = AuthorityId::from(authority.as_str());
        let under = (!authority.as_str().is_empty()).then_some(&under);
        let line =
            Line { account: None, authority: under, actor: &Actor::Operator, event: (Event::ChainBegun, "") };
        append(&mut transaction, &self.0.rng, now, &line).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The chain's ends, its row locked until the transaction ends; a chain that has none yet begins here.
    async fn hold(
        &self,
        transaction: &mut Transaction,
        authority: &AuthorityName,
    ) -> Result<Head, ChainError> {
        let beginning = Head::default();
        let mac = self.0.seals.of_head(authority, &beginning);
        let is_new = store::begin(transaction, authority, &beginning, &mac).await?;
        if is_new && store::is_anything_sealed(transaction, authority).await? {
            return Err(ChainError::Broken(authority.clone()));
        }
        let (head, mac) = store::lock(transaction, authority).await?;
        if !self.0.seals.fits_head(authority, &head, &mac) {
            return Err(ChainError::Broken(authority.clone()));
        }
        Ok(head)
    }

    async fn keep(
        &self,
        connection: &mut Connection,
        authority: &AuthorityName,
        head: &Head,
    ) -> sqlx::Result<()> {
        store::keep(connection, authority, head, &self.0.seals.of_head(authority, head)).await
    }
}
