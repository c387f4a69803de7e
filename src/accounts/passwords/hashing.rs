//! Argon2id on a bounded pool: as many at once as configured, a short queue, then an honest refusal.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version};
use subtle::ConstantTimeEq;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use unicode_normalization::UnicodeNormalization;

use crate::config::PasswordSettings;
use crate::kit::random::Rng;
use crate::kit::secrets::Secret;

/// How long a sign-in may wait for its turn: past it, saying "try again" is kinder than silence.
const LONGEST_WAIT: Duration = Duration::from_millis(900);
/// How many passwords of a list are hashed in one turn: a sign-in waits no longer than for these.
const MOST_IN_A_TURN: usize = 4;
/// After so long without a hash, the pool's memory goes back to the system.
const MEMORY_KEPT: Duration = Duration::from_secs(30);

/// Too many passwords are being checked; the caller should come back after so long.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("too many passwords are being checked at once")]
pub struct Busy {
    /// When to try again.
    pub retry_after: Duration,
}

/// What a hash costs to compute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cost {
    /// KiB.
    memory: u32,
    passes: u32,
    lanes: u32,
}

impl Cost {
    /// The cost that a PHC string tells, or as much of one as stands before the salt; `None` when it is no
    /// hash of ours.
    pub fn of(phc: &str) -> Option<Self> {
        let hash = PasswordHash::new(phc).ok().filter(is_ours)?;
        Params::try_from(&hash).ok().as_ref().map(Self::of_params)
    }

    const fn of_params(params: &Params) -> Self {
        Self { memory: params.m_cost(), passes: params.t_cost(), lanes: params.p_cost() }
    }

    fn params(&self) -> Option<Params> {
        Params::new(self.memory, self.passes, self.lanes, None).ok()
    }
}

/// One hash to be computed: at which cost, under which salt.
type Task = (Params, Vec<u8>);

/// A password of a list, and whom its hash is for.
struct Listed {
    password: Secret,
    done: oneshot::Sender<Option<String>>,
}

/// A place in the line of those who want a password checked; given up when it is dropped.
#[derive(Debug)]
pub struct InLine {
    _place: OwnedSemaphorePermit,
}

/// Hashes and verifies passwords with Argon2id.
#[derive(Clone)]
pub struct PasswordHasher(Arc<Inner>);

struct Inner {
    params: Params,
    turns: Arc<Semaphore>,
    /// Those who hash or wait; bounded so that a flood costs no memory.
    places: Arc<Semaphore>,
    /// The line at the door, as long as there are places: whoever is not let in costs nothing at all.
    line: Arc<Semaphore>,
    memory: Mutex<Vec<Vec<Block>>>,
    /// Passwords of lists that wait to be hashed; as many as an import has under way.
    listed: Mutex<VecDeque<Listed>>,
    hashes: AtomicU64,
    sweeping: AtomicBool,
    rng: Rng,
    /// A hash of nothing anyone can type, verified for identifiers that do not exist.
    decoy: String,
}

impl PasswordHasher {
    /// A pool with the configured cost and bounds.
    #[must_use]
    pub fn new(settings: &PasswordSettings, rng: Rng) -> Self {
        let params = Params::new(settings.argon2_memory, settings.argon2_passes, 1, None).unwrap_or_default();
        let decoy = encode(&params, &rng.bytes::<16>(), &rng.bytes::<32>());
        Self(Arc::new(Inner {
            turns: Arc::new(Semaphore::new(settings.concurrency)),
            places: Arc::new(Semaphore::new(settings.concurrency + settings.queue)),
            line: Arc::new(Semaphore::new(settings.concurrency + settings.queue)),
            memory: Mutex::new(Vec::new()),
            listed: Mutex::default(),
            hashes: AtomicU64::new(0),
            sweeping: AtomicBool::new(false),
            params,
            rng,
            decoy,
        }))
    }

    /// Takes a place in line, before anything is looked up or counted for a check.
    pub fn line_up(&self) -> Result<InLine, Busy> {
        let place = Arc::clone(&self.0.line).try_acquire_owned();
        let place = place.map_err(|_| Busy { retry_after: Duration::from_secs(2) })?;
        Ok(InLine { _place: place })
    }

    /// The PHC string of a password, under a new salt.
    pub async fn hash(&self, password: Secret) -> Result<String, Busy> {
        let salt = self.0.rng.bytes::<16>();
        let params = self.0.params.clone();
        let outputs = self.compute(password, vec![(params.clone(), salt.to_vec())]).await?;
        Ok(encode(&params, &salt, &outputs.concat()))
    }

    /// The same for a list that is read: it takes its turn however long that is, beside the queue of sign-ins.
    pub async fn hash_in_turn(&self, password: Secret) -> Result<String, Busy> {
        let busy = Busy { retry_after: Duration::from_secs(2) };
        let (done, hash) = oneshot::channel();
        self.0.listed().push_back(Listed { password, done });
        // Whoever comes takes a turn for as many as wait, and most of those who come find nothing left to do.
        let turn = Arc::clone(&self.0.turns).acquire_owned().await.map_err(|_| busy)?;
        let pool = Arc::clone(&self.0);
        tokio::task::spawn_blocking(move || {
            let _held = turn;
            pool.hash_listed();
        });
        self.sweep_later();
        hash.await.ok().flatten().ok_or(busy)
    }

