//! Request objects: authorization requests that their clients signed (RFC 9101, `OpenID` Connect Core §6).
//!
//! One comes with the request, or stands at an address that the client registered. It is read and verified once, when the
//! request arrives: what goes on from there are its parameters.

use serde_json::{Map, Value};
use url::Url;

use super::Provider;
use super::client_keys::{ClientSigned, errand_of};
use super::clients::Client;
use super::error::{ErrorCode, OAuthError};
use crate::config::ClientKeys;
use crate::kit::parameters::Parameters;

/// How far a client's clock may be from ours, in seconds.
const LEEWAY: i64 = 10;
/// What is said about the object, and is no parameter.
const ABOUT: [&str; 6] = ["iss", "aud", "exp", "nbf", "iat", "jti"];
/// How an object comes: itself, or its address. Neither is a parameter of the request that it makes.
const WAYS: [&str; 2] = ["request", "request_uri"];
/// The types under which a request object comes; without one it may too (RFC 9101 §10.8).
const TYPES: [&str; 2] = ["oauth-authz-req+jwt", "jwt"];

impl Provider {
    /// The object that stands at an address, read anew for each request: it must be one that the client
    /// registered, since anything else would let strangers choose what is asked from here (RFC 9101 §10.4).
    ///
    /// A fragment may say which version is meant (Core §6.2). It is neither compared nor sent.
    ///
    /// # Errors
    /// `request_uri_not_supported` for a client that registered no addresses or no keys, otherwise
    /// `invalid_request_uri`.
    pub(super) async fn fetch_request_object(
        &self,
        client: &Client,
        reference: &str,
    ) -> Result<String, OAuthError> {
        let registered = &client.settings.requests.request_uris;
        if registered.is_empty() || client.settings.keys == ClientKeys::None {
            let description = "this client registered no request_uris, or no keys";
            return Err(OAuthError::new(ErrorCode::RequestUriNotSupported, description));
        }
        let invalid = |description| OAuthError::new(ErrorCode::InvalidRequestUri, description);
        let address = reference.split('#').next().unwrap_or_default();
        let known = registered.iter().find(|own| *own == address).and_then(|own| Url::parse(own).ok());
        let known = known.ok_or(invalid("request_uri is none that this client registered"))?;
        let fetcher = self.0.fetcher.on(errand_of(client)).on_behalf_of(&client.id);
        let object = fetcher.get_text(&known).await;
        let object = object
            .map_err(|error| invalid("request_uri leads to no request object").because(error.to_string()))?;
        Ok(object.trim().to_owned())
    }

    /// The parameters of a request of which a signed object holds some or all.
    ///
    /// # Errors
    /// `request_not_supported` for a client that registered no keys, otherwise `invalid_request_object`.
    pub(super) async fn read_request_object(
        &self,
        client: &Client,
        outer: &Parameters,
        object: &str,
    ) -> Result<Parameters, OAuthError> {
        if client.settings.keys == ClientKeys::None {
            let description = "this client registered no keys to sign requests with";
            return Err(OAuthError::new(ErrorCode::RequestNotSupported, description));
        }
        let unsigned = invalid("the request object is not signed as this client signs");
        let registered = client.settings.requests.request_object_signing_alg;
        let signed = self.0.client_keys.verify(client, registered, object).await;
        let signed = signed.map_err(|fault| unsigned.because(fault.to_string()))?;
        check(client, &signed, &self.0.issuer, self.0.clock.now().seconds())?;
        assemble(client, outer, &signed.claims)
    }
}

/// The parameters of a request: those of the object, and beside them what stands outside alone (Core §6.1);
/// where only signed requests count, nothing outside does (RFC 9101 §6.3).
fn assemble(
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
        counts && !WAYS.contains(name) && claims.get(*name).is_none_or(Value::is_null)
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

/// What it is, who says it, to whom, and when (RFC 9101 §4, §6.3): what is wrongly typed is wrong, not absent.
fn check(client: &Client, signed: &ClientSigned, issuer: &str, now: i64) -> Result<(), OAuthError> {
    let is_known = |kind: &String| TYPES.contains(&kind.to_ascii_lowercase().as_str());
    if !signed.header.typ.as_ref().is_none_or(is_known) {
        return Err(invalid("the request object is a JWT of another type"));
    }
    let claims = &signed.claims;
    if WAYS.iter().any(|way| claims.contains_key(*way)) {
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
