//! Opening the pools, with what each engine needs to keep its promises.

use std::fs::OpenOptions;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use sqlx::any::AnyConnectOptions;
use sqlx::{AnyConnection, Connection as _, Executor};

use super::group::Writer;
use super::lane::Lane;
use super::readers::Shelf;
use super::{AnyPool, AnyPoolOptions, Database, Engine, OpenError};
use crate::config::DatabaseSettings;

/// How long a request waits for a connection before it fails: longer is a queue that never drains.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);
/// How many connections to a file read it as it is at one moment, beside those of which each question takes one.
const SNAPSHOTS: u32 = 2;
/// For how long a connection to PostgreSQL that answered is taken to be alive, without asking it again.
const TRUSTED_FOR: Duration = Duration::from_secs(1);

impl Database {
    /// Opens both pools and sees that the database answers.
    ///
    /// A SQLite file is created, readable by its owner only, and brought up to date; a PostgreSQL
    /// database is migrated only when told (`guichet migrate`).
    pub async fn open(settings: &DatabaseSettings) -> Result<Self, OpenError> {
        super::install_drivers();
        let url = settings.url.expose();
        if url.starts_with("sqlite:") {
            let database = open_sqlite(url, settings.max_connections).await?;
            database.migrate().await?;
            Ok(database)
        } else {
            open_postgres(url, settings.max_connections).await
        }
    }
}

async fn open_sqlite(url: &str, readers: u32) -> Result<Database, OpenError> {
    let path = url.trim_start_matches("sqlite:").trim_start_matches("//");
    let path = percent_decode_str(path).decode_utf8_lossy();
    let fault = |source| OpenError::File { path: path.to_string(), source };
    create_privately(Path::new(path.as_ref())).map_err(fault)?;
    let options = AnyConnectOptions::from_str(url).map_err(OpenError::Unreachable)?;
    // This reads the file's head, which opening it does not.
    look(&options, "PRAGMA schema_version")
        .await
        .map_err(|source| OpenError::Unusable { path: path.to_string(), source })?;
    // The writer comes first: it sets the journal mode that readers then find.
    let writers = sqlite_pool(1).connect_with(options.clone()).await.map_err(OpenError::Unreachable)?;
    let snapshots = readers.min(SNAPSHOTS);
    let pool = sqlite_pool(readers.saturating_add(snapshots)).connect_with(options).await;
    let pool = pool.map_err(OpenError::Unreachable)?;
    let shared = Some(Arc::new(Shelf::new(pool.clone(), readers, ACQUIRE_TIMEOUT)));
    let writer = Some(Writer::new(writers.clone(), ACQUIRE_TIMEOUT));
    Ok(Database { engine: Engine::Sqlite, readers: pool, shared, writers, writer, lane: None })
}

async fn open_postgres(url: &str, connections: u32) -> Result<Database, OpenError> {
    let options = AnyConnectOptions::from_str(url).map_err(OpenError::Unreachable)?;
    let pool: Result<AnyPool, _> = AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false)
        .before_acquire(|connection, at_rest| Box::pin(is_alive(connection, at_rest.idle_for)))
        .connect_with(options.clone())
        .await;
    let pool = match pool {
        Ok(pool) => pool,
        // A pool says that it waited in vain; one connection says for what.
        Err(error) => {
            return Err(OpenError::Unreachable(look(&options, "SELECT 1").await.err().unwrap_or(error)));
        }
    };
    let lane = Some(Lane::new(connections, ACQUIRE_TIMEOUT));
    let readers = pool.clone();
    Ok(Database { engine: Engine::Postgres, readers, shared: None, writers: pool, writer: None, lane })
}

/// Opens one connection and asks it something, to learn what a pool would keep to itself.
async fn look(options: &AnyConnectOptions, question: &'static str) -> sqlx::Result<()> {
    let asked = async {
        let mut connection = AnyConnection::connect_with(options).await?;
        connection.execute(question).await?;
        connection.close().await
    };
    tokio::time::timeout(ACQUIRE_TIMEOUT, asked).await.unwrap_or(Err(sqlx::Error::PoolTimedOut))
}

/// A pool of connections to a file, which nobody can cut: what it gives is not asked first whether it is there.
fn sqlite_pool(connections: u32) -> AnyPoolOptions {
    AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false)
        .after_connect(|connection, _| prepare_sqlite(connection))
}

/// Whether a connection that rested so long is still there: to ask each time would make every question two.
async fn is_alive(connection: &mut AnyConnection, rested: Duration) -> sqlx::Result<bool> {
    if rested > TRUSTED_FOR {
        connection.ping().await?;
    }
    Ok(true)
}

/// WAL lets readers go on beside the writer; FULL makes an acknowledged commit survive a power cut.
fn prepare_sqlite(connection: &mut AnyConnection) -> futures_util::future::BoxFuture<'_, sqlx::Result<()>> {
    Box::pin(async move {
        for statement in [
            "PRAGMA busy_timeout = 5000",
            "PRAGMA journal_mode = WAL",
            "PRAGMA synchronous = FULL",
            "PRAGMA foreign_keys = ON",
        ] {
            connection.execute(statement).await?;
        }
        Ok(())
    })
}

fn create_privately(path: &Path) -> std::io::Result<()> {
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
    }
    OpenOptions::new().create(true).append(true).mode(0o600).open(path).map(drop)
}
