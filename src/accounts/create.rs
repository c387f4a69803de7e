//! Making an account for an external person.

use serde_json::{Map, Value};

use super::passwords::{LONGEST, NewPasswordFault};
use super::store;
use super::{AccessEpoch, Account, AccountId, Accounts, Busy, LookupKey, Origin, TemporaryPassword};
use crate::kit::secrets::Secret;

/// A person to be.
#[derive(Debug)]
pub struct NewAccount {
    /// The identifier, as it is printed on the letter.
    pub identifier: String,
    /// Given name.
    pub given_name: Option<String>,
    /// Family name.
    pub family_name: Option<String>,
    /// Mail address; whether it was verified is a claim (`email_verified`).
    pub email: Option<String>,
    /// Other claims by name.
    pub claims: Map<String, Value>,
    /// The first password.
    pub password: InitialPassword,
}

/// The first password of an account.
#[derive(Debug)]
pub enum InitialPassword {
    /// One that the person keeps.
    Personal(Secret),
    /// One drawn here, to be printed and replaced at the first sign-in.
    Temporary,
}

/// Why an account was not made.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// Empty, too long, or with characters that nobody can type.
    #[error("the identifier must have 1 to 100 characters, none of them a control character")]
    Identifier,
    /// Somebody has it, perhaps in another spelling.
    #[error("the identifier {0:?} is taken")]
    Taken(String),
    /// Empty or too long.
    #[error("the password must have 1 to {LONGEST} characters")]
    Password,
    /// The personal password breaks a rule.
    #[error("the password is not accepted ({0:?}): passwords.rule in the configuration says what it must be")]
    Unfit(NewPasswordFault),
    /// A claim with a wrong type.
    #[error("the claim {name} must be {expected}")]
    Claim {
        /// Which.
        name: String,
        /// What it should be.
        expected: &'static str,
    },
    /// Too many at once.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// The database failed.
    #[error("the account could not be stored: {0}")]
    Database(#[from] sqlx::Error),
}

impl Accounts {
    /// Makes an account; the drawn password is given back once, and kept only as its hash.
    pub async fn create(&self, new: NewAccount) -> Result<(Account, Option<TemporaryPassword>), CreateError> {
        let length = new.identifier.chars().count();
        let key = LookupKey::of(&new.identifier);
        if key.is_empty() || length > 100 || new.identifier.chars().any(char::is_control) {
            return Err(CreateError::Identifier);
        }
        let (secret, drawn) = match new.password {
            InitialPassword::Personal(secret) => (secret, None),
            InitialPassword::Temporary => {
                let drawn = TemporaryPassword::draw(&self.0.rng);
                (Secret::new(TemporaryPassword::canonical(drawn.printed())), Some(drawn))
            }
        };
        if !(1..=LONGEST).contains(&secret.expose().chars().count()) {
            return Err(CreateError::Password);
        }
        let now = self.0.clock.now();
        let mut claims = new.claims;
        let email_verified = match claims.remove("email_verified") {
            None => false,
            Some(Value::Bool(verified)) => verified,
            Some(_) => {
                return Err(CreateError::Claim { name: "email_verified".into(), expected: "true or false" });
            }
        };
        let account = Account {
            id: AccountId::from(self.0.rng.id()),
            origin: Origin::Here { identifier: new.identifier.trim().to_owned() },
            given_name: new.given_name,
            family_name: new.family_name,
            email: new.email,
            email_verified,
            claims,
            updated_at: now,
            disabled_at: None,
            authority: None,
            source_key: None,
            pending_email: None,
            epoch: AccessEpoch::FIRST,
        };
        if drawn.is_none() {
            self.judge(&account, &secret).map_err(CreateError::Unfit)?;
        }
        let hash = self.0.hasher.hash(secret).await?;
        let expires_at = drawn.is_some().then(|| self.season_end());
        let mut transaction = self.0.database.write().await?;
        if !store::insert_local(&mut transaction, &account, &key, now).await? {
            return Err(CreateError::Taken(new.identifier));
        }
        store::insert_password(&mut transaction, &account.id, &hash, drawn.is_some(), expires_at, now)
            .await?;
        transaction.commit().await?;
        Ok((account, drawn))
    }
}
