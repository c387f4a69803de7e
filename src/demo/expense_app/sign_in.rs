//! Signing in and out, as the browser sees it.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};

use crate::kit::page::see_other;
use crate::kit::secrets::{TokenHash, same};
use crate::kit::visitor::Visitor;

use super::App;
use super::browser::Cookie;
use super::pages::Notice;
use super::relying_party::{Manner, RelyingPartyError};
use super::sessions::SESSION_LIFETIME;

/// How long a sign-in may take: nobody is hurried (WCAG 2.2.1 counts 20 hours as unhurried).
const SIGN_IN_LIFETIME: Duration = Duration::from_hours(24);
/// How long a sign-out may take.
const SIGN_OUT_LIFETIME: Duration = Duration::from_mins(30);

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/sign-in", get(begin_sign_in))
        .route("/callback", get(finish_sign_in))
        .route("/sign-out", post(sign_out))
        .route("/signed-out", get(show_signed_out))
}

/// Where to send a browser that has no session, to see whether the provider knows it already.
pub(super) const SILENT_SIGN_IN: &str = "/sign-in?silent";

async fn begin_sign_in(State(app): State<Arc<App>>, visitor: Visitor) -> Response {
    let manner = if visitor.query.get("silent").is_some() { Manner::Silent } else { Manner::Asked };
    match app.leave_for_provider(&visitor, manner).await {
        Ok(response) => response,
        Err(notice) => app.notice(&visitor, notice),
    }
}

async fn finish_sign_in(State(app): State<Arc<App>>, visitor: Visitor) -> Response {
    match app.receive(&visitor).await {
        Ok(response) => response,
        Err(notice) => app.notice(&visitor, notice),
    }
}

async fn sign_out(State(app): State<Arc<App>>, visitor: Visitor) -> Response {
    match app.end(&visitor).await {
        Ok(response) => response,
        Err(notice) => app.notice(&visitor, notice),
    }
}

/// Says what ended: everything, if the provider sent the browser back; else only what ended here.
async fn show_signed_out(State(app): State<Arc<App>>, visitor: Visitor) -> Response {
    let expected = app.cookies.read(&visitor, Cookie::SignOut);
    let returned = visitor.query.non_empty("state");
    let is_from_provider = matches!((expected, returned), (Some(expected), Some(returned))
        if same(expected.as_bytes(), returned.as_bytes()));
    let notice = if is_from_provider { Notice::SignedOut } else { Notice::SignedOutHere };
    app.notice(&visitor, notice)
}

impl App {
    async fn leave_for_provider(&self, visitor: &Visitor, manner: Manner) -> Result<Response, Notice> {
        let departure =
            self.relying_party.depart(manner, visitor.locale).await.map_err(|error| notice_of(&error))?;
        // One cookie for all tabs: a second sign-in begun beside the first must not break it.
        let browser = match self.cookies.read(visitor, Cookie::SignIn) {
            Some(browser) if is_token(browser) => browser.to_owned(),
            _ => self.rng.token(),
        };
        let now = self.clock.now();
        self.store
            .keep_sign_in(
                &TokenHash::of(&browser),
                &TokenHash::of(departure.state.expose()),
                &departure.remembered,
                now,
                now - SIGN_IN_LIFETIME,
            )
            .await
            .map_err(|error| storage_failed(&error))?;
        let cookie = self.cookies.set(Cookie::SignIn, &browser, SIGN_IN_LIFETIME);
        Ok(see_other(departure.url.as_str(), &[cookie]))
    }

