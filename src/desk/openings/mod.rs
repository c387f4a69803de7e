//! How far one manager alone may open accesses: the one question that every act asks before it opens one.

mod pages;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;

pub use pages::{OpenedRow, OpeningsPage, WishRow};

use super::pages::{DeskFrame, Section};
use super::{Desk, Manager};
use crate::accounts::{AccountId, Agreement, NotOpened, OpeningOrder, Way, WishId};
use crate::config::Rank;
use crate::kit::page::{Frame, see_other};
use crate::kit::parameters::with_query;
use crate::kit::problem::Problem;
use crate::kit::visitor::Visitor;
use crate::signin::throttling::network_of;

/// The query parameter that says what became of an agreement: one of a few words.
const DONE: &str = "done";
/// How many openings supervisors are shown.
const MOST_SHOWN: i64 = 100;

impl Desk {
    /// Whether a manager may open somebody's access now, in this way, for this reason and upon the state seen.
    ///
    /// To be asked before anything that gives an access is done: a code, a letter with a password, a mail address. A
    /// yes is noted, counted, and told to the person at every address known. On a no nothing is to be done, and
    /// [`refusal`] says why; where a second manager must agree, they are asked by that, and the same act succeeds
    /// once they did.
    pub(super) async fn may_open(
        &self,
        visitor: &Visitor,
        manager: &Manager,
        (person, way): (&AccountId, Way),
        (reason, seen): (&str, &str),
    ) -> Result<(), NotOpened> {
        let order = OpeningOrder {
            person,
            way,
            mandate: &manager.mandate(reason, seen),
            network: &network_of(visitor),
        };
        self.0.accounts.open_access(&order, &self.0.openings).await
    }
}

/// Why an access was not opened, in words; `None` for what has a page of its own: gone, stale, a fault of ours.
#[must_use]
pub fn refusal(frame: &Frame, refused: &NotOpened) -> Option<String> {
    match refused {
        NotOpened::SecondManager => Some(frame.t("desk-refused-second")),
        NotOpened::TooMany { wait } => {
            let minutes = wait.as_secs().div_ceil(60).max(1);
            Some(frame.count("desk-refused-too-many", "minutes", minutes))
        }
        NotOpened::Gone | NotOpened::Stale | NotOpened::Database(_) => None,
    }
}

/// `GET /desk/{authority}/openings`: what waits for a second manager; for supervisors, what was opened.
pub async fn show(State(desk): State<Desk>, visitor: Visitor, Path(authority): Path<String>) -> Response {
    match desk.visited(&visitor, (&authority, Rank::Manager)).await {
        Ok(manager) => match desk.openings_page(&visitor, &manager).await {
            Ok(page) => desk.pages().respond(&visitor, StatusCode::OK, &page).into_response(),
            Err(error) => desk.broken(&visitor, &error),
        },
        Err(answer) => *answer,
    }
}

/// `POST /desk/{authority}/openings`: a second manager agrees.
pub async fn agree(
    State(desk): State<Desk>,
    visitor: Visitor,
    Path(authority): Path<String>,
    body: Bytes,
) -> Response {
    let path = format!("/desk/{authority}/openings");
    let (manager, form) = match desk.submitted(&visitor, &body, (&authority, Rank::Manager), &path).await {
        Ok(both) => both,
        Err(answer) => return *answer,
    };
    let Some(wish) = form.non_empty("wish") else {
        return desk.problem(&visitor, Problem::BadRequest);
    };
    match manager.people().agree(&WishId::from(wish), &manager.acting("")).await {
        Ok(agreement) => see_other(&with_query(&path, &[(DONE, word(agreement))]), &[]),
        Err(error) => desk.broken(&visitor, &error),
    }
}

const fn word(agreement: Agreement) -> &'static str {
    match agreement {
        Agreement::Given => "given",
        Agreement::Own => "own",
        Agreement::Over => "over",
    }
}

impl Desk {
    async fn openings_page(&self, visitor: &Visitor, manager: &Manager) -> sqlx::Result<OpeningsPage> {
        let wishes = manager.people().wishes().await?;
        let opened = if manager.rank() >= Rank::Supervisor {
            Some(manager.people().openings(MOST_SHOWN).await?)
        } else {
            None
        };
        let known = ["given", "own", "over"];
        let done = visitor.query.get(DONE).and_then(|done| known.into_iter().find(|word| *word == done));
        let me = &manager.account().id;
        Ok(OpeningsPage {
            frame: self.pages().frame(visitor),
            desk: DeskFrame::new(manager, Section::Openings),
            done: done.map(|word| format!("desk-agreement-{word}")),
            action: manager.path("/openings"),
            wishes: wishes.into_iter().map(|wish| WishRow::of(wish, me, manager)).collect(),
            opened: opened.map(|rows| rows.into_iter().map(|row| OpenedRow::of(row, manager)).collect()),
        })
    }
}
