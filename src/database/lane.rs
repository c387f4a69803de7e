//! A lane for transactions that may wait for one another's rows.
//!
//! On PostgreSQL a transaction that waits for a row keeps its connection meanwhile, and a stranger can make one row wanted by
//! as many as they like. Whoever changes such a row takes a place here first, of which there are half as many as
//! connections: the others find the rest. SQLite has one writer, for whom transactions queue without a connection.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The places of one database.
#[derive(Clone, Debug)]
pub(super) struct Lane {
    places: Arc<Semaphore>,
    patience: Duration,
}

/// A place in the lane, until it is dropped: after the transaction for which it was taken.
#[derive(Debug)]
#[must_use = "the place is left when this is dropped"]
pub struct Place {
    _permit: Option<OwnedSemaphorePermit>,
    was_waited_for: bool,
}

impl Lane {
    /// A lane beside so many connections, for whose places nobody waits longer than this.
    pub fn new(connections: u32, patience: Duration) -> Self {
        let places = usize::try_from(connections / 2).unwrap_or(usize::MAX).max(1);
        Self { places: Arc::new(Semaphore::new(places)), patience }
    }

    /// Waits for a place, behind those who came before.
    pub async fn place(&self) -> sqlx::Result<Place> {
        if let Ok(permit) = Arc::clone(&self.places).try_acquire_owned() {
            return Ok(Place { _permit: Some(permit), was_waited_for: false });
        }
        let permit = permit_of(&self.places, self.patience).await?;
        Ok(Place { _permit: Some(permit), was_waited_for: true })
    }
}

/// Waits for one of some permits as one waits for a connection, and with the same errors.
pub(super) async fn permit_of(
    permits: &Arc<Semaphore>,
    patience: Duration,
) -> sqlx::Result<OwnedSemaphorePermit> {
    let waited = tokio::time::timeout(patience, Arc::clone(permits).acquire_owned()).await;
    waited.map_err(|_| sqlx::Error::PoolTimedOut)?.map_err(|_| sqlx::Error::PoolClosed)
}

impl Place {
    /// A place where there is no lane.
    pub(super) const fn without_lane() -> Self {
        Self { _permit: None, was_waited_for: false }
    }

    /// Whether others had to go first: what was read before may have changed since.
    #[must_use]
    pub const fn was_waited_for(&self) -> bool {
        self.was_waited_for
    }
}
