//! Openings as they are shown: to the person at the next sign-in, to supervisors.

use super::{Way, store};
use crate::accounts::{Account, AccountId, Accounts, Jurisdiction};
use crate::kit::clock::Timestamp;

/// How many a person is shown.
const MOST_TOLD: i64 = 10;

/// An opening, as its person is told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpeningTold {
    /// When.
    pub at: Timestamp,
    /// How.
    pub way: Way,
    /// When it was used, if it was.
    pub used_at: Option<Timestamp>,
}

/// An opening, as supervisors see it.
#[derive(Clone, Debug)]
pub struct Opened {
    /// Whose access.
    pub person: Account,
    /// How.
    pub way: Way,
    /// What the manager who opened it is called.
    pub manager: String,
    /// What the second manager is called, where one agreed.
    pub agreed_by: Option<String>,
    /// When it was opened.
    pub at: Timestamp,
    /// When it was used, if it was.
    pub used_at: Option<Timestamp>,
    /// Whether it was used from the network from which it was opened.
    pub is_same_network: bool,
}

impl Accounts {
    /// The openings that a person has not been shown yet, the latest first.
    pub async fn untold_openings(&self, account: &AccountId) -> sqlx::Result<Vec<OpeningTold>> {
        store::untold(&mut *self.0.database.read().await?, account, MOST_TOLD).await
    }

    /// Notes that a person was shown them.
    pub async fn mark_openings_told(&self, account: &AccountId) -> sqlx::Result<()> {
        let mut transaction = self.0.database.write().await?;
        store::mark_told(&mut transaction, account, self.0.clock.now()).await?;
        transaction.commit().await
    }
}

impl Jurisdiction {
    /// The latest openings; those first that were used from the network from which they were opened.
    pub async fn openings(&self, most: i64) -> sqlx::Result<Vec<Opened>> {
        let mut connection = self.accounts().0.database.read().await?;
        store::opened(&mut connection, self.authority(), most).await
    }
}
