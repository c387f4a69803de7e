//! Making an account for an external person.

use serde_json::{Map, Value};

use super::identifiers::Marks;
use super::letters::{self, Order, Sender};
use super::passwords::{LONGEST, NewPasswordFault};
use super::{
    AccessEpoch, Account, AccountId, Accounts, Busy, LookupKey, NewIdentifier, Origin, TemporaryPassword,
};
use super::{identifiers, store};
use crate::audit::{self, Actor, Event};
use crate::config::AuthorityId;
use crate::database::Connection;
use crate::kit::clock::Timestamp;
use crate::kit::random::Rng;
use crate::kit::secrets::Secret;

/// A person to be.
#[derive(Debug)]
pub struct NewAccount {
    /// The identifier that is printed on the letter.
    pub identifier: NewIdentifier,
    /// Given name.
    pub given_name: Option<String>,
    /// Family name.
    pub family_name: Option<String>,
    /// Mail address; whether it was verified is a claim (`email_verified`).
    pub email: Option<String>,
    /// Other claims by name.
    pub claims: Map<String, Value>,
    /// The authority that looks after the person; none where the installation has no authorities.
    pub authority: Option<AuthorityId>,
    /// The person's key in the list that they come from.
    pub source_key: Option<String>,
    /// The first password.
    pub password: InitialPassword,
}

/// The first password of an account.
#[derive(Debug)]
pub enum InitialPassword {
    /// One that the person keeps.
    Personal(Secret),
    /// One drawn here, to be told and replaced at the first sign-in.
    Temporary,
    /// The same, printed on a letter of this sender, whose authority looks after the person.
    OnLetter(Sender),
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
    /// The list's key for the person is known.
    #[error("somebody of this authority has this key of the source already")]
    KnownSource,
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
        if let NewIdentifier::Given(given) = &new.identifier
            && !identifiers::is_sound(given)
        {
            return Err(CreateError::Identifier);
        }
        let NewAccount {
            identifier,
            given_name,
            family_name,
            email,
            mut claims,
            authority,
            source_key,
            password,
        } = new;
        let (secret, drawn, sender) = match password {
            InitialPassword::Personal(secret) => (secret, None, None),
            InitialPassword::Temporary => self.draw(None),
            InitialPassword::OnLetter(sender) => self.draw(Some(sender)),
        };
        if !(1..=LONGEST).contains(&secret.expose().chars().count()) {
            return Err(CreateError::Password);
        }
        let email_verified = match claims.remove("email_verified") {
            None => false,
            Some(Value::Bool(verified)) => verified,
            Some(_) => {
                return Err(CreateError::Claim { name: "email_verified".into(), expected: "true or false" });
            }
        };
        let now = self.0.clock.now();
        let authority = sender.as_ref().map(|sender| sender.authority().clone()).or(authority);
        let person = Person {
            identifier,
            given_name,
            family_name,
            email,
            email_verified,
            claims,
            authority,
            source_key,
        };
        if drawn.is_none() {
            let identifier = match &person.identifier {
                NewIdentifier::Given(given) => Some(given.as_str()),
                NewIdentifier::FromName => None,
            };
            let names = [&person.given_name, &person.family_name, &person.email];
            self.judge_for(identifier, &names, &secret).map_err(CreateError::Unfit)?;
        }
        let hash = self.0.hasher.hash(secret).await?;
        let mut transaction = self.0.database.write().await?;
        let account =
            insert(&mut transaction, &self.0.marks, &self.0.rng, now, person, &Actor::Operator).await?;
        if let Some(sender) = &sender {
            let order = Order {
                account: &account.id,
                sender,
                expires_at: self.season_end(),
                hash: Some(&hash),
                by: &Actor::Operator,
            };
            letters::put(&mut transaction, &self.0.rng, now, &order).await?;
        } else {
            let expires_at = drawn.is_some().then(|| self.season_end());
            store::insert_password(&mut transaction, &account.id, &hash, drawn.is_some(), expires_at, now)
                .await?;
            if drawn.is_none() {
                store::note_in_use(&mut transaction, &account.id, now).await?;
            }
        }
        transaction.commit().await?;
        Ok((account, drawn))
    }

    fn draw(&self, sender: Option<Sender>) -> (Secret, Option<TemporaryPassword>, Option<Sender>) {
        let drawn = TemporaryPassword::draw(&self.0.rng);
        (Secret::new(TemporaryPassword::canonical(drawn.printed())), Some(drawn), sender)
    }
}

/// Who an account is made for, without a password.
pub(super) struct Person {
    pub identifier: NewIdentifier,
    pub given_name: Option<String>,
    pub family_name: Option<String>,
    pub email: Option<String>,
    pub email_verified: bool,
    pub claims: Map<String, Value>,
    pub authority: Option<AuthorityId>,
    pub source_key: Option<String>,
}

/// Allots the identifier and stores the account, in the caller's transaction, which is to be rolled back
/// when this fails.
pub(super) async fn insert(
    connection: &mut Connection,
    marks: &Marks,
    rng: &Rng,
    now: Timestamp,
    person: Person,
    by: &Actor,
) -> Result<Account, CreateError> {
    insert_as(connection, marks, rng, now, (AccountId::from(rng.id()), person), by).await
}

/// The same under an id that the caller has; it must never have been anybody's.
pub(super) async fn insert_as(
    connection: &mut Connection,
    marks: &Marks,
    rng: &Rng,
    now: Timestamp,
    (id, person): (AccountId, Person),
    by: &Actor,
) -> Result<Account, CreateError> {
    let (identifier, key): (String, LookupKey) = match person.identifier {
        NewIdentifier::Given(given) => match identifiers::allot_given(connection, marks, &given).await? {
            Some(allotted) => allotted,
            None => return Err(CreateError::Taken(given)),
        },
        NewIdentifier::FromName => {
            let (given, family) = (person.given_name.as_deref(), person.family_name.as_deref());
            identifiers::allot_from_name(connection, marks, rng, given, family).await?
        }
    };
    let account = Account {
        id,
        origin: Origin::Here { identifier },
        given_name: person.given_name,
        family_name: person.family_name,
        email: person.email,
        email_verified: person.email_verified,
        claims: person.claims,
        updated_at: now,
        disabled_at: None,
        authority: person.authority,
        source_key: person.source_key,
        pending_email: None,
        proposed_email: None,
        merged_into: None,
        epoch: AccessEpoch::FIRST,
    };
    if !store::insert_local(connection, &account, &key, now).await? {
        return Err(CreateError::KnownSource);
    }
    audit::record(connection, rng, now, account.id.as_str(), by, (Event::Created, "")).await?;
    Ok(account)
}
