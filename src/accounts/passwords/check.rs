//! Checking a password that somebody typed.

use serde::{Deserialize, Serialize};

use super::super::{AccessEpoch, Account, AccountId, Accounts, LookupKey};
use super::store::{self, LookedUp, StoredPassword};
use super::{Busy, InLine, TemporaryPassword};
use crate::kit::clock::Timestamp;
use crate::kit::secrets::{Secret, TokenHash};

/// What a presented password turned out to be.
#[derive(Debug)]
pub enum PasswordCheck {
    /// Unknown identifier, wrong password, disabled account: nobody is told which.
    Refused,
    /// The person's own password.
    Personal(Box<Account>),
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
    /// The epoch in which it was proved.
    pub epoch: AccessEpoch,
    /// Which password: the hash of its stored hash.
    fingerprint: String,
}

impl ProvenTemporary {
    /// Whether this is the password that was proved.
    pub(super) fn is_of(&self, password: &StoredPassword) -> bool {
        password.temporary && fingerprint(password) == self.fingerprint
    }
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

impl Accounts {
    /// Takes a place in the line of those whose passwords are checked, before anything is counted or looked up:
    /// when too many come, most of them cost nothing (`docs/decisions/0044…`).
    pub fn line_up(&self) -> Result<InLine, Busy> {
        self.0.hasher.line_up()
    }

    /// Checks what somebody typed; unknown, wrong and disabled cost the same and answer the same.
    ///
    /// What every check costs is a hash at each cost in use; a personal password that proves right is then
    /// hashed anew at the present one, if it was not.
    pub async fn check_password(
        &self,
        identifier: &str,
        typed: &Secret,
    ) -> Result<PasswordCheck, CheckError> {
        let key = LookupKey::of(identifier);
        let costs = self.costs_in_use().await?;
        let found = store::by_key(&mut *self.0.database.read().await?, &key).await?;
        // Whoever was not found is checked against a neighbour's password, to no avail.
        let compared = found.as_ref().and_then(LookedUp::password);
        let temporary = compared.is_some_and(|password| password.temporary);
        let presented =
            if temporary { Secret::new(TemporaryPassword::canonical(typed.expose())) } else { typed.clone() };
        let hash = compared.map(|password| password.hash.as_str());
        let right = self.0.hasher.verify_evenly(presented, hash, &costs).await?;
        if let Some(hash) = hash {
            self.learn_cost(&costs, hash).await;
        }
        let asked = found.and_then(LookedUp::asked);
        let Some((account, password)) = asked.filter(|_| right) else { return Ok(PasswordCheck::Refused) };
        if account.disabled_at.is_some() {
            return Ok(PasswordCheck::Refused);
        }
        if !password.temporary {
            self.hash_anew(&account.id, &password.hash, typed).await?;
            return Ok(PasswordCheck::Personal(Box::new(account)));
        }
        if password.expires_at.is_some_and(|end| end <= self.0.clock.now()) {
            return Ok(PasswordCheck::TemporaryExpired);
        }
        Ok(PasswordCheck::Temporary(ProvenTemporary {
            identifier: account.identifier().unwrap_or_default().to_owned(),
            epoch: account.epoch,
            account: account.id,
            fingerprint: fingerprint(&password),
        }))
    }

    /// When a person's password was last set; `None` for somebody without one here.
    pub async fn password_set_at(&self, account: &AccountId) -> sqlx::Result<Option<Timestamp>> {
        store::set_at(&mut *self.0.database.read().await?, account).await
    }

    /// Whether somebody who is signed in typed their own personal password, as before anything sensitive.
    pub async fn check_own_password(&self, account: &AccountId, typed: &Secret) -> Result<bool, CheckError> {
        let known = store::of_account(&mut *self.0.database.read().await?, account).await?;
        let own = known.filter(|password| !password.temporary);
        let hash = own.as_ref().map(|password| password.hash.as_str());
        Ok(self.0.hasher.verify(typed.clone(), hash).await?)
    }
}

fn fingerprint(password: &StoredPassword) -> String {
    TokenHash::of(&password.hash).as_str().to_owned()
}
