//! A copy of the embedded database, made while it is used, and one put in its place.
//!
//! PostgreSQL has tools of its own for both; `docs/operate.md` says which.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use percent_encoding::percent_decode_str;
use sqlx::any::AnyConnectOptions;
use sqlx::{AnyConnection, Connection as _, Executor};

use super::{Connection, MIGRATIONS};
use crate::config::DatabaseSettings;

/// Why there is no copy, or why it was not put back.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The data are with PostgreSQL.
    #[error("the database is PostgreSQL: use pg_dump and pg_restore, as docs/operate.md says")]
    Postgres,
    /// Something stands where the copy would.
    #[error("{0} is there already: a backup overwrites nothing")]
    Exists(PathBuf),
    /// The copy is not what it should be.
    #[error("{path} is no sound copy of this database: {fault}")]
    Unsound {
        /// The copy.
        path: PathBuf,
        /// What is wrong with it.
        fault: String,
    },
    /// Something still uses the database that is to be replaced.
    #[error("the database {0} is in use: stop guichet first")]
    InUse(PathBuf),
    /// There is a database already, and nobody said that it may go.
    #[error("there is a database at {0}: say --replace to put it aside, under a name that ends in .replaced")]
    Occupied(PathBuf),
    /// A file cannot be read or written.
    #[error("{path} cannot be written or read: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// SQLite failed.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
}

/// What a copy holds, counted in the copy itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Its size in bytes.
    pub bytes: u64,
    /// How many rows its tables have altogether.
    pub rows: u64,
}

/// Copies the embedded database into a new file, as it is at one moment, while others use it.
///
/// The copy is on disk, read again and found sound before this returns; only its owner may read it.
pub async fn back_up(settings: &DatabaseSettings, to: &Path) -> Result<Copied, BackupError> {
    let from = sqlite_file(settings)?;
    if to.try_exists().map_err(|source| fault(to, source))? {
        return Err(BackupError::Exists(to.to_owned()));
    }
    // Whatever is cut off stays under a name that nobody takes for a backup.
    let unfinished = beside(to, "unfinished");
    remove(&unfinished)?;
    create_privately(&unfinished)?;
    let mut connection = connect(&from, "mode=rw").await?;
    connection.execute("PRAGMA busy_timeout = 60000").await?;
    let written = sqlx::query("VACUUM INTO $1")
        .bind(unfinished.to_string_lossy().into_owned())
        .execute(&mut connection)
        .await;
    connection.close().await?;
    written?;
    let copied = inspect(&unfinished).await?;
    File::open(&unfinished).and_then(|file| file.sync_all()).map_err(|source| fault(&unfinished, source))?;
    // Unlike a rename, a link overwrites nothing that came meanwhile.
    fs::hard_link(&unfinished, to).map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => BackupError::Exists(to.to_owned()),
        _ => fault(to, source),
    })?;
    remove(&unfinished)?;
    sync_folder(to)?;
    Ok(copied)
}

/// Puts a copy in the place of the embedded database; one that is there is kept aside.
///
/// `settle` is asked to make the copy fit for use before anything is replaced; when it fails, nothing is.
pub async fn restore<E: From<BackupError>>(
    settings: &DatabaseSettings,
    from: &Path,
    replace: bool,
    settle: impl AsyncFnOnce(&mut Connection) -> Result<(), E>,
) -> Result<Copied, E> {
    let to = sqlite_file(settings)?;
    let is_there = to.try_exists().map_err(|source| fault(&to, source))?;
    if is_there && !replace {
        return Err(BackupError::Occupied(to).into());
    }
    inspect(from).await?;
    let arriving = beside(&to, "arriving");
    remove(&arriving)?;
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(|source| fault(folder, source))?;
    }
    create_privately(&arriving)?;
    fs::copy(from, &arriving).map_err(|source| fault(&arriving, source))?;
    let mut connection = connect(&arriving, "mode=rw").await.map_err(BackupError::Database)?;
    settle(&mut connection).await?;
    connection.close().await.map_err(BackupError::Database)?;
    let copied = inspect(&arriving).await?;
    File::open(&arriving).and_then(|file| file.sync_all()).map_err(|source| fault(&arriving, source))?;
    if is_there {
        put_aside(&to).await?;
    }
    fs::rename(&arriving, &to).map_err(|source| fault(&to, source))?;
    sync_folder(&to)?;
    Ok(copied)
}

