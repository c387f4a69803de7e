//! The pages on which managers are named and dismissed, and the one where staff get their code.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::naming::{Dismissal, NamingError};
use super::pages::{ConfirmPage, DismissPage, JoinPage, ManagerRow, ManagersPage, Outcome, rank_key};
use super::{JOIN_PATH, Listed};
use crate::accounts::{Account, AccountId, Origin};
use crate::config::Rank;
use crate::desk::pages::{DeskFrame, Section};
use crate::desk::reason::reason_of;
use crate::desk::{Desk, Manager, PATH, SHOWN_IN};
use crate::kit::page::see_other;
use crate::kit::parameters::{Parameters, with_query};
use crate::kit::problem::Problem;
use crate::kit::typed_code::TypedCode;
use crate::kit::visitor::Visitor;
use crate::signin::SignedIn;
use crate::signin::throttling::NotTaken;

/// In the address of the list: what was just done.
const DONE: &str = "done";

/// `GET /desk/{authority}/managers`
pub async fn list(State(desk): State<Desk>, visitor: Visitor, Path(authority): Path<String>) -> Response {
    let manager = match desk.visited(&visitor, (&authority, Rank::Supervisor)).await {
        Ok(manager) => manager,
        Err(answer) => return *answer,
    };
    let listed = match desk.0.managers.list(&manager.authority().id).await {
        Ok(listed) => listed,
        Err(error) => return desk.broken(&visitor, &error),
    };
    let page = ManagersPage {
        frame: desk.pages().frame(&visitor),
        desk: DeskFrame::new(&manager, Section::Managers),
        outcome: visitor.query.get(DONE).and_then(Outcome::of_word),
        managers: listed.iter().filter_map(|one| row(&manager, one)).collect(),
        code_action: manager.path("/managers/code"),
        join_address: desk.0.public_url.join(JOIN_PATH).map_or_else(|_| JOIN_PATH.to_owned(), String::from),
    };
    desk.pages().respond(&visitor, StatusCode::OK, &page).into_response()
}

/// `POST /desk/{authority}/managers/code`: who reads this code aloud?
pub async fn look_up(
    State(desk): State<Desk>,
    visitor: Visitor,
    Path(authority): Path<String>,
    body: Bytes,
) -> Response {
    let path = list_path(&authority);
    let (manager, form) = match desk.submitted(&visitor, &body, (&authority, Rank::Supervisor), &path).await {
        Ok(submitted) => submitted,
        Err(answer) => return *answer,
    };
    let found = desk.whose_code(&visitor, &manager, &form).await;
    match found {
        Ok((account, code)) => desk.confirmation(&visitor, &manager, (&account, &code), false),
        Err(answer) => *answer,
    }
}

/// `POST /desk/{authority}/managers/name`
pub async fn name(
    State(desk): State<Desk>,
    visitor: Visitor,
    Path(authority): Path<String>,
    body: Bytes,
) -> Response {
    let path = list_path(&authority);
    let (manager, form) = match desk.submitted(&visitor, &body, (&authority, Rank::Supervisor), &path).await {
        Ok(submitted) => submitted,
        Err(answer) => return *answer,
    };
    let Some(rank) = form.get("rank").and_then(Rank::of_word) else {
        return desk.problem(&visitor, Problem::BadRequest);
    };
    // A second click, or the back button, finds the code used up, and nothing is done.
    let (account, code) = match desk.whose_code(&visitor, &manager, &form).await {
        Ok(found) => found,
        Err(answer) => return *answer,
    };
    let Some(reason) = reason_of(form.get("reason")) else {
        return desk.confirmation(&visitor, &manager, (&account, &code), true);
    };
    let named = desk.0.managers.name_by_code(manager.account(), (&code, rank), manager.acting(&reason)).await;
    match named {
        Ok(account) => {
            tracing::info!(account = %account.id, authority, rank = rank.word(), "manager named");
            to_list(&manager, Outcome::Named)
        }
        Err(error) => desk.not_named(&visitor, &manager, &error),
    }
}

