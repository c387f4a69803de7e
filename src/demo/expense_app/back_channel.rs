//! The back channel: the provider says, from server to server, that a session there is over (`OpenID` Connect
//! Back-Channel Logout 1.0), and the one here ends with it.

use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::routing::post;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::access_token::{TokenCheck, TokenRefusal};
use super::store::Store;

/// Where the provider says it, below the public address; registered there as `backchannel_logout_uri`.
pub(super) const PATH: &str = "/backchannel-logout";
/// What makes a token a logout token (§2.4).
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// What hears.
pub(super) struct BackChannel {
    pub tokens: Arc<TokenCheck>,
    pub client_id: String,
    pub store: Store,
}

pub(super) fn routes(channel: BackChannel) -> Router {
    Router::new().route(PATH, post(hear)).with_state(Arc::new(channel))
}

#[derive(Deserialize)]
struct Said {
    logout_token: String,
}

/// The claims that matter beside those which every token has.
#[derive(Deserialize)]
struct LogoutClaims {
    #[serde(rename = "iat")]
    _issued_at: serde_json::Number,
    #[serde(rename = "jti")]
    _id: String,
    events: Map<String, Value>,
    nonce: Option<Value>,
    /// Registered as required, so it is always there.
    sid: String,
}

async fn hear(
    State(channel): State<Arc<BackChannel>>,
    said: Result<Form<Said>, FormRejection>,
) -> StatusCode {
    let Ok(Form(said)) = said else { return StatusCode::BAD_REQUEST };
    let claims: LogoutClaims = match channel.tokens.check_logout(&said.logout_token, &channel.client_id).await
    {
        Ok(claims) => claims,
        Err(TokenRefusal::KeysUnavailable) => return StatusCode::SERVICE_UNAVAILABLE,
        Err(refusal) => {
            tracing::warn!(%refusal, "a logout token was not believed");
            return StatusCode::BAD_REQUEST;
        }
    };
    if !claims.events.get(EVENT).is_some_and(Value::is_object) || claims.nonce.is_some() {
        tracing::warn!("a token that is no logout token was not believed");
        return StatusCode::BAD_REQUEST;
    }
    // Heard twice, the second time finds nothing: no need to remember each token.
    match channel.store.end_sessions_of(&claims.sid).await {
        Ok(ended) => {
            tracing::info!(ended, "the provider says that a session is over");
            StatusCode::OK
        }
        Err(error) => {
            tracing::error!(%error, "the application's database failed");
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}
