//! Applications that register themselves (RFC 7591, `OpenID` Connect Registration 1.0), and manage what they
//! registered (RFC 7592).
//!
//! `metadata.rs` says what a client may be, `register.rs` and `manage.rs` are the endpoints. What is common to
//! them is here: the words of a refusal, and of what a client is told of itself.

mod manage;
mod metadata;
mod register;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::AUTHORIZATION;
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value, json};

use super::Provider;
use super::clients::StoredClient;
use super::error::{ErrorCode, OAuthError, keep_from_caches};
use crate::kit::clock::Timestamp;
use crate::kit::secrets::Secret;

pub(super) use manage::{change, remove, show};
pub(super) use register::register;

/// The endpoint.
pub const PATH: &str = "/register";
/// The address of one client, for itself.
pub const CLIENT_PATH: &str = "/register/{client_id}";

/// Why a registration was refused.
#[derive(Debug)]
enum Refusal {
    /// What was sent of the client is wrong (RFC 7591 §3.2.2).
    Metadata { code: &'static str, description: String },
    /// Who sent it may not, or something of ours failed.
    Caller(OAuthError),
}

impl Refusal {
    fn metadata(description: impl Into<String>) -> Self {
        Self::Metadata { code: "invalid_client_metadata", description: description.into() }
    }

    fn redirect_uri(description: impl Into<String>) -> Self {
        Self::Metadata { code: "invalid_redirect_uri", description: description.into() }
    }

    /// A token that does not count.
    fn token(cause: &'static str) -> Self {
        let error = OAuthError::new(ErrorCode::InvalidToken, "the access token is not valid");
        Self::Caller(error.because(cause).challenging("Bearer"))
    }
}

impl From<OAuthError> for Refusal {
    fn from(error: OAuthError) -> Self {
        Self::Caller(error)
    }
}

impl From<sqlx::Error> for Refusal {
    fn from(error: sqlx::Error) -> Self {
        Self::Caller(error.into())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Caller(error) => {
                error.log("register");
                error.into_response()
            }
            Self::Metadata { code, description } => {
                tracing::info!(endpoint = "register", error = code, description, "refused");
                let body = json!({ "error": code, "error_description": in_ascii(&description) });
                answer(StatusCode::BAD_REQUEST, body)
            }
        }
    }
}

/// A description in the characters that one may have (RFC 6749 §5.2).
fn in_ascii(text: &str) -> String {
    let allowed = |character: char| match character {
        '"' => '\'',
        '\\' => '/',
        ' '..='~' => character,
        _ => '?',
    };
    text.chars().map(allowed).collect()
}

fn answer(status: StatusCode, body: Value) -> Response {
    let mut response = (status, Json(body)).into_response();
    keep_from_caches(response.headers_mut());
    response
}

/// The one bearer token of a request.
fn bearer_token(headers: &HeaderMap) -> Result<Option<Secret>, OAuthError> {
    let mut authorizations = headers.get_all(AUTHORIZATION).iter();
    let header = authorizations.next();
    if authorizations.next().is_some() {
        return Err(OAuthError::invalid_request("several Authorization headers"));
    }
    let text = header.map(|value| value.to_str().unwrap_or_default());
    let token = text
        .and_then(|text| text.split_once(' '))
        .filter(|(scheme, token)| scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty());
    Ok(token.map(|(_, token)| Secret::new(token.trim())))
}

impl Provider {
    /// What a client is told of itself (RFC 7591 §3.2.1, RFC 7592 §3), with the token by which it asks.
    fn information(
        &self,
        client: &StoredClient,
        secret: Option<&Secret>,
        management_token: &Secret,
    ) -> Value {
        let mut members: Map<String, Value> = client
            .metadata
            .iter()
            .filter(|(name, _)| !metadata::OUR_OWN.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let mut put = |name: &str, value: Value| members.insert(name.to_owned(), value);
        put("client_id", client.id.as_str().into());
        put("client_id_issued_at", client.created_at.seconds().into());
        if let Some(secret) = secret {
            put("client_secret", secret.expose().into());
            let expires_at = client.expires_at.map_or(0, Timestamp::seconds);
            put("client_secret_expires_at", expires_at.into());
        }
        put("registration_access_token", management_token.expose().into());
        put("registration_client_uri", format!("{}{PATH}/{}", self.0.issuer, client.id).into());
        Value::Object(members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_written_in_the_characters_that_it_may_have() {
        assert_eq!(in_ascii("redirect_uris: ~ \"a\\b\" é\n"), "redirect_uris: ~ 'a/b' ??");
    }
}
