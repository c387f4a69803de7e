//! Third parties ask, and what people answer is remembered (Core §3.1.2.4).

use std::time::Duration;

use guichet::database::Engine;
use tokio::time::sleep;

use super::{PERSON, assert_problem_page, on_the_same_journey};
use crate::on_both_engines;
use crate::support::app::PASSWORD;
use crate::support::browser::Page;
use crate::support::{Browser, Client};

fn is_consent(page: &Page) -> bool {
    page.status == 200 && page.address.starts_with("/consent?journey=")
}

async fn answer(browser: &mut Browser, page: &Page, decision: &str) -> Page {
    assert!(is_consent(page), "{} {}", page.address, page.body);
    browser.submit(&page.form_action(), &[("decision", decision)]).await
}

/// Signs in for the third party and comes to the page that asks.
async fn asked(browser: &mut Browser, client: &Client, scope: &str) -> Page {
    let page = browser.sign_in(&client.authorization(&[("scope", scope)]), PERSON).await;
    assert!(is_consent(&page), "{} {}", page.address, page.body);
    page
}

/// How long another one has to come as far as it can.
const MOMENT: Duration = Duration::from_millis(700);

on_both_engines! {
    async fn no_code_is_given_upon_a_consent_that_was_withdrawn_meanwhile(app: App) {
        app.person(PERSON).await;
        let client = app.client("third");
        let mut browser = app.browser();
        for lost in ["DELETE FROM consent", "UPDATE consent SET scope = 'openid'"] {
            let page = asked(&mut browser, &client, "openid profile").await;
            answer(&mut browser, &page, "allow").await.code();
            let silent = client.authorization(&[("scope", "openid profile"), ("prompt", "none")]);
            browser.get(&silent).await.code();
            // At another node the consent is being withdrawn, up to what was granted upon it.
            let mut withdrawal = app.database.write().await.unwrap();
            sqlx::query("UPDATE account SET updated_at = updated_at").execute(&mut *withdrawal).await.unwrap();
            if app.database.engine() == Engine::Postgres {
                sqlx::query("LOCK TABLE oauth_grant IN EXCLUSIVE MODE").execute(&mut *withdrawal).await.unwrap();
            }
            let asking = {
                let mut browser = browser.clone();
                tokio::spawn(async move { browser.get(&silent).await })
            };
            sleep(MOMENT).await;
            sqlx::query(lost).execute(&mut *withdrawal).await.unwrap();
            sqlx::query("UPDATE oauth_grant SET revoked_at = 1").execute(&mut *withdrawal).await.unwrap();
            withdrawal.commit().await.unwrap();
            assert_eq!(asking.await.unwrap().error(), "consent_required", "{lost}");
            assert_eq!(app.count("SELECT COUNT(*) FROM oauth_grant WHERE revoked_at IS NULL").await, 0, "{lost}");
            app.sql("DELETE FROM browser_session WHERE sid <> $1", "").await;
        }
    }

    async fn whoever_allows_two_requests_at_once_has_allowed_both(app: App) {
        app.person(PERSON).await;
        let client = app.client("third");
        let mut browser = app.browser();
        let first = asked(&mut browser, &client, "openid email").await;
        let second = browser.open(&client.authorization(&[("scope", "openid profile")])).await;
        assert!(is_consent(&second));
        let answers = [first, second].map(|page| {
            let mut browser = browser.clone();
            async move { answer(&mut browser, &page, "allow").await }
        });
        for back in futures_util::future::join_all(answers).await {
            back.code();
        }
        browser.get(&client.authorization(&[("scope", "openid profile email"), ("prompt", "none")])).await.code();
    }

    async fn consent_is_asked_once_per_set_of_scopes(app: App) {
        app.person(PERSON).await;
        let client = app.client("third");
        let mut browser = app.browser();
        let page = asked(&mut browser, &client, "openid email").await;
        assert!(page.body.contains("Tiers") && page.body.contains("Élodie Lefèvre"), "{}", page.body);
        let back = answer(&mut browser, &page, "allow").await;
        assert_eq!(client.redeem(&back).await.text("scope"), "openid email");

        for within in ["openid email", "openid", "email openid"] {
            browser.get(&client.authorization(&[("scope", within)])).await.code();
        }
        let more = client.authorization(&[("scope", "openid profile")]);
        let page = browser.open(&more).await;
        let back = answer(&mut browser, &page, "allow").await;
        assert_eq!(client.redeem(&back).await.text("scope"), "openid profile");
        // Both answers are remembered, in another browser too.
        let all = client.authorization(&[("scope", "openid profile email")]);
        browser.get(&all).await.code();
        app.browser().sign_in(&all, PERSON).await.code();
    }

    async fn a_first_party_asks_nothing(app: App) {
        app.person(PERSON).await;
        let client = app.client("app");
        let back =
            app.browser().sign_in(&client.authorization(&[("scope", "openid email phone")]), PERSON).await;
        back.code();
        assert_eq!(app.count("SELECT COUNT(*) FROM consent").await, 0);
    }

    async fn denied_is_told_and_not_remembered(app: App) {
        app.person(PERSON).await;
        let client = app.client("third");
        let mut browser = app.browser();
        let page = asked(&mut browser, &client, "openid").await;
        let back = answer(&mut browser, &page, "deny").await;
        assert!(back.location().unwrap().starts_with("https://third.example/callback?"));
        let parameters = back.redirect_parameters();
        let member = |name: &str| parameters[name].as_str();
        assert_eq!(
            (member("error"), member("state"), member("iss")),
            ("access_denied", "the-state", "https://id.test")
        );
        assert!(!parameters.contains_key("code"));
        assert_eq!(app.count("SELECT COUNT(*) FROM oauth_grant").await, 0);
        assert!(is_consent(&browser.open(&client.authorization(&[("scope", "openid")])).await));
    }

    async fn nothing_is_asked_silently(app: App) {
        app.person(PERSON).await;
        let client = app.client("third");
        let mut browser = app.browser();
        let page = asked(&mut browser, &client, "openid").await;
        let silent = client.authorization(&[("scope", "openid"), ("prompt", "none")]);
        assert_eq!(browser.get(&silent).await.error(), "consent_required");
        answer(&mut browser, &page, "allow").await.code();
        browser.get(&silent).await.code();
        let more = client.authorization(&[("scope", "openid email"), ("prompt", "none")]);
        assert_eq!(browser.get(&more).await.error(), "consent_required");
    }

    async fn prompt_consent_asks_again_and_of_a_first_party_too(app: App) {
        app.person(PERSON).await;
        let mut browser = app.browser();
        let third = app.client("third");
        let page = asked(&mut browser, &third, "openid").await;
        answer(&mut browser, &page, "allow").await.code();
        for client in [third, app.client("app")] {
            let again = client.authorization(&[("scope", "openid"), ("prompt", "consent")]);
            let page = browser.open(&again).await;
            answer(&mut browser, &page, "allow").await.code();
            assert!(is_consent(&browser.open(&again).await));
        }
        let both = app.client("app").authorization(&[("prompt", "login consent")]);
        let page = browser.sign_in(&both, PERSON).await;
        answer(&mut browser, &page, "allow").await.code();
    }

    async fn an_answer_without_a_decision_changes_nothing(app: App) {
        app.person(PERSON).await;
        let client = app.client("third");
        let mut browser = app.browser();
        let page = asked(&mut browser, &client, "openid").await;
        let action = page.form_action();
        for form in [
            vec![],
            vec![("decision", "")],
            vec![("decision", "ALLOW")],
            vec![("allow", "1")],
            vec![("decision", "deny"), ("decision", "allow")],
            vec![("decision", "allow"), ("decision", "deny")],
        ] {
            assert_problem_page(&browser.post(&action, &form).await, &format!("{form:?}"));
        }
        // Another site's page cannot answer for the person.
        let mut crossed = browser.clone();
        crossed.headers.insert("sec-fetch-site", "cross-site".parse().unwrap());
        assert_eq!(crossed.post(&action, &[("decision", "allow")]).await.status, 403);
        assert_eq!(app.count("SELECT COUNT(*) FROM consent").await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM oauth_grant").await, 0);
    }

    async fn only_who_was_asked_can_answer(app: App) {
        app.person(PERSON).await;
        app.person("odupont").await;
        let client = app.client("third");
        let mut browser = app.browser();
        let page = asked(&mut browser, &client, "openid").await;
        // Somebody else signs in in another tab, and the first tab's button is pressed then.
        browser.sign_in(&app.client("app").authorization(&[("prompt", "login")]), "odupont").await.code();
        let after = browser.submit(&page.form_action(), &[("decision", "allow")]).await;
        assert!(is_consent(&after), "{} {:?}", after.address, after.location());
        assert_eq!(app.count("SELECT COUNT(*) FROM consent").await, 0);
        answer(&mut browser, &after, "allow").await.code();
    }

    async fn an_answer_after_signing_out_leads_to_the_sign_in(app: App) {
        app.person(PERSON).await;
        let client = app.client("third");
        let mut browser = app.browser();
        let page = asked(&mut browser, &client, "openid").await;
        browser.cookies.remove("__Host-guichet-session");
        let after = browser.submit(&page.form_action(), &[("decision", "allow")]).await;
        assert!(after.address.starts_with("/sign-in?journey="), "{}", after.address);
        assert_eq!(app.count("SELECT COUNT(*) FROM consent").await, 0);
        let form = browser.open(&on_the_same_journey(&after, "/sign-in/external")).await;
        let page = browser.submit(&form.form_action(), &[("username", PERSON), ("password", PASSWORD)]).await;
        answer(&mut browser, &page, "allow").await.code();
    }

    async fn the_page_shows_who_asks_and_allows_the_logo_of_that_client_alone(app: App) {
        app.person(PERSON).await;
        let app = app.restarted_with(|settings| {
            let client = settings.clients.iter_mut().find(|client| client.client_id == "third").unwrap();
            client.about.logo_uri = Some("https://img.third.example:8443/logo.svg?a=1".parse().unwrap());
            client.about.policy_uri = Some("https://third.example/privacy".parse().unwrap());
            client.about.tos_uri = Some("https://third.example/terms".parse().unwrap());
        }).await;
        let client = app.client("third");
        let mut browser = app.browser();
        let page = asked(&mut browser, &client, "openid").await;
        for part in [
            "src=\"https://img.third.example:8443/logo.svg?a=1\"",
            "href=\"https://third.example/privacy\"",
            "href=\"https://third.example/terms\"",
            "<dd>third.example</dd>",
        ] {
            assert!(page.body.contains(part), "{part}: {}", page.body);
        }
        let policy = page.header("content-security-policy");
        assert!(policy.contains("img-src 'self' data: https://img.third.example:8443;"), "{policy}");
        let elsewhere = browser.get("/account").await.header("content-security-policy");
        assert!(!elsewhere.contains("third.example"), "{elsewhere}");
    }
}
