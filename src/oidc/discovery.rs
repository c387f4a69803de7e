//! What clients read first: the provider's metadata and its public keys.
//!
//! The metadata is made once, at start; the JWK set is at each moment what the keys say.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use serde_json::{Map, Value, json};

use super::resources::Resources;
use super::response_mode::ResponseMode;
use super::scopes::Scope;
use super::{
    Provider, authorize, claims, client_auth, device, end_session, introspection, par, registration,
    revocation, token, userinfo,
};
use crate::config::{RegistrationSettings, SigningAlgorithm};
use crate::keys::JWKS_MAX_AGE;
use crate::kit::locale::Locale;
use crate::signin::ACR_VALUES;

/// Where the public keys stand.
pub const JWKS_PATH: &str = "/jwks";

/// For how long a client may use a copy of the metadata.
const METADATA_MAX_AGE: Duration = Duration::from_mins(5);

/// The metadata, serialized (Discovery §3, RFC 8414 §2): registered members only, and only what is so.
pub(super) fn metadata_of(issuer: &str, resources: &Resources, registration: &RegistrationSettings) -> Bytes {
    let parts = [endpoints(issuer, registration), proofs(), requests(resources), answers()];
    let members = parts.into_iter().flat_map(|part| match part {
        Value::Object(members) => members,
        _ => Map::new(),
    });
    Bytes::from(Value::Object(members.collect()).to_string())
}

/// Where everything is.
fn endpoints(issuer: &str, registration: &RegistrationSettings) -> Value {
    let at = |path: &str| format!("{issuer}{path}");
    let mut endpoints = json!({
        "issuer": issuer,
        "authorization_endpoint": at(authorize::PATH),
        "pushed_authorization_request_endpoint": at(par::PATH),
        "token_endpoint": at(token::PATH),
        "userinfo_endpoint": at(userinfo::PATH),
        "jwks_uri": at(JWKS_PATH),
        "end_session_endpoint": at(end_session::PATH),
        "revocation_endpoint": at(revocation::PATH),
        "device_authorization_endpoint": at(device::AUTHORIZATION_PATH),
        "introspection_endpoint": at(introspection::PATH),
    });
    if registration.enabled {
        endpoints["registration_endpoint"] = at(registration::PATH).into();
    }
    endpoints
}

/// How clients prove themselves. Only one that does may introspect (RFC 7662 §2.1).
fn proofs() -> Value {
    json!({
        "token_endpoint_auth_methods_supported": client_auth::method_names(),
        "token_endpoint_auth_signing_alg_values_supported": client_auth::algorithm_names(),
        "revocation_endpoint_auth_methods_supported": client_auth::method_names(),
        "revocation_endpoint_auth_signing_alg_values_supported": client_auth::algorithm_names(),
        "introspection_endpoint_auth_methods_supported": client_auth::proving_method_names(),
        "introspection_endpoint_auth_signing_alg_values_supported": client_auth::algorithm_names(),
    })
}

/// What may be asked for, and how.
fn requests(resources: &Resources) -> Value {
    let mut scopes: Vec<&str> = Scope::ALL.map(Scope::name).to_vec();
    scopes.extend(resources.scope_names());
    json!({
        "scopes_supported": scopes,
        "response_types_supported": ["code"],
        "response_modes_supported": ResponseMode::ALL.map(ResponseMode::name),
        "grant_types_supported": token::grant_type_names(),
        "acr_values_supported": ACR_VALUES,
        "claims_parameter_supported": true,
        "require_pushed_authorization_requests": false,
        "request_parameter_supported": true,
        "request_object_signing_alg_values_supported": algorithms(),
        "require_signed_request_object": false,
        "request_uri_parameter_supported": true,
        "require_request_uri_registration": true,
        "ui_locales_supported": Locale::ALL.map(Locale::tag),
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
    })
}

/// What is answered, and told later.
fn answers() -> Value {
    json!({
        "authorization_response_iss_parameter_supported": true,
        "subject_types_supported": ["public", "pairwise"],
        "id_token_signing_alg_values_supported": algorithms(),
        "userinfo_signing_alg_values_supported": algorithms(),
        "introspection_signing_alg_values_supported": algorithms(),
        "claim_types_supported": ["normal"],
        "claims_supported": claims::SUPPORTED,
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
        "frontchannel_logout_supported": true,
        "frontchannel_logout_session_supported": true,
    })
}

fn algorithms() -> [&'static str; SigningAlgorithm::ALL.len()] {
    SigningAlgorithm::ALL.map(SigningAlgorithm::name)
}

/// `GET /.well-known/openid-configuration`, `GET /.well-known/oauth-authorization-server`
pub async fn configuration(State(provider): State<Provider>) -> Response {
    document(provider.0.metadata.clone(), "application/json", METADATA_MAX_AGE)
}

/// `GET /jwks`
pub async fn jwks(State(provider): State<Provider>) -> Response {
    document(provider.0.keys.jwks(), "application/jwk-set+json", JWKS_MAX_AGE)
}

fn document(body: Bytes, content_type: &'static str, max_age: Duration) -> Response {
    let headers = [
        (CONTENT_TYPE, content_type.to_owned()),
        (CACHE_CONTROL, format!("public, max-age={}", max_age.as_secs())),
    ];
    (headers, body).into_response()
}
