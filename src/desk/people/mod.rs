//! The person's screen: how their access stands in a sentence, what happened, and the acts that can help now.
//!
//! Everything is read through the authority's [`Jurisdiction`](crate::accounts::Jurisdiction); an act changes the person
//! upon the state that the manager had before their eyes, and shows the screen again when that is no longer so.

mod act;
mod actions;
mod known;
mod merge;
pub mod pages;
mod reason;
mod standing;
mod timeline;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::StatusCode;

pub use actions::{Action, Done, WhyNot};
pub use standing::Standing;

use super::{Desk, DeskFrame, Manager, Section};
use crate::accounts::{AccountId, Mark};
use crate::config::Rank;
use crate::kit::page::see_other;
use crate::kit::parameters::with_query;
use crate::kit::problem::Problem;
use crate::kit::visitor::Visitor;
use act::Typed;
use known::Known;
use pages::{PersonPage, Told};

/// The query parameter that says what was just done: one of a few words, never a text.
const DONE: &str = "done";
/// The query parameter of the place before which the timeline is shown.
const BEFORE: &str = "before";
/// The number of the request for help because of which the manager is here, in the address and in forms.
const CASE: &str = "case";
/// The form's field of the state that the manager saw.
const SEEN: &str = "seen";
/// The form's field of the moment at which they saw it.
const SHOWN_AT: &str = "shown";

/// The screen's routes.
pub(super) fn routes() -> Router<Desk> {
    Router::new()
        .route("/desk/{authority}/people/{id}", get(show))
        .route("/desk/{authority}/people/{id}/merge", get(merge::show).post(merge::merge))
        .route("/desk/{authority}/people/{id}/separate", post(merge::separate))
        .route("/desk/{authority}/people/{id}/mails/{mail}/retry", post(act::retry_mail))
        .route("/desk/{authority}/people/{id}/{action}", post(act::act))
}

/// `GET /desk/{authority}/people/{id}`
async fn show(
    State(desk): State<Desk>,
    Path((authority, id)): Path<(String, String)>,
    visitor: Visitor,
) -> Response {
    let manager = match desk.visited(&visitor, (&authority, Rank::Manager)).await {
        Ok(manager) => manager,
        Err(answer) => return *answer,
    };
    let told = visitor.query.get(DONE).and_then(Done::of_word).map(Told::Done);
    desk.screen(&visitor, &manager, &AccountId::from(id), told, &Typed::default()).await
}

/// The screen's address.
fn screen_of(manager: &Manager, id: &AccountId) -> String {
    manager.path(&format!("/people/{id}"))
}

/// The way back to the screen, which then says what was done.
fn done(manager: &Manager, id: &AccountId, what: Done, case: Option<&str>) -> Response {
    let case = case.map(|number| (CASE, number));
    let pairs: Vec<(&str, &str)> = [(DONE, what.word())].into_iter().chain(case).collect();
    see_other(&with_query(&screen_of(manager, id), &pairs), &[])
}

impl Desk {
    /// The person's screen, with what there is to tell and what was typed before.
    ///
    /// A record that another one took in leads to that one's screen; nobody of the authority, to nothing.
    async fn screen(
        &self,
        visitor: &Visitor,
        manager: &Manager,
        id: &AccountId,
        told: Option<Told>,
        typed: &Typed,
    ) -> Response {
        let before = visitor.query.get(BEFORE).and_then(Mark::parse);
        let known = match self.known(manager, id).await {
            Ok(Some(known)) => known,
            Ok(None) => return self.problem(visitor, Problem::NotFound),
            Err(error) => return self.broken(visitor, &error),
        };
        if let Some(kept) = &known.overview.account.merged_into {
            return see_other(&screen_of(manager, kept), &[]);
        }
        let page = async {
            self.note_seen(manager, id).await?;
            let timeline = self.timeline(visitor, manager, &known, before.as_ref()).await?;
            let case = self.case_of(manager, id, visitor.query.get(CASE).or(typed.case.as_deref())).await?;
            Ok::<_, sqlx::Error>((timeline, case))
        };
        let (timeline, case) = match page.await {
            Ok(both) => both,
            Err(error) => return self.broken(visitor, &error),
        };
        let status = told.as_ref().map_or(StatusCode::OK, Told::status);
        let page = PersonPage {
            frame: self.pages().frame(visitor),
            desk: DeskFrame::new(manager, Section::People),
            path: screen_of(manager, id),
            shown_at: self.0.clock.now().seconds(),
            seen: known.seen.to_string(),
            standing: Standing::of(&known, self.0.clock.now()),
            facts: known.facts(self.0.clock.now(), manager.authority()),
            acts: actions::acts(&known, typed),
            missing: actions::missing(&known),
            undo: told.as_ref().and_then(|told| told.undo(&known)),
            told,
            case,
            timeline,
        };
        self.pages().respond(visitor, status, &page).into_response()
    }

    /// What is known of a person of the manager's authority; one connection at a time.
    async fn known(&self, manager: &Manager, id: &AccountId) -> sqlx::Result<Option<Known>> {
        let people = manager.people();
        let Some((overview, seen)) = people.overview(id).await? else { return Ok(None) };
        let aliases = people.aliases(id).await?;
        let case = people.cases_of(id).await?.into_iter().next();
        let sessions = self.0.sign_in.open_sessions(&overview.account, known::MOST_SESSIONS).await?;
        let mut waits = Vec::new();
        for account in std::iter::once(&overview.account).chain(&aliases) {
            let identifier = account.identifier().unwrap_or_default();
            waits.extend(self.0.sign_in.throttle().wait_of(identifier).await?);
        }
        let last_sign_in = self.last_sign_in(id).await?;
        let wait = waits.into_iter().max_by_key(|wait| wait.remaining);
        let sends_mail = self.0.accounts.sends_mail();
        Ok(Some(Known { overview, seen, aliases, case, sessions, wait, last_sign_in, sends_mail }))
    }
}
