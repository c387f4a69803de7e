//! `guichet audit …`

use std::io::Write;

use clap::{Args, Subcommand};
use serde_json::json;

use super::{ConfigFile, Failure};
use crate::audit::{AuthorityName, Expected, Fault, Place, Report};
use crate::kit::clock::Clock;
use crate::kit::random::Rng;
use crate::server::Rooms;

/// What can be done about what happened.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Go through the chain of events: does each one still stand where it was sealed?
    Verify(VerifyArguments),
    /// Begin an authority's chain anew, once it is known why the old one does not fit
    BeginAnew(BeginArguments),
}

#[derive(Debug, Args)]
pub struct VerifyArguments {
    #[command(flatten)]
    config: ConfigFile,
    /// Only this authority; empty for what happened under none
    #[arg(long, value_name = "ID")]
    authority: Option<String>,
    /// A place that was noted earlier and must be there still, as number:seal
    #[arg(long, value_name = "PLACE", requires = "authority")]
    expect: Option<String>,
    /// Answer in JSON, one authority a line
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub struct BeginArguments {
    #[command(flatten)]
    config: ConfigFile,
    /// The authority; empty for what happened under none
    #[arg(long, value_name = "ID")]
    authority: String,
    /// Yes: without this, nothing is done
    #[arg(long)]
    yes: bool,
}

/// Does what the command says.
pub async fn run(command: AuditCommand) -> Result<(), Failure> {
    match command {
        AuditCommand::Verify(arguments) => verify(arguments).await,
        AuditCommand::BeginAnew(arguments) => begin_anew(arguments).await,
    }
}

async fn verify(arguments: VerifyArguments) -> Result<(), Failure> {
    let settings = arguments.config.load()?;
    let noted = arguments.expect.as_deref().map(|text| {
        Place::parse(text)
            .ok_or_else(|| Failure::Other(format!("{text:?} is no place; expected number:seal")))
    });
    let noted = noted.transpose()?;
    let rooms = open(&settings).await?;
    let reports = async {
        let authorities = match arguments.authority {
            Some(named) => vec![AuthorityName::from(named)],
            None => rooms.audit.authorities().await?,
        };
        let mut reports = Vec::new();
        for authority in &authorities {
            reports.push(rooms.audit.verify(authority, noted.as_ref()).await?);
        }
        Ok::<_, sqlx::Error>(reports)
    };
    let reports = reports.await.map_err(|error| Failure::other(&error))?;
    rooms.database.close().await;
    let mut told = String::new();
    for report in &reports {
        told += &if arguments.json { told_as_json(report).to_string() } else { in_words(report) };
        told.push('\n');
    }
    std::io::stdout()
        .lock()
        .write_all(told.as_bytes())
        .map_err(|error| Failure::Other(format!("the answer could not be written: {error}")))?;
    let broken: Vec<_> = reports
        .iter()
        .filter(|report| report.fault.is_some())
        .map(|report| report.authority.to_string())
        .collect();
    if broken.is_empty() {
        return Ok(());
    }
    Err(Failure::Other(format!("the audit was tampered with: {}", broken.join(", "))))
}

async fn begin_anew(arguments: BeginArguments) -> Result<(), Failure> {
    let settings = arguments.config.load()?;
    let authority = AuthorityName::from(arguments.authority);
    if !arguments.yes {
        return Err(Failure::Other(format!(
            "the chain of {authority} would be begun anew, and what was tampered with could not be told any more; keep a \
             copy of the database, then say --yes"
        )));
    }
    let rooms = open(&settings).await?;
    rooms.audit.begin_anew(&authority).await.map_err(|error| Failure::other(&error))?;
    rooms.database.close().await;
    println!("the chain of {authority} begins anew; a serving node seals its events within moments");
    Ok(())
}

fn in_words(report: &Report) -> String {
    let Report { authority, fitting, removed_until, waiting, .. } = report;
    let mut parts = vec![format!("{authority}: {fitting} event(s) fit")];
    if *removed_until > 0 {
        parts.push(format!("those up to {removed_until} were removed when their time was over"));
    }
    if waiting.0 > 0 {
        parts.push(format!("{} wait(s) to be sealed", waiting.0));
    }
    if let Some(last) = &report.last {
        parts.push(format!("ends at {last}"));
    }
    match report.expected {
        Expected::Found => parts.push("the expected place is there".to_owned()),
        Expected::Removed => {
            parts.push("the expected place was removed when its time was over".to_owned());
        }
        Expected::Nothing | Expected::NotFound => {}
    }
    let fault = report.fault.map(|fault| format!("\n{authority}: {}", fault_in_words(fault)));
    parts.join("; ") + &fault.unwrap_or_default()
}

fn fault_in_words(fault: Fault) -> String {
    match fault {
        Fault::HeadAltered => "where the chain ends was changed".to_owned(),
        Fault::HeadMissing => "where the chain ends was removed".to_owned(),
        Fault::Missing(seq) => format!("event {seq} is missing"),
        Fault::Altered(seq) => format!("event {seq} is not what was sealed there"),
        Fault::Inserted(seq) => format!("an event stands at {seq} that was never sealed there"),
        Fault::NotAsNoted(seq) => format!("place {seq} is not what was noted elsewhere"),
    }
}

fn told_as_json(report: &Report) -> serde_json::Value {
    json!({
        "authority": report.authority.as_str(),
        "fitting": report.fitting,
        "removed_until": report.removed_until,
        "last": report.last.as_ref().map(Place::to_string),
        "waiting": report.waiting.0,
        "waiting_since": report.waiting.1.map(crate::kit::clock::Timestamp::seconds),
        "expected": match report.expected {
            Expected::Nothing => None,
            Expected::Found => Some("found"),
            Expected::Removed => Some("removed"),
            Expected::NotFound => Some("not-found"),
        },
        "fault": report.fault.map(Fault::word),
        "at": report.fault.and_then(Fault::place),
    })
}

async fn open(settings: &crate::config::Settings) -> Result<Rooms, Failure> {
    Rooms::open(settings, Clock::system(), Rng::system()).await.map_err(|error| Failure::other(&error))
}
