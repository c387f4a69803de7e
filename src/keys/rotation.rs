//! How keys come and go: made when due, put away when their time is over, replaced when an operator says so.
//!
//! Nothing here matters in memory. Every node does the same at any moment, and of those that do it at once one
//! wins by the table's constraint: the others find its key and use that.

use super::held::{self, HeldKey};
use super::life::{self, Life, Phase, Place};
use super::signing::{KeyError, SigningKeys};
use super::store::{self, StoredKey};
use crate::config::SigningAlgorithm;
use crate::kit::clock::Timestamp;

/// How often a replacement is tried again that another node's rotation got in the way of.
const ATTEMPTS: usize = 5;

/// Whether there is time to publish a key before it signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// There is: the next key is published, and the present one signs until then.
    InTime,
    /// There is not, the present key being in wrong hands: a new one signs at once, and nothing counts any more that
    /// another of its algorithm signed.
    AtOnce,
}

/// What became of a wish to rotate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// Of which algorithm.
    pub algorithm: SigningAlgorithm,
    /// The key that takes over.
    pub kid: String,
    /// When it does.
    pub signs_from: Timestamp,
    /// Whether this wish made it, or it was on its way already.
    pub is_new: bool,
}

/// A key as operators see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its id.
    pub kid: String,
    /// What it signs with.
    pub algorithm: SigningAlgorithm,
    /// When it was made.
    pub created_at: Timestamp,
    /// Where it stands.
    pub phase: Phase,
}

/// A key that was just made, sealed and not yet stored.
struct Fresh {
    kid: String,
    sealed_private_key: String,
}

impl SigningKeys {
    /// Makes a key for each of these algorithms that has none; nodes that start together agree on one each.
    pub async fn ensure(&self, algorithms: &[SigningAlgorithm]) -> Result<(), KeyError> {
        let stored = self.read().await?;
        let missing = algorithms.iter().copied();
        let missing: Vec<_> =
            missing.filter(|algorithm| life::newest(*algorithm, &stored).is_none()).collect();
        if self.make_due(&missing, &stored).await? {
            self.read().await?;
        }
        Ok(())
    }

    /// What is to be done again and again: reads the table, makes the keys that are due, puts away those that are over.
    pub async fn turn(&self) -> Result<(), KeyError> {
        let stored = self.read().await?;
        let made = self.make_due(&SigningAlgorithm::ALL, &stored).await?;
        let put_away = self.put_away(&stored).await?;
        if made || put_away {
            self.read().await?;
        }
        Ok(())
    }

    /// Has the next key of each algorithm published, or signing at once.
    pub async fn rotate(
        &self,
        algorithms: &[SigningAlgorithm],
        urgency: Urgency,
    ) -> Result<Vec<Rotation>, KeyError> {
        let mut rotations = Vec::with_capacity(algorithms.len());
        for algorithm in algorithms {
            rotations.push(match urgency {
                Urgency::InTime => self.publish_next(*algorithm).await?,
                Urgency::AtOnce => self.replace(*algorithm).await?,
            });
        }
        self.read().await?;
        Ok(rotations)
    }

    /// Every key that is not forgotten, algorithm by algorithm, the oldest first.
    pub async fn list(&self) -> Result<Vec<Listed>, KeyError> {
        let (stored, now) = (self.read().await?, self.0.clock.now());
        let listed = stored.iter().map(|key| Listed {
            kid: key.kid.clone(),
            algorithm: key.algorithm,
            created_at: key.created_at,
            phase: Life::of(key, &stored).phase(now),
        });
        Ok(listed.filter(|key| key.phase != Phase::Gone).collect())
    }

    /// Makes what is due of these algorithms; whether anything was.
    async fn make_due(
        &self,
        algorithms: &[SigningAlgorithm],
        stored: &[StoredKey],
    ) -> Result<bool, KeyError> {
        let mut was_due = false;
        for algorithm in algorithms.iter().copied() {
            let due = |now| life::due(algorithm, stored, &self.0.settings, now);
            if due(self.0.clock.now()).is_none() {
                continue;
            }
            was_due = true;
            let fresh = self.make(algorithm).await?;
            let mut transaction = self.0.database.write().await?;
            // Only now: its publication begins with the commit, however long the making and the waiting took.
            let now = self.0.clock.now();
            let Some(key) = due(now).map(|place| fresh.at(place, now)) else { continue };
            let is_ours = store::insert(&mut transaction, &key).await?;
            transaction.commit().await?;
            if is_ours {
                let (algorithm, signs_from) = (algorithm.name(), key.signs_from.seconds());
                tracing::info!(kid = key.kid, algorithm, signs_from, "a signing key was made");
            }
        }
        Ok(was_due)
    }

