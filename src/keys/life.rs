//! The life of a signing key: published, signing, retired, kept for hints, gone.
//!
//! In which phase a key is follows from the table and the time alone, so that every node says the same at
//! the same moment and nobody has to tell anybody: a key signs from its own moment on, until the next
//! generation's. No two keys of one algorithm can sign.

use std::time::Duration;

use super::store::StoredKey;
use crate::config::{KeySettings, LONGEST_TOKEN_LIFE, SHORTEST_PUBLICATION, SigningAlgorithm};
use crate::kit::clock::Timestamp;

/// For how long a client may use a copy of the JWK set, as its answer says.
pub const JWKS_MAX_AGE: Duration = Duration::from_mins(5);
/// How long a node takes at the most to learn what another has stored.
pub const READ_EVERY: Duration = Duration::from_secs(30);
/// For commits that take their time, and clocks that differ.
const SLACK: Duration = Duration::from_mins(4);
/// How long a retired key stays published: until every token that it signed is dead.
const PUBLISHED_AFTER: Duration = LONGEST_TOKEN_LIFE.saturating_add(SLACK);
/// How long a key still verifies hints: somebody who served in last year's exams is still known this year.
const KEPT_FOR_HINTS: Duration = Duration::from_hours(400 * 24);

// A key is known to every node and to every client that keeps the JWK set as long as it may, before it signs.
const _: () = assert!(
    SHORTEST_PUBLICATION.as_secs() >= READ_EVERY.as_secs() + JWKS_MAX_AGE.as_secs() + SLACK.as_secs()
);

/// Where a key stands in its life, and what is to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// In the JWK set, for clients to meet it before it signs.
    Published {
        /// When it begins to sign.
        signs_from: Timestamp,
    },
    /// It signs.
    Signing {
        /// Since when.
        since: Timestamp,
        /// When the next one takes over, if that is known.
        until: Option<Timestamp>,
    },
    /// Still in the JWK set, for the tokens that it signed.
    Retired {
        /// Since when.
        since: Timestamp,
        /// When it leaves the JWK set.
        published_until: Timestamp,
    },
    /// Out of the JWK set: its public half verifies ID tokens that come back as hints, and nothing else.
    Former {
        /// When it is forgotten.
        kept_until: Timestamp,
    },
    /// Found to be in wrong hands: nothing that it signed counts.
    Withdrawn {
        /// Since when.
        at: Timestamp,
    },
    /// To be forgotten.
    Gone,
}

impl Phase {
    /// Whether the key stands in the JWK set.
    #[must_use]
    pub const fn is_published(self) -> bool {
        matches!(self, Self::Published { .. } | Self::Signing { .. } | Self::Retired { .. })
    }
}

/// The moments that bound a key's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Life {
    signs_from: Timestamp,
    /// Whether no key of its algorithm came before it: then it signs at any time, for nobody else can.
    is_first: bool,
    /// When the next generation takes over.
    signs_until: Option<Timestamp>,
    withdrawn_at: Option<Timestamp>,
}

impl Life {
    /// The life of a key among all those that are stored.
    pub fn of(key: &StoredKey, stored: &[StoredKey]) -> Self {
        let own =
            stored.iter().filter(|other| other.algorithm == key.algorithm && other.withdrawn_at.is_none());
        let later = own.clone().filter(|other| other.generation > key.generation);
        Self {
            signs_from: key.signs_from,
            is_first: own.map(|other| other.generation).min() == Some(key.generation),
            signs_until: later.map(|later| later.signs_from).min(),
            withdrawn_at: key.withdrawn_at,
        }
    }

    /// The phase at a moment.
    pub fn phase(&self, now: Timestamp) -> Phase {
        if let Some(at) = self.withdrawn_at {
            return if now < at + KEPT_FOR_HINTS { Phase::Withdrawn { at } } else { Phase::Gone };
        }
        match self.signs_until {
            Some(since) if now >= since => {
                let (published_until, kept_until) = (since + PUBLISHED_AFTER, since + KEPT_FOR_HINTS);
                if now < published_until {
                    Phase::Retired { since, published_until }
                } else if now < kept_until {
                    Phase::Former { kept_until }
                } else {
                    Phase::Gone
                }
            }
            // Its moment may lie ahead of a clock that was put back, or that is behind.
            _ if now < self.signs_from && !self.is_first => Phase::Published { signs_from: self.signs_from },
            until => Phase::Signing { since: self.signs_from, until },
        }
    }
}

/// Where a key that is to be made stands among those of its algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub algorithm: SigningAlgorithm,
    pub generation: i64,
    pub signs_from: Timestamp,
}

/// The key that an algorithm wants at a moment, if it wants one.
///
/// The first signs at once: nobody can have met it, nor a token that it signed. The next is published
/// in time to have been published for long enough when its turn comes; when that time was missed (all nodes
/// stood still), the one before signs for longer.
pub(super) fn due(
    algorithm: SigningAlgorithm,
    stored: &[StoredKey],
    settings: &KeySettings,
    now: Timestamp,
) -> Option<Place> {
    let signs_from = match newest(algorithm, stored) {
        None => now,
        Some(newest) => {
            let turn = newest.signs_from + settings.rotate_every;
            if now < turn - settings.publish_before {
                return None;
            }
            turn.max(now + settings.publish_before)
        }
    };
    Some(Place { algorithm, generation: next_generation(algorithm, stored), signs_from })
}

