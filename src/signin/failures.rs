//! Refused sign-ins, noted with their real reason a moment after the answer.
//!
//! The answer waits for none of it: known and unknown identifiers alike are put on a list in memory, and a chore writes
//! down those that are somebody's. Neither bytes nor time tell them apart. What a node had on its list when its power
//! failed is lost: notes of failures, never of anything that was let in. (`docs/decisions/0042…`)

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::SignIn;
use crate::accounts::{LookupKey, Refused};
use crate::audit::Refusal;

/// How long a refusal waits to be noted.
const TURN: Duration = Duration::from_secs(1);
/// How many refusals wait at most; those that come when the list is full are not noted.
const MOST_WAITING: usize = 10_000;
/// How many are noted in one transaction.
const BATCH: usize = 100;

/// The refusals that wait to be noted.
#[derive(Default)]
pub(super) struct Failures {
    waiting: Mutex<Vec<Refused>>,
}

impl Failures {
    fn add(&self, refused: Refused) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < MOST_WAITING {
            waiting.push(refused);
        }
    }

    fn take(&self) -> Vec<Refused> {
        std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl SignIn {
    /// Puts a refusal on the list, whoever has the identifier, if anybody.
    pub(super) fn note_refusal(&self, identifier: &str, refusal: Refusal) {
        let key = LookupKey::of(identifier);
        self.0.failures.add(Refused { at: self.0.clock.now(), key, refusal });
    }

    /// Waits a moment, or until it is asked to stop, and notes what is on the list.
    pub async fn note_failures_until(&self, stop: &CancellationToken) -> sqlx::Result<u64> {
        tokio::select! {
            () = stop.cancelled() => {}
            () = sleep(TURN) => {}
        }
        self.note_failures().await
    }

    /// Notes what is on the list; what could not be written stays on it.
    pub async fn note_failures(&self) -> sqlx::Result<u64> {
        let all = self.0.failures.take();
        let mut noted = 0;
        for (at, batch) in all.chunks(BATCH).enumerate() {
            match self.0.accounts.note_refused(batch).await {
                Ok(number) => noted += number,
                Err(error) => {
                    for refused in all.iter().skip(at * BATCH) {
                        self.0.failures.add(refused.clone());
                    }
                    return Err(error);
                }
            }
        }
        Ok(noted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::clock::Timestamp;

    #[test]
    fn the_list_is_bounded_and_taken_once() {
        let failures = Failures::default();
        for number in 0..MOST_WAITING + 10 {
            let key = LookupKey::of(&format!("person{number}"));
            failures.add(Refused { at: Timestamp::from_seconds(0), key, refusal: Refusal::WrongPassword });
        }
        assert_eq!(failures.take().len(), MOST_WAITING);
        assert!(failures.take().is_empty());
    }
}
