//! Help by telephone, at the desk: the caller's case, the matching codes, what to ask, and the code to speak.

mod pages;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

pub use pages::{CallPage, CallState, Refused, SpokenCodePage};

use super::openings::refusal;
use super::pages::{DeskFrame, Section};
use super::{Desk, Manager};
use crate::accounts::{AccountId, CaseNumber, NotSpoken, OpeningOrder, Overview, Stage, Way};
use crate::audit::Event;
use crate::config::Rank;
use crate::kit::parameters::Parameters;
use crate::kit::problem::Problem;
use crate::kit::visitor::Visitor;
use crate::signin::throttling::network_of;

/// What a refused form says.
struct Said {
    status: StatusCode,
    refused: Refused,
}

fn path_of(authority: &str, person: &str) -> String {
    format!("/desk/{authority}/people/{person}/telephone")
}

/// `GET /desk/{authority}/people/{id}/telephone`
pub async fn show(
    State(desk): State<Desk>,
    visitor: Visitor,
    Path((authority, person)): Path<(String, String)>,
) -> Response {
    match desk.visited(&visitor, (&authority, Rank::Manager)).await {
        Ok(manager) => desk.call_page(&visitor, &manager, &AccountId::from(person), None).await,
        Err(answer) => *answer,
    }
}

/// `GET /desk/{authority}/people/{id}/telephone/news`: a word that changes when the page does.
pub async fn news(
    State(desk): State<Desk>,
    visitor: Visitor,
    Path((authority, person)): Path<(String, String)>,
) -> Response {
    let path = path_of(&authority, &person);
    let manager = match desk.visited_for(&visitor, (&authority, Rank::Manager), &path).await {
        Ok(manager) => manager,
        Err(answer) => return *answer,
    };
    match desk.state_of(&manager, &AccountId::from(person)).await {
        Ok(state) => ([(CACHE_CONTROL, "no-store"), (CONTENT_TYPE, "text/plain; charset=utf-8")], state)
            .into_response(),
        Err(error) => desk.broken(&visitor, &error),
    }
}

/// `POST /desk/{authority}/people/{id}/telephone`: the code to speak, shown in this answer and never again.
///
/// The form names the pair of matching codes that it showed: sent twice, it makes no second code.
pub async fn speak(
    State(desk): State<Desk>,
    visitor: Visitor,
    Path((authority, person)): Path<(String, String)>,
    body: Bytes,
) -> Response {
    let path = path_of(&authority, &person);
    let (manager, form) = match desk.submitted(&visitor, &body, (&authority, Rank::Manager), &path).await {
        Ok(both) => both,
        Err(answer) => return *answer,
    };
    let id = AccountId::from(person);
    match desk.speak_code(&visitor, &manager, &id, &form).await {
        Ok(answer) => answer,
        Err(said) => desk.call_page(&visitor, &manager, &id, Some(said)).await,
    }
}

impl Desk {
    async fn speak_code(
        &self,
        visitor: &Visitor,
        manager: &Manager,
        id: &AccountId,
        form: &Parameters,
    ) -> Result<Response, Said> {
        let said = |status, refused| Said { status, refused };
        let number = form.get("case").and_then(CaseNumber::parse);
        let attempt = form.get("attempt").and_then(|attempt| attempt.parse().ok());
        let (Some(number), Some(attempt)) = (number, attempt) else {
            return Ok(self.problem(visitor, Problem::BadRequest));
        };
        if form.get("codes-match") != Some("yes") || form.get("identity-checked") != Some("yes") {
            return Err(said(StatusCode::UNPROCESSABLE_ENTITY, Refused::Unchecked));
        }
        let mandate = manager.mandate(number.as_str(), form.get("seen").unwrap_or_default());
        let order = OpeningOrder {
            person: id,
            way: Way::Telephone,
            mandate: &mandate,
            network: &network_of(visitor),
        };
        let spoken = manager.people().speak_code(&order, (&number, attempt), &self.0.openings).await;
        match spoken {
            Ok((code, life)) => {
                let frame = self.pages().frame(visitor);
                let page = SpokenCodePage {
                    desk: DeskFrame::new(manager, Section::Cases),
                    code: code.spoken(),
                    life: frame.duration(life),
                    back_href: manager.path(&format!("/people/{id}/telephone")),
                    frame,
                };
                Ok(self.pages().respond(visitor, StatusCode::OK, &page).into_response())
            }
            Err(NotSpoken::Gone) => Ok(self.problem(visitor, Problem::NotFound)),
            Err(NotSpoken::Database(error)) => Ok(self.broken(visitor, &error)),
            Err(NotSpoken::Stale) => Err(said(StatusCode::CONFLICT, Refused::Stale)),
            Err(NotSpoken::Overtaken) => Err(said(StatusCode::CONFLICT, Refused::Overtaken)),
            Err(NotSpoken::Anothers) => Err(said(StatusCode::CONFLICT, Refused::Anothers)),
            Err(NotSpoken::Disabled) => Err(said(StatusCode::CONFLICT, Refused::Disabled)),
            Err(NotSpoken::NotOpened(refused)) => {
                let words = refusal(&self.pages().frame(visitor), &refused).unwrap_or_default();
                Err(said(StatusCode::CONFLICT, Refused::NotOpened(words)))
            }
        }
    }

