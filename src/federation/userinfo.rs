//! The userinfo endpoint, answered in JSON or as a signed token (`OpenID` Connect Core §5.3).
//!
//! The protocol client's own userinfo request verifies RS256 only and cannot be told otherwise, and it
//! panics on an access token that does not fit a header; so the request is made here, and a signed
//! answer is checked here against the same keys and the same list of algorithms as ID tokens.

use http::{HeaderValue, header};
use openidconnect::core::CoreJwsSigningAlgorithm;
use openidconnect::{AccessToken, HttpRequest, JsonWebKey, JsonWebKeyId};
use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

use super::discovery::Provider;
use super::errors::{Exchange, FederationError, Quoted, TokenFault};
use super::http::Outgoing;
use super::id_token::{ALLOWED_ALGORITHMS, CLOCK_LEEWAY, check_not_before, payload_of, seconds_of};
use crate::kit::clock::Timestamp;
use crate::kit::encoding::from_base64url;

/// What came back, still to be compared with the ID token's subject.
pub(super) enum UserInfoAnswer {
    /// Claims in JSON, believed because of the connection they came through.
    Plain(Map<String, Value>),
    /// A signed token, still to be verified.
    Signed(String),
}

/// The members of a JWS header that decide (RFC 7515 §4.1); keys in the header itself are never read.
#[derive(Deserialize)]
struct Header {
    alg: CoreJwsSigningAlgorithm,
    kid: Option<JsonWebKeyId>,
    typ: Option<String>,
    cty: Option<Value>,
    crit: Option<Value>,
}

/// Asks with the access token as a bearer token (RFC 6750 §2.1).
pub(super) async fn ask_userinfo(
    http: &Outgoing,
    endpoint: &Url,
    access_token: &AccessToken,
) -> Result<UserInfoAnswer, FederationError> {
    let exchange = Exchange::UserInfo;
    let unreadable = |place: &str| FederationError::Unreadable { exchange, place: Quoted::new(place) };
    let mut bearer = HeaderValue::try_from(format!("Bearer {}", access_token.secret()))
        .map_err(|_| unreadable("the access token has characters that no header may have"))?;
    bearer.set_sensitive(true);
    let mut request = HttpRequest::new(Vec::new());
    request.headers_mut().insert(header::AUTHORIZATION, bearer);
    request
        .headers_mut()
        .insert(header::ACCEPT, HeaderValue::from_static("application/json, application/jwt"));
    let answer = http.get(endpoint, request, exchange).await?;

    let media_type = answer.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = media_type.unwrap_or("application/json").split(';').next().unwrap_or_default().trim();
    if media_type.eq_ignore_ascii_case("application/jwt") {
        let token = String::from_utf8(answer.into_body()).map_err(|_| unreadable("not a text"))?;
        Ok(UserInfoAnswer::Signed(token.trim().to_owned()))
    } else if media_type.eq_ignore_ascii_case("application/json") {
        // The position only: the words of the error may quote what is said of the person.
        serde_json::from_slice(answer.body()).map(UserInfoAnswer::Plain).map_err(|error| {
            unreadable(&format!("not a JSON object (line {}, column {})", error.line(), error.column()))
        })
    } else {
        Err(unreadable(&format!("media type {media_type}")))
    }
}

/// Checks a signed answer: header, signature, issuer, audience, times.
pub(super) fn verify_signed_userinfo(
    provider: &Provider,
    token: &str,
    client_id: &str,
    now: Timestamp,
) -> Result<Map<String, Value>, TokenFault> {
    check_signature(provider, token, &["JWT"])?;
    let claims = payload_of(token).ok_or(TokenFault::Malformed)?;
    if claims.get("iss").and_then(Value::as_str) != Some(provider.issuer.as_str()) {
        return Err(TokenFault::Issuer);
    }
    if !is_audience(&claims, client_id) {
        return Err(TokenFault::Audience);
    }
    check_not_before(&claims, now)?;
    // A userinfo answer need not expire, but one that says when means it.
    match claims.get("exp").map(seconds_of) {
        Some(None) => Err(TokenFault::Malformed),
        Some(Some(end)) if end <= now - CLOCK_LEEWAY => Err(TokenFault::Expired),
        _ => Ok(claims),
    }
}

/// Whether claims are meant for a client, and for nobody else.
pub(super) fn is_audience(claims: &Map<String, Value>, client_id: &str) -> bool {
    match claims.get("aud") {
        Some(Value::String(audience)) => audience == client_id,
        Some(Value::Array(audiences)) => {
            !audiences.is_empty() && audiences.iter().all(|one| one == client_id)
        }
        _ => false,
    }
}

/// Whether one of the issuer's keys signed this, as a token of one of these types if it says its type; the
/// header only picks among the keys.
pub(super) fn check_signature(provider: &Provider, token: &str, types: &[&str]) -> Result<(), TokenFault> {
    let (signed, signature) = token.rsplit_once('.').ok_or(TokenFault::Malformed)?;
    let (header, payload) = signed.split_once('.').ok_or(TokenFault::Malformed)?;
    if payload.contains('.') {
        // Five parts: encrypted.
        return Err(TokenFault::Header);
    }
    let header: Header = from_base64url(header)
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .ok_or(TokenFault::Malformed)?;
    let signature = from_base64url(signature).ok_or(TokenFault::Malformed)?;
    let is_of_type = header.typ.is_none_or(|typ| {
        let typ = typ.to_ascii_lowercase();
        let typ = typ.strip_prefix("application/").unwrap_or(&typ);
        types.iter().any(|wanted| wanted.eq_ignore_ascii_case(typ))
    });
    if !is_of_type || header.cty.is_some() || header.crit.is_some() {
        return Err(TokenFault::Header);
    }
    if !ALLOWED_ALGORITHMS.contains(&header.alg) {
        return Err(if header.alg == CoreJwsSigningAlgorithm::None {
            TokenFault::Unsigned
        } else {
            TokenFault::Algorithm
        });
    }
    let mut fitting = provider
        .keys
        .keys()
        .iter()
        .filter(|key| header.kid.is_none() || key.key_id() == header.kid.as_ref())
        .peekable();
    if fitting.peek().is_none() {
        return Err(TokenFault::UnknownKey);
    }
    // The key itself refuses an algorithm, a use or a curve that is not its own.
    if fitting.any(|key| key.verify_signature(&header.alg, signed.as_bytes(), &signature).is_ok()) {
        Ok(())
    } else {
        Err(TokenFault::Signature)
    }
}
