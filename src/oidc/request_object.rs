//! Request objects: authorization requests that their clients signed (RFC 9101, `OpenID` Connect Core §6).

use std::str::FromStr;

use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use serde_json::{Map, Value};

use super::clients::Client;
use super::error::{ErrorCode, OAuthError};
use crate::config::{ClientKeys, SigningAlgorithm};
use crate::kit::clock::Timestamp;
use crate::kit::parameters::Parameters;

/// The algorithms of request objects: never `none`, never a secret that both sides know.
pub const ALGORITHMS: [Algorithm; 4] =
    [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::EdDSA];
/// Their names, for discovery.
pub const ALGORITHM_NAMES: [&str; 4] = ["RS256", "PS256", "ES256", "EdDSA"];

/// How far a client's clock may be from ours, in seconds.
const LEEWAY: i64 = 10;
/// What is said about the object, and is no parameter.
const ABOUT: [&str; 6] = ["iss", "aud", "exp", "nbf", "iat", "jti"];
/// The types under which a request object comes; without one it may too (RFC 9101 §10.8).
const TYPES: [&str; 2] = ["oauth-authz-req+jwt", "jwt"];

/// The claims of a request object, once its signature, its issuer, its audience and its times hold.
///
/// # Errors
/// `request_not_supported` for a client that registered no keys, otherwise `invalid_request_object`.
pub fn verify(
    client: &Client,
    object: &str,
    issuer: &str,
    now: Timestamp,
) -> Result<Map<String, Value>, OAuthError> {
    let keys = match &client.settings.keys {
        ClientKeys::Inline(set) => serde_json::from_value::<JwkSet>(set.clone()).ok(),
        ClientKeys::At(_) | ClientKeys::None => None,
    };
    let unsupported = OAuthError::new(
        ErrorCode::RequestNotSupported,
        "this client registered no keys to sign requests with",
    );
    let keys = keys.ok_or(unsupported)?;
    let claims = verified(client, &keys, object)
        .map_err(|cause| invalid("the request object is not signed as this client signs").because(cause))?;
    check(client, &claims, issuer, now.seconds())?;
    Ok(claims)
}

/// The parameters of a request: those of the object, and beside them what stands outside alone (Core §6.1);
/// where only signed requests count, nothing outside does (RFC 9101 §6.3).
pub fn assemble(
    client: &Client,
    outer: &Parameters,
    claims: &Map<String, Value>,
) -> Result<Parameters, OAuthError> {
    for name in ["client_id", "response_type"] {
        if let (Some(inside), Some(outside)) = (claims.get(name), outer.non_empty(name))
            && inside.as_str() != Some(outside)
        {
            return Err(invalid("client_id or response_type differ inside and outside the request object"));
        }
    }
    let inside = claims.iter().filter(|(name, value)| !ABOUT.contains(&name.as_str()) && !value.is_null());
    let inside: Vec<_> = inside.map(|(name, value)| (name.as_str(), as_parameter(value))).collect();
    let only_signed = client.settings.requests.require_signed_request_object;
    let outside = outer.iter().filter(|(name, _)| {
        let counts = !only_signed || *name == "client_id";
        counts && *name != "request" && claims.get(*name).is_none_or(Value::is_null)
    });
    Ok(Parameters::from_pairs(inside.iter().map(|(name, value)| (*name, value.as_str())).chain(outside)))
}

/// Numbers and objects, such as `max_age` and `claims`, stand in an object as they are (Core §6.1).
fn as_parameter(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The claims, once the signature holds; the error is for the log.
fn verified(client: &Client, keys: &JwkSet, object: &str) -> Result<Map<String, Value>, &'static str> {
    let header = jsonwebtoken::decode_header(object).map_err(|_| "no JWT, or of an unknown algorithm")?;
    if header.crit.is_some() {
        return Err("it bears critical headers");
    }
    let is_known = |kind: &String| TYPES.contains(&kind.to_ascii_lowercase().as_str());
    if !header.typ.as_ref().is_none_or(is_known) {
        return Err("it is of another type");
    }
    let registered = client.settings.requests.request_object_signing_alg.map(SigningAlgorithm::name);
    let allowed = match registered {
        Some(name) => Algorithm::from_str(name).is_ok_and(|algorithm| algorithm == header.alg),
        None => ALGORITHMS.contains(&header.alg),
    };
    if !allowed {
        return Err("its algorithm is not one of this client");
    }
    let mut validation = Validation::new(header.alg);
    // Times and audience are checked by our own clock and rules.
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    let holds = |jwk: &Jwk| {
        let key = DecodingKey::from_jwk(jwk).ok()?;
        jsonwebtoken::decode::<Map<String, Value>>(object, &key, &validation).ok()
    };
    let data = keys.keys.iter().filter(|jwk| may_verify(jwk, &header)).find_map(holds);
    data.map(|data| data.claims).ok_or("no key of this client verifies it")
}

/// Whether a key is meant for such a signature, by its id, use and algorithm.
fn may_verify(jwk: &Jwk, header: &Header) -> bool {
    let is_named = header.kid.is_none() || header.kid == jwk.common.key_id;
    let is_for_signatures =
        jwk.common.public_key_use.as_ref().is_none_or(|key_use| *key_use == PublicKeyUse::Signature);
    let is_for_algorithm =
        jwk.common.key_algorithm.is_none_or(|algorithm| algorithm.to_string() == format!("{:?}", header.alg));
    is_named && is_for_signatures && is_for_algorithm
}

/// Who says it, to whom, and when (RFC 9101 §4, §6.3): what is wrongly typed is wrong, not absent.
fn check(client: &Client, claims: &Map<String, Value>, issuer: &str, now: i64) -> Result<(), OAuthError> {
    if claims.contains_key("request") || claims.contains_key("request_uri") {
        return Err(invalid("a request object holds no other"));
    }
    let id = client.id.as_str();
    if claims.get("iss").and_then(Value::as_str) != Some(id) {
        return Err(invalid("iss of the request object is not the client"));
    }
    // A client's assertion about itself is no request (RFC 9101 §10.8).
    if claims.get("sub").is_some_and(|subject| subject.as_str() == Some(id)) {
        return Err(invalid("sub of the request object is the client"));
    }
    let is_for_us = match claims.get("aud") {
        Some(Value::String(audience)) => audience == issuer,
        Some(Value::Array(audiences)) => {
            audiences.iter().all(Value::is_string) && audiences.iter().any(|audience| audience == issuer)
        }
        _ => false,
    };
    if !is_for_us {
        return Err(invalid("aud of the request object is not this issuer"));
    }
    let (exp, nbf) = (time(claims, "exp")?, time(claims, "nbf")?);
    time(claims, "iat")?;
    if exp.is_some_and(|exp| exp <= now - LEEWAY) {
        return Err(invalid("the request object has expired"));
    }
    if nbf.is_some_and(|nbf| nbf > now + LEEWAY) {
        return Err(invalid("the request object is not valid yet"));
    }
    Ok(())
}

/// A moment in whole seconds.
fn time(claims: &Map<String, Value>, name: &str) -> Result<Option<i64>, OAuthError> {
    match claims.get(name) {
        None => Ok(None),
        Some(value) => {
            value.as_i64().map(Some).ok_or(invalid("a time in the request object is not a number of seconds"))
        }
    }
}

fn invalid(description: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequestObject, description)
}
