//! The desk's one box: whom it finds, on the first page and while somebody types.
//!
//! Every answer that shows people is in the audit before it is given: by what they were found and how many, never
//! what was typed. The script asks once somebody has stopped typing for a moment, so that what stands in the
//! audit is what was read.

pub mod pages;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use self::pages::{HitsPage, Line, Results, SearchBox};
use super::{Desk, Manager, PATH};
use crate::accounts::{AccountId, CaseNumber, Found};
use crate::audit::Event;
use crate::config::Rank;
use crate::kit::page::{Frame, see_other};
use crate::kit::visitor::Visitor;

/// The query parameter with what was typed.
pub const TYPED: &str = "q";

/// `GET /desk/{authority}/search`: the people found, as a part of a page that a script puts into its place.
pub async fn suggest(State(desk): State<Desk>, visitor: Visitor, Path(authority): Path<String>) -> Response {
    let path = format!("{PATH}/{authority}");
    let manager = match desk.visited_for(&visitor, (&authority, Rank::Manager), &path).await {
        Ok(manager) => manager,
        Err(answer) => return *answer,
    };
    let typed = visitor.query.get(TYPED).unwrap_or_default();
    let frame = desk.pages().frame(&visitor);
    let results = match desk.look_for(&manager, typed).await {
        Ok(found) => results(&manager, &frame, typed, found.as_ref()),
        Err(error) => return desk.broken(&visitor, &error),
    };
    desk.pages().respond(&visitor, StatusCode::OK, &HitsPage { frame, results }).into_response()
}

impl Desk {
    /// The box with what was typed into it and whom that finds, or the way to the one person whom it names.
    pub(super) async fn search_box(
        &self,
        visitor: &Visitor,
        manager: &Manager,
    ) -> Result<SearchBox, Box<Response>> {
        let typed = visitor.query.get(TYPED).unwrap_or_default();
        let found = self.look_for(manager, typed).await.map_err(|error| self.broken(visitor, &error))?;
        if let Some(only) = found.as_ref().and_then(Found::only) {
            return Err(Box::new(see_other(&manager.path(&person_path(only)), &[])));
        }
        let frame = self.pages().frame(visitor);
        Ok(SearchBox {
            action: manager.path(""),
            suggestions: manager.path("/search"),
            new_person: manager.path("/people/new"),
            typed: typed.to_owned(),
            results: results(manager, &frame, typed, found.as_ref()),
        })
    }

    /// Who is found by what was typed, noted in the audit; `None` when nothing was.
    async fn look_for(&self, manager: &Manager, typed: &str) -> sqlx::Result<Option<Found>> {
        if typed.trim().is_empty() {
            return Ok(None);
        }
        let found = manager.people().search(typed).await?;
        let matched = found.matched().map_or("", |matched| matched.word());
        note_search(manager, matched, &found).await?;
        Ok(Some(found))
    }
}

/// Notes that a manager saw who was found, if anybody was.
pub(super) async fn note_search(manager: &Manager, matched: &str, found: &Found) -> sqlx::Result<()> {
    if found.hits.is_empty() {
        return Ok(());
    }
    let detail = format!("{matched} {}{}", found.hits.len(), if found.has_more { "+" } else { "" });
    manager.note("", None, (Event::Searched, &detail)).await
}

/// Where the screen of a person is, below the authority's desk.
pub(super) fn person_path(id: &AccountId) -> String {
    format!("/people/{id}")
}

fn results(manager: &Manager, frame: &Frame, typed: &str, found: Option<&Found>) -> Results {
    let none = Found::default();
    let hits = &found.unwrap_or(&none).hits;
    let lines = lines(manager, found.unwrap_or(&none));
    let status = match found {
        None => String::new(),
        Some(found) if found.has_more => frame.t("desk-search-more"),
        Some(_) if hits.is_empty() && CaseNumber::parse(typed).is_some() => frame.t("desk-search-no-case"),
        Some(_) if hits.is_empty() => frame.t("desk-search-none"),
        Some(_) => frame.count("desk-search-count", "number", hits.len() as u64),
    };
    Results { status, lines }
}

/// Those who were found, as they are shown.
pub(super) fn lines(manager: &Manager, found: &Found) -> Vec<Line> {
    let line = |hit| Line::new(hit, |id| manager.path(&person_path(id)));
    found.hits.iter().map(line).collect()
}
