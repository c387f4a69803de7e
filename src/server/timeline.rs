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
    /// While answers wait for the client to take more of them, from the last time it took any.
    pub answer: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            handshake: Duration::from_secs(5),
            head: Duration::from_secs(5),
            idle: Duration::from_mins(1),
            exchange: Duration::from_mins(1),
            answer: Duration::from_secs(10),
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
pub(super) struct Timeline(Mutex<Phases>);

impl Timeline {
    /// The timeline of a connection that begins now.
    pub(super) fn begin(patience: Patience, succession: Succession) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Phases::begin(patience, succession, Instant::now()))))
    }

    /// Bytes came in.
    pub(super) fn bytes_arrived(&self) {
        self.phases().bytes_arrived(Instant::now());
    }

    /// A request's head is complete; its exchange lasts until the returned value is dropped.
    pub(super) fn begin_exchange(self: &Arc<Self>) -> Exchange {
        let number = self.phases().begin_exchange(Instant::now());
        Exchange { timeline: Arc::clone(self), number }
    }

    /// The server is ending: no new request is waited for.
    pub(super) fn begin_drain(&self) {
        self.phases().begin_drain(Instant::now());
    }

    /// The moment at which the connection must be closed if nothing changes before.
    pub(super) fn deadline(&self) -> Instant {
        self.phases().deadline()
    }

    fn phases(&self) -> MutexGuard<'_, Phases> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request in progress, from its head to the last byte of its answer.
pub(super) struct Exchange {
    timeline: Arc<Timeline>,
    number: u64,
}

impl Exchange {
    /// The client could take more of the answer, as it can from the beginning or has just done.
    pub(super) fn waits_for_client(&self) {
        self.timeline.phases().waits_for_client(self.number, Instant::now());
    }

    /// More of the answer is being made: it is not the client who keeps it waiting.
    pub(super) fn waits_for_us(&self) {
        self.timeline.phases().waits_for_us(self.number);
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.timeline.phases().end_exchange(self.number, Instant::now());
    }
}

struct Phases {
    patience: Patience,
    succession: Succession,
    /// Since when no request is in progress, if none is.
    idle_since: Instant,
    /// When the head now being read began, if another came before it.
    head_since: Option<Instant>,
    has_served: bool,
    draining_since: Option<Instant>,
    /// The requests in progress, the oldest first.
    exchanges: Vec<InProgress>,
    next_number: u64,
    /// When the client last took something of an answer, or answers began to wait for it.
    taken_at: Instant,
}

struct InProgress {
    number: u64,
    since: Instant,
    /// Whether there is an answer, and the client is to take more of it.
    waits_for_client: bool,
}

impl Phases {
    const fn begin(patience: Patience, succession: Succession, now: Instant) -> Self {
        Self {
            patience,
            succession,
            idle_since: now,
            head_since: None,
            has_served: false,
            draining_since: None,
            exchanges: Vec::new(),
            next_number: 0,
            taken_at: now,
        }
    }

    fn bytes_arrived(&mut self, now: Instant) {
        let may_begin_a_head = self.succession == Succession::InTurn && self.has_served;
        if may_begin_a_head && self.exchanges.is_empty() {
            self.head_since.get_or_insert(now);
        }
    }

    fn begin_exchange(&mut self, now: Instant) -> u64 {
        let number = self.next_number;
        self.next_number += 1;
        self.has_served = true;
        self.head_since = None;
        self.exchanges.push(InProgress { number, since: now, waits_for_client: false });
        number
    }

    fn end_exchange(&mut self, number: u64, now: Instant) {
        self.exchanges.retain(|exchange| exchange.number != number);
        if self.exchanges.is_empty() {
            self.idle_since = now;
        }
    }

    fn waits_for_client(&mut self, number: u64, now: Instant) {
        self.taken_at = now;
        self.set_waiting(number, true);
    }

    fn waits_for_us(&mut self, number: u64) {
        self.set_waiting(number, false);
    }

