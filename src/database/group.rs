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

/// A group begins, and its first turn. A deferred transaction that starts with a read could not become a writer later.
const BEGIN: &str = "BEGIN IMMEDIATE; SAVEPOINT turn";
/// The last turn stays in the group's transaction, and the next one begins: in one message, since each has its price.
const KEEP: &str = "RELEASE turn; SAVEPOINT turn";
/// Nothing of the last turn stays; the next one begins where it did.
const UNDO: &str = "ROLLBACK TO turn";

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
    /// What became of the last turn.
    last: LastTurn,
    /// Whether somebody is queuing to commit it.
    has_closer: bool,
}

/// What becomes of the turn that was last, with the next one's beginning or with the commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LastTurn {
    /// It was done: what it did stays.
    Done,
    /// It was left without a word: nothing of it stays.
    Left,
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
        let seat = waited.map_err(|_| sqlx::Error::PoolTimedOut)?;
        let turn = Turn { writer: self.clone(), seat: Some(seat) };
        // Whoever asks may leave at any moment, and nobody could tell then whether a turn had begun: so it begins by itself.
        self.runtime.spawn(turn.begin()).await.unwrap_or(Err(sqlx::Error::WorkerCrashed))
    }

    /// Queues behind all who wait by now, to commit what they and those before them did.
    fn close_in_turn(&self) {
        let queue = Arc::clone(&self.seat);
        self.runtime.spawn(async move { close(queue.lock_owned().await).await });
    }
}

impl Seat {
    /// Begins a turn, in the group that there is or in a new one.
    ///
    /// When SQLite itself has given up the group's whole transaction, so is the group.
    async fn begin_turn(&mut self) -> sqlx::Result<()> {
        if let Some(group) = self.group.as_mut() {
            let between = match group.last {
                LastTurn::Done => KEEP,
                LastTurn::Left => UNDO,
            };
            // Until it is said to be done, it counts as left.
            group.last = LastTurn::Left;
            match group.transaction.execute(between).await {
                Ok(_) => return Ok(()),
                Err(error) => self.give_up(&error).await,
            }
        }
        let transaction = self.pool.begin_with(BEGIN).await?;
        self.group = Some(Group { transaction, done: Vec::new(), last: LastTurn::Left, has_closer: false });
        Ok(())
    }

    /// Undoes the last turn if it was left.
    async fn clear(&mut self) {
        let Some(group) = self.group.as_mut().filter(|group| group.last == LastTurn::Left) else { return };
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
    async fn begin(mut self) -> sqlx::Result<Self> {
        if let Some(seat) = self.seat.as_mut() {
            seat.begin_turn().await?;
        }
        Ok(self)
    }

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
        let (done, told) = oneshot::channel();
        let Some(mut seat) = self.seat.take() else { return Err(sqlx::Error::WorkerCrashed) };
        let Some(group) = seat.group.as_mut() else { return Err(sqlx::Error::WorkerCrashed) };
        group.done.push(done);
        group.last = LastTurn::Done;
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
        if !std::mem::replace(&mut group.has_closer, true) {
            self.writer.close_in_turn();
        }
    }
}
