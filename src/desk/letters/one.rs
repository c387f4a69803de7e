//! `/desk/{authority}/letters/{number}`: what became of a letter, and voiding one that was spoilt.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::super::pages::{DeskFrame, Section};
use super::super::reason::reason_of;
use super::super::{Desk, Manager, PATH};
use super::letter_path;
use super::pages::{LetterFault, LetterPage, LetterRow};
use crate::accounts::{BatchId, BatchLine, Change, LetterNumber, LetterState};
use crate::config::Rank;
use crate::kit::page::see_other;
use crate::kit::problem::Problem;
use crate::kit::visitor::Visitor;

/// `GET`
pub async fn show(
    State(desk): State<Desk>,
    visitor: Visitor,
    Path((authority, number)): Path<(String, String)>,
) -> Response {
    let manager = match desk.visited(&visitor, (&authority, Rank::Manager)).await {
        Ok(manager) => manager,
        Err(answer) => return *answer,
    };
    desk.letter_page(&visitor, &manager, &number, None).await
}

/// `POST …/void`: its password opens nothing any more.
pub async fn void(
    State(desk): State<Desk>,
    visitor: Visitor,
    Path((authority, number)): Path<(String, String)>,
    body: Bytes,
) -> Response {
    let path = format!("{PATH}/{authority}/letters/{number}");
    let (manager, form) = match desk.submitted(&visitor, &body, (&authority, Rank::Manager), &path).await {
        Ok(both) => both,
        Err(answer) => return *answer,
    };
    let known = match desk.letter_of(&manager, &number).await {
        Ok(Some((line, _))) => line,
        Ok(None) => return desk.problem(&visitor, Problem::NotFound),
        Err(error) => return desk.broken(&visitor, &error),
    };
    let Some(reason) = reason_of(form.get("reason")) else {
        return desk.letter_page(&visitor, &manager, &number, Some(LetterFault::Reason)).await;
    };
    let mandate = manager.mandate(&reason, form.get("seen").unwrap_or_default());
    let own = letter_path(&manager, &known.letter.number);
    match desk.0.accounts.void_letter(&known.letter.number, &mandate).await {
        Ok(Change::Made | Change::AlreadySo) => see_other(&own, &[]),
        Ok(Change::Gone) => desk.problem(&visitor, Problem::NotFound),
        Ok(Change::Stale) => {
            let over = matches!(known.letter.state(desk.0.clock.now()), LetterState::Voided { .. });
            if over {
                // Sent twice: what was asked for is done.
                return see_other(&own, &[]);
            }
            desk.letter_page(&visitor, &manager, &number, Some(LetterFault::Stale)).await
        }
        Err(error) => desk.broken(&visitor, &error),
    }
}

impl Desk {
    pub(super) async fn letter_of(
        &self,
        manager: &Manager,
        number: &str,
    ) -> sqlx::Result<Option<(BatchLine, Option<BatchId>)>> {
        match LetterNumber::parse(number) {
            Some(number) => manager.people().letter(&number).await,
            None => Ok(None),
        }
    }

    pub(super) async fn letter_page(
        &self,
        visitor: &Visitor,
        manager: &Manager,
        number: &str,
        fault: Option<LetterFault>,
    ) -> Response {
        let (line, batch) = match self.letter_of(manager, number).await {
            Ok(Some(found)) => found,
            Ok(None) => return self.problem(visitor, Problem::NotFound),
            Err(error) => return self.broken(visitor, &error),
        };
        let seen = match manager.people().overview(&line.account.id).await {
            Ok(Some((_, seen))) => seen,
            Ok(None) => return self.problem(visitor, Problem::NotFound),
            Err(error) => return self.broken(visitor, &error),
        };
        let state = line.letter.state(self.0.clock.now());
        let person_href = manager.path(&format!("/people/{}", line.account.id));
        let page = LetterPage {
            frame: self.pages().frame(visitor),
            desk: DeskFrame::new(manager, Section::Letters),
            row: LetterRow::of(&line, manager, self.0.clock.now()),
            issued_at: line.letter.issued_at,
            with_password: line.letter.with_password,
            batch_href: batch.map(|batch| manager.path(&format!("/letters/batches/{batch}"))),
            new_letter_href: format!("{person_href}/letter"),
            person_href,
            seen: seen.to_string(),
            can_be_voided: matches!(state, LetterState::Issued | LetterState::Printed { .. }),
            fault,
        };
        let status = match fault {
            None => StatusCode::OK,
            Some(LetterFault::Reason) => StatusCode::UNPROCESSABLE_ENTITY,
            Some(LetterFault::Stale) => StatusCode::CONFLICT,
            Some(LetterFault::ShownBefore) => StatusCode::GONE,
        };
        self.pages().respond(visitor, status, &page).into_response()
    }
}