    /// Whether a password is the one of a PHC string; without one, the same work is done for nothing,
    /// so that time does not tell who exists.
    pub async fn verify(&self, password: Secret, hash: Option<&str>) -> Result<bool, Busy> {
        let known = hash.and_then(decode);
        let exists = known.is_some();
        let Some((params, salt, expected)) = known.or_else(|| decode(&self.0.decoy)) else {
            return Ok(false);
        };
        let computed = self.compute(password, vec![(params, salt)]).await?.concat();
        Ok(exists & bool::from(computed.ct_eq(&expected)))
    }

    /// The same with one hash at each of some costs, that of the PHC string among them: however dear the
    /// stored hash is, and whether there is one, the work is the same.
    pub async fn verify_evenly(
        &self,
        password: Secret,
        hash: Option<&str>,
        costs: &[Cost],
    ) -> Result<bool, Busy> {
        let known = decode(hash.unwrap_or(&self.0.decoy));
        let decoys =
            costs.iter().filter_map(|cost| Some((cost.params()?, self.0.rng.bytes::<16>().to_vec())));
        let mut tasks: Vec<Task> = decoys.collect();
        let mut expected = None;
        if let Some((params, salt, output)) = known {
            let cost = Cost::of_params(&params);
            let place = tasks.iter().position(|(decoy, _)| Cost::of_params(decoy) == cost);
            let place = place.unwrap_or(tasks.len());
            tasks.splice(place..tasks.len().min(place + 1), [(params, salt)]);
            expected = Some((place, output));
        }
        let outputs = self.compute(password, tasks).await?;
        let right = expected.is_some_and(|(place, output)| outputs[place].ct_eq(&output).into());
        Ok(right & hash.is_some())
    }

    /// What a hash costs that is made now.
    #[must_use]
    pub fn cost(&self) -> Cost {
        Cost::of_params(&self.0.params)
    }

    /// How many hashes were computed so far.
    #[must_use]
    pub fn computed(&self) -> u64 {
        self.0.hashes.load(Ordering::Acquire)
    }

    /// Computes hashes one after the other, in one turn.
    async fn compute(&self, password: Secret, tasks: Vec<Task>) -> Result<Vec<Vec<u8>>, Busy> {
        // An é is one character or two, as the keyboard likes: the same password either way (RFC 8265 §4.2).
        let password = Secret::new(password.expose().nfc().collect::<String>());
        let busy = Busy { retry_after: Duration::from_secs(2) };
        let place = Arc::clone(&self.0.places).try_acquire_owned().map_err(|_| busy)?;
        let turn = tokio::time::timeout(LONGEST_WAIT, Arc::clone(&self.0.turns).acquire_owned())
            .await
            .map_err(|_| busy)?
            .map_err(|_| busy)?;
        let pool = Arc::clone(&self.0);
        let outputs: Option<Vec<_>> = tokio::task::spawn_blocking(move || {
            // Held until the work is done, even when whoever asked has gone away.
            let _held = (place, turn);
            tasks.iter().map(|(params, salt)| pool.run(&password, params, salt)).collect()
        })
        .await
        .map_err(|_| busy)?;
        self.sweep_later();
        outputs.ok_or(busy)
    }

    /// Gives the memory back once nobody has hashed for a while.
    fn sweep_later(&self) {
        if self.0.sweeping.swap(true, Ordering::AcqRel) {
            return;
        }
        let pool = Arc::clone(&self.0);
        tokio::spawn(async move {
            loop {
                let before = pool.hashes.load(Ordering::Acquire);
                tokio::time::sleep(MEMORY_KEPT).await;
                if pool.hashes.load(Ordering::Acquire) == before {
                    pool.memory.lock().unwrap_or_else(PoisonError::into_inner).clear();
                    pool.sweeping.store(false, Ordering::Release);
                    break;
                }
            }
        });
    }
}

impl Inner {
    fn listed(&self) -> MutexGuard<'_, VecDeque<Listed>> {
        self.listed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hashes a few of the passwords of lists, in one turn: between two turns a core is idle for a moment.
    fn hash_listed(&self) {
        let mut hashed = 0;
        while hashed < MOST_IN_A_TURN {
            let Some(Listed { password, done }) = self.listed().pop_front() else { return };
            // Whoever wanted it may be gone; it does not count, or a turn could end without a hash for those who wait.
            if done.is_closed() {
                continue;
            }
            hashed += 1;
            let salt = self.rng.bytes::<16>();
            let output = self.run(&password, &self.params, &salt);
            let _ = done.send(output.map(|output| encode(&self.params, &salt, &output)));
        }
    }

