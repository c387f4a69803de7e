//! Identifiers made from names, as people see them, and never given twice.

use std::collections::HashSet;

use guichet::accounts::{Account, CreateError, InitialPassword, Mandate, NewAccount, NewIdentifier};
use guichet::server::janitor::Matter;

use super::nobody_but;
use crate::on_both_engines;
use crate::support::App;

/// Names in order of creation, and the identifier that each gets; `None` is a fictitious number.
const NAMES: &[(&str, &str, Option<&str>)] = &[
    ("Élodie", "Lefèvre", Some("elefevre")),
    ("ELODIE", "LEFEVRE", Some("elefevre1")),
    ("Jean", "Dupont", Some("jdupont")),
    ("Jean-Pierre", "Dupont", Some("jdupont1")),
    ("Jeanne", "Dupont", Some("jdupont2")),
    ("Aïcha", "N'Diaye", Some("andiaye")),
    ("Awa", "N’Diaye", Some("andiaye1")),
    ("Odile", "L’Œillet", Some("oloeillet")),
    ("François", "de La Tour d'Auvergne", Some("fdelatourdauvergne")),
    ("Marie-Sophie", "Le Goff\u{2011}Kervella", Some("mlegoffkervella")),
    ("Pierre", "Leroux", Some("pleroux")),
    ("Paul", "Le Roux", Some("pleroux1")),
    ("Zoë", "Müller-Strauß", Some("zmullerstrauss")),
    ("Łukasz", "Błażejewski", Some("lblazejewski")),
    ("Đức", "Nguyễn", Some("dnguyen")),
    ("\u{110}u\u{31b}\u{301}c", "Nguye\u{302}\u{303}n", Some("dnguyen1")),
    ("Åse", "Ødegård", Some("aodegard")),
    ("Ægir", "Þórsson", Some("athorsson")),
    ("Şükrü", "Işık", Some("sisik")),
    ("Anh", "Ô", Some("ao")),
    ("", "Suharto", Some("suharto")),
    ("小龙", "李", None),
    ("\u{410}nna", "Martin", None),
    ("Sami", "Ben\u{200b} Ali", Some("sbenali")),
    ("José", "\u{a0}García", Some("jgarcia")),
    ("Marie-Antoinette", "Saint-Hilaire de Rochechouart-Montmorency", Some("msainthilairederoche")),
    ("Marc", "Saint-Hilaire de Rochefort", Some("msainthilairederoche1")),
];

fn named(given_name: &str, family_name: &str) -> NewAccount {
    NewAccount {
        identifier: NewIdentifier::FromName,
        given_name: Some(given_name.to_owned()).filter(|name| !name.is_empty()),
        family_name: Some(family_name.to_owned()),
        ..nobody_but("")
    }
}

async fn identifier(app: &App, given_name: &str, family_name: &str) -> String {
    let (account, _) = app.accounts.create(named(given_name, family_name)).await.expect("an account");
    account.identifier().expect("an identifier").to_owned()
}

fn is_fictitious(identifier: &str) -> bool {
    identifier.len() == 9 && !identifier.starts_with('0') && identifier.bytes().all(|b| b.is_ascii_digit())
}

/// Makes `count` homonyms, in turn on each of two nodes, as many at once as there are passwords to hash.
async fn homonyms(nodes: &[App; 2], count: usize) -> Vec<Account> {
    let made = (0..count).map(|number| {
        let accounts = nodes[number % 2].accounts.clone();
        tokio::spawn(async move {
            loop {
                let new = NewAccount { password: InitialPassword::Temporary, ..named("Jean", "Dupont") };
                match accounts.create(new).await {
                    Ok((account, _)) => return account,
                    // Too many at once for the pools of a busy machine: as anybody would, once more.
                    Err(CreateError::Busy(_) | CreateError::Database(sqlx::Error::PoolTimedOut)) => {
                        tokio::task::yield_now().await;
                    }
                    Err(error) => panic!("{error}"),
                }
            }
        })
    });
    let made: Vec<_> = made.collect();
    let mut accounts = Vec::new();
    for task in made {
        accounts.push(task.await.expect("made"));
    }
    accounts
}

