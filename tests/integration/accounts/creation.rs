//! Making accounts: one person, one identifier.

use futures_util::future::join_all;
use guichet::accounts::{CreateError, InitialPassword};
use guichet::kit::secrets::Secret;
use serde_json::json;

use super::{nobody_but, text};
use crate::on_both_engines;

on_both_engines! {
    async fn an_identifier_is_taken_in_every_spelling(app: App) {
        app.accounts.create(nobody_but("Élodie")).await.expect("the first");
        for spelling in ["Élodie", " élodie ", "ÉLODIE", "E\u{301}lodie", "e\u{301}LODIE\u{a0}"] {
            let refused = app.accounts.create(nobody_but(spelling)).await.expect_err("taken");
            assert!(matches!(refused, CreateError::Taken(_)), "{spelling}: {refused}");
            assert!(refused.to_string().contains("is taken"));
        }
        app.accounts.create(nobody_but("elodie")).await.expect("somebody else");
        assert_eq!(app.count("SELECT COUNT(*) FROM account").await, 2);
        assert_eq!(app.count("SELECT COUNT(*) FROM password").await, 2);
    }

    async fn of_fifty_that_race_for_an_identifier_one_wins(app: App) {
        let other = app.another_node().await;
        let racers = (0..50).map(|number| {
            let accounts = if number % 2 == 0 { &app.accounts } else { &other.accounts };
            let spelling = if number % 3 == 0 { "RACER" } else { "racer" };
            async move { accounts.create(nobody_but(spelling)).await.map(|(account, _)| account.id) }
        });
        let outcomes = join_all(racers).await;
        let winners: Vec<_> = outcomes.iter().flatten().collect();
        assert_eq!(winners.len(), 1, "{outcomes:?}");
        for loser in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
            assert!(matches!(loser, CreateError::Taken(_) | CreateError::Busy(_)), "{loser}");
        }
        assert_eq!(&text(&app, "SELECT id FROM account").await, winners[0].as_str());
        assert_eq!(&text(&app, "SELECT account_id FROM password").await, winners[0].as_str());
    }

    async fn an_identifier_that_nobody_can_type_is_refused(app: App) {
        let long = "x".repeat(101);
        for identifier in ["", "  ", "\u{a0}", "a\nb", "a\u{0}", "\u{7}", &long] {
            let refused = app.accounts.create(nobody_but(identifier)).await.expect_err("refused");
            assert!(matches!(refused, CreateError::Identifier), "{identifier:?}: {refused}");
        }
        app.accounts.create(nobody_but(&"x".repeat(100))).await.expect("100 characters");
        assert_eq!(app.count("SELECT COUNT(*) FROM account").await, 1);
    }

    async fn an_empty_or_endless_password_is_refused(app: App) {
        for password in [String::new(), "x".repeat(257)] {
            let mut new = nobody_but("elefevre");
            new.password = InitialPassword::Personal(Secret::new(password));
            let refused = app.accounts.create(new).await.expect_err("refused");
            assert!(matches!(refused, CreateError::Password), "{refused}");
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM account").await, 0);
    }

    async fn what_is_told_of_a_person_is_kept(app: App) {
        let mut new = nobody_but("elefevre");
        new.given_name = Some("Élodie \u{1f600}".to_owned());
        new.family_name = Some("O'Brien\"; DROP TABLE account; --".to_owned());
        new.email = Some("elefevre@example.org".to_owned());
        new.claims.insert("email_verified".into(), json!(true));
        new.claims.insert("address".into(), json!({ "locality": "Lyon" }));
        let (made, _) = app.accounts.create(new).await.expect("an account");
        let kept = app.accounts.by_id(&made.id).await.unwrap().expect("it is there");
        assert_eq!(kept.given_name, made.given_name);
        assert_eq!(kept.family_name.as_deref(), Some("O'Brien\"; DROP TABLE account; --"));
        assert!(kept.email_verified);
        assert_eq!(kept.claims["address"]["locality"], "Lyon");
        assert!(!kept.claims.contains_key("email_verified"));
        assert_eq!(kept.identifier(), Some("elefevre"));
        assert_eq!(kept.updated_at, app.clock.now());
    }

    async fn a_claim_of_a_wrong_type_leaves_no_half_account(app: App) {
        let mut new = nobody_but("elefevre");
        new.claims.insert("email_verified".into(), json!("yes"));
        let refused = app.accounts.create(new).await.expect_err("refused");
        assert!(refused.to_string().contains("email_verified"), "{refused}");
        assert_eq!(app.count("SELECT COUNT(*) FROM account").await, 0);
    }
}
