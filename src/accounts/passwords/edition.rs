//! Which password an account has, without the password.

use serde::{Deserialize, Serialize};

use super::super::{AccessEpoch, Account, Accounts, LookupKey};
use super::store::{self, LookedUp, StoredPassword};
use crate::kit::clock::Timestamp;

/// Which password an account has: another edition after every change of it and after whatever ended all
/// accesses, the same one when it is merely hashed anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordEdition {
    epoch: AccessEpoch,
    set_at: Timestamp,
    temporary: bool,
}

impl PasswordEdition {
    pub(super) fn of(account: &Account, password: &StoredPassword) -> Self {
        Self { epoch: account.epoch, set_at: password.set_at, temporary: password.temporary }
    }

    /// Whether nothing ended all accesses since that epoch began.
    #[must_use]
    pub fn is_of(&self, epoch: AccessEpoch) -> bool {
        self.epoch == epoch
    }
}

impl Accounts {
    /// Which password an identifier has now; `None` for nobody, and for somebody who has none here.
    pub async fn password_edition(&self, key: &LookupKey) -> sqlx::Result<Option<PasswordEdition>> {
        let found = store::by_key(&mut *self.0.database.read().await?, key).await?;
        let asked = found.and_then(LookedUp::asked);
        Ok(asked.map(|(account, password)| PasswordEdition::of(&account, &password)))
    }
}
