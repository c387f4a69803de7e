//! `/desk/{authority}/people/{person}/letter`: a new letter for somebody, which voids the one before.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::super::openings::refusal;
use super::super::pages::{DeskFrame, Section};
use super::super::reason::reason_of;
use super::super::{Desk, Manager, PATH};
use super::pages::{AskFault, AskPage, LetterRow};
use super::{desks_of, letter_path};
use crate::accounts::{
    Access, AccountId, BatchLine, IssueError, Mandate, NotOpened, Overview, Replacing, Way,
};
use crate::audit::Event;
use crate::config::Rank;
use crate::kit::page::see_other;
use crate::kit::parameters::Parameters;
use crate::kit::problem::Problem;
use crate::kit::visitor::Visitor;

/// `GET`: what a new letter will do, and the form that asks for it.
pub async fn ask(
    State(desk): State<Desk>,
    visitor: Visitor,
    Path((authority, person)): Path<(String, String)>,
) -> Response {
    let manager = match desk.visited(&visitor, (&authority, Rank::Manager)).await {
        Ok(manager) => manager,
        Err(answer) => return *answer,
    };
    let id = AccountId::from(person);
    let seen = match manager.people().person(&id).await {
        Ok(Some(_)) => manager.note("", Some(&id), (Event::Looked, "letter")).await,
        // Whom they do not look after, they do not see.
        other => other.map(drop),
    };
    match seen {
        Ok(()) => desk.ask_page(&visitor, &manager, &id, (&visitor.query, Told::Nothing)).await,
        Err(error) => desk.broken(&visitor, &error),
    }
}

/// `POST`: issues the letter, and leads to its sheet, which is shown once.
pub async fn issue(
    State(desk): State<Desk>,
    visitor: Visitor,
    Path((authority, person)): Path<(String, String)>,
    body: Bytes,
) -> Response {
    let path = format!("{PATH}/{authority}/people/{person}/letter");
    let (manager, form) = match desk.submitted(&visitor, &body, (&authority, Rank::Manager), &path).await {
        Ok(both) => both,
        Err(answer) => return *answer,
    };
    if form.get("person").is_some_and(|named| named != person) {
        return desk.problem(&visitor, Problem::BadRequest);
    }
    let id = AccountId::from(person);
    match desk.issue_for(&visitor, &manager, &id, &form).await {
        Ok(sheet) => see_other(&sheet, &[]),
        Err(Refused::Shown(fault)) => {
            desk.ask_page(&visitor, &manager, &id, (&form, Told::Fault(fault))).await
        }
        Err(Refused::NotOpened(refused)) => {
            let words = refusal(&desk.pages().frame(&visitor), &refused).unwrap_or_default();
            desk.ask_page(&visitor, &manager, &id, (&form, Told::NotOpened(words))).await
        }
        Err(Refused::Problem(problem)) => desk.problem(&visitor, problem),
        Err(Refused::Broken(error)) => desk.broken(&visitor, &error),
    }
}

/// What the form has to say first.
enum Told {
    /// Nothing.
    Nothing,
    /// What was wrong.
    Fault(AskFault),
    /// Why the manager may not open this access now, in words.
    NotOpened(String),
}

/// Why no letter was issued.
enum Refused {
    /// One manager alone may not open this access, or not now.
    NotOpened(NotOpened),
    /// The form is shown again with this.
    Shown(AskFault),
    /// A page says it.
    Problem(Problem),
    /// The database failed.
    Broken(sqlx::Error),
}

impl From<sqlx::Error> for Refused {
    fn from(error: sqlx::Error) -> Self {
        Self::Broken(error)
    }
}

