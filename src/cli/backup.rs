//! `guichet backup FILE` and `guichet restore FILE`

use std::path::PathBuf;

use clap::Args;

use super::{ConfigFile, Failure};
use crate::accounts;
use crate::config::MasterKeySource;
use crate::database::{self, BackupError};
use crate::keys::{self, MasterKey};
use crate::kit::random::Rng;

#[derive(Debug, Args)]
pub struct BackupArguments {
    #[command(flatten)]
    config: ConfigFile,
    /// Where the copy goes; nothing may be there
    file: PathBuf,
}

#[derive(Debug, Args)]
pub struct RestoreArguments {
    #[command(flatten)]
    config: ConfigFile,
    /// A copy made by `guichet backup`
    file: PathBuf,
    /// Put the database that is there aside, under a name that ends in .replaced
    #[arg(long)]
    replace: bool,
    /// Let sessions and tokens of the copy count again, those ended since included
    #[arg(long)]
    keep_accesses: bool,
}

/// Why a copy is not put back.
#[derive(Debug, thiserror::Error)]
enum RestoreError {
    #[error(transparent)]
    Backup(#[from] BackupError),
    #[error("the copy cannot be read: {0}")]
    Database(#[from] sqlx::Error),
    #[error(
        "the master key does not open this copy: give the one with which it was made (keys.master_key, or master.key in the data directory)"
    )]
    OtherMasterKey,
}

/// Copies the embedded database while it is used, and reads the copy again.
pub async fn back_up(arguments: BackupArguments) -> Result<(), Failure> {
    let settings = arguments.config.load()?;
    let copied = database::back_up(&settings.database, &arguments.file).await;
    let copied = copied.map_err(|error| Failure::other(&error))?;
    println!(
        "{} rows in {} bytes copied to {}, read again and sound; the master key is not in it",
        copied.rows,
        copied.bytes,
        arguments.file.display()
    );
    Ok(())
}

/// Puts a copy in the place of the embedded database.
pub async fn restore(arguments: RestoreArguments) -> Result<(), Failure> {
    let settings = arguments.config.load()?;
    if let MasterKeySource::Generated(path) = &settings.keys.master_key
        && !path.exists()
    {
        // A new one would be made, which opens nothing.
        let path = path.display();
        return Err(Failure::Other(format!(
            "put the master key with which the copy was made at {path} first"
        )));
    }
    let master_key =
        MasterKey::load(&settings.keys, &Rng::system()).map_err(|error| Failure::other(&error))?;
    let keep = arguments.keep_accesses;
    let settle = async |connection: &mut database::Connection| -> Result<(), RestoreError> {
        if !keys::opens_all(connection, &master_key).await? {
            return Err(RestoreError::OtherMasterKey);
        }
        if !keep {
            accounts::end_every_access(connection).await?;
        }
        Ok(())
    };
    let restored = database::restore(&settings.database, &arguments.file, arguments.replace, settle).await;
    let copied = restored.map_err(|error| Failure::other(&error))?;
    let accesses = if keep { "what was signed in then is so again" } else { "everybody signs in again" };
    println!("{} rows restored from {}; {accesses}", copied.rows, arguments.file.display());
    Ok(())
}
