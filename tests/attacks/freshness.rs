//! `prompt=login` and `max_age` against a session upstream that is older than they allow.

use super::scene::{forget_session, through_arena, with_arena};
use crate::support::app::START;
use crate::support::client::claims;

#[tokio::test]
async fn a_silent_sign_in_of_one_journey_is_no_new_sign_in_for_another() {
    let (app, arena) = with_arena().await;
    let client = app.client("app");
    let mut browser = app.browser();
    let demanding = browser.get(&client.authorization(&[("prompt", "login")])).await;
    let plain = client.authorization(&[("idp_hint", "staff")]);
    assert!(!through_arena(&mut browser, &arena, &plain, START).await.code().is_empty());
    let resume = demanding.location().expect("the sign-in").replace("/sign-in?", "/authorize/resume?");
    let page = browser.open(&resume).await;
    assert!(
        !page.location().is_some_and(|to| to.starts_with("https://app.example")),
        "{:?}",
        page.location()
    );
}

#[tokio::test]
async fn max_age_is_asked_of_the_upstream_too() {
    let (app, arena) = with_arena().await;
    let authorization = app.client("app").authorization(&[("idp_hint", "staff"), ("max_age", "60")]);
    let mut browser = app.browser();
    let away = browser.open(&authorization).await;
    assert_eq!(away.redirect_parameters().get("max_age").map(String::as_str), Some("60"));
    let page = super::scene::come_back(&mut browser, &arena, &away, START - 3_600).await;
    assert_eq!((page.status.as_u16(), page.location()), (502, None));
}

#[tokio::test]
async fn auth_time_is_that_of_the_sign_in_upstream() {
    let (app, arena) = with_arena().await;
    let client = app.client("app");
    let plain = client.authorization(&[("idp_hint", "staff")]);
    let mut browser = app.browser();
    let back = through_arena(&mut browser, &arena, &plain, START - 600).await;
    let tokens = client.redeem(&back).await;
    assert_eq!(claims(&tokens.text("id_token"))["auth_time"], START - 600);
    let late = browser.open(&client.authorization(&[("idp_hint", "staff"), ("max_age", "300")])).await;
    assert_eq!(late.redirect_parameters().get("prompt").map(String::as_str), Some("login"));
    // A clock upstream that is ahead of ours never makes a sign-in of the future.
    forget_session(&mut browser);
    let back = through_arena(&mut browser, &arena, &plain, START + 20).await;
    assert_eq!(claims(&client.redeem(&back).await.text("id_token"))["auth_time"], START);
}
