//! Lists of people read in from a desk: brought, looked at, started, watched, and told of afterwards.
//!
//! A list is kept sealed in the database until it is read in, so that any node can work at it: one at a time has its
//! lease. What it settles, the letters that come of it and how far it is are written in one transaction, so that
//! whoever takes it up after a power cut goes on at the next row.

mod file;
pub mod pages;
mod report;
mod show;
mod store;
mod upload;
mod watch;
mod work;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

pub use store::purge as purge_lists;

use super::Desk;
use crate::accounts::{AccountId, BatchId};
use crate::config::{AuthorityId, DeskId};
use crate::id_type;
use crate::kit::clock::Timestamp;

/// The route to which lists are brought, as the router spells it.
pub const UPLOAD_ROUTE: &str = "/desk/{authority}/imports";
/// The largest list, in bytes.
pub const MOST_LIST_BYTES: usize = 20 * 1024 * 1024;
/// The largest upload: a list and the form around it.
pub const MOST_UPLOAD_BYTES: u64 = MOST_LIST_BYTES as u64 + 64 * 1024;
/// How many lists come in at a time at one node: each is held in memory while it does.
pub(super) const MOST_UPLOADS: usize = 4;
/// How many pages watch work at a time at one node.
pub(super) const MOST_WATCHERS: usize = 64;
/// How many lists of an authority may wait or be worked at.
const MOST_WAITING: i64 = 20;
/// How many past lists are listed.
const MOST_LISTED: i64 = 50;

id_type! {
    /// The id of a list of people.
    ListId
}

/// A list of people that a manager brought.
#[derive(Clone, Debug)]
pub struct PeopleList {
    /// Its id.
    pub id: ListId,
    /// For whose people.
    pub authority: AuthorityId,
    /// What its file was called.
    pub name: String,
    /// What it is for, in the manager's words.
    pub reason: String,
    /// Who brought it.
    pub brought_by: AccountId,
    /// When.
    pub brought_at: Timestamp,
    /// How large its file is.
    pub bytes: u64,
    /// How many lines its file has.
    pub lines: u64,
    /// What is done with it.
    pub state: ListState,
    /// Up to which line all is settled.
    pub done_line: u64,
    /// What was chosen when it was started.
    pub start: Option<Start>,
    /// When all was done.
    pub ended_at: Option<Timestamp>,
    /// Why it was given up: for operators, in their language.
    pub fault: Option<String>,
}

/// What a manager chose when they started an import.
#[derive(Clone, Debug)]
pub struct Start {
    /// The desk whose contact the letters bear.
    pub desk: DeskId,
    /// The batch of its letters; none without letters.
    pub batch: Option<BatchId>,
    /// Who started it.
    pub by: AccountId,
    /// When.
    pub at: Timestamp,
}

/// What is done with a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListState {
    /// It is being looked at: what would it do?
    Foreseeing,
    /// That is known; a manager decides.
    Foreseen,
    /// It is being read in.
    Importing,
    /// It was read in.
    Imported,
    /// It was given up.
    Failed,
    /// It was put aside.
    Withdrawn,
}

/// Every state with the word that stands for it.
const STATES: [(ListState, &str); 6] = [
    (ListState::Foreseeing, "foreseeing"),
    (ListState::Foreseen, "foreseen"),
    (ListState::Importing, "importing"),
    (ListState::Imported, "imported"),
    (ListState::Failed, "failed"),
    (ListState::Withdrawn, "withdrawn"),
];

impl ListState {
    /// Each of them.
    pub const ALL: [Self; 6] =
        [Self::Foreseeing, Self::Foreseen, Self::Importing, Self::Imported, Self::Failed, Self::Withdrawn];

    /// The word that stands for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        STATES.iter().find(|(state, _)| *state == self).map_or("", |(_, word)| word)
    }

    fn of_word(word: &str) -> Self {
        STATES.iter().find(|(_, known)| *known == word).map_or(Self::Failed, |(state, _)| *state)
    }

    /// Whether a node works at it, or will.
    #[must_use]
    pub const fn is_in_work(self) -> bool {
        matches!(self, Self::Foreseeing | Self::Importing)
    }
}

/// Which reading of a list a report is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Run {
    /// What it would do.
    Foreseen,
    /// What it did.
    Imported,
}

impl Run {
    /// The word that stands for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Foreseen => "foreseen",
            Self::Imported => "imported",
        }
    }
}

impl PeopleList {
    /// The reading of which there is something to tell.
    #[must_use]
    pub const fn run(&self) -> Run {
        match self.start {
            Some(_) => Run::Imported,
            None => Run::Foreseen,
        }
    }
}

/// Whether lists may be brought to a path; the guard asks before any route is found.
#[must_use]
pub fn takes_files(path: &str) -> bool {
    path.starts_with("/desk/") && path.ends_with("/imports")
}

/// The routes of this part of the desk.
pub(super) fn routes() -> Router<Desk> {
    let most = usize::try_from(MOST_UPLOAD_BYTES).unwrap_or(usize::MAX);
    Router::new()
        .route(UPLOAD_ROUTE, get(show::list).post(upload::bring).layer(DefaultBodyLimit::max(most)))
        .route("/desk/{authority}/imports/{list}", get(show::one))
        .route("/desk/{authority}/imports/{list}/start", post(show::start))
        .route("/desk/{authority}/imports/{list}/withdraw", post(show::withdraw))
        .route("/desk/{authority}/imports/{list}/progress", get(watch::watch))
        .route("/desk/{authority}/imports/{list}/report.csv", get(report::download))
}
