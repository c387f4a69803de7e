//! The first sign-in: the letter's password was right, and is replaced before anything is granted.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::pages::NewPasswordPage;
use super::{FIRST_SIGN_IN_PATH, OpenJourney, SIGN_IN_PATH, SignIn};
use crate::accounts::{CheckError, NewPasswordFault, ProvenTemporary, ReplaceError};
use crate::config::Door;
use crate::kit::clock::Timestamp;
use crate::kit::page::{see_other, with_cookies};
use crate::kit::parameters::Parameters;
use crate::kit::problem::Problem;
use crate::kit::secrets::Secret;
use crate::kit::visitor::Visitor;

/// The short name of the cookie that holds the proof.
const PROOF_COOKIE: &str = "first-sign-in";
/// How long somebody may take to think of a password before the letter's is asked for again.
const PROOF_LIFE: Duration = Duration::from_hours(1);

/// That this browser's person knew the temporary password, at a moment.
#[derive(Serialize, Deserialize)]
pub(super) struct Proven {
    pub at: Timestamp,
    pub temporary: ProvenTemporary,
}

/// Sends a person who proved a temporary password to the page that replaces it.
pub(super) fn lead_to(sign_in: &SignIn, journey: &OpenJourney, proof: &str, remember: &str) -> Response {
    let cookie = sign_in.0.pages.cookies().set(PROOF_COOKIE, proof, Some(PROOF_LIFE));
    see_other(&journey.to(FIRST_SIGN_IN_PATH), &[cookie, remember.to_owned()])
}

/// `GET /first-sign-in`
pub async fn show(State(sign_in): State<SignIn>, visitor: Visitor) -> Response {
    match sign_in.proven(&visitor) {
        Ok((journey, proven)) => sign_in.new_password_page(&visitor, &journey, &proven, None),
        Err(answer) => *answer,
    }
}

/// `POST /first-sign-in`
pub async fn submit(State(sign_in): State<SignIn>, visitor: Visitor, body: Bytes) -> Response {
    let (journey, proven) = match sign_in.proven(&visitor) {
        Ok(both) => both,
        Err(answer) => return *answer,
    };
    let form = Parameters::parse(&body);
    let chosen = Secret::new(form.get("new-password").unwrap_or_default());
    let accounts = &sign_in.0.accounts;
    let replaced = match accounts.accept_password(&proven.account, &chosen).await {
        Ok(accepted) => accounts.replace_temporary(&proven, &accepted, None, visitor.locale).await,
        Err(error) => Err(error),
    };
    match replaced {
        Ok(account) => {
            tracing::info!(account = %account.id, "temporary password replaced");
            let password_door =
                sign_in.0.situations.iter().find(|one| matches!(one.door, Door::Password { .. }));
            let Some(situation) = password_door else {
                return see_other(&journey.to(SIGN_IN_PATH), &[]);
            };
            let response = sign_in.enter_with_password(&visitor, &journey, situation, account).await;
            with_cookies(response, &[sign_in.0.pages.cookies().clear(PROOF_COOKIE)])
        }
        Err(ReplaceError::Fault(fault)) => {
            sign_in.new_password_page(&visitor, &journey, &proven, Some(fault))
        }
        Err(ReplaceError::Stale) => see_other(&journey.to(SIGN_IN_PATH), &[]),
        Err(ReplaceError::Check(CheckError::Busy(busy))) => {
            tracing::warn!(%busy, "a new password could not be taken in");
            Problem::Busy.page(&sign_in.0.pages, &visitor, None).into_response()
        }
        Err(ReplaceError::Check(CheckError::Database(error))) => sign_in.broken(&visitor, &error),
    }
}

impl SignIn {
    /// The journey and the proof that a request carries; without them, the way to the sign-in.
    fn proven(&self, visitor: &Visitor) -> Result<(OpenJourney, ProvenTemporary), Box<Response>> {
        let journey = self.open_journey(visitor)?;
        let sealed = visitor.cookies.get(&self.0.pages.cookies().name(PROOF_COOKIE)).unwrap_or_default();
        let proven = self.0.first_sign_ins.open_value::<Proven>(journey.browser.as_bytes(), sealed);
        match proven.filter(|proven| self.0.clock.now().since(proven.at) < PROOF_LIFE) {
            Some(proven) => Ok((journey, proven.temporary)),
            None => Err(Box::new(see_other(&journey.to(SIGN_IN_PATH), &[]))),
        }
    }

    fn new_password_page(
        &self,
        visitor: &Visitor,
        journey: &OpenJourney,
        proven: &ProvenTemporary,
        failure: Option<NewPasswordFault>,
    ) -> Response {
        let status = if failure.is_none() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        let page = NewPasswordPage {
            frame: self.0.pages.frame(visitor),
            action: journey.to(FIRST_SIGN_IN_PATH),
            application: journey.application(visitor.locale),
            username: proven.identifier.clone(),
            minimum_length: self.0.accounts.password_rule().0,
            failure,
        };
        let response = self.0.pages.respond(visitor, status, &page);
        response.forms_lead_to(&journey.journey.return_origins).into_response()
    }
}