    fn run(&self, password: &Secret, params: &Params, salt: &[u8]) -> Option<Vec<u8>> {
        let lock = || self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let mut memory = lock().pop().unwrap_or_default();
        if memory.len() != params.block_count() {
            memory = vec![Block::new(); params.block_count()];
        }
        let mut output = vec![0; params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN)];
        let done = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone())
            .hash_password_into_with_memory(password.expose().as_bytes(), salt, &mut output, &mut memory);
        self.hashes.fetch_add(1, Ordering::AcqRel);
        lock().push(memory);
        done.is_ok().then_some(output)
    }
}

impl fmt::Debug for PasswordHasher {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PasswordHasher")
    }
}

fn encode(params: &Params, salt: &[u8], output: &[u8]) -> String {
    let phc = || {
        Some(PasswordHash {
            algorithm: ARGON2ID_IDENT,
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(params).ok()?,
            salt: Some(Salt::new(salt).ok()?),
            hash: Some(Output::new(output).ok()?),
        })
    };
    phc().map(|hash| hash.to_string()).unwrap_or_default()
}

fn decode(phc: &str) -> Option<(Params, Vec<u8>, Vec<u8>)> {
    let hash = PasswordHash::new(phc).ok().filter(is_ours)?;
    let params = Params::try_from(&hash).ok()?;
    Some((params, hash.salt?.to_vec(), hash.hash?.as_bytes().to_vec()))
}

fn is_ours(hash: &PasswordHash) -> bool {
    hash.algorithm == ARGON2ID_IDENT && hash.version == Some(Version::V0x13.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::PasswordRule;

    fn hasher(concurrency: usize, queue: usize) -> PasswordHasher {
        hasher_at(19_456, 2, concurrency, queue)
    }

    fn hasher_at(memory: u32, passes: u32, concurrency: usize, queue: usize) -> PasswordHasher {
        let settings = PasswordSettings {
            rule: PasswordRule::WithThrottling,
            minimum_length: 12,
            remembered: 5,
            argon2_memory: memory,
            argon2_passes: passes,
            concurrency,
            queue,
        };
        PasswordHasher::new(&settings, Rng::system())
    }

    #[tokio::test]
    async fn a_password_verifies_only_against_its_own_hash() {
        let hasher = hasher(2, 10);
        let hash = hasher.hash(Secret::new("correct horse")).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(hasher.verify(Secret::new("correct horse"), Some(&hash)).await.unwrap());
        assert!(!hasher.verify(Secret::new("correct horsf"), Some(&hash)).await.unwrap());
        assert!(!hasher.verify(Secret::new("correct horse"), None).await.unwrap());
    }

    #[tokio::test]
    async fn whatever_the_cost_of_a_hash_checking_it_costs_each_cost_once() {
        let (dear, cheap) = (hasher(2, 10), hasher_at(8_192, 1, 2, 10));
        let stored = cheap.hash(Secret::new("correct horse")).await.unwrap();
        let head = stored.rsplitn(3, '$').last().unwrap();
        let costs = [dear.cost(), Cost::of(head).unwrap()];
        assert_eq!(costs[1], cheap.cost());
        let own = dear.hash(Secret::new("correct horse")).await.unwrap();
        for (hash, word, right) in [
            (Some(stored.as_str()), "correct horse", true),
            (Some(own.as_str()), "correct horse", true),
            (Some(stored.as_str()), "wrong", false),
            (Some("broken"), "correct horse", false),
            (None, "correct horse", false),
        ] {
            let before = dear.computed();
            assert_eq!(dear.verify_evenly(Secret::new(word), hash, &costs).await.unwrap(), right, "{hash:?}");
            assert_eq!(dear.computed() - before, 2, "{hash:?}");
        }
        // A cost that nobody knew of is paid besides.
        assert!(dear.verify_evenly(Secret::new("correct horse"), Some(&stored), &costs[..1]).await.unwrap());
    }

    #[tokio::test]
    async fn passwords_of_a_list_are_all_hashed_though_many_who_wanted_one_are_gone() {
        let hasher = hasher_at(7_168, 1, 2, 1);
        for round in 0..5 {
            let wanted = (0..12).map(|number| {
                let hasher = hasher.clone();
                tokio::spawn(async move { hasher.hash_in_turn(Secret::new(format!("{number}"))).await })
            });
            let wanted: Vec<_> = wanted.collect();
            tokio::task::yield_now().await;
            for (number, one) in wanted.into_iter().enumerate() {
                if number % 3 == round % 3 {
                    let hash = one.await.unwrap().unwrap();
                    assert!(hasher.verify(Secret::new(format!("{number}")), Some(&hash)).await.unwrap());
                } else {
                    one.abort();
                }
            }
        }
    }

    #[tokio::test]
    async fn a_full_queue_refuses_at_once() {
        let hasher = hasher(1, 1);
        let tries = (0..8).map(|_| hasher.verify(Secret::new("x"), None));
        let outcomes = futures_util::future::join_all(tries).await;
        assert!(outcomes.iter().filter(|outcome| outcome.is_err()).count() >= 6);
        assert!(outcomes.iter().any(Result::is_ok));
    }
}
