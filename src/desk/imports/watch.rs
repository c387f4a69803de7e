//! `GET …/imports/{list}/progress`: how far the work at a list is, as server-sent events (HTML §9.2).

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use http::header::{CACHE_CONTROL, HeaderValue};
use serde_json::json;
use tokio::sync::OwnedSemaphorePermit;

use super::super::{Desk, PATH};
use super::{ListId, PeopleList, store};
use crate::config::{AuthorityId, Rank};
use crate::kit::page::Frame;
use crate::kit::problem::Problem;
use crate::kit::visitor::Visitor;

/// How often is looked.
const EVERY: Duration = Duration::from_millis(500);
/// So many looks, then the browser asks again: an answer takes no longer than any other.
const MOST_LOOKS: u32 = 80;

/// Somebody who watches.
struct Watcher {
    desk: Desk,
    frame: Frame,
    authority: AuthorityId,
    list: ListId,
    looks: u32,
    _place: OwnedSemaphorePermit,
}

/// Tells at once how far it is, then each half second, and when it is over.
pub async fn watch(
    State(desk): State<Desk>,
    visitor: Visitor,
    Path((authority, list)): Path<(String, String)>,
) -> Response {
    let path = format!("{PATH}/{authority}/imports/{list}");
    let manager = match desk.visited_for(&visitor, (&authority, Rank::Manager), &path).await {
        Ok(manager) => manager,
        Err(answer) => return *answer,
    };
    let Ok(place) = desk.0.watchers.clone().try_acquire_owned() else {
        return desk.problem(&visitor, Problem::Busy);
    };
    let watcher = Watcher {
        frame: desk.pages().frame(&visitor),
        authority: manager.authority().id.clone(),
        list: ListId::from(list),
        looks: 0,
        desk,
        _place: place,
    };
    match watcher.look().await {
        Ok(None) => watcher.desk.problem(&visitor, Problem::NotFound),
        Err(error) => watcher.desk.broken(&visitor, &error),
        Ok(Some(_)) => {
            let events = stream::unfold(Some(watcher), |watcher| async move { watcher?.next().await });
            let mut response = Sse::new(events).into_response();
            response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
    }
}

impl Watcher {
    async fn look(&self) -> sqlx::Result<Option<PeopleList>> {
        store::by_id(&mut *self.desk.0.database.read().await?, &self.authority, &self.list).await
    }

    async fn next(mut self) -> Option<(Result<Event, Infallible>, Option<Self>)> {
        if self.looks > 0 {
            tokio::time::sleep(EVERY).await;
        }
        self.looks += 1;
        let list = match self.look().await {
            Ok(list) => list.filter(|list| list.state.is_in_work()),
            Err(error) => {
                tracing::warn!(%error, "the work at a list cannot be told");
                return None;
            }
        };
        let Some(list) = list else { return Some((Ok(Event::default().event("over").data("over")), None)) };
        let told = json!({ "done": list.done_line, "all": list.lines, "words": words(&self.frame, &list) });
        let event = Event::default().event("progress").retry(Duration::from_secs(1)).data(told.to_string());
        let goes_on = self.looks < MOST_LOOKS;
        Some((Ok(event), goes_on.then_some(self)))
    }
}

/// How far it is, in words.
pub(super) fn words(frame: &Frame, list: &PeopleList) -> String {
    frame.t2("desk-list-progress", "done", &list.done_line.to_string(), "all", &list.lines.to_string())
}
