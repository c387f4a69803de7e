//! `guichet managers …`

use clap::{ArgGroup, Args, Subcommand};
use serde_json::json;

use super::{ConfigFile, Failure};
use crate::accounts::{Account, AccountId, Origin, StaffNaming};
use crate::config::{AuthorityId, Rank, Settings, UpstreamId};
use crate::desk::managers::{Listed, Managers, Parts};
use crate::kit::clock::Clock;
use crate::kit::random::Rng;
use crate::server::Rooms;

/// What can be done about those who look after an authority's people.
#[derive(Debug, Subcommand)]
pub enum ManagersCommand {
    /// Name somebody, or change their rank
    Grant(GrantArguments),
    /// Take back that somebody was named
    Revoke(RevokeArguments),
    /// List those who were named, and those of whom their provider says so
    List(ListArguments),
}

#[derive(Debug, Args)]
pub struct GrantArguments {
    #[command(flatten)]
    config: ConfigFile,
    #[command(flatten)]
    whom: Whom,
    /// What they may do
    #[arg(long, value_name = "ROLE", value_parser = ["manager", "supervisor"])]
    role: String,
}

#[derive(Debug, Args)]
pub struct RevokeArguments {
    #[command(flatten)]
    config: ConfigFile,
    #[command(flatten)]
    whom: Whom,
}

#[derive(Debug, Args)]
pub struct ListArguments {
    #[command(flatten)]
    config: ConfigFile,
    /// The authority; by default the only one
    #[arg(long, value_name = "ID")]
    authority: Option<String>,
    /// Answer in JSON, one manager a line
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("who").required(true).args(["sub", "subject", "mail"])))]
struct Whom {
    /// The authority; by default the only one
    #[arg(long, value_name = "ID")]
    authority: Option<String>,
    /// The id of the account, as tokens bear it
    #[arg(long, value_name = "ID")]
    sub: Option<String>,
    /// Who they are at their provider (with --upstream)
    #[arg(long, value_name = "TEXT", requires = "upstream")]
    subject: Option<String>,
    /// The provider
    #[arg(long, value_name = "ID")]
    upstream: Option<String>,
    /// The mail address, as their provider tells it, if it is one person's
    #[arg(long, value_name = "ADDRESS")]
    mail: Option<String>,
}

impl Whom {
    fn naming(&self) -> StaffNaming {
        match (&self.sub, &self.subject, &self.upstream, &self.mail) {
            (Some(sub), ..) => StaffNaming::Sub(AccountId::from(sub.as_str())),
            (_, Some(subject), Some(upstream), _) => {
                StaffNaming::Subject(UpstreamId::from(upstream.as_str()), subject.clone())
            }
            (.., mail) => StaffNaming::Mail(mail.clone().unwrap_or_default()),
        }
    }

    async fn find(&self, rooms: &Rooms) -> Result<Account, Failure> {
        let found = rooms.accounts.staff(&self.naming()).await.map_err(|error| Failure::other(&error))?;
        match <[Account; 1]>::try_from(found) {
            Ok([account]) => Ok(account),
            Err(found) if found.is_empty() => Err(Failure::Other(
                "nobody of an upstream provider is known so; they have to sign in here once before"
                    .to_owned(),
            )),
            Err(_) => Err(Failure::Other(
                "several people have this mail address; name one by --sub or by --upstream and --subject"
                    .to_owned(),
            )),
        }
    }
}

/// Does what the command says.
pub async fn run(command: ManagersCommand) -> Result<(), Failure> {
    match command {
        ManagersCommand::Grant(arguments) => grant(arguments).await,
        ManagersCommand::Revoke(arguments) => revoke(arguments).await,
        ManagersCommand::List(arguments) => list(arguments).await,
    }
}

async fn grant(arguments: GrantArguments) -> Result<(), Failure> {
    let settings = arguments.config.load()?;
    let authority = authority_of(&settings, arguments.whom.authority.as_deref())?;
    let (rooms, managers) = open(&settings).await?;
    let account = arguments.whom.find(&rooms).await?;
    let rank = Rank::of_word(&arguments.role).unwrap_or(Rank::Manager);
    let changed = managers.grant(&authority, &account, rank).await.map_err(|error| Failure::other(&error))?;
    rooms.database.close().await;
    let (name, role) = (account.display_name(), rank.word());
    let already = if changed { "now" } else { "already" };
    println!("{name} ({}) is {already} a {role} of {authority}", account.id);
    if account.disabled_at.is_some() {
        println!("the account is disabled: the rank counts once it is enabled");
    }
    Ok(())
}

