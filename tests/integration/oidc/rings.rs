//! Tokens given and sessions ended at the same moment: nobody waits in a ring, and what ended has ended.

use std::time::Duration;

use guichet::database::Engine;
use sqlx::AssertSqlSafe;
use tokio::time::sleep;

use super::{PERSON, grant, grant_again, refusal};
use crate::on_both_engines;
use crate::support::App;
use crate::support::app::PASSWORD;
use crate::support::client::Answer;

/// How long another one has to come as far as it can.
const MOMENT: Duration = Duration::from_millis(700);
/// A statement that locks every session as its end does, so that not even a reference to it is made meanwhile.
const LOCK: &str = "UPDATE browser_session SET id_hash = id_hash || '-'";
const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// Ends every session in a transaction that has locked them before `ask` is asked; gives the answer.
async fn while_sessions_end(app: &App, ask: impl Future<Output = Answer> + Send + 'static) -> Answer {
    let mut ending = app.database.write().await.unwrap();
    sqlx::query(AssertSqlSafe(LOCK)).execute(&mut *ending).await.unwrap();
    let answer = tokio::spawn(ask);
    sleep(MOMENT).await;
    sqlx::query("DELETE FROM browser_session").execute(&mut *ending).await.expect("no ring");
    ending.commit().await.unwrap();
    answer.await.unwrap()
}

/// Refreshes, and has others change the database between the moment at which the grant was read and that of its use.
async fn refreshed_meanwhile(app: &App, meanwhile: &str) -> Answer {
    let granted = grant_again(app, "app", "openid").await;
    let mut quicker = app.database.write().await.unwrap();
    for change in meanwhile.split(';') {
        sqlx::query(AssertSqlSafe(change)).execute(&mut *quicker).await.unwrap();
    }
    let (client, token) = (granted.client.clone(), granted.refresh_token());
    let answer = tokio::spawn(async move { client.refresh(&token).await });
    sleep(MOMENT).await;
    quicker.commit().await.unwrap();
    answer.await.unwrap()
}