/// `GET /desk/{authority}/managers/{account}/dismiss`
pub async fn ask_dismissal(
    State(desk): State<Desk>,
    visitor: Visitor,
    Path((authority, account)): Path<(String, String)>,
) -> Response {
    let manager = match desk.visited(&visitor, (&authority, Rank::Supervisor)).await {
        Ok(manager) => manager,
        Err(answer) => return *answer,
    };
    desk.dismissal(&visitor, &manager, &AccountId::from(account), false).await
}

/// `POST /desk/{authority}/managers/{account}/dismiss`
pub async fn dismiss(
    State(desk): State<Desk>,
    visitor: Visitor,
    Path((authority, account)): Path<(String, String)>,
    body: Bytes,
) -> Response {
    let path = dismissal_path(&authority, &account);
    let (manager, form) = match desk.submitted(&visitor, &body, (&authority, Rank::Supervisor), &path).await {
        Ok(submitted) => submitted,
        Err(answer) => return *answer,
    };
    let account = AccountId::from(account);
    let Some(reason) = reason_of(form.get("reason")) else {
        return desk.dismissal(&visitor, &manager, &account, true).await;
    };
    match desk.0.managers.dismiss(&manager.account().id, &account, manager.acting(&reason)).await {
        Ok(Dismissal::Made) => {
            tracing::info!(%account, authority, "manager dismissed");
            to_list(&manager, Outcome::Dismissed)
        }
        Ok(Dismissal::NotNamed) => to_list(&manager, Outcome::Nothing),
        Ok(Dismissal::Oneself) => to_list(&manager, Outcome::Oneself),
        Ok(Dismissal::NotEntitled) => desk.problem(&visitor, Problem::NotFound),
        Err(error) => desk.broken(&visitor, &error),
    }
}

/// `GET /desk/join`
pub async fn offer_code(State(desk): State<Desk>, visitor: Visitor) -> Response {
    match desk.staff(&visitor).await {
        Ok(person) => desk.join_page(&visitor, &person, None),
        Err(answer) => *answer,
    }
}

/// `POST /desk/join`: the code is shown in the answer, once; asked for again, it is another one.
pub async fn draw_code(State(desk): State<Desk>, visitor: Visitor, body: Bytes) -> Response {
    let person = match desk.staff(&visitor).await {
        Ok(person) => person,
        Err(answer) => return *answer,
    };
    let form = Parameters::parse(&body);
    if form.repeated().is_some() || form.get(SHOWN_IN) != Some(person.sid.as_str()) {
        return see_other(JOIN_PATH, &[]);
    }
    match desk.0.managers.draw_code(&person.account.id).await {
        Ok(code) => desk.join_page(&visitor, &person, Some(&code)),
        Err(error) => desk.broken(&visitor, &error),
    }
}

impl Desk {
    /// Whoever is signed in through an upstream provider; to anybody else there is no such page.
    async fn staff(&self, visitor: &Visitor) -> Result<SignedIn, Box<Response>> {
        let found = self.0.sign_in.signed_in(visitor).await.map_err(|error| self.broken(visitor, &error))?;
        let person = found.ok_or_else(|| self.0.sign_in.begin_towards(visitor, JOIN_PATH))?;
        if matches!(person.account.origin, Origin::Here { .. }) {
            return Err(Box::new(self.problem(visitor, Problem::NotFound)));
        }
        if visitor.query.get(crate::signin::JOURNEY_PARAMETER).is_some() {
            return Err(Box::new(see_other(JOIN_PATH, &[])));
        }
        Ok(person)
    }

    fn join_page(&self, visitor: &Visitor, person: &SignedIn, code: Option<&TypedCode>) -> Response {
        let page = JoinPage {
            frame: self.pages().frame(visitor),
            session: person.sid.to_string(),
            name: person.account.display_name(),
            code: code.map(TypedCode::to_string),
        };
        self.pages().respond(visitor, StatusCode::OK, &page).into_response()
    }

