//! A forgotten password: asking for help, and the new password behind a mailed link.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{HeaderValue, RETRY_AFTER};

use super::journey::{JOURNEY_PARAMETER, LONGEST_JOURNEY};
use super::pages::{
    DeadLink, ForgottenAnswer, ForgottenAnswerPage, ForgottenPage, LinkDone, NewPasswordField,
    ResetPasswordPage, UpstreamHint,
};
use super::situations::path_of;
use super::throttling::{Mails, NotTaken, Wait, network_of, site_of};
use super::{FORGOTTEN_PATH, OpenJourney, SIGN_IN_PATH, SignIn};
use crate::accounts::{
    Asked, CheckError, LookupKey, NewPasswordFault, Outlook, RESET_PATH, RecoveryWish, ResetError, ResetForm,
};
use crate::kit::page::with_cookies;
use crate::kit::parameters::{Parameters, with_query};
use crate::kit::problem::Problem;
use crate::kit::secrets::Secret;
use crate::kit::visitor::Visitor;

/// The longest identifier that is looked at, in characters.
const LONGEST: usize = 256;
/// The short name of the cookies that keep a journey until the new password is set.
const JOURNEY_COOKIE: &str = "recovery";
/// A longer journey is not kept: the browser has other things to carry.
const LONGEST_KEPT: usize = 3_500;

/// What the form shows beyond the journey.
#[derive(Default)]
struct Shown {
    username: String,
    is_missing: bool,
    belongs_upstream: Option<UpstreamHint>,
    wait: Option<Wait>,
}

/// `GET /forgotten-password`
pub async fn show(State(sign_in): State<SignIn>, visitor: Visitor) -> Response {
    let journey = sign_in.journey_if_any(&visitor);
    let hinted = journey.as_ref().and_then(|journey| journey.journey.login_hint.clone());
    let typed = visitor.query.non_empty("username").map(|typed| typed.chars().take(LONGEST).collect());
    let username = typed.or(hinted).unwrap_or_default();
    sign_in.forgotten_page(&visitor, journey.as_ref(), Shown { username, ..Shown::default() })
}

/// `POST /forgotten-password`
pub async fn ask(State(sign_in): State<SignIn>, visitor: Visitor, body: Bytes) -> Response {
    let journey = sign_in.journey_if_any(&visitor);
    let form = Parameters::parse(&body);
    if form.repeated().is_some() {
        return Problem::BadRequest.page(&sign_in.0.pages, &visitor, None).into_response();
    }
    let username = form.get("username").unwrap_or_default().to_owned();
    if LookupKey::of(&username).is_empty() || username.chars().count() > LONGEST {
        let shown = Shown { is_missing: true, ..Shown::default() };
        return sign_in.forgotten_page(&visitor, journey.as_ref(), shown);
    }
    // Told once, as at the form of identifier and password.
    if form.get("insists") != Some(&username)
        && let Some((theirs, upstream)) = sign_in.upstream_of_identifier(&username)
    {
        let path = path_of(theirs);
        let href = journey.as_ref().map_or_else(|| path.clone(), |journey| journey.to(&path));
        let hint = UpstreamHint { name: upstream.name.clone(), href };
        let shown = Shown { username, belongs_upstream: Some(hint), ..Shown::default() };
        return sign_in.forgotten_page(&visitor, journey.as_ref(), shown);
    }
    let mails = match sign_in.0.throttle.take_recovery(&username, &visitor).await {
        Ok(mails) => mails,
        Err(NotTaken::Wait(wait)) => {
            let shown = Shown { username, wait: Some(wait), ..Shown::default() };
            return sign_in.forgotten_page(&visitor, journey.as_ref(), shown);
        }
        Err(NotTaken::Database(error)) => return sign_in.broken(&visitor, &error),
    };
    let page = sign_in.page_of(&visitor);
    let wish = RecoveryWish {
        identifier: &username,
        locale: visitor.locale,
        from: &site_of(&visitor),
        page: page.as_ref(),
        may_mail: mails == Mails::Left,
    };
    match sign_in.0.accounts.ask_for_recovery(&wish).await {
        Ok(asked) => sign_in.forgotten_answer(&visitor, journey.as_ref(), &asked),
        Err(error) => sign_in.broken(&visitor, &error),
    }
}

/// `GET /reset-password`: the form, and nothing else; mail scanners open links too.
pub async fn show_reset(State(sign_in): State<SignIn>, visitor: Visitor) -> Response {
    let token = visitor.query.get("token").unwrap_or_default();
    if sign_in.is_of_a_desk(&visitor) {
        return sign_in.not_at_a_desk(&visitor);
    }
    match sign_in.0.accounts.reset_form(token).await {
        Ok(Some(form)) => sign_in.reset_page(&visitor, token, &form, None),
        Ok(None) => sign_in.dead_link(&visitor, DeadLink::Reset),
        Err(error) => sign_in.broken(&visitor, &error),
    }
}

