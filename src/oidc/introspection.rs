//! The introspection endpoint (RFC 7662), and its signed answers (RFC 9701).
//!
//! A token is told about to the client that holds it, and to whoever it is for: a client whose id is the
//! audience, or that the settings name among the servers of the resource. To anyone else, any token is
//! as unknown as none.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use serde::Serialize;
use serde_json::{Value, json};

use super::access_token::AccessTokenClaims;
use super::client_auth::AuthenticatedClient;
use super::error::{ErrorCode, OAuthError, keep_from_caches};
use super::grants::RefreshToken;
use super::scopes::{Scope, Scopes};
use super::token::read_form;
use super::{Grant, Provider, Stage};
use crate::config::{SigningAlgorithm, TokenEndpointAuthMethod};
use crate::keys::TokenType;

/// The endpoint.
pub const PATH: &str = "/introspect";
/// What a signed answer is called (RFC 9701 §5).
const SIGNED: &str = "application/token-introspection+jwt";

/// A signed answer (RFC 9701 §5): neither `sub` nor `exp`, so that it is no access token anywhere.
#[derive(Serialize)]
struct SignedAnswer<'a> {
    iss: &'a str,
    aud: &'a str,
    iat: i64,
    token_introspection: Value,
}

/// `POST /introspect`
pub async fn answer(State(provider): State<Provider>, headers: HeaderMap, body: Bytes) -> Response {
    match provider.introspect(&headers, &body).await {
        Ok(response) => response,
        Err(error) => {
            error.log("introspection");
            error.into_response()
        }
    }
}

impl Provider {
    async fn introspect(&self, headers: &HeaderMap, body: &[u8]) -> Result<Response, OAuthError> {
        let form = read_form(headers, body)?;
        let client = self.authenticate(headers, &form).await?;
        // Who holds a token must not be able to try others (§2.1).
        if client.settings.token_endpoint_auth_method == TokenEndpointAuthMethod::None {
            return Err(OAuthError::new(ErrorCode::InvalidClient, "a public client cannot introspect"));
        }
        let token = form.non_empty("token").ok_or(OAuthError::invalid_request("token is missing"))?;
        let told = self.tell_of(&client, token).await?.unwrap_or_else(|| json!({ "active": false }));
        let mut response = self.worded_for(&client, headers, told)?;
        keep_from_caches(response.headers_mut());
        Ok(response)
    }

    /// What there is to tell a client of a token; nothing when it does not count, or is not theirs.
    async fn tell_of(&self, client: &AuthenticatedClient, token: &str) -> Result<Option<Value>, OAuthError> {
        if let Some(token) = RefreshToken::parse(token, &self.0.refresh_tokens) {
            return self.tell_of_refresh_token(client, &token).await;
        }
        let Some(claims) = self.recognise_access_token(token).await? else { return Ok(None) };
        if !self.may_be_told(client, &claims) {
            return Ok(None);
        }
        match self.standing_of(&claims).await? {
            Ok(standing) => Ok(active(&claims, &standing.scopes_of(&claims))),
            Err(cause) => {
                tracing::debug!(client = %client.id, cause, "introspected as inactive");
                Ok(None)
            }
        }
    }

    fn may_be_told(&self, client: &AuthenticatedClient, claims: &AccessTokenClaims) -> bool {
        claims.client_id() == client.id.as_str() || self.is_for(client, claims)
    }

    /// Whether an access token is for a client, which is the audience itself or speaks for it.
    pub(super) fn is_for(&self, client: &AuthenticatedClient, claims: &AccessTokenClaims) -> bool {
        let is_it = |audience: &String| {
            audience == client.id.as_str() || self.0.resources.is_served_by(audience, &client.id)
        };
        claims.audiences().iter().any(is_it)
    }

    async fn tell_of_refresh_token(
        &self,
        client: &AuthenticatedClient,
        token: &RefreshToken,
    ) -> Result<Option<Value>, OAuthError> {
        let Some(backed) = self.0.behind.refresh_token(token.grant.clone()).await? else { return Ok(None) };
        if backed.grant.client_id != client.id || self.fault_of(&backed).is_some() {
            return Ok(None);
        }
        let grant = backed.grant;
        let Some(ends_at) = self.end_of_refresh_token(&grant, token.generation) else { return Ok(None) };
        // What was taken away from the client since it was granted counts no more.
        let scopes = grant.scopes.shared_with(&client.scopes);
        if scopes.is_empty() || grant.is_offline() && !scopes.contains(Scope::OfflineAccess) {
            return Ok(None);
        }
        Ok(Some(json!({
            "active": true,
            "iss": self.0.issuer,
            "client_id": grant.client_id,
            "sub": self.subject_for(client, &grant.account),
            "scope": scopes.to_string(),
            "exp": ends_at,
        })))
    }

    /// When a refresh token that counts now will have ended, if it is not used.
    fn end_of_refresh_token(&self, grant: &Grant, generation: i64) -> Option<i64> {
        let now = self.0.clock.now();
        let Stage::Active { generation: current, rotated_at } = grant.stage else { return None };
        let idle_end = rotated_at + self.0.tokens.refresh_idle;
        let counts = generation == current || self.is_within_grace(grant, generation);
        (counts && grant.is_live(now) && now <= idle_end).then(|| idle_end.min(grant.expires_at).seconds())
    }

    /// JSON, or a signed answer for who asks for it, by `Accept` or by registration.
    fn worded_for(
        &self,
        client: &AuthenticatedClient,
        headers: &HeaderMap,
        told: Value,
    ) -> Result<Response, OAuthError> {
        let registered = client.settings.introspection_signed_response_alg;
        if registered.is_none() && !accepts_signed(headers) {
            return Ok(Json(told).into_response());
        }
        let answer = SignedAnswer {
            iss: &self.0.issuer,
            aud: client.id.as_str(),
            iat: self.0.clock.now().seconds(),
            token_introspection: told,
        };
        // RFC 9701 §6: RS256 when nothing is registered.
        let algorithm = registered.unwrap_or(SigningAlgorithm::Rs256);
        let signed = self.0.keys.sign(algorithm, TokenType::Introspection, &answer);
        let signed = signed.map_err(|error| OAuthError::unavailable(&error))?;
        Ok(([(CONTENT_TYPE, HeaderValue::from_static(SIGNED))], signed).into_response())
    }
}

/// What is told of an access token that counts, with the scopes that it is still good for (§2.2); nothing of one that
/// has lost them all.
fn active(claims: &AccessTokenClaims, scopes: &Scopes) -> Option<Value> {
    if scopes.is_empty() && !claims.scopes().is_empty() {
        return None;
    }
    let mut told = serde_json::to_value(claims.good_for(scopes)).unwrap_or_default();
    if let Some(members) = told.as_object_mut() {
        members.insert("active".to_owned(), json!(true));
        members.insert("token_type".to_owned(), json!("Bearer"));
    }
    Some(told)
}

fn accepts_signed(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut types = accepted.flat_map(|value| value.split(','));
    types.any(|one| one.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(SIGNED))
}