    /// Whose the code of a form is; typing one counts as a guess unless it is somebody's.
    async fn whose_code(
        &self,
        visitor: &Visitor,
        manager: &Manager,
        form: &Parameters,
    ) -> Result<(Account, TypedCode), Box<Response>> {
        let broken = |error: &sqlx::Error| Box::new(self.broken(visitor, error));
        let throttle = self.0.sign_in.throttle();
        let attempt = match throttle.take_user_code(manager.account().id.as_str(), visitor).await {
            Ok(attempt) => attempt,
            Err(NotTaken::Wait(_)) => return Err(Box::new(to_list(manager, Outcome::Wait))),
            Err(NotTaken::Database(error)) => return Err(broken(&error)),
        };
        let Some(code) = form.get("code").and_then(TypedCode::read) else {
            return Err(Box::new(to_list(manager, Outcome::UnknownCode)));
        };
        match self.0.managers.look_up(manager.account(), &code).await {
            Ok(account) => {
                attempt.give_back().await.map_err(|error| broken(&error))?;
                Ok((account, code))
            }
            Err(error) => Err(Box::new(self.not_named(visitor, manager, &error))),
        }
    }

    fn confirmation(
        &self,
        visitor: &Visitor,
        manager: &Manager,
        (account, code): (&Account, &TypedCode),
        lacks_reason: bool,
    ) -> Response {
        let Origin::Upstream { upstream, .. } = &account.origin else {
            return self.problem(visitor, Problem::NotFound);
        };
        let page = ConfirmPage {
            frame: self.pages().frame(visitor),
            desk: DeskFrame::new(manager, Section::Managers),
            name: account.display_name(),
            email: account.email.clone(),
            provider: self.0.managers.provider(upstream),
            code: code.to_string(),
            action: manager.path("/managers/name"),
            back_href: manager.path("/managers"),
            lacks_reason,
        };
        self.pages().respond(visitor, status(lacks_reason), &page).into_response()
    }

    async fn dismissal(
        &self,
        visitor: &Visitor,
        manager: &Manager,
        account: &AccountId,
        lacks_reason: bool,
    ) -> Response {
        let listed = match self.0.managers.list(&manager.authority().id).await {
            Ok(listed) => listed,
            Err(error) => return self.broken(visitor, &error),
        };
        let found = listed.into_iter().find(|one| one.account.id == *account && one.named.is_some());
        let Some(one) = found else { return self.problem(visitor, Problem::NotFound) };
        if one.account.id == manager.account().id {
            return to_list(manager, Outcome::Oneself);
        }
        let page = DismissPage {
            frame: self.pages().frame(visitor),
            desk: DeskFrame::new(manager, Section::Managers),
            name: one.account.display_name(),
            keeps_claim: one.claimed.is_some(),
            action: manager.path(&format!("/managers/{account}/dismiss")),
            back_href: manager.path("/managers"),
            lacks_reason,
        };
        self.pages().respond(visitor, status(lacks_reason), &page).into_response()
    }

    fn not_named(&self, visitor: &Visitor, manager: &Manager, error: &NamingError) -> Response {
        match error {
            NamingError::UnknownCode => to_list(manager, Outcome::UnknownCode),
            NamingError::Oneself => to_list(manager, Outcome::Oneself),
            NamingError::NotEntitled => self.problem(visitor, Problem::NotFound),
            NamingError::Database(error) => self.broken(visitor, error),
        }
    }
}

fn row(manager: &Manager, one: &Listed) -> Option<ManagerRow> {
    let is_self = one.account.id == manager.account().id;
    let path = format!("/managers/{}/dismiss", one.account.id);
    Some(ManagerRow {
        name: one.account.display_name(),
        email: one.account.email.clone(),
        rank_key: rank_key(one.rank()?),
        named: one.named.as_ref().map(|named| (named.at, named.by.clone())),
        claimed_at: one.claimed.as_ref().map(|(_, provider)| provider.clone()),
        is_self,
        is_disabled: one.account.disabled_at.is_some(),
        dismiss_href: (one.named.is_some() && !is_self).then(|| manager.path(&path)),
        audit_href: with_query(&manager.path("/audit"), &[("by", one.account.id.as_str())]),
    })
}

const fn status(lacks_reason: bool) -> StatusCode {
    if lacks_reason { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }
}

fn list_path(authority: &str) -> String {
    format!("{PATH}/{authority}/managers")
}

fn dismissal_path(authority: &str, account: &str) -> String {
    format!("{}/{account}/dismiss", list_path(authority))
}

fn to_list(manager: &Manager, outcome: Outcome) -> Response {
    see_other(&with_query(&manager.path("/managers"), &[(DONE, outcome.word())]), &[])
}
