//! `guichet account create`

use std::io::{Read, Write};

use clap::{ArgGroup, Args};
use serde_json::{Map, Value, json};

use super::super::{ConfigFile, Failure};
use crate::accounts::{
    Account, Accounts, InitialPassword, LetterNumber, NewAccount, NewIdentifier, TemporaryPassword,
};
use crate::config::AuthorityId;
use crate::kit::clock::Clock;
use crate::kit::random::Rng;
use crate::kit::secrets::Secret;
use crate::server::Rooms;

/// Make an account for an external person.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("password").required(true).args(["password_stdin", "temporary"])))]
pub struct CreateArguments {
    #[command(flatten)]
    config: ConfigFile,
    /// The identifier, as printed on the letter
    #[arg(long)]
    identifier: String,
    /// Given name
    #[arg(long)]
    given_name: Option<String>,
    /// Family name
    #[arg(long)]
    family_name: Option<String>,
    /// Mail address
    #[arg(long)]
    email: Option<String>,
    /// Any other claim; `address` is a JSON object, `*_verified` are true or false, the rest is text
    #[arg(long = "claim", value_name = "NAME=VALUE", value_parser = parse_claim)]
    claims: Vec<(String, Value)>,
    /// Read a password that the person keeps from standard input
    #[arg(long)]
    password_stdin: bool,
    /// Draw a temporary password, shown once; a letter bears it where the installation has authorities
    #[arg(long)]
    temporary: bool,
    /// The authority that looks after the person; the only one by default
    #[arg(long, value_name = "ID")]
    authority: Option<String>,
    /// The desk whose contact the letter bears; the authority's only one by default
    #[arg(long, value_name = "ID")]
    desk: Option<String>,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

/// Makes the account, and tells the password drawn for it, once.
pub async fn create(arguments: CreateArguments) -> Result<(), Failure> {
    let settings = arguments.config.load()?;
    let other = |error: &dyn std::fmt::Display| Failure::Other(error.to_string());
    let password = if arguments.password_stdin {
        InitialPassword::Personal(read_password().map_err(|error| {
            Failure::Other(format!("the password cannot be read from standard input: {error}"))
        })?)
    } else {
        InitialPassword::Temporary
    };
    let rooms =
        Rooms::open(&settings, Clock::system(), Rng::system()).await.map_err(|error| other(&error))?;
    let (password, authority) = sent_by(&rooms.accounts, &arguments, password)?;
    let new = NewAccount {
        identifier: NewIdentifier::Given(arguments.identifier),
        given_name: arguments.given_name,
        family_name: arguments.family_name,
        email: arguments.email,
        claims: arguments.claims.into_iter().collect::<Map<_, _>>(),
        authority,
        source_key: None,
        password,
    };
    let (account, drawn) = rooms.accounts.create(new).await.map_err(|error| other(&error))?;
    let letters = rooms.accounts.letters_of(&account.id).await.map_err(|error| other(&error))?;
    let letter = letters.first().map(|letter| letter.number.clone());
    // The password is shown now or never: a full disk or a closed pipe must not pass for success.
    let told = tell(&account, drawn.as_ref(), letter.as_ref(), arguments.json).map_err(|error| {
        Failure::Other(format!("the account was made, but the answer could not be written: {error}"))
    });
    if let (Ok(()), Some(letter)) = (&told, letter) {
        rooms.accounts.mark_letters_printed(&[letter]).await.map_err(|error| other(&error))?;
    }
    rooms.database.close().await;
    told
}

/// The password as it is given out, and the authority that looks after the person.
fn sent_by(
    accounts: &Accounts,
    arguments: &CreateArguments,
    password: InitialPassword,
) -> Result<(InitialPassword, Option<AuthorityId>), Failure> {
    let named = arguments.authority.is_some() || arguments.desk.is_some();
    let wants_letter = matches!(password, InitialPassword::Temporary) && accounts.sends_letters();
    if !wants_letter && !named {
        return Ok((password, accounts.only_authority()));
    }
    let sender = accounts
        .sender(arguments.authority.as_deref(), arguments.desk.as_deref())
        .map_err(|error| Failure::other(&error))?;
    let authority = Some(sender.authority().clone());
    Ok((if wants_letter { InitialPassword::OnLetter(sender) } else { password }, authority))
}

fn tell(
    account: &Account,
    drawn: Option<&TemporaryPassword>,
    letter: Option<&LetterNumber>,
    as_json: bool,
) -> std::io::Result<()> {
    let identifier = account.identifier().unwrap_or_default();
    let mut out = std::io::stdout().lock();
    if as_json {
        let mut answer = json!({ "sub": account.id.as_str(), "identifier": identifier });
        if let Some(drawn) = drawn {
            answer["temporary_password"] = json!(drawn.printed());
        }
        if let Some(letter) = letter {
            answer["letter"] = json!(letter);
        }
        writeln!(out, "{answer}")?;
        return out.flush();
    }
    writeln!(out, "account {identifier} made, sub {}", account.id)?;
    if let Some(drawn) = drawn {
        writeln!(out, "temporary password, shown only now: {}", drawn.printed())?;
    }
    if let Some(letter) = letter {
        writeln!(out, "letter {letter}")?;
    }
    out.flush()
}

/// The first line of standard input; a password never stands on a command line, where all can read it.
fn read_password() -> std::io::Result<Secret> {
    let mut text = String::new();
    // More than any password, so that a longer one is refused and not cut.
    std::io::stdin().take(4_096).read_to_string(&mut text)?;
    Ok(Secret::new(text.lines().next().unwrap_or_default()))
}

fn parse_claim(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    let value = match name {
        "" => return Err("the name of the claim is missing".to_owned()),
        "address" => match serde_json::from_str(value) {
            Ok(Value::Object(address)) => Value::Object(address),
            _ => return Err("address must be a JSON object".to_owned()),
        },
        "email_verified" | "phone_number_verified" => {
            Value::Bool(value.parse().map_err(|_| format!("{name} must be true or false"))?)
        }
        "sub" | "iss" | "aud" | "updated_at" | "given_name" | "family_name" | "email" => {
            return Err(format!("{name} cannot be given as a claim"));
        }
        _ => Value::String(value.to_owned()),
    };
    Ok((name.to_owned(), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_get_the_type_that_the_standard_gives_them() {
        assert_eq!(parse_claim("nickname=Jo=e"), Ok(("nickname".into(), json!("Jo=e"))));
        assert_eq!(parse_claim("phone_number_verified=true").unwrap().1, json!(true));
        assert_eq!(parse_claim(r#"address={"locality":"Lyon"}"#).unwrap().1, json!({ "locality": "Lyon" }));
        assert!(parse_claim("address=Lyon").is_err());
        assert!(parse_claim("sub=me").is_err());
        assert!(parse_claim("nothing").is_err());
    }
}
