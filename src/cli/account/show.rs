//! `guichet account show`: one screen for somebody who helps on the telephone.

use std::io::Write;

use clap::Args;
use serde_json::{Value, json};

use super::super::{ConfigFile, Failure};
use super::words::{self, Calendar};
use super::{AccountName, open};
use crate::accounts::{Account, Overview};
use crate::kit::clock::{Clock, Timestamp};
use crate::mail::{self, Listed};
use crate::signin::SessionLine;
use crate::signin::throttling::Wait;

/// How many mails are shown, the latest first.
const MOST_MAILS: i64 = 5;
/// How many sessions are shown.
const MOST_SESSIONS: i64 = 20;

#[derive(Debug, Args)]
pub struct ShowArguments {
    #[command(flatten)]
    config: ConfigFile,
    #[command(flatten)]
    account: AccountName,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

/// All that is shown.
struct Shown {
    overview: Overview,
    wait: Option<Wait>,
    sessions: Vec<SessionLine>,
    mails: Vec<Listed>,
}

/// Shows an account.
pub async fn show(arguments: ShowArguments) -> Result<(), Failure> {
    let settings = arguments.config.load()?;
    let rooms = open(&settings).await?;
    let account = arguments.account.find(&rooms).await?;
    let now = Clock::system().now();
    let gathered = async {
        let wait = match account.identifier() {
            Some(identifier) => rooms.throttle.wait_of(identifier).await?,
            None => None,
        };
        let mut connection = rooms.database.read().await?;
        let sessions = crate::signin::sessions_of_account(
            &mut connection,
            &account,
            &settings.sessions,
            now,
            MOST_SESSIONS,
        )
        .await?;
        let mails = mail::recent_of(&mut connection, account.id.as_str(), MOST_MAILS).await?;
        drop(connection);
        let overview = rooms.accounts.overview(account).await?;
        Ok::<_, sqlx::Error>(overview.map(|overview| Shown { overview, wait, sessions, mails }))
    };
    let shown = gathered.await.map_err(|error| Failure::other(&error))?;
    rooms.database.close().await;
    let shown = shown.ok_or_else(|| Failure::Other("the account is gone".to_owned()))?;
    let calendar = Calendar { texts: rooms.pages.texts(), zone: &settings.site.time_zone };
    let text =
        if arguments.json { format!("{}\n", as_json(&shown)) } else { on_a_screen(&shown, now, &calendar) };
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| Failure::other(&error))
}

fn on_a_screen(shown: &Shown, now: Timestamp, calendar: &Calendar<'_>) -> String {
    let overview = &shown.overview;
    let account = &overview.account;
    let mut lines = vec![
        ("identifier", words::origin(account)),
        ("name", account_name(account)),
        ("access", words::access(overview, calendar)),
        ("mail address", address(account)),
        ("authority", account.authority.as_ref().map_or_else(dash, ToString::to_string)),
        ("source key", account.source_key.clone().unwrap_or_else(dash)),
        ("sub", account.id.to_string()),
        ("made on", calendar.day(overview.created_at)),
        ("last seen", overview.last_seen_at.map_or_else(dash, |at| calendar.moment(at))),
    ];
    if let Some(at) = overview.anonymise_at {
        lines.push(("unused", format!("will be anonymised on {}, unless it is used", calendar.day(at))));
    }
    let waits = |wait: Wait| {
        format!("{} s, from browsers not known yet; guichet account unlock lifts it", wait.seconds())
    };
    lines.push(("wait", shown.wait.map_or_else(|| "none".to_owned(), waits)));
    let mut several = |name: &'static str, items: Vec<String>| {
        let none = items.is_empty();
        for (place, item) in items.into_iter().enumerate() {
            lines.push((if place == 0 { name } else { "" }, item));
        }
        if none {
            lines.push((name, "none".to_owned()));
        }
    };
    several("sessions", shown.sessions.iter().map(|session| session_line(session, calendar)).collect());
    several("letters", overview.letters.iter().map(|letter| words::letter(letter, now, calendar)).collect());
    several("mails", shown.mails.iter().map(|mail| mail_line(mail, calendar)).collect());
    let event = |entry: &crate::audit::Entry| {
        let detail = if entry.detail.is_empty() { String::new() } else { format!(" ({})", entry.detail) };
        format!("{}: {}{detail}, by {}", calendar.moment(entry.at), entry.event.word(), entry.actor)
    };
    several("events", overview.events.iter().map(event).collect());
    let lines: Vec<String> = lines.iter().map(|(name, value)| format!("{name:<13} {value}")).collect();
    lines.join("\n") + "\n"
}

