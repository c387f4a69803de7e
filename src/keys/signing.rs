//! The keys that sign tokens, as the other rooms use them: sign, verify, publish.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwap;
use bytes::Bytes;
use jsonwebtoken::signature::Signer;
use jsonwebtoken::{Header, Validation, dangerous};
use moka::sync::Cache;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::{Mutex, Notify};

use super::held::verified_as;
use super::master::{MasterKey, Purpose, Sealer};
use super::ring::Ring;
use super::store::{self, StoredKey};
use super::token_type::TokenType;
use crate::config::{KeySettings, SigningAlgorithm};
use crate::database::Database;
use crate::kit::clock::{Clock, Timestamp};
use crate::kit::encoding::base64url;
use crate::kit::random::Rng;
use crate::kit::secrets::TokenHash;

/// How many tokens are remembered whose signature was found good: a few megabytes.
const MOST_PROVEN: u64 = 10_000;

/// Why the keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The stored keys were sealed by another master key.
    #[error(
        "the stored signing keys cannot be opened: this is not the master key that sealed them; restore the right one (keys.master_key)"
    )]
    WrongMasterKey,
    /// A key could not be made or read.
    #[error("a signing key is unusable")]
    Unusable,
    /// No key of this algorithm signs yet; one is being made.
    #[error("there is no key for {} yet", .0.name())]
    Missing(SigningAlgorithm),
    /// The database failed.
    #[error("the signing keys cannot be read: {0}")]
    Database(#[from] sqlx::Error),
}

/// Why a token was not accepted as one of ours.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// It is no JWT, or not of the type expected.
    #[error("not a token of this type")]
    WrongType,
    /// No key of ours has this id, or it is not good for such a token any more.
    #[error("signed with an unknown key")]
    UnknownKey,
    /// No key of this id is known here, and the table could not be asked for it: it may well be one of ours.
    #[error("the keys could not be looked up")]
    Unavailable,
    /// The signature or a claim does not hold.
    #[error("refused: {0}")]
    Refused(#[source] jsonwebtoken::errors::Error),
}

/// Whether the table could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Looked {
    Well,
    InVain,
}

/// The signing keys of an installation, as a node knows them.
#[derive(Clone)]
pub struct SigningKeys(pub(super) Arc<Inner>);

pub(super) struct Inner {
    /// Swapped as a whole; whoever signs, verifies or publishes waits for nobody.
    pub ring: ArcSwap<Ring>,
    pub database: Database,
    pub sealer: Sealer,
    pub settings: KeySettings,
    pub clock: Clock,
    pub rng: Rng,
    pub wanted: Notify,
    /// One reading at a time, so that what was read first never replaces what was read later; and when a
    /// token last gave a reason for one.
    reading: Mutex<Option<(Timestamp, Looked)>>,
    readings: AtomicU64,
    /// Tokens whose signature and issuer were found good once, which they stay: to find it again costs more than all
    /// else that is done with one. Whether its key still counts, and all else, is asked each time.
    proven: Cache<TokenHash, ()>,
}

/// What the signing keys are made of.
pub struct Parts<'a> {
    /// Where they are kept.
    pub database: Database,
    /// What seals them there.
    pub master_key: &'a MasterKey,
    /// How long they live.
    pub settings: KeySettings,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub rng: Rng,
}

impl SigningKeys {
    /// Reads the keys; makes none.
    pub async fn open(parts: Parts<'_>) -> Result<Self, KeyError> {
        let this = Self(Arc::new(Inner {
            ring: ArcSwap::default(),
            database: parts.database,
            sealer: parts.master_key.sealer(Purpose::SigningKeys),
            settings: parts.settings,
            clock: parts.clock,
            rng: parts.rng,
            wanted: Notify::new(),
            reading: Mutex::default(),
            readings: AtomicU64::new(0),
            proven: Cache::new(MOST_PROVEN),
        }));
        this.read().await?;
        Ok(this)
    }

    /// The JWK set (RFC 7517 §5), serialized.
    #[must_use]
    pub fn jwks(&self) -> Bytes {
        self.0.ring.load().jwks()
    }

