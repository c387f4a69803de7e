//! The pages of the desk.

use askama::Template;

use super::Manager;
use super::cases::Waiting;
use super::search::pages::{SearchBox, State};
use crate::config::Rank;
use crate::kit::page::Frame;

/// A part of the desk, as its navigation names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// People: found, seen, helped.
    People,
    /// Letters: printed, voided, issued anew.
    Letters,
    /// Lists of people: read in.
    Imports,
    /// People who forgot their password, and whom a manager helps by telephone.
    Cases,
    /// Accesses that wait for a second manager, and those that were opened.
    Openings,
    /// What was counted.
    Statistics,
    /// Who saw and did what.
    Audit,
    /// Who looks after the people.
    Managers,
}

/// The navigation, in its order: each part, where it is below the authority's desk, and for whom.
const NAVIGATION: &[(Section, &str, Rank)] = &[
    (Section::People, "", Rank::Manager),
    (Section::Letters, "/letters", Rank::Manager),
    (Section::Imports, "/imports", Rank::Manager),
    (Section::Cases, "/cases", Rank::Manager),
    (Section::Openings, "/openings", Rank::Manager),
    (Section::Statistics, "/statistics", Rank::Supervisor),
    (Section::Audit, "/audit", Rank::Supervisor),
    (Section::Managers, "/managers", Rank::Supervisor),
];

impl Section {
    /// Each of them.
    pub const ALL: [Self; 5] = [Self::People, Self::Letters, Self::Imports, Self::Cases, Self::Openings];

    /// The key of its name.
    #[must_use]
    pub const fn text_key(self) -> &'static str {
        match self {
            Self::People => "desk-people",
            Self::Letters => "desk-papers",
            Self::Imports => "desk-imports",
            Self::Cases => "desk-cases",
            Self::Openings => "desk-openings",
            Self::Statistics => "desk-statistics",
            Self::Audit => "desk-audit",
            Self::Managers => "desk-managers",
        }
    }
}

/// A place in the navigation.
pub struct Place {
    /// The key of its name.
    pub key: &'static str,
    /// Where it is.
    pub href: String,
    /// Whether the page belongs to it.
    pub is_here: bool,
}

/// What surrounds every page of an authority's desk, within what surrounds every page.
pub struct DeskFrame {
    /// The authority's name for people.
    pub authority: String,
    /// What the manager is called.
    pub manager: String,
    /// The manager's rank, as a text's key.
    pub rank_key: &'static str,
    /// The public name of the session; forms send it as `session`.
    pub session: String,
    /// Where the authority's desk begins.
    pub root: String,
    /// The parts of the desk.
    pub places: Vec<Place>,
}

impl DeskFrame {
    /// What surrounds a page of this part of the desk.
    #[must_use]
    pub fn new(manager: &Manager, section: Section) -> Self {
        let place = |(part, below, _): &(Section, &str, Rank)| Place {
            key: part.text_key(),
            href: manager.path(below),
            is_here: *part == section,
        };
        let places = NAVIGATION.iter().filter(|(_, _, least)| manager.rank() >= *least).map(place).collect();
        Self {
            authority: manager.authority().name.clone(),
            manager: manager.account().display_name(),
            rank_key: match manager.rank() {
                Rank::Manager => "desk-rank-manager",
                Rank::Supervisor => "desk-rank-supervisor",
            },
            session: manager.sid().to_string(),
            root: manager.path(""),
            places,
        }
    }
}

/// For which of several authorities somebody wants to work.
#[derive(Template)]
#[template(path = "desk/choice.html", whitespace = "minimize")]
pub struct ChoicePage {
    /// What surrounds it.
    pub frame: Frame,
    /// Address and name of each.
    pub choices: Vec<(String, String)>,
}

/// The first page of an authority's desk.
#[derive(Template)]
#[template(path = "desk/home.html", whitespace = "minimize")]
pub struct HomePage {
    /// What surrounds every page.
    pub frame: Frame,
    /// What surrounds it at the desk.
    pub desk: DeskFrame,
    /// The search box, and whom it finds.
    pub search: SearchBox,
    /// The cases that wait.
    pub waiting: Waiting,
}
