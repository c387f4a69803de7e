//! The public keys of clients, and what was signed with them.
//!
//! Keys stand in the registration (`jwks`) or at an address (`jwks_uri`), which is read through the guarded way
//! out, remembered for the client that named it, and read again when something does not verify. What a token's
//! header says of its key only looks up among those: a key that it brings itself, or points to, counts for nothing
//! (RFC 8725 §3.10).

use std::sync::Arc;
use std::time::Duration;

use jsonwebtoken::jwk::{Jwk, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use moka::sync::Cache;
use serde_json::{Map, Value};
use thiserror::Error;
use tokio::sync::Mutex;
use url::Url;

use super::ClientId;
use super::clients::Client;
use super::fetch::{Errand, FetchError, Fetcher};
use crate::config::{ClientKeys, SigningAlgorithm};
use crate::kit::clock::{Clock, Timestamp};

/// Younger keys are used without a thought.
const FRESH: Duration = Duration::from_mins(10);
/// Older keys are not used at all, however long their address has been down.
const KEPT: Duration = Duration::from_hours(24);
/// How often an address is read at the most, whatever does not verify.
const BETWEEN_READINGS: Duration = Duration::from_mins(1);
/// The same while nothing is known of it.
const BETWEEN_FIRST_READINGS: Duration = Duration::from_secs(5);
/// How soon one is tried again for which no turn was to be had.
const BETWEEN_TURNS: Duration = Duration::from_secs(1);
/// How many addresses are remembered, of the clients that operators know and of the others.
const MOST_ADDRESSES: u64 = 1_000;
/// How many keys of a set are looked at.
const MOST_KEYS: usize = 50;
/// How many keys are tried when a token names none.
const MOST_TRIED: usize = 5;

/// Why what a client signed counts for nothing.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(super) enum SignatureFault {
    /// It is no JWT with a JSON object in it, or its header demands what is not understood here.
    #[error("not a JWT that can be read")]
    Malformed,
    /// Its algorithm is not one that may be used, or not the registered one.
    #[error("an algorithm that this client may not use")]
    Algorithm,
    /// The client has no keys, or its address gave none.
    #[error("the keys of the client are not known")]
    NoKeys,
    /// No key of the client fits.
    #[error("no key of the client verifies it")]
    Unverified,
}

/// A JWT whose signature is a client's own; what it says is the caller's to judge.
#[derive(Debug)]
pub(super) struct ClientSigned {
    /// Its header.
    pub header: Header,
    /// Its claims.
    pub claims: Map<String, Value>,
}

/// A key that verifies.
struct Key {
    id: Option<String>,
    algorithm: Option<String>,
    public: DecodingKey,
}

type Keys = Arc<Vec<Key>>;

/// What is known of an address.
#[derive(Default)]
struct Known {
    keys: Option<(Keys, Timestamp)>,
    /// Until when it is not read again.
    rests_until: Option<Timestamp>,
}

/// What is known of addresses, by who named them: one client that has its keys read delays no other, though it names
/// the address of the other.
type Addresses = Cache<(ClientId, Url), Arc<Mutex<Known>>>;

/// The keys of clients, as they are known.
#[derive(Clone)]
pub(super) struct KeyRing {
    fetcher: Fetcher,
    clock: Clock,
    addresses: Addresses,
    /// Those of clients that anybody may have registered, which crowd out their like alone.
    of_strangers: Addresses,
}

impl KeyRing {
    pub fn new(fetcher: Fetcher, clock: Clock) -> Self {
        let (addresses, of_strangers) = (Cache::new(MOST_ADDRESSES), Cache::new(MOST_ADDRESSES));
        Self { fetcher, clock, addresses, of_strangers }
    }

    /// What a client signed, verified with one of its keys.
    ///
    /// `registered` is the one algorithm that the registration allows, if it names one; ours otherwise, which
    /// are all asymmetric: a public key never counts as a secret.
    pub async fn verify(
        &self,
        client: &Client,
        registered: Option<SigningAlgorithm>,
        jwt: &str,
    ) -> Result<ClientSigned, SignatureFault> {
        let header = jsonwebtoken::decode_header(jwt).map_err(|_| SignatureFault::Malformed)?;
        // Every extension that must be understood is one that is not (RFC 7515 §4.1.11).
        if header.crit.is_some() {
            return Err(SignatureFault::Malformed);
        }
        let algorithm = allowed(header.alg).ok_or(SignatureFault::Algorithm)?;
        if registered.is_some_and(|registered| registered != algorithm) {
            return Err(SignatureFault::Algorithm);
        }
        match &client.settings.keys {
            ClientKeys::None => Err(SignatureFault::NoKeys),
            ClientKeys::Inline(set) => verified(&keys_of(set), &header, jwt),
            ClientKeys::At(url) => {
                let keys = self.keys_at(client, url, None).await.ok_or(SignatureFault::NoKeys)?;
                match verified(&keys, &header, jwt) {
                    Err(SignatureFault::Unverified) => {}
                    outcome => return outcome,
                }
                // A new key, perhaps: the set is read again, but not for everyone who says so.
                let newer = self.keys_at(client, url, Some(&keys)).await.ok_or(SignatureFault::NoKeys)?;
                if Arc::ptr_eq(&newer, &keys) {
                    return Err(SignatureFault::Unverified);
                }
                verified(&newer, &header, jwt)
            }
        }
    }

