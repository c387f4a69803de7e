//! Lists of people: each row is settled wholly or not at all, and none harms another.

mod bad_input;
mod files;
mod returning;

use std::collections::HashMap;
use std::io::Cursor;

use guichet::accounts::import::{
    FileFault, ImportError, List, Mode, NewLetter, Outcome, Receiver, RowReport, Settled, Summary,
};
use guichet::accounts::{IssuedLetter, PasswordCheck};
use guichet::audit::Actor;
use guichet::kit::secrets::Secret;

use crate::support::App;

/// What an import gave.
#[derive(Default)]
pub struct Run {
    pub summary: Summary,
    pub rows: Vec<RowReport>,
    pub letters: Vec<IssuedLetter>,
}

impl Receiver for Run {
    fn letters(&mut self, letters: &[IssuedLetter]) -> std::io::Result<()> {
        self.letters.extend(letters.iter().map(|issued| IssuedLetter {
            letter: issued.letter.clone(),
            account: issued.account.clone(),
            password: issued.password.clone(),
        }));
        Ok(())
    }

    fn row(&mut self, report: &RowReport) -> std::io::Result<()> {
        self.rows.push(report.clone());
        Ok(())
    }
}

impl Run {
    /// What became of a line, in a word, with the reason of a refusal.
    pub fn outcome(&self, line: u64) -> String {
        let row = self.rows.iter().find(|row| row.line == line).unwrap_or_else(|| panic!("no line {line}"));
        match &row.outcome {
            Outcome::Created(_) => "created".to_owned(),
            Outcome::Updated(_) => "updated".to_owned(),
            Outcome::Unchanged(_) => "unchanged".to_owned(),
            Outcome::Refused(refusal) => format!("refused: {refusal}"),
        }
    }

    /// Whose a line is.
    pub fn settled(&self, line: u64) -> &Settled {
        let row = self.rows.iter().find(|row| row.line == line).unwrap_or_else(|| panic!("no line {line}"));
        match &row.outcome {
            Outcome::Created(settled) | Outcome::Updated(settled) | Outcome::Unchanged(settled) => settled,
            Outcome::Refused(refusal) => panic!("line {line} is refused: {refusal}"),
        }
    }

    pub fn identifier(&self, line: u64) -> &str {
        self.settled(line).identifier.as_deref().expect("an identifier")
    }

    /// The temporary passwords of the letters, by identifier.
    pub fn passwords(&self) -> HashMap<&str, &str> {
        let password = |issued: &'_ IssuedLetter| issued.password.is_some();
        self.letters
            .iter()
            .filter(|issued| password(issued))
            .map(|issued| {
                let printed = issued.password.as_ref().map_or("", |password| password.printed());
                (issued.account.identifier().unwrap_or_default(), printed)
            })
            .collect()
    }

    pub fn counts(&self) -> (u64, u64, u64, u64) {
        (self.summary.created, self.summary.updated, self.summary.unchanged, self.summary.refused)
    }
}

/// Imports a list for Lyon in one of the modes.
pub async fn import_as(app: &App, list: &[u8], mode: Mode) -> Result<Run, ImportError> {
    let list = List::open(Cursor::new(list.to_vec()), &app.settings.import.columns)?;
    let sender = app.accounts.sender(Some("lyon"), None).expect("a sender");
    let mut run = Run::default();
    run.summary = app.accounts.import(list, &sender, mode, &Actor::Import, &mut run).await?;
    Ok(run)
}

/// Imports a list for Lyon with its letters.
pub async fn import(app: &App, list: impl AsRef<[u8]>) -> Run {
    import_as(app, list.as_ref(), Mode::WithLetters).await.unwrap_or_else(|error| panic!("{error}"))
}

/// Why a file is refused as a whole.
pub async fn fault(app: &App, list: impl AsRef<[u8]>) -> FileFault {
    match import_as(app, list.as_ref(), Mode::WithLetters).await {
        Err(ImportError::File(fault)) => fault,
        Err(other) => panic!("{other}"),
        Ok(run) => panic!("{:?}", run.rows),
    }
}

pub async fn check(app: &App, identifier: &str, password: &str) -> PasswordCheck {
    app.accounts.check_password(identifier, &Secret::new(password)).await.expect("a check")
}

pub fn has_letter(settled: &Settled) -> bool {
    matches!(settled.letter, NewLetter::Issued { .. })
}

/// The account that an identifier names.
pub async fn by_identifier(app: &App, identifier: &str) -> guichet::accounts::AccountId {
    let mut connection = app.database.read().await.unwrap();
    let id: String = sqlx::query_scalar("SELECT id FROM account WHERE identifier = $1")
        .bind(identifier)
        .fetch_one(&mut *connection)
        .await
        .unwrap();
    id.into()
}
