//! `/desk/{authority}/people/new`: a person made by hand, once whoever they may already be was looked at.

pub mod pages;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use self::pages::{HomonymsPage, NewPersonFault, NewPersonPage, Typed};
use super::pages::{DeskFrame, Section};
use super::reason::reason_of;
use super::search::{lines, note_search, person_path};
use super::{Desk, Manager, PATH};
use crate::accounts::{AccountId, Found, MakeError, Newcomer};
use crate::config::Rank;
use crate::kit::page::see_other;
use crate::kit::parameters::Parameters;
use crate::kit::visitor::Visitor;
use crate::mail::Address;
use crate::signin::throttling::network_of;

/// Where the form is, below an authority's desk.
const BELOW: &str = "/people/new";
/// The longest name, in characters.
const LONGEST_NAME: usize = 200;
/// The longest secret of a form that is taken for one.
const LONGEST_SECRET: usize = 100;

/// `GET /desk/{authority}/people/new`
pub async fn show(State(desk): State<Desk>, visitor: Visitor, Path(authority): Path<String>) -> Response {
    match desk.visited(&visitor, (&authority, Rank::Manager)).await {
        Ok(manager) => desk.new_person_page(&visitor, &manager, Typed::default(), None),
        Err(answer) => *answer,
    }
}

/// `POST /desk/{authority}/people/new`: makes the person, unless there are some who may be meant and were not shown.
pub async fn make(
    State(desk): State<Desk>,
    visitor: Visitor,
    Path(authority): Path<String>,
    body: Bytes,
) -> Response {
    let path = format!("{PATH}/{authority}{BELOW}");
    let (manager, form) = match desk.submitted(&visitor, &body, (&authority, Rank::Manager), &path).await {
        Ok(both) => both,
        Err(answer) => return *answer,
    };
    let typed = Typed::of(&form);
    if typed.form.is_empty() || typed.form.len() > LONGEST_SECRET {
        return see_other(&path, &[]);
    }
    let newcomer = match newcomer(&typed) {
        Ok(newcomer) => newcomer,
        Err(fault) => return desk.new_person_page(&visitor, &manager, typed, Some(fault)),
    };
    let seen = Seen::of(&form);
    match desk.homonyms_not_seen(&manager, &newcomer, (&seen, &typed.form)).await {
        Ok(Likely::Nobody) => {}
        Ok(Likely::These(found)) => return desk.homonyms_page(&visitor, &manager, typed, &found),
        Ok(Likely::MadeBefore(id)) => return see_other(&manager.path(&person_path(&id)), &[]),
        Err(error) => return desk.broken(&visitor, &error),
    }
    let acting = manager.acting(&typed.reason);
    let opening = (&network_of(&visitor), &desk.0.openings);
    match manager.people().make(&newcomer, &acting, &typed.form, opening).await {
        Ok(made) => see_other(&manager.path(&person_path(&made.id)), &[]),
        Err(MakeError::Identifier) => {
            desk.new_person_page(&visitor, &manager, typed, Some(NewPersonFault::Identifier))
        }
        Err(MakeError::Taken) => desk.new_person_page(&visitor, &manager, typed, Some(NewPersonFault::Taken)),
        Err(MakeError::Over) => see_other(&path, &[]),
        Err(MakeError::Database(error)) => desk.broken(&visitor, &error),
    }
}

/// The people who were shown before as those who may be meant.
struct Seen(Vec<String>);

impl Seen {
    /// They count only where somebody said that it is none of them.
    fn of(form: &Parameters) -> Self {
        let shown = form.get("shown").filter(|_| form.get("decision") == Some("none-of-them"));
        Self(shown.unwrap_or_default().split(' ').map(str::to_owned).collect())
    }
}

/// Who may be meant by a person to be.
enum Likely {
    /// Nobody who was not shown before.
    Nobody,
    /// These.
    These(Found),
    /// The one whom this very form made, sent a moment ago.
    MadeBefore(AccountId),
}

impl Desk {
    /// Those who may be meant, if any of them was not shown before: the look is noted.
    async fn homonyms_not_seen(
        &self,
        manager: &Manager,
        newcomer: &Newcomer,
        (seen, form): (&Seen, &str),
    ) -> sqlx::Result<Likely> {
        let given = newcomer.given_name.as_deref().unwrap_or_default();
        let email = newcomer.email.as_ref().map(Address::as_str);
        let found = manager.people().likely_homonyms(given, &newcomer.family_name, email).await?;
        if found.hits.iter().all(|hit| seen.0.iter().any(|id| id == hit.account.id.as_str())) {
            return Ok(Likely::Nobody);
        }
        if let Some(made) = manager.people().made(newcomer, form).await? {
            return Ok(Likely::MadeBefore(made.id));
        }
        note_search(manager, "homonyms", &found).await?;
        Ok(Likely::These(found))
    }

    fn new_person_page(
        &self,
        visitor: &Visitor,
        manager: &Manager,
        typed: Typed,
        fault: Option<NewPersonFault>,
    ) -> Response {
        // A form that made nothing keeps its secret; a new one gets its own.
        let form = if typed.form.is_empty() { self.0.rng.token() } else { typed.form.clone() };
        let status = if fault.is_none() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        let page = NewPersonPage {
            frame: self.pages().frame(visitor),
            desk: DeskFrame::new(manager, Section::People),
            action: manager.path(BELOW),
            typed: Typed { form, ..typed },
            fault,
        };
        self.pages().respond(visitor, status, &page).into_response()
    }

    fn homonyms_page(&self, visitor: &Visitor, manager: &Manager, typed: Typed, found: &Found) -> Response {
        let shown: Vec<_> = found.hits.iter().map(|hit| hit.account.id.as_str()).collect();
        let page = HomonymsPage {
            frame: self.pages().frame(visitor),
            desk: DeskFrame::new(manager, Section::People),
            action: manager.path(BELOW),
            typed,
            shown: shown.join(" "),
            lines: lines(manager, found),
            has_more: found.has_more,
        };
        self.pages().respond(visitor, StatusCode::OK, &page).into_response()
    }
}

/// What was typed as a person to be.
fn newcomer(typed: &Typed) -> Result<Newcomer, NewPersonFault> {
    let is_name = |name: &str| name.chars().count() <= LONGEST_NAME && !name.chars().any(char::is_control);
    let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    if typed.family_name.is_empty() {
        return Err(NewPersonFault::NoName);
    }
    if !is_name(&typed.given_name) || !is_name(&typed.family_name) {
        return Err(NewPersonFault::Name);
    }
    if reason_of(Some(&typed.reason)).is_none() {
        return Err(NewPersonFault::Reason);
    }
    let email = given(&typed.email);
    let email = email.map(|typed| Address::parse(&typed).ok_or(NewPersonFault::Email)).transpose()?;
    Ok(Newcomer {
        given_name: given(&typed.given_name),
        family_name: typed.family_name.clone(),
        identifier: given(&typed.identifier),
        email,
    })
}
