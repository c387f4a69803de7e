//! `/desk/{authority}/people/{id}/merge`: two records of one person, found, compared, made one, and two again.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::super::openings::refusal;
use super::super::{Desk, DeskFrame, Manager, Section};
use super::act::Submitted;
use super::actions::Done;
use super::known::Known;
use super::pages::{Found, MergePage, Side, Told};
use super::{done, screen_of};
use crate::accounts::{Account, AccountId, LetterNumber, Merge, Naming, NotOpened};
use crate::config::Rank;
use crate::kit::page::see_other;
use crate::kit::problem::Problem;
use crate::kit::visitor::Visitor;

/// The query parameter of what was typed to find the other record.
const TYPED: &str = "other";
/// The form's field of the state of the other record.
const OTHER_SEEN: &str = "seen-other";

/// What the page shows beside the two records.
#[derive(Default)]
struct Shown {
    told: Option<Told>,
    reason: String,
    /// The status of an answer to a form that was refused.
    refused: Option<StatusCode>,
    /// Why the manager may not do it alone, or not now, in words.
    not_alone: Option<String>,
}

/// `GET /desk/{authority}/people/{id}/merge`
pub async fn show(
    State(desk): State<Desk>,
    Path((authority, id)): Path<(String, String)>,
    visitor: Visitor,
) -> Response {
    let manager = match desk.visited(&visitor, (&authority, Rank::Manager)).await {
        Ok(manager) => manager,
        Err(answer) => return *answer,
    };
    let typed = visitor.query.get(TYPED).unwrap_or_default().trim().to_owned();
    let other = match desk.other_record(&manager, &typed).await {
        Ok(other) => other,
        Err(error) => return desk.broken(&visitor, &error),
    };
    let ids = (AccountId::from(id), other.map(|account| account.id));
    desk.merge_page(&visitor, &manager, (&ids.0, ids.1.as_ref()), typed, Shown::default()).await
}

/// `POST /desk/{authority}/people/{id}/merge`
pub async fn merge(
    State(desk): State<Desk>,
    Path((authority, id)): Path<(String, String)>,
    visitor: Visitor,
    body: Bytes,
) -> Response {
    let submitted = match desk.sent(&visitor, &body, &authority, id).await {
        Ok(submitted) => submitted,
        Err(answer) => return *answer,
    };
    let other = AccountId::from(submitted.form.get(TYPED).unwrap_or_default());
    match desk.merged(&visitor, &submitted, &other).await {
        Ok(answer) => answer,
        Err(error) => desk.broken(&visitor, &error),
    }
}

/// `POST /desk/{authority}/people/{id}/separate`
pub async fn separate(
    State(desk): State<Desk>,
    Path((authority, id)): Path<(String, String)>,
    visitor: Visitor,
    body: Bytes,
) -> Response {
    let submitted = match desk.sent(&visitor, &body, &authority, id).await {
        Ok(submitted) => submitted,
        Err(answer) => return *answer,
    };
    if submitted.reason.is_none() {
        return desk.again(&visitor, &submitted, None, Told::NoReason).await;
    }
    let alias = AccountId::from(submitted.form.get(TYPED).unwrap_or_default());
    match desk.0.accounts.separate(&submitted.id, &alias, &submitted.mandate()).await {
        Ok(change) => desk.told(&visitor, &submitted, None, change, Done::Separated).await,
        Err(error) => desk.broken(&visitor, &error),
    }
}

impl Desk {
    /// The record that a manager named by an identifier or the number of a letter.
    async fn other_record(&self, manager: &Manager, typed: &str) -> sqlx::Result<Option<Account>> {
        if typed.is_empty() {
            return Ok(None);
        }
        let by_identifier = manager.people().find(&Naming::Identifier(typed.to_owned())).await?;
        if by_identifier.is_some() || LetterNumber::parse(typed).is_none() {
            return Ok(by_identifier);
        }
        manager.people().find(&Naming::Letter(typed.to_owned())).await
    }

