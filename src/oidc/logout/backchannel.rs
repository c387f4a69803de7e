//! The worker of the back channel (`OpenID` Connect Back-Channel Logout §2.5): sessions that ended become notices,
//! and notices are posted until their client has heard, or they are given up.
//!
//! Clients that anybody may have registered are told on their own, so that those who are slow to listen keep waiting nobody
//! but their like; and of all that is due, one of each client comes before a second one of any.
//!
//! A notice belongs to the node that claimed it until the claim ends. A node that dies in between leaves it to
//! the others: a client may hear of the same end twice, and never not at all.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use http::StatusCode;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::super::clients::Client;
use super::super::{ClientId, Errand, Provider};
use super::store::{self, Claimed, Failure};
use crate::keys::JWKS_MAX_AGE;
use crate::kit::retries::Retries;

/// How many clients of an audience are told at once.
const LANES: usize = 8;
/// Whoever takes longer than this to hear has had their turn, until the others have had theirs.
const SLOW: Duration = Duration::from_secs(1);
/// How many ended sessions, or notices, are looked at in one go.
const PAGE: i64 = 100;
/// How long a claim holds: longer than any attempt, with time to write down how it ended.
const CLAIM: Duration = Duration::from_mins(1);
/// How soon a client that could not be told is told again.
const RETRIES: Retries = Retries {
    first: &[
        Duration::from_secs(10),
        Duration::from_secs(30),
        Duration::from_mins(2),
        Duration::from_mins(5),
        Duration::from_mins(15),
        Duration::from_mins(30),
    ],
    then: Duration::from_hours(1),
};
/// How soon one that is switched off is looked for again: nothing is sent meanwhile.
const WHILE_AWAY: Retries = Retries { first: &[], then: Duration::from_mins(5) };
/// How long whatever else is due for such a client waits at the most.
const OTHERS_WAIT: Duration = Duration::from_mins(2);
/// A notice that could not be delivered for so long is given up: by then the client's own session is over.
const GIVEN_UP_AFTER: Duration = Duration::from_hours(24);
/// After so long a client that keeps our keys for as long as it may has read them anew.
const KEYS_READ_ANEW: Duration = Duration::from_secs(JWKS_MAX_AGE.as_secs() + 30);

/// Who is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Clients of the configuration, of operators, and of those to whom operators gave a token.
    Known,
    /// Clients that anybody may have registered.
    Strangers,
}

/// What a round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Notices that their client took, or that nobody is left to hear.
    pub heard: usize,
    /// Notices that will be tried again.
    pub put_off: usize,
    /// Notices that were given up.
    pub given_up: usize,
}

impl Told {
    fn and(self, other: Self) -> Self {
        Self {
            heard: self.heard + other.heard,
            put_off: self.put_off + other.put_off,
            given_up: self.given_up + other.given_up,
        }
    }

    const fn attempts(self) -> usize {
        self.heard + self.put_off + self.given_up
    }
}

/// Clients that are not told just now.
#[derive(Default)]
struct SetAside(Mutex<HashSet<ClientId>>);

impl SetAside {
    fn add(&self, client: &ClientId) {
        self.clients().insert(client.clone());
    }

    fn has(&self, client: &ClientId) -> bool {
        self.clients().contains(client)
    }

    fn clients(&self) -> MutexGuard<'_, HashSet<ClientId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How an attempt ended.
enum Outcome {
    Heard,
    /// Nobody is left to hear it.
    Moot,
    /// Its client is switched off; nothing was sent.
    Away,
    /// It may go better another time.
    Failed(String),
    /// The client says that it cannot do what it is asked (§2.8).
    Refused(String),
}

/// Who is there to be told.
enum Listener {
    /// A client, at its address.
    At(Arc<Client>, Url),
    /// One that an operator switched off, perhaps not for good.
    Away,
    /// It is gone, or does not listen.
    Nobody,
}

impl Provider {
    /// Tells clients of every session that has ended and of which they have not heard.
    pub async fn tell_ended_sessions(&self) -> sqlx::Result<Told> {
        let stop = CancellationToken::new();
        let known = self.tell_ended_sessions_until(Audience::Known, &stop).await?;
        Ok(known.and(self.tell_ended_sessions_until(Audience::Strangers, &stop).await?))
    }

    /// The same to one audience; once `stop` is called, nobody further is told.
    pub async fn tell_ended_sessions_until(
        &self,
        audience: Audience,
        stop: &CancellationToken,
    ) -> sqlx::Result<Told> {
        let mut round = Told::default();
        let unreachable = SetAside::default();
        loop {
            // Each time: what ends while others are slow to hear is told in the next turn.
            self.0.sign_in.end_dead_sessions().await?;
            while self.note_ended_sessions().await? && !stop.is_cancelled() {}
            let now = self.0.clock.now();
            let due = store::due(&mut *self.0.database.read().await?, audience, now, PAGE).await?;
            let slow = SetAside::default();
            let attempts = futures_util::stream::iter(due)
                .map(|(id, client)| self.tell_if_reachable(id, client, [&unreachable, &slow], stop))
                .buffer_unordered(LANES)
                .collect::<Vec<_>>()
                .await;
            let turn =
                attempts.into_iter().try_fold(Told::default(), |sum, told| told.map(|told| sum.and(told)))?;
            round = round.and(turn);
            // Nothing is due, or other nodes are at it.
            if turn.attempts() == 0 || stop.is_cancelled() {
                return Ok(round);
            }
        }
    }

