//! `/desk/{authority}/letters/batches/{batch}`: what became of the letters of a batch, and some of them issued anew.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::super::pages::{DeskFrame, Section};
use super::super::reason::reason_of;
use super::super::{Desk, Manager, PATH};
use super::pages::{BatchFault, BatchPage, BatchRow, LetterRow, Share};
use crate::accounts::BatchId;
use crate::config::Rank;
use crate::kit::page::see_other;
use crate::kit::parameters::Parameters;
use crate::kit::problem::Problem;
use crate::kit::visitor::Visitor;

/// How many letters a page of a batch lists.
const PAGE: i64 = 50;

/// `GET`
pub async fn show(
    State(desk): State<Desk>,
    visitor: Visitor,
    Path((authority, batch)): Path<(String, String)>,
) -> Response {
    let manager = match desk.visited(&visitor, (&authority, Rank::Manager)).await {
        Ok(manager) => manager,
        Err(answer) => return *answer,
    };
    desk.batch_page(&visitor, &manager, &BatchId::from(batch), None).await
}

/// `POST …/anew`: new letters in the place of those of this batch that failed, in a batch of their own.
pub async fn ask_anew(
    State(desk): State<Desk>,
    visitor: Visitor,
    Path((authority, batch)): Path<(String, String)>,
    body: Bytes,
) -> Response {
    let path = format!("{PATH}/{authority}/letters/batches/{batch}");
    let (manager, form) = match desk.submitted(&visitor, &body, (&authority, Rank::Manager), &path).await {
        Ok(both) => both,
        Err(answer) => return *answer,
    };
    let batch = BatchId::from(batch);
    let again = |fault| desk.batch_page(&visitor, &manager, &batch, Some(fault));
    let Some(id) = form.get("form").and_then(|form| Desk::made_by(&manager, form)).map(BatchId::from) else {
        return desk.problem(&visitor, Problem::BadRequest);
    };
    let Some(reason) = reason_of(form.get("reason")) else { return again(BatchFault::Reason).await };
    let Some((from, to)) = range(&form) else { return again(BatchFault::Range).await };
    match desk.0.accounts.ask_anew(&id, (&batch, from, to), &manager.acting(&reason)).await {
        Ok(Some(id)) => {
            desk.0.wanted.notify_one();
            see_other(&manager.path(&format!("/letters/batches/{id}")), &[])
        }
        Ok(None) => desk.problem(&visitor, Problem::NotFound),
        Err(error) => desk.broken(&visitor, &error),
    }
}

/// From which place to which: all of them where nothing was typed.
fn range(form: &Parameters) -> Option<(u64, u64)> {
    let number = |name: &str, otherwise: u64| match form.get(name).map(str::trim) {
        None | Some("") => Some(otherwise),
        Some(typed) => typed.parse().ok(),
    };
    let (from, to) = (number("from", 1)?, number("to", u64::MAX)?);
    (from >= 1 && from <= to).then_some((from, to))
}

impl Desk {
    pub(super) async fn batch_page(
        &self,
        visitor: &Visitor,
        manager: &Manager,
        id: &BatchId,
        fault: Option<BatchFault>,
    ) -> Response {
        let after = visitor.query.get("after").and_then(|after| after.parse().ok()).unwrap_or(0);
        let found = async {
            let Some((batch, counts)) = manager.people().batch(id).await? else { return Ok(None) };
            let lines = manager.people().letters_of_batch(id, after, PAGE).await?;
            Ok::<_, sqlx::Error>(Some((batch, counts, lines)))
        };
        let (batch, counts, lines) = match found.await {
            Ok(Some(found)) => found,
            Ok(None) => return self.problem(visitor, Problem::NotFound),
            Err(error) => return self.broken(visitor, &error),
        };
        let own = manager.path(&format!("/letters/batches/{id}"));
        let next = lines.last().and_then(|line| line.place).filter(|place| *place < batch.letters);
        let source = batch.anew.as_ref().map(|anew| manager.path(&format!("/letters/batches/{}", anew.of)));
        let page = BatchPage {
            frame: self.pages().frame(visitor),
            desk: DeskFrame::new(manager, Section::Letters),
            batch: BatchRow::of(&batch, manager),
            shares: Share::all(&counts),
            waiting: counts.waiting,
            all: counts.all(),
            letters: lines.iter().map(|line| LetterRow::of(line, manager, self.0.clock.now())).collect(),
            next_href: next.map(|place| format!("{own}?after={place}")),
            source_href: source,
            print_action: format!("{own}/print"),
            anew_action: format!("{own}/anew"),
            own_href: own,
            form: self.0.rng.id(),
            fault,
        };
        let status = match fault {
            None => StatusCode::OK,
            Some(BatchFault::Reason | BatchFault::Range) => StatusCode::UNPROCESSABLE_ENTITY,
            Some(BatchFault::Own) => StatusCode::CONFLICT,
        };
        self.pages().respond(visitor, status, &page).into_response()
    }
}
