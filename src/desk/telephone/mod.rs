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
use crate::accounts::{AccountId, CaseNumber, NotSpoken, OpenCase, OpeningOrder, Overview, Stage, Way};
use crate::audit::Event;
use crate::config::Rank;
use crate::kit::parameters::{Parameters, with_query};
use crate::kit::problem::Problem;
use crate::kit::visitor::Visitor;
use crate::signin::throttling::network_of;

/// What a refused form says.
struct Said {
    status: StatusCode,
    refused: Refused,
}

/// What of a page's address, and of its form, says which request it is about.
const CASE: &str = "case";

/// A person who may be on the line, with the request that the page is about, if it names one.
struct Call {
    person: AccountId,
    number: Option<CaseNumber>,
}

impl Call {
    fn of(person: String, number: Option<&str>) -> Self {
        Self { person: AccountId::from(person), number: number.and_then(CaseNumber::parse) }
    }

    /// Its request, and the others about the same person: without a number, one that somebody is busy with comes first, then
    /// the newest.
    fn choose(&self, mut cases: Vec<OpenCase>) -> (Option<OpenCase>, Vec<OpenCase>) {
        let place = match &self.number {
            Some(number) => cases.iter().position(|case| case.number == *number),
            None => cases
                .iter()
                .position(|case| case.taken.is_some() || !matches!(case.stage, Stage::Waiting))
                .or((!cases.is_empty()).then_some(0)),
        };
        (place.map(|place| cases.remove(place)), cases)
    }
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
        Ok(manager) => {
            let call = Call::of(person, visitor.query.get(CASE));
            desk.call_page(&visitor, &manager, &call, None).await
        }
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
    match desk.state_of(&manager, &Call::of(person, visitor.query.get(CASE))).await {
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
    let call = Call::of(person, form.get(CASE));
    match desk.speak_code(&visitor, &manager, &call, &form).await {
        Ok(answer) => answer,
        Err(said) => desk.call_page(&visitor, &manager, &call, Some(said)).await,
    }
}

/// The page of a call, about one request or about whichever there is.
fn page_of(manager: &Manager, person: &AccountId, number: Option<&CaseNumber>) -> String {
    below(manager, person, "/telephone", number)
}

fn below(manager: &Manager, person: &AccountId, path: &str, number: Option<&CaseNumber>) -> String {
    let path = manager.path(&format!("/people/{person}{path}"));
    number.map_or_else(|| path.clone(), |number| with_query(&path, &[(CASE, number.as_str())]))
}

impl Desk {
    async fn speak_code(
        &self,
        visitor: &Visitor,
        manager: &Manager,
        call: &Call,
        form: &Parameters,
    ) -> Result<Response, Said> {
        let said = |status, refused| Said { status, refused };
        let id = &call.person;
        let attempt = form.get("attempt").and_then(|attempt| attempt.parse().ok());
        let (Some(number), Some(attempt)) = (&call.number, attempt) else {
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
        let spoken = manager.people().speak_code(&order, (number, attempt), &self.0.openings).await;
        match spoken {
            Ok((code, life)) => {
                let frame = self.pages().frame(visitor);
                let page = SpokenCodePage {
                    desk: DeskFrame::new(manager, Section::Cases),
                    code: code.spoken(),
                    life: frame.duration(life),
                    back_href: page_of(manager, id, Some(number)),
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
    async fn state_of(&self, manager: &Manager, call: &Call) -> sqlx::Result<String> {
        let id = &call.person;
        let (case, _) = call.choose(manager.people().cases_of(id).await?);
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
        call: &Call,
        said: Option<Said>,
    ) -> Response {
        match self.make_call_page(visitor, manager, call, said).await {
            Ok(Some((status, page))) => self.pages().respond(visitor, status, &page).into_response(),
            Ok(None) => self.problem(visitor, Problem::NotFound),
            Err(error) => self.broken(visitor, &error),
        }
    }

    async fn make_call_page(
        &self,
        visitor: &Visitor,
        manager: &Manager,
        call: &Call,
        said: Option<Said>,
    ) -> sqlx::Result<Option<(StatusCode, CallPage)>> {
        let id = &call.person;
        let Some((overview, seen)) = manager.people().overview(id).await? else { return Ok(None) };
        let (case, others) = call.choose(manager.people().cases_of(id).await?);
        let state = self.state_of(manager, call).await?;
        let chosen = case.as_ref().map(|case| case.number.clone());
        let others =
            others.iter().map(|case| (case.number.spoken(), page_of(manager, id, Some(&case.number))));
        let reason = case.as_ref().map_or("", |case| case.number.as_str());
        manager.note(reason, Some(id), (Event::Looked, "telephone")).await?;
        let (status, refused) = match said {
            Some(said) => (said.status, Some(said.refused)),
            None => (StatusCode::OK, None),
        };
        let others = others.collect();
        let watched = call.number.as_ref().or(chosen.as_ref());
        let news_href = below(manager, id, "/telephone/news", watched);
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
            others,
            // Whoever looks again once a request is over looks for any other.
            action: page_of(manager, id, chosen.as_ref()),
            news_href,
            state,
        };
        Ok(Some((status, page)))
    }
}

/// Where a call stands, as its page shows it, and who else takes care of it.
fn call_of(manager: &Manager, case: Option<OpenCase>, overview: &Overview) -> (CallState, Option<String>) {
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
