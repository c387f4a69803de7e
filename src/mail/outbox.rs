//! The worker: mails that are due are claimed one by one, handed to the mail server, and what became of
//! them is written down.
//!
//! A mail belongs to the node that claimed it until the claim ends, which is later than any attempt. A
//! node that dies in between leaves the outcome unknown: the mail is sent again, under the same id.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::reason::Reason;
use super::smtp::{Connection, Outcome, Patience};
use super::store::{self, Claimed, Ended};
use super::{Content, Inner, MailId, Mailer, State, parcel};
use crate::config::MailSettings;
use crate::kit::clock::Timestamp;
use crate::kit::retries::Retries;

/// How many connections to the mail server a node holds at once.
const LANES: usize = 4;
/// How many mails are looked up at a time.
const PAGE: i64 = 100;
/// How long a claim holds: longer than any attempt, with time to write down how it ended.
const CLAIM: Duration = Duration::from_mins(10);
const _: () = assert!(CLAIM.as_secs() > Patience::USUAL.longest_attempt() + 60);
/// What must be left of a claim for the text of a mail to be sent.
const MARGIN: Duration = Duration::from_mins(4);
/// How often, and at which distance, the end of an attempt is written until the database takes it.
const WRITES: u32 = 4;
const BETWEEN_WRITES: Duration = Duration::from_secs(2);
/// How soon a mail that could not be sent is sent again.
const RETRIES: Retries = Retries {
    first: &[
        Duration::from_mins(1),
        Duration::from_mins(2),
        Duration::from_mins(5),
        Duration::from_mins(10),
        Duration::from_mins(30),
    ],
    then: Duration::from_hours(1),
};

/// What a round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// Mails that the server has.
    pub sent: usize,
    /// Mails that will be tried again.
    pub put_off: usize,
    /// Of these, mails that may have arrived nevertheless.
    pub unknown: usize,
    /// Mails that were given up.
    pub given_up: usize,
}

impl Round {
    fn add(&mut self, other: Self) {
        self.sent += other.sent;
        self.put_off += other.put_off;
        self.unknown += other.unknown;
        self.given_up += other.given_up;
    }

    const fn attempted(&self) -> usize {
        self.sent + self.put_off + self.given_up
    }
}

impl Mailer {
    /// Sends every mail that is due, once each.
    pub async fn send_due(&self) -> sqlx::Result<Round> {
        self.send_due_until(&CancellationToken::new()).await
    }

    /// The same; once `stop` is called, no further mail is begun.
    pub async fn send_due_until(&self, stop: &CancellationToken) -> sqlx::Result<Round> {
        let mut round = Round::default();
        let Some(settings) = &self.0.settings else { return Ok(round) };
        let shared = Shared { unreachable: Mutex::new(None), waiting: Mutex::new(Vec::new()) };
        while !stop.is_cancelled() {
            let now = self.0.clock.now();
            let mut due = {
                let mut connection = self.0.database.read().await?;
                store::due(&mut connection, now, PAGE).await?
            };
            if due.is_empty() {
                break;
            }
            due.reverse();
            *lock(&shared.waiting) = due;
            let lane = || Lane { inner: &self.0, settings, shared: &shared, connection: None }.run(stop);
            let lanes = futures_util::future::join_all((0..LANES).map(|_| lane())).await;
            let mut done = Round::default();
            for lane in lanes {
                done.add(lane?);
            }
            round.add(done);
            // Another node is at the same mails.
            if done.attempted() == 0 {
                break;
            }
        }
        Ok(round)
    }

    /// Waits until [`Mailer::wake`] is called.
    pub async fn woken(&self) {
        self.0.wake.notified().await;
    }
}

/// What the lanes of a round share.
struct Shared {
    /// Why the server could not be reached: in the same round it is not tried again for each mail.
    unreachable: Mutex<Option<Reason>>,
    /// The mails still to be looked at, the next one last.
    waiting: Mutex<Vec<MailId>>,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One connection to the mail server, and the mails that go through it.
struct Lane<'a> {
    inner: &'a Arc<Inner>,
    settings: &'a MailSettings,
    shared: &'a Shared,
    connection: Option<Connection>,
}

