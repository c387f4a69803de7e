//! What somebody is shown at the next sign-in when a manager opened their access: when, how, and whom to call.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::pages::OpeningNoticePage;
use super::{MAIL_ADDRESS_PATH, SignIn};
use crate::config::AddressPolicy;
use crate::kit::page::see_other;
use crate::kit::visitor::Visitor;

/// Where it is shown.
pub(super) const NOTICE_PATH: &str = "/access-restored";

/// `GET /access-restored`
pub async fn show(State(sign_in): State<SignIn>, visitor: Visitor) -> Response {
    let (journey, person) = match sign_in.passer_by(&visitor).await {
        Ok(both) => both,
        Err(answer) => return *answer,
    };
    match sign_in.0.accounts.untold_openings(&person.account.id).await {
        Ok(openings) => {
            let page = OpeningNoticePage {
                frame: sign_in.0.pages.frame(&visitor),
                action: journey.to(NOTICE_PATH),
                contact: sign_in.0.accounts.contact_of(&person.account),
                openings,
            };
            let response = sign_in.0.pages.respond(&visitor, StatusCode::OK, &page);
            response.forms_lead_to(&journey.journey.return_origins).into_response()
        }
        Err(error) => sign_in.broken(&visitor, &error),
    }
}

/// `POST /access-restored`: it was read; on the way, whoever has no mail address is asked for one.
pub async fn submit(State(sign_in): State<SignIn>, visitor: Visitor) -> Response {
    let (journey, person) = match sign_in.passer_by(&visitor).await {
        Ok(both) => both,
        Err(answer) => return *answer,
    };
    if let Err(error) = sign_in.0.accounts.mark_openings_told(&person.account.id).await {
        return sign_in.broken(&visitor, &error);
    }
    match sign_in.0.accounts.address_wanted_again(&person.account).await {
        Ok(AddressPolicy::Never) => see_other(&sign_in.go_on(&journey), &[]),
        Ok(AddressPolicy::Optional | AddressPolicy::Required) => {
            see_other(&journey.to(MAIL_ADDRESS_PATH), &[])
        }
        Err(error) => sign_in.broken(&visitor, &error),
    }
}
