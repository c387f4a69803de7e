//! Group commit for the embedded engine: transactions that queue for its one writer share a commit.
//!
//! SQLite has one writer, and a commit waits for the disk. Each transaction here is a savepoint, a *turn*, in a
//! transaction of SQLite's that is committed as soon as nobody who was waiting is before its end; only then are
//! those who are done told so. Alone, a turn is committed at once; in a crowd, the wait for the disk is shared.
//! What is acknowledged is on disk in either case, and when a commit fails, everybody in it hears of it.

use std::sync::Arc;
use std::time::Duration;

use sqlx::{Any, AnyConnection, AnyPool, Executor};
use tokio::runtime::Handle;
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};

/// A turn begins with this.
const BEGIN: &str = "SAVEPOINT turn";
/// It stays in the group's transaction.
const KEEP: &str = "RELEASE turn";
/// Nothing of it stays.
const UNDO: &str = "ROLLBACK TO turn; RELEASE turn";

/// The one writer of a database, to whom transactions come in turn.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    seat: Arc<Mutex<Seat>>,
    patience: Duration,
    runtime: Handle,
}

/// Where one turn at a time is; others queue for it in the order in which they came.
#[derive(Debug)]
struct Seat {
    pool: AnyPool,
    group: Option<Group>,
}

/// Turns that are committed together.
#[derive(Debug)]
struct Group {
    transaction: sqlx::Transaction<'static, Any>,
    /// Those who are done, and wait to hear that it is on disk.
    done: Vec<oneshot::Sender<Result<(), String>>>,
    /// Whether the last turn was left without a word: nothing of it stays.
    is_left: bool,
    /// Whether somebody is queuing to commit it.
    has_closer: bool,
}

/// A transaction that has the writer for itself until it is committed or dropped.
#[derive(Debug)]
pub(super) struct Turn {
    writer: Writer,
    /// Until it is over.
    seat: Option<OwnedMutexGuard<Seat>>,
}

impl Writer {
    /// The writer that `pool`, of one connection, gives; it must be made within the runtime.
    pub fn new(pool: AnyPool, patience: Duration) -> Self {
        Self { seat: Arc::new(Mutex::new(Seat { pool, group: None })), patience, runtime: Handle::current() }
    }

    /// Waits for a turn.
    pub async fn turn(&self) -> sqlx::Result<Turn> {
        let waited = tokio::time::timeout(self.patience, Arc::clone(&self.seat).lock_owned()).await;
        let mut seat = waited.map_err(|_| sqlx::Error::PoolTimedOut)?;
        seat.clear().await;
        if seat.group.is_none() {
            // A deferred transaction that starts with a read could not become a writer later.
            let transaction = seat.pool.begin_with("BEGIN IMMEDIATE").await?;
            seat.group = Some(Group { transaction, done: Vec::new(), is_left: false, has_closer: false });
        }
        let mut turn = Turn { writer: self.clone(), seat: Some(seat) };
        turn.connection_mut().execute(BEGIN).await?;
        Ok(turn)
    }

    /// Queues behind all who wait by now, to commit what they and those before them did.
    fn close_in_turn(&self) {
        let queue = Arc::clone(&self.seat);
        self.runtime.spawn(async move { close(queue.lock_owned().await).await });
    }
}

impl Seat {
    /// Undoes a turn that was left; when SQLite itself has given up the whole transaction, so is the group.
    async fn clear(&mut self) {
        let Some(group) = self.group.as_mut().filter(|group| group.is_left) else { return };
        group.is_left = false;
        if let Err(error) = group.transaction.execute(UNDO).await {
            self.give_up(&error).await;
        }
    }

    /// Nothing of the group stays, and everybody in it hears of it.
    async fn give_up(&mut self, cause: &sqlx::Error) {
        let Some(group) = self.group.take() else { return };
        for waiting in group.done {
            let _ = waiting.send(Err(cause.to_string()));
        }
        // It may be over already: that is what an error of the disk does.
        let _ = group.transaction.rollback().await;
    }
}

/// Commits the group of a seat, and tells those who wait for that.
async fn close(mut seat: OwnedMutexGuard<Seat>) {
    seat.clear().await;
    let Some(group) = seat.group.take() else { return };
    let committed = if group.done.is_empty() {
        group.transaction.rollback().await
    } else {
        group.transaction.commit().await
    };
    drop(seat);
    let outcome = committed.map_err(|error| error.to_string());
    for waiting in group.done {
        // Whoever is gone asked for nothing more.
        let _ = waiting.send(outcome.clone());
    }
}

impl Turn {
    /// The connection on which the turn's statements run.
    ///
    /// # Panics
    ///
    /// Never: a turn has its group until it is over, which takes it.
    pub fn connection(&self) -> &AnyConnection {
        let group = self.seat.as_ref().and_then(|seat| seat.group.as_ref());
        &group.expect("a turn has its group").transaction
    }

    /// The same, to run them.
    ///
    /// # Panics
    ///
    /// Never, as [`Turn::connection`].
    pub fn connection_mut(&mut self) -> &mut AnyConnection {
        let group = self.seat.as_mut().and_then(|seat| seat.group.as_mut());
        &mut group.expect("a turn has its group").transaction
    }

    /// Keeps what was done, and returns when it is on disk.
    pub async fn commit(mut self) -> sqlx::Result<()> {
        self.connection_mut().execute(KEEP).await?;
        let (done, told) = oneshot::channel();
        let Some(mut seat) = self.seat.take() else { return Err(sqlx::Error::WorkerCrashed) };
        let Some(group) = seat.group.as_mut() else { return Err(sqlx::Error::WorkerCrashed) };
        group.done.push(done);
        let wants_closer = !std::mem::replace(&mut group.has_closer, true);
        if wants_closer {
            self.writer.close_in_turn();
        }
        drop(seat);
        match told.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(cause)) => Err(sqlx::Error::Protocol(format!("the shared commit failed: {cause}"))),
            Err(_) => Err(sqlx::Error::WorkerCrashed),
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(mut seat) = self.seat.take() else { return };
        let Some(group) = seat.group.as_mut() else { return };
        group.is_left = true;
        if !std::mem::replace(&mut group.has_closer, true) {
            self.writer.close_in_turn();
        }
    }
}
