//! `guichet keys …`

use std::io::Write;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{ConfigFile, Failure};
use crate::config::SigningAlgorithm;
use crate::keys::{KeyError, Listed, Parts, Phase, READ_EVERY, Rotation, SigningKeys, Urgency};
use crate::kit::clock::{Clock, Timestamp};
use crate::kit::random::Rng;
use crate::server::Rooms;

/// What can be done with the keys that sign tokens.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// List the keys that sign tokens, and where each stands in its life
    List(ListArguments),
    /// Have the next keys published now, to sign once applications know them
    Rotate(RotateArguments),
}

#[derive(Debug, Args)]
pub struct ListArguments {
    #[command(flatten)]
    config: ConfigFile,
    /// Answer in JSON, one key a line
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub struct RotateArguments {
    #[command(flatten)]
    config: ConfigFile,
    /// The present keys are in wrong hands: new ones sign at once, and all that was signed before is void
    #[arg(long)]
    now: bool,
    /// The algorithm whose key is meant, may be repeated; all by default
    #[arg(long = "algorithm", value_name = "ALGORITHM", value_parser = algorithm_parser())]
    algorithms: Vec<SigningAlgorithm>,
}

fn algorithm_parser() -> impl TypedValueParser<Value = SigningAlgorithm> {
    let names = PossibleValuesParser::new(SigningAlgorithm::ALL.map(SigningAlgorithm::name));
    names.try_map(|name| SigningAlgorithm::from_name(&name).ok_or("an unknown algorithm"))
}

/// Does what the command says.
pub async fn run(command: KeysCommand) -> Result<(), Failure> {
    match command {
        KeysCommand::List(arguments) => list(arguments).await,
        KeysCommand::Rotate(arguments) => rotate(arguments).await,
    }
}

/// Opens the keys, gives them to what is to be done, and closes the database.
async fn with_keys<T>(
    config: &ConfigFile,
    work: impl AsyncFnOnce(&SigningKeys) -> Result<T, KeyError>,
) -> Result<T, Failure> {
    let settings = config.load()?;
    let (clock, rng) = (Clock::system(), Rng::system());
    let rooms =
        Rooms::open(&settings, clock.clone(), rng.clone()).await.map_err(|error| Failure::other(&error))?;
    let parts = Parts {
        database: rooms.database.clone(),
        master_key: &rooms.master_key,
        settings: settings.keys.clone(),
        clock,
        rng,
    };
    let done = async { work(&SigningKeys::open(parts).await?).await };
    let done = done.await.map_err(|error| Failure::other(&error));
    rooms.database.close().await;
    done
}

async fn list(arguments: ListArguments) -> Result<(), Failure> {
    let keys = with_keys(&arguments.config, async |keys| keys.list().await).await?;
    let told = if arguments.json {
        lines(keys.iter().map(|key| as_json(key).to_string()))
    } else if keys.is_empty() {
        "there is no key yet: the first start makes them\n".to_owned()
    } else {
        lines(keys.iter().map(as_text))
    };
    write(&told)
}

async fn rotate(arguments: RotateArguments) -> Result<(), Failure> {
    let RotateArguments { config, now, algorithms } = arguments;
    let algorithms = if algorithms.is_empty() { SigningAlgorithm::ALL.to_vec() } else { algorithms };
    let urgency = if now { Urgency::AtOnce } else { Urgency::InTime };
    let rotations = with_keys(&config, async |keys| keys.rotate(&algorithms, urgency).await).await?;
    let seconds = READ_EVERY.as_secs();
    let withdrawn = format!("the keys before count no more; every node follows within {seconds} seconds");
    write(&lines(rotations.iter().map(in_words).chain(now.then_some(withdrawn))))
}

fn lines(told: impl Iterator<Item = String>) -> String {
    told.flat_map(|line| [line, "\n".to_owned()]).collect()
}

fn in_words(rotation: &Rotation) -> String {
    let Rotation { algorithm, kid, signs_from, is_new } = rotation;
    let made = if *is_new { "a new key was made" } else { "the next key was there already" };
    format!("{:<5} {kid}  {made}; it signs from {}", algorithm.name(), utc(*signs_from))
}

fn as_text(key: &Listed) -> String {
    let stands = match key.phase {
        Phase::Published { signs_from } => format!("published, signs from {}", utc(signs_from)),
        Phase::Signing { since, until: None } => format!("signs since {}", utc(since)),
        Phase::Signing { since, until: Some(until) } => {
            format!("signs since {} until {}", utc(since), utc(until))
        }
        Phase::Retired { since, published_until } => {
            format!("retired since {}, published until {}", utc(since), utc(published_until))
        }
        Phase::Former { kept_until } => format!("verifies hints only, until {}", utc(kept_until)),
        Phase::Withdrawn { at } => format!("withdrawn on {}", utc(at)),
        Phase::Gone => "gone".to_owned(),
    };
    format!("{:<5} {}  {stands}", key.algorithm.name(), key.kid)
}

fn as_json(key: &Listed) -> Value {
    let (phase, times) = match key.phase {
        Phase::Published { signs_from } => ("published", json!({ "signs_from": signs_from })),
        Phase::Signing { since, until } => ("signing", json!({ "signs_from": since, "signs_until": until })),
        Phase::Retired { since, published_until } => {
            ("retired", json!({ "signs_until": since, "published_until": published_until }))
        }
        Phase::Former { kept_until } => ("former", json!({ "kept_until": kept_until })),
        Phase::Withdrawn { at } => ("withdrawn", json!({ "withdrawn_at": at })),
        Phase::Gone => ("gone", json!({})),
    };
    let mut told = json!({
        "kid": key.kid,
        "algorithm": key.algorithm.name(),
        "created_at": key.created_at,
        "phase": phase,
    });
    if let (Some(told), Value::Object(times)) = (told.as_object_mut(), times) {
        told.extend(times);
    }
    told
}

fn utc(at: Timestamp) -> String {
    jiff::Timestamp::from_second(at.seconds()).map_or_else(|_| at.seconds().to_string(), |at| at.to_string())
}

fn write(told: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(told.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|error| Failure::Other(format!("the answer could not be written: {error}")))
}
