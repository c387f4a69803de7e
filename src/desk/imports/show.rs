//! `/desk/{authority}/imports`: the lists of an authority, and each with what it does and did.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::super::letters::desks_of;
use super::super::pages::{DeskFrame, Section};
use super::super::{Desk, Manager, PATH};
use super::file::UploadFault;
use super::pages::{ImportPage, ImportsPage, ListRow, Progress, RowView, Tally};
use super::report::Outcome;
use super::{ListId, ListState, MOST_LIST_BYTES, MOST_LISTED, PeopleList, Run, Start, store, watch};
use crate::accounts::BatchId;
use crate::audit::{self, Actor, Event};
use crate::config::Rank;
use crate::kit::page::see_other;
use crate::kit::parameters::Parameters;
use crate::kit::problem::Problem;
use crate::kit::visitor::Visitor;

/// How many rows of a report a page shows.
const PAGE: i64 = 100;

/// `GET /desk/{authority}/imports`
pub async fn list(State(desk): State<Desk>, visitor: Visitor, Path(authority): Path<String>) -> Response {
    match desk.visited(&visitor, (&authority, Rank::Manager)).await {
        Ok(manager) => desk.imports_page(&visitor, &manager, "", None).await,
        Err(answer) => *answer,
    }
}

/// `GET /desk/{authority}/imports/{list}`
pub async fn one(
    State(desk): State<Desk>,
    visitor: Visitor,
    Path((authority, list)): Path<(String, String)>,
) -> Response {
    let manager = match desk.visited(&visitor, (&authority, Rank::Manager)).await {
        Ok(manager) => manager,
        Err(answer) => return *answer,
    };
    match desk.import_page(&visitor, &manager, &ListId::from(list)).await {
        Ok(Some(page)) => desk.pages().respond(&visitor, StatusCode::OK, &page).into_response(),
        Ok(None) => desk.problem(&visitor, Problem::NotFound),
        Err(error) => desk.broken(&visitor, &error),
    }
}

/// `POST …/start`: the list is read in, by whichever node is free.
pub async fn start(
    State(desk): State<Desk>,
    visitor: Visitor,
    Path((authority, list)): Path<(String, String)>,
    body: Bytes,
) -> Response {
    let path = format!("{PATH}/{authority}/imports/{list}");
    let (manager, form) = match desk.submitted(&visitor, &body, (&authority, Rank::Manager), &path).await {
        Ok(both) => both,
        Err(answer) => return *answer,
    };
    match desk.begin_import(&manager, &ListId::from(list), &form).await {
        Ok(Begun::Going) => {
            desk.0.wanted.notify_one();
            see_other(&path, &[])
        }
        Ok(Begun::Unknown) => desk.problem(&visitor, Problem::NotFound),
        Ok(Begun::NoSuchDesk) => desk.problem(&visitor, Problem::BadRequest),
        Err(error) => desk.broken(&visitor, &error),
    }
}

/// `POST …/withdraw`: nothing is done with it, and its file goes.
pub async fn withdraw(
    State(desk): State<Desk>,
    visitor: Visitor,
    Path((authority, list)): Path<(String, String)>,
    body: Bytes,
) -> Response {
    let path = format!("{PATH}/{authority}/imports/{list}");
    let (manager, _) = match desk.submitted(&visitor, &body, (&authority, Rank::Manager), &path).await {
        Ok(both) => both,
        Err(answer) => return *answer,
    };
    match desk.put_aside(&manager, &ListId::from(list)).await {
        Ok(true) => see_other(&path, &[]),
        Ok(false) => desk.problem(&visitor, Problem::NotFound),
        Err(error) => desk.broken(&visitor, &error),
    }
}

/// What became of the wish to read a list in.
enum Begun {
    /// It is read in, or was before.
    Going,
    /// There is none.
    Unknown,
    /// The authority has no such desk.
    NoSuchDesk,
}

impl Desk {
    async fn begin_import(&self, manager: &Manager, id: &ListId, form: &Parameters) -> sqlx::Result<Begun> {
        let within = &manager.authority().id;
        let Ok(sender) = self.0.accounts.sender(Some(within.as_str()), form.non_empty("desk")) else {
            return Ok(Begun::NoSuchDesk);
        };
        let mut transaction = self.0.database.write().await?;
        let Some(list) = store::by_id(&mut transaction, within, id).await? else { return Ok(Begun::Unknown) };
        let with_letters = form.get("letters") != Some("without");
        let batch = with_letters.then(|| BatchId::from(self.0.rng.id()));
        let start = Start {
            desk: sender.desk().id.clone(),
            batch: batch.clone(),
            by: manager.account().id.clone(),
            at: self.0.clock.now(),
        };
        // Sent twice, the second finds it going.
        if store::start(&mut transaction, id, &start).await? {
            if let Some(batch) = &batch {
                let acting = manager.acting(&list.reason);
                self.0.accounts.begin_batch(&mut transaction, batch, &sender, &acting).await?;
            }
            transaction.commit().await?;
        }
        Ok(Begun::Going)
    }

