//! Connections that read.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, AnyPool, Connection as _};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::lane::permit_of;

/// A connection that reads, until it is dropped.
#[derive(Debug)]
pub struct Reader(Kind);

#[derive(Debug)]
enum Kind {
    Pooled(PoolConnection<Any>),
    Shelved(Shelved),
}

#[derive(Debug)]
struct Shelved {
    /// Until it is over.
    connection: Option<AnyConnection>,
    standing: Standing,
    home: Arc<Shelf>,
    _permit: OwnedSemaphorePermit,
}

/// What is known of a connection that comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// The last that it was asked went well.
    Sound,
    /// Nobody said so: it is asked whether it lives before anything else is.
    Unsaid,
}

/// Connections to a file, for questions that are asked again and again: a pool that had one back after each would ask it
/// whether it lives, in a task of its own, which costs as much as the question.
#[derive(Debug)]
pub(super) struct Shelf {
    /// Where they come from, each once.
    pool: AnyPool,
    free: Mutex<Vec<(AnyConnection, Standing)>>,
    permits: Arc<Semaphore>,
    patience: Duration,
}

impl Shelf {
    /// A shelf for so many connections of a pool.
    pub fn new(pool: AnyPool, many: u32, patience: Duration) -> Self {
        let permits = Arc::new(Semaphore::new(many as usize));
        Self { pool, free: Mutex::default(), permits, patience }
    }

    /// A connection from the shelf, when there is one for the caller.
    pub async fn take(self: &Arc<Self>) -> sqlx::Result<Reader> {
        let permit = permit_of(&self.permits, self.patience).await?;
        let connection = match self.sound().await {
            Some(connection) => connection,
            None => self.pool.acquire().await?.detach(),
        };
        Ok(Reader(Kind::Shelved(Shelved {
            connection: Some(connection),
            standing: Standing::Unsaid,
            home: Arc::clone(self),
            _permit: permit,
        })))
    }

    /// A connection from the shelf that lives; those that do not are closed.
    async fn sound(&self) -> Option<AnyConnection> {
        loop {
            // In a statement of its own: nobody else waits while it is asked.
            let next = self.free().pop();
            let (mut connection, standing) = next?;
            if standing == Standing::Sound || connection.ping().await.is_ok() {
                return Some(connection);
            }
        }
    }

    /// Closes every connection, now and from now on.
    pub async fn close(&self) {
        self.permits.close();
        let free = std::mem::take(&mut *self.free());
        for (connection, _) in free {
            let _ = connection.close().await;
        }
    }

    fn free(&self) -> MutexGuard<'_, Vec<(AnyConnection, Standing)>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reader {
    /// Says whether the last that the connection was asked went well; not so as long as it is under way.
    pub(super) const fn went_well(&mut self, well: bool) {
        if let Kind::Shelved(shelved) = &mut self.0 {
            shelved.standing = if well { Standing::Sound } else { Standing::Unsaid };
        }
    }

    /// Closes the connection, whatever it still waits for, instead of giving it back.
    pub(super) fn give_up(self) {
        match self.0 {
            Kind::Pooled(connection) => drop(connection.detach()),
            Kind::Shelved(mut shelved) => drop(shelved.connection.take()),
        }
    }
}

impl From<PoolConnection<Any>> for Reader {
    fn from(connection: PoolConnection<Any>) -> Self {
        Self(Kind::Pooled(connection))
    }
}

impl Drop for Shelved {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        let mut free = self.home.free();
        if !self.home.permits.is_closed() {
            free.push((connection, self.standing));
        }
    }
}

impl Deref for Reader {
    type Target = AnyConnection;

    /// # Panics
    ///
    /// Never: it has its connection until it is dropped.
    fn deref(&self) -> &AnyConnection {
        match &self.0 {
            Kind::Pooled(connection) => connection,
            Kind::Shelved(shelved) => shelved.connection.as_ref().expect("a reader has its connection"),
        }
    }
}

impl DerefMut for Reader {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        match &mut self.0 {
            Kind::Pooled(connection) => connection,
            Kind::Shelved(shelved) => shelved.connection.as_mut().expect("a reader has its connection"),
        }
    }
}
