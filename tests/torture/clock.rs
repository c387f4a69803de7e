//! Clocks moved by hours and by months, both ways: what is done then works, what was done before meets no fault, and the right
//! clock finds everything in order again.

use crate::calls::driver;
use crate::own_postgres::new_database;
use crate::support::app::PASSWORD;
use crate::support::browser::Page;
use crate::support::client::Answer;
use crate::support::{App, Browser};

const HOUR: i64 = 3_600;
/// By how much clocks are wrong. The last ones are beyond any life that something has.
const JUMPS: [i64; 10] = [
    HOUR,
    -HOUR,
    7 * HOUR,
    -7 * HOUR,
    30 * HOUR,
    -30 * HOUR,
    40 * 24 * HOUR,
    -40 * 24 * HOUR,
    100 * 24 * HOUR,
    -100 * 24 * HOUR,
];

async fn signs_in(app: &App, person: &str, when: &str) -> (Browser, Page) {
    let authorization = app.client("app").authorization(&[("scope", "openid offline_access")]);
    let mut browser = app.browser();
    let form = browser.password_form(&authorization).await;
    let back = browser.submit(&form.form_action(), &[("username", person), ("password", PASSWORD)]).await;
    assert!(back.location().is_some_and(|to| to.contains("code=")), "{when}: {} {}", back.status, back.body);
    (browser, back)
}

/// All that a person and an application do, at a node with this clock.
async fn everything_works(app: &App, person: &str, when: &str) -> (Browser, Answer) {
    let client = app.client("app");
    let (_, back) = signs_in(app, person, when).await;
    let tokens = client.redeem(&back).await;
    assert_eq!(tokens.status, 200, "{when}: {}", tokens.body);
    let access = tokens.text("access_token");
    assert_eq!(client.userinfo(&access).await.status, 200, "{when}");
    assert_eq!(client.introspect(&access).await.json["active"], true, "{when}");
    let refreshed = client.refresh(&tokens.text("refresh_token")).await;
    assert_eq!(refreshed.status, 200, "{when}: {}", refreshed.body);
    assert_eq!(client.userinfo(&refreshed.text("access_token")).await.status, 200, "{when}");
    assert_eq!(client.redeem(&back).await.status, 400, "{when}: a code counted twice");
    // Another sign-in, which stays.
    let (browser, back) = signs_in(app, person, when).await;
    let tokens = client.redeem(&back).await;
    assert_eq!(tokens.status, 200, "{when}: {}", tokens.body);
    (browser, tokens)
}

async fn nothing_is_a_fault(app: &App, browser: &Browser, tokens: &Answer, when: &str) {
    let client = app.client("app");
    for status in [
        browser.at(app).get("/").await.status,
        browser.at(app).get("/account").await.status,
        browser.at(app).get(&client.authorization(&[("prompt", "none")])).await.status,
        client.userinfo(&tokens.text("access_token")).await.status,
        client.introspect(&tokens.text("refresh_token")).await.status,
    ] {
        assert!(!status.is_server_error(), "{when}: {status}");
    }
}

async fn clocks_jump(app: App) {
    for jump in JUMPS {
        let when = format!("{} hours off", jump / HOUR);
        // A day has 25 slips for everybody, whatever the clock.
        let person = &format!("elefevre{jump}");
        app.person(person).await;
        let before = everything_works(&app, person, "at the right time").await;
        let wrong = app.another_node_off_by(jump).await;
        wrong.keys.turn().await.expect("keys are looked after");
        nothing_is_a_fault(&wrong, &before.0, &before.1, &when).await;
        let during = everything_works(&wrong, person, &when).await;
        // A slip there keeps nobody out here.
        let mut stranger = wrong.browser();
        let form = stranger.password_form(&wrong.client("app").authorization(&[])).await;
        for _ in 0..6 {
            let fields = [("username", person.as_str()), ("password", "Wrong-Horse-7")];
            let page = stranger.post(&form.form_action(), &fields).await;
            assert!(!page.status.is_server_error(), "{when}: {}", page.body);
        }
        wrong.janitor.sweep().await.expect("a sweep with the wrong time");
        app.keys.turn().await.expect("keys are looked after");
        // Whoever waited for those slips waits no longer than the rule says: a hundred minutes.
        app.wait(2 * 3_600);
        nothing_is_a_fault(&app, &during.0, &during.1, &when).await;
        signs_in(&app, person, &when).await;
    }
}

#[tokio::test]
async fn clocks_that_jump_break_nothing_on_sqlite() {
    driver::install();
    clocks_jump(App::start(None).await).await;
}

#[tokio::test]
async fn clocks_that_jump_break_nothing_on_postgres() {
    driver::install();
    let Some(database) = new_database().await else { return };
    clocks_jump(App::start(Some(database.to_string())).await).await;
}
