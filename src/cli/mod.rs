//! The operators' commands.
//!
//! Exit codes: 0 done, 1 something failed, 2 the configuration or the command line is wrong. What went
//! wrong is one line on standard error; what was asked for is on standard output.

mod account;
mod backup;
mod clients;
mod demo;
mod import;
mod keys;
mod mail;
mod retention;
mod serve;

use std::fmt;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{self, Faults, Settings};
use crate::database::Database;

/// The command line.
#[derive(Debug, Parser)]
#[command(name = "guichet", version, about, arg_required_else_help = true)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the sign-in and the provider
    Serve(ConfigFile),
    /// Check a configuration, and name every fault
    Check(ConfigFile),
    /// Bring the database's schema up to date
    Migrate(ConfigFile),
    /// Manage the accounts of external people
    #[command(subcommand)]
    Account(account::AccountCommand),
    /// Look after the applications
    #[command(subcommand)]
    Clients(clients::ClientsCommand),
    /// Read lists of people
    #[command(subcommand)]
    Import(import::ImportCommand),
    /// Look after the keys that sign tokens
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Look after the mails on their way
    #[command(subcommand)]
    Mail(mail::MailCommand),
    /// See and do what is not kept for ever
    #[command(subcommand)]
    Retention(retention::RetentionCommand),
    /// Copy the embedded database while it is used
    Backup(backup::BackupArguments),
    /// Put a copy in the place of the embedded database, guichet being stopped
    Restore(backup::RestoreArguments),
    /// Run the whole story on this machine: Guichet, an expense app, an ARENA, a mailbox
    Demo(demo::DemoArguments),
}

#[derive(Debug, Args)]
struct ConfigFile {
    /// The configuration file; every key may also be given as `GUICHET__SECTION__KEY`
    #[arg(long, value_name = "FILE", env = "GUICHET_CONFIG")]
    config: Option<PathBuf>,
}

/// Why a command did not do what was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The configuration has faults: exit code 2.
    Configuration(Faults),
    /// Anything else: exit code 1.
    Other(String),
}

impl Failure {
    fn other(error: &dyn fmt::Display) -> Self {
        Self::Other(error.to_string())
    }
}

/// Reads the command line and does what it says.
#[must_use]
pub fn main() -> ExitCode {
    let command = CommandLine::parse().command;
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return report(&Failure::other(&error)),
    };
    let done = runtime.block_on(async {
        match command {
            Command::Serve(file) => serve::serve(&file.load()?).await,
            Command::Check(file) => check(&file),
            Command::Migrate(file) => migrate(&file.load()?).await,
            Command::Account(command) => account::run(command).await,
            Command::Clients(command) => clients::run(command).await,
            Command::Import(command) => import::run(command).await,
            Command::Keys(command) => keys::run(command).await,
            Command::Mail(command) => mail::run(command).await,
            Command::Retention(command) => retention::run(command).await,
            Command::Backup(arguments) => backup::back_up(arguments).await,
            Command::Restore(arguments) => backup::restore(arguments).await,
            Command::Demo(arguments) => demo::run(arguments).await,
        }
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => report(&failure),
    }
}

fn report(failure: &Failure) -> ExitCode {
    match failure {
        Failure::Configuration(faults) => {
            eprint!("{faults}");
            if !faults.to_string().ends_with('\n') {
                eprintln!();
            }
            eprintln!("{} fault(s) in the configuration", faults.len());
            ExitCode::from(2)
        }
        Failure::Other(line) => {
            // What a library says may go over several lines; a log collector wants one.
            let words: Vec<&str> = line.split_whitespace().collect();
            eprintln!("guichet: {}", words.join(" "));
            ExitCode::from(1)
        }
    }
}

impl ConfigFile {
    fn load(&self) -> Result<Settings, Failure> {
        config::load(self.config.as_deref(), config::process_environment()).map_err(Failure::Configuration)
    }
}

fn check(file: &ConfigFile) -> Result<(), Failure> {
    let settings = file.load()?;
    println!("the configuration is sound: issuer {}", settings.server.issuer());
    Ok(())
}

async fn migrate(settings: &Settings) -> Result<(), Failure> {
    let database = Database::open(&settings.database).await.map_err(|error| Failure::other(&error))?;
    database.migrate().await.map_err(|error| Failure::other(&error))?;
    database.close().await;
    println!("the database is up to date");
    Ok(())
}
