//! The door of external people: identifier and password, checked here.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{HeaderValue, RETRY_AFTER};

use super::first_sign_in;
use super::notice::NOTICE_PATH;
use super::pages::{Guidance, OtherDoor, PasswordFailure, PasswordPage, UpstreamHint};
use super::sessions::{ACR_PASSWORD, Proof};
use super::situations::path_of;
use super::throttling::NotTaken;
use super::{FORGOTTEN_PATH, MAIL_ADDRESS_PATH, OpenJourney, SIGN_IN_PATH, SignIn};
use crate::accounts::{AccessEpoch, Account, CheckError, LookupKey, PasswordCheck, TemporaryPassword, Typed};
use crate::config::{AddressPolicy, Door, SituationSettings};
use crate::kit::page::{see_other, with_cookies};
use crate::kit::parameters::{Parameters, with_query};
use crate::kit::problem::Problem;
use crate::kit::secrets::Secret;
use crate::kit::visitor::Visitor;

/// The longest password or identifier that is looked at, in characters.
const LONGEST: usize = 256;

/// What the form's page shows beyond the journey.
#[derive(Default)]
struct Shown {
    username: String,
    failure: Option<PasswordFailure>,
    belongs_upstream: Option<UpstreamHint>,
}

/// `POST /sign-in/{situation}`
pub async fn submit(
    State(sign_in): State<SignIn>,
    Path(id): Path<String>,
    visitor: Visitor,
    body: Bytes,
) -> Response {
    let journey = match sign_in.open_journey(&visitor) {
        Ok(journey) => journey,
        Err(answer) => return *answer,
    };
    let situation =
        sign_in.situation(&id).filter(|situation| matches!(situation.door, Door::Password { .. }));
    let Some(situation) = situation else {
        return Problem::NotFound.page(&sign_in.0.pages, &visitor, None).into_response();
    };
    let form = Parameters::parse(&body);
    if form.repeated().is_some() {
        return Problem::BadRequest.page(&sign_in.0.pages, &visitor, None).into_response();
    }
    sign_in.check(&visitor, &journey, situation, &form).await
}

impl SignIn {
    pub(super) fn show_password_door(
        &self,
        visitor: &Visitor,
        journey: &OpenJourney,
        situation: &SituationSettings,
    ) -> Response {
        let username = journey.journey.login_hint.clone().unwrap_or_default();
        self.password_page(visitor, journey, situation, Shown { username, ..Shown::default() })
    }

