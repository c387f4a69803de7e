//! What is left of a sign-in: nothing after a sign-out, enough for a silent one before.

use std::time::Duration;

use crate::browser::{BrowserTools, Language};
use crate::handles::{
    APP_GREETING, APP_SESSION_COOKIE, APP_SIGN_IN, APP_SIGN_OUT, Door, LOGOUT_CONFIRM, PASSWORD,
    SESSION_PATH, SHEETS_PATH, SIGN_OUT_PATH,
};
use crate::journey::Journey;

#[tokio::test]
async fn app_that_forgot_its_session_gets_the_person_back_silently() {
    let Some(tools) = BrowserTools::find() else { return };
    for language in Language::ALL {
        let journey = Journey::begin("silent sign-in", language, &tools).await;
        for (door, case) in [(Door::External, "external"), (Door::Staff, "academy_staff")] {
            journey.go_to_door(door).await;
            journey.sign_in_as(journey.story.person(case)).await;
            journey.arrive_at_sheets().await;
            let greeting = journey.browser.text_of(APP_GREETING).await;
            let (_, port) = journey.story.expense_app.rsplit_once(':').unwrap();
            let cookie = format!("{APP_SESSION_COOKIE}-{}", port.trim_end_matches('/'));
            journey.browser.forget_cookie(&cookie).await;
            // Nobody touches anything now: prompt=none is all that can bring the sheets.
            journey.browser.visit(journey.app(SHEETS_PATH)).await;
            journey.arrive_at_sheets().await;
            assert_eq!(journey.browser.text_of(APP_GREETING).await, greeting);
            journey.sign_out().await;
        }
        journey.end();
    }
}

#[tokio::test]
async fn signing_out_leaves_nothing_for_a_silent_sign_in() {
    let Some(tools) = BrowserTools::find() else { return };
    for language in Language::ALL {
        let mut journey = Journey::begin("sign-out", language, &tools).await;
        journey.go_to_door(Door::External).await;
        journey.sign_in_as(journey.story.person("external")).await;
        journey.arrive_at_sheets().await;
        journey.sign_out().await;
        journey.look("app signed out").await;
        // Without a session of its own the app asks silently: were one left at Guichet, the sheets would come.
        journey.browser.visit(journey.app(SHEETS_PATH)).await;
        journey.browser.see(APP_SIGN_IN).await;
        assert!(!journey.browser.address().await.contains(SHEETS_PATH));
        journey.end();
    }
}

#[tokio::test]
async fn person_without_an_app_sees_their_session_and_ends_it() {
    let Some(tools) = BrowserTools::find() else { return };
    for language in Language::ALL {
        let mut journey = Journey::begin("own session", language, &tools).await;
        journey.browser.visit(journey.guichet(SESSION_PATH)).await;
        journey.browser.click(Door::External.link()).await;
        journey.sign_in_as(journey.story.person("external")).await;
        journey.browser.see("main form[action='/logout']").await;
        journey.look("session open").await;
        journey.browser.visit(journey.guichet(SIGN_OUT_PATH)).await;
        journey.browser.see(LOGOUT_CONFIRM).await;
        journey.look("sign-out asked").await;
        journey.browser.click(LOGOUT_CONFIRM).await;
        journey.browser.see("main:not(:has(#logout-confirm)) h1").await;
        journey.look("signed out").await;
        journey.browser.visit(journey.guichet(SESSION_PATH)).await;
        journey.browser.see(Door::External.link()).await;
        journey.end();
    }
}

#[tokio::test]
async fn signing_out_at_guichet_signs_out_of_the_app() {
    let Some(tools) = BrowserTools::find() else { return };
    for language in Language::ALL {
        let journey = Journey::begin("sign-out everywhere", language, &tools).await;
        journey.go_to_door(Door::External).await;
        journey.sign_in_as(journey.story.person("external")).await;
        journey.arrive_at_sheets().await;
        journey.browser.visit(journey.guichet(SIGN_OUT_PATH)).await;
        journey.browser.click(LOGOUT_CONFIRM).await;
        journey.browser.see("main:not(:has(#logout-confirm)) h1").await;
        // The app hears of it from server to server, within a moment.
        let told = async {
            while {
                journey.browser.visit(journey.app(SHEETS_PATH)).await;
                journey.browser.has(APP_SIGN_OUT).await
            } {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), told).await.expect("the app's session ends");
        journey.browser.see(APP_SIGN_IN).await;
        journey.end();
    }
}

#[tokio::test]
async fn staff_who_sign_out_are_signed_out_at_arena_too() {
    let Some(tools) = BrowserTools::find() else { return };
    for language in Language::ALL {
        let journey = Journey::begin("sign-out at arena", language, &tools).await;
        journey.go_to_door(Door::Staff).await;
        journey.sign_in_as(journey.story.person("academy_staff")).await;
        journey.arrive_at_sheets().await;
        // Through Guichet and ARENA, and back to the app.
        journey.sign_out().await;
        journey.go_to_door(Door::Staff).await;
        journey.browser.arrive_at(&journey.story.arena).await;
        journey.browser.see(PASSWORD).await;
        journey.sign_in_as(journey.story.person("academy_staff")).await;
        journey.arrive_at_sheets().await;
        // By Guichet's own page, which goes on by itself and ends at Guichet.
        journey.browser.visit(journey.guichet(SIGN_OUT_PATH)).await;
        journey.browser.click(LOGOUT_CONFIRM).await;
        journey.browser.arrive_at(&journey.guichet("/logout/returned")).await;
        journey.end();
    }
}
