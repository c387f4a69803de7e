//! Trying again what failed: after delays that grow, then every so often, until it is given up.

use std::time::Duration;

use super::clock::Timestamp;

/// After how long what failed is tried again.
#[derive(Clone, Copy, Debug)]
pub struct Retries {
    /// How long to wait after each of the first attempts.
    pub first: &'static [Duration],
    /// How long to wait after every further one.
    pub then: Duration,
}

impl Retries {
    /// When to try again after so many attempts that failed; `None` when it was tried until the end.
    #[must_use]
    pub fn next(&self, attempts: i64, now: Timestamp, end: Timestamp) -> Option<Timestamp> {
        // Never beyond the end, so that the last attempt is made when it comes.
        (now < end).then(|| (now + self.delay_after(attempts)).min(end))
    }

    fn delay_after(&self, attempts: i64) -> Duration {
        let place = usize::try_from(attempts - 1).unwrap_or(0);
        self.first.get(place).copied().unwrap_or(self.then)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_then_stay_and_the_last_attempt_is_made_at_the_end() {
        const RETRIES: Retries = Retries {
            first: &[Duration::from_secs(10), Duration::from_secs(30)],
            then: Duration::from_mins(1),
        };
        let now = Timestamp::from_seconds(1_000);
        let after = |attempts, end| RETRIES.next(attempts, now, Timestamp::from_seconds(end));
        let seconds: Vec<i64> = (1..=4).map(|attempts| after(attempts, 9_999).unwrap().seconds()).collect();
        assert_eq!(seconds, [1_010, 1_030, 1_060, 1_060]);
        assert_eq!(after(3, 1_020).unwrap().seconds(), 1_020);
        assert!(after(1, 1_000).is_none());
    }
}
