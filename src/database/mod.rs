//! Two engines behind one handle: SQLite embedded, PostgreSQL when one machine is outgrown.
//!
//! The room owns connections, transactions and migrations. It knows no table: each room's
//! `store.rs` holds the SQL of its own, one text for both engines.

mod backup;
mod group;
mod lane;
mod open;
mod own;
mod readers;
mod together;
mod unbroken;

pub use backup::{BackupError, Copied, back_up, restore};
pub use lane::Place;
pub(crate) use own::own_key;
pub use readers::Reader;
pub use together::{Put, Statement, Together};

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use sqlx::any::AnyPoolOptions;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, AnyPool, Connection as _, Executor, SqlSafeStr as _};
use tokio::runtime::Handle;

use unbroken::Unbroken;

/// A connection on which a store runs its statements.
pub type Connection = AnyConnection;

/// A transaction that a flow owns; dropped without commit, nothing of it happened.
#[derive(Debug)]
pub struct Transaction(Kind);

#[derive(Debug)]
enum Kind {
    /// PostgreSQL's own.
    Own(sqlx::Transaction<'static, Any>),
    /// A turn at the one writer of SQLite.
    Turn(group::Turn),
}

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// Tells sqlx how the two engines are spoken to.
///
/// Drivers that were told before stay: the tests put ones before these that let any call fail
/// (`docs/decisions/0043-every-call-to-the-database-fails-once.md`).
pub fn install_drivers() {
    let _told_before = sqlx::any::install_drivers(&[sqlx::postgres::any::DRIVER, sqlx::sqlite::any::DRIVER]);
}

/// Which engine holds the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// The embedded one: a file, one writer.
    Sqlite,
    /// The shared one.
    Postgres,
}

/// The pools over one database.
#[derive(Clone, Debug)]
pub struct Database {
    engine: Engine,
    readers: AnyPool,
    /// The readers that questions share, on SQLite.
    shared: Option<Arc<readers::Shelf>>,
    writers: AnyPool,
    /// Who has the pool of writers, on SQLite.
    writer: Option<group::Writer>,
    /// Where those wait who want one row, on PostgreSQL.
    lane: Option<lane::Lane>,
}

