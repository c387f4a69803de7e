//! Letters that an application orders and prints: each order has one letter, however often it is sent.

use super::issue::Paper;
use super::{IssueError, IssuedLetter, Letter, Replacing, Sender, store};
use crate::accounts::{AccountId, Accounts, Mandate};
use crate::kit::secrets::TokenHash;

/// The name that an application gives an order, so that it can be sent again without a second letter.
#[derive(Clone, Debug)]
pub struct OrderKey {
    /// Whose: two applications may choose the same.
    pub application: String,
    /// The name, hashed: it may be anything.
    pub key: TokenHash,
    /// What was ordered, hashed: another order must have another name.
    pub order: TokenHash,
}

/// What came of an order.
#[derive(Debug)]
pub enum Ordered {
    /// A letter was issued for it.
    Now(Box<IssuedLetter>),
    /// It came before: the letter of then, as it is now. Its password was given then, and never again.
    Before(Letter),
}

/// What is kept of an order.
pub(super) struct Known {
    pub order: String,
    pub letter: Letter,
}

impl Accounts {
    /// Issues a letter to be printed by the application that orders it, and holds it for printed from then on.
    ///
    /// # Errors
    /// As [`Accounts::issue_letter`], and [`IssueError::OtherOrder`] for a key that names another order.
    pub async fn order_letter(
        &self,
        id: &AccountId,
        sender: &Sender,
        replacing: Replacing,
        mandate: &Mandate,
        key: Option<&OrderKey>,
    ) -> Result<Ordered, IssueError> {
        let Some(key) = key else {
            let paper = Paper::HandedOver(None);
            return self.issue(id, sender, replacing, mandate, paper).await.map(Box::new).map(Ordered::Now);
        };
        if let Some(before) = self.ordered_before(key).await? {
            return Ok(Ordered::Before(before));
        }
        match self.issue(id, sender, replacing, mandate, Paper::HandedOver(Some(key))).await {
            // The same order came twice at once, and the other one was first.
            Err(error @ (IssueError::OtherOrder | IssueError::Stale)) => {
                self.ordered_meanwhile(key).await?.map(Ordered::Before).ok_or(error)
            }
            issued => issued.map(Box::new).map(Ordered::Now),
        }
    }

    async fn ordered_before(&self, key: &OrderKey) -> Result<Option<Letter>, IssueError> {
        same(store::order(&mut *self.0.database.read().await?, key).await?, key)
    }

    /// The same behind whoever wrote before, so that nothing is told of what is not on disk yet.
    async fn ordered_meanwhile(&self, key: &OrderKey) -> Result<Option<Letter>, IssueError> {
        let mut transaction = self.0.database.write().await?;
        let known = store::order(&mut transaction, key).await?;
        transaction.commit().await?;
        same(known, key)
    }
}

/// The letter of an order, which must be the one that its key was used for.
fn same(known: Option<Known>, key: &OrderKey) -> Result<Option<Letter>, IssueError> {
    match known {
        Some(known) if known.order != key.order.as_str() => Err(IssueError::OtherOrder),
        known => Ok(known.map(|known| known.letter)),
    }
}
