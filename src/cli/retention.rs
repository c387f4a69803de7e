//! `guichet retention …`

use clap::{Args, Subcommand};

use super::account::print_list;
use super::{ConfigFile, Failure};
use crate::accounts::ListFilter;
use crate::kit::clock::Clock;
use crate::kit::random::Rng;
use crate::server::Rooms;
use crate::server::janitor::Janitor;

/// What can be done about what is not kept for ever.
#[derive(Debug, Subcommand)]
pub enum RetentionCommand {
    /// List the unused accounts that will be anonymised, and when
    Report(ReportArguments),
    /// Sweep once, as every serving node does about every ten minutes
    Sweep(ConfigFile),
}

#[derive(Debug, Args)]
pub struct ReportArguments {
    #[command(flatten)]
    config: ConfigFile,
    /// Answer in JSON, one account a line
    #[arg(long)]
    json: bool,
}

/// Does what the command says.
pub async fn run(command: RetentionCommand) -> Result<(), Failure> {
    match command {
        RetentionCommand::Report(arguments) => report(arguments).await,
        RetentionCommand::Sweep(file) => sweep(&file).await,
    }
}

async fn report(arguments: ReportArguments) -> Result<(), Failure> {
    let settings = arguments.config.load()?;
    let rooms = open(&settings).await?;
    let filter = ListFilter { announced: true, ..ListFilter::default() };
    let number = print_list(&rooms, &settings, &filter, arguments.json).await?;
    rooms.database.close().await;
    if number == 0 && !arguments.json {
        println!("no account is to be anonymised");
    }
    Ok(())
}

async fn sweep(file: &ConfigFile) -> Result<(), Failure> {
    let settings = file.load()?;
    let Rooms { database, accounts, audit, .. } = open(&settings).await?;
    let janitor =
        Janitor::new(&settings, database.clone(), (accounts, audit), Clock::system(), Rng::system());
    let swept = janitor.sweep().await.map_err(|error| Failure::other(&error))?;
    database.close().await;
    println!("{swept}");
    Ok(())
}

async fn open(settings: &crate::config::Settings) -> Result<Rooms, Failure> {
    Rooms::open(settings, Clock::system(), Rng::system()).await.map_err(|error| Failure::other(&error))
}