    /// Turns ended sessions into notices; `false` when there is nothing more to look at.
    async fn note_ended_sessions(&self) -> sqlx::Result<bool> {
        let untold = store::untold(&mut *self.0.database.read().await?, PAGE).await?;
        if untold.is_empty() {
            return Ok(false);
        }
        // Before the transaction: the registry may need a connection of its own.
        let mut listening = HashSet::new();
        for one in &untold {
            if !matches!(self.listener(&one.client).await?, Listener::Nobody) {
                listening.insert(one.client.clone());
            }
        }
        let now = self.0.clock.now();
        let mut transaction = self.0.database.write().await?;
        for one in &untold {
            // First the mark, which one node gets: a notice may be told and gone before another node comes here.
            let is_ours = store::mark(&mut transaction, one).await?;
            if is_ours && one.took_part && listening.contains(&one.client) {
                store::insert(&mut transaction, &self.0.rng.id(), one, now).await?;
            }
        }
        transaction.commit().await?;
        Ok(true)
    }

    /// A client and where it listens, as far as it is there.
    async fn listener(&self, id: &ClientId) -> sqlx::Result<Listener> {
        let Some(client) = self.0.clients.find(id.as_str()).await? else {
            let is_away = self.0.clients.is_disabled(id.as_str()).await?;
            return Ok(if is_away { Listener::Away } else { Listener::Nobody });
        };
        let uri = client.settings.backchannel_logout.as_ref().map(|channel| channel.uri.clone());
        Ok(uri.map_or(Listener::Nobody, |uri| Listener::At(client, uri)))
    }

    async fn tell_if_reachable(
        &self,
        id: String,
        client: ClientId,
        [unreachable, slow]: [&SetAside; 2],
        stop: &CancellationToken,
    ) -> sqlx::Result<Told> {
        if stop.is_cancelled() || unreachable.has(&client) || slow.has(&client) {
            return Ok(Told::default());
        }
        let (now, claim) = (self.0.clock.now(), self.0.rng.id());
        let mut transaction = self.0.database.write().await?;
        let claimed = store::claim(&mut transaction, &id, &claim, now, now + CLAIM).await?;
        transaction.commit().await?;
        let Some(notice) = claimed else { return Ok(Told::default()) };
        let begun = Instant::now();
        let outcome = self.attempt(&notice).await?;
        if matches!(outcome, Outcome::Failed(_) | Outcome::Away) {
            unreachable.add(&client);
        }
        if begun.elapsed() > SLOW {
            slow.add(&client);
        }
        self.settle(&notice, &claim, outcome).await
    }

    async fn attempt(&self, notice: &Claimed) -> sqlx::Result<Outcome> {
        let (client, uri) = match self.listener(&notice.client).await? {
            Listener::At(client, uri) => (client, uri),
            Listener::Away => return Ok(Outcome::Away),
            Listener::Nobody => return Ok(Outcome::Moot),
        };
        let token = match self.mint_logout_token(&client, notice) {
            Ok(token) => token,
            Err(error) => return Ok(Outcome::Failed(error.to_string())),
        };
        let is_strangers = client.origin.is_strangers();
        let errand = if is_strangers { Errand::LogoutsOfStrangers } else { Errand::Logouts };
        let fetcher = self.0.fetcher.on(errand);
        let answer = fetcher.post_form(&uri, &[("logout_token", &token)]).await;
        Ok(match answer {
            // Some frameworks make 204 of an empty answer (§2.8).
            Ok(StatusCode::OK | StatusCode::NO_CONTENT) => Outcome::Heard,
            Ok(StatusCode::BAD_REQUEST) => Outcome::Refused("answered with status 400".to_owned()),
            Ok(status) => Outcome::Failed(format!("answered with status {}", status.as_u16())),
            Err(error) => Outcome::Failed(error.to_string()),
        })
    }

    /// Writes down how an attempt ended.
    async fn settle(&self, notice: &Claimed, claim: &str, outcome: Outcome) -> sqlx::Result<Told> {
        let now = self.0.clock.now();
        let Claimed { id, client, sid, attempts, .. } = notice;
        let mut transaction = self.0.database.write().await?;
        let is_refusal = matches!(outcome, Outcome::Refused(_));
        let end = notice.created_at + GIVEN_UP_AFTER;
        let (next, error) = match outcome {
            Outcome::Heard | Outcome::Moot => {
                store::remove(&mut transaction, id, claim).await?;
                transaction.commit().await?;
                let what = match outcome {
                    Outcome::Heard => "a client heard that a session ended",
                    _ => "nobody is left to hear that a session ended",
                };
                tracing::info!(%client, %sid, attempts, "{what}");
                return Ok(Told { heard: 1, ..Told::default() });
            }
            // It may have had our keys of before; one that refuses again means it.
            Outcome::Refused(error) => ((!notice.was_refused).then(|| now + KEYS_READ_ANEW), error),
            Outcome::Away => (WHILE_AWAY.next(*attempts, now, end), "it is switched off".to_owned()),
            Outcome::Failed(error) => (RETRIES.next(*attempts, now, end), error),
        };
        store::put_off(&mut transaction, (id, claim), &Failure { next, is_refusal, error: &error }).await?;
        if let Some(next) = next.filter(|_| !is_refusal) {
            // One dead client must not keep the others waiting.
            let until = next.min(now + OTHERS_WAIT);
            store::let_others_wait(&mut transaction, client, now, until).await?;
        }
        transaction.commit().await?;
        if next.is_none() {
            tracing::warn!(%client, %sid, attempts, error, "a client was not told that a session ended");
            return Ok(Told { given_up: 1, ..Told::default() });
        }
        tracing::info!(%client, %sid, attempts, error, "a client could not be told yet");
        Ok(Told { put_off: 1, ..Told::default() })
    }
}
