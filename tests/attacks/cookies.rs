//! The cookies that wait for an upstream's answer: bounded together, and never mixed up.

use super::scene::{come_back, forget_session, with_arena};
use crate::support::app::START;

/// What a browser may send us in all (the guard refuses headers over 32 KiB).
const ROOM: usize = 24 * 1024;

#[tokio::test]
async fn links_of_a_stranger_never_fill_the_cookies() {
    let (app, _arena) = with_arena().await;
    let mut browser = app.browser();
    let state = "x".repeat(6_000);
    for _ in 0..12 {
        browser.open(&app.client("app").authorization(&[("idp_hint", "staff"), ("state", &state)])).await;
        let size: usize = browser.cookies.iter().map(|(name, value)| name.len() + value.len() + 3).sum();
        assert!(size < ROOM, "{size} bytes of cookies");
    }
    assert_eq!(browser.open("/").await.status, 200);
}

#[tokio::test]
async fn what_a_longer_journey_left_behind_does_not_spoil_a_shorter_one() {
    let (app, arena) = with_arena().await;
    let mut browser = app.browser();
    let client = app.client("app");
    let state = "x".repeat(5_000);
    // Both must come to lie in the same slot, which one round in four brings about.
    for round in 0..30 {
        browser.open(&client.authorization(&[("idp_hint", "staff"), ("state", &state)])).await;
        let away = browser.open(&client.authorization(&[("idp_hint", "staff")])).await;
        let back = come_back(&mut browser, &arena, &away, START).await;
        assert!(back.location().is_some(), "round {round}: {} {}", back.status, back.body);
        forget_session(&mut browser);
    }
}
