//! What an import is asked to do, and who takes what it gives.

use std::future::{Future, ready};

use super::report::RowReport;
use crate::accounts::letters::IssuedLetter;
use crate::database::Connection;

/// What an import does beside reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Nothing at all: it tells what it would do.
    DryRun,
    /// People are made and brought up to date; letters wait for another run.
    WithoutLetters,
    /// Letters are issued too, and handed over to be put on paper.
    WithLetters,
    /// Letters are issued too, and wait to be printed where the receiver keeps them.
    WithLettersToPrint,
}

impl Mode {
    pub(super) const fn issues_letters(self) -> bool {
        matches!(self, Self::WithLetters | Self::WithLettersToPrint)
    }
}

/// What one transaction settled.
#[derive(Clone, Copy)]
pub struct SettledRows<'a> {
    /// What became of its rows.
    pub reports: &'a [RowReport],
    /// The letters that it issued.
    pub letters: &'a [IssuedLetter],
    /// Up to this line of the file every row is settled.
    pub through: u64,
}

/// Who takes what an import gives.
pub trait Receiver: Send {
    /// Writes down what goes with a transaction's rows, in that very transaction; it may be rolled back and done again.
    fn note(
        &mut self,
        _connection: &mut Connection,
        _settled: SettledRows<'_>,
    ) -> impl Future<Output = sqlx::Result<()>> + Send {
        ready(Ok(()))
    }

    /// Takes what a dry run tells of some rows, the last of which is this line.
    fn foresee(
        &mut self,
        _reports: &[RowReport],
        _through: u64,
    ) -> impl Future<Output = sqlx::Result<()>> + Send {
        ready(Ok(()))
    }

    /// Takes the letters of a batch; when this returns, they must be safe from a power cut.
    fn letters(&mut self, letters: &[IssuedLetter]) -> std::io::Result<()>;

    /// Takes what became of a row.
    fn row(&mut self, report: &RowReport) -> std::io::Result<()>;
}
