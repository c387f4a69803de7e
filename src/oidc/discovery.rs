//! What clients read first: the provider's metadata and its public keys.
//!
//! Both documents are made once, at start, and answered as they are.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use serde_json::json;

use super::scopes::Scope;
use super::{Provider, authorize, claims, client_auth, end_session, registration, token, userinfo};
use crate::config::{RegistrationSettings, SigningAlgorithm};
use crate::keys::SigningKeys;
use crate::kit::locale::Locale;
use crate::signin::ACR_VALUES;

/// Where the public keys stand.
pub const JWKS_PATH: &str = "/jwks";

/// The two documents, serialized.
pub(super) struct Documents {
    configuration: Bytes,
    jwks: Bytes,
}

impl Documents {
    pub fn new(issuer: &str, keys: &SigningKeys, registration: &RegistrationSettings) -> Self {
        let mut configuration = configuration_of(issuer, keys);
        if registration.enabled {
            configuration["registration_endpoint"] = format!("{issuer}{}", registration::PATH).into();
        }
        Self {
            configuration: Bytes::from(configuration.to_string()),
            jwks: Bytes::from(keys.jwks().to_string()),
        }
    }
}

/// The metadata (Discovery §3, RFC 8414 §2): registered members only, and only what is so.
fn configuration_of(issuer: &str, keys: &SigningKeys) -> serde_json::Value {
    let at = |path: &str| format!("{issuer}{path}");
    let algorithms: Vec<_> = keys.algorithms().into_iter().map(SigningAlgorithm::name).collect();
    json!({
        "issuer": issuer,
        "authorization_endpoint": at(authorize::PATH),
        "token_endpoint": at(token::PATH),
        "userinfo_endpoint": at(userinfo::PATH),
        "jwks_uri": at(JWKS_PATH),
        "end_session_endpoint": at(end_session::PATH),
        "scopes_supported": Scope::ALL.map(Scope::name),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": token::grant_type_names(),
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": algorithms,
        "token_endpoint_auth_methods_supported": client_auth::method_names(),
        "token_endpoint_auth_signing_alg_values_supported": client_auth::algorithm_names(),
        "acr_values_supported": ACR_VALUES,
        "claim_types_supported": ["normal"],
        "claims_supported": claims::SUPPORTED,
        "claims_parameter_supported": false,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "ui_locales_supported": Locale::ALL.map(Locale::tag),
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "authorization_response_iss_parameter_supported": true,
    })
}

/// `GET /.well-known/openid-configuration`, `GET /.well-known/oauth-authorization-server`
pub async fn configuration(State(provider): State<Provider>) -> Response {
    document(&provider.0.discovery.configuration, "application/json")
}

/// `GET /jwks`
pub async fn jwks(State(provider): State<Provider>) -> Response {
    document(&provider.0.discovery.jwks, "application/jwk-set+json")
}

fn document(body: &Bytes, content_type: &'static str) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(content_type)),
        // Short enough that a new key is known everywhere before it signs.
        (CACHE_CONTROL, HeaderValue::from_static("public, max-age=300")),
    ];
    (headers, body.clone()).into_response()
}
