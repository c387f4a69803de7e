//! The checks of an ID token (`OpenID` Connect Core §3.1.3.7).
//!
//! The protocol client checks header, issuer, audience, signature, expiry and nonce; what it leaves to
//! its users is checked here: `azp`, `iat`, `nbf`, `at_hash`, `auth_time`, the subject's form.

use std::time::{Duration, UNIX_EPOCH};

use openidconnect::core::{CoreIdToken, CoreIdTokenClaims, CoreIdTokenVerifier, CoreJwsSigningAlgorithm};
use openidconnect::{
    AccessToken, AccessTokenHash, ClaimsVerificationError, ClientId, Nonce, SignatureVerificationError,
};
use serde_json::{Map, Value};

use super::claims::short_text;
use super::discovery::Provider;
use super::errors::TokenFault;
use crate::kit::clock::Timestamp;
use crate::kit::encoding::from_base64url;

/// How far an upstream's clock may be from ours.
pub(super) const CLOCK_LEEWAY: Duration = Duration::from_secs(30);

/// The longest subject, in bytes (`OpenID` Connect Core §2).
const LONGEST_SUBJECT: usize = 255;

/// How many authentication methods are kept.
const MOST_METHODS: usize = 20;

/// The algorithms that may sign: all asymmetric, so that nothing that is public can sign.
pub(super) const ALLOWED_ALGORITHMS: [CoreJwsSigningAlgorithm; 4] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// What the ID token must agree with.
pub(super) struct Expected<'a> {
    pub(super) client_id: &'a str,
    pub(super) access_token: &'a AccessToken,
    pub(super) nonce: &'a str,
    /// When the browser departed.
    pub(super) began: Timestamp,
    /// How old, in seconds, the sign-in upstream may have been then; `None` for any age.
    pub(super) max_age: Option<u64>,
    pub(super) now: Timestamp,
}

/// An ID token that passed every check.
pub(super) struct VerifiedIdToken {
    pub(super) subject: String,
    pub(super) auth_time: Option<Timestamp>,
    pub(super) claims: Map<String, Value>,
}

/// Checks an ID token against the keys known of its issuer.
pub(super) fn verify_id_token(
    provider: &Provider,
    token: &CoreIdToken,
    expected: &Expected<'_>,
) -> Result<VerifiedIdToken, TokenFault> {
    // As for a public client: then the client secret is no key, whatever the header says.
    let verifier = CoreIdTokenVerifier::new_public_client(
        ClientId::new(expected.client_id.to_owned()),
        provider.issuer.clone(),
        provider.keys.clone(),
    )
    .set_allowed_algs(ALLOWED_ALGORITHMS)
    .enable_signature_check()
    .require_issuer_match(true)
    .require_audience_match(true)
    .set_other_audience_verifier_fn(|_| false)
    .set_time_fn(|| (UNIX_EPOCH + Duration::from_secs(expiry_limit(expected.now))).into());
    let claims =
        token.claims(&verifier, &Nonce::new(expected.nonce.to_owned())).map_err(|error| fault_of(&error))?;

    if claims.authorized_party().is_some_and(|party| party.as_str() != expected.client_id) {
        return Err(TokenFault::AuthorizedParty);
    }
    if let Some(announced) = claims.access_token_hash() {
        let algorithm = token.signing_alg().map_err(|_| TokenFault::Unsigned)?;
        let key = token.signing_key(&verifier).map_err(|_| TokenFault::UnknownKey)?;
        match AccessTokenHash::from_token(expected.access_token, algorithm, key) {
            Ok(actual) if actual == *announced => {}
            _ => return Err(TokenFault::AccessTokenHash),
        }
    }
    let auth_time = check_times(claims, expected)?;
    let subject = claims.subject().as_str();
    if !is_subject(subject) {
        return Err(TokenFault::Subject);
    }

    let subject = subject.to_owned();
    let claims = payload_of(&token.to_string()).ok_or(TokenFault::Malformed)?;
    // The protocol client takes a date in words for a moment; RFC 7519 §2 has numbers.
    if ["exp", "iat", "auth_time"].iter().any(|time| claims.get(*time).is_some_and(Value::is_string)) {
        return Err(TokenFault::Malformed);
    }
    check_not_before(&claims, expected.now)?;
    Ok(VerifiedIdToken { subject, auth_time, claims })
}

/// Whether a text can be a subject.
pub(super) fn is_subject(text: &str) -> bool {
    !text.is_empty() && text.len() <= LONGEST_SUBJECT && !text.chars().any(char::is_control)
}