/// Why the database cannot be used at all.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file or its folder cannot be made or written.
    #[error(
        "the database file {path} cannot be opened for writing: {source}; check the directory and its owner"
    )]
    File {
        /// The database's file.
        path: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is there and is no database, or a damaged one.
    #[error(
        "the file {path} cannot be used as the database: {source}; check database.url, or restore a copy of it"
    )]
    Unusable {
        /// The database's file.
        path: String,
        /// What SQLite says.
        source: sqlx::Error,
    },
    /// Nobody answers, or the credentials are refused.
    #[error("the database cannot be reached: {0}; check database.url and that the server runs")]
    Unreachable(#[source] sqlx::Error),
    /// The schema is older than this program.
    #[error("the database lacks {0} migration(s); run `guichet migrate` once, then start again")]
    Unmigrated(usize),
    /// The schema was made by a newer program.
    #[error("the database was migrated by a newer version of guichet; install that version")]
    TooNew,
    /// A migration failed, and was rolled back.
    #[error("the database could not be migrated: {0}")]
    Migration(#[source] MigrateError),
}

impl Database {
    /// Which engine it is.
    #[must_use]
    pub const fn engine(&self) -> Engine {
        self.engine
    }

    /// A connection that only reads.
    pub async fn read(&self) -> sqlx::Result<Reader> {
        match &self.shared {
            Some(readers) => readers.take().await,
            None => self.readers.acquire().await.map(Reader::from),
        }
    }

    /// A transaction that reads everything as it is at one moment, however long it takes.
    pub async fn snapshot(&self) -> sqlx::Result<sqlx::Transaction<'static, Any>> {
        let statement = match self.engine {
            Engine::Sqlite => "BEGIN",
            Engine::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        begin(self.readers.acquire().await?, statement).await
    }

    /// A transaction that writes; on SQLite it waits for the one writer.
    pub async fn write(&self) -> sqlx::Result<Transaction> {
        Ok(Transaction(match &self.writer {
            Some(writer) => Kind::Turn(writer.turn().await?),
            None => Kind::Own(begin(self.writers.acquire().await?, "BEGIN").await?),
        }))
    }

    /// A place among those whose transactions may wait for one another's rows, to be taken before such a transaction begins:
    /// on PostgreSQL they have half of the connections at the most.
    pub async fn place_in_lane(&self) -> sqlx::Result<Place> {
        match &self.lane {
            Some(lane) => lane.place().await,
            None => Ok(Place::without_lane()),
        }
    }

    /// Brings the schema up to date; does nothing when it is.
    ///
    /// Of several that try at once, on whatever node or by whatever command, one migrates and the others
    /// wait for it.
    pub async fn migrate(&self) -> Result<(), OpenError> {
        let connection = match &self.writer {
            Some(writer) => writer.alone().await,
            None => self.writers.acquire().await.map(sqlx::pool::PoolConnection::detach),
        };
        let mut connection = connection.map_err(OpenError::Unreachable)?;
        let outcome = match self.engine {
            // Its migrator takes no lock on SQLite: the write lock, held from the first look on, is one.
            Engine::Sqlite => {
                let transaction = connection.begin_with("BEGIN IMMEDIATE").await;
                let mut transaction = transaction.map_err(OpenError::Unreachable)?;
                match MIGRATIONS.run(&mut *transaction).await {
                    Ok(()) => transaction.commit().await.map_err(MigrateError::Execute),
                    Err(error) => Err(error),
                }
            }
            Engine::Postgres => MIGRATIONS.run(&mut connection).await,
        };
        let _ = connection.close().await;
        outcome.map_err(|error| match error {
            MigrateError::VersionMissing(_) => OpenError::TooNew,
            other => OpenError::Migration(other),
        })
    }

    /// Whether the schema is the one that this program knows.
    pub async fn require_migrated(&self) -> Result<(), OpenError> {
        let mut connection = self.readers.acquire().await.map_err(OpenError::Unreachable)?;
        let applied: Vec<i64> =
            sqlx::query_scalar("SELECT version FROM _sqlx_migrations WHERE success ORDER BY version")
                .fetch_all(&mut *connection)
                .await
                .unwrap_or_default();
        let known: Vec<i64> = MIGRATIONS.iter().map(|migration| migration.version).collect();
        if applied.iter().any(|version| !known.contains(version)) {
            return Err(OpenError::TooNew);
        }
        match known.len() - applied.len() {
            0 => Ok(()),
            missing => Err(OpenError::Unmigrated(missing)),
        }
    }

    /// Closes every connection, the last statements done.
    pub async fn close(&self) {
        if let Some(readers) = &self.shared {
            readers.close().await;
        }
        if let Some(writer) = &self.writer
            && let Ok(connection) = writer.alone().await
        {
            let _ = connection.close().await;
        }
        self.readers.close().await;
        self.writers.close().await;
    }
}

/// Begins a transaction, to the end even when whoever waits for it leaves.
///
/// The library counts a transaction once it has heard that it began, and undoes what it counts: one that was given up
/// before would stay open on a connection that goes to others, and what those are told of as done would not be.
async fn begin(
    connection: PoolConnection<Any>,
    statement: &'static str,
) -> sqlx::Result<sqlx::Transaction<'static, Any>> {
    let beginning = sqlx::Transaction::begin(connection, Some(statement.into_sql_str()));
    Unbroken::new(Handle::current(), beginning).await
}

impl Transaction {
    /// Makes what was done last; when this returns well, it is on disk.
    pub async fn commit(self) -> sqlx::Result<()> {
        match self.0 {
            Kind::Own(transaction) => transaction.commit().await,
            Kind::Turn(turn) => turn.commit().await,
        }
    }

    /// Takes back what was done, and returns when that is so; dropping it does the same, later.
    pub async fn rollback(self) -> sqlx::Result<()> {
        match self.0 {
            Kind::Own(transaction) => transaction.rollback().await,
            // Whoever has the next turn does it first.
            Kind::Turn(turn) => {
                drop(turn);
                Ok(())
            }
        }
    }
}

impl Transaction {
    /// Begins a part that is kept or undone by itself; of several, the last that was begun is the first to end.
    /// One that is left open goes where the transaction goes.
    pub async fn begin_part(&mut self) -> sqlx::Result<()> {
        self.execute("SAVEPOINT part").await.map(drop)
    }

    /// Keeps what was done since it began, with the rest of the transaction.
    pub async fn keep_part(&mut self) -> sqlx::Result<()> {
        self.execute("RELEASE SAVEPOINT part").await.map(drop)
    }

    /// Takes back what was done since it began, whatever failed there.
    pub async fn undo_part(&mut self) -> sqlx::Result<()> {
        self.execute("ROLLBACK TO SAVEPOINT part").await?;
        self.keep_part().await
    }
}

impl Deref for Transaction {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        match &self.0 {
            Kind::Own(transaction) => transaction,
            Kind::Turn(turn) => turn.connection(),
        }
    }
}

impl DerefMut for Transaction {
    fn deref_mut(&mut self) -> &mut Connection {
        match &mut self.0 {
            Kind::Own(transaction) => transaction,
            Kind::Turn(turn) => turn.connection_mut(),
        }
    }
}
