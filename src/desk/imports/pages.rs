//! The pages of lists.

use std::collections::HashMap;

use askama::Template;

use super::super::Manager;
use super::super::pages::DeskFrame;
pub use super::file::UploadFault;
use super::report::Line;
pub use super::report::{Outcome, Reason};
use super::{ListState, PeopleList};
use crate::accounts::AccountId;
use crate::kit::clock::Timestamp;
use crate::kit::page::Frame;

/// A list in a list of them.
#[derive(Clone, Debug)]
pub struct ListRow {
    /// Its page.
    pub href: String,
    /// What it is for.
    pub reason: String,
    /// What its file was called.
    pub name: String,
    /// When it was brought.
    pub brought_at: Timestamp,
    /// How many lines it has.
    pub lines: u64,
    /// What is done with it.
    pub state: ListState,
}

impl ListRow {
    pub(super) fn of(list: &PeopleList, manager: &Manager) -> Self {
        Self {
            href: manager.path(&format!("/imports/{}", list.id)),
            reason: list.reason.clone(),
            name: list.name.clone(),
            brought_at: list.brought_at,
            lines: list.lines,
            state: list.state,
        }
    }

    /// The key of what is done with it.
    #[must_use]
    pub fn state_key(&self) -> String {
        format!("desk-list-{}", self.state.word())
    }
}

/// Where lists are brought, and the past ones.
#[derive(Template)]
#[template(path = "desk/imports/list.html", whitespace = "minimize")]
pub struct ImportsPage {
    /// What surrounds every page.
    pub frame: Frame,
    /// What surrounds it at the desk.
    pub desk: DeskFrame,
    /// Where the form goes.
    pub action: String,
    /// The id under which it asks.
    pub form: String,
    /// How large a list may be.
    pub most_bytes: usize,
    /// A line of headings, as an example.
    pub columns: String,
    /// What it is for, as typed.
    pub reason: String,
    /// The past lists.
    pub past: Vec<ListRow>,
    /// Why a list was not taken.
    pub fault: Option<UploadFault>,
}

impl ImportsPage {
    /// Why it was not taken, in words.
    fn told(&self, fault: &UploadFault) -> String {
        let key = fault.text_key();
        match fault {
            UploadFault::Column { expected, found } => {
                self.frame.t2(key, "expected", expected, "found", found)
            }
            _ => self.frame.t(key),
        }
    }
}

/// How far work is.
#[derive(Clone, Debug)]
pub struct Progress {
    /// Up to which line.
    pub done: u64,
    /// Of how many.
    pub all: u64,
    /// The same in words.
    pub words: String,
    /// Where that is told as it goes on.
    pub events: String,
}

/// How many rows became what.
#[derive(Clone, Debug)]
pub struct Tally {
    /// What.
    pub outcome: Outcome,
    /// How many.
    pub count: u64,
    /// Where they are shown alone.
    pub href: String,
    /// Whether they are.
    pub is_shown: bool,
}

impl Tally {
    pub(super) fn of(outcome: Outcome, count: u64, shown: Option<Outcome>, own: &str) -> Self {
        let href = format!("{own}?shown={}", outcome.word());
        Self { outcome, count, href, is_shown: shown == Some(outcome) }
    }

    /// The key of its name.
    #[must_use]
    pub fn key(&self) -> String {
        format!("desk-outcome-{}", self.outcome.word())
    }
}

/// A row of a report.
#[derive(Clone, Debug)]
pub struct RowView {
    /// The line of the file.
    pub line: u64,
    /// What became of it, as a text's key.
    pub outcome_key: String,
    /// Why nothing did, in words.
    pub reason: Option<String>,
    /// Whose it is: identifier and screen.
    pub person: Option<(String, String)>,
    /// The letter that came of it: number and page.
    pub letter: Option<(String, String)>,
    /// What else is to be known of it, in words.
    pub remarks: Vec<String>,
}

impl RowView {
    pub(super) fn of(
        row: &Line,
        identifiers: &HashMap<AccountId, String>,
        frame: &Frame,
        manager: &Manager,
    ) -> Self {
        let person = row.account.as_ref().and_then(|id| {
            let identifier = identifiers.get(id)?.clone();
            Some((identifier, manager.path(&format!("/people/{id}"))))
        });
        let letter = row.letter.as_ref();
        Self {
            line: row.number,
            outcome_key: format!("desk-outcome-{}", row.outcome.word()),
            reason: row.reason.as_ref().map(|reason| reason.told(frame)),
            person,
            letter: letter.map(|number| (number.clone(), manager.path(&format!("/letters/{number}")))),
            remarks: [row.address_words(frame), row.letter_words(frame)].into_iter().flatten().collect(),
        }
    }
}

/// A list: what it would do, what is done, what it did.
#[derive(Template)]
#[template(path = "desk/imports/import.html", whitespace = "minimize")]
pub struct ImportPage {
    /// What surrounds every page.
    pub frame: Frame,
    /// What surrounds it at the desk.
    pub desk: DeskFrame,
    /// The list.
    pub list: ListRow,
    /// How far the work is, while there is some.
    pub progress: Option<Progress>,
    /// Whether it may be read in now.
    pub is_foreseen: bool,
    /// Whether it may be put aside.
    pub can_be_withdrawn: bool,
    /// Whether the report tells what was done, rather than what would be.
    pub is_of_import: bool,
    /// Where all lists are.
    pub imports_href: String,
    /// How many rows became what.
    pub tallies: Vec<Tally>,
    /// Where all rows are shown.
    pub all_href: String,
    /// Some of them.
    pub rows: Vec<RowView>,
    /// Where the next ones are.
    pub next_href: Option<String>,
    /// Where the report is taken away.
    pub report_href: String,
    /// The batch of the letters.
    pub batch_href: Option<String>,
    /// The desks whose contact the letters may bear: id and name.
    pub desks: Vec<(String, String)>,
    /// Where the form goes that reads it in.
    pub start_action: String,
    /// Where the form goes that puts it aside.
    pub withdraw_action: String,
    /// This page.
    pub own_href: String,
}

impl ImportPage {
    /// How many rows are told of.
    fn row_count(&self) -> u64 {
        self.tallies.iter().map(|tally| tally.count).sum()
    }
}