    async fn check(
        &self,
        visitor: &Visitor,
        journey: &OpenJourney,
        situation: &SituationSettings,
        form: &Parameters,
    ) -> Response {
        let username = form.get("username").unwrap_or_default().to_owned();
        let password = Secret::new(form.get("password").unwrap_or_default());
        let too_long = |text: &str| text.chars().count() > LONGEST;
        let again =
            |failure| Shown { username: username.clone(), failure: Some(failure), ..Shown::default() };
        if LookupKey::of(&username).is_empty() || password.expose().is_empty() {
            return self.password_page(visitor, journey, situation, again(PasswordFailure::Empty));
        }
        if too_long(&username) || too_long(password.expose()) {
            let shown = Shown { failure: Some(PasswordFailure::PasswordTooLong), ..Shown::default() };
            return self.password_page(visitor, journey, situation, shown);
        }
        // Told once; who insists (a fictitious number may look like a NUMEN) is let through.
        if form.get("insists") != Some(&username)
            && let Some((theirs, upstream)) = self.upstream_of_identifier(&username)
        {
            let hint = UpstreamHint { name: upstream.name.clone(), href: journey.to(&path_of(theirs)) };
            let shown = Shown { username, belongs_upstream: Some(hint), ..Shown::default() };
            return self.password_page(visitor, journey, situation, shown);
        }
        // Nobody's password looks like this: told from the text alone, before anything is looked up.
        if matches!(TemporaryPassword::read(password.expose()), Typed::Slip) {
            return self.password_page(visitor, journey, situation, again(PasswordFailure::LetterSlip));
        }
        // Held until the answer is known: whoever finds no place is sent away before anything is counted.
        let _in_line = match self.0.accounts.line_up() {
            Ok(in_line) => in_line,
            Err(busy) => {
                return self.password_page(visitor, journey, situation, again(PasswordFailure::busy(busy)));
            }
        };
        let attempt = match self.0.throttle.take(&username, visitor).await {
            Ok(attempt) => attempt,
            Err(NotTaken::Wait(wait)) => {
                let failure = PasswordFailure::Wait { seconds: wait.seconds() };
                return self.password_page(visitor, journey, situation, again(failure));
            }
            Err(NotTaken::Database(error)) => return self.broken(visitor, &error),
        };
        let checked = self.0.accounts.check_password(&username, &password).await;
        let settled = match &checked {
            Ok(PasswordCheck::Refused) => Ok(()),
            Ok(_) => attempt.succeeded().await,
            Err(_) => attempt.give_back().await,
        };
        if let Err(error) = settled {
            return self.broken(visitor, &error);
        }
        match checked {
            Ok(PasswordCheck::Personal(account)) => {
                let known = self.remember_browser(visitor, &username, account.epoch).await;
                let response = self.enter_with_password(visitor, journey, situation, *account).await;
                with_cookies(response, &known)
            }
            Ok(PasswordCheck::Temporary(_)) if self.is_of_a_desk(visitor) => self.not_at_a_desk(visitor),
            Ok(PasswordCheck::Temporary(proven)) => {
                let known = self.remember_browser(visitor, &username, proven.epoch).await;
                let proof = self.0.first_sign_ins.seal_value(
                    &self.0.rng,
                    journey.browser.as_bytes(),
                    &first_sign_in::Proven { at: self.0.clock.now(), temporary: proven },
                );
                let response = first_sign_in::lead_to(self, journey, &proof, &self.remember(situation));
                with_cookies(response, &known)
            }
            Ok(PasswordCheck::TemporaryExpired) => {
                self.password_page(visitor, journey, situation, again(PasswordFailure::TemporaryExpired))
            }
            Ok(PasswordCheck::Refused) => {
                tracing::info!("sign-in refused");
                self.password_page(visitor, journey, situation, again(PasswordFailure::Refused))
            }
            Err(CheckError::Busy(busy)) => {
                self.password_page(visitor, journey, situation, again(PasswordFailure::busy(busy)))
            }
            Err(CheckError::Database(error)) => self.broken(visitor, &error),
        }
    }

    /// The `Set-Cookie` value, if any, by which this browser is known for somebody who just proved, in that epoch,
    /// who they are; without it they go on all the same.
    pub async fn remember_browser(
        &self,
        visitor: &Visitor,
        identifier: &str,
        epoch: AccessEpoch,
    ) -> Vec<String> {
        match self.0.throttle.remember_browser(identifier, epoch, visitor).await {
            Ok(cookie) => cookie.into_iter().collect(),
            Err(error) => {
                tracing::warn!(%error, "a browser could not be remembered");
                Vec::new()
            }
        }
    }

    /// Opens the session of somebody whose own password was right; whoever has no mail address is asked
    /// for one on the way.
    async fn enter_with_password(
        &self,
        visitor: &Visitor,
        journey: &OpenJourney,
        situation: &SituationSettings,
        account: Account,
    ) -> Response {
        let pause = match self.pause_of(&account).await {
            Ok(pause) => pause,
            Err(error) => return self.broken(visitor, &error),
        };
        let entered = self.enter(visitor, journey, situation, account, pause).await;
        entered.unwrap_or_else(|error| self.broken(visitor, &error))
    }

