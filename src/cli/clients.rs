//! `guichet clients …`
//!
//! Clients of the configuration are shown with the others, and changed there; those of the database are
//! changed here, and what is done counts at their next use, on every node.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgGroup, Args, Subcommand, ValueEnum};
use serde_json::{Map, Value, json};

use super::{ConfigFile, Failure};
use crate::kit::clock::{Clock, Timestamp};
use crate::kit::random::Rng;
use crate::kit::secrets::Secret;
use crate::oidc::{ClientError, Origin, Shown};
use crate::server::Rooms;

/// The most bytes read of a client's metadata.
const LARGEST_METADATA: u64 = 64 * 1024;
/// How many hours an initial access token lives at the most: a year.
const LONGEST_TOKEN: u64 = 366 * 24;

/// What can be done with clients.
#[derive(Debug, Subcommand)]
pub enum ClientsCommand {
    /// List every client, those of the configuration included
    List(ListArguments),
    /// Show all that is registered of a client, secrets left out
    Show(OneArguments),
    /// Add a client; its secret is shown once
    Add(AddArguments),
    /// Give a client another secret, shown once; the one before counts no more
    RotateSecret(OneArguments),
    /// Switch a client off: its next use fails everywhere
    Disable(OneArguments),
    /// Switch a client on again
    Enable(OneArguments),
    /// Make an initial access token, with which applications register themselves; it is shown once
    Token(TokenArguments),
}

#[derive(Debug, Args)]
pub struct ListArguments {
    #[command(flatten)]
    config: ConfigFile,
    /// Answer in JSON, one client a line
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub struct OneArguments {
    #[command(flatten)]
    config: ConfigFile,
    /// The id of the client
    client_id: String,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("what").required(true).args(["metadata", "name"])))]
pub struct AddArguments {
    #[command(flatten)]
    config: ConfigFile,
    /// The id; drawn when it is left out
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// A file with the client's metadata in JSON, under the names of RFC 7591; - for standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["redirect_uris", "post_logout_redirect_uris", "scope", "method", "grant_types", "first_party"])]
    metadata: Option<PathBuf>,
    /// Its name for people
    #[arg(long)]
    name: Option<String>,
    /// Where codes may be sent; may be repeated
    #[arg(long = "redirect-uri", value_name = "URI")]
    redirect_uris: Vec<String>,
    /// Where people may be sent after signing out; may be repeated
    #[arg(long = "post-logout-redirect-uri", value_name = "URI")]
    post_logout_redirect_uris: Vec<String>,
    /// The scopes it may ask for, in one text
    #[arg(long, default_value = "openid profile email")]
    scope: String,
    /// How it proves itself
    #[arg(long, value_enum, default_value = "client_secret_basic")]
    method: Method,
    /// The grants it may use; may be repeated. Codes and refresh tokens by default
    #[arg(long = "grant-type", value_name = "GRANT")]
    grant_types: Vec<String>,
    /// Its people are asked for no consent
    #[arg(long)]
    first_party: bool,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

/// How a client proves itself, as far as flags can say it.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Method {
    #[value(name = "client_secret_basic")]
    Basic,
    #[value(name = "client_secret_post")]
    Post,
    #[value(name = "none")]
    None,
}

