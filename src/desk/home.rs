//! Where the desk begins: which authority, then its first page.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::pages::{ChoicePage, DeskFrame, HomePage, Section};
use super::{Desk, PATH, path_of};
use crate::config::{AuthoritySettings, Rank};
use crate::kit::page::see_other;
use crate::kit::problem::Problem;
use crate::kit::visitor::Visitor;
use crate::signin::SignedIn;

/// `GET /desk`: straight to the only authority whose people somebody looks after, or the choice.
pub async fn choose(State(desk): State<Desk>, visitor: Visitor) -> Response {
    let person = match desk.0.sign_in.signed_in(&visitor).await {
        Ok(Some(person)) => person,
        Ok(None) => return desk.0.sign_in.begin_towards(&visitor, PATH),
        Err(error) => return desk.broken(&visitor, &error),
    };
    let authorities = match desk.authorities_of(&person).await {
        Ok(authorities) => authorities,
        Err(error) => return desk.broken(&visitor, &error),
    };
    match authorities.as_slice() {
        [] => desk.problem(&visitor, Problem::NotFound),
        [only] => see_other(&path_of(only, ""), &[]),
        several => {
            let choices = several.iter().map(|one| (path_of(one, ""), one.name.clone())).collect();
            let page = ChoicePage { frame: desk.pages().frame(&visitor), choices };
            desk.pages().respond(&visitor, StatusCode::OK, &page).into_response()
        }
    }
}

/// `GET /desk/{authority}`: the search box, and whom it finds.
pub async fn show(State(desk): State<Desk>, visitor: Visitor, Path(authority): Path<String>) -> Response {
    let manager = match desk.visited(&visitor, (&authority, Rank::Manager)).await {
        Ok(manager) => manager,
        Err(answer) => return *answer,
    };
    let search = match desk.search_box(&visitor, &manager).await {
        Ok(search) => search,
        Err(answer) => return *answer,
    };
    let waiting = match desk.waiting(&manager).await {
        Ok(waiting) => waiting,
        Err(error) => return desk.broken(&visitor, &error),
    };
    let page = HomePage {
        frame: desk.pages().frame(&visitor),
        desk: DeskFrame::new(&manager, Section::People),
        search,
        waiting,
    };
    desk.pages().respond(&visitor, StatusCode::OK, &page).into_response()
}

impl Desk {
    /// The authorities whose people somebody looks after.
    pub(super) async fn authorities_of(&self, person: &SignedIn) -> sqlx::Result<Vec<&AuthoritySettings>> {
        let mut found = Vec::new();
        for authority in &self.0.authorities {
            if self.0.managers.rank_of(&person.account, authority.id.as_str()).await?.is_some() {
                found.push(authority);
            }
        }
        Ok(found)
    }
}
