//! What goes by itself, and what does not.

use std::time::Duration;

use guichet::accounts::note_seen;
use guichet::server::janitor::{Matter, Swept};

use crate::on_both_engines;
use crate::support::app::PASSWORD;
use crate::support::{App, Browser};

const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;

async fn swept(app: &App) -> Swept {
    app.janitor.sweep().await.expect("a sweep")
}

/// A browser in which a person just signed in, and the refresh token of an application.
async fn granted(app: &App, person: &str, scope: &str) -> (Browser, String) {
    let client = app.client("app");
    let mut browser = app.browser();
    let back = browser.sign_in(&client.authorization(&[("scope", scope)]), person).await;
    let tokens = client.redeem(&back).await;
    (browser, tokens.text("refresh_token"))
}

on_both_engines! {
    async fn what_was_granted_in_a_session_ends_when_nobody_uses_it_any_more(app: App) {
        app.person("elefevre").await;
        let client = app.client("app");
        let (_, token) = granted(&app, "elefevre", "openid").await;
        let (_, offline) = granted(&app, "elefevre", "openid offline_access").await;
        app.wait(2 * HOUR);
        let before = client.refresh(&token).await;
        assert_eq!((before.status.as_u16(), before.text("error")), (400, "invalid_grant".to_owned()));
        let counts = swept(&app).await;
        assert_eq!(counts.of(Matter::Sessions), 2);
        assert_eq!(app.count("SELECT COUNT(*) FROM browser_session").await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM oauth_grant WHERE sid IS NULL").await, 2);
        assert_eq!(client.refresh(&token).await.status, 400);
        assert_eq!(client.refresh(&offline).await.status, 200, "it was to outlive the session");
    }

    async fn a_session_that_is_used_is_left_alone(app: App) {
        app.person("elefevre").await;
        let (mut browser, token) = granted(&app, "elefevre", "openid").await;
        app.wait(2 * HOUR - 60);
        assert_eq!(browser.get("/").await.status, 200);
        app.wait(HOUR);
        assert_eq!(swept(&app).await.of(Matter::Sessions), 0);
        assert_eq!(browser.get("/").await.status, 200);
        assert_eq!(app.client("app").refresh(&token).await.status, 200);
    }

    async fn grants_go_a_month_after_their_end(app: App) {
        app.person("elefevre").await;
        granted(&app, "elefevre", "openid").await;
        app.wait(30 * DAY);
        assert_eq!(swept(&app).await.of(Matter::Grants), 0);
        app.wait(DAY);
        assert_eq!(swept(&app).await.of(Matter::Grants), 1);
        assert_eq!(swept(&app).await.of(Matter::Grants), 0);
    }

    async fn what_nobody_redeemed_goes_soon_after_its_code_is_dead(app: App) {
        app.person("elefevre").await;
        let client = app.client("app");
        let (mut browser, token) = granted(&app, "elefevre", "openid offline_access").await;
        // Of a session that goes on, and for longer than it.
        let silent = client.authorization(&[("prompt", "none"), ("scope", "openid offline_access")]);
        let pages = [browser.get(&silent).await, browser.get(&silent).await];
        assert_eq!(client.redeem(&pages[0]).await.status, 200);
        app.wait(60);
        // The clock of another node may be behind.
        app.wait(5 * 60);
        assert_eq!(swept(&app).await.of(Matter::Grants), 0);
        app.wait(1);
        assert_eq!(swept(&app).await.of(Matter::Grants), 1);
        assert_eq!(app.count("SELECT COUNT(*) FROM oauth_grant WHERE redeemed_at IS NULL").await, 0);
        assert_eq!(client.redeem(&pages[1]).await.text("error"), "invalid_grant");
        assert_eq!(client.refresh(&token).await.status, 200);
    }

    async fn guesses_go_after_a_day_without_one(app: App) {
        let (browser, action) = crate::signin::at_the_form(&app).await;
        crate::signin::try_password(&mut browser.clone(), &action, "nobody", "Wrong-Horse-7").await;
        app.wait(DAY);
        assert_eq!(swept(&app).await.of(Matter::Attempts), 0);
        app.wait(1);
        assert_eq!(swept(&app).await.of(Matter::Attempts), 2);
        assert_eq!(app.count("SELECT COUNT(*) FROM throttle").await, 0);
    }

    async fn a_sweep_takes_however_many_there_are_and_only_the_old_ones(app: App) {
        for number in 0..1_201 {
            let id = format!("old-{number}");
            app.sql(
                "INSERT INTO audit_event (id, at, account_id, actor, kind, detail) \
                 VALUES ($1, 1, NULL, 'person', 'signed-in', '')",
                &id,
            )
            .await;
        }
        app.sql(
            "INSERT INTO audit_event (id, at, account_id, actor, kind, detail) \
             VALUES ($1, 1800000000, NULL, 'person', 'signed-in', '')",
            "new",
        )
        .await;
        assert_eq!(app.settle_audit().await, 1_202);
        assert_eq!(swept(&app).await.of(Matter::Events), 1_201);
        assert_eq!(app.count("SELECT COUNT(*) FROM audit_event").await, 1);
        app.wait(366 * DAY);
        assert_eq!(swept(&app).await.of(Matter::Events), 1);
    }

    async fn two_nodes_that_sweep_at_once_do_it_once(app: App) {
        let other = app.another_node().await;
        for number in 0..60 {
            app.sql(
                "INSERT INTO audit_event (id, at, account_id, actor, kind, detail) \
                 VALUES ($1, 1, NULL, 'person', 'signed-in', '')",
                &format!("old-{number}"),
            )
            .await;
        }
        app.settle_audit().await;
        let (here, there) = tokio::join!(swept(&app), swept(&other));
        assert_eq!(here.of(Matter::Events) + there.of(Matter::Events), 60);
    }

    async fn old_letters_go_but_the_newest_of_each_account(app: App) {
        let account = app.person("elefevre").await;
        for (number, statement) in [
            (
                "A",
                "INSERT INTO letter (number, account_id, authority, desk, with_password, issued_at, voided_at) \
                 SELECT $1, id, 'lyon', 'dec', 1, 1, 10 FROM account",
            ),
            (
                "B",
                "INSERT INTO letter (number, account_id, authority, desk, with_password, issued_at, used_at) \
                 SELECT $1, id, 'lyon', 'dec', 1, 2, 10 FROM account",
            ),
            (
                "C",
                "INSERT INTO letter (number, account_id, authority, desk, with_password, issued_at, \
                 expires_at) SELECT $1, id, 'lyon', 'dec', 1, 3, 10 FROM account",
            ),
            (
                "D",
                "INSERT INTO letter (number, account_id, authority, desk, with_password, issued_at, voided_at) \
                 SELECT $1, id, 'lyon', 'dec', 1, 3, 10 FROM account",
            ),
        ] {
            app.sql(statement, number).await;
        }
        assert_eq!(swept(&app).await.of(Matter::Letters), 3);
        assert_eq!(app.count("SELECT COUNT(*) FROM letter WHERE number = 'D'").await, 1);
        assert_eq!(swept(&app).await.of(Matter::Letters), 0);
        assert!(app.accounts.by_id(&account.id).await.unwrap().is_some());
    }

    async fn requests_and_links_go_when_they_are_long_over(app: App) {
        app.person("elefevre").await;
        app.sql(
            "INSERT INTO recovery_case (number, subject, account_id, locale, mail_wanted, created_at, \
             expires_at) SELECT '123456', $1, id, 'fr', 0, 1, 2 FROM account",
            "subject",
        )
        .await;
        app.sql(
            "INSERT INTO mailed_link (token_hash, account_id, purpose, address, state, mail_id, created_at) \
             SELECT $1, id, 'reset', 'a@example.org', 's', 'm', 1 FROM account",
            "hash",
        )
        .await;
        let counts = swept(&app).await;
        assert_eq!((counts.of(Matter::Cases), counts.of(Matter::Links)), (1, 1));
        assert_eq!(app.count("SELECT COUNT(*) FROM recovery_case").await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM mailed_link").await, 0);
    }

    async fn consents_go_with_the_account(app: App) {
        for identifier in ["elefevre", "jdupont"] {
            let person = app.person(identifier).await;
            let given = "INSERT INTO consent (account_id, client_id, scope, granted_at) VALUES ($1, 'third', 'openid', 1)";
            app.sql(given, person.id.as_str()).await;
        }
        app.sql("UPDATE account SET deleted_at = 1 WHERE identifier = $1", "elefevre").await;
        assert_eq!(swept(&app).await.of(Matter::Consents), 1);
        assert_eq!(app.count("SELECT COUNT(*) FROM consent").await, 1);
        assert_eq!(swept(&app).await.of(Matter::Consents), 0);
    }

    async fn notices_that_were_given_up_go_with_time(app: App) {
        app.person("elefevre").await;
        for state in ["failed", "waiting"] {
            app.sql(
                "INSERT INTO logout_notice (id, client_id, account_id, sid, state, attempts, created_at) \
                 SELECT $1, 'app', id, $1, $1, 9, 1 FROM account",
                state,
            )
            .await;
        }
        assert_eq!(swept(&app).await.of(Matter::Notices), 1);
        assert_eq!(app.count("SELECT COUNT(*) FROM logout_notice WHERE state = 'waiting'").await, 1);
        assert_eq!(app.count("SELECT COUNT(*) FROM logout_notice").await, 1);
    }

    async fn what_managers_opened_is_kept_as_long_as_what_happened(app: App) {
        app.person("elefevre").await;
        let kept = app.settings.retention.events.as_secs();
        app.sql(
            "INSERT INTO access_opening (id, authority, account_id, manager, way, network, opened_at, same_network) \
             SELECT $1, 'lyon', id, 'm', 'letter', 'n', 1800000000, 0 FROM account",
            "opening",
        )
        .await;
        app.wait(kept - 1);
        assert_eq!(swept(&app).await.of(Matter::Openings), 0);
        app.wait(2);
        assert_eq!(swept(&app).await.of(Matter::Openings), 1);
        assert_eq!(app.count("SELECT COUNT(*) FROM access_opening").await, 0);
    }

    async fn wishes_for_a_second_manager_go_when_they_are_over(app: App) {
        app.person("elefevre").await;
        for end in ["1800000000", "1800003600"] {
            app.sql(
                "INSERT INTO opening_wish (id, authority, account_id, manager, way, reason, state, asked_at, expires_at) \
                 SELECT $1, 'lyon', id, $1, 'telephone', 'appel', 's', 1, CAST($1 AS BIGINT) FROM account",
                end,
            )
            .await;
        }
        assert_eq!(swept(&app).await.of(Matter::Openings), 1);
        assert_eq!(app.count("SELECT COUNT(*) FROM opening_wish WHERE expires_at = 1800003600").await, 1);
        assert_eq!(swept(&app).await.of(Matter::Openings), 0);
        app.wait(HOUR);
        assert_eq!(swept(&app).await.of(Matter::Openings), 1);
        assert_eq!(app.count("SELECT COUNT(*) FROM opening_wish").await, 0);
    }

    async fn an_unused_account_is_announced_then_anonymised(app: App) {
        let account = app.person("elefevre").await;
        app.person("pleroux").await;
        app.wait(1_094 * DAY);
        assert_eq!(swept(&app).await.of(Matter::Announced), 0);
        crate::signin::signed_in(&app, "pleroux").await;
        app.wait(2 * DAY);
        let counts = swept(&app).await;
        assert_eq!((counts.of(Matter::Announced), counts.of(Matter::Anonymised)), (1, 0));
        assert_eq!(swept(&app).await.of(Matter::Announced), 0, "it is announced once");
        app.wait(30 * DAY);
        assert_eq!(swept(&app).await.of(Matter::Anonymised), 1);
        let gone = app.accounts.by_id(&account.id).await.unwrap().expect("its row stays");
        assert_eq!((gone.given_name, gone.family_name, gone.email), (None, None, None));
        assert_eq!(app.count("SELECT COUNT(*) FROM account WHERE lookup_key = 'elefevre'").await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM taken_identifier").await, 2, "both stay taken");
        assert_eq!(swept(&app).await.of(Matter::Anonymised), 0);
        crate::signin::signed_in(&app, "pleroux").await;
    }

    async fn signing_in_saves_an_account_from_its_end(app: App) {
        app.person("elefevre").await;
        app.wait(1_096 * DAY);
        assert_eq!(swept(&app).await.of(Matter::Announced), 1);
        crate::signin::signed_in(&app, "elefevre").await;
        assert_eq!(app.count("SELECT COUNT(*) FROM account WHERE anonymise_at IS NOT NULL").await, 0);
        app.wait(31 * DAY);
        let counts = swept(&app).await;
        assert_eq!((counts.of(Matter::Announced), counts.of(Matter::Anonymised)), (0, 0));
        crate::signin::signed_in(&app, "elefevre").await;
    }

    async fn a_refused_sign_in_saves_nothing(app: App) {
        app.person("elefevre").await;
        app.wait(1_096 * DAY);
        swept(&app).await;
        let (browser, action) = crate::signin::at_the_form(&app).await;
        crate::signin::try_password(&mut browser.clone(), &action, "elefevre", "Wrong-Horse-7").await;
        app.wait(31 * DAY);
        assert_eq!(swept(&app).await.of(Matter::Anonymised), 1);
        let (browser, action) = crate::signin::at_the_form(&app).await;
        let page = crate::signin::try_password(&mut browser.clone(), &action, "elefevre", PASSWORD).await;
        assert_eq!(page.status, 422);
    }

    async fn an_account_in_which_somebody_is_signing_in_at_that_very_moment_is_kept(app: App) {
        let account = app.person("elefevre").await;
        app.wait(1_096 * DAY);
        assert_eq!(swept(&app).await.of(Matter::Announced), 1);
        app.wait(31 * DAY);
        // The sign-in is not committed yet when the janitor looks.
        let mut signing_in = app.database.write().await.unwrap();
        note_seen(&mut signing_in, &account.id, app.clock.now()).await.unwrap();
        let (counts, ()) = tokio::join!(swept(&app), async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            signing_in.commit().await.unwrap();
        });
        assert_eq!(counts.of(Matter::Anonymised), 0);
        crate::signin::signed_in(&app, "elefevre").await;
    }
}
