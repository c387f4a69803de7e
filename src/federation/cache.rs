//! What is known of one upstream, read once for everyone and read again in time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use openidconnect::RedirectUrl;
use tokio::sync::watch;
use tokio::time::timeout;

use super::discovery::{Provider, read_provider};
use super::errors::FederationError;
use super::http::Outgoing;
use crate::config::UpstreamSettings;
use crate::kit::clock::{Clock, Timestamp};

/// Younger knowledge is used without a thought.
const FRESH: Duration = Duration::from_hours(1);

/// Older knowledge is not used at all: keys that were withdrawn a day ago must not open a door.
/// Between the two it is used while it is being read again.
const KEPT: Duration = Duration::from_hours(24);

/// How long after a failed refresh the next is tried, and how often unknown keys of one kind of token may make us read.
const BETWEEN_REFRESHES: Duration = Duration::from_mins(1);

/// For how long a failure is told to those who come after, before the upstream is tried again, so
/// that people who wait for a dead upstream do not wait one after the other.
const FAILURE_REMEMBERED: Duration = Duration::from_secs(3);

type Outcome = Result<Arc<Provider>, FederationError>;

/// The shared knowledge of one upstream.
pub(super) struct ProviderCache {
    settings: Arc<UpstreamSettings>,
    redirect_uri: RedirectUrl,
    http: Outgoing,
    clock: Clock,
    patience: Duration,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    provider: Option<Arc<Provider>>,
    /// The reading under way, shared by all who need it.
    reading: Option<watch::Receiver<Option<Outcome>>>,
    failure: Option<(Timestamp, FederationError)>,
    /// When an unknown key of a token that we fetched last made us read.
    reread_for_fetched_at: Option<Timestamp>,
    /// The same of one that was posted.
    reread_for_posted_at: Option<Timestamp>,
}

/// From whom a token is whose key is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Provenance {
    /// We fetched it from the upstream itself.
    Fetched,
    /// Whoever posted it here, who may be anybody.
    Posted,
}

impl ProviderCache {
    pub(super) fn new(
        settings: Arc<UpstreamSettings>,
        redirect_uri: RedirectUrl,
        http: Outgoing,
        clock: Clock,
        patience: Duration,
    ) -> Self {
        Self { settings, redirect_uri, http, clock, patience, known: Mutex::default() }
    }

    /// The upstream as it is known, read now if it is not.
    pub(super) async fn provider(self: &Arc<Self>) -> Outcome {
        let reading = {
            let mut known = self.known();
            let now = self.clock.now();
            if let Some(provider) = known.provider.clone() {
                let age = now.since(provider.read_at);
                if age >= FRESH && !known.failed_within(BETWEEN_REFRESHES, now) {
                    self.begin_reading(&mut known);
                }
                if age < KEPT {
                    return Ok(provider);
                }
            }
            if known.failed_within(FAILURE_REMEMBERED, now)
                && let Some((_, failure)) = &known.failure
            {
                return Err(failure.clone());
            }
            self.begin_reading(&mut known)
        };
        finish(reading).await
    }

    /// A newer knowledge than `seen`, whose keys did not fit a token, when there is one to be had.
    ///
    /// Keys are read again at most once a minute for this reason, so that no flood of foreign tokens
    /// becomes a flood of readings; and once for what anybody can post, once for what the upstream gave us, so that
    /// strangers use up no sign-in's reading.
    pub(super) async fn newer_than(
        self: &Arc<Self>,
        seen: &Arc<Provider>,
        provenance: Provenance,
    ) -> Option<Arc<Provider>> {
        let reading = {
            let mut known = self.known();
            if let Some(provider) = &known.provider
                && !Arc::ptr_eq(provider, seen)
            {
                return Some(Arc::clone(provider));
            }
            let now = self.clock.now();
            let reread_at = known.reread_at(provenance);
            if reread_at.is_some_and(|last| now.since(last) < BETWEEN_REFRESHES) {
                return None;
            }
            *reread_at = Some(now);
            self.begin_reading(&mut known)
        };
        finish(reading).await.ok()
    }

    /// Joins the reading under way, or begins one that no departing browser can interrupt.
    fn begin_reading(self: &Arc<Self>, known: &mut Known) -> watch::Receiver<Option<Outcome>> {
        if let Some(reading) = &known.reading
            && reading.has_changed().is_ok()
        {
            return reading.clone();
        }
        let (report, reading) = watch::channel(None);
        known.reading = Some(reading.clone());
        let cache = Arc::clone(self);
        tokio::spawn(async move {
            let outcome = cache.read().await;
            cache.keep(&outcome);
            report.send_replace(Some(outcome));
        });
        reading
    }

    async fn read(&self) -> Outcome {
        let reading = read_provider(&self.http, &self.settings, &self.redirect_uri, self.clock.now());
        timeout(self.patience, reading).await.unwrap_or(Err(FederationError::TimedOut)).map(Arc::new)
    }

    fn keep(&self, outcome: &Outcome) {
        let mut known = self.known();
        known.reading = None;
        match outcome {
            Ok(provider) => {
                known.provider = Some(Arc::clone(provider));
                known.failure = None;
            }
            Err(error) => {
                // Those who wait for the outcome tell it themselves; a refresh has nobody waiting.
                if known.provider.is_some() {
                    tracing::warn!(upstream = %self.settings.id, %error, "upstream not read again");
                }
                known.failure = Some((self.clock.now(), error.clone()));
            }
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn reread_at(&mut self, provenance: Provenance) -> &mut Option<Timestamp> {
        match provenance {
            Provenance::Fetched => &mut self.reread_for_fetched_at,
            Provenance::Posted => &mut self.reread_for_posted_at,
        }
    }

    fn failed_within(&self, span: Duration, now: Timestamp) -> bool {
        self.failure.as_ref().is_some_and(|(failed_at, _)| now.since(*failed_at) < span)
    }
}

/// Waits for a reading; one that vanished (its task died) counts as unanswered.
async fn finish(mut reading: watch::Receiver<Option<Outcome>>) -> Outcome {
    match reading.wait_for(Option::is_some).await {
        Ok(outcome) => outcome.clone().unwrap_or(Err(FederationError::TimedOut)),
        Err(_) => Err(FederationError::TimedOut),
    }
}