async fn revoke(arguments: RevokeArguments) -> Result<(), Failure> {
    let settings = arguments.config.load()?;
    let authority = authority_of(&settings, arguments.whom.authority.as_deref())?;
    let (rooms, managers) = open(&settings).await?;
    let account = arguments.whom.find(&rooms).await?;
    let was_named = managers.revoke(&authority, &account.id).await.map_err(|error| Failure::other(&error))?;
    let left =
        managers.rank_of(&account, authority.as_str()).await.map_err(|error| Failure::other(&error))?;
    rooms.database.close().await;
    let name = account.display_name();
    if was_named {
        println!("{name} ({}) is named in {authority} no more", account.id);
    } else {
        println!("{name} ({}) was not named in {authority}", account.id);
    }
    if let Some(rank) = left {
        println!("their provider says that they are a {}: it is taken back there", rank.word());
    }
    Ok(())
}

async fn list(arguments: ListArguments) -> Result<(), Failure> {
    let settings = arguments.config.load()?;
    let authority = authority_of(&settings, arguments.authority.as_deref())?;
    let (rooms, managers) = open(&settings).await?;
    let listed = managers.list(&authority).await.map_err(|error| Failure::other(&error))?;
    rooms.database.close().await;
    if listed.is_empty() && !arguments.json {
        println!("nobody looks after the people of {authority}");
    }
    for one in &listed {
        if arguments.json {
            println!("{}", told(one));
        } else {
            println!("{}", in_words(one));
        }
    }
    Ok(())
}

fn in_words(one: &Listed) -> String {
    let rank = one.rank().map_or("nothing", Rank::word);
    let how = match (&one.named, &one.claimed) {
        (Some(_), Some((_, provider))) => format!("named, and by {provider}"),
        (Some(_), None) => "named".to_owned(),
        (None, Some((_, provider))) => format!("by {provider}"),
        (None, None) => String::new(),
    };
    let disabled = if one.account.disabled_at.is_some() { ", account disabled" } else { "" };
    let email = one.account.email.as_deref().unwrap_or("no mail address");
    format!("{rank}\t{}\t{email}\t{how}{disabled}\t{}", one.account.display_name(), one.account.id)
}

fn told(one: &Listed) -> serde_json::Value {
    let (upstream, subject) = match &one.account.origin {
        Origin::Upstream { upstream, subject } => (Some(upstream.as_str()), Some(subject.as_str())),
        Origin::Here { .. } => (None, None),
    };
    json!({
        "sub": one.account.id,
        "name": one.account.display_name(),
        "email": one.account.email,
        "upstream": upstream,
        "subject": subject,
        "rank": one.rank().map(Rank::word),
        "named": one.named.as_ref().map(|named| json!({
            "rank": named.rank.word(),
            "at": named.at.seconds(),
            "by": named.by,
        })),
        "claimed": one.claimed.as_ref().map(|(rank, _)| rank.word()),
        "disabled": one.account.disabled_at.is_some(),
    })
}

/// The authority that is named, or the only one.
pub(super) fn authority_of(settings: &Settings, named: Option<&str>) -> Result<AuthorityId, Failure> {
    let known: Vec<&str> = settings.authorities.iter().map(|known| known.id.as_str()).collect();
    match (named, known.as_slice()) {
        (Some(named), known) if known.contains(&named) => Ok(AuthorityId::from(named)),
        (None, [only]) => Ok(AuthorityId::from(*only)),
        (_, []) => Err(Failure::Other("the configuration has no [[authorities]]".to_owned())),
        _ => Err(Failure::Other(format!("say --authority, with one of: {}", known.join(", ")))),
    }
}

async fn open(settings: &Settings) -> Result<(Rooms, Managers), Failure> {
    let (clock, rng) = (Clock::system(), Rng::system());
    let rooms =
        Rooms::open(settings, clock.clone(), rng.clone()).await.map_err(|error| Failure::other(&error))?;
    let managers = Managers::new(Parts {
        database: rooms.database.clone(),
        accounts: rooms.accounts.clone(),
        authorities: settings.authorities.clone(),
        upstreams: &settings.upstreams,
        master_key: &rooms.master_key,
        clock,
        rng,
    });
    Ok((rooms, managers))
}
