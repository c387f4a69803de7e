//! What a connection has been doing, and until when it may go on so.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How long a connection may keep us waiting, phase by phase.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For the TLS handshake.
    pub handshake: Duration,
    /// From the first byte of a request's head to its last, and from the beginning of a connection to
    /// the end of its first head.
    pub head: Duration,
    /// Between two requests.
    pub idle: Duration,
    /// From a request's head to the last byte of its answer. It bounds what nothing else does: a
    /// client that reads its answer drop by drop, or that never opens an HTTP/2 window.
    pub exchange: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            handshake: Duration::from_secs(5),
            head: Duration::from_secs(5),
            idle: Duration::from_secs(60),
            exchange: Duration::from_secs(60),
        }
    }
}

/// How long a connection without a request in progress outlives the beginning of the drain: enough
/// for a request that was already on its way.
const LAST_CALL: Duration = Duration::from_millis(300);

/// How requests follow one another on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Succession {
    /// One after the other (HTTP/1): bytes between two requests are the beginning of a head.
    InTurn,
    /// Side by side (HTTP/2): bytes between two requests may be mere upkeep.
    Multiplexed,
}

/// The phases of one connection, told by its socket and its requests.
pub(super) struct Timeline {
    patience: Patience,
    succession: Succession,
    state: Mutex<State>,
}

struct State {
    /// Since when no request is in progress, if none is.
    idle_since: Instant,
    /// When the head now being read began.
    head_since: Option<Instant>,
    /// Whether any request has come yet.
    has_served: bool,
    draining_since: Option<Instant>,
    /// The requests in progress, the oldest first.
    exchanges: Vec<(u64, Instant)>,
    next_number: u64,
}

impl Timeline {
    /// The timeline of a connection that begins now.
    pub(super) fn begin(patience: Patience, succession: Succession) -> Arc<Self> {
        let state = State {
            idle_since: Instant::now(),
            head_since: None,
            has_served: false,
            draining_since: None,
            exchanges: Vec::new(),
            next_number: 0,
        };
        Arc::new(Self { patience, succession, state: Mutex::new(state) })
    }

    /// Bytes came in.
    pub(super) fn bytes_arrived(&self) {
        let mut state = self.state();
        let may_begin_a_head = self.succession == Succession::InTurn && state.has_served;
        if may_begin_a_head && state.exchanges.is_empty() && state.head_since.is_none() {
            state.head_since = Some(Instant::now());
        }
    }

    /// A request's head is complete; its exchange lasts until the returned value is dropped.
    pub(super) fn begin_exchange(self: &Arc<Self>) -> Exchange {
        let mut state = self.state();
        let number = state.next_number;
        state.next_number += 1;
        state.has_served = true;
        state.head_since = None;
        state.exchanges.push((number, Instant::now()));
        Exchange { timeline: Arc::clone(self), number }
    }

    /// The server is ending: no new request is waited for.
    pub(super) fn begin_drain(&self) {
        self.state().draining_since.get_or_insert_with(Instant::now);
    }

    /// The moment at which the connection must be closed if nothing changes before.
    pub(super) fn deadline(&self) -> Instant {
        let state = self.state();
        if let Some((_, oldest)) = state.exchanges.first() {
            return *oldest + self.patience.exchange;
        }
        if let Some(since) = state.head_since {
            return since + self.patience.head;
        }
        let patience = if state.has_served { self.patience.idle } else { self.patience.head };
        let usual = state.idle_since + patience;
        state.draining_since.map_or(usual, |since| usual.min(since + LAST_CALL))
    }

    fn end_exchange(&self, number: u64) {
        let mut state = self.state();
        state.exchanges.retain(|(other, _)| *other != number);
        if state.exchanges.is_empty() {
            state.idle_since = Instant::now();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request in progress, from its head to the last byte of its answer.
pub(super) struct Exchange {
    timeline: Arc<Timeline>,
    number: u64,
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.timeline.end_exchange(self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(timeline: &Timeline) -> u64 {
        timeline.deadline().duration_since(Instant::now()).as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn a_new_connection_has_five_seconds_however_many_bytes_it_sends() {
        let timeline = Timeline::begin(Patience::default(), Succession::InTurn);
        tokio::time::advance(Duration::from_secs(3)).await;
        timeline.bytes_arrived();
        assert_eq!(left(&timeline), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_kept_connection_may_rest_a_minute_but_a_head_once_begun_must_come() {
        let timeline = Timeline::begin(Patience::default(), Succession::InTurn);
        drop(timeline.begin_exchange());
        assert_eq!(left(&timeline), 60);
        tokio::time::advance(Duration::from_secs(30)).await;
        timeline.bytes_arrived();
        assert_eq!(left(&timeline), 5);
        tokio::time::advance(Duration::from_secs(3)).await;
        timeline.bytes_arrived();
        assert_eq!(left(&timeline), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn upkeep_of_a_multiplexed_connection_neither_shortens_nor_prolongs_its_rest() {
        let timeline = Timeline::begin(Patience::default(), Succession::Multiplexed);
        drop(timeline.begin_exchange());
        tokio::time::advance(Duration::from_secs(20)).await;
        timeline.bytes_arrived();
        assert_eq!(left(&timeline), 40);
    }

    #[tokio::test(start_paused = true)]
    async fn the_oldest_request_in_progress_sets_the_limit() {
        let timeline = Timeline::begin(Patience::default(), Succession::Multiplexed);
        let first = timeline.begin_exchange();
        tokio::time::advance(Duration::from_secs(50)).await;
        let _second = timeline.begin_exchange();
        assert_eq!(left(&timeline), 10);
        drop(first);
        assert_eq!(left(&timeline), 60);
    }

    #[tokio::test(start_paused = true)]
    async fn the_drain_spares_requests_in_progress_only() {
        let timeline = Timeline::begin(Patience::default(), Succession::InTurn);
        let exchange = timeline.begin_exchange();
        timeline.begin_drain();
        assert_eq!(left(&timeline), 60);
        tokio::time::advance(Duration::from_secs(1)).await;
        drop(exchange);
        assert_eq!(left(&timeline), 0);
    }
}
