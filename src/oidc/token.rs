//! The token endpoint: five phases that no grant can bypass.
//!
//! 1. read the form; 2. authenticate the client; 3. find the grant type and see that the client may
//!    use it; 4. let the grant's own file redeem, rotate or refuse; 5. answer.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use serde::Serialize;

use super::Provider;
use super::client_auth::AuthenticatedClient;
use super::error::{ErrorCode, OAuthError, keep_from_caches};
use super::grants::{GRANTS, Issued, TokenRequest};
use super::resources::RESOURCE;
use crate::config::{GrantType, TokenEndpointAuthMethod};
use crate::kit::parameters::Parameters;

/// The endpoint.
pub const PATH: &str = "/token";

/// A successful answer (RFC 6749 §5.1, Core §3.1.3.3).
#[derive(Serialize)]
struct TokenResponse {
    access_token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    issued_token_type: Option<&'static str>,
    token_type: &'static str,
    expires_in: u64,
    #[serde(skip_serializing_if = "String::is_empty")]
    scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
}

/// `POST /token`
pub async fn answer(State(provider): State<Provider>, headers: HeaderMap, body: Bytes) -> Response {
    match provider.issue(&headers, &body).await {
        Ok(issued) => {
            let answer = TokenResponse {
                access_token: issued.access_token,
                issued_token_type: issued.kind,
                token_type: "Bearer",
                expires_in: issued.lifetime.as_secs(),
                scope: issued.scopes.to_string(),
                id_token: issued.id_token,
                refresh_token: issued.refresh_token,
            };
            let mut response = Json(answer).into_response();
            keep_from_caches(response.headers_mut());
            response
        }
        Err(error) => {
            error.log("token");
            error.into_response()
        }
    }
}

impl Provider {
    async fn issue(&self, headers: &HeaderMap, body: &[u8]) -> Result<Issued, OAuthError> {
        let form = read_form(headers, body)?;
        let client = self.authenticate(headers, &form).await?;
        let request = TokenRequest { provider: self, client: &client, form: &form };
        let grant_type =
            form.non_empty("grant_type").ok_or(OAuthError::invalid_request("grant_type is missing"))?;
        let grant = GRANTS
            .iter()
            .find(|grant| grant.name == grant_type)
            .ok_or(OAuthError::new(ErrorCode::UnsupportedGrantType, "this grant_type is not supported"))?;
        may_use(&client, grant.grant_type)?;
        (grant.run)(request).await
    }
}

/// Reads the form of a client: text, each parameter once but `resource`.
pub(super) fn read_form(headers: &HeaderMap, body: &[u8]) -> Result<Parameters, OAuthError> {
    if !is_form(headers) {
        return Err(OAuthError::invalid_request("the body must be application/x-www-form-urlencoded"));
    }
    let form = Parameters::parse(body);
    if form.is_garbled() {
        return Err(OAuthError::invalid_request("a parameter is not UTF-8 text"));
    }
    match form.repeated_but(RESOURCE) {
        None => Ok(form),
        Some(_) => Err(OAuthError::invalid_request("a parameter stands twice")),
    }
}

fn may_use(client: &AuthenticatedClient, grant_type: GrantType) -> Result<(), OAuthError> {
    let is_public = client.settings.token_endpoint_auth_method == TokenEndpointAuthMethod::None;
    if client.may_use(grant_type) && !(is_public && grant_type.is_for_confidential_clients()) {
        return Ok(());
    }
    Err(OAuthError::new(ErrorCode::UnauthorizedClient, "this client may not use this grant_type"))
}

/// Whether a body says that it is a form.
pub(super) fn is_form(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// The grant types, for discovery.
pub(super) fn grant_type_names() -> Vec<&'static str> {
    GRANTS.iter().map(|grant| grant.name).collect()
}
