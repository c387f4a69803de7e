//! The pages of the cases that wait.

use askama::Template;

use crate::accounts::OpenCase;
use crate::desk::Manager;
use crate::desk::pages::DeskFrame;
use crate::kit::clock::Timestamp;
use crate::kit::page::Frame;
use crate::kit::parameters::with_query;

/// The cases that wait, oldest first.
#[derive(Template)]
#[template(path = "desk/cases.html", whitespace = "minimize")]
pub struct CasesPage {
    /// What surrounds every page.
    pub frame: Frame,
    /// What surrounds it at the desk.
    pub desk: DeskFrame,
    /// What was just done, as a text's key.
    pub done: Option<String>,
    /// Where forms go; they send `case` and `act`.
    pub action: String,
    /// The cases.
    pub cases: Vec<CaseRow>,
    /// Where the next ones are.
    pub next_href: Option<String>,
}

/// How many wait, for the desk's first page.
pub struct Waiting {
    /// How many, counted up to a thousand.
    pub number: u64,
    /// The oldest.
    pub oldest: Vec<CaseRow>,
    /// Where all of them are.
    pub all_href: String,
}

/// A case in a list.
pub struct CaseRow {
    /// Its number, as it is typed.
    pub number: String,
    /// Its number, as it is read aloud.
    pub spoken: String,
    /// Who asks.
    pub person: String,
    /// With which identifier.
    pub identifier: String,
    /// The person's screen.
    pub href: String,
    /// Help by telephone.
    pub telephone_href: String,
    /// Since when.
    pub asked_at: Timestamp,
    /// Who takes care of it, and since when; nobody when it is free.
    pub taken: Option<(String, Timestamp)>,
    /// Whether that is the manager who looks.
    pub is_own: bool,
}

impl CaseRow {
    /// A case, as a manager sees it.
    #[must_use]
    pub fn of(case: OpenCase, manager: &Manager) -> Self {
        let below = format!("/people/{}", case.person.id);
        let is_own = case.taken.as_ref().is_some_and(|taken| taken.by == manager.account().id);
        Self {
            number: case.number.to_string(),
            spoken: case.number.spoken(),
            person: case.person.display_name(),
            identifier: case.person.identifier().unwrap_or_default().to_owned(),
            href: with_query(&manager.path(&below), &[("case", case.number.as_str())]),
            telephone_href: with_query(
                &manager.path(&format!("{below}/telephone")),
                &[("case", case.number.as_str())],
            ),
            asked_at: case.asked_at,
            taken: case.taken.map(|taken| (taken.name, taken.at)),
            is_own,
        }
    }
}
