//! When a session is good enough, and when the person must be asked (Core §3.1.2.1, §3.1.2.3).

use super::{PERSON, assert_asks_to_sign_in, assert_problem_page, grant, grant_again, on_the_same_journey};
use crate::on_both_engines;
use crate::support::Client;
use crate::support::app::{PASSWORD, START};
use crate::support::browser::Page;
use crate::support::client::claims;

const RESUME: &str = "/authorize/resume";

/// When the person signed in, by the ID token of a code.
async fn auth_time(client: &Client, back: &Page) -> i64 {
    claims(&client.redeem(back).await.text("id_token"))["auth_time"].as_i64().unwrap()
}

on_both_engines! {
    async fn prompt_none_answers_without_showing_anything(app: App) {
        let client = app.client("app");
        let silent = client.authorization(&[("prompt", "none")]);
        let mut browser = app.browser();
        assert_eq!(browser.get(&silent).await.error(), "login_required");
        assert!(browser.cookies.is_empty(), "{:?}", browser.cookies);

        let mut granted = grant(&app, "app", "openid").await;
        let back = granted.browser.get(&silent).await;
        assert_eq!(client.redeem(&back).await.status, 200);
        // A session that is over, or that never was, is as none.
        let mut planted = app.browser();
        planted.cookies.insert("__Host-guichet-session".into(), "planted".into());
        assert_eq!(planted.get(&silent).await.error(), "login_required");
        app.wait(2 * 3600 + 1);
        assert_eq!(granted.browser.get(&silent).await.error(), "login_required");
    }

    async fn a_session_ends_at_its_longest_even_when_used(app: App) {
        let mut granted = grant(&app, "app", "openid").await;
        let silent = granted.client.authorization(&[("prompt", "none")]);
        for _ in 0..11 {
            app.wait(3600);
            granted.browser.get(&silent).await.code();
        }
        app.wait(3599);
        granted.browser.get(&silent).await.code();
        app.wait(1);
        assert_eq!(granted.browser.get(&silent).await.error(), "login_required");
    }

    async fn a_disabled_person_is_signed_in_nowhere(app: App) {
        let person = app.person(PERSON).await;
        let mut granted = grant_again(&app, "app", "openid").await;
        app.disable(&person).await;
        let silent = granted.client.authorization(&[("prompt", "none")]);
        assert_eq!(granted.browser.get(&silent).await.error(), "login_required");
    }

    async fn one_sign_in_serves_two_clients_and_keeps_its_time(app: App) {
        let mut granted = grant(&app, "app", "openid").await;
        app.wait(600);
        let post = app.client("post");
        let back = granted.browser.get(&post.authorization(&[])).await;
        let tokens = post.redeem(&back).await;
        let (first, second) = (claims(&granted.id_token()), claims(&tokens.text("id_token")));
        assert_eq!((first["auth_time"].as_i64(), second["auth_time"].as_i64()), (Some(START), Some(START)));
        assert_eq!(second["iat"], START + 600);
        assert_eq!((&first["sub"], &first["sid"]), (&second["sub"], &second["sid"]));
    }

    async fn prompt_login_is_a_real_new_sign_in_even_within_the_same_second(app: App) {
        let mut granted = grant(&app, "app", "openid").await;
        let again = granted.client.authorization(&[("prompt", "login")]);
        for seconds in [0, 100] {
            app.wait(seconds);
            let page = granted.browser.get(&again).await;
            assert_asks_to_sign_in(&page, "prompt=login");
            // Going on without having signed in leads back to the sign-in, however often.
            for _ in 0..3 {
                let resumed = granted.browser.get(&on_the_same_journey(&page, RESUME)).await;
                assert_asks_to_sign_in(&resumed, "resumed");
                let resumed = granted.browser.get(&on_the_same_journey(&resumed, RESUME)).await;
                assert_asks_to_sign_in(&resumed, "resumed anew");
            }
            let form = granted.browser.open(&on_the_same_journey(&page, "/sign-in/external")).await;
            let credentials = [("username", PERSON), ("password", PASSWORD)];
            let back = granted.browser.submit(&form.form_action(), &credentials).await;
            assert_eq!(auth_time(&granted.client, &back).await, START + i64::try_from(seconds).unwrap());
        }
    }

    async fn a_sign_in_that_is_too_old_is_made_anew(app: App) {
        let mut granted = grant(&app, "app", "openid").await;
        let client = granted.client.clone();
        app.wait(60);
        assert_eq!(
            auth_time(&client, &granted.browser.get(&client.authorization(&[("max_age", "60")])).await).await,
            START
        );
        app.wait(1);
        let aged = client.authorization(&[("max_age", "60")]);
        let silent = client.authorization(&[("max_age", "60"), ("prompt", "none")]);
        assert_eq!(granted.browser.get(&silent).await.error(), "login_required");
        assert_asks_to_sign_in(&granted.browser.get(&aged).await, "max_age");
        let back = granted.browser.sign_in(&aged, PERSON).await;
        assert_eq!(auth_time(&client, &back).await, START + 61);
    }

    async fn a_max_age_of_zero_is_a_new_sign_in_that_comes_to_an_end(app: App) {
        let mut granted = grant(&app, "app", "openid").await;
        let client = granted.client.clone();
        // Within the very second of the sign-in too.
        let silent = client.authorization(&[("max_age", "0"), ("prompt", "none")]);
        assert_eq!(granted.browser.get(&silent).await.error(), "login_required");
        let now = client.authorization(&[("max_age", "0")]);
        assert_asks_to_sign_in(&granted.browser.get(&now).await, "max_age=0");
        let form = granted.browser.password_form(&now).await;
        app.wait(30);
        let signed_in =
            granted.browser.post(&form.form_action(), &[("username", PERSON), ("password", PASSWORD)]).await;
        app.wait(5);
        let back = granted.browser.follow(signed_in).await;
        assert_eq!(auth_time(&client, &back).await, START + 30);
    }

    async fn a_client_may_have_a_default_max_age(app: App) {
        let app = app
            .restarted_with(|settings| {
                let client = settings.clients.iter_mut().find(|client| client.client_id == "app").unwrap();
                client.default_max_age = Some(60);
            })
            .await;
        let mut granted = grant(&app, "app", "openid").await;
        app.wait(61);
        assert_asks_to_sign_in(
            &granted.browser.get(&granted.client.authorization(&[])).await,
            "default_max_age",
        );
        let asked = granted.client.authorization(&[("max_age", "100")]);
        granted.browser.get(&asked).await.code();
    }

    async fn select_account_lets_somebody_else_in(app: App) {
        let mut granted = grant(&app, "app", "openid").await;
        let other = app.person("odupont").await;
        let choose = granted.client.authorization(&[("prompt", "select_account")]);
        assert_asks_to_sign_in(&granted.browser.get(&choose).await, "select_account");
        let back = granted.browser.sign_in(&choose, "odupont").await;
        let tokens = granted.client.redeem(&back).await;
        assert_eq!(claims(&tokens.text("id_token"))["sub"], other.id.as_str());
        // What the person before had granted ended with their session.
        assert_eq!(granted.client.userinfo(&granted.access_token()).await.status, 401);
        assert_eq!(granted.client.refresh(&granted.refresh_token()).await.status, 400);
    }

    async fn a_hint_names_who_must_be_there(app: App) {
        let mut granted = grant(&app, "app", "openid").await;
        app.person("odupont").await;
        let client = granted.client.clone();
        let mut other = app.browser();
        let theirs = other.sign_in(&client.authorization(&[]), "odupont").await;
        let theirs = client.redeem(&theirs).await.text("id_token");

        // An expired hint still tells who is meant.
        app.wait(3600);
        let own = granted.id_token();
        let silent = |hint: &str| client.authorization(&[("prompt", "none"), ("id_token_hint", hint)]);
        granted.browser.get(&silent(&own)).await.code();
        assert_eq!(granted.browser.get(&silent(&theirs)).await.error(), "login_required");
        assert_eq!(app.browser().get(&silent(&own)).await.error(), "login_required");

        let hinted = client.authorization(&[("id_token_hint", &theirs)]);
        assert_asks_to_sign_in(&granted.browser.get(&hinted).await, "somebody else is meant");
        let wrong = granted.browser.clone().sign_in(&hinted, PERSON).await;
        assert_eq!(wrong.error(), "login_required");
        granted.browser.sign_in(&hinted, "odupont").await.code();
    }

    async fn a_hint_of_another_client_is_refused(app: App) {
        let mut granted = grant(&app, "app", "openid").await;
        let post = app.client("post");
        let hinted = post.authorization(&[("prompt", "none"), ("id_token_hint", &granted.id_token())]);
        assert_eq!(granted.browser.get(&hinted).await.error(), "invalid_request");
    }

    async fn a_journey_counts_only_in_the_browser_that_began_it(app: App) {
        app.person(PERSON).await;
        let client = app.client("app");
        let mut mine = app.browser();
        let page = mine.get(&client.authorization(&[])).await;
        let mut theirs = app.browser();
        theirs.sign_in(&client.authorization(&[]), PERSON).await;
        for browser in [&mut app.browser(), &mut theirs] {
            for path in
                ["/sign-in", "/sign-in/external", "/sign-in/staff", "/first-sign-in", "/consent", RESUME]
            {
                assert_problem_page(&browser.get(&on_the_same_journey(&page, path)).await, path);
            }
            let credentials = [("username", PERSON), ("password", PASSWORD)];
            let posted = browser.post(&on_the_same_journey(&page, "/sign-in/external"), &credentials).await;
            assert_problem_page(&posted, "posted");
            let allowed =
                browser.post(&on_the_same_journey(&page, "/consent"), &[("decision", "allow")]).await;
            assert_problem_page(&allowed, "allowed");
        }
        // A sealed journey that was touched is nobody's.
        let good = on_the_same_journey(&page, RESUME);
        for touched in
            [format!("{good}A"), good[..good.len() - 1].to_owned(), good.replacen("journey=", "journey=A", 1)]
        {
            assert_problem_page(&mine.get(&touched).await, &touched);
        }
        assert_asks_to_sign_in(&mine.get(&good).await, "untouched");
    }

    async fn a_journey_older_than_twenty_hours_is_over(app: App) {
        app.person(PERSON).await;
        let client = app.client("app");
        let mut browser = app.browser();
        let page = browser.get(&client.authorization(&[])).await;
        app.wait(20 * 3600);
        assert_eq!(browser.get(&on_the_same_journey(&page, "/sign-in")).await.status, 200);
        let form = browser.get(&on_the_same_journey(&page, "/sign-in/external")).await;
        app.wait(1);
        for path in ["/sign-in", "/sign-in/external", "/consent", RESUME] {
            assert_problem_page(&browser.get(&on_the_same_journey(&page, path)).await, path);
        }
        let credentials = [("username", PERSON), ("password", PASSWORD)];
        assert_problem_page(&browser.post(&form.form_action(), &credentials).await, "posted");
        assert_eq!(app.count("SELECT COUNT(*) FROM browser_session").await, 0);
    }

    async fn going_on_without_signing_in_leads_back_to_the_sign_in(app: App) {
        let client = app.client("app");
        let mut browser = app.browser();
        let page = browser.get(&client.authorization(&[])).await;
        for path in [RESUME, "/consent"] {
            let page = browser.open(&on_the_same_journey(&page, path)).await;
            assert!(page.address.starts_with("/sign-in?journey="), "{}", page.address);
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM oauth_grant").await, 0);
    }
}
