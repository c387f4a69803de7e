//! The letters of an authority's people, and the batches that they are printed in.

use super::Jurisdiction;
use crate::accounts::LetterNumber;
use crate::accounts::letters::batches::store;
use crate::accounts::letters::{BatchCounts, BatchId, BatchLine, LetterBatch};

impl Jurisdiction {
    /// The latest batches, newest first.
    pub async fn batches(&self, most: i64) -> sqlx::Result<Vec<LetterBatch>> {
        store::of_authority(&mut *self.accounts.0.database.read().await?, &self.authority, most).await
    }

    /// The batch of an id, with what has become of its letters.
    pub async fn batch(&self, id: &BatchId) -> sqlx::Result<Option<(LetterBatch, BatchCounts)>> {
        let mut connection = self.accounts.0.database.read().await?;
        let Some(batch) = store::by_id(&mut connection, &self.authority, id).await? else { return Ok(None) };
        let counts = store::counts(&mut connection, id, self.accounts.0.clock.now()).await?;
        Ok(Some((batch, counts)))
    }

    /// The letters of a batch after a place, in their order.
    pub async fn letters_of_batch(
        &self,
        id: &BatchId,
        after: u64,
        most: i64,
    ) -> sqlx::Result<Vec<BatchLine>> {
        let mut connection = self.accounts.0.database.read().await?;
        store::lines(&mut connection, &self.authority, id, after, most).await
    }

    /// The latest letters that belong to no batch, newest first.
    pub async fn letters_alone(&self, most: i64) -> sqlx::Result<Vec<BatchLine>> {
        store::alone(&mut *self.accounts.0.database.read().await?, &self.authority, most).await
    }

    /// The letter of a number, with the batch that it was printed in.
    pub async fn letter(&self, number: &LetterNumber) -> sqlx::Result<Option<(BatchLine, Option<BatchId>)>> {
        let mut connection = self.accounts.0.database.read().await?;
        let Some(found) = store::by_number(&mut connection, &self.authority, number).await? else {
            return Ok(None);
        };
        let batch = store::of_letter(&mut connection, number).await?;
        Ok(Some((found, batch)))
    }
}
