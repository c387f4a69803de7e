//! Letters: the credential part of a convocation, and the temporary passwords printed on it.
//!
//! The module owns the tables `letter`, `letter_batch` and `unprinted_letter`. A person has at most one open letter; another one voids it, in the
//! transaction that replaces its password.

pub(super) mod batches;
mod issue;
mod number;
mod order;
mod print;
mod season;
mod sender;
mod store;
mod unprinted;

pub use batches::{Anew, BatchCounts, BatchId, BatchLine, LetterBatch, LetterOfBatch, purge_batches};
pub use issue::{IssueError, IssuedLetter, Replacing};
pub(super) use issue::{Order, put};
pub use number::LetterNumber;
pub use order::{OrderKey, Ordered};
pub use print::{Bar, LetterFormat, Printer, Stationery};
pub(super) use season::season_end;
pub use sender::{Sender, SenderError};
pub use store::{by_number, latest, of, purge_orders};
pub(super) use store::{mark_printed, mark_used, standing, void_open, void_unused_passwords};
pub(super) use unprinted::waits;

use crate::accounts::AccountId;
use crate::config::{AuthorityId, DeskId};
use crate::kit::clock::Timestamp;

/// A letter as the table holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Its number, printed on it.
    pub number: LetterNumber,
    /// Whose it is.
    pub account: AccountId,
    /// Who sends it.
    pub authority: AuthorityId,
    /// The desk that the person may call.
    pub desk: DeskId,
    /// Whether a temporary password is printed on it.
    pub with_password: bool,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// The end of its season; none for letters that have none.
    pub expires_at: Option<Timestamp>,
    /// When it was handed over to be printed.
    pub printed_at: Option<Timestamp>,
    /// When its temporary password was replaced by the person's own.
    pub used_at: Option<Timestamp>,
    /// When another letter took its place.
    pub voided_at: Option<Timestamp>,
}

/// What has become of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LetterState {
    /// It is not known to be printed.
    Issued,
    /// It is on paper, and its password, if it has one, was not used.
    Printed {
        /// Since when.
        at: Timestamp,
    },
    /// Its temporary password was replaced by the person's own.
    Used {
        /// When.
        at: Timestamp,
    },
    /// Its season is over.
    Expired {
        /// Since when.
        at: Timestamp,
    },
    /// Another letter took its place.
    Voided {
        /// When.
        at: Timestamp,
    },
}

impl Letter {
    /// What has become of the letter by `now`.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> LetterState {
        let expired_at = self.expires_at.filter(|end| *end <= now);
        match (self.used_at, self.voided_at, expired_at, self.printed_at) {
            (Some(at), ..) => LetterState::Used { at },
            (_, Some(at), ..) => LetterState::Voided { at },
            (_, _, Some(at), _) => LetterState::Expired { at },
            (_, _, _, Some(at)) => LetterState::Printed { at },
            (None, None, None, None) => LetterState::Issued,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_issued_then_printed_then_used_or_over() {
        let at = Timestamp::from_seconds;
        let issued = Letter {
            number: LetterNumber::from("ABCD-EFGH"),
            account: AccountId::from("x"),
            authority: AuthorityId::from("lyon"),
            desk: DeskId::from("dec"),
            with_password: true,
            issued_at: at(10),
            expires_at: Some(at(100)),
            printed_at: None,
            used_at: None,
            voided_at: None,
        };
        assert_eq!(issued.state(at(11)), LetterState::Issued);
        let printed = Letter { printed_at: Some(at(12)), ..issued };
        assert_eq!(printed.state(at(99)), LetterState::Printed { at: at(12) });
        assert_eq!(printed.state(at(100)), LetterState::Expired { at: at(100) });
        let voided = Letter { voided_at: Some(at(50)), ..printed.clone() };
        assert_eq!(voided.state(at(101)), LetterState::Voided { at: at(50) });
        let used = Letter { used_at: Some(at(40)), ..printed };
        assert_eq!(used.state(at(101)), LetterState::Used { at: at(40) });
    }
}
