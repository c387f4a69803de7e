//! One sample person for each case of the seed.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::{DemoError, SamplePerson, story};
use crate::accounts::{Accounts, CreateError, InitialPassword, NewAccount, NewIdentifier, PasswordCheck};
use crate::kit::secrets::Secret;

/// The personal password of the sample people: the demo answers on loopback only.
const PASSWORD: &str = "Tilleul-Marmotte-52";
/// The staff whom ARENA knows: identifier, names, and the function that says who keeps the desk.
const STAFF: [(&str, &str, &str, &str); 3] = [
    ("jdupont", "Jean", "Dupont", "ENS"),
    ("cgarnier", "Chantal", "Garnier", "GEST-EXAMENS"),
    ("sroche", "Solange", "Roche", "RESP-EXAMENS"),
];

/// Makes the people who are missing; those who are there stay as they are.
pub(super) async fn settle(
    data: &Path,
    guichet: &Accounts,
    arena: &Accounts,
) -> Result<[SamplePerson; 6], DemoError> {
    let fault = |error: CreateError| DemoError::People(error.to_string());
    let external =
        known(guichet, "elefevre", ("Élodie", "Lefèvre"), Some("elodie.lefevre@example.org"), Map::new());
    external.await.map_err(fault)?;
    known(guichet, "pleroux", ("Pierre", "Leroux"), None, Map::new()).await.map_err(fault)?;
    let first = first_sign_in(data, guichet).await?;
    for (identifier, given_name, family_name, function) in STAFF {
        let email = format!("{identifier}@ac-lyon.fr");
        let claims = [
            ("ctfn", given_name),
            ("ctln", family_name),
            ("ctemail", &email),
            ("codaca", "10"),
            ("FrEduRne", "0690001A"),
            ("FrEduFonctAdm", function),
        ];
        let claims = claims.map(|(name, value)| (name.to_owned(), json!(value))).into_iter().collect();
        known(arena, identifier, (given_name, family_name), Some(&email), claims).await.map_err(fault)?;
    }
    let person = |case, name, what, identifier: &str| SamplePerson {
        case,
        name,
        what,
        identifier: identifier.to_owned(),
        password: PASSWORD.to_owned(),
    };
    Ok([
        person("external", "Élodie Lefèvre", "an external person who came last year", "elefevre"),
        SamplePerson {
            case: "external_first_sign_in",
            name: "Aïcha N’Diaye",
            what: "an external person with a new letter",
            identifier: first.0,
            password: first.1,
        },
        person(
            "external_without_mail",
            "Pierre Leroux",
            "an external person without mail address",
            "pleroux",
        ),
        person("academy_staff", "Jean Dupont", "academy staff, at ARENA", "jdupont"),
        person("manager", "Chantal Garnier", "a manager at the desk, by ARENA, then /desk", "cgarnier"),
        person("supervisor", "Solange Roche", "her supervisor, by ARENA, then /desk", "sroche"),
    ])
}

async fn known(
    accounts: &Accounts,
    identifier: &str,
    (given_name, family_name): (&str, &str),
    email: Option<&str>,
    mut claims: Map<String, Value>,
) -> Result<(), CreateError> {
    if email.is_some() {
        claims.insert("email_verified".to_owned(), json!(true));
    }
    let new = NewAccount {
        identifier: NewIdentifier::Given(identifier.to_owned()),
        given_name: Some(given_name.to_owned()),
        family_name: Some(family_name.to_owned()),
        email: email.map(str::to_owned),
        claims,
        authority: accounts.only_authority(),
        source_key: None,
        password: InitialPassword::Personal(Secret::new(PASSWORD)),
    };
    match accounts.create(new).await {
        Ok(_) | Err(CreateError::Taken(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Somebody whose temporary password was never used: the one of the last start, or a homonym.
async fn first_sign_in(data: &Path, accounts: &Accounts) -> Result<(String, String), DemoError> {
    let fault = |error: &dyn std::fmt::Display| DemoError::People(error.to_string());
    if let Some((identifier, password)) = story::remembered(data, "external_first_sign_in") {
        let still = accounts.check_password(&identifier, &Secret::new(password.as_str())).await;
        if matches!(still.map_err(|error| fault(&error))?, PasswordCheck::Temporary(_)) {
            return Ok((identifier, password));
        }
    }
    let sender = accounts.sender(None, None).map_err(|error| fault(&error))?;
    let new = NewAccount {
        identifier: NewIdentifier::FromName,
        given_name: Some("Aïcha".to_owned()),
        family_name: Some("N’Diaye".to_owned()),
        email: None,
        claims: Map::new(),
        authority: None,
        source_key: None,
        password: InitialPassword::OnLetter(sender),
    };
    let (account, drawn) = accounts.create(new).await.map_err(|error| fault(&error))?;
    let identifier = account.identifier().unwrap_or_default().to_owned();
    Ok((identifier, drawn.map(|drawn| drawn.printed().to_owned()).unwrap_or_default()))
}
