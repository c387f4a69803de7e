//! Ending sessions: one, all others, all with everything that was ever granted.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::pages::{ClosedPage, Done};
use super::{CLOSED_PATH, MyAccount, PATH, done};
use crate::kit::page::see_other;
use crate::kit::visitor::Visitor;

/// `POST /account/sessions/end`
pub async fn end_one(State(room): State<MyAccount>, visitor: Visitor, body: Bytes) -> Response {
    let (person, form) = match room.acting(&visitor, &body, PATH).await {
        Ok(both) => both,
        Err(answer) => return *answer,
    };
    match room.0.sign_in.end_session(&person, form.get("sid").unwrap_or_default()).await {
        Ok(true) => done(Done::SessionEnded),
        Ok(false) => done(Done::Nothing),
        Err(error) => room.broken(&visitor, &error),
    }
}

/// `POST /account/sessions/end-others`
pub async fn end_others(State(room): State<MyAccount>, visitor: Visitor, body: Bytes) -> Response {
    let (person, _) = match room.acting(&visitor, &body, PATH).await {
        Ok(both) => both,
        Err(answer) => return *answer,
    };
    match room.0.sign_in.end_other_sessions(&person).await {
        Ok(true) => done(Done::OthersEnded),
        Ok(false) => done(Done::Nothing),
        Err(error) => room.broken(&visitor, &error),
    }
}

/// `POST /account/sessions/end-all`
pub async fn end_all(State(room): State<MyAccount>, visitor: Visitor, body: Bytes) -> Response {
    let (person, _) = match room.acting(&visitor, &body, PATH).await {
        Ok(both) => both,
        Err(answer) => return *answer,
    };
    match room.0.sign_in.end_every_access(&person).await {
        Ok(forget) => {
            tracing::info!(account = %person.account.id, "every access ended by the person");
            see_other(CLOSED_PATH, &[forget])
        }
        Err(error) => room.broken(&visitor, &error),
    }
}

/// `GET /account/closed`: what whoever ended everything reads, signed out.
pub async fn closed(State(room): State<MyAccount>, visitor: Visitor) -> Response {
    match room.0.sign_in.signed_in(&visitor).await {
        Ok(None) => {}
        Ok(Some(_)) => return see_other(PATH, &[]),
        Err(error) => return room.broken(&visitor, &error),
    }
    let page = ClosedPage { frame: room.pages().frame(&visitor) };
    room.pages().respond(&visitor, StatusCode::OK, &page).into_response()
}
