//! How many failures, and how long to wait after them.

use std::time::Duration;

use super::store::Count;
use crate::kit::clock::Timestamp;
use crate::kit::networks::NETWORKS_OF_SITE;

/// Failures that cost no wait.
const FREE: i64 = 5;
/// The waits after them, in seconds; the last one repeats.
///
/// The CNIL (délibération 2022-100) asks for more than a minute after five failures, and for no more than 25
/// attempts in 24 hours: with the last wait at 100 minutes, no 24 hours whatever hold more.
const WAITS: [u64; 8] = [60, 120, 240, 480, 900, 1_800, 3_600, 6_000];
/// No wait is longer: a time beyond it was written by a clock that went wrong, and counts for nothing.
const LONGEST: Duration = Duration::from_secs(6_001);
/// By how much the clocks of two nodes may differ.
const SKEW: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// What one bucket allows.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// How long attempts are counted together, from the first of them on.
    pub window: Duration,
    /// How many of them there may be.
    pub most: i64,
    /// Whether failures cost growing waits besides.
    waits: bool,
}

impl Rule {
    /// The password of one person.
    pub const PASSWORD: Self = Self { window: DAY, most: 25, waits: true };
    /// Mails about the forgotten password of one person, or to confirm their addresses.
    pub const RECOVERY: Self = Self { window: HOUR, most: 5, waits: false };
    /// Help with forgotten passwords, asked from one network.
    pub const RECOVERY_OF_NETWORK: Self = Self { window: HOUR, most: 30, waits: false };

    /// Devices that ask to be let in from one network.
    pub const DEVICES: Self = Self { window: HOUR, most: 60, waits: false };
    /// Applications that register themselves without a token, from one network.
    pub const REGISTRATIONS: Self = Self { window: HOUR, most: 200, waits: false };
    /// Wrong codes of devices, typed by one person.
    pub const USER_CODES: Self = Self { window: HOUR, most: 10, waits: false };
    /// Wrong codes of devices, typed in one network.
    pub const USER_CODES_OF_NETWORK: Self = Self { window: HOUR, most: 60, waits: false };

    /// So many in an hour, without waits between them.
    pub fn per_hour(most: u32) -> Self {
        Self { window: HOUR, most: i64::from(most), waits: false }
    }

    /// What a site may, which is many networks: more than one of them, and not as much as all.
    pub fn of_site(self) -> Self {
        Self { most: self.most.saturating_mul(i64::from(NETWORKS_OF_SITE)), ..self }
    }

    /// From when on an attempt is looked at again, after so many failures of which the last is now.
    pub fn free_at(&self, failures: i64, now: Timestamp) -> Timestamp {
        if !self.waits || failures < FREE {
            return now;
        }
        let step = usize::try_from(failures - FREE).unwrap_or(usize::MAX).min(WAITS.len() - 1);
        // One second more: times are cut to whole seconds, and a wait must not be shorter than it says.
        now + Duration::from_secs(WAITS[step] + 1)
    }

    /// The latest time that a bucket can be closed until, by a node whose clock is ahead.
    pub fn latest(now: Timestamp) -> Timestamp {
        now + LONGEST + SKEW
    }

    /// The latest time that it can be now at any node.
    pub fn latest_now(now: Timestamp) -> Timestamp {
        now + SKEW
    }

    /// How long a bucket with this count stays closed; zero when it is open.
    pub fn remaining(&self, count: Option<Count>, now: Timestamp) -> Duration {
        let Some(count) = count else { return Duration::ZERO };
        let by_wait =
            if count.free_at > Self::latest(now) { Duration::ZERO } else { count.free_at.since(now) };
        let is_current =
            count.window_from <= Self::latest_now(now) && now.since(count.window_from) < self.window;
        let by_count = if is_current && count.in_window >= self.most {
            (count.window_from + self.window).since(now)
        } else {
            Duration::ZERO
        };
        by_wait.max(by_count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    #[test]
    fn five_failures_are_free_and_waits_grow_to_their_longest() {
        let wait = |failures| Rule::PASSWORD.free_at(failures, NOW).since(NOW).as_secs();
        assert_eq!((1..5).map(wait).max(), Some(0));
        let waits: Vec<u64> = (5..14).map(wait).collect();
        assert_eq!(waits, [61, 121, 241, 481, 901, 1_801, 3_601, 6_001, 6_001]);
        assert_eq!(wait(i64::MAX), 6_001);
        assert_eq!(Rule::latest(NOW).since(NOW).as_secs(), 6_061);
    }

    #[test]
    fn no_day_holds_more_than_25_attempts_by_waits_alone() {
        let mut at = vec![NOW];
        for failures in 1..60 {
            at.push(Rule::PASSWORD.free_at(failures, at[at.len() - 1]));
        }
        for (place, start) in at.iter().enumerate() {
            let within = at[place..].iter().filter(|time| time.since(*start) < DAY).count();
            assert!(within <= 25, "{within} from the attempt {place} on");
        }
    }

    #[test]
    fn a_clock_that_went_wrong_keeps_nobody_out() {
        let count = |free_at, window_from| {
            Some(Count {
                free_at: Timestamp::from_seconds(free_at),
                window_from: Timestamp::from_seconds(window_from),
                in_window: i64::MAX,
            })
        };
        let now = NOW.seconds();
        let remaining = |count| Rule::PASSWORD.remaining(count, NOW).as_secs();
        assert_eq!(remaining(count(i64::MAX, i64::MAX)), 0);
        assert_eq!(remaining(count(i64::MIN, i64::MIN)), 0);
        assert_eq!(remaining(count(now + 60, i64::MAX)), 60);
        assert_eq!(remaining(count(0, now - 10)), 86_390);
        assert_eq!(remaining(None), 0);
        // A node that is some seconds ahead is believed.
        assert_eq!(remaining(count(now + 6_001 + 30, now + 30)), 86_400 + 30);
        assert_eq!(remaining(count(now + 6_001 + 30, i64::MAX)), 6_031);
        assert_eq!(remaining(count(now + 6_001 + 60, i64::MAX)), 6_061);
        assert_eq!(remaining(count(now + 6_001 + 61, i64::MAX)), 0);
    }
}
