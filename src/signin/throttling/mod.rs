//! Guesses are slowed down: counted for all nodes in one bounded table, before anything is checked.
//!
//! An attempt is *taken* in a transaction that is committed before the password is hashed, so that however
//! many guess at once, on whatever nodes, no more are hashed than the rule allows. It counts as a failure
//! until it is told otherwise: a client that hangs up, or a node that dies, gains nothing.
//!
//! The module owns the table `throttle`. It never asks whether an identifier exists, unless the browser proves that
//! its person signed in here, so that a wait tells nothing of that; what is written before anyone proved anything is bounded by the width of the buckets'
//! names (see [`buckets`]).

mod buckets;
mod known_browser;
mod rule;
mod store;

use std::sync::Arc;
use std::time::Duration;

use buckets::{Bucket, Buckets};
use rule::Rule;
pub use store::purge;
use store::{Counts, MOST_BUCKETS};

use crate::accounts::{AccountId, Accounts, LookupKey, Network};
use crate::config::ThrottlingSettings;
use crate::database::{Connection, Database, Together};
use crate::keys::{MasterKey, Purpose, Sealer};
use crate::kit::clock::{Clock, Timestamp};
use crate::kit::cookies::CookiePolicy;
use crate::kit::networks;
use crate::kit::random::Rng;
use crate::kit::visitor::Visitor;

/// What slows guesses down.
#[derive(Clone)]
pub struct Throttle(Arc<Inner>);

struct Inner {
    database: Database,
    looks: Together<[String; MOST_BUCKETS], Counts>,
    accounts: Accounts,
    buckets: Buckets,
    browsers: Sealer,
    cookies: CookiePolicy,
    network: Rule,
    clock: Clock,
    rng: Rng,
}

/// What it is made of.
pub struct Parts<'a> {
    /// Where attempts are counted.
    pub database: Database,
    /// Who says which password an identifier has.
    pub accounts: Accounts,
    /// What is configured.
    pub settings: &'a ThrottlingSettings,
    /// What names the buckets and seals the cookie of known browsers.
    pub master_key: &'a MasterKey,
    /// How cookies are set.
    pub cookies: CookiePolicy,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub rng: Rng,
}

/// So many failures came before that this attempt is not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// After how long the next one is.
    pub remaining: Duration,
}

impl Wait {
    /// The same in whole seconds, one at least.
    #[must_use]
    pub fn seconds(self) -> u64 {
        self.remaining.as_secs().max(1)
    }
}

/// Whether a request for help may be answered by a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mails {
    /// It may.
    Left,
    /// As many as an hour allows were asked for.
    Spent,
}

/// Why an attempt was not taken.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    /// Too many failures before it.
    #[error("too many failures: {} s to wait", .0.seconds())]
    Wait(Wait),
    /// The database failed.
    #[error("the attempt could not be counted: {0}")]
    Database(#[from] sqlx::Error),
}

/// An attempt that was taken: a failure, unless it is told that it succeeded or was not looked at.
#[must_use = "an attempt counts as a failure until it is told otherwise"]
pub struct Attempt {
    throttle: Throttle,
    at: Timestamp,
    taken: Vec<Taken>,
}

/// A bucket as an attempt left it.
struct Taken {
    bucket: Bucket,
    free_at: Timestamp,
}

/// The network from which a request comes, as guesses are counted for it.
#[must_use]
pub fn network_of(visitor: &Visitor) -> Network {
    Network::from(networks::network_of(visitor.address))
}

/// The site from which it comes, or the network where that is a part of none: who has one site has many networks.
#[must_use]
pub fn site_of(visitor: &Visitor) -> Network {
    networks::site_of(visitor.address).map_or_else(|| network_of(visitor), Network::from)
}

impl Throttle {
    /// Puts it together.
    #[must_use]
    pub fn new(parts: Parts<'_>) -> Self {
        Self(Arc::new(Inner {
            looks: Together::reading(parts.database.clone(), store::look),
            database: parts.database,
            accounts: parts.accounts,
            buckets: Buckets::new(parts.master_key.mac(Purpose::Throttling)),
            browsers: parts.master_key.sealer(Purpose::KnownBrowser),
            cookies: parts.cookies,
            network: Rule::per_hour(parts.settings.network_per_hour),
            clock: parts.clock,
            rng: parts.rng,
        }))
    }

