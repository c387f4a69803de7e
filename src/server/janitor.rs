//! What goes by itself: ended sessions and grants, old letters, links, requests, events, mails, and accounts
//! that nobody uses.
//!
//! Every node sweeps, now and then and never all at the same time; what one has done, the others find done.
//! A sweep is many small transactions, so that nobody waits long for the one writer of SQLite.

use std::fmt;
use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::background::Chore;
use crate::accounts::{self, Accounts};
use crate::audit::{Chain, ChainError};
use crate::config::{RetentionSettings, SessionSettings, Settings};
use crate::database::{Database, Transaction};
use crate::desk;
use crate::kit::clock::{Clock, Timestamp};
use crate::kit::random::Rng;
use crate::mail;
use crate::oidc;
use crate::signin::{self, throttling};

/// How many rows one transaction removes at most.
const BATCH: i64 = 500;
/// How long a sweep rests between two batches, so that others can write.
const REST: Duration = Duration::from_millis(20);
/// A sweep begins so long after the one before, give or take a fifth.
const EVERY: Duration = Duration::from_mins(10);
/// Guesses are forgotten after a day without one.
const ATTEMPTS_KEPT: Duration = Duration::from_hours(24);

/// What was pushed and begun is consumed at the end of a sign-in, which lasts twenty hours at most.
const PUSHED_KEPT: Duration = Duration::from_hours(21);

/// For how long an order for a letter can be sent again without a second letter.
const ORDERS_KEPT: Duration = Duration::from_hours(7 * 24);

/// How far the clock of a node that still looks may be behind this one's.
const CLOCKS_APART: Duration = Duration::from_mins(5);

/// What sweeps.
#[derive(Clone)]
pub struct Janitor {
    database: Database,
    accounts: Accounts,
    audit: Chain,
    sessions: SessionSettings,
    retention: RetentionSettings,
    clock: Clock,
    rng: Rng,
}

/// What is swept, in the order in which it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matter {
    /// Ended sessions; their grants end with them.
    Sessions,
    /// Grants that ended long ago, and those whose code nobody redeemed in time.
    Grants,
    /// Notices of ended sessions that were given up long ago.
    Notices,
    /// Logout tokens of upstreams that count no more.
    HeardLogouts,
    /// Access tokens that were revoked, and would have ended by now.
    RevokedTokens,
    /// Devices that waited too long.
    Devices,
    /// Consents of deleted accounts.
    Consents,
    /// Pushed requests that no sign-in can end with any more.
    PushedRequests,
    /// Clients that registered themselves where anybody may, and have expired.
    Clients,
    /// Initial access tokens that have expired.
    InitialTokens,
    /// Assertions of clients that have expired, and are refused for that.
    Assertions,
    /// Letters that ended long ago, but the newest of each account.
    Letters,
    /// Batches of letters of long ago, of which none is kept.
    Batches,
    /// The names of orders for letters, given long ago.
    Orders,
    /// Links sent by mail long ago.
    Links,
    /// Requests for help with a password that ended long ago.
    Cases,
    /// Accesses that managers opened long ago, and wishes for a second manager that are over.
    Openings,
    /// Guesses of more than a day ago.
    Attempts,
    /// What happened long ago.
    Events,
    /// Mails settled long ago.
    Mails,
    /// Letters of the desk that nobody printed in time: they are voided.
    Unprinted,
    /// Lists of people that were read in long ago, or never.
    Lists,
    /// Unused accounts: their end is announced.
    Announced,
    /// Unused accounts whose notice is over: they are anonymised.
    Anonymised,
    /// Identifiers that an earlier version noted in clear: they are hidden.
    Identifiers,
}

impl Matter {
    /// Everything that is swept.
    pub const ALL: [Self; 25] = [
        Self::Sessions,
        Self::Grants,
        Self::Notices,
        Self::HeardLogouts,
        Self::RevokedTokens,
        Self::Devices,
        Self::Consents,
        Self::PushedRequests,
        Self::Clients,
        Self::InitialTokens,
        Self::Assertions,
        Self::Letters,
        Self::Batches,
        Self::Orders,
        Self::Links,
        Self::Cases,
        Self::Openings,
        Self::Attempts,
        Self::Events,
        Self::Mails,
        Self::Unprinted,
        Self::Lists,
        Self::Announced,
        Self::Anonymised,
        Self::Identifiers,
    ];

