//! What operators and the chores of a node do.

use std::io::Cursor;

use guichet::accounts::import::{List, Mode, Receiver, RowReport};
use guichet::accounts::{
    AccountId, InitialPassword, IssuedLetter, LetterState, Mandate, NewAccount, NewIdentifier, PasswordCheck,
    Replacing,
};
use guichet::audit::Actor;

use super::*;

/// The letters that an import wrote, as a file would hold them.
#[derive(Default)]
struct Letters(Vec<(String, String)>);

impl Receiver for Letters {
    fn letters(&mut self, letters: &[IssuedLetter]) -> std::io::Result<()> {
        let printed = letters.iter().filter_map(|issued| {
            let password = issued.password.as_ref()?.printed().to_owned();
            Some((issued.account.identifier()?.to_owned(), password))
        });
        self.0.extend(printed);
        Ok(())
    }

    fn row(&mut self, _: &RowReport) -> std::io::Result<()> {
        Ok(())
    }
}

fn came<T, E: std::fmt::Debug>(result: &Result<T, E>) -> Came {
    if result.is_ok() { Came::Done } else { Came::Failed }
}

async fn letters_that_work(app: &App, account: &AccountId) -> usize {
    let now = app.clock.now();
    let letters = app.accounts.letters_of(account).await.unwrap();
    let works = |state| matches!(state, LetterState::Issued | LetterState::Printed { .. });
    letters.iter().filter(|letter| works(letter.state(now))).count()
}

flows! {
    async fn an_account_is_made(app: App) {
        let set = async |person: String| person;
        let attempt = async |person: &mut String| {
            let new = NewAccount {
                identifier: NewIdentifier::Given(person.clone()),
                given_name: Some("Élodie".to_owned()),
                family_name: Some("Lefèvre".to_owned()),
                email: Some(format!("{person}@example.org")),
                claims: serde_json::Map::new(),
                authority: None,
                source_key: None,
                password: InitialPassword::Personal(Secret::new(PASSWORD)),
            };
            match app.accounts.create(new).await {
                Err(error) if error.to_string().contains("taken") => Came::Spent,
                result => came(&result),
            }
        };
        each_call_fails_once(&app, set, attempt, async |person| {
            assert!(opens(&app, person, PASSWORD).await);
        })
        .await;
    }

    async fn a_letter_is_issued(app: App) {
        let sender = app.accounts.sender(Some("lyon"), None).expect("a sender");
        let set = async |person: String| (app.newcomer(&person).await.0, None);
        let attempt = async |(account, printed): &mut (guichet::accounts::Account, Option<String>)| {
            let operator = Mandate::operator();
            let issued = app.accounts.issue_letter(&account.id, &sender, Replacing::OnlyTemporary, &operator).await;
            let came = came(&issued);
            *printed = issued.ok().and_then(|issued| Some(issued.password?.printed().to_owned()));
            came
        };
        each_call_fails_once(&app, set, attempt, async |(account, printed)| {
            let printed = Secret::new(printed.clone().expect("a password"));
            let check = app.accounts.check_password(account.identifier().unwrap(), &printed).await.unwrap();
            assert!(matches!(check, PasswordCheck::Temporary(_)), "what was printed opens the door");
            assert_eq!(letters_that_work(&app, &account.id).await, 1);
        })
        .await;
    }

    async fn a_list_is_read(app: App) {
        let sender = app.accounts.sender(Some("lyon"), None).expect("a sender");
        let set = async |number: String| (number, Letters::default());
        let attempt = async |(number, letters): &mut (String, Letters)| {
            let list = format!(
                "NUMERO;PRENOM;NOM;MEL\n{number}-1;Awa;Diop;awa@example.org\n{number}-2;Anh;Lefèvre;\n"
            );
            let list = List::open(Cursor::new(list.into_bytes()), &app.settings.import.columns).expect("a list");
            came(&app.accounts.import(list, &sender, Mode::WithLetters, &Actor::Import, letters).await)
        };
        each_call_fails_once(&app, set, attempt, async |(number, letters)| {
            let mut people = Vec::new();
            for key in [format!("{number}-1"), format!("{number}-2")] {
                let mut connection = app.database.read().await.unwrap();
                let found: Vec<(String, String)> =
                    sqlx::query_as("SELECT id, identifier FROM account WHERE source_key = $1")
                        .bind(&key)
                        .fetch_all(&mut *connection)
                        .await
                        .unwrap();
                assert_eq!(found.len(), 1, "{key} is one person");
                people.extend(found);
            }
            for (id, identifier) in people {
                assert_eq!(letters_that_work(&app, &id.into()).await, 1, "{identifier}");
                let printed = letters.0.iter().rev().find(|(of, _)| *of == identifier);
                let printed = &printed.unwrap_or_else(|| panic!("no letter for {identifier}")).1;
                assert!(opens(&app, &identifier, printed).await, "the newest letter of {identifier} works");
            }
        })
        .await;
    }

    async fn what_is_over_is_swept(app: App) {
        let set = async |person| {
            let granted = granted(&app, person, "openid").await;
            app.client("app").revoke(&granted.access()).await;
            app.browser().post("/forgotten-password", &[("username", &granted.person)]).await;
            app.wait(40 * 86_400);
            granted
        };
        let attempt = async |_: &mut Granted| came(&app.janitor.sweep().await);
        each_call_fails_once(&app, set, attempt, async |granted| {
            for table in ["SELECT COUNT(*) FROM browser_session", "SELECT COUNT(*) FROM revoked_access_token"] {
                assert_eq!(app.count(table).await, 0, "{table}");
            }
            assert!(!is_signed_in(&granted.browser).await);
        })
        .await;
    }

    async fn keys_rotate(app: App) {
        let set = async |_| app.wait(91 * 86_400);
        let attempt = async |(): &mut ()| came(&app.keys.turn().await);
        each_call_fails_once(&app, set, attempt, async |()| {
            let jwks: serde_json::Value = serde_json::from_str(&app.browser().get("/jwks").await.body).unwrap();
            assert!(jwks["keys"].as_array().unwrap().len() >= 4, "{jwks}");
        })
        .await;
    }
}