on_both_engines! {
    async fn whoever_was_overtaken_gets_what_the_quicker_one_got_or_nothing(app: App) {
        const MOVED: &str = "UPDATE oauth_grant SET generation = generation + 1, rotated_at = redeemed_at";
        app.person(PERSON).await;
        assert_eq!(refreshed_meanwhile(&app, MOVED).await.status, 200);
        let twice = refreshed_meanwhile(&app, &format!("{MOVED};{MOVED}")).await;
        assert_eq!(refusal(&twice), (400, "invalid_grant".to_owned()), "two were quicker");
        let ended = refreshed_meanwhile(&app, &format!("{MOVED};UPDATE account SET disabled_at = 1")).await;
        assert_eq!(refusal(&ended), (400, "invalid_grant".to_owned()), "the person was disabled");
    }

    async fn a_refresh_and_the_end_of_its_session_do_not_wait_for_each_other(app: App) {
        let granted = grant(&app, "app", "openid").await;
        // The session's use is to be noted.
        app.wait(90);
        let (client, token) = (granted.client.clone(), granted.refresh_token());
        let answer = while_sessions_end(&app, async move { client.refresh(&token).await }).await;
        assert!(matches!(answer.status.as_u16(), 200 | 400), "{} {}", answer.status, answer.json);
        if app.database.engine() == Engine::Sqlite {
            // One writer at a time: the session ended first, though the refresh had read it before.
            assert_eq!(refusal(&answer), (400, "invalid_grant".to_owned()));
        }
        // Whoever was first, it has ended now.
        assert_eq!(granted.client.userinfo(&granted.access_token()).await.status, 401);
        let token = answer.json["refresh_token"].as_str().map_or(granted.refresh_token(), str::to_owned);
        assert_eq!(refusal(&granted.client.refresh(&token).await), (400, "invalid_grant".to_owned()));
    }

    async fn a_code_and_the_end_of_its_session_do_not_wait_for_each_other(app: App) {
        let mut granted = grant(&app, "app", "openid").await;
        let code = granted.browser.get(&granted.client.authorization(&[])).await.code();
        app.sql("UPDATE browser_session SET last_used_at = last_used_at - 90 WHERE sid <> $1", "").await;
        let client = granted.client.clone();
        let answer = while_sessions_end(&app, async move { client.redeem_code(&code).await }).await;
        assert!(matches!(answer.status.as_u16(), 200 | 400), "{} {}", answer.status, answer.json);
        assert_eq!(granted.client.userinfo(&granted.access_token()).await.status, 401);
    }

    async fn a_device_and_the_end_of_its_session_do_not_wait_for_each_other(app: App) {
        app.person(PERSON).await;
        let client = app.client("tv");
        let begun = client.post("/device_authorization", &[("scope", "openid")]).await;
        let mut browser = app.browser();
        let form = browser.get("/device").await;
        let choice = browser.submit(&form.form_action(), &[("user_code", &begun.text("user_code"))]).await;
        let door = browser.open(&choice.link_to("/sign-in/external")).await;
        let page = browser.submit(&door.form_action(), &[("username", PERSON), ("password", PASSWORD)]).await;
        let done = browser.post(&page.form_action(), &[("decision", "allow")]).await;
        assert_eq!(done.status, 200, "{}", done.body);
        let poller = client.clone();
        let poll = async move {
            poller.token(&[("grant_type", DEVICE_GRANT), ("device_code", &begun.text("device_code"))]).await
        };
        let answer = while_sessions_end(&app, poll).await;
        assert_eq!(refusal(&answer), (400, "invalid_grant".to_owned()), "its session ended first");
    }

    async fn a_device_outlives_the_session_in_which_it_was_let_in_only_where_that_was_granted(app: App) {
        let app = app.restarted_with(|settings| settings.sessions.idle = Duration::from_mins(5)).await;
        app.person(PERSON).await;
        for (scope, status) in [("openid", 400), ("openid offline_access", 200)] {
            let client = app.client("tv");
            let begun = client.post("/device_authorization", &[("scope", scope)]).await;
            let mut browser = app.browser();
            browser.sign_in(&app.client("app").authorization(&[]), PERSON).await.code();
            let page = browser.submit("/device", &[("user_code", &begun.text("user_code"))]).await;
            let done = browser.post(&page.form_action(), &[("decision", "allow")]).await;
            assert_eq!(done.status, 200, "{}", done.body);
            app.wait(301);
            let answer = client.token(&[("grant_type", DEVICE_GRANT), ("device_code", &begun.text("device_code"))]).await;
            assert_eq!(answer.status.as_u16(), status, "{scope}: {}", answer.json);
        }
    }

    async fn a_withdrawal_and_the_end_of_its_session_do_not_wait_for_each_other(app: App) {
        app.person(PERSON).await;
        let client = app.client("third");
        let mut browser = app.browser();
        let asked = browser.sign_in(&client.authorization(&[]), PERSON).await;
        let back = browser.submit(&asked.form_action(), &[("decision", "allow")]).await;
        assert_eq!(client.redeem(&back).await.status, 200);
        let first = app.count("SELECT COUNT(*) FROM oauth_grant").await;
        app.sql("UPDATE oauth_grant SET nonce = $1", "first").await;
        let again = browser.get(&client.authorization(&[])).await;
        assert_eq!((first, client.redeem(&again).await.status.as_u16()), (1, 200));
        let session = browser.get("/account").await.hidden("session");
        // The session ends: it has come as far as the later grant when the withdrawal begins.
        let mut ending = app.database.write().await.unwrap();
        sqlx::query(AssertSqlSafe(LOCK)).execute(&mut *ending).await.unwrap();
        sqlx::query("UPDATE oauth_grant SET sid = NULL WHERE nonce <> 'first'").execute(&mut *ending).await.unwrap();
        let withdrawal = tokio::spawn(async move {
            browser.post("/account/consents/withdraw", &[("session", &session), ("client", "third")]).await
        });
        sleep(MOMENT).await;
        sqlx::query("DELETE FROM browser_session").execute(&mut *ending).await.expect("no ring");
        ending.commit().await.unwrap();
        let done = withdrawal.await.unwrap();
        assert_eq!(done.location().as_deref(), Some("/account?done=consent"), "{} {}", done.status, done.body);
        assert_eq!(app.count("SELECT COUNT(*) FROM oauth_grant WHERE revoked_at IS NULL").await, 0);
    }

    async fn a_refresh_keeps_the_session_in_use(app: App) {
        let granted = grant(&app, "app", "openid").await;
        let noted = async || app.count("SELECT last_used_at FROM browser_session").await;
        let before = noted().await;
        app.wait(59);
        let second = granted.client.refresh(&granted.refresh_token()).await;
        assert_eq!((second.status.as_u16(), noted().await), (200, before), "not every time");
        app.wait(1);
        let third = granted.client.refresh(&second.text("refresh_token")).await;
        assert_eq!((third.status.as_u16(), noted().await), (200, before + 60));
    }
}
