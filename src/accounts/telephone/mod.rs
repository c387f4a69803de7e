//! Help by telephone: the caller waits at a page of their own, a manager at the desk makes a code, speaks it, and the caller
//! types it there.
//!
//! Both sides see the same pair of matching codes, so that each knows to speak with whoever has the other page. All of it is
//! kept with the request (`recovery_case`), known or not: what ends requests (another one of the same browser, a new password, a letter, a
//! disabling) ends codes too. The caller's page tells nobody whether the identifier exists.

mod caller;
mod cases;
mod recover;
mod spoken;
mod store;

use std::time::Duration;

pub use caller::Redeemed;
pub use cases::{CaseAct, NotSpoken};
pub use spoken::SpokenCode;

use super::{Account, AccountId, Accounts, CaseNumber};
use crate::id_type;
use crate::keys::Mac;
use crate::kit::clock::Timestamp;
use crate::kit::encoding::from_base64url;

id_type! {
    /// The name of the page at which a caller waits; only its browser knows it, sealed.
    CallerPage
}

/// How long a spoken code counts.
const CODE_LIFE: Duration = Duration::from_mins(10);
/// How many wrong codes may be typed before another one is needed.
const MOST_FAILURES: i64 = 5;
/// How long a caller who typed the code may take to choose a password.
const PROOF_LIFE: Duration = Duration::from_mins(30);
/// A case is its manager's for so long after their last act.
pub(super) const TAKEN_FOR: Duration = Duration::from_mins(15);

/// Where a request stands, on both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// No code counts.
    Waiting,
    /// A code was spoken.
    Spoken {
        /// Until when it counts.
        until: Timestamp,
    },
    /// The code was typed: a password may be chosen.
    Proven,
}

/// Two codes of four digits, the same on both pages; each side reads one to the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchingCodes {
    /// What the caller reads.
    pub caller: String,
    /// What the manager answers.
    pub manager: String,
}

/// What the caller's page shows, whether or not anybody stands behind the request.
#[derive(Clone, Debug)]
pub struct CallerView {
    /// The number of the request.
    pub number: CaseNumber,
    /// The codes of now.
    pub codes: MatchingCodes,
    /// Where it stands.
    pub stage: Stage,
    /// Until when the request lives.
    pub expires_at: Timestamp,
    /// Changes whenever the page has news.
    pub state: String,
}

/// A request that waits for a manager.
#[derive(Clone, Debug)]
pub struct OpenCase {
    /// Its number.
    pub number: CaseNumber,
    /// Who asks.
    pub person: Account,
    /// Since when.
    pub asked_at: Timestamp,
    /// Until when it lives.
    pub expires_at: Timestamp,
    /// Who takes care of it.
    pub taken: Option<Taken>,
    /// The codes of now.
    pub codes: MatchingCodes,
    /// Counts the pairs of codes; a form names the pair that it showed.
    pub attempt: i64,
    /// Where it stands.
    pub stage: Stage,
}

/// A manager who takes care of a case.
#[derive(Clone, Debug)]
pub struct Taken {
    /// Who.
    pub by: AccountId,
    /// What they are called.
    pub name: String,
    /// When they last did something about it.
    pub at: Timestamp,
}

impl OpenCase {
    /// Changes whenever the page at the desk has news.
    #[must_use]
    pub fn state(&self) -> String {
        let taken = self.taken.as_ref().map_or("", |taken| taken.by.as_str());
        format!("{} {taken}", state_of(self.attempt, self.stage))
    }

    /// Whether another manager takes care of it.
    #[must_use]
    pub fn is_anothers(&self, manager: &AccountId) -> bool {
        self.taken.as_ref().is_some_and(|taken| taken.by != *manager)
    }
}

/// A request as it is stored.
struct StoredCall {
    number: CaseNumber,
    account: Option<AccountId>,
    page: String,
    asked_at: Timestamp,
    expires_at: Timestamp,
    attempt: i64,
    has_code: bool,
    code_expires_at: Option<Timestamp>,
    proven_until: Option<Timestamp>,
    code_state: Option<String>,
}

impl StoredCall {
    fn stage(&self, now: Timestamp) -> Stage {
        if self.proven_until.is_some_and(|until| now < until) {
            return Stage::Proven;
        }
        match self.code_expires_at.filter(|until| self.has_code && now < *until) {
            Some(until) => Stage::Spoken { until },
            None => Stage::Waiting,
        }
    }
}

impl Accounts {
    /// The matching codes of a page, for one attempt.
    fn matching_codes(&self, page: &str, attempt: i64) -> MatchingCodes {
        let code = |side: &str| four_digits(&self.0.spoken, &format!("match {side} {attempt} {page}"));
        MatchingCodes { caller: code("caller"), manager: code("manager") }
    }
}

fn state_of(attempt: i64, stage: Stage) -> String {
    let word = match stage {
        Stage::Waiting => "waiting",
        Stage::Spoken { .. } => "spoken",
        Stage::Proven => "proven",
    };
    format!("{attempt} {word}")
}

fn four_digits(mac: &Mac, text: &str) -> String {
    let bytes = from_base64url(&mac.of(text)).unwrap_or_default();
    let number = bytes.iter().take(4).fold(0_u32, |number, byte| (number << 8) | u32::from(*byte));
    format!("{:04}", number % 10_000)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::keys::{MasterKey, Purpose};

    #[test]
    fn four_digits_are_any_of_ten_thousand() {
        let mac = MasterKey::of_tests().mac(Purpose::SpokenCodes);
        let codes: HashSet<_> = (0..2_000).map(|number| four_digits(&mac, &number.to_string())).collect();
        assert!(codes.iter().all(|code| code.len() == 4 && code.parse::<u16>().is_ok()));
        // Of so many draws of ten thousand, 1,813 differ on average.
        assert!((1_750..1_870).contains(&codes.len()), "{}", codes.len());
    }
}