impl Lane<'_> {
    async fn run(mut self, stop: &CancellationToken) -> sqlx::Result<Round> {
        let mut round = Round::default();
        let mut result = Ok(());
        while !stop.is_cancelled() {
            let next = lock(&self.shared.waiting).pop();
            let Some(id) = next else { break };
            match self.send(&id).await {
                Ok(done) => round.add(done),
                Err(error) => {
                    result = Err(error);
                    break;
                }
            }
        }
        if let Some(connection) = self.connection.take() {
            connection.close().await;
        }
        result.map(|()| round)
    }

    async fn send(&mut self, id: &MailId) -> sqlx::Result<Round> {
        let claim = self.inner.rng.id();
        let now = self.inner.clock.now();
        let mut transaction = self.inner.database.write().await?;
        let claimed = store::claim(&mut transaction, id, &claim, now, now + CLAIM).await?;
        transaction.commit().await?;
        let Some(claimed) = claimed else { return Ok(Round::default()) };
        let attempts = claimed.attempts;
        let waits_since = claimed.waits_since;
        let outcome = self.attempt(claimed, now + CLAIM).await;
        self.settle(id, &claim, attempts, waits_since, outcome).await
    }

    async fn attempt(&mut self, claimed: Claimed, until: Timestamp) -> Outcome {
        let sealed = claimed.content.unwrap_or_default();
        let content: Option<Content> = self.inner.sealer.open_value(claimed.id.as_str().as_bytes(), &sealed);
        let Some(content) = content else {
            return Outcome::Refused(Reason::unreadable("sealed by another master key"));
        };
        let now = self.inner.clock.now();
        let own_name = &self.inner.own_name;
        let Some(parcel) =
            parcel::wrap(self.settings, own_name, &claimed.id, &claimed.recipient, content, now)
        else {
            return Outcome::Refused(Reason::unreadable("an address that no mail can go to"));
        };
        loop {
            let mut connection = match self.connect().await {
                Ok(connection) => connection,
                Err(reason) => return Outcome::NotTaken(reason),
            };
            // A machine that was suspended finds its claim over: another node has the mail.
            if self.inner.clock.now() + MARGIN > until {
                self.connection = Some(connection);
                return Outcome::NotTaken(Reason::too_late());
            }
            let was_used = connection.is_used();
            let outcome = connection.hand_over(&parcel).await;
            let is_usable = connection.is_usable();
            if is_usable {
                self.connection = Some(connection);
            }
            // A server may end a connection after so many mails: the next one gets its own.
            if matches!(outcome, Outcome::NotTaken(_)) && was_used && !is_usable {
                continue;
            }
            return outcome;
        }
    }

    async fn connect(&mut self) -> Result<Connection, Reason> {
        if let Some(connection) = self.connection.take() {
            return Ok(connection);
        }
        if let Some(reason) = lock(&self.shared.unreachable).clone() {
            return Err(reason);
        }
        let opened = Connection::open(self.settings, &self.inner.own_name.hello(), self.inner.patience).await;
        if let Err(reason) = &opened {
            *lock(&self.shared.unreachable) = Some(reason.clone());
        }
        opened
    }

    /// Writes down how an attempt ended.
    async fn settle(
        &self,
        id: &MailId,
        claim: &str,
        attempts: i64,
        waits_since: Timestamp,
        outcome: Outcome,
    ) -> sqlx::Result<Round> {
        let now = self.inner.clock.now();
        let end = waits_since + self.settings.give_up_after;
        let (reason, is_final, left_at) = match outcome {
            Outcome::Taken => {
                let sent =
                    Ended { state: State::Sent, next_attempt_at: None, left_at: Some(now), error: None };
                self.write(id, claim, &sent).await?;
                return Ok(Round { sent: 1, ..Round::default() });
            }
            Outcome::NotTaken(reason) => (reason, false, None),
            Outcome::Refused(reason) => (reason, true, None),
            Outcome::Unknown(reason) => (reason, false, Some(now)),
        };
        let error = Some(reason.to_string());
        let unknown = usize::from(left_at.is_some());
        let next = if is_final { None } else { RETRIES.next(attempts, now, end) };
        let Some(next) = next else {
            let failed =
                Ended { state: State::Failed, next_attempt_at: None, left_at, error: error.as_deref() };
            self.write(id, claim, &failed).await?;
            tracing::warn!(mail = %id, attempts, reason = reason.for_log(), "a mail was given up");
            return Ok(Round { given_up: 1, unknown, ..Round::default() });
        };
        let waiting =
            Ended { state: State::Waiting, next_attempt_at: Some(next), left_at, error: error.as_deref() };
        self.write(id, claim, &waiting).await?;
        tracing::info!(mail = %id, attempts, reason = reason.for_log(), "a mail could not be sent yet");
        Ok(Round { put_off: 1, unknown, ..Round::default() })
    }

    /// Writes it, several times if need be: a mail whose sending is forgotten would be sent again.
    async fn write(&self, id: &MailId, claim: &str, ended: &Ended<'_>) -> sqlx::Result<()> {
        let mut tries = 0;
        let is_ours = loop {
            tries += 1;
            match self.write_once(id, claim, ended).await {
                Ok(is_ours) => break is_ours,
                Err(error) if tries == WRITES => return Err(error),
                Err(error) => {
                    tracing::warn!(mail = %id, %error, "the end of an attempt could not be written yet");
                    tokio::time::sleep(BETWEEN_WRITES).await;
                }
            }
        };
        if !is_ours {
            tracing::warn!(mail = %id, "an attempt outlasted its claim: the mail may arrive twice");
        }
        Ok(())
    }

    async fn write_once(&self, id: &MailId, claim: &str, ended: &Ended<'_>) -> sqlx::Result<bool> {
        let mut transaction = self.inner.database.write().await?;
        let is_ours = store::end_attempt(&mut transaction, id, claim, ended).await?;
        transaction.commit().await?;
        Ok(is_ours)
    }
}