    /// What it is called.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sessions => "sessions",
            Self::Grants => "grants",
            Self::RevokedTokens => "revoked tokens",
            Self::Devices => "devices",
            Self::Notices => "sign-out notices",
            Self::HeardLogouts => "logout tokens",
            Self::Consents => "consents",
            Self::PushedRequests => "pushed requests",
            Self::Clients => "clients",
            Self::InitialTokens => "initial access tokens",
            Self::Assertions => "assertions",
            Self::Letters => "letters",
            Self::Batches => "batches",
            Self::Orders => "orders for letters",
            Self::Links => "links",
            Self::Cases => "cases",
            Self::Openings => "openings",
            Self::Attempts => "attempts",
            Self::Events => "events",
            Self::Mails => "mails",
            Self::Unprinted => "letters never printed",
            Self::Lists => "lists",
            Self::Announced => "accounts announced",
            Self::Anonymised => "accounts anonymised",
            Self::Identifiers => "identifiers hidden",
        }
    }
}

/// What one sweep did: how many of each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Swept([u64; Matter::ALL.len()]);

impl Swept {
    /// How many of one kind.
    #[must_use]
    pub const fn of(&self, matter: Matter) -> u64 {
        self.0[matter as usize]
    }

    /// Each kind of which there was any.
    pub fn iter(&self) -> impl Iterator<Item = (Matter, u64)> {
        Matter::ALL.into_iter().map(|matter| (matter, self.of(matter))).filter(|(_, number)| *number > 0)
    }
}

impl Swept {
    fn tell(&self) {
        if self.iter().next().is_some() {
            tracing::info!(swept = %self, "what is no longer kept was removed");
        }
    }
}

impl fmt::Display for Swept {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<_> =
            self.iter().map(|(matter, number)| format!("{} {number}", matter.name())).collect();
        formatter.write_str(if parts.is_empty() { "nothing to sweep" } else { "swept: " })?;
        formatter.write_str(&parts.join(", "))
    }
}

impl Janitor {
    /// A janitor of an installation.
    #[must_use]
    pub fn new(
        settings: &Settings,
        database: Database,
        (accounts, audit): (Accounts, Chain),
        clock: Clock,
        rng: Rng,
    ) -> Self {
        Self {
            database,
            accounts,
            audit,
            sessions: settings.sessions.clone(),
            retention: settings.retention.clone(),
            clock,
            rng,
        }
    }

    /// Its work as a chore of the installation.
    #[must_use]
    pub fn chore(&self) -> Chore {
        let (sweeping, timing) = (self.clone(), self.clone());
        let step = move |stop: CancellationToken| {
            let janitor = sweeping.clone();
            async move {
                tokio::select! {
                    // Cut short, the batch at hand is rolled back, and done by the next sweep.
                    () = stop.cancelled() => Ok(()),
                    swept = janitor.sweep() => swept.map(|swept| swept.tell()),
                }
            }
        };
        // Drawn anew each time, so that nodes that start together do not sweep together for long.
        Chore::every("janitor", 2 * EVERY, step).or_when(move || sleep(timing.pause()))
    }

    /// One sweep through everything.
    pub async fn sweep(&self) -> sqlx::Result<Swept> {
        let mut swept = Swept([0; Matter::ALL.len()]);
        for matter in Matter::ALL {
            loop {
                let number = self.batch(matter).await?;
                swept.0[matter as usize] += number;
                if number < BATCH.unsigned_abs() {
                    break;
                }
                sleep(REST).await;
            }
        }
        let announced = swept.of(Matter::Announced);
        if announced > 0 {
            tracing::warn!(
                accounts = announced,
                "unused accounts will be anonymised; guichet retention report lists them"
            );
        }
        Ok(swept)
    }

