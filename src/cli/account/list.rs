//! `guichet account list`

use std::io::Write;

use clap::{ArgGroup, Args};
use serde_json::json;

use super::super::{ConfigFile, Failure};
use super::open;
use super::words::{self, Calendar};
use crate::accounts::{ListFilter, ListLine};
use crate::config::{AuthorityId, Settings};
use crate::kit::clock::{Clock, Timestamp};
use crate::server::Rooms;

/// How many accounts are read at a time.
const PAGE: i64 = 500;

#[derive(Debug, Args)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line, and three exclude each other"
)]
#[command(group(ArgGroup::new("state").args(["disabled", "never_signed_in", "unused"])))]
pub struct ListArguments {
    #[command(flatten)]
    config: ConfigFile,
    /// Those of one authority
    #[arg(long, value_name = "ID")]
    authority: Option<String>,
    /// Those that are disabled
    #[arg(long)]
    disabled: bool,
    /// Those whose letter's password was not used so far
    #[arg(long)]
    never_signed_in: bool,
    /// Those that nobody used for as long as `retention.unused_accounts`
    #[arg(long)]
    unused: bool,
    /// Answer in JSON, one account a line
    #[arg(long)]
    json: bool,
}

/// Lists accounts, however many, without gathering them.
pub async fn list(arguments: ListArguments) -> Result<(), Failure> {
    let settings = arguments.config.load()?;
    let rooms = open(&settings).await?;
    let cut = Clock::system().now() - settings.retention.unused_accounts;
    let filter = ListFilter {
        authority: arguments.authority.map(AuthorityId::from),
        disabled: arguments.disabled,
        never_signed_in: arguments.never_signed_in,
        unused_since: arguments.unused.then_some(cut),
        announced: false,
    };
    print(&rooms, &settings, &filter, arguments.json).await?;
    rooms.database.close().await;
    Ok(())
}

/// Prints the accounts of a list, page by page.
pub async fn print(
    rooms: &Rooms,
    settings: &Settings,
    filter: &ListFilter,
    json: bool,
) -> Result<u64, Failure> {
    let calendar = Calendar { texts: rooms.pages.texts(), zone: &settings.site.time_zone };
    let mut last = None;
    let mut number = 0;
    loop {
        let page = rooms.accounts.list(filter, last.as_ref(), PAGE).await;
        let page = page.map_err(|error| Failure::other(&error))?;
        let Some(end) = page.last() else { return Ok(number) };
        last = Some(end.account.id.clone());
        number += page.len() as u64;
        let text: String = page
            .iter()
            .map(|line| if json { format!("{}\n", as_json(line)) } else { as_line(line, &calendar) })
            .collect();
        let mut out = std::io::stdout().lock();
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| Failure::other(&error))?;
    }
}

fn as_line(line: &ListLine, calendar: &Calendar<'_>) -> String {
    let account = &line.account;
    let seen = line.last_seen_at.map_or_else(|| "never".to_owned(), |at| calendar.day(at));
    let mut parts = vec![words::origin(account), account.display_name(), format!("last seen {seen}")];
    parts.extend(account.authority.as_ref().map(ToString::to_string));
    if account.disabled_at.is_some() {
        parts.push("disabled".to_owned());
    }
    parts.extend(account.merged_into.as_ref().map(|kept| format!("merged into {kept}")));
    parts.extend(line.anonymise_at.map(|at| format!("to be anonymised on {}", calendar.day(at))));
    format!("{}\n", parts.join("\t"))
}

fn as_json(line: &ListLine) -> serde_json::Value {
    let account = &line.account;
    json!({
        "sub": account.id.as_str(),
        "identifier": account.identifier(),
        "given_name": account.given_name,
        "family_name": account.family_name,
        "email": account.email,
        "authority": account.authority.as_ref().map(ToString::to_string),
        "source_key": account.source_key,
        "last_seen_at": line.last_seen_at.map(Timestamp::seconds),
        "anonymise_at": line.anonymise_at.map(Timestamp::seconds),
        "disabled_at": account.disabled_at.map(Timestamp::seconds),
        "merged_into": account.merged_into.as_ref().map(ToString::to_string),
    })
}