/// `POST /reset-password`
pub async fn reset(State(sign_in): State<SignIn>, visitor: Visitor, body: Bytes) -> Response {
    let token = visitor.query.get("token").unwrap_or_default();
    if sign_in.is_of_a_desk(&visitor) {
        return sign_in.not_at_a_desk(&visitor);
    }
    let form = match sign_in.sound_form(&visitor, &body) {
        Ok(form) => form,
        Err(answer) => return *answer,
    };
    let chosen = Secret::new(form.get("new-password").unwrap_or_default());
    let accounts = &sign_in.0.accounts;
    let fault = match accounts.reset_password(token, &chosen, (visitor.locale, &network_of(&visitor))).await {
        Ok(account) => {
            tracing::info!(account = %account.id, "forgotten password replaced");
            let journey = sign_in.kept_journey(&visitor);
            let response = sign_in.link_done(&visitor, LinkDone::PasswordReset, journey.as_ref());
            // Who had the link is the owner: strangers' failures do not keep them out of this browser.
            let identifier = account.identifier().unwrap_or_default();
            let known = sign_in.remember_browser(&visitor, identifier, account.epoch).await;
            let response = with_cookies(response, &known);
            return with_cookies(response, &sign_in.forget_kept_journey(&visitor));
        }
        Err(ResetError::DeadLink) => return sign_in.dead_link(&visitor, DeadLink::Reset),
        Err(ResetError::Fault(fault)) => fault,
        Err(ResetError::Check(CheckError::Busy(busy))) => {
            tracing::warn!(%busy, "a new password could not be taken in");
            return Problem::Busy.page(&sign_in.0.pages, &visitor, None).into_response();
        }
        Err(ResetError::Check(CheckError::Database(error))) => return sign_in.broken(&visitor, &error),
    };
    match accounts.reset_form(token).await {
        Ok(Some(form)) => sign_in.reset_page(&visitor, token, &form, Some(fault)),
        Ok(None) => sign_in.dead_link(&visitor, DeadLink::Reset),
        Err(error) => sign_in.broken(&visitor, &error),
    }
}

impl SignIn {
    /// The journey of a request that needs none.
    fn journey_if_any(&self, visitor: &Visitor) -> Option<OpenJourney> {
        self.reopen(visitor, visitor.query.non_empty(JOURNEY_PARAMETER)?).ok()
    }

    /// `Set-Cookie` values by which a browser forgets the journey that it kept.
    pub(super) fn forget_kept_journey(&self, visitor: &Visitor) -> Vec<String> {
        self.0.pages.cookies().clear_parts(&visitor.cookies, JOURNEY_COOKIE, 0)
    }

    /// The journey on which this browser's person noticed that the password was forgotten.
    pub(super) fn kept_journey(&self, visitor: &Visitor) -> Option<OpenJourney> {
        let sealed = self.0.pages.cookies().get_in_parts(&visitor.cookies, JOURNEY_COOKIE);
        self.reopen(visitor, &sealed).ok()
    }

    /// The form of identifier and password, on a journey if there is one.
    pub(super) fn password_door_of(&self, journey: Option<&OpenJourney>) -> String {
        match (journey, self.password_situation()) {
            (Some(journey), Some(situation)) => journey.to(&path_of(situation)),
            (Some(journey), None) => journey.to(SIGN_IN_PATH),
            (None, _) => SIGN_IN_PATH.to_owned(),
        }
    }

    fn forgotten_page(&self, visitor: &Visitor, journey: Option<&OpenJourney>, shown: Shown) -> Response {
        let is_first = !shown.is_missing && shown.belongs_upstream.is_none();
        let status = match shown.wait {
            Some(_) => StatusCode::TOO_MANY_REQUESTS,
            None if is_first => StatusCode::OK,
            None => StatusCode::UNPROCESSABLE_ENTITY,
        };
        let page = ForgottenPage {
            frame: self.0.pages.frame(visitor),
            action: journey.map_or_else(|| FORGOTTEN_PATH.to_owned(), |journey| journey.to(FORGOTTEN_PATH)),
            username: shown.username,
            is_missing: shown.is_missing,
            belongs_upstream: shown.belongs_upstream,
            wait_minutes: shown.wait.map(|wait| wait.seconds().div_ceil(60)),
            back_href: self.password_door_of(journey),
        };
        let response = self.0.pages.respond(visitor, status, &page);
        match shown.wait {
            Some(wait) => response.header(RETRY_AFTER, HeaderValue::from(wait.seconds())).into_response(),
            None => response.into_response(),
        }
    }

    fn forgotten_answer(&self, visitor: &Visitor, journey: Option<&OpenJourney>, asked: &Asked) -> Response {
        let settings = self.0.accounts.recovery_settings();
        let known = match asked.outlook {
            Outlook::MailComing => ForgottenAnswer::Mailed,
            Outlook::MailedLately => ForgottenAnswer::MailedLately,
            Outlook::NoMail => ForgottenAnswer::Manager,
        };
        let cookies = match journey.filter(|journey| journey.sealed.len() <= LONGEST_KEPT) {
            Some(OpenJourney { sealed, .. }) => {
                let policy = self.0.pages.cookies();
                policy.set_in_parts(&visitor.cookies, JOURNEY_COOKIE, sealed, LONGEST_JOURNEY)
            }
            None => Vec::new(),
        };
        let answer = ForgottenAnswer::under(settings.disclosure, known);
        if matches!(answer, ForgottenAnswer::Manager | ForgottenAnswer::Either) {
            return self.lead_to_caller_page(asked, cookies);
        }
        let frame = self.0.pages.frame(visitor);
        let page = ForgottenAnswerPage {
            answer,
            link_life: frame.duration(settings.link_lifetime),
            back_href: self.password_door_of(journey),
            frame,
        };
        with_cookies(self.0.pages.respond(visitor, StatusCode::OK, &page).into_response(), &cookies)
    }

    fn reset_page(
        &self,
        visitor: &Visitor,
        token: &str,
        form: &ResetForm,
        fault: Option<NewPasswordFault>,
    ) -> Response {
        let status = if fault.is_none() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        let page = ResetPasswordPage {
            frame: self.0.pages.frame(visitor),
            action: with_query(RESET_PATH, &[("token", token)]),
            username: form.identifier.clone(),
            password: NewPasswordField::of(&self.0.accounts, fault),
        };
        self.0.pages.respond(visitor, status, &page).into_response()
    }
}
