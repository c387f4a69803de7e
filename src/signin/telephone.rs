//! The caller's own page: it shows what to read to a manager, takes the code that they speak, and then a new password.
//!
//! A sealed cookie binds the page to its browser. It is the same for identifiers that do not exist: only a manager who finds
//! a person behind the number can make a code, and only then it changes.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use serde::{Deserialize, Serialize};

use super::new_password::{Chosen, PasswordForm, Shown};
use super::pages::{CodeFault, DeadLink, ForgottenAnswer, TelephonePage};
use super::throttling::network_of;
use super::{FORGOTTEN_PATH, OpenJourney, SIGN_IN_PATH, SignIn};
use crate::accounts::{Account, Asked, CallerPage, CallerView, Redeemed, Stage};
use crate::audit::ProvedBy;
use crate::kit::clock::Timestamp;
use crate::kit::page::{see_other, with_cookies};
use crate::kit::visitor::Visitor;

/// The caller's page.
pub(super) const TELEPHONE_PATH: &str = "/forgotten-password/telephone";
/// Where the page asks whether there is news.
pub(super) const NEWS_PATH: &str = "/forgotten-password/telephone/news";
/// Where a password is chosen once the code was typed.
pub(super) const PASSWORD_PATH: &str = "/forgotten-password/telephone/password";
/// The short name of the cookie that binds the page to its browser.
const COOKIE: &str = "telephone";
/// What the cookie is sealed for.
const CONTEXT: &[u8] = b"caller";

/// Which page a browser has, and until when.
#[derive(Serialize, Deserialize)]
struct Caller {
    page: CallerPage,
    until: Timestamp,
}

/// `GET /forgotten-password/telephone`
pub async fn show(State(sign_in): State<SignIn>, visitor: Visitor) -> Response {
    match sign_in.caller(&visitor).await {
        Ok((_, view)) if view.stage == Stage::Proven => see_other(PASSWORD_PATH, &[]),
        Ok((_, view)) => sign_in.telephone_page(&visitor, &view, None),
        Err(answer) => *answer,
    }
}

/// `GET /forgotten-password/telephone/news`: a word that changes when the page does.
pub async fn news(State(sign_in): State<SignIn>, visitor: Visitor) -> Response {
    let state = match sign_in.page_of(&visitor) {
        Some(page) => match sign_in.0.accounts.caller_view(&page).await {
            Ok(view) => view.map_or_else(|| "over".to_owned(), |view| view.state),
            Err(error) => {
                tracing::error!(%error, "a caller's page could not be looked at");
                return StatusCode::SERVICE_UNAVAILABLE.into_response();
            }
        },
        None => "over".to_owned(),
    };
    ([(CACHE_CONTROL, "no-store"), (CONTENT_TYPE, "text/plain; charset=utf-8")], state).into_response()
}

/// `POST /forgotten-password/telephone`: the code that a manager spoke.
pub async fn submit(State(sign_in): State<SignIn>, visitor: Visitor, body: Bytes) -> Response {
    let (page, view) = match sign_in.caller(&visitor).await {
        Ok(both) => both,
        Err(answer) => return *answer,
    };
    if sign_in.is_of_a_desk(&visitor) {
        return sign_in.not_at_a_desk(&visitor);
    }
    let form = match sign_in.sound_form(&visitor, &body) {
        Ok(form) => form,
        Err(answer) => return *answer,
    };
    let Stage::Spoken { .. } = view.stage else { return see_other(TELEPHONE_PATH, &[]) };
    let typed: String = form.get("spoken-code").unwrap_or_default().chars().take(64).collect();
    let fault = match sign_in.0.accounts.redeem_spoken_code(&page, &typed).await {
        Ok(Redeemed::Right) => return see_other(PASSWORD_PATH, &[]),
        Ok(Redeemed::Slip) => CodeFault::Slip,
        Ok(Redeemed::Wrong { left }) => CodeFault::Wrong { left: left.unsigned_abs() },
        Ok(Redeemed::NoCode) => CodeFault::Over,
        Err(error) => return sign_in.broken(&visitor, &error),
    };
    match sign_in.caller(&visitor).await {
        Ok((_, view)) => sign_in.telephone_page(&visitor, &view, Some(fault)),
        Err(answer) => *answer,
    }
}

/// `GET /forgotten-password/telephone/password`
pub async fn show_password(State(sign_in): State<SignIn>, visitor: Visitor) -> Response {
    match sign_in.proven_caller(&visitor).await {
        Ok((_, account)) => {
            let journey = sign_in.kept_journey(&visitor);
            let about = sign_in.form_of(&account, journey.as_ref());
            sign_in.password_form(&visitor, &about, Shown::default())
        }
        Err(answer) => *answer,
    }
}

/// `POST /forgotten-password/telephone/password`: the new password, and a mail address if one is given.
pub async fn choose_password(State(sign_in): State<SignIn>, visitor: Visitor, body: Bytes) -> Response {
    let (page, account) = match sign_in.proven_caller(&visitor).await {
        Ok(both) => both,
        Err(answer) => return *answer,
    };
    let form = match sign_in.sound_form(&visitor, &body) {
        Ok(form) => form,
        Err(answer) => return *answer,
    };
    let journey = sign_in.kept_journey(&visitor);
    let about = sign_in.form_of(&account, journey.as_ref());
    let (accepted, address) = match sign_in.chosen(&about, &form).await {
        Ok(Chosen::Both(accepted, address)) => (accepted, address),
        Ok(Chosen::Again(shown)) => return sign_in.password_form(&visitor, &about, shown),
        Err(error) => return sign_in.not_chosen(&visitor, TELEPHONE_PATH, &error),
    };
    let from = (visitor.locale, &network_of(&visitor));
    match sign_in.0.accounts.recover_by_telephone(&page, &accepted, address.as_ref(), from).await {
        Ok(account) => sign_in.go_on_recovered(&visitor, account).await,
        Err(error) => sign_in.not_chosen(&visitor, TELEPHONE_PATH, &error),
    }
}

