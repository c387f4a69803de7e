//! Who saw and did what, for supervisors: chosen, page by page, or taken away as a file.

mod export;
pub mod pages;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::StatusCode;
use jiff::civil::{Date, time};
use jiff::tz::TimeZone;

use super::managers::Listed;
use super::pages::{DeskFrame, Section};
use super::{Desk, Manager};
use crate::accounts::{Account, AccountId, Naming};
use crate::audit::{self, Cursor, Event, Filter, Noted};
use crate::config::Rank;
use crate::kit::clock::Timestamp;
use crate::kit::parameters::{Parameters, with_query};
use crate::kit::visitor::Visitor;
use pages::{AuditPage, Choice, EventLine, Typed};

/// How many events a page has.
const PAGE: usize = 50;
/// In the address: behind which event the page begins.
const BEHIND: &str = "behind";

/// What somebody chose to see, and what that means.
pub(super) struct Chosen {
    typed: Typed,
    filter: Filter,
    /// The person chosen, where they are the authority's: the look is noted with them.
    person: Option<AccountId>,
}

/// The pages of this part of the desk.
pub(super) fn routes() -> Router<Desk> {
    Router::new()
        .route("/desk/{authority}/audit", get(show))
        .route("/desk/{authority}/audit/export", post(export::export))
}

/// `GET /desk/{authority}/audit`
pub async fn show(State(desk): State<Desk>, visitor: Visitor, Path(authority): Path<String>) -> Response {
    let manager = match desk.visited(&visitor, (&authority, Rank::Supervisor)).await {
        Ok(manager) => manager,
        Err(answer) => return *answer,
    };
    match desk.audit_page(&visitor, &manager).await {
        Ok(page) => desk.pages().respond(&visitor, StatusCode::OK, &page).into_response(),
        Err(error) => desk.broken(&visitor, &error),
    }
}

impl Desk {
    /// What is shown of what a supervisor chose; one connection at a time.
    async fn audit_page(&self, visitor: &Visitor, manager: &Manager) -> sqlx::Result<AuditPage> {
        let chosen = self.chosen(manager, &visitor.query).await?;
        let behind = visitor.query.non_empty(BEHIND).and_then(Cursor::parse);
        let mut connection = self.0.database.read().await?;
        // One more tells whether there are any behind.
        let most = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
        let mut events = audit::noted(&mut connection, &chosen.filter, behind.as_ref(), most).await?;
        drop(connection);
        let has_more = events.len() > PAGE;
        events.truncate(PAGE);
        if behind.is_none() {
            manager.note("", chosen.person.as_ref(), (Event::AuditRead, "")).await?;
        }
        let names = self.names(manager, &events).await?;
        let managers = self.0.managers.list(&manager.authority().id).await?;
        let address = manager.path("/audit");
        let older = events.last().filter(|_| has_more).map(|last| {
            let cursor = Cursor::behind(last).to_string();
            with_query(&with_query(&address, &chosen.typed.pairs()), &[(BEHIND, &cursor)])
        });
        let frame = self.pages().frame(visitor);
        let line = |event: &Noted| {
            EventLine::of(&frame, event, (&names, &self.0.situations), |id| {
                with_query(&address, &[("person", id)])
            })
        };
        let lines = events.iter().map(line).collect();
        Ok(AuditPage {
            desk: DeskFrame::new(manager, Section::Audit),
            managers: choices(&managers, &chosen),
            kinds: pages::kinds(&chosen),
            typed: chosen.typed,
            lines,
            older,
            is_first: behind.is_none(),
            export_action: manager.path("/audit/export"),
            action: address,
            frame,
        })
    }

    /// What a supervisor chose: in the address of the page, or in the form of the export.
    pub(super) async fn chosen(&self, manager: &Manager, from: &Parameters) -> sqlx::Result<Chosen> {
        let text =
            |name| from.non_empty(name).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        let day = |name| text(name).and_then(|text: String| text.parse::<Date>().ok());
        let typed = Typed {
            person: text("person").unwrap_or_default(),
            by: text("by").unwrap_or_default(),
            kind: text("kind").filter(|kind| Event::of_word(kind).is_some()).unwrap_or_default(),
            from: day("from").map(|day| day.to_string()).unwrap_or_default(),
            to: day("to").map(|day| day.to_string()).unwrap_or_default(),
        };
        let people = manager.people();
        let mut person = None;
        if !typed.person.is_empty() {
            person = match people.find(&Naming::Identifier(typed.person.clone())).await? {
                Some(found) => Some(found.id),
                None => people.person(&AccountId::from(typed.person.as_str())).await?.map(|found| found.id),
            };
        }
        // Somebody who is not, or no more, among the people may be named by the id that the events bear.
        let account = person.as_ref().map_or(typed.person.as_str(), AccountId::as_str);
        let zone = &self.pages().site().time_zone;
        let filter = Filter {
            authority: manager.authority().id.clone(),
            account: (!account.is_empty()).then(|| account.to_owned()),
            actor_id: (!typed.by.is_empty()).then(|| typed.by.clone()),
            event: Event::of_word(&typed.kind),
            from: day("from").and_then(|day| midnight(day, zone)),
            until: day("to").and_then(|day| midnight(day.tomorrow().ok()?, zone)),
        };
        Ok(Chosen { typed, filter, person })
    }

    /// The accounts that events name and whose names the authority may see.
    async fn names(&self, manager: &Manager, events: &[Noted]) -> sqlx::Result<Vec<Account>> {
        let both = events.iter().flat_map(|event| [&event.account_id, &event.actor_id]).flatten();
        let mut ids: Vec<_> = both.map(|id| AccountId::from(id.as_str())).collect();
        ids.sort();
        ids.dedup();
        self.0.accounts.named_to(&manager.authority().id, &ids).await
    }
}

/// The managers to choose among, by name.
fn choices(managers: &[Listed], chosen: &Chosen) -> Vec<Choice> {
    let choice = |one: &Listed| Choice {
        value: one.account.id.to_string(),
        label: one.account.display_name(),
        is_chosen: one.account.id.as_str() == chosen.typed.by,
    };
    let mut choices: Vec<_> = managers.iter().map(choice).collect();
    let is_listed = choices.iter().any(|choice| choice.is_chosen);
    if !chosen.typed.by.is_empty() && !is_listed {
        // Somebody who is a manager no more, or an application.
        let by = &chosen.typed.by;
        choices.push(Choice { value: by.clone(), label: by.clone(), is_chosen: true });
    }
    choices
}

/// When a day begins, where the installation is.
fn midnight(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    let start = day.to_datetime(time(0, 0, 0, 0)).to_zoned_datetime(zone.clone()).ok()?;
    Some(Timestamp::from_seconds(start.timestamp().as_second()))
}