    async fn put_aside(&self, manager: &Manager, id: &ListId) -> sqlx::Result<bool> {
        let (within, now) = (&manager.authority().id, self.0.clock.now());
        let mut transaction = self.0.database.write().await?;
        if store::by_id(&mut transaction, within, id).await?.is_none() {
            return Ok(false);
        }
        if store::withdraw(&mut transaction, id, now).await? {
            store::forget_file(&mut transaction, id).await?;
            let actor = Actor::Manager(manager.acting(""));
            let event = (Event::ListWithdrawn, id.as_str());
            audit::record_under(&mut transaction, &self.0.rng, now, within, (None, &actor), event).await?;
            transaction.commit().await?;
        }
        Ok(true)
    }

    pub(super) async fn imports_page(
        &self,
        visitor: &Visitor,
        manager: &Manager,
        reason: &str,
        fault: Option<UploadFault>,
    ) -> Response {
        let past = async {
            let mut connection = self.0.database.read().await?;
            store::of_authority(&mut connection, &manager.authority().id, MOST_LISTED).await
        };
        let past = match past.await {
            Ok(past) => past,
            Err(error) => return self.broken(visitor, &error),
        };
        let status = match fault {
            None => StatusCode::OK,
            Some(UploadFault::TooLarge) => StatusCode::PAYLOAD_TOO_LARGE,
            Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        };
        let columns = &self.0.columns;
        let page = ImportsPage {
            frame: self.pages().frame(visitor),
            desk: DeskFrame::new(manager, Section::Imports),
            action: manager.path("/imports"),
            form: self.0.rng.id(),
            most_bytes: MOST_LIST_BYTES,
            columns: [&columns.source_key, &columns.family_name, &columns.given_name, &columns.email]
                .map(Clone::clone)
                .join(";"),
            reason: reason.to_owned(),
            past: past.iter().map(|list| ListRow::of(list, manager)).collect(),
            fault,
        };
        self.pages().respond(visitor, status, &page).into_response()
    }

    async fn import_page(
        &self,
        visitor: &Visitor,
        manager: &Manager,
        id: &ListId,
    ) -> sqlx::Result<Option<ImportPage>> {
        let mut connection = self.0.database.read().await?;
        let Some(list) = store::by_id(&mut connection, &manager.authority().id, id).await? else {
            return Ok(None);
        };
        let run = list.run();
        let mut counts = Vec::new();
        for outcome in Outcome::ALL {
            counts.push((outcome, store::count(&mut connection, (id, run), outcome).await?));
        }
        drop(connection);
        let own = manager.path(&format!("/imports/{id}"));
        let asked = visitor.query.get("shown");
        let refused = counts.iter().any(|(outcome, count)| *outcome == Outcome::Refused && *count > 0);
        let shown = match Outcome::ALL.into_iter().find(|outcome| asked == Some(outcome.word())) {
            // What went wrong is what somebody wants to see first.
            None if asked.is_none() && refused => Some(Outcome::Refused),
            known => known,
        };
        let after = visitor.query.get("after").and_then(|after| after.parse().ok()).unwrap_or(0);
        let (rows, identifiers) = self.rows_of(manager, (id, run), shown, (after, PAGE)).await?;
        let is_full = i64::try_from(rows.len()).is_ok_and(|count| count == PAGE);
        let word = shown.map_or("all", Outcome::word);
        let next =
            rows.last().filter(|_| is_full).map(|row| format!("{own}?shown={word}&after={}", row.number));
        let frame = self.pages().frame(visitor);
        let batch = list.start.as_ref().and_then(|start| start.batch.as_ref());
        let batch = match batch {
            Some(batch) => manager.people().batch(batch).await?.map(|(batch, _)| batch),
            None => None,
        };
        Ok(Some(ImportPage {
            progress: progress_of(&frame, &list, &own),
            desk: DeskFrame::new(manager, Section::Imports),
            list: ListRow::of(&list, manager),
            is_foreseen: list.state == ListState::Foreseen,
            can_be_withdrawn: matches!(list.state, ListState::Foreseeing | ListState::Foreseen),
            is_of_import: run == Run::Imported,
            imports_href: manager.path("/imports"),
            tallies: counts
                .into_iter()
                .map(|(outcome, count)| Tally::of(outcome, count, shown, &own))
                .collect(),
            all_href: format!("{own}?shown=all"),
            rows: rows.iter().map(|row| RowView::of(row, &identifiers, &frame, manager)).collect(),
            next_href: next,
            report_href: format!("{own}/report.csv"),
            batch_href: batch.map(|batch| manager.path(&format!("/letters/batches/{}", batch.id))),
            desks: desks_of(manager),
            start_action: format!("{own}/start"),
            withdraw_action: format!("{own}/withdraw"),
            own_href: own,
            frame,
        }))
    }
}

fn progress_of(frame: &crate::kit::page::Frame, list: &PeopleList, own: &str) -> Option<Progress> {
    list.state.is_in_work().then(|| Progress {
        done: list.done_line,
        all: list.lines,
        words: watch::words(frame, list),
        events: format!("{own}/progress"),
    })
}