/// Moves the database away with all that SQLite keeps beside it, if nobody uses it.
async fn put_aside(database: &Path) -> Result<(), BackupError> {
    let mut connection = connect(database, "mode=rw").await?;
    // An exclusive lock is had by whoever is alone; its last connection takes the log into the file.
    connection.execute("PRAGMA locking_mode = EXCLUSIVE").await?;
    let alone = connection.execute("BEGIN EXCLUSIVE").await;
    if alone.is_err() {
        return Err(BackupError::InUse(database.to_owned()));
    }
    connection.execute("ROLLBACK").await?;
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").await?;
    connection.close().await?;
    let aside = beside(database, "replaced");
    fs::rename(database, &aside).map_err(|source| fault(database, source))?;
    for log in ["-wal", "-shm"] {
        let mut name = database.as_os_str().to_owned();
        name.push(log);
        remove(Path::new(&name))?;
    }
    Ok(())
}

/// Reads the whole of a copy: its pages, its references, its schema.
async fn inspect(path: &Path) -> Result<Copied, BackupError> {
    let unsound = |fault: String| BackupError::Unsound { path: path.to_owned(), fault };
    let bytes = fs::metadata(path).map_err(|source| fault(path, source))?.len();
    let mut connection = connect(path, "mode=ro").await.map_err(|error| unsound(error.to_string()))?;
    let asked = look_through(&mut connection).await;
    let rows = match asked {
        Ok(Ok(rows)) => rows,
        Ok(Err(found)) => return Err(unsound(found)),
        Err(error) => return Err(unsound(error.to_string())),
    };
    connection.close().await?;
    Ok(Copied { bytes, rows })
}

/// How many rows there are; in the inner result, what is not sound.
async fn look_through(connection: &mut Connection) -> sqlx::Result<Result<u64, String>> {
    let told: String = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut *connection).await?;
    if told != "ok" {
        return Ok(Err(told));
    }
    if sqlx::query("PRAGMA foreign_key_check").fetch_optional(&mut *connection).await?.is_some() {
        return Ok(Err("a row refers to one that is not there".to_owned()));
    }
    let known: Vec<i64> = MIGRATIONS.iter().map(|migration| migration.version).collect();
    let applied: Vec<i64> = sqlx::query_scalar("SELECT version FROM _sqlx_migrations WHERE success")
        .fetch_all(&mut *connection)
        .await?;
    if applied.is_empty() || applied.iter().any(|version| !known.contains(version)) {
        return Ok(Err("it was made by a newer version of guichet, or by another program".to_owned()));
    }
    let tables: Vec<String> =
        sqlx::query_scalar("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
            .fetch_all(&mut *connection)
            .await?;
    let mut rows = 0;
    for table in tables {
        let count = format!("SELECT COUNT(*) FROM \"{}\"", table.replace('"', "\"\""));
        let count: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(count)).fetch_one(&mut *connection).await?;
        rows += u64::try_from(count).unwrap_or(0);
    }
    Ok(Ok(rows))
}

/// The file of the embedded database.
fn sqlite_file(settings: &DatabaseSettings) -> Result<PathBuf, BackupError> {
    let url = settings.url.expose();
    let path = url.strip_prefix("sqlite:").ok_or(BackupError::Postgres)?.trim_start_matches("//");
    let path = path.split('?').next().unwrap_or_default();
    Ok(PathBuf::from(percent_decode_str(path).decode_utf8_lossy().into_owned()))
}

async fn connect(path: &Path, mode: &str) -> sqlx::Result<AnyConnection> {
    super::install_drivers();
    let path =
        percent_encoding::utf8_percent_encode(&path.to_string_lossy(), percent_encoding::NON_ALPHANUMERIC)
            .to_string();
    AnyConnection::connect_with(&AnyConnectOptions::from_str(&format!("sqlite://{path}?{mode}"))?).await
}

fn beside(path: &Path, what: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(what);
    PathBuf::from(name)
}

fn create_privately(path: &Path) -> Result<(), BackupError> {
    use std::os::unix::fs::OpenOptionsExt;
    let made = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    made.map(drop).map_err(|source| fault(path, source))
}

fn remove(path: &Path) -> Result<(), BackupError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(fault(path, source)),
        _ => Ok(()),
    }
}

/// Makes a name in a folder safe from a power cut.
fn sync_folder(path: &Path) -> Result<(), BackupError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|source| fault(folder, source))
}

fn fault(path: &Path, source: io::Error) -> BackupError {
    BackupError::File { path: path.to_owned(), source }
}
