//! Browser sessions: how they begin, how long they last, what ends them.

use super::{SESSION_COOKIE, at_the_form, is_signed_in, is_signed_in_silently, signed_in, try_password};
use crate::on_both_engines;
use crate::support::app::PASSWORD;
use crate::support::client::claims;
use crate::support::{App, Browser};

/// The claims of an ID token that this browser's application gets without a question.
async fn silent_id_token(app: &App, browser: &Browser) -> serde_json::Value {
    let client = app.client("app");
    let back = browser.clone().get(&client.authorization(&[("prompt", "none")])).await;
    claims(&client.redeem(&back).await.text("id_token"))
}

/// Signs somebody in once more in a browser that may have a session.
async fn sign_in_again(app: &App, browser: &mut Browser, identifier: &str) {
    let form = browser.password_form(&app.client("app").authorization(&[("prompt", "login")])).await;
    let page = try_password(browser, &form.form_action(), identifier, PASSWORD).await;
    browser.follow(page).await.code();
}

on_both_engines! {
    async fn every_cookie_is_protected(app: App) {
        app.person("elefevre").await;
        let (_, printed) = app.newcomer("newcomer").await;
        let client = app.client("app");
        let mut seen = Vec::new();
        let mut keep = |page: &crate::support::browser::Page| {
            seen.extend(page.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap().to_owned()));
        };
        let mut browser = app.browser();
        keep(&browser.get(&client.authorization(&[("ui_locales", "en")])).await);
        let form = browser.password_form(&client.authorization(&[])).await;
        keep(&try_password(&mut browser, &form.form_action(), "newcomer", &printed).await);
        keep(&try_password(&mut browser, &form.form_action(), "elefevre", PASSWORD).await);
        for name in ["browser", "language", "first-sign-in", "situation", "session"] {
            let start = format!("__Host-guichet-{name}=");
            let cookie = seen.iter().find(|cookie| cookie.starts_with(&start));
            let cookie = cookie.unwrap_or_else(|| panic!("no {name} in {seen:?}"));
            let mut attributes: Vec<&str> = cookie.split("; ").skip(1).collect();
            attributes.retain(|attribute| !attribute.starts_with("Max-Age="));
            attributes.sort_unstable();
            assert_eq!(attributes, ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"], "{cookie}");
        }
        let session = seen.iter().find(|cookie| cookie.starts_with(SESSION_COOKIE)).unwrap();
        assert!(!session.contains("Max-Age"), "the session goes with the browser");
    }

    async fn the_cookie_is_unguessable_and_only_its_hash_is_stored(app: App) {
        app.person("elefevre").await;
        let one = signed_in(&app, "elefevre").await.cookies[SESSION_COOKIE].clone();
        let two = signed_in(&app, "elefevre").await.cookies[SESSION_COOKIE].clone();
        assert_eq!(one.len(), 43);
        assert_ne!(one, two);
        let mut connection = app.database.read().await.unwrap();
        let stored: Vec<String> = sqlx::query_scalar("SELECT id_hash FROM browser_session")
            .fetch_all(&mut *connection)
            .await
            .unwrap();
        assert_eq!(stored.len(), 2);
        assert!(!stored.contains(&one) && !stored.contains(&two));
        // What is stored opens nothing, nor does the name that tokens bear.
        let sid: String = sqlx::query_scalar("SELECT sid FROM browser_session").fetch_one(&mut *connection).await.unwrap();
        drop(connection);
        for worthless in [stored[0].as_str(), &sid, &one[..42], &format!("{one}A"), ""] {
            let mut browser = app.browser();
            browser.cookies.insert(SESSION_COOKIE.into(), worthless.to_owned());
            assert!(!is_signed_in(&browser).await, "{worthless}");
        }
    }

    async fn a_planted_session_is_never_taken_up(app: App) {
        app.person("elefevre").await;
        let planted = "A".repeat(43);
        let (mut victim, action) = at_the_form(&app).await;
        victim.cookies.insert(SESSION_COOKIE.into(), planted.clone());
        let page = try_password(&mut victim, &action, "elefevre", PASSWORD).await;
        victim.follow(page).await.code();
        assert_ne!(victim.cookies[SESSION_COOKIE], planted);
        let mut attacker = app.browser();
        attacker.cookies.insert(SESSION_COOKIE.into(), planted);
        assert!(!is_signed_in(&attacker).await);
    }

    async fn an_attackers_own_session_is_ended_and_not_shared(app: App) {
        app.person("attacker").await;
        app.person("elefevre").await;
        let attacker = signed_in(&app, "attacker").await;
        let mut victim = app.browser();
        victim.cookies.insert(SESSION_COOKIE.into(), attacker.cookies[SESSION_COOKIE].clone());
        sign_in_again(&app, &mut victim, "elefevre").await;
        assert_ne!(victim.cookies[SESSION_COOKIE], attacker.cookies[SESSION_COOKIE]);
        assert!(!is_signed_in(&attacker).await);
        assert!(is_signed_in(&victim).await);
    }

    async fn a_session_ends_when_it_is_not_used(app: App) {
        app.person("elefevre").await;
        let browser = signed_in(&app, "elefevre").await;
        let idle = app.settings.sessions.idle.as_secs();
        for _ in 0..2 {
            app.wait(idle - 1);
            assert!(is_signed_in(&browser).await, "it was used within its time");
        }
        app.wait(idle);
        assert!(!is_signed_in(&browser).await);
        assert!(!is_signed_in_silently(&app, &browser).await);
    }

    async fn a_session_ends_at_its_limit_however_much_it_is_used(app: App) {
        app.person("elefevre").await;
        let browser = signed_in(&app, "elefevre").await;
        let absolute = app.settings.sessions.absolute.as_secs();
        let step = app.settings.sessions.idle.as_secs() / 2;
        let mut waited = 0;
        while waited + step < absolute {
            app.wait(step);
            waited += step;
            assert!(is_signed_in_silently(&app, &browser).await, "after {waited} s");
        }
        app.wait(absolute - waited - 1);
        assert!(is_signed_in(&browser).await);
        app.wait(1);
        assert!(!is_signed_in(&browser).await);
        assert!(!is_signed_in_silently(&app, &browser).await);
    }

    async fn signing_out_ends_the_session_for_whoever_holds_its_cookie(app: App) {
        app.person("elefevre").await;
        let client = app.client("app");
        let mut browser = app.browser();
        let back = browser.sign_in(&client.authorization(&[]), "elefevre").await;
        let tokens = client.redeem(&back).await;
        let copy = browser.clone();
        let asked = browser.get("/logout").await;
        assert_eq!(asked.status, 200);
        assert!(is_signed_in(&browser).await, "nothing ends before it is confirmed");
        let done = browser.post(&asked.form_action(), &[("decision", &asked.hidden("decision"))]).await;
        assert_eq!(done.status, 200, "{}", done.body);
        assert!(!browser.cookies.contains_key(SESSION_COOKIE));
        assert!(!is_signed_in(&copy).await);
        assert!(!is_signed_in_silently(&app, &copy).await);
        assert_eq!(client.userinfo(&tokens.text("access_token")).await.status, 401);
        assert_eq!(client.refresh(&tokens.text("refresh_token")).await.text("error"), "invalid_grant");
        // A second click, or a page left open.
        assert_eq!(browser.submit("/logout", &[("decision", &asked.hidden("decision"))]).await.status, 200);
    }

    async fn a_disabled_person_is_signed_out_at_the_next_use(app: App) {
        let account = app.person("elefevre").await;
        let client = app.client("app");
        let mut browser = app.browser();
        let offline = [("scope", "openid offline_access")];
        let back = browser.sign_in(&client.authorization(&offline), "elefevre").await;
        let tokens = client.redeem(&back).await;
        let unredeemed = browser.get(&client.authorization(&[("prompt", "none")])).await;
        app.disable(&account).await;
        assert!(!is_signed_in(&browser).await);
        assert!(!is_signed_in_silently(&app, &browser).await);
        assert_eq!(client.userinfo(&tokens.text("access_token")).await.status, 401);
        assert_eq!(client.refresh(&tokens.text("refresh_token")).await.text("error"), "invalid_grant");
        assert_eq!(client.redeem(&unredeemed).await.text("error"), "invalid_grant");
        let form = browser.password_form(&client.authorization(&[])).await;
        let page = try_password(&mut browser, &form.form_action(), "elefevre", PASSWORD).await;
        assert_eq!(page.status, 422);
    }

    async fn the_same_person_again_goes_on_in_the_session_under_a_new_cookie(app: App) {
        app.person("elefevre").await;
        let mut browser = signed_in(&app, "elefevre").await;
        let old = browser.clone();
        let before = silent_id_token(&app, &browser).await;
        app.wait(100);
        sign_in_again(&app, &mut browser, " ELEFEVRE").await;
        assert_ne!(browser.cookies[SESSION_COOKIE], old.cookies[SESSION_COOKIE]);
        assert!(!is_signed_in(&old).await, "the old cookie is worth nothing");
        let after = silent_id_token(&app, &browser).await;
        assert_eq!(after["sid"], before["sid"]);
        assert_eq!(after["auth_time"].as_i64().unwrap(), before["auth_time"].as_i64().unwrap() + 100);
        assert_eq!(app.count("SELECT COUNT(*) FROM browser_session").await, 1);
    }

    async fn another_person_ends_the_session_and_what_was_granted_in_it(app: App) {
        app.person("elefevre").await;
        app.person("jdupont").await;
        let client = app.client("app");
        let mut browser = app.browser();
        let back = browser.sign_in(&client.authorization(&[]), "elefevre").await;
        let first = client.redeem(&back).await;
        let back = browser.get(&client.authorization(&[("prompt", "none"), ("scope", "openid offline_access")])).await;
        let offline = client.redeem(&back).await;
        let unredeemed = browser.get(&client.authorization(&[("prompt", "none")])).await;
        let sid = claims(&first.text("id_token"))["sid"].clone();

        sign_in_again(&app, &mut browser, "jdupont").await;
        assert_eq!(client.userinfo(&first.text("access_token")).await.status, 401);
        assert_eq!(client.refresh(&first.text("refresh_token")).await.text("error"), "invalid_grant");
        assert_eq!(client.redeem(&unredeemed).await.text("error"), "invalid_grant");
        assert_eq!(client.userinfo(&offline.text("access_token")).await.status, 200, "offline means offline");
        let theirs = silent_id_token(&app, &browser).await;
        assert_ne!(theirs["sid"], sid);
        assert_eq!(app.count("SELECT COUNT(*) FROM browser_session").await, 1);
    }

    async fn one_sign_in_serves_every_application(app: App) {
        app.person("elefevre").await;
        let mut browser = signed_in(&app, "elefevre").await;
        let post = app.client("post");
        let back = browser.open(&post.authorization(&[])).await;
        assert_eq!(post.redeem(&back).await.status, 200);
    }

    async fn a_session_made_at_one_node_is_good_at_another(app: App) {
        app.person("elefevre").await;
        let other = app.another_node().await;
        let client = app.client("app");
        let mut browser = app.browser();
        let choice = browser.open(&client.authorization(&[])).await;
        let mut there = browser.at(&other);
        let form = there.open(&choice.link_to("/sign-in/external")).await;
        let mut here = there.at(&app);
        let page = try_password(&mut here, &form.form_action(), "elefevre", PASSWORD).await;
        let mut there = here.at(&other);
        let back = there.follow(page).await;
        let tokens = client.redeem(&back).await;
        assert_eq!(client.at(&other).userinfo(&tokens.text("access_token")).await.status, 200);
        assert!(is_signed_in(&there).await && is_signed_in(&there.at(&app)).await);
    }

    async fn failures_and_journeys_write_nothing(app: App) {
        app.person("elefevre").await;
        let (mut browser, action) = at_the_form(&app).await;
        for _ in 0..3 {
            browser.open(&app.client("app").authorization(&[])).await;
            try_password(&mut browser, &action, "elefevre", "Wrong-Horse-7").await;
            try_password(&mut browser, &action, "nobody", "Wrong-Horse-7").await;
        }
        for table in ["SELECT COUNT(*) FROM browser_session", "SELECT COUNT(*) FROM oauth_grant"] {
            assert_eq!(app.count(table).await, 0);
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM account").await, 1);
    }
}