    async fn batch(&self, matter: Matter) -> sqlx::Result<u64> {
        let now = self.clock.now();
        let unused_since = now - self.retention.unused_accounts;
        match matter {
            Matter::Letters => self.accounts.purge_letters(now - self.retention.expired, BATCH).await,
            Matter::Unprinted => self.accounts.void_unprinted(BATCH).await,
            Matter::Announced => {
                self.accounts.announce_unused(unused_since, self.retention.notice, BATCH).await
            }
            Matter::Anonymised => self.accounts.anonymise_unused(unused_since, BATCH).await,
            Matter::Identifiers => self.accounts.hide_identifiers(BATCH).await,
            Matter::Events => self.purge_events(now - self.retention.events).await,
            _ => {
                let mut transaction = self.database.write().await?;
                let number = self.purge(matter, &mut transaction).await?;
                transaction.commit().await?;
                Ok(number)
            }
        }
    }

    async fn purge(&self, matter: Matter, transaction: &mut Transaction) -> sqlx::Result<u64> {
        let now = self.clock.now();
        let ended = now - self.retention.expired;
        match matter {
            Matter::Sessions => signin::purge_sessions(transaction, &self.sessions, now, BATCH).await,
            Matter::Grants => oidc::purge_grants(transaction, (ended, now - CLOCKS_APART), BATCH).await,
            Matter::RevokedTokens => oidc::purge_revoked_tokens(transaction, now - CLOCKS_APART, BATCH).await,
            Matter::Devices => oidc::purge_device_requests(transaction, now, BATCH).await,
            Matter::Notices => oidc::purge_notices(transaction, ended, BATCH).await,
            Matter::HeardLogouts => signin::purge_heard_logouts(transaction, now, BATCH).await,
            Matter::Consents => oidc::purge_consents(transaction, BATCH).await,
            Matter::PushedRequests => {
                oidc::purge_pushed_requests(transaction, now, now - PUSHED_KEPT, BATCH).await
            }
            Matter::Clients => oidc::purge_clients(transaction, now, BATCH).await,
            Matter::InitialTokens => oidc::purge_initial_tokens(transaction, now, BATCH).await,
            Matter::Assertions => oidc::purge_assertions(transaction, now - CLOCKS_APART, BATCH).await,
            Matter::Batches => accounts::letters::purge_batches(transaction, ended, BATCH).await,
            Matter::Orders => accounts::letters::purge_orders(transaction, now - ORDERS_KEPT, BATCH).await,
            Matter::Links => self.accounts.purge_links(transaction, ended, BATCH).await,
            Matter::Cases => accounts::purge_cases(transaction, ended, BATCH).await,
            Matter::Openings => {
                accounts::purge_openings(transaction, (now - self.retention.events, now), BATCH).await
            }
            Matter::Attempts => throttling::purge(transaction, now - ATTEMPTS_KEPT, BATCH).await,
            Matter::Mails => mail::purge(transaction, now - self.retention.mails, BATCH).await,
            Matter::Lists => desk::purge_lists(transaction, now, BATCH).await,
            Matter::Letters
            | Matter::Unprinted
            | Matter::Announced
            | Matter::Anonymised
            | Matter::Identifiers
            | Matter::Events => Ok(0),
        }
    }

    /// A chain that does not fit keeps its events: what else is swept does not wait for that.
    async fn purge_events(&self, before: Timestamp) -> sqlx::Result<u64> {
        match self.audit.purge(before, BATCH).await {
            Ok(number) => Ok(number),
            Err(ChainError::Database(error)) => Err(error),
            Err(broken @ ChainError::Broken(_)) => {
                tracing::error!(error = %broken, "events are kept longer than retention allows");
                Ok(0)
            }
        }
    }

    /// How long to wait for the next sweep: a fifth less or more than usual.
    fn pause(&self) -> Duration {
        let seconds = u32::try_from(EVERY.as_secs()).unwrap_or(u32::MAX);
        let fifth = seconds / 5;
        Duration::from_secs(u64::from(seconds - fifth + self.rng.below(2 * fifth + 1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_matter_is_counted_in_its_own_place() {
        for (place, matter) in Matter::ALL.into_iter().enumerate() {
            assert_eq!(matter as usize, place, "{matter:?}");
        }
    }
}
