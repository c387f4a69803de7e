//! People: who they are, how they are found, and the password of those who have one here.
//!
//! The room owns the tables `account` and `password`. It knows nothing of browsers, sessions,
//! clients or tokens.

mod create;
mod federated;
mod hashing;
mod identifiers;
mod passwords;
mod store;
mod temporary;

use std::sync::Arc;

use serde_json::{Map, Value};

pub use create::{CreateError, InitialPassword, NewAccount};
pub use federated::FederatedPerson;
pub use hashing::{Busy, PasswordHasher};
pub use identifiers::{LookupKey, looks_like_numen};
pub use passwords::{CheckError, NewPasswordFault, PasswordCheck, ProvenTemporary, ReplaceError};
pub use store::by_id;
pub use temporary::TemporaryPassword;

use crate::config::{PasswordSettings, UpstreamId};
use crate::database::Database;
use crate::id_type;
use crate::kit::clock::{Clock, Timestamp};
use crate::kit::random::Rng;

id_type! {
    /// A person's id: random, stable, never reused. It is the `sub` of their tokens.
    AccountId
}

/// A person as the tables hold them.
#[derive(Clone, Debug)]
pub struct Account {
    /// The id that never changes.
    pub id: AccountId,
    /// Where the person signs in.
    pub origin: Origin,
    /// Given name.
    pub given_name: Option<String>,
    /// Family name.
    pub family_name: Option<String>,
    /// Mail address.
    pub email: Option<String>,
    /// Whether the mail address was proved to be theirs.
    pub email_verified: bool,
    /// Every other claim, by its name.
    pub claims: Map<String, Value>,
    /// When anything of this last changed.
    pub updated_at: Timestamp,
    /// When the account was disabled, if it is.
    pub disabled_at: Option<Timestamp>,
}

/// Where a person's credentials are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Here: an external person with the identifier printed on their letter.
    Here {
        /// As printed.
        identifier: String,
    },
    /// At an upstream provider.
    Upstream {
        /// Which one.
        upstream: UpstreamId,
        /// Who they are there.
        subject: String,
    },
}

impl Account {
    /// The identifier as printed on the letter, for a person who has one.
    #[must_use]
    pub fn identifier(&self) -> Option<&str> {
        match &self.origin {
            Origin::Here { identifier } => Some(identifier),
            Origin::Upstream { .. } => None,
        }
    }

    /// What to call the person on a page.
    #[must_use]
    pub fn display_name(&self) -> String {
        let names: Vec<&str> =
            [&self.given_name, &self.family_name].into_iter().flatten().map(String::as_str).collect();
        if names.is_empty() {
            return self.identifier().or(self.email.as_deref()).unwrap_or_default().to_owned();
        }
        names.join(" ")
    }
}

/// The people of an installation.
#[derive(Clone)]
pub struct Accounts(Arc<Inner>);

struct Inner {
    database: Database,
    hasher: PasswordHasher,
    settings: PasswordSettings,
    clock: Clock,
    rng: Rng,
}

impl Accounts {
    /// The people in this database.
    #[must_use]
    pub fn new(database: Database, settings: PasswordSettings, clock: Clock, rng: Rng) -> Self {
        let hasher = PasswordHasher::new(&settings, rng.clone());
        Self(Arc::new(Inner { database, hasher, settings, clock, rng }))
    }

    /// The account of an id, disabled or not.
    pub async fn by_id(&self, id: &AccountId) -> sqlx::Result<Option<Account>> {
        store::by_id(&mut *self.0.database.read().await?, id).await
    }

    /// How many passwords were hashed since the start: what a sign-in costs, whoever asks.
    #[must_use]
    pub fn passwords_hashed(&self) -> u64 {
        self.0.hasher.computed()
    }

    /// The least length of a personal password, in characters.
    #[must_use]
    pub fn minimum_password_length(&self) -> usize {
        self.0.settings.minimum_length
    }
}