    /// Forgets private halves that will not sign any more, and keys that are gone; whether there were any.
    async fn put_away(&self, stored: &[StoredKey]) -> Result<bool, KeyError> {
        let now = self.0.clock.now();
        let phase = |key: &StoredKey| Life::of(key, stored).phase(now);
        let is_former = |key: &StoredKey| matches!(phase(key), Phase::Former { .. });
        let former: Vec<_> =
            stored.iter().filter(|key| key.sealed_private_key.is_some() && is_former(key)).collect();
        let gone: Vec<_> = stored.iter().filter(|key| phase(key) == Phase::Gone).collect();
        if former.is_empty() && gone.is_empty() {
            return Ok(false);
        }
        let ring = self.0.ring.load_full();
        let mut transaction = self.0.database.write().await?;
        for key in former {
            let Some(known) = ring.get(&key.kid) else { continue };
            let sealed = known.seal_public_half(&self.0.sealer, &self.0.rng);
            store::keep_public_half(&mut transaction, &key.kid, &sealed).await?;
        }
        for key in gone {
            store::remove(&mut transaction, &key.kid).await?;
        }
        transaction.commit().await?;
        Ok(true)
    }

    async fn publish_next(&self, algorithm: SigningAlgorithm) -> Result<Rotation, KeyError> {
        let stored = self.read().await?;
        let newest = life::newest(algorithm, &stored);
        if let Some(next) = newest.filter(|newest| newest.signs_from > self.0.clock.now()) {
            return Ok(Rotation::on_its_way(next));
        }
        let fresh = self.make(algorithm).await?;
        let mut transaction = self.0.database.write().await?;
        let now = self.0.clock.now();
        let signs_from = newest.map_or(now, |_| now + self.0.settings.publish_before);
        let generation = life::next_generation(algorithm, &stored);
        let key = fresh.at(Place { algorithm, generation, signs_from }, now);
        if store::insert(&mut transaction, &key).await? {
            transaction.commit().await?;
            return Ok(Rotation::made(&key));
        }
        transaction.rollback().await?;
        let stored = self.read().await?;
        life::newest(algorithm, &stored).map(Rotation::on_its_way).ok_or(KeyError::Missing(algorithm))
    }

    /// Puts a new key in the place of all others of its algorithm.
    async fn replace(&self, algorithm: SigningAlgorithm) -> Result<Rotation, KeyError> {
        let asked_at = self.0.clock.now();
        let mut stored = self.read().await?;
        let fresh = self.make(algorithm).await?;
        for _ in 0..ATTEMPTS {
            let mut transaction = self.0.database.write().await?;
            let now = self.0.clock.now();
            let generation = life::next_generation(algorithm, &stored);
            let key = fresh.at(Place { algorithm, generation, signs_from: now }, now);
            if store::insert(&mut transaction, &key).await? {
                store::withdraw_before(&mut transaction, algorithm, generation, now).await?;
                transaction.commit().await?;
                return Ok(Rotation::made(&key));
            }
            transaction.rollback().await?;
            // Another was quicker: by the same wish, which is then fulfilled, or by the schedule.
            stored = self.read().await?;
            let fulfils = |key: &&StoredKey| key.created_at >= asked_at && key.signs_from <= key.created_at;
            if let Some(newest) = life::newest(algorithm, &stored).filter(fulfils) {
                return Ok(Rotation::on_its_way(newest));
            }
        }
        Err(KeyError::Unusable)
    }

    /// Makes a key, off the threads that answer.
    async fn make(&self, algorithm: SigningAlgorithm) -> Result<Fresh, KeyError> {
        let made = tokio::task::spawn_blocking(move || held::generate(algorithm)).await;
        let der = made.map_err(|_| KeyError::Unusable)??;
        let kid = HeldKey::parse(algorithm, &der)?.thumbprint()?;
        let sealed_private_key = self.0.sealer.seal(&self.0.rng, kid.as_bytes(), &der);
        Ok(Fresh { kid, sealed_private_key })
    }
}

impl Fresh {
    fn at(&self, place: Place, now: Timestamp) -> StoredKey {
        StoredKey {
            kid: self.kid.clone(),
            algorithm: place.algorithm,
            generation: place.generation,
            sealed_private_key: Some(self.sealed_private_key.clone()),
            sealed_public_key: None,
            created_at: now,
            signs_from: place.signs_from,
            withdrawn_at: None,
        }
    }
}

impl Rotation {
    fn made(key: &StoredKey) -> Self {
        Self { is_new: true, ..Self::on_its_way(key) }
    }

    fn on_its_way(key: &StoredKey) -> Self {
        Self { algorithm: key.algorithm, kid: key.kid.clone(), signs_from: key.signs_from, is_new: false }
    }
}
