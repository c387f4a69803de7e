//! The check of an access token, as a resource server makes it (RFC 9068 §4): offline, by the
//! provider's published keys.

use std::sync::Arc;
use std::time::Duration;

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::{Mutex, RwLock};

use crate::kit::clock::Timestamp;

use super::person::Subject;
use super::provider::{LEAST_AGE_OF_KEYS, Provider};

/// The scope without which nothing of this API is open.
pub(super) const SCOPE: &str = "imagin";
/// How far the provider's clock may be from ours, in seconds.
const LEEWAY: u64 = 10;
/// After how long the keys are asked for again, so that a withdrawn one dies here too.
const KEYS_LIFETIME: Duration = Duration::from_mins(10);
/// After a failure to get the first keys, how long until the next attempt.
const REST_AFTER_FAILURE: Duration = Duration::from_secs(1);
/// The longest token that is looked at, in bytes.
const LONGEST_TOKEN: usize = 8 * 1024;
/// An RSA modulus of 2048 bits, in base64url characters.
const SHORTEST_MODULUS: usize = 342;

/// Somebody whose access token was checked.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Bearer {
    subject: Subject,
}

impl Bearer {
    /// Whose data the token opens.
    pub(super) const fn subject(&self) -> &Subject {
        &self.subject
    }
}

/// Why a token opens nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum TokenRefusal {
    /// It is no JWT, or longer than any that makes sense.
    #[error("this is no JWT")]
    NoJwt,
    /// It is a JWT of another type: an ID token where an access token is wanted.
    #[error("it is of another type")]
    AnotherType,
    /// It demands that an extension be understood (RFC 7515 §4.1.11).
    #[error("it bears critical headers")]
    CriticalHeaders,
    /// It names no key, or none that the provider publishes.
    #[error("its key is not among the provider's")]
    UnknownKey,
    /// Signature, algorithm, issuer, audience, times or a missing claim.
    #[error("it does not hold: {0}")]
    Unacceptable(#[from] jsonwebtoken::errors::Error),
    /// It is good, but does not open this.
    #[error("it lacks the scope {SCOPE}")]
    ScopeMissing,
    /// The provider's keys cannot be had, so nothing can be said of the token.
    #[error("the provider's keys cannot be had")]
    KeysUnavailable,
}

/// The claims that RFC 9068 §2.2 requires and the library does not check.
///
/// The library accepts a list of issuers that holds the right one; an issuer is one string.
#[derive(Deserialize)]
struct AccessTokenClaims {
    #[serde(rename = "iss")]
    _issuer: String,
    sub: String,
    #[serde(rename = "client_id")]
    _client_id: String,
    #[serde(rename = "iat")]
    _issued_at: serde_json::Number,
    #[serde(rename = "jti")]
    _id: String,
    #[serde(default)]
    scope: String,
}

/// A published key, and the only algorithm for which it is used here.
struct VerifyingKey {
    id: String,
    algorithm: Algorithm,
    key: DecodingKey,
}

impl VerifyingKey {
    /// The key, if it is one that signs with ES256 or RS256; the algorithm comes from the key, never
    /// from a token.
    fn from_jwk(jwk: &Jwk) -> Option<Self> {
        let algorithm = match &jwk.algorithm {
            AlgorithmParameters::EllipticCurve(curve) if curve.curve == EllipticCurve::P256 => {
                Algorithm::ES256
            }
            AlgorithmParameters::RSA(rsa) if rsa.n.len() >= SHORTEST_MODULUS => Algorithm::RS256,
            _ => return None,
        };
        let is_for_signatures =
            jwk.common.public_key_use.as_ref().is_none_or(|used| *used == PublicKeyUse::Signature);
        let is_for_this =
            jwk.common.key_algorithm.is_none_or(|named| named.to_string() == format!("{algorithm:?}"));
        let id = jwk.common.key_id.clone().filter(|_| is_for_signatures && is_for_this)?;
        Some(Self { id, algorithm, key: DecodingKey::from_jwk(jwk).ok()? })
    }
}

/// Reads a JWKS document (RFC 7517 §5); keys of other kinds are passed over.
fn read_keys(document: &[u8]) -> Option<Vec<Arc<VerifyingKey>>> {
    #[derive(Deserialize)]
    struct Document {
        keys: Vec<serde_json::Value>,
    }
    let document: Document = serde_json::from_slice(document).ok()?;
    let keys = document.keys.into_iter().filter_map(|key| serde_json::from_value::<Jwk>(key).ok());
    Some(keys.filter_map(|jwk| VerifyingKey::from_jwk(&jwk).map(Arc::new)).collect())
}

/// What a token of a type says of itself before it is believed: which key it claims to be signed with.
fn key_id_of(token: &str, wanted: &str) -> Result<String, TokenRefusal> {
    if token.len() > LONGEST_TOKEN || token.split('.').count() != 3 {
        return Err(TokenRefusal::NoJwt);
    }
    let header = decode_header(token).map_err(|_| TokenRefusal::NoJwt)?;
    let kind = header.typ.unwrap_or_default().to_ascii_lowercase();
    if kind.strip_prefix("application/").unwrap_or(&kind) != wanted {
        return Err(TokenRefusal::AnotherType);
    }
    if header.crit.is_some() {
        return Err(TokenRefusal::CriticalHeaders);
    }
    header.kid.ok_or(TokenRefusal::UnknownKey)
}

