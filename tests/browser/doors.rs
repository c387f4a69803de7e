//! The three doors, and what happens before them.

use crate::browser::{BrowserTools, Language};
use crate::handles::{
    APP_IDENTIFIER, APP_SIGN_IN, DOORS, Door, ELSEWHERE, ELSEWHERE_ADDRESS, EMAIL_LATER, ERROR, NEW_PASSWORD,
    NEW_PASSWORD_SUBMIT, PASSWORD, SHEETS_PATH, UPSTREAM_CONTINUE, UPSTREAM_HINT,
};
use crate::journey::{Journey, give};

/// Good enough for any rule on passwords, and nobody's.
const PERSONAL_PASSWORD: &str = "Quatre mots sans Rapport 57 !";

#[tokio::test]
async fn external_person_signs_in_and_comes_back_to_the_app() {
    let Some(tools) = BrowserTools::find() else { return };
    for language in Language::ALL {
        let mut journey = Journey::begin("external person", language, &tools).await;
        journey.browser.visit(&journey.story.expense_app).await;
        journey.browser.see(APP_SIGN_IN).await;
        journey.look("app home").await;
        journey.browser.click(APP_SIGN_IN).await;
        journey.browser.see(DOORS).await;
        assert!(journey.browser.address().await.starts_with(&journey.story.issuer));
        journey.look("situations").await;
        journey.browser.click(Door::External.link()).await;
        journey.browser.see(PASSWORD).await;
        journey.look("password").await;
        journey.sign_in_as(journey.story.person("external")).await;
        journey.arrive_at_sheets().await;
        let person = journey.story.person("external");
        assert_eq!(journey.browser.text_of(APP_IDENTIFIER).await, person.identifier);
        journey.look("sheets").await;
        journey.end();
    }
}

#[tokio::test]
async fn choice_made_once_is_offered_first_the_next_time() {
    let Some(tools) = BrowserTools::find() else { return };
    let journey = Journey::begin("remembered choice", Language::French, &tools).await;
    journey.go_to_door(Door::External).await;
    journey.sign_in_as(journey.story.person("external")).await;
    journey.arrive_at_sheets().await;
    journey.sign_out().await;
    journey.browser.visit(&journey.story.expense_app).await;
    journey.browser.click(APP_SIGN_IN).await;
    let first = journey.browser.see(DOORS).await.attr("href").await.unwrap();
    assert!(first.as_ref().is_some_and(|href| href.contains("/sign-in/external")), "{first:?} comes first");
    journey.end();
}

#[tokio::test]
async fn temporary_password_is_replaced_before_anything_is_granted() {
    let Some(tools) = BrowserTools::find() else { return };
    for language in Language::ALL {
        let mut journey = Journey::begin("first sign-in", language, &tools).await;
        let newcomer = journey.story.person("external_first_sign_in").clone();
        journey.go_to_door(Door::External).await;
        journey.sign_in_as(&newcomer).await;
        journey.browser.see(NEW_PASSWORD).await;
        journey.look("new password").await;
        journey.browser.visit(journey.app(SHEETS_PATH)).await;
        journey.browser.see(APP_SIGN_IN).await;

        journey.go_to_door(Door::External).await;
        journey.sign_in_as(&newcomer).await;
        journey.browser.type_into(NEW_PASSWORD, "azerty").await;
        journey.browser.click(NEW_PASSWORD_SUBMIT).await;
        journey.browser.see(ERROR).await;
        journey.look("new password refused").await;
        journey.browser.type_into(NEW_PASSWORD, PERSONAL_PASSWORD).await;
        journey.browser.click(NEW_PASSWORD_SUBMIT).await;
        journey.arrive_at_sheets().await;

        journey.sign_out().await;
        journey.go_to_door(Door::External).await;
        journey.sign_in_as(&newcomer).await;
        journey.browser.see(ERROR).await;
        give(&journey.browser, &newcomer.identifier, PERSONAL_PASSWORD).await;
        journey.browser.click(EMAIL_LATER).await;
        journey.arrive_at_sheets().await;
        journey.end();
    }
}

#[tokio::test]
async fn academy_staff_sign_in_at_arena_and_come_back_to_the_app() {
    let Some(tools) = BrowserTools::find() else { return };
    for language in Language::ALL {
        let mut journey = Journey::begin("academy staff", language, &tools).await;
        journey.go_to_door(Door::Staff).await;
        journey.browser.arrive_at(&journey.story.arena).await;
        journey.browser.see(PASSWORD).await;
        journey.look("arena").await;
        journey.sign_in_as(journey.story.person("academy_staff")).await;
        journey.arrive_at_sheets().await;
        journey.look("sheets").await;
        journey.end();
    }
}

#[tokio::test]
async fn juries_of_the_ministry_are_shown_the_way_to_its_site() {
    let Some(tools) = BrowserTools::find() else { return };
    for language in Language::ALL {
        let mut journey = Journey::begin("imagin centrale", language, &tools).await;
        journey.go_to_door(Door::Centrale).await;
        let button = journey.browser.see(ELSEWHERE).await;
        assert_eq!(button.attr("href").await.unwrap().as_deref(), Some(ELSEWHERE_ADDRESS));
        assert!(!journey.browser.has(PASSWORD).await, "a password of the ministry's is never asked for here");
        journey.look("elsewhere").await;
        journey.end();
    }
}

#[tokio::test]
async fn wrong_password_shows_an_error_and_then_the_right_one_signs_in() {
    let Some(tools) = BrowserTools::find() else { return };
    for (language, word) in [(Language::French, "Erreur"), (Language::English, "Error")] {
        let mut journey = Journey::begin("wrong password", language, &tools).await;
        let person = journey.story.person("external").clone();
        journey.go_to_door(Door::External).await;
        give(&journey.browser, &person.identifier, "ce n’est pas lui").await;
        let alert = journey.browser.text_of(ERROR).await;
        assert!(alert.starts_with(word), "{alert}");
        assert!(!alert.contains(&person.identifier), "{alert}");
        journey.look("password refused").await;
        journey.sign_in_as(&person).await;
        journey.arrive_at_sheets().await;
        journey.end();
    }
}

#[tokio::test]
async fn identifier_of_the_academy_brings_staff_to_arena_before_their_password_is_read() {
    let Some(tools) = BrowserTools::find() else { return };
    for language in Language::ALL {
        let mut journey = Journey::begin("academy identifier", language, &tools).await;
        journey.go_to_door(Door::External).await;
        give(&journey.browser, "jean.dupont@ac-lyon.fr", "un mot de passe").await;
        let hint = journey.browser.text_of(UPSTREAM_HINT).await;
        let (title, _) = hint.split_once('\n').unwrap();
        assert!(title.ends_with("ARENA"), "{title}");
        assert!(!journey.browser.has(ERROR).await, "nothing was tried, so nothing failed");
        journey.look("arena hinted").await;
        journey.browser.click(UPSTREAM_CONTINUE).await;
        journey.browser.arrive_at(&journey.story.arena).await;
        journey.sign_in_as(journey.story.person("academy_staff")).await;
        journey.arrive_at_sheets().await;
        journey.end();
    }
}
