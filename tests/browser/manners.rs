//! Ways to use the pages: without scripts, without a mouse.

use thirtyfour::prelude::Key;

use crate::browser::{BrowserTools, Language};
use crate::handles::{
    APP_CALLBACK_PATH, APP_IDENTIFIER, APP_SIGN_IN, APP_SIGN_OUT, Door, ERROR, LOGIN_SUBMIT, NEW_PASSWORD,
    NEW_PASSWORD_SUBMIT, PASSWORD, POST_ANSWER, SHOW_PASSWORD, USERNAME,
};
use crate::journey::{Journey, give};

#[tokio::test]
async fn everything_works_without_scripts() {
    let Some(tools) = BrowserTools::find() else { return };
    for language in Language::ALL {
        let journey = Journey::begin("no scripts", language, &tools).await;
        let browser = &journey.browser;
        browser.without_scripts().await;
        journey.go_to_door(Door::External).await;
        browser.see(PASSWORD).await;
        assert!(!browser.has("html.scripted").await, "a script ran");
        let box_that_does_nothing = browser.shows(SHOW_PASSWORD).await;
        assert!(!box_that_does_nothing, "a box is offered that only a script could obey");
        let person = journey.story.person("external");
        give(browser, &person.identifier, "ce n’est pas lui").await;
        browser.see(ERROR).await;
        journey.sign_in_as(person).await;
        journey.arrive_at_sheets().await;
        assert_eq!(browser.text_of(APP_IDENTIFIER).await, person.identifier);
        journey.sign_out().await;

        journey.go_to_door(Door::External).await;
        journey.sign_in_as(journey.story.person("external_first_sign_in")).await;
        browser.type_into(NEW_PASSWORD, "Quatre mots sans Rapport 57 !").await;
        browser.click(NEW_PASSWORD_SUBMIT).await;
        journey.arrive_at_sheets().await;
        journey.sign_out().await;

        journey.go_to_door(Door::Staff).await;
        journey.sign_in_as(journey.story.person("academy_staff")).await;
        journey.arrive_at_sheets().await;
        assert!(!browser.has("html.scripted").await, "a script ran");
        journey.end();
    }
}

#[tokio::test]
async fn keyboard_alone_signs_in_and_out() {
    let Some(tools) = BrowserTools::find() else { return };
    for language in Language::ALL {
        let journey = Journey::begin("keyboard", language, &tools).await;
        let browser = &journey.browser;
        let person = journey.story.person("external");
        browser.visit(&journey.story.expense_app).await;
        browser.tab_to(APP_SIGN_IN).await;
        browser.press(Key::Enter).await;
        browser.tab_to(Door::External.link()).await;
        browser.press(Key::Enter).await;

        browser.tab_to(USERNAME).await;
        browser.press(person.identifier.as_str()).await;
        browser.tab_to(PASSWORD).await;
        browser.press("ce n’est pas lui").await;
        browser.tab_to(SHOW_PASSWORD).await;
        browser.press(Key::Space).await;
        browser.see("#password[type='text']").await;
        browser.tab_to(LOGIN_SUBMIT).await;
        browser.press(Key::Enter).await;

        // The error has the focus: what comes next is the form, already filled in but for the password.
        browser.see(ERROR).await;
        assert!(browser.has(&format!("{ERROR}:focus")).await, "the error is not where the keyboard is");
        browser.tab_to(PASSWORD).await;
        browser.press(person.password.as_str()).await;
        browser.press(Key::Enter).await;
        journey.arrive_at_sheets().await;

        browser.tab_to(APP_SIGN_OUT).await;
        browser.press(Key::Enter).await;
        browser.arrive_at(&journey.app("/signed-out")).await;
        journey.end();
    }
}

#[tokio::test]
async fn first_tab_stop_leads_past_the_header() {
    let Some(tools) = BrowserTools::find() else { return };
    let journey = Journey::begin("skip link", Language::French, &tools).await;
    journey.go_to_door(Door::External).await;
    journey.browser.see(PASSWORD).await;
    journey.browser.press(Key::Tab).await;
    assert!(journey.browser.has("a[href='#content']:focus").await, "the first stop is no skip link");
    journey.browser.press(Key::Enter).await;
    journey.browser.press(Key::Tab).await;
    assert!(journey.browser.has("main *:focus").await, "the skip link does not lead into the page");
    journey.end();
}

#[tokio::test]
async fn answer_goes_to_the_application_by_itself_or_by_a_button() {
    let Some(tools) = BrowserTools::find() else { return };
    let language = Language::French;
    let journey = Journey::begin("posted answer", language, &tools).await;
    let browser = &journey.browser;
    // The application takes no posted answers; the browser gets there all the same, on another origin.
    let callback = journey.app(APP_CALLBACK_PATH);
    // The challenge is the one of RFC 7636, appendix B.
    let request = journey.guichet(&format!(
        "/authorize?client_id=etats-de-frais&response_type=code&response_mode=form_post&scope=openid&\
         code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256&\
         redirect_uri={callback}"
    ));
    browser.visit(&request).await;
    browser.click(Door::External.link()).await;
    journey.sign_in_as(journey.story.person("external")).await;
    browser.arrive_at(&callback).await;

    browser.without_scripts().await;
    browser.visit(&request).await;
    browser.click(POST_ANSWER).await;
    browser.arrive_at(&callback).await;
    journey.end();
}