    /// Takes an attempt to guess the password of an identifier, existing or not.
    ///
    /// A browser in which this very person signed in before, with the password of now, has a count of its own, so that nobody can keep
    /// a person out of it by failing elsewhere, nor by wearing out a network that they share.
    pub async fn take(&self, identifier: &str, visitor: &Visitor) -> Result<Attempt, NotTaken> {
        let key = LookupKey::of(identifier);
        let buckets = if let Some(nonce) = self.known_browser(visitor, &key).await? {
            vec![(self.0.buckets.browser(&key, &nonce), Rule::PASSWORD)]
        } else {
            let mut buckets = self.0.buckets.network(visitor.address, self.0.network);
            buckets.push((self.0.buckets.identifier(&key), Rule::PASSWORD));
            buckets
        };
        self.take_all(buckets).await
    }

    /// Takes a request for help with a forgotten password, and says whether a mail may answer it; it is never given back.
    ///
    /// What others asked for somebody stops mails to them, and nothing else: who has no mail address, or gets none, still
    /// has a case number. A browser in which this very person signed in before has a count of its own.
    pub async fn take_recovery(&self, identifier: &str, visitor: &Visitor) -> Result<Mails, NotTaken> {
        let key = LookupKey::of(identifier);
        if let Some(nonce) = self.known_browser(visitor, &key).await? {
            let own = self.0.buckets.recovery_browser(&key, &nonce);
            match self.take_all(vec![(own, Rule::RECOVERY)]).await {
                Ok(_) => return Ok(Mails::Left),
                // From then on it counts like any other browser.
                Err(NotTaken::Wait(_)) => {}
                Err(error) => return Err(error),
            }
        }
        let _ = self.take_all(self.0.buckets.recovery_network(visitor.address)).await?;
        match self.take_all(vec![(self.0.buckets.recovery(&key), Rule::RECOVERY)]).await {
            Ok(_) => Ok(Mails::Left),
            Err(NotTaken::Wait(_)) => Ok(Mails::Spent),
            Err(error) => Err(error),
        }
    }

    /// Takes a mail by which somebody signed in confirms an address, which may be a stranger's; it is never given back.
    pub async fn take_address_mail(&self, account: &AccountId, visitor: &Visitor) -> Result<(), NotTaken> {
        let mut buckets = self.0.buckets.recovery_network(visitor.address);
        buckets.push((self.0.buckets.address_mails(account.as_str()), Rule::RECOVERY));
        self.take_all(buckets).await.map(drop)
    }

    /// Takes a device's wish to be let in, for which a row is written; it is never given back.
    pub async fn take_device(&self, visitor: &Visitor) -> Result<(), NotTaken> {
        self.take_all(self.0.buckets.device(visitor.address)).await.map(drop)
    }

    /// Takes an application's wish to register itself without a token; it is never given back.
    pub async fn take_registration(&self, visitor: &Visitor) -> Result<(), NotTaken> {
        self.take_all(self.0.buckets.registration(visitor.address)).await.map(drop)
    }

    /// Takes an attempt to type the code of a device, which is given back when there is one.
    pub async fn take_user_code(&self, account: &str, visitor: &Visitor) -> Result<Attempt, NotTaken> {
        let mut buckets = self.0.buckets.user_code_network(visitor.address);
        buckets.push((self.0.buckets.user_code(account), Rule::USER_CODES));
        self.take_all(buckets).await
    }