    /// The page of ours that somebody sees before they go on: what a manager did for them, or the question for an address.
    async fn pause_of(&self, account: &Account) -> sqlx::Result<Option<&'static str>> {
        if !self.0.accounts.untold_openings(&account.id).await?.is_empty() {
            return Ok(Some(NOTICE_PATH));
        }
        let policy = self.0.accounts.address_wanted_again(account).await?;
        Ok((policy != AddressPolicy::Never).then_some(MAIL_ADDRESS_PATH))
    }

    /// Opens the session of somebody who has just chosen a password; where that fails, leads them to the sign-in: the
    /// password counts already, and saying "try again" would lie.
    pub(super) async fn enter_at_once(
        &self,
        visitor: &Visitor,
        journey: &OpenJourney,
        situation: &SituationSettings,
        account: Account,
    ) -> Response {
        self.enter(visitor, journey, situation, account, None).await.unwrap_or_else(|error| {
            tracing::error!(%error, "no session could be opened with a new password");
            see_other(&journey.to(SIGN_IN_PATH), &[])
        })
    }

    async fn enter(
        &self,
        visitor: &Visitor,
        journey: &OpenJourney,
        situation: &SituationSettings,
        account: Account,
        pause: Option<&'static str>,
    ) -> sqlx::Result<Response> {
        let proof = Proof {
            account,
            upstream: None,
            auth_time: None,
            acr: ACR_PASSWORD.to_owned(),
            amr: vec!["pwd".to_owned()],
            pause,
        };
        let cookies = vec![self.remember(situation)];
        self.establish(visitor, journey, proof, cookies).await
    }

    /// Where to go from here with a forgotten password; an identifier typed before goes along, unless it
    /// is one that belongs in no address.
    fn forgotten_href(&self, journey: &OpenJourney, username: &str) -> String {
        let href = journey.to(FORGOTTEN_PATH);
        let is_told = !username.is_empty() && self.upstream_of_identifier(username).is_none();
        if is_told { with_query(&href, &[("username", username)]) } else { href }
    }

    fn password_page(
        &self,
        visitor: &Visitor,
        journey: &OpenJourney,
        situation: &SituationSettings,
        shown: Shown,
    ) -> Response {
        let status = match shown.failure {
            None if shown.belongs_upstream.is_none() => StatusCode::OK,
            Some(PasswordFailure::Busy { .. }) => StatusCode::SERVICE_UNAVAILABLE,
            Some(PasswordFailure::Wait { .. }) => StatusCode::TOO_MANY_REQUESTS,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        let retry_after = match shown.failure {
            Some(PasswordFailure::Busy { seconds } | PasswordFailure::Wait { seconds }) => Some(seconds),
            _ => None,
        };
        let others = self.0.situations.iter().filter(|other| other.id != situation.id);
        let guidance = match situation.door {
            Door::Password { letters: true } => Guidance::Letter,
            _ => Guidance::Plain,
        };
        let forgotten_href = self.forgotten_href(journey, &shown.username);
        let page = PasswordPage {
            frame: self.0.pages.frame(visitor),
            action: journey.to(&path_of(situation)),
            application: journey.application(visitor.locale),
            username: shown.username,
            failure: shown.failure,
            belongs_upstream: shown.belongs_upstream,
            back_href: self.way_back(journey),
            forgotten_href,
            other_doors: others
                .map(|other| OtherDoor {
                    title: other.title.get(visitor.locale).to_owned(),
                    href: journey.to(&path_of(other)),
                })
                .collect(),
            guidance,
        };
        let mut response = self.0.pages.respond(visitor, status, &page);
        if let Some(seconds) = retry_after {
            response = response.header(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.forms_lead_to(&journey.journey.return_origins).into_response()
    }

    /// Says that something of ours failed, and keeps the cause for the log.
    pub(super) fn broken(&self, visitor: &Visitor, error: &dyn std::fmt::Display) -> Response {
        tracing::error!(%error, "the sign-in failed");
        Problem::Unavailable.page(&self.0.pages, visitor, None).into_response()
    }
}
