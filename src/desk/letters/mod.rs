//! Letters at a desk: one for a person, printed at once; batches, printed as one document; what became of each.
//!
//! What is printed is shown once: the look itself removes it. Neither reload, nor the way back, nor a form sent twice
//! shows it again or issues another.

mod batches;
mod one;
pub mod pages;
mod person;
mod sheets;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::StatusCode;

use self::pages::{BatchRow, LetterRow, LettersPage};
use super::pages::{DeskFrame, Section};
use super::{Desk, Manager};
use crate::accounts::LetterNumber;
use crate::config::{DeskSettings, Rank};
use crate::kit::page::see_other;
use crate::kit::visitor::Visitor;

/// The query parameter by which a letter is looked for.
const NUMBER: &str = "number";
/// How many batches, and letters alone, are listed.
const MOST_LISTED: i64 = 20;

/// The routes of this part of the desk.
pub(super) fn routes() -> Router<Desk> {
    Router::new()
        .route("/desk/{authority}/letters", get(list))
        .route("/desk/{authority}/letters/{number}", get(one::show))
        .route("/desk/{authority}/letters/{number}/void", post(one::void))
        .route("/desk/{authority}/letters/{number}/sheet", get(sheets::show_once).head(sheets::not_looked_at))
        .route("/desk/{authority}/letters/batches/{batch}", get(batches::show))
        .route("/desk/{authority}/letters/batches/{batch}/print", post(sheets::print_batch))
        .route("/desk/{authority}/letters/batches/{batch}/anew", post(batches::ask_anew))
        .route("/desk/{authority}/people/{person}/letter", get(person::ask).post(person::issue))
}

/// `GET /desk/{authority}/letters`: the latest batches and letters, and a box that finds one by its number.
async fn list(State(desk): State<Desk>, visitor: Visitor, Path(authority): Path<String>) -> Response {
    let manager = match desk.visited(&visitor, (&authority, Rank::Manager)).await {
        Ok(manager) => manager,
        Err(answer) => return *answer,
    };
    match desk.letters_page(&visitor, &manager).await {
        Ok(answer) => answer,
        Err(error) => desk.broken(&visitor, &error),
    }
}

impl Desk {
    async fn letters_page(&self, visitor: &Visitor, manager: &Manager) -> sqlx::Result<Response> {
        let typed = visitor.query.non_empty(NUMBER).unwrap_or_default();
        if let Some(number) = LetterNumber::parse(typed)
            && manager.people().letter(&number).await?.is_some()
        {
            return Ok(see_other(&letter_path(manager, &number), &[]));
        }
        let batches = manager.people().batches(MOST_LISTED).await?;
        let alone = manager.people().letters_alone(MOST_LISTED).await?;
        let now = self.0.clock.now();
        let page = LettersPage {
            frame: self.pages().frame(visitor),
            desk: DeskFrame::new(manager, Section::Letters),
            action: manager.path("/letters"),
            typed: typed.to_owned(),
            batches: batches.iter().map(|batch| BatchRow::of(batch, manager)).collect(),
            letters: alone.iter().map(|line| LetterRow::of(line, manager, now)).collect(),
        };
        let status = if typed.is_empty() { StatusCode::OK } else { StatusCode::NOT_FOUND };
        Ok(self.pages().respond(visitor, status, &page).into_response())
    }
}

/// The page of a letter.
fn letter_path(manager: &Manager, number: &LetterNumber) -> String {
    manager.path(&format!("/letters/{number}"))
}

/// The desks of a manager's authority: id and name, in the order of the configuration.
pub(super) fn desks_of(manager: &Manager) -> Vec<(String, String)> {
    let entry = |desk: &DeskSettings| (desk.id.to_string(), desk.name.clone());
    manager.authority().desks.iter().map(entry).collect()
}
