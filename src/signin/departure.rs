//! Signing out beyond this site: at the upstream provider from which a person came, and by its word.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, StatusCode};
use serde_json::json;
use url::Url;

use super::SignIn;
use super::store::StoredSession;
use crate::accounts::AccountId;
use crate::config::UpstreamId;
use crate::federation::{Farewell, FederationError, ProblemKind};
use crate::kit::locale::Locale;
use crate::kit::parameters::Parameters;

/// The provider from which a session comes, and what it said that matters when the session ends.
#[derive(Clone)]
pub(super) struct CameFrom {
    pub upstream: UpstreamId,
    /// The session there, if it named one.
    pub sid: Option<String>,
    /// Its ID token, where people are signed out there too.
    pub hint: Option<String>,
    /// Where it wants people sent after signing out.
    pub return_to: Option<String>,
}

impl CameFrom {
    /// The same with the ID token sealed.
    pub fn sealed(self, seal: impl Fn(&str) -> String) -> Self {
        let hint = self.hint.as_deref().map(seal);
        Self { hint, ..self }
    }
}

/// A session that was just ended by its person.
pub struct SignedOut {
    /// The `Set-Cookie` value that makes the browser forget it.
    pub forget: String,
    /// The provider at which the person is to be signed out too.
    pub left: Option<LeftUpstream>,
    /// Where the provider that they came from wants them sent, when nobody else does.
    pub return_to: Option<String>,
}

/// An upstream provider from which an ended session came.
pub struct LeftUpstream {
    upstream: UpstreamId,
    hint: Option<String>,
}

impl SignIn {
    /// Seals an upstream's ID token, to be kept with a session of this person.
    pub(super) fn seal_hint(&self, account: &AccountId, id_token: &str) -> String {
        self.0.upstream_hints.seal(&self.0.rng, account.as_str().as_bytes(), id_token.as_bytes())
    }

    /// What remains to be done for a person whose session has just ended.
    pub(super) fn signed_out(&self, forget: String, ended: Option<StoredSession>) -> SignedOut {
        let Some((account, came)) = ended.and_then(|session| Some((session.account, session.upstream?)))
        else {
            return SignedOut { forget, left: None, return_to: None };
        };
        let upstream = self.0.federation.upstream(came.upstream.as_str());
        let left = upstream.filter(|known| known.settings().sign_out).map(|known| {
            let open = |sealed: String| self.0.upstream_hints.open(account.as_str().as_bytes(), &sealed);
            let hint = came.hint.and_then(open).and_then(|hint| String::from_utf8(hint).ok());
            LeftUpstream { upstream: known.id().clone(), hint }
        });
        SignedOut { forget, left, return_to: came.return_to }
    }

    /// Where the browser goes on to be signed out at the provider too, and from where it comes `back` with
    /// this `state`; `None` when the provider has no such place, or cannot be reached.
    pub async fn way_out(&self, left: &LeftUpstream, back: &str, state: &str, locale: Locale) -> Option<Url> {
        let upstream = &left.upstream;
        let farewell = Farewell { id_token: left.hint.as_deref(), back, state, ui_locale: locale.tag() };
        match self.0.federation.depart_for_good(upstream, &farewell).await {
            Ok(url) => url,
            Err(error) => {
                tracing::warn!(%upstream, %error, "a person could not be signed out there too");
                None
            }
        }
    }
}

/// `POST /federation/{upstream}/backchannel-logout`: the provider says that a session is over (`OpenID` Connect
/// Back-Channel Logout §2.5 to §2.8).
pub async fn hear(
    State(sign_in): State<SignIn>,
    Path(upstream): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    // Only a name that is ours is ever told to the log.
    let Some(known) = sign_in.0.federation.upstream(&upstream) else {
        return refusal(StatusCode::NOT_FOUND, "no such upstream");
    };
    let upstream = known.id().clone();
    let form = Parameters::parse(&body);
    let token = form.non_empty("logout_token").filter(|_| is_form(&headers) && form.repeated().is_none());
    let Some(token) = token else {
        return refusal(StatusCode::BAD_REQUEST, "one logout_token is expected, in a form");
    };
    let heard = match sign_in.0.federation.hear_logout(&upstream, token).await {
        Ok(heard) => heard,
        Err(error) => return refused(&upstream, &error),
    };
    match sign_in.end_at_upstreams_word(&heard).await {
        Ok(Some(sessions)) => {
            tracing::info!(%upstream, sessions, "sessions ended at the upstream's word");
            (StatusCode::OK, no_store()).into_response()
        }
        Ok(None) => {
            tracing::warn!(%upstream, "a logout token came twice");
            refusal(StatusCode::BAD_REQUEST, "this logout_token was heard before")
        }
        Err(error) => {
            tracing::error!(%error, "the database failed");
            refusal(StatusCode::SERVICE_UNAVAILABLE, "the sessions could not be ended")
        }
    }
}

fn refused(upstream: &UpstreamId, error: &FederationError) -> Response {
    tracing::warn!(%upstream, %error, "a logout token was not believed");
    if error.kind() == ProblemKind::Unavailable {
        return refusal(StatusCode::SERVICE_UNAVAILABLE, "the token cannot be checked now");
    }
    refusal(StatusCode::BAD_REQUEST, "the logout_token does not hold")
}

fn refusal(status: StatusCode, description: &str) -> Response {
    let error = if status.is_server_error() { "temporarily_unavailable" } else { "invalid_request" };
    let body = json!({ "error": error, "error_description": description });
    (status, no_store(), axum::Json(body)).into_response()
}

fn no_store() -> [(http::HeaderName, HeaderValue); 1] {
    [(CACHE_CONTROL, HeaderValue::from_static("no-store"))]
}

fn is_form(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}