    /// Takes one attempt in each bucket, or in none. The order of kinds is always the same, so that two
    /// transactions never wait for each other.
    ///
    /// Whoever comes to a closed bucket is told so by a look that waits for nobody. Those who find it open change its row one
    /// after the other, in the lane, and look again when others went first: however many come at once, the
    /// database serves everybody else.
    async fn take_all(&self, buckets: Vec<(Bucket, Rule)>) -> Result<Attempt, NotTaken> {
        self.look(&buckets).await?;
        let place = self.0.database.place_in_lane().await?;
        if place.was_waited_for() {
            self.look(&buckets).await?;
        }
        let now = self.0.clock.now();
        let mut transaction = self.0.database.write().await?;
        let failures = store::take(&mut transaction, &buckets, now).await?;
        if failures.iter().any(Option::is_none) {
            transaction.rollback().await?;
            drop(place);
            // Whoever was first closed it, in this very moment.
            self.look(&buckets).await?;
            return Err(NotTaken::Wait(Wait { remaining: Duration::ZERO }));
        }
        let mut taken = Vec::with_capacity(buckets.len());
        for ((bucket, rule), failures) in buckets.into_iter().zip(failures) {
            let free_at = rule.free_at(failures.unwrap_or_default(), now);
            if free_at > now {
                store::close_until(&mut transaction, &bucket, free_at).await?;
            }
            taken.push(Taken { bucket, free_at });
        }
        transaction.commit().await?;
        Ok(Attempt { throttle: self.clone(), at: now, taken })
    }

    /// Refuses an attempt of which a bucket is closed; in a crowd, one statement looks for many.
    async fn look(&self, buckets: &[(Bucket, Rule)]) -> Result<(), NotTaken> {
        let mut names = [const { String::new() }; MOST_BUCKETS];
        for (name, (bucket, _)) in names.iter_mut().zip(buckets) {
            bucket.as_str().clone_into(name);
        }
        let counts = self.0.looks.ask(names).await?;
        let now = self.0.clock.now();
        for ((bucket, rule), count) in buckets.iter().zip(counts) {
            let wait = Wait { remaining: rule.remaining(count, now) };
            if wait.remaining > Duration::ZERO {
                tracing::info!(bucket = bucket.kind(), seconds = wait.seconds(), "attempt refused unseen");
                return Err(NotTaken::Wait(wait));
            }
        }
        Ok(())
    }

    /// How long an attempt for this identifier from an unknown browser would have to wait now, if at all.
    pub async fn wait_of(&self, identifier: &str) -> sqlx::Result<Option<Wait>> {
        let bucket = self.0.buckets.identifier(&LookupKey::of(identifier));
        let now = self.0.clock.now();
        let count = store::count(&mut *self.0.database.read().await?, &bucket).await?;
        let remaining = Rule::PASSWORD.remaining(count, now);
        Ok((remaining > Duration::ZERO).then_some(Wait { remaining }))
    }

    /// Forgets the failures of an identifier, those in known browsers and requests for help included; tells
    /// whether there were any.
    pub async fn unlock(&self, connection: &mut Connection, identifier: &str) -> sqlx::Result<bool> {
        let key = LookupKey::of(identifier);
        let mut forgotten = false;
        for bucket in [self.0.buckets.identifier(&key), self.0.buckets.recovery(&key)] {
            forgotten |= store::forget(connection, &bucket).await?;
        }
        for browsers in [self.0.buckets.browsers(&key), self.0.buckets.recovery_browsers(&key)] {
            forgotten |= store::forget_below(connection, &browsers).await?;
        }
        Ok(forgotten)
    }
}

impl Attempt {
    /// The password was right: the failures before it are forgotten too.
    ///
    /// The day's count keeps them, and the network its own.
    pub async fn succeeded(self) -> sqlx::Result<()> {
        self.settle(Outcome::Succeeded).await
    }

    /// Nothing was looked at after all: the attempt is as if it had not been.
    pub async fn give_back(self) -> sqlx::Result<()> {
        self.settle(Outcome::Unseen).await
    }

    async fn settle(self, outcome: Outcome) -> sqlx::Result<()> {
        let settled: Vec<_> = self.taken.iter().map(|taken| taken.settled(outcome)).collect();
        let database = &self.throttle.0.database;
        let _place = database.place_in_lane().await?;
        let mut transaction = database.write().await?;
        store::settle(&mut transaction, &settled, self.at).await?;
        transaction.commit().await
    }
}

impl Taken {
    fn settled(&self, outcome: Outcome) -> store::Settled<'_> {
        let forgets = outcome == Outcome::Succeeded && self.bucket.is_of_a_person();
        store::Settled { bucket: &self.bucket, free_at: self.free_at, forgets }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Succeeded,
    Unseen,
}
