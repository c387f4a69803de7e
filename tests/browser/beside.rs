//! Pages beside the way: where something is missing, mistaken or forgotten, each with a step that works.

use crate::browser::{BrowserTools, Language};
use crate::handles::{
    APP_SIGN_IN, ARENA_CALLBACK_PATH, BACK, CASE_NUMBER, DOORS, Door, EMAIL_LATER, FOREIGN_REQUEST_PATH,
    FORGOTTEN, FORGOTTEN_PATH, FORGOTTEN_SUBMIT, HEADING, IN_ENGLISH, PASSWORD, TELEPHONE, UPSTREAM_HELP,
    UPSTREAM_HELP_ADDRESS, UPSTREAM_RETRY, USERNAME,
};
use crate::journey::Journey;

#[tokio::test]
async fn mistaken_addresses_have_pages_that_everyone_can_use() {
    let Some(tools) = BrowserTools::find() else { return };
    for language in Language::ALL {
        let mut journey = Journey::begin("beside the way", language, &tools).await;
        journey.browser.visit(journey.guichet(FOREIGN_REQUEST_PATH)).await;
        journey.look("request of nobody").await;
        journey.browser.visit(journey.guichet("/nothing-here")).await;
        journey.look("not found").await;
        journey.browser.visit(journey.app("/nothing-here")).await;
        journey.look("not found in the app").await;
        journey.browser.visit(journey.app("/callback?code=forged&state=forged")).await;
        journey.look("forged answer in the app").await;
        journey.end();
    }
}

#[tokio::test]
async fn forgotten_password_page_tells_whom_to_call_and_leads_back_to_the_sign_in() {
    let Some(tools) = BrowserTools::find() else { return };
    for language in Language::ALL {
        let mut journey = Journey::begin("forgotten password", language, &tools).await;
        journey.go_to_door(Door::External).await;
        journey.browser.click(FORGOTTEN).await;
        journey.browser.arrive_at(&journey.guichet(FORGOTTEN_PATH)).await;
        let person = journey.story.person("external_without_mail").clone();
        journey.browser.type_into(USERNAME, &person.identifier).await;
        journey.browser.click(FORGOTTEN_SUBMIT).await;
        journey.browser.see(CASE_NUMBER).await;
        let telephone = journey.browser.see(TELEPHONE).await;
        assert_eq!(telephone.attr("href").await.unwrap().as_deref(), Some("tel:0472806488"));
        journey.look("whom to call").await;
        // The way to the app is not lost by reading a page.
        journey.browser.click(BACK).await;
        if !journey.browser.has(PASSWORD).await {
            journey.browser.click(Door::External.link()).await;
        }
        journey.sign_in_as(&person).await;
        journey.browser.click(EMAIL_LATER).await;
        journey.arrive_at_sheets().await;
        journey.end();
    }
}

#[tokio::test]
async fn forged_return_from_arena_has_a_page_that_helps_on_and_disturbs_no_sign_in() {
    let Some(tools) = BrowserTools::find() else { return };
    for language in Language::ALL {
        let mut journey = Journey::begin("forged return", language, &tools).await;
        // The worst moment: this very browser is expected back from ARENA.
        journey.go_to_door(Door::Staff).await;
        journey.browser.arrive_at(&journey.story.arena).await;
        let at_arena = journey.browser.address().await;
        for state in ["a", "b", "c", "d", "forged"] {
            let forged = format!("{ARENA_CALLBACK_PATH}?code=forged&state={state}");
            journey.browser.visit(journey.guichet(&forged)).await;
            journey.browser.see(UPSTREAM_RETRY).await;
        }
        let help = journey.browser.see(UPSTREAM_HELP).await;
        assert_eq!(help.attr("href").await.unwrap().as_deref(), Some(UPSTREAM_HELP_ADDRESS));
        journey.browser.see(TELEPHONE).await;
        journey.look("return refused").await;
        journey.browser.click(UPSTREAM_RETRY).await;
        journey.browser.see(DOORS).await;

        journey.browser.visit(at_arena).await;
        journey.sign_in_as(journey.story.person("academy_staff")).await;
        journey.arrive_at_sheets().await;
        journey.end();
    }
}

#[tokio::test]
async fn language_can_be_switched_on_the_way() {
    let Some(tools) = BrowserTools::find() else { return };
    let journey = Journey::begin("language", Language::French, &tools).await;
    journey.browser.visit(&journey.story.expense_app).await;
    journey.browser.click(APP_SIGN_IN).await;
    journey.browser.see(DOORS).await;
    let in_french = journey.browser.text_of(HEADING).await;
    journey.browser.click(IN_ENGLISH).await;
    journey.browser.see("html[lang='en'] h1").await;
    assert_ne!(journey.browser.text_of(HEADING).await, in_french);
    journey.browser.click(Door::External.link()).await;
    journey.browser.see("html[lang='en'] #password").await;
    journey.sign_in_as(journey.story.person("external")).await;
    journey.arrive_at_sheets().await;
    journey.end();
}
