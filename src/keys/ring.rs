//! What a node knows of the signing keys at one moment, replaced as a whole when it looks again.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::Jwk;
use serde_json::{Value, json};

use super::held::HeldKey;
use super::life::{Life, Phase};
use super::master::{MasterKey, Purpose, Sealer};
use super::signing::KeyError;
use super::store::{self, StoredKey};
use super::token_type::TokenType;
use crate::config::SigningAlgorithm;
use crate::database::Connection;
use crate::kit::clock::Timestamp;
use crate::kit::random::Rng;

/// The keys that count, with the JWK set of the moment at which they were read.
#[derive(Default)]
pub(super) struct Ring {
    by_kid: HashMap<String, Arc<KnownKey>>,
    by_algorithm: HashMap<SigningAlgorithm, Vec<Arc<KnownKey>>>,
    jwks: Bytes,
}

/// A key that counts.
pub(super) struct KnownKey {
    pub kid: String,
    pub algorithm: SigningAlgorithm,
    life: Life,
    halves: Arc<Halves>,
}

/// What was opened and parsed of a key, once.
struct Halves {
    /// None once the key is only kept for hints.
    private: Option<HeldKey>,
    public: Value,
    decoding: DecodingKey,
}

impl Ring {
    /// Opens the stored keys; those that `before` knows are not parsed again.
    pub fn open(
        stored: &[StoredKey],
        before: &Self,
        sealer: &Sealer,
        now: Timestamp,
    ) -> Result<Self, KeyError> {
        let mut ring = Self::default();
        let mut published = Vec::new();
        for row in stored {
            let life = Life::of(row, stored);
            let phase = life.phase(now);
            if matches!(phase, Phase::Withdrawn { .. } | Phase::Gone) {
                if before.by_kid.contains_key(&row.kid) && phase != Phase::Gone {
                    let algorithm = row.algorithm.name();
                    tracing::warn!(
                        kid = row.kid,
                        algorithm,
                        "a signing key was withdrawn: nothing counts that it signed"
                    );
                }
                continue;
            }
            let halves = match before.by_kid.get(&row.kid) {
                Some(known) if known.is_as_stored(row) => Arc::clone(&known.halves),
                _ => Arc::new(Halves::open(row, sealer)?),
            };
            if phase.is_published() {
                published.push(halves.public.clone());
            }
            let known = Arc::new(KnownKey { kid: row.kid.clone(), algorithm: row.algorithm, life, halves });
            ring.by_algorithm.entry(row.algorithm).or_default().push(Arc::clone(&known));
            ring.by_kid.insert(row.kid.clone(), known);
        }
        ring.jwks = Bytes::from(json!({ "keys": published }).to_string());
        Ok(ring)
    }

    /// The JWK set (RFC 7517 §5), serialized.
    pub fn jwks(&self) -> Bytes {
        self.jwks.clone()
    }

    /// The key that signs at a moment.
    pub fn signing(&self, algorithm: SigningAlgorithm, now: Timestamp) -> Option<(&KnownKey, &HeldKey)> {
        let own = self.by_algorithm.get(&algorithm)?;
        let signs = |key: &&Arc<KnownKey>| matches!(key.life.phase(now), Phase::Signing { .. });
        let key = own.iter().find(signs)?;
        Some((key, key.halves.private.as_ref()?))
    }

    /// The key of an id, whatever it may be good for.
    pub fn get(&self, kid: &str) -> Option<&KnownKey> {
        self.by_kid.get(kid).map(Arc::as_ref)
    }
}

impl KnownKey {
    /// What verifies a token of a type, if the key is still good for that.
    pub fn verifies(&self, token_type: TokenType, now: Timestamp) -> Option<&DecodingKey> {
        let phase = self.life.phase(now);
        let is_good =
            phase.is_published() || matches!(phase, Phase::Former { .. }) && token_type.outlives_its_end();
        is_good.then_some(&self.halves.decoding)
    }

    /// The public half, sealed so that nobody who can write to the database slips in one of theirs.
    pub fn seal_public_half(&self, sealer: &Sealer, rng: &Rng) -> String {
        sealer.seal_value(rng, &public_context(&self.kid), &self.halves.public)
    }

    fn is_as_stored(&self, row: &StoredKey) -> bool {
        self.algorithm == row.algorithm && self.halves.private.is_some() == row.sealed_private_key.is_some()
    }
}

impl Halves {
    fn open(row: &StoredKey, sealer: &Sealer) -> Result<Self, KeyError> {
        let (private, public) = match (&row.sealed_private_key, &row.sealed_public_key) {
            (Some(private), _) => {
                let der = sealer.open(row.kid.as_bytes(), private).ok_or(KeyError::WrongMasterKey)?;
                let held = HeldKey::parse(row.algorithm, &zeroize::Zeroizing::new(der))?;
                let public = held.public_jwk(&row.kid);
                (Some(held), public)
            }
            (None, Some(public)) => {
                let public = sealer.open_value(&public_context(&row.kid), public);
                (None, public.ok_or(KeyError::WrongMasterKey)?)
            }
            (None, None) => return Err(KeyError::Unusable),
        };
        let jwk: Jwk = serde_json::from_value(public.clone()).map_err(|_| KeyError::Unusable)?;
        let decoding = DecodingKey::from_jwk(&jwk).map_err(|_| KeyError::Unusable)?;
        Ok(Self { private, public, decoding })
    }
}

/// Whether a master key opens every signing key of a database: it is the one with which they were sealed.
pub async fn opens_all(connection: &mut Connection, master_key: &MasterKey) -> sqlx::Result<bool> {
    let sealer = master_key.sealer(Purpose::SigningKeys);
    let rows = store::all(connection).await?;
    Ok(rows.iter().all(|row| !matches!(Halves::open(row, &sealer), Err(KeyError::WrongMasterKey))))
}

fn public_context(kid: &str) -> Vec<u8> {
    format!("public {kid}").into_bytes()
}
