//! The pages of people who are on no way to an application, or who are stuck on it.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::pages::SignedInPage;
use super::{SIGN_IN_PATH, SIGN_OUT_PATH, SignIn};
use crate::kit::page::see_other;
use crate::kit::visitor::Visitor;

/// `GET /`: who is signed in, or the sign-in.
pub async fn show(State(sign_in): State<SignIn>, visitor: Visitor) -> Response {
    let signed_in = match sign_in.signed_in(&visitor).await {
        Ok(signed_in) => signed_in,
        Err(error) => return sign_in.broken(&visitor, &error),
    };
    let Some(person) = signed_in else { return see_other(SIGN_IN_PATH, &[]) };
    let page = SignedInPage {
        frame: sign_in.0.pages.frame(&visitor),
        name: person.account.display_name(),
        identifier: person.account.identifier().map(str::to_owned),
        sign_out_action: SIGN_OUT_PATH.to_owned(),
    };
    sign_in.0.pages.respond(&visitor, StatusCode::OK, &page).into_response()
}