    async fn merged(
        &self,
        visitor: &Visitor,
        submitted: &Submitted,
        other: &AccountId,
    ) -> sqlx::Result<Response> {
        let (manager, id) = (&submitted.manager, &submitted.id);
        let again = async |told: Option<Told>, not_alone: Option<NotOpened>| {
            let not_alone = not_alone.and_then(|refused| refusal(&self.pages().frame(visitor), &refused));
            let reason = submitted.form.get("reason").unwrap_or_default().to_owned();
            let found = manager.people().person(other).await?;
            // Merged meanwhile, it is what it became.
            let other = found.map(|account| account.merged_into.unwrap_or(account.id));
            let shown = Shown { told, reason, refused: Some(StatusCode::CONFLICT), not_alone };
            let page = self.merge_page(visitor, manager, (id, other.as_ref()), String::new(), shown);
            Ok::<_, sqlx::Error>(page.await)
        };
        let Some(reason) = &submitted.reason else { return again(Some(Told::NoReason), None).await };
        let seen = submitted.form.get(OTHER_SEEN).unwrap_or_default();
        let theirs = manager.mandate(&reason.words, seen);
        let (ours, rule) = (submitted.mandate(), self.0.openings.second_manager);
        match self.0.accounts.merge((id, &ours), (other, &theirs), rule).await? {
            Merge::Made { kept } => {
                self.0.sign_in.tell_session_ended();
                Ok(done(manager, &kept, Done::Merged, None))
            }
            Merge::Gone => Ok(self.problem(visitor, Problem::NotFound)),
            Merge::Refused(_) => again(None, None).await,
            Merge::SecondManager => again(None, Some(NotOpened::SecondManager)).await,
            Merge::TooMany { wait } => again(None, Some(NotOpened::TooMany { wait })).await,
            Merge::Stale => {
                let told = self.meanwhile(visitor, submitted).await?;
                again(Some(told), None).await
            }
        }
    }

    async fn merge_page(
        &self,
        visitor: &Visitor,
        manager: &Manager,
        (id, other): (&AccountId, Option<&AccountId>),
        typed: String,
        shown: Shown,
    ) -> Response {
        let known = match self.known(manager, id).await {
            Ok(Some(known)) => known,
            Ok(None) => return self.problem(visitor, Problem::NotFound),
            Err(error) => return self.broken(visitor, &error),
        };
        if let Some(kept) = &known.account().merged_into {
            return see_other(&screen_of(manager, kept), &[]);
        }
        let is_asked = !typed.is_empty() || shown.told.is_some() || other.is_some();
        let found = match self.found(manager, &known, other).await {
            Ok(Some(found)) => found,
            Ok(None) if is_asked => Found::Nobody,
            Ok(None) => Found::NotAsked,
            Err(error) => return self.broken(visitor, &error),
        };
        let status = shown.told.as_ref().map(Told::status).or(shown.refused).unwrap_or(StatusCode::OK);
        let page = MergePage {
            frame: self.pages().frame(visitor),
            desk: DeskFrame::new(manager, Section::People),
            path: screen_of(manager, id),
            name: known.account().display_name(),
            typed,
            found,
            told: shown.told,
            reason: shown.reason,
            not_alone: shown.not_alone,
            shown_at: self.0.clock.now().seconds(),
        };
        self.pages().respond(visitor, status, &page).into_response()
    }

    /// The two records, or why they do not become one; `None` for nobody. Who sees the other record has looked at it.
    async fn found(
        &self,
        manager: &Manager,
        known: &Known,
        other: Option<&AccountId>,
    ) -> sqlx::Result<Option<Found>> {
        let id = &known.account().id;
        self.note_seen(manager, id).await?;
        let Some(other) = other else { return Ok(None) };
        let pair = match manager.people().pair(id, other).await? {
            None => return Ok(None),
            Some(Err(reason)) => return Ok(Some(Found::Refused(reason))),
            Some(Ok(pair)) => pair,
        };
        self.note_seen(manager, other).await?;
        let Some(theirs) = self.known(manager, other).await? else { return Ok(None) };
        let now = self.0.clock.now();
        let (ours_side, their_side) = (Side::of(known, now), Side::of(&theirs, now));
        let (kept, absorbed) =
            if pair.kept.id == *id { (ours_side, their_side) } else { (their_side, ours_side) };
        Ok(Some(Found::Two {
            kept: Box::new(kept),
            absorbed: Box::new(absorbed),
            other: other.to_string(),
            seen: (known.seen.to_string(), theirs.seen.to_string()),
        }))
    }
}