/// The newest key of an algorithm that counts.
pub(super) fn newest(algorithm: SigningAlgorithm, stored: &[StoredKey]) -> Option<&StoredKey> {
    let own = stored.iter().filter(|key| key.algorithm == algorithm && key.withdrawn_at.is_none());
    own.max_by_key(|key| key.generation)
}

/// The generation that comes after all those of an algorithm.
pub(super) fn next_generation(algorithm: SigningAlgorithm, stored: &[StoredKey]) -> i64 {
    let own = stored.iter().filter(|key| key.algorithm == algorithm);
    own.map(|key| key.generation).max().unwrap_or(0) + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::MasterKeySource;

    const DAY: i64 = 86_400;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn key(generation: i64, signs_from: i64) -> StoredKey {
        StoredKey {
            kid: format!("kid-{generation}"),
            algorithm: SigningAlgorithm::Es256,
            generation,
            sealed_private_key: None,
            sealed_public_key: None,
            created_at: at(0),
            signs_from: at(signs_from),
            withdrawn_at: None,
        }
    }

    fn settings() -> KeySettings {
        KeySettings {
            master_key: MasterKeySource::Generated("master.key".into()),
            rotate_every: Duration::from_hours(90 * 24),
            publish_before: Duration::from_hours(48),
        }
    }

    fn phases(stored: &[StoredKey], now: i64) -> Vec<Phase> {
        stored.iter().map(|key| Life::of(key, stored).phase(at(now))).collect()
    }

    #[test]
    fn a_key_goes_through_its_life_by_the_clock() {
        let stored = [key(1, 0), key(2, 90 * DAY)];
        let leaves = 91 * DAY + 240;
        let ends = 490 * DAY;
        for (now, expected) in [
            (-1, Phase::Signing { since: at(0), until: Some(at(90 * DAY)) }),
            (0, Phase::Signing { since: at(0), until: Some(at(90 * DAY)) }),
            (90 * DAY - 1, Phase::Signing { since: at(0), until: Some(at(90 * DAY)) }),
            (90 * DAY, Phase::Retired { since: at(90 * DAY), published_until: at(leaves) }),
            (leaves - 1, Phase::Retired { since: at(90 * DAY), published_until: at(leaves) }),
            (leaves, Phase::Former { kept_until: at(ends) }),
            (ends - 1, Phase::Former { kept_until: at(ends) }),
            (ends, Phase::Gone),
        ] {
            assert_eq!(phases(&stored, now)[0], expected, "{now}");
        }
        assert_eq!(phases(&stored, 90 * DAY - 1)[1], Phase::Published { signs_from: at(90 * DAY) });
        assert_eq!(phases(&stored, 90 * DAY)[1], Phase::Signing { since: at(90 * DAY), until: None });
    }

    #[test]
    fn at_every_moment_exactly_one_key_of_an_algorithm_signs() {
        let mut stored = vec![key(1, 0), key(2, 10), key(3, 10), key(4, 30), key(5, 20)];
        stored[3].withdrawn_at = Some(at(15));
        // Before the first one was made, too: a clock that was ahead then is put back.
        for now in -50..50 {
            let phases = phases(&stored, now);
            let signing = phases.iter().filter(|phase| matches!(phase, Phase::Signing { .. }));
            assert_eq!(signing.count(), 1, "{now}: {phases:?}");
        }
    }

    #[test]
    fn a_withdrawn_key_counts_no_more_and_the_one_before_does_not_come_back() {
        let mut stored = [key(1, 0), key(2, 10), key(3, 20)];
        for withdrawn in &mut stored[..2] {
            withdrawn.withdrawn_at = Some(at(20));
        }
        assert_eq!(phases(&stored, 20)[..2], [Phase::Withdrawn { at: at(20) }; 2]);
        assert_eq!(phases(&stored, 20)[2], Phase::Signing { since: at(20), until: None });
        assert_eq!(phases(&stored, 20 + 400 * DAY)[0], Phase::Gone);
    }

    #[test]
    fn a_key_is_due_when_there_is_none_or_in_time_for_its_publication() {
        let due_at = |stored: &[StoredKey], now| due(SigningAlgorithm::Es256, stored, &settings(), at(now));
        let place = |generation, signs_from| {
            Some(Place { algorithm: SigningAlgorithm::Es256, generation, signs_from: at(signs_from) })
        };
        assert_eq!(due_at(&[], 7), place(1, 7));
        let mut first = vec![key(1, 0)];
        assert_eq!(due_at(&first, 88 * DAY - 1), None);
        assert_eq!(due_at(&first, 88 * DAY), place(2, 90 * DAY));
        // All nodes stood still meanwhile.
        assert_eq!(due_at(&first, 200 * DAY), place(2, 202 * DAY));
        // It is there already.
        first.push(key(2, 90 * DAY));
        assert_eq!(due_at(&first, 88 * DAY), None);
        assert_eq!(due_at(&first, 178 * DAY - 1), None);
        assert_eq!(due_at(&first, 178 * DAY), place(3, 180 * DAY));
        // Every one was withdrawn: no generation comes twice.
        for key in &mut first {
            key.withdrawn_at = Some(at(1));
        }
        assert_eq!(due_at(&first, 5), place(3, 5));
    }
}