    fn set_waiting(&mut self, number: u64, waits_for_client: bool) {
        if let Some(exchange) = self.exchanges.iter_mut().find(|exchange| exchange.number == number) {
            exchange.waits_for_client = waits_for_client;
        }
    }

    fn begin_drain(&mut self, now: Instant) {
        self.draining_since.get_or_insert(now);
    }

    fn deadline(&self) -> Instant {
        if let Some(oldest) = self.exchanges.first() {
            let whole = oldest.since + self.patience.exchange;
            let is_waited_for = self.exchanges.iter().any(|exchange| exchange.waits_for_client);
            return if is_waited_for { whole.min(self.taken_at + self.patience.answer) } else { whole };
        }
        if let Some(since) = self.head_since {
            return since + self.patience.head;
        }
        let patience = if self.has_served { self.patience.idle } else { self.patience.head };
        let usual = self.idle_since + patience;
        self.draining_since.map_or(usual, |since| usual.min(since + LAST_CALL))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A connection of that kind, and the moment at which it began.
    fn connection(succession: Succession) -> (Phases, Instant) {
        let start = Instant::now();
        (Phases::begin(Patience::default(), succession, start), start)
    }

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn a_new_connection_has_five_seconds_however_many_bytes_it_sends() {
        let (mut phases, start) = connection(Succession::InTurn);
        phases.bytes_arrived(start + seconds(3));
        assert_eq!(phases.deadline(), start + seconds(5));
    }

    #[test]
    fn a_kept_connection_may_rest_a_minute_but_a_head_once_begun_must_come() {
        let (mut phases, start) = connection(Succession::InTurn);
        let number = phases.begin_exchange(start + seconds(1));
        phases.end_exchange(number, start + seconds(2));
        assert_eq!(phases.deadline(), start + seconds(62));
        phases.bytes_arrived(start + seconds(30));
        phases.bytes_arrived(start + seconds(33));
        assert_eq!(phases.deadline(), start + seconds(35));
    }

    #[test]
    fn upkeep_of_a_multiplexed_connection_neither_shortens_nor_prolongs_its_rest() {
        let (mut phases, start) = connection(Succession::Multiplexed);
        let number = phases.begin_exchange(start);
        phases.end_exchange(number, start);
        phases.bytes_arrived(start + seconds(20));
        assert_eq!(phases.deadline(), start + seconds(60));
    }

    #[test]
    fn the_oldest_request_in_progress_sets_the_limit() {
        let (mut phases, start) = connection(Succession::Multiplexed);
        let first = phases.begin_exchange(start);
        phases.begin_exchange(start + seconds(50));
        assert_eq!(phases.deadline(), start + seconds(60));
        phases.end_exchange(first, start + seconds(55));
        assert_eq!(phases.deadline(), start + seconds(110));
    }

    #[test]
    fn answers_wait_ten_seconds_for_a_client_that_takes_nothing_of_any() {
        let (mut phases, start) = connection(Succession::Multiplexed);
        let (slow, other) = (phases.begin_exchange(start), phases.begin_exchange(start));
        assert_eq!(phases.deadline(), start + seconds(60), "nothing is there to be taken");
        phases.waits_for_client(slow, start + seconds(1));
        assert_eq!(phases.deadline(), start + seconds(11));
        phases.waits_for_client(other, start + seconds(9));
        assert_eq!(phases.deadline(), start + seconds(19), "something was taken");
        phases.waits_for_us(other);
        assert_eq!(phases.deadline(), start + seconds(19));
        phases.waits_for_us(slow);
        assert_eq!(phases.deadline(), start + seconds(60));
    }

    #[test]
    fn the_drain_spares_requests_in_progress_only() {
        let (mut phases, start) = connection(Succession::InTurn);
        let number = phases.begin_exchange(start);
        phases.begin_drain(start);
        assert_eq!(phases.deadline(), start + seconds(60));
        phases.end_exchange(number, start + seconds(1));
        assert!(phases.deadline() <= start + seconds(1));
    }
}