#[derive(Debug, Args)]
pub struct TokenArguments {
    #[command(flatten)]
    config: ConfigFile,
    /// For how many hours it can be used
    #[arg(long, default_value_t = 24, value_name = "HOURS", value_parser = clap::value_parser!(u64).range(1..=LONGEST_TOKEN))]
    hours: u64,
    /// How many clients it can register; any number when left out
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    uses: Option<u32>,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

/// Does what the command says.
pub async fn run(command: ClientsCommand) -> Result<(), Failure> {
    match command {
        ClientsCommand::List(arguments) => list(arguments).await,
        ClientsCommand::Show(arguments) => show(arguments).await,
        ClientsCommand::Add(arguments) => add(arguments).await,
        ClientsCommand::RotateSecret(arguments) => rotate_secret(arguments).await,
        ClientsCommand::Disable(arguments) => disable(arguments).await,
        ClientsCommand::Enable(arguments) => enable(arguments).await,
        ClientsCommand::Token(arguments) => token(arguments).await,
    }
}

async fn list(arguments: ListArguments) -> Result<(), Failure> {
    let rooms = open(&arguments.config).await?;
    let shown = rooms.clients.list().await.map_err(|error| Failure::other(&error))?;
    rooms.database.close().await;
    let line = |client: &Shown| {
        if arguments.json { format!("{}\n", as_json(client)) } else { as_line(client) }
    };
    say(&shown.iter().map(line).collect::<String>())
}

async fn show(arguments: OneArguments) -> Result<(), Failure> {
    let rooms = open(&arguments.config).await?;
    let shown = rooms.clients.show(&arguments.client_id).await;
    rooms.database.close().await;
    let shown = shown.map_err(failure)?;
    say(&if arguments.json { format!("{}\n", as_json(&shown)) } else { on_a_screen(&shown) })
}

async fn add(arguments: AddArguments) -> Result<(), Failure> {
    let metadata = match &arguments.metadata {
        Some(file) => read_metadata(file)?,
        None => metadata_of(&arguments),
    };
    let rooms = open(&arguments.config).await?;
    let made = rooms.clients.add(arguments.id.as_deref(), metadata).await;
    rooms.database.close().await;
    let made = made.map_err(failure)?;
    let secret = made.secret.as_ref().map(Secret::expose);
    if arguments.json {
        return say(&format!("{}\n", json!({ "client_id": made.id.as_str(), "client_secret": secret })));
    }
    let secret = secret.map(|secret| format!("client secret, shown only now: {secret}\n"));
    say(&format!("client {} added\n{}", made.id, secret.unwrap_or_default()))
}

async fn rotate_secret(arguments: OneArguments) -> Result<(), Failure> {
    let rooms = open(&arguments.config).await?;
    let secret = rooms.clients.rotate_secret(&arguments.client_id).await;
    rooms.database.close().await;
    let secret = secret.map_err(failure)?;
    if arguments.json {
        let answer = json!({ "client_id": arguments.client_id, "client_secret": secret.expose() });
        return say(&format!("{answer}\n"));
    }
    say(&format!("client secret, shown only now: {}\n", secret.expose()))
}

async fn disable(arguments: OneArguments) -> Result<(), Failure> {
    let rooms = open(&arguments.config).await?;
    let changed = rooms.clients.disable(&arguments.client_id).await;
    told(&rooms, &arguments, changed, "disabled; its next use fails", "is disabled already").await
}

async fn enable(arguments: OneArguments) -> Result<(), Failure> {
    let rooms = open(&arguments.config).await?;
    let changed = rooms.clients.enable(&arguments.client_id).await;
    told(&rooms, &arguments, changed, "enabled", "is enabled already").await
}

async fn told(
    rooms: &Rooms,
    arguments: &OneArguments,
    changed: Result<bool, ClientError>,
    done: &str,
    already: &str,
) -> Result<(), Failure> {
    rooms.database.close().await;
    let changed = changed.map_err(failure)?;
    if arguments.json {
        return say(&format!("{}\n", json!({ "client_id": arguments.client_id, "changed": changed })));
    }
    say(&format!("client {} {}\n", arguments.client_id, if changed { done } else { already }))
}

async fn token(arguments: TokenArguments) -> Result<(), Failure> {
    let settings = arguments.config.load()?;
    let rooms = open(&arguments.config).await?;
    let lifetime = Duration::from_secs(arguments.hours * 3_600);
    let token = rooms.clients.new_initial_token(lifetime, arguments.uses).await;
    rooms.database.close().await;
    let token = token.map_err(|error| Failure::other(&error))?;
    if arguments.json {
        let answer = json!({ "initial_access_token": token.expose(), "expires_in": lifetime.as_secs() });
        say(&format!("{answer}\n"))?;
    } else {
        say(&format!("initial access token, shown only now: {}\n", token.expose()))?;
    }
    if !settings.registration.enabled {
        eprintln!("guichet: nobody can register with it yet: registration.enabled is false");
    }
    Ok(())
}

/// A client as the flags describe it.
fn metadata_of(arguments: &AddArguments) -> Map<String, Value> {
    let method = match arguments.method {
        Method::Basic => "client_secret_basic",
        Method::Post => "client_secret_post",
        Method::None => "none",
    };
    let usual = || vec!["authorization_code".to_owned(), "refresh_token".to_owned()];
    let grant_types = if arguments.grant_types.is_empty() { usual() } else { arguments.grant_types.clone() };
    let members = [
        ("client_name", json!(arguments.name)),
        ("redirect_uris", json!(arguments.redirect_uris)),
        ("post_logout_redirect_uris", json!(arguments.post_logout_redirect_uris)),
        ("scope", json!(arguments.scope)),
        ("token_endpoint_auth_method", json!(method)),
        ("grant_types", json!(grant_types)),
        ("first_party", json!(arguments.first_party)),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn read_metadata(file: &PathBuf) -> Result<Map<String, Value>, Failure> {
    let unreadable = |error: &dyn std::fmt::Display| {
        Failure::Other(format!("the metadata in {} cannot be read: {error}", file.display()))
    };
    let mut text = String::new();
    let read = if file.as_os_str() == "-" {
        std::io::stdin().take(LARGEST_METADATA).read_to_string(&mut text)
    } else {
        std::fs::File::open(file).and_then(|file| file.take(LARGEST_METADATA).read_to_string(&mut text))
    };
    read.map_err(|error| unreadable(&error))?;
    serde_json::from_str(&text).map_err(|error| unreadable(&error))
}

/// The rooms that the commands need.
async fn open(file: &ConfigFile) -> Result<Rooms, Failure> {
    let settings = file.load()?;
    Rooms::open(&settings, Clock::system(), Rng::system()).await.map_err(|error| Failure::other(&error))
}

fn failure(error: ClientError) -> Failure {
    match error {
        ClientError::Metadata(faults) => {
            let told: Vec<String> =
                faults.iter().map(|fault| format!("{}: {}", fault.key(), fault.what())).collect();
            Failure::Other(told.join("; "))
        }
        other => Failure::other(&other),
    }
}

/// A secret is shown now or never: a full disk or a closed pipe must not pass for success.
fn say(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|error| Failure::Other(format!("it was done, but the answer could not be written: {error}")))
}

fn state_of(client: &Shown) -> &'static str {
    if client.disabled_at.is_some() {
        "disabled"
    } else if client.expires_at.is_some_and(|at| at <= Clock::system().now()) {
        "expired"
    } else {
        "enabled"
    }
}

fn origin_of(client: &Shown) -> &'static str {
    match client.origin {
        Origin::Configuration => "in the configuration, changed there",
        Origin::Operator => "added by an operator",
        Origin::Registration => "registered itself",
        Origin::OpenRegistration => "registered itself without a token",
    }
}

fn as_line(client: &Shown) -> String {
    format!("{}\t{}\t{}\t{}\n", client.id, client.name, state_of(client), origin_of(client))
}

fn on_a_screen(client: &Shown) -> String {
    let mut lines = vec![
        format!("{:<38} {}", "client_id", client.id),
        format!("{:<38} {}", "origin", origin_of(client)),
        format!("{:<38} {}", "state", state_of(client)),
    ];
    lines.extend(client.metadata.iter().map(|(name, value)| {
        let text = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
        format!("{name:<38} {text}")
    }));
    lines.join("\n") + "\n"
}

fn as_json(client: &Shown) -> Value {
    json!({
        "client_id": client.id.as_str(),
        "name": client.name,
        "origin": client.origin.word(),
        "state": state_of(client),
        "created_at": client.created_at.map(Timestamp::seconds),
        "expires_at": client.expires_at.map(Timestamp::seconds),
        "disabled_at": client.disabled_at.map(Timestamp::seconds),
        "metadata": client.metadata,
    })
}