    /// The keys at the address of a client, newer than those seen if there are any newer.
    async fn keys_at(&self, client: &Client, url: &Url, seen: Option<&Keys>) -> Option<Keys> {
        let errand = errand_of(client);
        let addresses = if errand == Errand::KeysOfStrangers { &self.of_strangers } else { &self.addresses };
        let known = addresses.get_with((client.id.clone(), url.clone()), Arc::default);
        // Whoever comes meanwhile waits here, and finds what is being read.
        let mut known = known.lock_owned().await;
        let now = self.clock.now();
        let is_due = match &known.keys {
            None => true,
            Some((keys, read_at)) => {
                now.since(*read_at) >= FRESH || seen.is_some_and(|seen| Arc::ptr_eq(seen, keys))
            }
        };
        if is_due && known.rests_until.is_none_or(|until| now >= until) {
            let (fetcher, url) = (self.fetcher.on(errand).on_behalf_of(&client.id), url.clone());
            let clock = self.clock.clone();
            // On its own, so that nobody who leaves takes the reading with them.
            let reading = tokio::spawn(async move {
                let outcome = fetcher.get_json(&url).await;
                // What was not even asked rests no longer than those need who waited for the same.
                let was_asked = outcome != Err(FetchError::NoTurn);
                match outcome {
                    Ok(set) => known.keys = Some((Arc::new(keys_of(&set)), now)),
                    Err(error) => tracing::warn!(%url, %error, "a client's keys could not be read"),
                }
                known.rests_until = Some(match &known.keys {
                    _ if !was_asked => clock.now() + BETWEEN_TURNS,
                    None => now + BETWEEN_FIRST_READINGS,
                    Some(_) => now + BETWEEN_READINGS,
                });
                known
            });
            known = reading.await.ok()?;
        }
        let (keys, read_at) = known.keys.as_ref()?;
        (now.since(*read_at) < KEPT).then(|| Arc::clone(keys))
    }
}

/// For what the keys of a client are read, and what it signed: those of strangers keep nobody else's waiting.
pub(super) fn errand_of(client: &Client) -> Errand {
    if client.origin.is_strangers() { Errand::KeysOfStrangers } else { Errand::Keys }
}

/// Which of our algorithms this is, if it is one.
fn allowed(algorithm: Algorithm) -> Option<SigningAlgorithm> {
    SigningAlgorithm::ALL.into_iter().find(|ours| ours.name().parse() == Ok(algorithm))
}

/// The keys of a set that can verify; what is not understood is left out (RFC 7517 §5).
fn keys_of(set: &Value) -> Vec<Key> {
    let keys = set.get("keys").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    keys.iter().take(MOST_KEYS).filter_map(Key::read).collect()
}

fn verified(keys: &[Key], header: &Header, jwt: &str) -> Result<ClientSigned, SignatureFault> {
    let mut validation = Validation::new(header.alg);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    for key in keys.iter().filter(|key| key.fits(header)).take(MOST_TRIED) {
        if let Ok(token) = jsonwebtoken::decode::<Map<String, Value>>(jwt, &key.public, &validation) {
            return Ok(ClientSigned { header: token.header, claims: token.claims });
        }
    }
    Err(SignatureFault::Unverified)
}

impl Key {
    fn read(json: &Value) -> Option<Self> {
        let jwk: Jwk = serde_json::from_value(json.clone()).ok()?;
        let common = &jwk.common;
        let is_for_signatures =
            common.public_key_use.as_ref().is_none_or(|one| *one == PublicKeyUse::Signature)
                && common.key_operations.as_ref().is_none_or(|all| all.contains(&KeyOperations::Verify));
        let algorithm = json.get("alg").and_then(Value::as_str).map(str::to_owned);
        let public = DecodingKey::from_jwk(&jwk).ok()?;
        is_for_signatures.then_some(Self { id: jwk.common.key_id, algorithm, public })
    }

    /// Whether a token with this header may have been signed with it.
    fn fits(&self, header: &Header) -> bool {
        let names_it = header.kid.is_none() || header.kid == self.id;
        let name_of = |algorithm: &String| algorithm.parse::<Algorithm>().ok();
        let is_its_own = self.algorithm.as_ref().is_none_or(|own| name_of(own) == Some(header.alg));
        names_it && is_its_own && self.public.family() == header.alg.family()
    }
}