    /// Signs claims as a JWT of a type, by the key whose turn it is.
    pub fn sign<T: Serialize>(
        &self,
        algorithm: SigningAlgorithm,
        token_type: TokenType,
        claims: &T,
    ) -> Result<String, KeyError> {
        let ring = self.0.ring.load();
        let Some((key, held)) = ring.signing(algorithm, self.0.clock.now()) else {
            self.0.wanted.notify_one();
            return Err(KeyError::Missing(algorithm));
        };
        let mut header = Header::new(verified_as(algorithm));
        header.typ = token_type.header().map(str::to_owned);
        header.kid = Some(key.kid.clone());
        let part = |json: Result<Vec<u8>, serde_json::Error>| json.map(|json| base64url(&json));
        let (Ok(header), Ok(claims)) = (part(serde_json::to_vec(&header)), part(serde_json::to_vec(claims)))
        else {
            return Err(KeyError::Unusable);
        };
        let message = format!("{header}.{claims}");
        let signature = held.try_sign(message.as_bytes()).map_err(|_| KeyError::Unusable)?;
        Ok(format!("{message}.{}", base64url(&signature)))
    }

    /// The claims of a token that we signed: type, key, signature and issuer checked.
    ///
    /// Expiry is the caller's to judge, by its own clock: an expired ID token is still a good hint. A key that is not
    /// known here may be another node's newest, so the table is looked at: call this without holding a
    /// connection.
    pub async fn verify<T: DeserializeOwned>(
        &self,
        token_type: TokenType,
        issuer: &str,
        token: &str,
    ) -> Result<T, VerifyError> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| VerifyError::WrongType)?;
        // Nor does any of ours demand to be understood in a special way (RFC 7515 §4.1.11).
        if header.typ.as_deref() != token_type.header() || header.crit.is_some() {
            return Err(VerifyError::WrongType);
        }
        let kid = header.kid.ok_or(VerifyError::UnknownKey)?;
        if self.0.ring.load().get(&kid).is_none() && self.look_again().await == Looked::InVain {
            return Err(VerifyError::Unavailable);
        }
        let ring = self.0.ring.load();
        let key = ring.get(&kid).ok_or(VerifyError::UnknownKey)?;
        let decoding = key.verifies(token_type, self.0.clock.now()).ok_or(VerifyError::UnknownKey)?;
        let mark = TokenHash::of(token);
        if self.0.proven.contains_key(&mark) {
            return dangerous::insecure_decode_claims(token).map_err(VerifyError::Refused);
        }
        let mut validation = Validation::new(verified_as(key.algorithm));
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.set_issuer(&[issuer]);
        validation.set_required_spec_claims(token_type.required_claims());
        let proven = jsonwebtoken::decode(token, decoding, &validation).map_err(VerifyError::Refused)?;
        self.0.proven.insert(mark, ());
        Ok(proven.claims)
    }

    /// Ready when a key is wanted that is not there: the keys should have their turn at once.
    pub async fn wanted(&self) {
        self.0.wanted.notified().await;
    }

    /// Reads the table, and knows from here on what it says.
    pub(super) async fn read(&self) -> Result<Vec<StoredKey>, KeyError> {
        let _reading = self.0.reading.lock().await;
        self.read_alone().await
    }

    /// Reads the table for a key that is not known, at most once a second however many ask.
    async fn look_again(&self) -> Looked {
        let before = self.0.readings.load(Ordering::Acquire);
        let mut last = self.0.reading.lock().await;
        let now = self.0.clock.now();
        match *last {
            Some((at, looked)) if at == now => return looked,
            // Somebody has read it since.
            _ if self.0.readings.load(Ordering::Acquire) != before => return Looked::Well,
            _ => {}
        }
        let looked = match self.read_alone().await {
            Ok(_) => Looked::Well,
            Err(error) => {
                tracing::warn!(%error, "a key that is not known here could not be looked for");
                Looked::InVain
            }
        };
        *last = Some((now, looked));
        looked
    }

    async fn read_alone(&self) -> Result<Vec<StoredKey>, KeyError> {
        let outcome = async {
            let stored = store::all(&mut *self.0.database.read().await?).await?;
            let ring = Ring::open(&stored, &self.0.ring.load(), &self.0.sealer, self.0.clock.now())?;
            self.0.ring.store(Arc::new(ring));
            Ok(stored)
        };
        let outcome = outcome.await;
        self.0.readings.fetch_add(1, Ordering::Release);
        outcome
    }
}
