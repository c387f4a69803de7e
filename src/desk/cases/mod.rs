//! The cases that wait: people who forgot their password and whom no mail reaches, oldest first, each taken by one manager.

mod pages;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;

pub use pages::{CaseRow, CasesPage, Waiting};

use super::pages::{DeskFrame, Section};
use super::{Desk, Manager};
use crate::accounts::{CaseAct, CaseNumber};
use crate::config::Rank;
use crate::kit::clock::Timestamp;
use crate::kit::page::see_other;
use crate::kit::parameters::with_query;
use crate::kit::problem::Problem;
use crate::kit::visitor::Visitor;

/// How many cases a page shows.
const PAGE: usize = 25;
/// How many the desk's first page shows.
const FIRST_FEW: usize = 3;
/// The count stops here: whoever has so many does not need the number.
const MOST_COUNTED: i64 = 1_000;
/// The query parameter that says after which case the page begins: when it was made, and its number.
const AFTER: &str = "after";
/// The query parameter that says what was just done: one of a few words.
const DONE: &str = "done";

/// `GET /desk/{authority}/cases`
pub async fn show(State(desk): State<Desk>, visitor: Visitor, Path(authority): Path<String>) -> Response {
    let manager = match desk.visited(&visitor, (&authority, Rank::Manager)).await {
        Ok(manager) => manager,
        Err(answer) => return *answer,
    };
    match desk.cases_page(&visitor, &manager).await {
        Ok(page) => desk.pages().respond(&visitor, StatusCode::OK, &page).into_response(),
        Err(error) => desk.broken(&visitor, &error),
    }
}

/// `POST /desk/{authority}/cases`: a manager takes a case, or leaves it to others.
pub async fn act(
    State(desk): State<Desk>,
    visitor: Visitor,
    Path(authority): Path<String>,
    body: Bytes,
) -> Response {
    let path = format!("/desk/{authority}/cases");
    let (manager, form) = match desk.submitted(&visitor, &body, (&authority, Rank::Manager), &path).await {
        Ok(both) => both,
        Err(answer) => return *answer,
    };
    let Some(number) = form.get("case").and_then(CaseNumber::parse) else {
        return desk.problem(&visitor, Problem::BadRequest);
    };
    let acting = manager.acting(number.as_str());
    let people = manager.people();
    let (act, done) = match form.get("act") {
        Some("take") => (people.take_case(&number, &acting).await, "taken"),
        Some("release") => (people.release_case(&number, &acting).await, "released"),
        _ => return desk.problem(&visitor, Problem::BadRequest),
    };
    let done = match act {
        Ok(CaseAct::Done) => done,
        Ok(CaseAct::Anothers) => "anothers",
        Ok(CaseAct::Gone) => "gone",
        Err(error) => return desk.broken(&visitor, &error),
    };
    see_other(&with_query(&path, &[(DONE, done)]), &[])
}

impl Desk {
    /// How many cases wait, and the oldest of them, for the desk's first page.
    pub(super) async fn waiting(&self, manager: &Manager) -> sqlx::Result<Waiting> {
        let most = i64::try_from(FIRST_FEW).unwrap_or(i64::MAX);
        let cases = manager.people().open_cases(None, most).await?;
        let number = manager.people().count_open_cases(MOST_COUNTED).await?;
        Ok(Waiting {
            number: number.unsigned_abs(),
            oldest: cases.into_iter().map(|case| CaseRow::of(case, manager)).collect(),
            all_href: manager.path("/cases"),
        })
    }

    async fn cases_page(&self, visitor: &Visitor, manager: &Manager) -> sqlx::Result<CasesPage> {
        let after = visitor.query.get(AFTER).and_then(read_place);
        // One more than is shown tells whether there are more.
        let most = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
        let mut cases = manager.people().open_cases(after, most).await?;
        let has_more = cases.len() > PAGE;
        cases.truncate(PAGE);
        let last = cases.last().filter(|_| has_more);
        let next_href = last.map(|case| {
            let place = format!("{} {}", case.asked_at.seconds(), case.number);
            with_query(&manager.path("/cases"), &[(AFTER, &place)])
        });
        let known = ["taken", "released", "anothers", "gone"];
        let done = visitor.query.get(DONE).and_then(|done| known.into_iter().find(|word| *word == done));
        Ok(CasesPage {
            frame: self.pages().frame(visitor),
            desk: DeskFrame::new(manager, Section::Cases),
            done: done.map(|word| format!("desk-case-{word}")),
            action: manager.path("/cases"),
            cases: cases.into_iter().map(|case| CaseRow::of(case, manager)).collect(),
            next_href,
        })
    }
}

/// The place in the list that an address names.
fn read_place(text: &str) -> Option<(Timestamp, CaseNumber)> {
    let (at, number) = text.split_once(' ')?;
    Some((Timestamp::from_seconds(at.parse().ok()?), CaseNumber::parse(number)?))
}