impl SignIn {
    /// Leads to the page of a request just made, which its browser keeps.
    pub(super) fn lead_to_caller_page(&self, asked: &Asked, mut cookies: Vec<String>) -> Response {
        let life = self.0.accounts.recovery_settings().case_lifetime;
        let caller = Caller { page: asked.page.clone(), until: self.0.clock.now() + life };
        let sealed = self.0.caller_pages.seal_value(&self.0.rng, CONTEXT, &caller);
        cookies.push(self.0.pages.cookies().set(COOKIE, &sealed, Some(life)));
        see_other(TELEPHONE_PATH, &cookies)
    }

    /// The name of this browser's page.
    pub(super) fn page_of(&self, visitor: &Visitor) -> Option<CallerPage> {
        let sealed = visitor.cookies.get(&self.0.pages.cookies().name(COOKIE))?;
        let caller: Caller = self.0.caller_pages.open_value(CONTEXT, sealed)?;
        (self.0.clock.now() < caller.until).then_some(caller.page)
    }

    /// This browser's page and what it shows; a browser without one is led to where it is asked for.
    async fn caller(&self, visitor: &Visitor) -> Result<(CallerPage, CallerView), Box<Response>> {
        let page = self.page_of(visitor).ok_or_else(|| see_other(FORGOTTEN_PATH, &[]))?;
        match self.0.accounts.caller_view(&page).await {
            Ok(Some(view)) => Ok((page, view)),
            Ok(None) => Err(Box::new(self.dead_link(visitor, DeadLink::Request))),
            Err(error) => Err(Box::new(self.broken(visitor, &error))),
        }
    }

    /// This browser's page and the person who may choose a password there.
    async fn proven_caller(&self, visitor: &Visitor) -> Result<(CallerPage, Account), Box<Response>> {
        let (page, _) = self.caller(visitor).await?;
        if self.is_of_a_desk(visitor) {
            return Err(Box::new(self.not_at_a_desk(visitor)));
        }
        match self.0.accounts.proven_caller(&page).await {
            Ok(Some(account)) => Ok((page, account)),
            Ok(None) => Err(Box::new(see_other(TELEPHONE_PATH, &[]))),
            Err(error) => Err(Box::new(self.broken(visitor, &error))),
        }
    }

    /// Signs in whoever has just chosen a password, and leads them where they were going.
    async fn go_on_recovered(&self, visitor: &Visitor, account: Account) -> Response {
        tracing::info!(account = %account.id, "forgotten password replaced by telephone");
        let policy = self.0.pages.cookies();
        let mut cookies = vec![policy.clear(COOKIE)];
        cookies.extend(self.forget_kept_journey(visitor));
        let Some(situation) = self.password_situation() else { return see_other(SIGN_IN_PATH, &cookies) };
        let identifier = account.identifier().unwrap_or_default();
        cookies.extend(self.remember_browser(visitor, identifier, account.epoch).await);
        let journey = if let Some(kept) = self.kept_journey(visitor) {
            kept
        } else {
            let (home, browser) = self.open_journey_home(visitor);
            cookies.push(browser);
            home
        };
        let by = ProvedBy::SpokenCode;
        with_cookies(self.enter_at_once(visitor, &journey, situation, account, by).await, &cookies)
    }

    fn telephone_page(&self, visitor: &Visitor, view: &CallerView, fault: Option<CodeFault>) -> Response {
        let status = if fault.is_none() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        let settings = self.0.accounts.recovery_settings();
        let frame = self.0.pages.frame(visitor);
        let journey = self.kept_journey(visitor);
        let page = TelephonePage {
            answer: ForgottenAnswer::under(settings.disclosure, ForgottenAnswer::Manager),
            link_life: frame.duration(settings.link_lifetime),
            case: view.number.spoken(),
            until: frame.moment(view.expires_at),
            caller_code: view.codes.caller.clone(),
            manager_code: view.codes.manager.clone(),
            code_until: match view.stage {
                Stage::Spoken { until } => Some(frame.moment(until)),
                Stage::Waiting | Stage::Proven => None,
            },
            fault,
            is_of_a_desk: self.is_of_a_desk(visitor),
            action: TELEPHONE_PATH.to_owned(),
            news_href: NEWS_PATH.to_owned(),
            state: view.state.clone(),
            back_href: self.password_door_of(journey.as_ref()),
            frame,
        };
        self.0.pages.respond(visitor, status, &page).into_response()
    }

    /// The form in which the caller chooses a password.
    fn form_of<'a>(&'a self, account: &'a Account, journey: Option<&'a OpenJourney>) -> PasswordForm<'a> {
        PasswordForm {
            account,
            username: account.identifier().unwrap_or_default().to_owned(),
            action: PASSWORD_PATH.to_owned(),
            intro_key: "telephone-password-intro",
            journey,
            sealer: (&self.0.caller_pages, accepted_context(account)),
        }
    }
}

/// What an accepted password is sealed for: this person, as they are.
fn accepted_context(account: &Account) -> Vec<u8> {
    format!("accepted for {} in {}", account.id, account.epoch.number()).into_bytes()
}
