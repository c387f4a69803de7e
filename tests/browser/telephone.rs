//! A call: the caller on a telephone's screen, the manager and a colleague at the desk, side by side.

use crate::browser::{Browser, BrowserTools, Language};
use crate::handles::{
    AGREE, APP_IDENTIFIER, CALL_BOXES, CALL_SPEAK, CALLER_CODE, CASE_NUMBER, CASE_TELEPHONE, DESK_PATH, Door,
    ERROR, FORGOTTEN, FORGOTTEN_SUBMIT, MANAGER_CODE, NEW_PASSWORD, NEW_PASSWORD_SUBMIT, OPEN_CASES,
    OPENINGS, SPOKEN_CODE, SPOKEN_CODE_FIELD, SPOKEN_CODE_SUBMIT, USERNAME,
};
use crate::inspection::Inspection;
use crate::journey::{Journey, give};

/// Good enough for any rule on passwords, and nobody's.
const PERSONAL_PASSWORD: &str = "Quatre mots sans Rapport 57 !";
/// As wide as a telephone.
const TELEPHONE: u32 = 375;

/// A browser at the desk, in which somebody of ARENA is signed in.
async fn at_the_desk(journey: &Journey, tools: &BrowserTools, case: &str) -> Browser {
    let browser = Browser::open(tools, Language::French).await;
    let person = journey.story.person(case).clone();
    browser.visit(journey.guichet(DESK_PATH)).await;
    browser.click(Door::Staff.link()).await;
    browser.arrive_at(&journey.story.arena).await;
    give(&browser, &person.identifier, &person.password).await;
    browser.arrive_at(&journey.guichet("/desk/")).await;
    browser
}

/// Ticks both boxes and asks for a code.
async fn ask_for_code(manager: &Browser) {
    for ticked in CALL_BOXES {
        manager.click(ticked).await;
    }
    manager.click(CALL_SPEAK).await;
}

#[tokio::test]
async fn caller_and_manager_find_each_other_and_the_caller_signs_in_at_the_expense_app() {
    let Some(tools) = BrowserTools::find() else { return };
    let mut journey = Journey::begin("telephone caller", Language::French, &tools).await;
    let mut desk = Inspection::of("telephone desk", Language::French, &tools);
    journey.browser.look_as(TELEPHONE, "light").await;
    journey.go_to_door(Door::External).await;
    journey.browser.click(FORGOTTEN).await;
    let caller = journey.story.person("external_without_mail").clone();
    journey.browser.type_into(USERNAME, &caller.identifier).await;
    journey.browser.click(FORGOTTEN_SUBMIT).await;
    let case = journey.browser.text_of(CASE_NUMBER).await;
    journey.look("waits").await;
    journey.browser.look_as(TELEPHONE, "light").await;

    let manager = at_the_desk(&journey, &tools, "manager").await;
    desk.look(&manager, "home").await;
    manager.click(OPEN_CASES).await;
    desk.look(&manager, "cases").await;
    manager.click(CASE_TELEPHONE).await;
    for code in [CALLER_CODE, MANAGER_CODE] {
        assert_eq!(manager.text_of(code).await, journey.browser.text_of(code).await);
    }
    assert!(manager.text_of("main").await.contains(&case), "the number that the caller reads");
    desk.look(&manager, "call").await;

    // He has a password of his own: a colleague must agree.
    ask_for_code(&manager).await;
    manager.see(ERROR).await;
    desk.look(&manager, "second manager asked").await;
    let colleague = at_the_desk(&journey, &tools, "supervisor").await;
    colleague.click(OPENINGS).await;
    desk.look(&colleague, "openings").await;
    colleague.click(AGREE).await;
    colleague.see(".fr-badge").await;
    // The manager's page learns of it by itself.
    let began = std::time::Instant::now();
    while manager.has(ERROR).await {
        assert!(began.elapsed().as_secs() < 30, "the page of the call has no news");
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    ask_for_code(&manager).await;
    let code = manager.text_of(SPOKEN_CODE).await;
    desk.look(&manager, "code").await;

    // So does the caller's.
    journey.browser.see(SPOKEN_CODE_FIELD).await;
    journey.browser.type_into(SPOKEN_CODE_FIELD, "123").await;
    journey.browser.click(SPOKEN_CODE_SUBMIT).await;
    journey.browser.see(ERROR).await;
    journey.look("slip").await;
    journey.browser.look_as(TELEPHONE, "light").await;
    journey.browser.type_into(SPOKEN_CODE_FIELD, &code).await;
    journey.browser.click(SPOKEN_CODE_SUBMIT).await;
    journey.browser.type_into(NEW_PASSWORD, PERSONAL_PASSWORD).await;
    journey.look("password").await;
    journey.browser.look_as(TELEPHONE, "light").await;
    journey.browser.type_into(NEW_PASSWORD, PERSONAL_PASSWORD).await;
    journey.browser.click(NEW_PASSWORD_SUBMIT).await;
    journey.arrive_at_sheets().await;
    assert_eq!(journey.browser.text_of(APP_IDENTIFIER).await, caller.identifier);
    desk.end();
    journey.end();
}
