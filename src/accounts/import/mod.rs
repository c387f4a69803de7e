//! Reading a list of people: who is new, who came back, who gets a letter.
//!
//! Rows go through in batches: read and checked by one task, passwords hashed on every core beside it,
//! settled in one transaction each. A batch's letters are handed over and safe on disk before the next
//! transaction notes them as printed; so whatever interrupts an import, the next one issues anew what
//! nobody can have printed, and touches nothing else. Memory is that of a few batches.

mod decision;
mod encoding;
mod fields;
mod lines;
mod need;
mod person;
mod pipeline;
mod receiver;
mod report;
mod settle;
mod store;

use std::io;

pub use encoding::Encoding;
pub use person::{LONGEST_KEY, LONGEST_NAME};
pub use pipeline::List;
pub(super) use pipeline::gave_way;
pub use receiver::{Mode, Receiver, SettledRows};
pub use report::{ListedAddress, NewLetter, Outcome, Refusal, RowReport, Settled, Summary};
pub(super) use settle::Prepared;

use crate::accounts::Busy;

/// Why a file is no list at all.
#[derive(Debug, thiserror::Error)]
pub enum FileFault {
    /// Nothing is in it.
    #[error("the file is empty: a list begins with a line of headings")]
    Empty,
    /// It is UTF-16.
    #[error("the file is UTF-16: save it again as “CSV UTF-8”")]
    Utf16,
    /// Its headings cannot be read.
    #[error("the line of headings cannot be read: {0}")]
    Headings(String),
    /// A column that every list has is not there.
    #[error(
        "the column {expected} is missing; the headings are: {found}. Add it, or name yours in [import.columns]"
    )]
    Missing {
        /// The heading that the configuration expects.
        expected: String,
        /// The headings that there are.
        found: String,
    },
    /// It cannot be read.
    #[error("the file cannot be read: {0}")]
    Read(#[from] io::Error),
}

/// Why an import did not reach the end of its file; the same command goes on where this one stopped.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file is no list; nothing was done.
    #[error(transparent)]
    File(#[from] FileFault),
    /// The letters could not be written.
    #[error("the letters could not be written: {0}; import the list again with another --letters file")]
    Letters(#[source] io::Error),
    /// The report could not be written.
    #[error("the report could not be written: {0}; import the list again")]
    Report(#[source] io::Error),
    /// A password could not be hashed.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// The database failed.
    #[error("the database failed: {0}; import the list again once it answers")]
    Database(#[from] sqlx::Error),
}