/// Every check that needs the key (RFC 9068 §4).
fn check(token: &str, key: &VerifyingKey, issuer: &str, resource: &str) -> Result<Bearer, TokenRefusal> {
    let mut validation = Validation::new(key.algorithm);
    validation.leeway = LEEWAY;
    validation.validate_nbf = true;
    validation.set_issuer(&[issuer]);
    validation.set_audience(&[resource]);
    // A claim that is not there is not checked unless it is required.
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    let claims = decode::<AccessTokenClaims>(token, &key.key, &validation)?.claims;
    if !claims.scope.split(' ').any(|scope| scope == SCOPE) {
        return Err(TokenRefusal::ScopeMissing);
    }
    Ok(Bearer { subject: claims.sub.into() })
}

/// The check with the provider's keys, fetched when needed and kept.
pub(super) struct TokenCheck {
    provider: Arc<Provider>,
    resource: String,
    keys: RwLock<Keys>,
    /// One fetches while the others wait.
    fetching: Mutex<()>,
}

#[derive(Default)]
struct Keys {
    published: Vec<Arc<VerifyingKey>>,
    fetched_at: Option<Timestamp>,
    tried_at: Option<Timestamp>,
}

impl Keys {
    fn find(&self, id: &str) -> Option<Arc<VerifyingKey>> {
        self.published.iter().find(|key| key.id == id).cloned()
    }

    /// Whether these are too old to be believed without asking again.
    fn are_old(&self, now: Timestamp) -> bool {
        self.fetched_at.is_none_or(|fetched_at| now.since(fetched_at) >= KEYS_LIFETIME)
    }

    /// Whether the provider may be asked: tokens with made-up keys must not become requests to it.
    fn may_be_fetched(&self, now: Timestamp) -> bool {
        let rest = if self.fetched_at.is_some() { LEAST_AGE_OF_KEYS } else { REST_AFTER_FAILURE };
        self.tried_at.is_none_or(|tried_at| now.since(tried_at) >= rest)
    }
}

impl TokenCheck {
    pub(super) fn new(provider: Arc<Provider>, resource: String) -> Self {
        Self { provider, resource, keys: RwLock::default(), fetching: Mutex::default() }
    }

    /// Checks an access token.
    pub(super) async fn check(&self, token: &str) -> Result<Bearer, TokenRefusal> {
        let key = self.key(&key_id_of(token, "at+jwt")?).await?;
        check(token, &key, self.provider.issuer(), &self.resource)
    }

    /// The claims of a logout token for a client: type, signature, issuer, audience and times checked.
    pub(super) async fn check_logout<T: DeserializeOwned>(
        &self,
        token: &str,
        client_id: &str,
    ) -> Result<T, TokenRefusal> {
        let key = self.key(&key_id_of(token, "logout+jwt")?).await?;
        let mut validation = Validation::new(key.algorithm);
        validation.leeway = LEEWAY;
        validation.validate_nbf = true;
        validation.set_issuer(&[self.provider.issuer()]);
        validation.set_audience(&[client_id]);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        Ok(decode(token, &key.key, &validation)?.claims)
    }

    async fn key(&self, id: &str) -> Result<Arc<VerifyingKey>, TokenRefusal> {
        let clock = self.provider.clock();
        {
            let keys = self.keys.read().await;
            if let Some(key) = keys.find(id)
                && !keys.are_old(clock.now())
            {
                return Ok(key);
            }
        }
        let _turn = self.fetching.lock().await;
        let now = clock.now();
        let is_due = {
            let keys = self.keys.read().await;
            (keys.are_old(now) || keys.find(id).is_none()) && keys.may_be_fetched(now)
        };
        if is_due {
            let fetched = self.fetch().await;
            let mut keys = self.keys.write().await;
            keys.tried_at = Some(now);
            if let Some(fetched) = fetched {
                *keys = Keys { published: fetched, fetched_at: Some(now), tried_at: Some(now) };
            }
        }
        let keys = self.keys.read().await;
        match keys.find(id) {
            Some(key) => Ok(key),
            None if keys.fetched_at.is_none() => Err(TokenRefusal::KeysUnavailable),
            None => Err(TokenRefusal::UnknownKey),
        }
    }

    async fn fetch(&self) -> Option<Vec<Arc<VerifyingKey>>> {
        let known = self.provider.known().await.ok()?;
        let request = http::Request::get(known.jwks_uri.as_str())
            .header(http::header::ACCEPT, "application/json")
            .body(Vec::new())
            .ok()?;
        match self.provider.http().send(request).await {
            Ok(answer) if answer.status() == http::StatusCode::OK => read_keys(answer.body()),
            Ok(answer) => {
                tracing::warn!(status = answer.status().as_u16(), "the provider's keys could not be had");
                None
            }
            Err(error) => {
                tracing::warn!(%error, "the provider's keys could not be had");
                None
            }
        }
    }
}

#[cfg(test)]
#[path = "access_token_tests.rs"]
mod tests;