    /// Where a person's call stands, in a word that changes with it.
    async fn state_of(&self, manager: &Manager, id: &AccountId) -> sqlx::Result<String> {
        let case = manager.people().case_of(id).await?;
        let wishes = manager.people().wishes().await?;
        let me = &manager.account().id;
        let own = wishes.iter().find(|wish| wish.person.id == *id && wish.asked_by == *me);
        let agreed = own
            .filter(|wish| wish.way == Way::Telephone)
            .map_or("", |wish| if wish.is_agreed { "agreed" } else { "asked" });
        Ok(case.map_or_else(|| "none".to_owned(), |case| format!("{} {agreed}", case.state())))
    }

    async fn call_page(
        &self,
        visitor: &Visitor,
        manager: &Manager,
        id: &AccountId,
        said: Option<Said>,
    ) -> Response {
        match self.make_call_page(visitor, manager, id, said).await {
            Ok(Some((status, page))) => self.pages().respond(visitor, status, &page).into_response(),
            Ok(None) => self.problem(visitor, Problem::NotFound),
            Err(error) => self.broken(visitor, &error),
        }
    }

    async fn make_call_page(
        &self,
        visitor: &Visitor,
        manager: &Manager,
        id: &AccountId,
        said: Option<Said>,
    ) -> sqlx::Result<Option<(StatusCode, CallPage)>> {
        let Some((overview, seen)) = manager.people().overview(id).await? else { return Ok(None) };
        let case = manager.people().case_of(id).await?;
        let state = self.state_of(manager, id).await?;
        let reason = case.as_ref().map_or("", |case| case.number.as_str());
        manager.note(reason, Some(id), (Event::Looked, "telephone")).await?;
        let (status, refused) = match said {
            Some(said) => (said.status, Some(said.refused)),
            None => (StatusCode::OK, None),
        };
        let (call, taken_by) = call_of(manager, case, &overview);
        let page = CallPage {
            frame: self.pages().frame(visitor),
            desk: DeskFrame::new(manager, Section::Cases),
            person: overview.account.display_name(),
            identifier: overview.account.identifier().unwrap_or_default().to_owned(),
            person_href: manager.path(&format!("/people/{id}")),
            letter: overview.letters.first().map(|letter| (letter.number.to_string(), letter.issued_at)),
            last_seen_at: overview.last_seen_at,
            refused,
            call,
            taken_by,
            seen: seen.to_string(),
            action: manager.path(&format!("/people/{id}/telephone")),
            news_href: manager.path(&format!("/people/{id}/telephone/news")),
            state,
        };
        Ok(Some((status, page)))
    }
}

/// Where a call stands, as its page shows it, and who else takes care of it.
fn call_of(
    manager: &Manager,
    case: Option<crate::accounts::OpenCase>,
    overview: &Overview,
) -> (CallState, Option<String>) {
    if overview.account.disabled_at.is_some() {
        return (CallState::Disabled, None);
    }
    let Some(case) = case else { return (CallState::NoCase, None) };
    let anothers = case.is_anothers(&manager.account().id);
    let taken_by = case.taken.as_ref().filter(|_| anothers).map(|taken| taken.name.clone());
    let spoken_until = match case.stage {
        Stage::Proven => return (CallState::Proven, taken_by),
        Stage::Spoken { until } => Some(until),
        Stage::Waiting => None,
    };
    let open = CallState::Open {
        number: case.number.to_string(),
        spoken: case.number.spoken(),
        caller_code: case.codes.caller,
        manager_code: case.codes.manager,
        attempt: case.attempt,
        spoken_until,
    };
    (open, taken_by)
}
