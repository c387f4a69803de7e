//! What operators do with accounts, and what it does to the people.

use std::time::Duration;

use guichet::accounts::{AddressChange, AddressError, Change, CreateError, Mandate, Naming};
use guichet::kit::locale::Locale;
use guichet::mail::Address;

use crate::on_both_engines;
use crate::signin::{at_the_form, is_signed_in, signed_in, try_password};
use crate::support::app::PASSWORD;

const OPERATOR: &Mandate = &Mandate::operator();

on_both_engines! {
    async fn disabling_ends_every_access_and_enabling_brings_none_back(app: App) {
        let account = app.person("elefevre").await;
        let client = app.client("app");
        let mut browser = app.browser();
        let offline = client.authorization(&[("scope", "openid offline_access")]);
        let tokens = client.redeem(&browser.sign_in(&offline, "elefevre").await).await;
        assert!(is_signed_in(&browser).await);

        assert_eq!(app.accounts.disable(&account.id, OPERATOR).await.unwrap(), Change::Made);
        assert_eq!(app.accounts.disable(&account.id, OPERATOR).await.unwrap(), Change::AlreadySo);
        assert!(!is_signed_in(&browser).await);
        assert_eq!(client.refresh(&tokens.text("refresh_token")).await.status, 400);
        assert_eq!(client.userinfo(&tokens.text("access_token")).await.status, 401);
        let (stranger, action) = at_the_form(&app).await;
        assert_eq!(try_password(&mut stranger.clone(), &action, "elefevre", PASSWORD).await.status, 422);

        assert_eq!(app.accounts.enable(&account.id, OPERATOR).await.unwrap(), Change::Made);
        assert_eq!(app.accounts.enable(&account.id, OPERATOR).await.unwrap(), Change::AlreadySo);
        assert!(!is_signed_in(&browser).await, "the session stays dead");
        assert_eq!(client.refresh(&tokens.text("refresh_token")).await.status, 400);
        assert_eq!(client.userinfo(&tokens.text("access_token")).await.status, 401);
        signed_in(&app, "elefevre").await;
        let told = "SELECT COUNT(*) FROM audit_event WHERE actor = 'operator' \
                    AND kind IN ('disabled', 'enabled')";
        assert_eq!(app.count(told).await, 2);
    }

    async fn a_deleted_account_leaves_nothing_but_its_identifier_taken(app: App) {
        let account = app.person("elefevre").await;
        let browser = signed_in(&app, "elefevre").await;
        app.sql("UPDATE account SET source_key = '42', authority = 'lyon', pending_email = 'x@example.org' \
                 WHERE id = $1", account.id.as_str()).await;
        app.sql("INSERT INTO allotted_identifier (lookup_key) VALUES ($1)", "elefevre").await;
        app.sql("INSERT INTO opening_wish (id, authority, account_id, manager, way, reason, state, asked_at, expires_at) \
                 VALUES ('w', 'lyon', $1, 'm', 'telephone', 'appel', 's', 1, 9999999999)", account.id.as_str()).await;
        assert_eq!(app.accounts.delete(&account.id, OPERATOR).await.unwrap(), Change::Made);
        assert_eq!(app.accounts.delete(&account.id, OPERATOR).await.unwrap(), Change::AlreadySo);
        assert_eq!(app.count("SELECT COUNT(*) FROM opening_wish").await, 0, "nobody is asked to agree any more");
        assert_eq!(app.accounts.enable(&account.id, OPERATOR).await.unwrap(), Change::Gone);
        assert_eq!(app.accounts.disable(&account.id, OPERATOR).await.unwrap(), Change::Gone);
        assert!(!is_signed_in(&browser).await);
        let (stranger, action) = at_the_form(&app).await;
        assert_eq!(try_password(&mut stranger.clone(), &action, "elefevre", PASSWORD).await.status, 422);
        let anything_left = "SELECT COUNT(*) FROM account WHERE identifier IS NOT NULL OR lookup_key IS NOT NULL \
            OR given_name IS NOT NULL OR family_name IS NOT NULL OR email IS NOT NULL OR claims <> '{}' \
            OR source_key IS NOT NULL OR pending_email IS NOT NULL";
        assert_eq!(app.count(anything_left).await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM password").await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM taken_identifier").await, 1);
        assert_eq!(app.count("SELECT COUNT(*) FROM allotted_identifier").await, 0, "what was noted in clear goes");
        assert_eq!(app.count("SELECT COUNT(*) FROM audit_event WHERE kind = 'deleted'").await, 1);
        let again = app.accounts.create(crate::accounts::nobody_but("ELEFEVRE")).await;
        assert!(matches!(again, Err(CreateError::Taken(_))), "{again:?}");
        assert!(app.accounts.find(&Naming::Identifier("elefevre".into())).await.unwrap().is_none());
        assert!(app.accounts.find(&Naming::Sub(account.id)).await.unwrap().is_some());
    }

    async fn an_address_is_set_once_and_taken_away_once(app: App) {
        let account = app.person("elefevre").await;
        let address = Address::parse("new@example.org").unwrap();
        let set = async |address: Option<&Address>| {
            app.accounts.set_email(&account.id, address, OPERATOR).await.unwrap()
        };
        assert_eq!(set(Some(&address)).await, AddressChange::Made { previous_told: false, new_told: false });
        assert_eq!(set(Some(&address)).await, AddressChange::AlreadySo);
        let now = app.accounts.by_id(&account.id).await.unwrap().unwrap();
        assert_eq!((now.email.as_deref(), now.email_verified), (Some("new@example.org"), false));
        assert_eq!(set(None).await, AddressChange::Made { previous_told: false, new_told: false });
        assert_eq!(set(None).await, AddressChange::AlreadySo);
        let told = "SELECT COUNT(*) FROM audit_event WHERE kind IN ('address-set', 'address-removed')";
        assert_eq!(app.count(told).await, 2);
    }

    async fn unlocking_lifts_the_waits_of_all_spellings_and_of_known_browsers(app: App) {
        app.person("elefevre").await;
        let own = signed_in(&app, "elefevre").await;
        let (stranger, action) = at_the_form(&app).await;
        let mut known = stranger.clone();
        known.cookies.extend(own.cookies.iter().filter(|(name, _)| name.contains("known")).map(|(n, v)| (n.clone(), v.clone())));
        for browser in [&stranger, &known] {
            for _ in 0..5 {
                try_password(&mut browser.clone(), &action, "elefevre", "Wrong-Horse-7").await;
            }
            assert_eq!(try_password(&mut browser.clone(), &action, "elefevre", PASSWORD).await.status, 429);
        }
        assert!(app.throttle.wait_of("ELEFEVRE").await.unwrap().is_some());
        let mut transaction = app.database.write().await.unwrap();
        assert!(app.throttle.unlock(&mut transaction, "ELEFEVRE").await.unwrap());
        transaction.commit().await.unwrap();
        assert!(app.throttle.wait_of("elefevre").await.unwrap().is_none());
        for browser in [&stranger, &known] {
            assert_eq!(try_password(&mut browser.clone(), &action, "elefevre", PASSWORD).await.status, 303);
        }
        let mut transaction = app.database.write().await.unwrap();
        assert!(!app.throttle.unlock(&mut transaction, "elefevre").await.unwrap());
    }

    async fn unlocking_one_person_leaves_the_failures_of_all_others(app: App) {
        let (stranger, action) = at_the_form(&app).await;
        let people = ["elefevre", "jdupont", "mmartin", "zzidane"];
        for identifier in people {
            app.person(identifier).await;
            let mut known = stranger.clone();
            known.cookies.extend(signed_in(&app, identifier).await.cookies.into_iter().filter(|(name, _)| name.contains("known")));
            for browser in [&stranger, &known] {
                try_password(&mut browser.clone(), &action, identifier, "Wrong-Horse-7").await;
            }
            if identifier == "zzidane" {
                let own = "DELETE FROM throttle WHERE bucket LIKE $1 || '%' AND last_at = (SELECT MAX(last_at) FROM throttle)";
                app.sql(own, "i").await;
            }
            app.wait(1);
        }
        let counts = async || app.count("SELECT COUNT(*) FROM throttle").await;
        // The last one failed in the known browser alone.
        assert_eq!(counts().await, 8, "two for each, but one for the last, and the network");
        for (identifier, left) in people.into_iter().zip([6, 4, 2, 1]) {
            let mut transaction = app.database.write().await.unwrap();
            assert!(app.throttle.unlock(&mut transaction, identifier).await.unwrap(), "{identifier}");
            transaction.commit().await.unwrap();
            assert_eq!(counts().await, left, "{identifier}");
        }
    }

    async fn an_address_that_an_operator_sets_or_takes_away_is_told_and_so_is_the_one_before(app: App) {
        let app = app.with_mail().await;
        let account = app.person("elefevre").await;
        let address = Address::parse("new@example.org").unwrap();
        let set = async |address: Option<&Address>| {
            app.accounts.set_email(&account.id, address, OPERATOR).await.unwrap()
        };
        assert_eq!(set(Some(&address)).await, AddressChange::Made { previous_told: true, new_told: true });
        assert_eq!(app.kinds_of_mails("elefevre@example.org").await, ["address-changed"]);
        let told = app.mail("address-registered", "new@example.org").await;
        for words in ["elefevre", "Académie de test", "04.72.80.64.88"] {
            assert!(told.text.contains(words), "{words}: {}", told.text);
        }
        assert_eq!(set(None).await, AddressChange::Made { previous_told: true, new_told: false });
        assert_eq!(app.posted("new@example.org").await.len(), 2);
        app.mail("address-removed", "new@example.org").await;
    }

    async fn what_is_given_while_an_account_is_being_deleted_is_not_kept(app: App) {
        let app = app.with_mail().await;
        let account = app.person("elefevre").await;
        crate::recovery::ask(&mut app.browser(), "elefevre").await;
        let mut deleting = app.database.write().await.unwrap();
        sqlx::query(
            "UPDATE account SET identifier = NULL, lookup_key = NULL, email = NULL, disabled_at = 1, \
             deleted_at = 1, access_epoch = access_epoch + 1 WHERE id = $1",
        )
        .bind(account.id.as_str())
        .execute(&mut *deleting)
        .await
        .unwrap();
        let address = Address::parse("new@example.org").unwrap();
        let (given, answered, ()) = tokio::join!(
            app.accounts.give_address(&account.id, &address, Locale::Fr),
            app.accounts.answer_recovery_cases(),
            async {
                tokio::time::sleep(Duration::from_millis(700)).await;
                deleting.commit().await.unwrap();
            }
        );
        assert!(matches!(given, Err(AddressError::NotHere)), "{given:?}");
        assert_eq!(answered.unwrap(), 1);
        let kept = "SELECT COUNT(*) FROM account WHERE email IS NOT NULL OR pending_email IS NOT NULL";
        assert_eq!(app.count(kept).await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM mailed_link").await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM outbox_mail").await, 0);
    }
}
