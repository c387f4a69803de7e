//! `guichet demo`

use std::path::PathBuf;

use clap::Args;

use super::{Failure, serve};
use crate::config::{LogFormat, LogSettings};
use crate::demo::Demo;
use crate::server::logs;

/// Where the demo runs.
#[derive(Debug, Args)]
pub struct DemoArguments {
    /// The folder for its data
    #[arg(long, value_name = "DIR", default_value = "var/demo")]
    data: PathBuf,
    /// The port of Guichet; the application, ARENA and the mailbox take the next three
    #[arg(long, value_name = "P", default_value_t = 8080)]
    port: u16,
    /// Log every request
    #[arg(long, short)]
    verbose: bool,
}

/// Runs the demo until it is asked to stop.
pub async fn run(arguments: DemoArguments) -> Result<(), Failure> {
    let filter = if arguments.verbose { "info" } else { "warn" };
    let settings = LogSettings { filter: filter.to_owned(), format: LogFormat::Auto };
    logs::start(&settings).map_err(|error| Failure::other(&error))?;
    let demo = Demo { data: arguments.data, port: arguments.port };
    demo.run(serve::asked_to_stop(), |told| println!("{told}")).await.map_err(|error| Failure::other(&error))
}