    /// Receives what the provider sends back (RFC 6749 §4.1.2), in the browser that was sent to it.
    async fn receive(&self, visitor: &Visitor) -> Result<Response, Notice> {
        let answer = &visitor.query;
        if answer.repeated().is_some() {
            return Err(Notice::SignInUnknown);
        }
        let browser = self.cookies.read(visitor, Cookie::SignIn).ok_or(Notice::SignInUnknown)?;
        let state = answer.non_empty("state").ok_or(Notice::SignInUnknown)?;
        let begun_after = self.clock.now() - SIGN_IN_LIFETIME;
        let remembered = self
            .store
            .take_sign_in(&TokenHash::of(browser), &TokenHash::of(state), begun_after)
            .await
            .map_err(|error| storage_failed(&error))?
            .ok_or(Notice::SignInUnknown)?;
        self.relying_party.check_issuer(answer.get("iss")).await.map_err(|error| notice_of(&error))?;
        if let Some(error) = answer.non_empty("error") {
            tracing::info!(error = %error.escape_debug(), "the provider answered with an error");
            return match remembered.manner {
                Manner::Silent => Ok(see_other("/", &[])),
                Manner::Asked => Err(notice_of_error(error)),
            };
        }
        let code = answer.non_empty("code").ok_or(Notice::SignInUnknown)?;
        let arrival = self.relying_party.arrive(code, remembered).await.map_err(|error| notice_of(&error))?;
        // A session that this browser had ends with the new one's beginning.
        if let Some(previous) = self.cookies.read(visitor, Cookie::Session) {
            self.sessions.end(&TokenHash::of(previous)).await.map_err(|error| storage_failed(&error))?;
        }
        let session = self.sessions.begin(arrival).await.map_err(|error| storage_failed(&error))?;
        Ok(see_other("/sheets", &[self.cookies.set(Cookie::Session, session.expose(), SESSION_LIFETIME)]))
    }

    /// Ends the session here, then sends the browser to end it at the provider.
    async fn end(&self, visitor: &Visitor) -> Result<Response, Notice> {
        let forget = self.cookies.clear(Cookie::Session);
        let id = self.cookies.read(visitor, Cookie::Session);
        let Some(session) = self.sessions.find(id).await.map_err(|error| storage_failed(&error))? else {
            return Ok(see_other("/signed-out", &[forget]));
        };
        self.sessions.end(&session.id_hash).await.map_err(|error| storage_failed(&error))?;
        let state = self.rng.token();
        let departure =
            self.relying_party.departure_for_good(&session.tokens.id_token, &state, visitor.locale).await;
        Ok(match departure {
            Ok(Some(url)) => {
                let cookie = self.cookies.set(Cookie::SignOut, &state, SIGN_OUT_LIFETIME);
                see_other(url.as_str(), &[forget, cookie])
            }
            Ok(None) => see_other("/signed-out", &[forget]),
            Err(error) => {
                tracing::warn!(%error, "the session could not be ended at the provider");
                see_other("/signed-out", &[forget])
            }
        })
    }
}

/// Whether a cookie holds what [`crate::kit::random::Rng::token`] makes.
fn is_token(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

fn storage_failed(error: &sqlx::Error) -> Notice {
    tracing::error!(%error, "the application's database failed");
    Notice::AppUnavailable
}

fn notice_of(error: &RelyingPartyError) -> Notice {
    let cause = std::error::Error::source(error).map(ToString::to_string);
    tracing::warn!(%error, cause, "a sign-in failed");
    match error {
        RelyingPartyError::ProviderUnavailable(_) => Notice::ProviderUnavailable,
        RelyingPartyError::GrantRefused => Notice::SignInUnknown,
        RelyingPartyError::RequestRefused(_)
        | RelyingPartyError::AnswerUnusable(_)
        | RelyingPartyError::IdTokenUnacceptable(_)
        | RelyingPartyError::AnotherPerson
        | RelyingPartyError::AnotherIssuer => Notice::SignInRefused,
    }
}

/// The errors of RFC 6749 §4.1.2.1 and `OpenID` Connect Core §3.1.2.6, as a person needs to hear them.
fn notice_of_error(error: &str) -> Notice {
    match error {
        "access_denied" => Notice::SignInAbandoned,
        "login_required" | "interaction_required" | "consent_required" | "account_selection_required" => {
            Notice::SignInNeeded
        }
        "temporarily_unavailable" | "server_error" => Notice::ProviderUnavailable,
        _ => Notice::SignInRefused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_protocol_error_has_its_page() {
        assert_eq!(notice_of_error("access_denied"), Notice::SignInAbandoned);
        assert_eq!(notice_of_error("login_required"), Notice::SignInNeeded);
        assert_eq!(notice_of_error("server_error"), Notice::ProviderUnavailable);
        assert_eq!(notice_of_error("<script>"), Notice::SignInRefused);
    }

    #[test]
    fn a_browser_cookie_is_kept_only_in_the_form_in_which_it_was_made() {
        assert!(is_token(&crate::kit::random::Rng::system().token()));
        assert!(!is_token(""));
        assert!(!is_token(&"a".repeat(44)));
        assert!(!is_token(&";".repeat(43)));
    }
}
