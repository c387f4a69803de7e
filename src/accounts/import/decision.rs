//! What a row means for the account that it names.

use super::need::Need;
use super::report::{ListedAddress, NewLetter, Outcome, Refusal, Settled};
use crate::accounts::Account;

/// What a row means.
pub enum Decision {
    /// Nothing: it is refused.
    Refuse(Refusal),
    /// Somebody new.
    Create,
    /// Somebody known.
    Keep(Box<Kept>),
}

/// Somebody known, and what they need.
pub struct Kept {
    pub before: Account,
    pub after: Account,
    pub letter: Need,
    pub address: ListedAddress,
}

impl Decision {
    /// Whether it takes a temporary password.
    pub fn wants_password(&self) -> bool {
        match self {
            Self::Refuse(_) => false,
            Self::Create => true,
            Self::Keep(kept) => kept.letter == Need::WithPassword,
        }
    }

    /// What a run that writes would do, as far as it can be told.
    pub fn foreseen(self) -> Outcome {
        match self {
            Self::Refuse(refusal) => Outcome::Refused(refusal),
            Self::Create => Outcome::Created(Settled {
                account: None,
                identifier: None,
                letter: NewLetter::Wanting,
                address: ListedAddress::Followed,
            }),
            Self::Keep(kept) => {
                let changed = kept.changes() || kept.letter.is_met();
                let letter = kept.letter.foreseen();
                kept.outcome(letter, changed)
            }
        }
    }
}

impl Kept {
    /// Whether anything of the account is to be written.
    pub fn changes(&self) -> bool {
        let (before, after) = (&self.before, &self.after);
        before.given_name != after.given_name
            || before.family_name != after.family_name
            || before.claims != after.claims
            || before.authority != after.authority
            || before.source_key != after.source_key
            || self.new_address().is_some()
            || self.new_proposal().is_some()
    }

    /// The address that takes the place of the one before.
    pub fn new_address(&self) -> Option<&str> {
        self.after.email.as_deref().filter(|_| self.before.email != self.after.email)
    }

    /// The address that the person is to confirm.
    pub fn new_proposal(&self) -> Option<&str> {
        self.after
            .proposed_email
            .as_deref()
            .filter(|_| self.before.proposed_email != self.after.proposed_email)
    }

    /// How the row ended.
    pub fn outcome(self, letter: NewLetter, changed: bool) -> Outcome {
        let settled = settled(&self.after, letter, self.address);
        if changed { Outcome::Updated(settled) } else { Outcome::Unchanged(settled) }
    }
}

/// What is told of a row that is settled.
pub fn settled(account: &Account, letter: NewLetter, address: ListedAddress) -> Settled {
    let identifier = account.identifier().map(str::to_owned);
    Settled { account: Some(account.id.clone()), identifier, letter, address }
}