impl Desk {
    /// Issues the letter that a form asks for, and gives the address of its sheet.
    async fn issue_for(
        &self,
        visitor: &Visitor,
        manager: &Manager,
        id: &AccountId,
        form: &Parameters,
    ) -> Result<String, Refused> {
        let Some((overview, _)) = manager.people().overview(id).await? else {
            return Err(Refused::Problem(Problem::NotFound));
        };
        if matches!(overview.access, Access::Disabled { .. }) {
            return Err(Refused::Shown(AskFault::Disabled));
        }
        let reason = reason_of(form.get("reason")).ok_or(Refused::Shown(AskFault::Reason))?;
        let authority = manager.authority().id.as_str();
        let sender = self.0.accounts.sender(Some(authority), form.non_empty("desk"));
        let sender = sender.map_err(|_| Refused::Problem(Problem::BadRequest))?;
        let replacing = match form.get("replace") {
            Some("personal") => Replacing::Personal,
            _ => Replacing::OnlyTemporary,
        };
        let seen = form.get("seen").unwrap_or_default();
        let mandate = manager.mandate(&reason, seen);
        let keeps_own =
            replacing == Replacing::OnlyTemporary && matches!(overview.access, Access::Personal { .. });
        // What was not opened gets no password, whatever becomes of the person before the letter is issued.
        let replacing = if keeps_own { Replacing::Nothing } else { replacing };
        if !keeps_own {
            match self.may_open(visitor, manager, (id, Way::Letter), (&reason, seen)).await {
                Ok(()) => {}
                Err(NotOpened::Stale) => return self.sheet_that_waits(manager, id, &mandate).await,
                Err(NotOpened::Gone) => return Err(Refused::Problem(Problem::NotFound)),
                Err(NotOpened::Database(error)) => return Err(Refused::Broken(error)),
                Err(refused) => return Err(Refused::NotOpened(refused)),
            }
        }
        let issued = self.0.accounts.issue_letter_to_print(id, &sender, replacing, &mandate).await;
        let number = match issued {
            Ok(number) => number,
            Err(IssueError::Stale) => return self.sheet_that_waits(manager, id, &mandate).await,
            Err(
                IssueError::Unknown
                | IssueError::Federated
                | IssueError::OtherAuthority(_)
                | IssueError::OtherOrder,
            ) => {
                return Err(Refused::Problem(Problem::NotFound));
            }
            Err(IssueError::Disabled) => return Err(Refused::Shown(AskFault::Disabled)),
            Err(IssueError::Busy(_)) => return Err(Refused::Problem(Problem::Busy)),
            Err(IssueError::Database(error)) => return Err(Refused::Broken(error)),
        };
        Ok(format!("{}/sheet", letter_path(manager, &number)))
    }

    /// The sheet of the letter that was asked for upon the same state: of a form that is sent twice, the first one changed
    /// what was seen, and its letter waits.
    async fn sheet_that_waits(
        &self,
        manager: &Manager,
        id: &AccountId,
        mandate: &Mandate,
    ) -> Result<String, Refused> {
        let waiting = match mandate.seen() {
            Some(seen) => self.0.accounts.asked_for_already(id, &manager.acting(""), seen).await?,
            None => None,
        };
        let number = waiting.ok_or(Refused::Shown(AskFault::Stale))?;
        Ok(format!("{}/sheet", letter_path(manager, &number)))
    }

    async fn ask_page(
        &self,
        visitor: &Visitor,
        manager: &Manager,
        id: &AccountId,
        (typed, told): (&Parameters, Told),
    ) -> Response {
        let (overview, seen) = match manager.people().overview(id).await {
            Ok(Some(found)) => found,
            Ok(None) => return self.problem(visitor, Problem::NotFound),
            Err(error) => return self.broken(visitor, &error),
        };
        let (fault, refused) = match (&overview.access, told) {
            (Access::Disabled { .. }, _) => (Some(AskFault::Disabled), None),
            (_, Told::Fault(fault)) => (Some(fault), None),
            (_, Told::NotOpened(words)) => (None, Some(words)),
            (_, Told::Nothing) => (None, None),
        };
        let status = match fault {
            None if refused.is_some() => StatusCode::CONFLICT,
            None => StatusCode::OK,
            Some(AskFault::Reason) => StatusCode::UNPROCESSABLE_ENTITY,
            Some(AskFault::Stale | AskFault::Disabled) => StatusCode::CONFLICT,
        };
        let page = AskPage {
            frame: self.pages().frame(visitor),
            desk: DeskFrame::new(manager, Section::People),
            action: manager.path(&format!("/people/{id}/letter")),
            person_href: manager.path(&format!("/people/{id}")),
            name: overview.account.display_name(),
            identifier: overview.account.identifier().unwrap_or_default().to_owned(),
            has_personal: matches!(overview.access, Access::Personal { .. }),
            latest: latest_of(overview, manager, self),
            seen: seen.to_string(),
            desks: desks_of(manager),
            reason: typed.get("reason").or(typed.get("case")).unwrap_or_default().to_owned(),
            fault,
            refused,
        };
        self.pages().respond(visitor, status, &page).into_response()
    }
}

/// The letter that somebody holds, which a new one will void.
fn latest_of(overview: Overview, manager: &Manager, desk: &Desk) -> Option<LetterRow> {
    let Overview { account, letters, .. } = overview;
    let letter = letters.into_iter().next()?;
    let line = BatchLine { place: None, letter, account };
    Some(LetterRow::of(&line, manager, desk.0.clock.now()))
}
