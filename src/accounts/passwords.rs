//! Checking a password, and replacing a temporary one by the person's own.

mod leaked;

use serde::{Deserialize, Serialize};

use super::store::{self, StoredPassword};
use super::{Account, AccountId, Accounts, Busy, LookupKey, TemporaryPassword};
use crate::kit::secrets::{Secret, TokenHash};

/// The longest password that is looked at, in characters; longer ones are refused before any work.
pub(super) const LONGEST: usize = 256;
/// From this length on, a phrase needs no mixture of kinds.
const LONG_PHRASE: usize = 20;
/// Kinds of characters wanted, of four: small, capital, digit, other.
const WANTED_KINDS: usize = 3;

/// What a presented password turned out to be.
#[derive(Debug)]
pub enum PasswordCheck {
    /// Unknown identifier, wrong password, disabled account: nobody is told which.
    Refused,
    /// The person's own password.
    Personal(Account),
    /// The letter's password, right, and to be replaced before anything else.
    Temporary(ProvenTemporary),
    /// The letter's password, right, but too late.
    TemporaryExpired,
}

/// The proof that somebody knew an account's temporary password; it holds until any change of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ProvenTemporary {
    /// Whose.
    pub account: AccountId,
    /// The identifier, to be shown.
    pub identifier: String,
    /// Which password: the hash of its stored hash.
    fingerprint: String,
}

/// Why a new password is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewPasswordFault {
    /// Nothing was typed.
    Empty,
    /// Fewer characters than configured.
    TooShort,
    /// More than 256 characters.
    TooLong,
    /// Too few kinds of characters for its length.
    TooSimple,
    /// The letter's own password.
    SameAsTemporary,
    /// It contains the identifier.
    ContainsIdentifier,
}

/// Why a check could not be made.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// Too many at once.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// The database failed.
    #[error("the password could not be looked up: {0}")]
    Database(#[from] sqlx::Error),
}

/// Why a temporary password was not replaced.
#[derive(Debug, thiserror::Error)]
pub enum ReplaceError {
    /// The new one is not accepted.
    #[error("the new password is not accepted: {0:?}")]
    Fault(NewPasswordFault),
    /// The temporary password proved earlier is no longer the account's.
    #[error("the temporary password was replaced meanwhile")]
    Stale,
    /// Too many at once, or the database failed.
    #[error(transparent)]
    Check(#[from] CheckError),
}

impl From<Busy> for ReplaceError {
    fn from(busy: Busy) -> Self {
        Self::Check(busy.into())
    }
}

impl From<sqlx::Error> for ReplaceError {
    fn from(error: sqlx::Error) -> Self {
        Self::Check(error.into())
    }
}

impl Accounts {
    /// Checks what somebody typed; unknown, wrong and disabled cost the same and answer the same.
    pub async fn check_password(
        &self,
        identifier: &str,
        typed: &Secret,
    ) -> Result<PasswordCheck, CheckError> {
        let key = LookupKey::of(identifier);
        let found = store::password_by_key(&mut *self.0.database.read().await?, &key).await?;
        let temporary = found.as_ref().is_some_and(|(_, password)| password.temporary);
        let presented =
            if temporary { Secret::new(TemporaryPassword::canonical(typed.expose())) } else { typed.clone() };
        let hash = found.as_ref().map(|(_, password)| password.hash.as_str());
        let right = self.0.hasher.verify(presented, hash).await?;
        let Some((account, password)) = found.filter(|_| right) else { return Ok(PasswordCheck::Refused) };
        if account.disabled_at.is_some() {
            return Ok(PasswordCheck::Refused);
        }
        if !password.temporary {
            return Ok(PasswordCheck::Personal(account));
        }
        if password.expires_at.is_some_and(|end| end <= self.0.clock.now()) {
            return Ok(PasswordCheck::TemporaryExpired);
        }
        Ok(PasswordCheck::Temporary(ProvenTemporary {
            identifier: account.identifier().unwrap_or_default().to_owned(),
            account: account.id,
            fingerprint: fingerprint(&password),
        }))
    }

    /// Replaces the temporary password that was proved by one of the person's own.
    ///
    /// Of two that race, one wins; any other change of the password in between wins too.
    pub async fn replace_temporary(
        &self,
        proven: &ProvenTemporary,
        chosen: &Secret,
    ) -> Result<Account, ReplaceError> {
        self.judge(&proven.identifier, chosen).map_err(ReplaceError::Fault)?;
        let id = &proven.account;
        let current = store::password_of(&mut *self.0.database.read().await?, id).await?;
        let current = current
            .filter(|password| password.temporary && fingerprint(password) == proven.fingerprint)
            .ok_or(ReplaceError::Stale)?;
        let typed_again = Secret::new(TemporaryPassword::canonical(chosen.expose()));
        if self.0.hasher.verify(typed_again, Some(&current.hash)).await? {
            return Err(ReplaceError::Fault(NewPasswordFault::SameAsTemporary));
        }
        let hash = self.0.hasher.hash(chosen.clone()).await?;
        let now = self.0.clock.now();
        let mut transaction = self.0.database.write().await?;
        if !store::replace_password(&mut transaction, id, &current.hash, &hash, now).await? {
            return Err(ReplaceError::Stale);
        }
        let account = store::by_id(&mut transaction, id).await?;
        let account = account.filter(|account| account.disabled_at.is_none()).ok_or(ReplaceError::Stale)?;
        transaction.commit().await?;
        Ok(account)
    }

    fn judge(&self, identifier: &str, chosen: &Secret) -> Result<(), NewPasswordFault> {
        let text = chosen.expose();
        let length = text.chars().count();
        if length == 0 {
            return Err(NewPasswordFault::Empty);
        }
        if length > LONGEST {
            return Err(NewPasswordFault::TooLong);
        }
        if length < self.0.settings.minimum_length {
            return Err(NewPasswordFault::TooShort);
        }
        let identifier = identifier.to_lowercase();
        if identifier.chars().count() >= 4 && text.to_lowercase().contains(&identifier) {
            return Err(NewPasswordFault::ContainsIdentifier);
        }
        if leaked::is_leaked(text) {
            return Err(NewPasswordFault::TooSimple);
        }
        if kinds(text) < WANTED_KINDS && (length < LONG_PHRASE || distinct(text) < 5) {
            return Err(NewPasswordFault::TooSimple);
        }
        Ok(())
    }
}

fn fingerprint(password: &StoredPassword) -> String {
    TokenHash::of(&password.hash).as_str().to_owned()
}

fn kinds(text: &str) -> usize {
    let has = |kind: fn(char) -> bool| usize::from(text.chars().any(kind));
    has(char::is_lowercase)
        + has(char::is_uppercase)
        + has(char::is_numeric)
        + has(|character| !character.is_alphanumeric())
}

fn distinct(text: &str) -> usize {
    text.chars().collect::<std::collections::HashSet<_>>().len()
}
