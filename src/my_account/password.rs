//! `/account/password`: a new password for somebody who knows the present one.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::pages::{ChangePasswordPage, CurrentFault, Done};
use super::{DONE, MyAccount, PASSWORD_PATH, PATH, Unproved, done};
use crate::accounts::{ChangeError, NewPasswordFault};
use crate::kit::page::see_other;
use crate::kit::parameters::with_query;
use crate::kit::secrets::Secret;
use crate::kit::visitor::Visitor;
use crate::signin::SignedIn;
use crate::signin::pages::NewPasswordField;

/// `GET /account/password`
pub async fn show(State(room): State<MyAccount>, visitor: Visitor) -> Response {
    match room.visited(&visitor, PASSWORD_PATH).await {
        Ok(person) => room.password_page(&visitor, &person, None, None),
        Err(answer) => *answer,
    }
}

/// `POST /account/password`
pub async fn change(State(room): State<MyAccount>, visitor: Visitor, body: Bytes) -> Response {
    let (person, form) = match room.acting(&visitor, &body, PASSWORD_PATH).await {
        Ok(both) => both,
        Err(answer) => return *answer,
    };
    if person.account.identifier().is_none() {
        return room.password_page(&visitor, &person, None, None);
    }
    let chosen = Secret::new(form.get("new-password").unwrap_or_default());
    match room.proved(&visitor, &person, &form).await {
        Ok(current) => room.change_password(&visitor, &person, &current, &chosen).await,
        Err(Unproved::Shown(fault)) => room.password_page(&visitor, &person, Some(fault), None),
        Err(Unproved::Answer(answer)) => *answer,
    }
}

impl MyAccount {
    async fn change_password(
        &self,
        visitor: &Visitor,
        person: &SignedIn,
        current: &Secret,
        chosen: &Secret,
    ) -> Response {
        let id = &person.account.id;
        match self.0.accounts.change_password(id, current, chosen, visitor.locale).await {
            Ok(changed) => {
                tracing::info!(account = %id, "password changed");
                match self.0.sign_in.carry_on(person, &changed).await {
                    Ok(Some(cookie)) => {
                        let identifier = changed.identifier().unwrap_or_default();
                        let mut cookies =
                            self.0.sign_in.remember_browser(visitor, identifier, changed.epoch).await;
                        cookies.push(cookie);
                        see_other(&with_query(PATH, &[(DONE, Done::PasswordChanged.word())]), &cookies)
                    }
                    // The password is changed, and has ended this session too: they sign in with it, and are told.
                    Ok(None) => done(Done::PasswordChanged),
                    Err(error) => {
                        tracing::error!(account = %id, %error, "a session could not go on with a new password");
                        done(Done::PasswordChanged)
                    }
                }
            }
            Err(ChangeError::Fault(fault)) => self.password_page(visitor, person, None, Some(fault)),
            // It was right a moment ago: another change came in between.
            Err(ChangeError::WrongCurrent | ChangeError::Stale) => done(Done::Stale),
            Err(ChangeError::Check(error)) => self.unchecked(visitor, &error),
        }
    }

    /// The form; people whose password is elsewhere are told so on their page.
    fn password_page(
        &self,
        visitor: &Visitor,
        person: &SignedIn,
        current: Option<CurrentFault>,
        fault: Option<NewPasswordFault>,
    ) -> Response {
        let Some(username) = person.account.identifier() else {
            return see_other(&format!("{PATH}#password"), &[]);
        };
        let is_fine = current.is_none() && fault.is_none();
        let status = if is_fine { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        let page = ChangePasswordPage {
            frame: self.pages().frame(visitor),
            session: person.sid.to_string(),
            username: username.to_owned(),
            current,
            password: NewPasswordField::of(&self.0.accounts, fault),
        };
        self.pages().respond(visitor, status, &page).into_response()
    }
}
