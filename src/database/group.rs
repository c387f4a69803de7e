//! Group commit for the embedded engine: transactions that queue for its one writer share a commit.
//!
//! SQLite has one writer, and a commit waits for the disk. Each transaction here is a savepoint, a *turn*, in a
//! transaction of SQLite's that is committed as soon as nobody who was waiting is before its end; only then are
//! those who are done told so. Alone, a turn is committed at once; in a crowd, the wait for the disk is shared.
//! What is acknowledged is on disk in either case, and when a commit fails, everybody in it hears of it.

use std::sync::Arc;
use std::time::Duration;

use sqlx::{AnyConnection, AnyPool, Connection as _, Executor};
use tokio::runtime::Handle;
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};

use super::unbroken::Unbroken;

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
    /// The writer's connection: a pool that had it back after each group would ask it whether it lives.
    connection: Option<AnyConnection>,
    group: Option<Group>,
}

/// Turns that are committed together.
#[derive(Debug)]
struct Group {
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
        let seat = Seat { pool, connection: None, group: None };
        Self { seat: Arc::new(Mutex::new(seat)), patience, runtime: Handle::current() }
    }

    /// Waits for a turn.
    pub async fn turn(&self) -> sqlx::Result<Turn> {
        let waited = tokio::time::timeout(self.patience, Arc::clone(&self.seat).lock_owned()).await;
        let seat = waited.map_err(|_| sqlx::Error::PoolTimedOut)?;
        let turn = Turn { writer: self.clone(), seat: Some(seat) };
        // Whoever asks may leave at any moment, and nobody could tell then whether a turn had begun.
        Unbroken::new(self.runtime.clone(), turn.begin()).await
    }

    /// The writer's connection, without turns: for whoever begins transactions of their own, or closes it.
    pub async fn alone(&self) -> sqlx::Result<AnyConnection> {
        loop {
            let mut seat = Arc::clone(&self.seat).lock_owned().await;
            if seat.group.is_some() {
                close(seat).await;
            } else if let Some(connection) = seat.connection.take() {
                return Ok(connection);
            } else {
                return Ok(seat.pool.acquire().await?.detach());
            }
        }
    }

    /// Queues behind all who wait by now, to commit what they and those before them did.
    fn close_in_turn(&self) -> Unbroken<()> {
        let queue = Arc::clone(&self.seat);
        Unbroken::new(self.runtime.clone(), async move { close(queue.lock_owned().await).await })
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
            match self.say(between).await {
                Ok(()) => return Ok(()),
                Err(error) => self.give_up(&error),
            }
        }
        self.say(BEGIN).await?;
        self.group = Some(Group { done: Vec::new(), last: LastTurn::Left, has_closer: false });
        Ok(())
    }

    /// Undoes the last turn if it was left.
    async fn clear(&mut self) {
        if self.group.as_ref().is_some_and(|group| group.last == LastTurn::Left)
            && let Err(error) = self.say(UNDO).await
        {
            self.give_up(&error);
        }
    }

    /// Nothing of the group stays, and everybody in it hears of it.
    fn give_up(&mut self, cause: &sqlx::Error) {
        let Some(group) = self.group.take() else { return };
        for waiting in group.done {
            let _ = waiting.send(Err(cause.to_string()));
        }
    }

    /// Says something about transactions to the writer's connection.
    ///
    /// One that does not take it is given up, and SQLite takes back with it what is not committed: when the disk is full,
    /// nobody knows what has been already.
    async fn say(&mut self, words: &'static str) -> sqlx::Result<()> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.pool.acquire().await?.detach(),
        };
        match connection.execute(words).await {
            Ok(_) => {
                self.connection = Some(connection);
                Ok(())
            }
            Err(error) => {
                let _ = connection.close_hard().await;
                Err(error)
            }
        }
    }
}

/// Commits the group of a seat, and tells those who wait for that.
async fn close(mut seat: OwnedMutexGuard<Seat>) {
    seat.clear().await;
    let Some(group) = seat.group.take() else { return };
    let ended = seat.say(if group.done.is_empty() { "ROLLBACK" } else { "COMMIT" }).await;
    drop(seat);
    let outcome = ended.map_err(|error| error.to_string());
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
    /// Never: a turn has the writer's connection until it is over.
    pub fn connection(&self) -> &AnyConnection {
        let connection = self.seat.as_ref().and_then(|seat| seat.connection.as_ref());
        connection.expect("a turn has its connection")
    }

    /// The same, to run them.
    ///
    /// # Panics
    ///
    /// Never, as [`Turn::connection`].
    pub fn connection_mut(&mut self) -> &mut AnyConnection {
        let connection = self.seat.as_mut().and_then(|seat| seat.connection.as_mut());
        connection.expect("a turn has its connection")
    }

    /// Keeps what was done, and returns when it is on disk.
    pub async fn commit(mut self) -> sqlx::Result<()> {
        let (done, told) = oneshot::channel();
        let Some(mut seat) = self.seat.take() else { return Err(sqlx::Error::WorkerCrashed) };
        let Some(group) = seat.group.as_mut() else { return Err(sqlx::Error::WorkerCrashed) };
        group.done.push(done);
        group.last = LastTurn::Done;
        let wants_closer = !std::mem::replace(&mut group.has_closer, true);
        drop(seat);
        if wants_closer {
            self.writer.close_in_turn().await;
        }
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
            drop(self.writer.close_in_turn());
        }
    }
}
