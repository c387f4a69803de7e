//! The new password behind a link.

use futures_util::future::join_all;
use guichet::accounts::import::Mode;
use http::header::HeaderValue;

use super::{CHOSEN, ask, assert_dead, link_for, reset};
use crate::import::import_as;
use crate::on_both_engines;
use crate::signin::{at_the_form, is_signed_in, is_signed_in_silently, signed_in, try_password};
use crate::support::App;
use crate::support::app::PASSWORD;

/// Whether a password opens an account.
async fn opens(app: &App, identifier: &str, password: &str) -> bool {
    let (mut browser, action) = at_the_form(app).await;
    try_password(&mut browser, &action, identifier, password).await.status == 303
}

on_both_engines! {
    async fn a_link_sets_a_password_in_any_browser_and_on_any_node(app: App) {
        let app = app.with_mail().await;
        let account = app.person("elefevre").await;
        let link = link_for(&app, "elefevre").await;
        let other = app.another_node().await;
        let mut browser = other.browser();
        for _ in 0..3 {
            let form = browser.get(&link).await;
            assert_eq!(form.status, 200, "{}", form.body);
            assert!(form.body.contains("elefevre"));
        }
        assert!(opens(&app, "elefevre", PASSWORD).await, "a look at the link changes nothing");
        let action = browser.get(&link).await.form_action();
        let page = reset(&mut browser, &action, CHOSEN).await;
        assert_eq!(page.status, 200, "{}", page.body);
        assert!(page.body.contains("est enregistré"), "{}", page.body);
        assert!(!is_signed_in(&browser).await, "the person signs in with the new password");
        assert!(!opens(&app, "elefevre", PASSWORD).await);
        assert!(opens(&app, "elefevre", CHOSEN).await);
        let account = app.accounts.by_id(&account.id).await.unwrap().unwrap();
        assert!(account.email_verified, "who had the link reads the mails");
        assert_eq!(app.history(&account.id).await, ["password-reset", "recovery-asked"]);
        assert_eq!(app.kinds_of_mails("elefevre@example.org").await, ["reset-password", "password-changed"]);
    }

    async fn a_reset_ends_every_session_and_every_grant(app: App) {
        let app = app.with_mail().await;
        app.person("elefevre").await;
        let client = app.client("app");
        let browser = signed_in(&app, "elefevre").await;
        let mut other = app.browser();
        let there = other.sign_in(&client.authorization(&[("scope", "openid offline_access")]), "elefevre").await;
        let tokens = client.redeem(&there).await;
        let access = tokens.text("access_token");
        assert_eq!(client.userinfo(&access).await.status, 200);
        let link = link_for(&app, "elefevre").await;
        reset(&mut app.browser(), &link, CHOSEN).await;
        assert!(!is_signed_in(&browser).await);
        assert!(!is_signed_in_silently(&app, &browser).await);
        assert_eq!(client.userinfo(&access).await.status, 401);
        assert_eq!(client.refresh(&tokens.text("refresh_token")).await.json["error"], "invalid_grant");
    }

    async fn of_racing_uses_of_a_link_one_wins(app: App) {
        let app = app.with_mail().await;
        app.person("elefevre").await;
        let link = link_for(&app, "elefevre").await;
        let other = app.another_node().await;
        let outcomes = join_all((0..4).map(|number| {
            let node = if number % 2 == 0 { &app } else { &other };
            let link = &link;
            async move { reset(&mut node.browser(), link, &format!("{CHOSEN}-{number}")).await.status.as_u16() }
        }))
        .await;
        assert_eq!(outcomes.iter().filter(|status| **status == 200).count(), 1, "{outcomes:?}");
        for (number, status) in outcomes.iter().enumerate() {
            assert!(matches!(status, 200 | 410 | 503), "{status}");
            assert_eq!(opens(&app, "elefevre", &format!("{CHOSEN}-{number}")).await, *status == 200);
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM audit_event WHERE kind = 'password-reset'").await, 1);
    }

    async fn an_unfit_password_is_explained_and_the_link_lives_on(app: App) {
        let app = app.with_mail().await;
        app.person("elefevre").await;
        let link = link_for(&app, "elefevre").await;
        let mut browser = app.browser();
        let empty = browser.post(&link, &[]).await;
        assert_eq!(empty.status, 422);
        for (unfit, said) in [
            ("", "Saisissez"),
            ("Sh0rt-pass.", "trop court"),
            ("Lefevre-Elodie-69", "connaissant"),
            ("My-Elefevre-Pass-1", "identifiant"),
            (PASSWORD, "actuel"),
        ] {
            let page = reset(&mut browser, &link, unfit).await;
            assert_eq!(page.status, 422, "{unfit}");
            let advice = page.body.split_once("id=\"new-password-fault\">").expect("advice").1;
            assert!(advice.split('<').next().unwrap().contains(said), "{unfit}: {advice}");
        }
        assert_eq!(reset(&mut browser, &link, CHOSEN).await.status, 200);
        app.wait(300);
        let link = link_for(&app, "elefevre").await;
        let page = reset(&mut browser, &link, PASSWORD).await;
        assert!(page.body.contains("déjà utilisé ce mot de passe"), "{}", page.body);
    }

    async fn a_reset_takes_the_place_of_a_letter(app: App) {
        let app = app.with_mail().await;
        let (account, printed) = app.newcomer("newcomer").await;
        app.sql(
            "INSERT INTO letter (number, account_id, authority, desk, with_password, issued_at) \
             VALUES ('L1', $1, 'lyon', 'dec', 1, 1)",
            account.id.as_str(),
        )
        .await;
        let link = link_for(&app, "newcomer").await;
        assert_eq!(reset(&mut app.browser(), &link, CHOSEN).await.status, 200);
        assert!(!opens(&app, "newcomer", &printed).await);
        assert!(opens(&app, "newcomer", CHOSEN).await);
        assert_eq!(app.count("SELECT COUNT(*) FROM letter WHERE voided_at IS NOT NULL").await, 1);
        assert!(app.history(&account.id).await.contains(&"letter-voided".to_owned()));
        assert_eq!(app.count("SELECT COUNT(*) FROM recovery_case").await, 0, "the case is closed");
    }

    async fn the_journey_goes_on_in_the_browser_that_asked(app: App) {
        let app = app.with_mail().await;
        app.person("elefevre").await;
        let mut browser = app.browser();
        let form = browser.password_form(&app.client("app").authorization(&[])).await;
        let forgotten = browser.get(&form.link_to("/forgotten-password")).await;
        let answer = browser.post(&forgotten.form_action(), &[("username", "elefevre")]).await;
        assert!(answer.link_to("/sign-in/external").contains("journey="));
        app.accounts.answer_recovery_cases().await.unwrap();
        let link = app.mail("reset-password", "elefevre@example.org").await.link();
        let done = reset(&mut browser, &link, CHOSEN).await;
        assert!(done.body.contains("États de frais"), "{}", done.body);
        assert!(!browser.cookies.keys().any(|name| name.contains("recovery")), "what it kept is forgotten");
        let form = browser.open(&done.link_to("/sign-in/external")).await;
        let back = try_password(&mut browser, &form.form_action(), "elefevre", CHOSEN).await;
        browser.follow(back).await.code();
    }

    async fn a_link_goes_to_the_configured_address_whatever_the_request_says(app: App) {
        let app = app.with_mail().await;
        app.person("elefevre").await;
        let mut browser = app.browser();
        for name in ["x-forwarded-host", "x-forwarded-proto", "forwarded", "x-original-host"] {
            browser.headers.insert(name, HeaderValue::from_static("host=evil.example"));
        }
        ask(&mut browser, "elefevre").await;
        app.accounts.answer_recovery_cases().await.unwrap();
        let mail = app.mail("reset-password", "elefevre@example.org").await;
        assert!(mail.link().starts_with("/reset-password?token="));
        assert!(!mail.text.contains("evil") && !mail.html.contains("evil"));
    }

    async fn links_are_kept_hashed(app: App) {
        let app = app.with_mail().await;
        app.person("elefevre").await;
        let link = link_for(&app, "elefevre").await;
        let token = link.split_once("token=").unwrap().1.to_owned();
        assert_eq!(token.len(), 43, "256 bits");
        let mut connection = app.database.read().await.unwrap();
        let kept: String =
            sqlx::query_scalar("SELECT token_hash FROM mailed_link").fetch_one(&mut *connection).await.unwrap();
        drop(connection);
        assert_ne!(kept, token);
        assert_dead(&app.browser().get(&format!("/reset-password?token={kept}")).await);
    }

    async fn a_reset_opens_the_door_that_failures_had_closed(app: App) {
        let app = app.with_mail().await;
        app.person("elefevre").await;
        let own = signed_in(&app, "elefevre").await;
        let (stranger, action) = at_the_form(&app).await;
        // Once strangers failed elsewhere, once the person failed in the browser in which they always sign in.
        let mut forgetful = stranger.clone();
        forgetful.cookies.extend(own.cookies.into_iter().filter(|(name, _)| name.contains("known")));
        for browser in [&stranger, &forgetful] {
            for _ in 0..5 {
                let page = try_password(&mut browser.clone(), &action, "elefevre", "Wrong-Horse-7").await;
                assert_eq!(page.status, 422, "{}", page.body);
            }
            assert_eq!(try_password(&mut browser.clone(), &action, "elefevre", PASSWORD).await.status, 429);
        }
        let link = link_for(&app, "elefevre").await;
        assert_eq!(reset(&mut forgetful, &link, CHOSEN).await.status, 200);
        assert_eq!(try_password(&mut forgetful.clone(), &action, "elefevre", CHOSEN).await.status, 303);

        app.wait(1);
        let link = link_for(&app, "elefevre").await;
        let (mut new_browser, door) = at_the_form(&app).await;
        assert_eq!(reset(&mut new_browser, &link, "Premier-Choix-Bleu-7").await.status, 200);
        assert_eq!(try_password(&mut new_browser, &door, "elefevre", "Premier-Choix-Bleu-7").await.status, 303);
        let page = try_password(&mut stranger.clone(), &action, "elefevre", "Premier-Choix-Bleu-7").await;
        assert_eq!(page.status, 429, "strangers wait on");
    }

    async fn who_was_imported_without_a_letter_sets_a_first_password_by_the_link(app: App) {
        let app = app.with_mail().await;
        let list = "NUMERO;NOM;PRENOM;MEL\nA1;Lefèvre;Élodie;elefevre@example.org\n";
        let run = import_as(&app, list.as_bytes(), Mode::WithoutLetters).await.unwrap();
        assert_eq!((run.identifier(2), app.count("SELECT COUNT(*) FROM password").await), ("elefevre", 0));
        assert!(!opens(&app, "elefevre", CHOSEN).await);
        let link = link_for(&app, "elefevre").await;
        let mut browser = app.browser();
        assert!(browser.get(&link).await.body.contains("elefevre"));
        assert_eq!(reset(&mut browser, &link, "court").await.status, 422);
        assert_eq!(reset(&mut browser, &link, CHOSEN).await.status, 200);
        assert!(opens(&app, "elefevre", CHOSEN).await);
        assert_dead(&reset(&mut browser, &link, "Premier-Choix-Bleu-7").await);
        assert_eq!(app.count("SELECT COUNT(*) FROM password WHERE temporary = 0").await, 1);
    }

    async fn of_racing_first_passwords_by_one_link_one_wins(app: App) {
        let app = app.with_mail().await;
        let account = app.person("elefevre").await;
        app.sql("DELETE FROM password WHERE account_id = $1", account.id.as_str()).await;
        let link = link_for(&app, "elefevre").await;
        let outcomes = join_all((0..3).map(|number| {
            let (app, link) = (&app, &link);
            async move { reset(&mut app.browser(), link, &format!("{CHOSEN}-{number}")).await.status.as_u16() }
        }))
        .await;
        assert_eq!(outcomes.iter().filter(|status| **status == 200).count(), 1, "{outcomes:?}");
        for (number, status) in outcomes.iter().enumerate() {
            assert_eq!(opens(&app, "elefevre", &format!("{CHOSEN}-{number}")).await, *status == 200);
        }
    }
}
