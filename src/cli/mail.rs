//! `guichet mail …`

use std::io::Write;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{ConfigFile, Failure};
use crate::kit::clock::{Clock, Timestamp};
use crate::kit::random::Rng;
use crate::mail::{self, Address, Listed, MailId, Status};
use crate::server::Rooms;

/// How many mails of each kind of failure are listed.
const MOST_LISTED: i64 = 20;

/// What can be done with the outbox.
#[derive(Debug, Subcommand)]
pub enum MailCommand {
    /// Tell how the outbox stands: what waits, what was given up, and why
    Status(StatusArguments),
    /// Have mails that were given up tried again
    Retry(RetryArguments),
}

#[derive(Debug, Args)]
pub struct StatusArguments {
    #[command(flatten)]
    config: ConfigFile,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub struct RetryArguments {
    #[command(flatten)]
    config: ConfigFile,
    /// The mails, by the ids that `guichet mail status` tells
    #[arg(value_name = "ID", required_unless_present = "all")]
    ids: Vec<String>,
    /// All that were given up
    #[arg(long, conflicts_with = "ids")]
    all: bool,
}

/// Does what the command says.
pub async fn run(command: MailCommand) -> Result<(), Failure> {
    match command {
        MailCommand::Status(arguments) => status(arguments).await,
        MailCommand::Retry(arguments) => retry(arguments).await,
    }
}

async fn open(config: &ConfigFile) -> Result<Rooms, Failure> {
    let settings = config.load()?;
    Rooms::open(&settings, Clock::system(), Rng::system()).await.map_err(|error| Failure::other(&error))
}

async fn status(arguments: StatusArguments) -> Result<(), Failure> {
    let rooms = open(&arguments.config).await?;
    let read = async {
        let mut connection = rooms.database.read().await?;
        mail::status(&mut connection, MOST_LISTED).await
    };
    let status = read.await.map_err(|error: sqlx::Error| unreadable(&error))?;
    let is_configured = rooms.mailer.is_configured();
    rooms.database.close().await;
    let told = if arguments.json {
        format!("{}\n", as_json(&status, is_configured))
    } else {
        as_text(&status, is_configured)
    };
    write(&told)
}

async fn retry(arguments: RetryArguments) -> Result<(), Failure> {
    let rooms = open(&arguments.config).await?;
    let (count, unknown) = put_back(&rooms, &arguments).await.map_err(|error| unreadable(&error))?;
    rooms.database.close().await;
    write(&match count {
        1 => "1 mail waits again and leaves within a minute\n".to_owned(),
        count => format!("{count} mails wait again and leave within a minute\n"),
    })?;
    if unknown.is_empty() {
        return Ok(());
    }
    let named = unknown.join(", ");
    Err(Failure::Other(format!("no mail was given up under: {named}; see guichet mail status")))
}

/// How many mails wait again, and the ids under which none does.
async fn put_back(rooms: &Rooms, arguments: &RetryArguments) -> sqlx::Result<(u64, Vec<String>)> {
    let now = Clock::system().now();
    let mut transaction = rooms.database.write().await?;
    let (mut count, mut unknown) = (0, Vec::new());
    if arguments.all {
        count = mail::retry_all(&mut transaction, now).await?;
    }
    for id in &arguments.ids {
        if mail::retry(&mut transaction, &MailId::from(id.as_str()), now).await? {
            count += 1;
        } else {
            unknown.push(id.clone());
        }
    }
    transaction.commit().await?;
    Ok((count, unknown))
}

fn unreadable(error: &sqlx::Error) -> Failure {
    Failure::Other(format!("the outbox cannot be used: {error}"))
}

fn write(told: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(told.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|error| Failure::Other(format!("the answer could not be written: {error}")))
}

/// Enough of an address to recognise it by.
fn masked(recipient: &str) -> String {
    Address::parse(recipient).map_or_else(|| "•••".to_owned(), |address| address.masked())
}

fn utc(at: Timestamp) -> String {
    jiff::Timestamp::from_second(at.seconds()).map_or_else(|_| at.seconds().to_string(), |at| at.to_string())
}

fn as_json(status: &Status, is_configured: bool) -> Value {
    let mails = |mails: &[Listed]| -> Value {
        let mails = mails.iter().map(|mail| {
            json!({
                "id": mail.id.as_str(),
                "kind": mail.kind,
                "to": masked(&mail.recipient),
                "attempts": mail.attempts,
                "created_at": mail.created_at,
                "attempted_at": mail.attempted_at,
                "next_attempt_at": mail.next_attempt_at,
                "reason": mail.last_error,
            })
        });
        mails.collect()
    };
    let counts: serde_json::Map<String, Value> =
        status.counts.iter().map(|(state, count)| (state.word().to_owned(), json!(count))).collect();
    json!({
        "configured": is_configured,
        "counts": counts,
        "oldest_waiting": status.oldest_waiting,
        "failed": mails(&status.failed),
        "put_off": mails(&status.put_off),
    })
}

fn as_text(status: &Status, is_configured: bool) -> String {
    let mut lines = Vec::new();
    if !is_configured {
        lines.push("no mail server is configured: the section [mail] is missing".to_owned());
    }
    lines.extend(status.counts.iter().map(|(state, count)| format!("{:<8} {count}", state.word())));
    if let Some(oldest) = status.oldest_waiting {
        lines.push(format!("the oldest that has not left is of {}", utc(oldest)));
    }
    for (title, mails) in
        [("given up, the latest first:", &status.failed), ("to be tried again:", &status.put_off)]
    {
        if !mails.is_empty() {
            lines.push(format!("\n{title}"));
        }
        for mail in mails {
            lines.push(format!(
                "  {}  {:<16} {}  tried {} times, last {}{}",
                mail.id,
                mail.kind,
                masked(&mail.recipient),
                mail.attempts,
                mail.attempted_at.map_or_else(|| "never".to_owned(), utc),
                mail.next_attempt_at.map_or_else(String::new, |at| format!(", next {}", utc(at))),
            ));
            if let Some(reason) = &mail.last_error {
                lines.push(format!("    {reason}"));
            }
        }
    }
    if !status.failed.is_empty() {
        lines.push("\nguichet mail retry ID… or --all has them tried again".to_owned());
    }
    lines.join("\n") + "\n"
}
