//! Taking back what a third-party application was allowed.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;

use super::pages::Done;
use super::{MyAccount, PATH, done};
use crate::kit::visitor::Visitor;

/// `POST /account/consents/withdraw`
pub async fn withdraw(State(room): State<MyAccount>, visitor: Visitor, body: Bytes) -> Response {
    let (person, form) = match room.acting(&visitor, &body, PATH).await {
        Ok(both) => both,
        Err(answer) => return *answer,
    };
    let client = form.get("client").unwrap_or_default();
    match room.0.provider.withdraw_consent(&person.account.id, client).await {
        Ok(true) => done(Done::ConsentWithdrawn),
        Ok(false) => done(Done::Nothing),
        Err(error) => room.broken(&visitor, &error),
    }
}