fn session_line(session: &SessionLine, calendar: &Calendar<'_>) -> String {
    let browser = if session.user_agent.is_empty() { "an unnamed browser" } else { &session.user_agent };
    format!(
        "since {}, last used {}, {browser}",
        calendar.moment(session.began_at),
        calendar.moment(session.last_used_at)
    )
}

fn mail_line(mail: &Listed, calendar: &Calendar<'_>) -> String {
    let error = mail.last_error.as_ref().map(|error| format!(": {error}")).unwrap_or_default();
    format!(
        "{}: {} to {}, {}{error}",
        calendar.moment(mail.created_at),
        mail.kind,
        mail.recipient,
        mail.state.word()
    )
}

fn account_name(account: &Account) -> String {
    let names: Vec<&str> =
        [&account.given_name, &account.family_name].into_iter().flatten().map(String::as_str).collect();
    if names.is_empty() { dash() } else { names.join(" ") }
}

fn address(account: &Account) -> String {
    let own = match &account.email {
        None => "none".to_owned(),
        Some(email) if account.email_verified => format!("{email}, confirmed by the person"),
        Some(email) => format!("{email}, given by a list or an operator"),
    };
    let waits = account.pending_email.as_ref().map(|pending| format!("{pending} waits to be confirmed"));
    let proposed =
        account.proposed_email.as_ref().map(|proposed| format!("{proposed} is proposed by a desk"));
    [Some(own), waits, proposed].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn dash() -> String {
    "-".to_owned()
}

fn as_json(shown: &Shown) -> Value {
    let overview = &shown.overview;
    let account = &overview.account;
    let time = |at: Option<Timestamp>| at.map(Timestamp::seconds);
    json!({
        "sub": account.id.as_str(),
        "identifier": account.identifier(),
        "given_name": account.given_name,
        "family_name": account.family_name,
        "email": account.email,
        "email_verified": account.email_verified,
        "pending_email": account.pending_email,
        "proposed_email": account.proposed_email,
        "authority": account.authority.as_ref().map(ToString::to_string),
        "source_key": account.source_key,
        "access": words::access_word(overview.access),
        "created_at": overview.created_at.seconds(),
        "last_seen_at": time(overview.last_seen_at),
        "anonymise_at": time(overview.anonymise_at),
        "disabled_at": time(account.disabled_at),
        "wait": shown.wait.map_or(0, Wait::seconds),
        "sessions": shown.sessions.iter().map(|session| json!({
            "began_at": session.began_at.seconds(),
            "last_used_at": session.last_used_at.seconds(),
            "user_agent": session.user_agent,
        })).collect::<Vec<_>>(),
        "letters": overview.letters.iter().map(|letter| json!({
            "number": letter.number.as_str(),
            "desk": letter.desk.as_str(),
            "with_password": letter.with_password,
            "issued_at": letter.issued_at.seconds(),
            "expires_at": time(letter.expires_at),
            "printed_at": time(letter.printed_at),
            "used_at": time(letter.used_at),
            "voided_at": time(letter.voided_at),
        })).collect::<Vec<_>>(),
        "mails": shown.mails.iter().map(|mail| json!({
            "kind": mail.kind,
            "recipient": mail.recipient,
            "state": mail.state.word(),
            "created_at": mail.created_at.seconds(),
            "last_error": mail.last_error,
        })).collect::<Vec<_>>(),
        "events": overview.events.iter().map(|entry| json!({
            "at": entry.at.seconds(),
            "event": entry.event.word(),
            "actor": entry.actor,
            "detail": entry.detail,
        })).collect::<Vec<_>>(),
    })
}