on_both_engines! {
    async fn names_become_identifiers_by_the_rule(app: App) {
        for (given_name, family_name, expected) in NAMES {
            let made = identifier(&app, given_name, family_name).await;
            match expected {
                Some(expected) => assert_eq!(made, *expected, "{given_name} {family_name}"),
                None => assert!(is_fictitious(&made), "{given_name} {family_name}: {made}"),
            }
        }
    }

    async fn two_hundred_homonyms_at_once_on_two_nodes_get_two_hundred_identifiers(app: App) {
        let nodes = [app.clone(), app.another_node().await];
        let made = homonyms(&nodes, 200).await;
        let identifiers: HashSet<&str> = made.iter().filter_map(Account::identifier).collect();
        let expected: HashSet<String> =
            (0..200).map(|n| if n == 0 { "jdupont".to_owned() } else { format!("jdupont{n}") }).collect();
        assert_eq!(identifiers, expected.iter().map(String::as_str).collect());
    }

    async fn an_identifier_given_by_a_list_is_passed_over(app: App) {
        for given in ["jdupont", " JDUPONT2 "] {
            app.accounts.create(nobody_but(given)).await.expect("an account");
        }
        assert_eq!(identifier(&app, "Jean", "Dupont").await, "jdupont1");
        assert_eq!(identifier(&app, "Jeanne", "Dupont").await, "jdupont3");
    }

    async fn an_identifier_stays_taken_when_its_account_is_gone(app: App) {
        assert_eq!(identifier(&app, "Jean", "Dupont").await, "jdupont");
        app.accounts.create(nobody_but("N° 12-A")).await.expect("an account");
        app.sql("DELETE FROM audit_event WHERE '' = $1", "").await;
        app.sql("DELETE FROM password WHERE '' = $1", "").await;
        app.sql("DELETE FROM account WHERE '' = $1", "").await;
        assert_eq!(identifier(&app, "Jean", "Dupont").await, "jdupont1");
        let refused = app.accounts.create(nobody_but("n° 12-a")).await.expect_err("taken");
        assert!(matches!(refused, CreateError::Taken(_)), "{refused}");
    }

    async fn a_given_number_is_kept_exactly_and_found_however_it_is_typed(app: App) {
        let mut new = nobody_but("10Fé 00042");
        new.password = InitialPassword::Personal(guichet::kit::secrets::Secret::new("Correct-Horse-7"));
        let (account, _) = app.accounts.create(new).await.expect("an account");
        assert_eq!(account.identifier(), Some("10Fé 00042"));
        for typed in ["10fe\u{301} 00042", " 10FÉ 00042 "] {
            let check = app.accounts
                .check_password(typed, &guichet::kit::secrets::Secret::new("Correct-Horse-7"))
                .await
                .unwrap();
            assert!(matches!(check, guichet::accounts::PasswordCheck::Personal(_)), "{typed}: {check:?}");
        }
    }

    async fn a_refused_creation_uses_up_no_identifier(app: App) {
        let mut new = named("Jean", "Dupont");
        (new.authority, new.source_key) = (Some("lyon".into()), Some("S1".to_owned()));
        app.accounts.create(new).await.expect("an account");
        let mut again = named("Jean", "Dupont");
        (again.authority, again.source_key) = (Some("lyon".into()), Some("S1".to_owned()));
        let refused = app.accounts.create(again).await.expect_err("known");
        assert!(matches!(refused, CreateError::KnownSource), "{refused}");
        assert_eq!(identifier(&app, "Jean", "Dupont").await, "jdupont1");
    }

    async fn no_table_tells_which_identifiers_are_taken(app: App) {
        let (account, _) = app.accounts.create(named("Élodie", "Lefèvre")).await.expect("an account");
        assert_eq!(account.identifier(), Some("elefevre"));
        app.accounts.delete(&account.id, &Mandate::operator()).await.expect("deleted");
        assert_eq!(app.count("SELECT COUNT(*) FROM taken_identifier WHERE LENGTH(mark) = 43").await, 1);
        assert_eq!(app.count("SELECT COUNT(*) FROM homonym_series WHERE LENGTH(mark) = 43").await, 1);
        let in_clear = "SELECT (SELECT COUNT(*) FROM taken_identifier WHERE mark LIKE '%lefevre%') \
             + (SELECT COUNT(*) FROM homonym_series WHERE mark LIKE '%lefevre%') \
             + (SELECT COUNT(*) FROM account WHERE identifier IS NOT NULL OR lookup_key IS NOT NULL)";
        assert_eq!(app.count(in_clear).await, 0);
        assert_eq!(identifier(&app, "Élodie", "Lefèvre").await, "elefevre1");
        let refused = app.accounts.create(nobody_but("ELEFEVRE")).await.expect_err("taken");
        assert!(matches!(refused, CreateError::Taken(_)), "{refused}");
    }

    async fn identifiers_that_an_earlier_version_noted_in_clear_stay_taken_and_are_hidden(app: App) {
        for key in ["jdupont", "jdupont1", "n° 12-a"] {
            app.sql("INSERT INTO allotted_identifier (lookup_key) VALUES ($1)", key).await;
        }
        app.sql("INSERT INTO identifier_series (base, taken) VALUES ($1, 2)", "jdupont").await;
        app.sql("INSERT INTO identifier_series (base, taken) VALUES ($1, 7)", "pleroux").await;
        let taken = async |given: &str| {
            matches!(app.accounts.create(nobody_but(given)).await, Err(CreateError::Taken(_)))
        };
        assert!(taken("N° 12-A").await);
        assert_eq!(identifier(&app, "Jean", "Dupont").await, "jdupont2");
        assert!(app.janitor.sweep().await.expect("a sweep").of(Matter::Identifiers) > 0);
        let left = "SELECT (SELECT COUNT(*) FROM allotted_identifier) + (SELECT COUNT(*) FROM identifier_series)";
        assert_eq!(app.count(left).await, 0);
        for given in ["N° 12-A", "jdupont", "JDUPONT1", "jdupont2"] {
            assert!(taken(given).await, "{given}");
        }
        assert_eq!(identifier(&app, "Jean", "Dupont").await, "jdupont3");
        assert_eq!(identifier(&app, "Pierre", "Leroux").await, "pleroux7");
        assert_eq!(app.janitor.sweep().await.expect("a sweep").of(Matter::Identifiers), 0);
    }
}