/// The name of a session; kept whole or not at all, since it is compared.
pub(super) fn session_of(sid: &str) -> Option<String> {
    (!sid.is_empty() && sid.len() <= 255 && !sid.chars().any(char::is_control)).then(|| sid.to_owned())
}

/// The moment, in seconds, that `exp` must be later than.
fn expiry_limit(now: Timestamp) -> u64 {
    u64::try_from((now - CLOCK_LEEWAY).seconds()).unwrap_or(0)
}

fn check_times(claims: &CoreIdTokenClaims, expected: &Expected<'_>) -> Result<Option<Timestamp>, TokenFault> {
    // The code was asked for by this very sign-in, so its ID token cannot be older than that.
    let issued = Timestamp::from_seconds(claims.issue_time().timestamp());
    if issued > expected.now + CLOCK_LEEWAY || issued < expected.began - CLOCK_LEEWAY {
        return Err(TokenFault::IssuedAt);
    }
    let auth_time = claims.auth_time().map(|time| Timestamp::from_seconds(time.timestamp()));
    if let Some(seconds) = expected.max_age {
        let oldest = expected.began - Duration::from_secs(seconds) - CLOCK_LEEWAY;
        if !auth_time.is_some_and(|time| time >= oldest && time <= expected.now + CLOCK_LEEWAY) {
            return Err(TokenFault::AuthTime);
        }
    }
    Ok(auth_time)
}

/// `nbf` must be over when it is there; anything but a number is a fault (RFC 7519 §4.1.5).
pub(super) fn check_not_before(claims: &Map<String, Value>, now: Timestamp) -> Result<(), TokenFault> {
    match claims.get("nbf") {
        None => Ok(()),
        Some(value) => match seconds_of(value) {
            Some(moment) if moment <= now + CLOCK_LEEWAY => Ok(()),
            Some(_) => Err(TokenFault::NotYet),
            None => Err(TokenFault::Malformed),
        },
    }
}

/// A `NumericDate` (RFC 7519 §2), its fraction ignored.
pub(super) fn seconds_of(value: &Value) -> Option<Timestamp> {
    #[expect(clippy::cast_possible_truncation, reason = "a float becomes the nearest whole second there is")]
    let seconds = value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds as i64))?;
    Some(Timestamp::from_seconds(seconds))
}

/// The claims of a compact JWS, unchecked.
pub(super) fn payload_of(token: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&from_base64url(token.split('.').nth(1)?)?).ok()
}

fn fault_of(error: &ClaimsVerificationError) -> TokenFault {
    match error {
        ClaimsVerificationError::Expired(_) => TokenFault::Expired,
        ClaimsVerificationError::InvalidAudience(_) => TokenFault::Audience,
        ClaimsVerificationError::InvalidIssuer(_) => TokenFault::Issuer,
        ClaimsVerificationError::InvalidNonce(_) => TokenFault::Nonce,
        ClaimsVerificationError::InvalidSubject(_) => TokenFault::Subject,
        ClaimsVerificationError::InvalidAuthTime(_) => TokenFault::AuthTime,
        ClaimsVerificationError::Unsupported(_) => TokenFault::Header,
        ClaimsVerificationError::SignatureVerification(error) => signature_fault_of(error),
        _ => TokenFault::Malformed,
    }
}

fn signature_fault_of(error: &SignatureVerificationError) -> TokenFault {
    match error {
        SignatureVerificationError::NoSignature => TokenFault::Unsigned,
        SignatureVerificationError::DisallowedAlg(_) | SignatureVerificationError::UnsupportedAlg(_) => {
            TokenFault::Algorithm
        }
        SignatureVerificationError::NoMatchingKey | SignatureVerificationError::AmbiguousKeyId(_) => {
            TokenFault::UnknownKey
        }
        _ => TokenFault::Signature,
    }
}

impl VerifiedIdToken {
    /// The authentication context that the upstream vouches for.
    pub(super) fn acr(&self) -> Option<String> {
        self.claims.get("acr").and_then(Value::as_str).and_then(short_text)
    }

    /// The session upstream.
    pub(super) fn sid(&self) -> Option<String> {
        self.claims.get("sid").and_then(Value::as_str).and_then(session_of)
    }

    /// The authentication methods.
    pub(super) fn amr(&self) -> Vec<String> {
        let methods = self.claims.get("amr").and_then(Value::as_array);
        methods
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .filter_map(short_text)
            .take(MOST_METHODS)
            .collect()
    }
}
