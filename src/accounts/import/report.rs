//! What became of each row of a list, and why.

use crate::accounts::AccountId;
use crate::accounts::letters::LetterNumber;

/// What became of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowReport {
    /// The line of the file, from 1 on.
    pub line: u64,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// An account was made.
    Created(Settled),
    /// The person was known, and something changed.
    Updated(Settled),
    /// The person was known, and everything was as it should be.
    Unchanged(Settled),
    /// Nothing was done.
    Refused(Refusal),
}

/// Whose row it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The account; none as long as a dry run has not made it.
    pub account: Option<AccountId>,
    /// The identifier; none as long as a dry run has not allotted it.
    pub identifier: Option<String>,
    /// The letter that goes with it.
    pub letter: NewLetter,
    /// What became of the mail address that the row gives.
    pub address: ListedAddress,
}

/// What became of the mail address that a row gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListedAddress {
    /// The account has it; or the row gives none.
    Followed,
    /// The account keeps another one, which the person confirmed.
    KeptConfirmed,
    /// It is proposed to the person, who takes it at the next sign-in or does not: their access was used before, and
    /// the list is a manager's.
    Proposed,
}

/// The letter that a row gave rise to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewLetter {
    /// None is needed: the person holds one that is good.
    NotNeeded,
    /// One is needed, and none was issued: nothing was to be printed.
    Wanting,
    /// One with a password is needed, of somebody who had their own: it is not for a manager's list to give.
    ByHand,
    /// One was issued.
    Issued {
        /// Its number.
        number: LetterNumber,
        /// Whether it bears a temporary password.
        with_password: bool,
    },
}

/// Why a row was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// More than 64 KiB.
    #[error("the line is longer than 64 KiB")]
    TooLong,
    /// It cannot be read as text.
    #[error("the line is not {0}: write the whole file in one encoding")]
    Encoding(&'static str),
    /// A quotation mark that nothing closes, or within a field.
    #[error("a quotation mark is not closed on its line, or stands inside a field")]
    Quotes,
    /// Not as many fields as headings.
    #[error("it has {found} fields where the headings are {expected}")]
    Width {
        /// Fields of the row.
        found: usize,
        /// Headings.
        expected: usize,
    },
    /// A field with what nobody can type.
    #[error("{0} holds a control character")]
    Control(String),
    /// A field with too much.
    #[error("{field} has more than {most} characters")]
    Long {
        /// Which field.
        field: String,
        /// The limit.
        most: usize,
    },
    /// The family name is empty.
    #[error("the family name is missing")]
    NoName,
    /// Neither key is filled in.
    #[error("it has neither an identifier nor a key of the source, by which the person is known again")]
    NoKey,
    /// The mail address is none.
    #[error("the mail address is not one that mail can go to")]
    MailAddress,
    /// Another row is of the same person.
    #[error("line {0} is of the same person")]
    Duplicate(u64),
    /// Identifier and key belong to two people.
    #[error("the identifier belongs to one person and the key of the source to another")]
    Disagreement,
    /// Another authority looks after the person.
    #[error("the account belongs to the authority {0}")]
    OtherAuthority(String),
    /// The account is disabled.
    #[error("the account {0} is disabled: enable it first, or take the row out")]
    Disabled(String),
    /// The identifier is or was that of somebody else, whom whoever acts has no business with.
    #[error("the identifier cannot be given: leave it empty for a new one")]
    Unavailable,
    /// The identifier was somebody's whose account is gone.
    #[error("the identifier {0} was that of an account that is deleted: leave it empty for a new one")]
    Deleted(String),
}

/// How many rows became what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Accounts made.
    pub created: u64,
    /// Accounts changed, or given a letter.
    pub updated: u64,
    /// Accounts that were as they should be.
    pub unchanged: u64,
    /// Rows refused.
    pub refused: u64,
    /// Letters issued and handed over to be printed.
    pub letters: u64,
    /// Letters that are needed and were not issued, as nothing was to be printed.
    pub wanting: u64,
    /// Letters that another import replaced before they were noted as printed.
    pub replaced: u64,
}

impl Summary {
    /// Counts a row.
    pub const fn count(&mut self, outcome: &Outcome) {
        let settled = match outcome {
            Outcome::Created(settled) => {
                self.created += 1;
                settled
            }
            Outcome::Updated(settled) => {
                self.updated += 1;
                settled
            }
            Outcome::Unchanged(settled) => {
                self.unchanged += 1;
                settled
            }
            Outcome::Refused(_) => {
                self.refused += 1;
                return;
            }
        };
        match settled.letter {
            NewLetter::NotNeeded => {}
            NewLetter::Wanting | NewLetter::ByHand => self.wanting += 1,
            NewLetter::Issued { .. } => self.letters += 1,
        }
    }
}
