//! The desk's box in a real browser: answers as one types, the keyboard alone, and without script as well.

use thirtyfour::Key;

use crate::browser::{BrowserTools, Language};
use crate::handles::{
    DESK_PATH, Door, FOUND, FOUND_STATUS, HEADING, HOMONYMS_NONE, NEW_PERSON, NEW_PERSON_ERROR,
    NEW_PERSON_FAMILY, NEW_PERSON_GIVEN, NEW_PERSON_REASON, NEW_PERSON_SUBMIT, SEARCH_FIELD,
};
use crate::journey::Journey;

/// A manager at the desk of the only authority.
async fn at_the_desk(name: &'static str, language: Language, tools: &BrowserTools) -> Journey {
    let journey = Journey::begin(name, language, tools).await;
    journey.browser.visit(journey.guichet(DESK_PATH)).await;
    journey.browser.click(Door::Staff.link()).await;
    journey.sign_in_as(journey.story.person("manager")).await;
    journey.browser.arrive_at(&journey.guichet("/desk/lyon")).await;
    journey
}

#[tokio::test]
async fn people_are_found_while_one_types_and_reached_by_the_keyboard_alone() {
    let Some(tools) = BrowserTools::find() else { return };
    for language in Language::ALL {
        let mut journey = at_the_desk("desk search", language, &tools).await;
        journey.look("desk").await;
        journey.browser.type_into(SEARCH_FIELD, "lefevre").await;
        let told = if language == Language::French { "Une personne trouvée." } else { "One person found." };
        journey.browser.wait_for_text(FOUND_STATUS, told).await;
        assert!(journey.browser.text_of(FOUND).await.contains("Élodie Lefèvre"));
        journey.look("found").await;
        let nobody = journey.browser.see(SEARCH_FIELD).await;
        nobody.send_keys("xyz").await.unwrap();
        let told = if language == Language::French { "Personne ne correspond." } else { "Nobody matches." };
        while !journey.browser.text_of(FOUND_STATUS).await.starts_with(told) {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        assert!(!journey.browser.has(FOUND).await);
        journey.browser.type_into(SEARCH_FIELD, "roux").await;
        journey.browser.type_into(SEARCH_FIELD, "ndia").await;
        journey.browser.see(FOUND).await;
        while !journey.browser.text_of(FOUND).await.contains("Aïcha N’Diaye") {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        journey.browser.press(Key::Down).await;
        assert!(journey.browser.has(&format!("{FOUND}:focus")).await);
        journey.browser.press(Key::Up).await;
        assert!(journey.browser.has(&format!("{SEARCH_FIELD}:focus")).await);
        journey.browser.press(Key::Down).await;
        journey.browser.press(Key::Enter).await;
        journey.browser.arrive_at(&journey.guichet("/desk/lyon/people/")).await;
        journey.end();
    }
}

#[tokio::test]
async fn a_person_is_added_once_those_who_may_be_meant_were_looked_at() {
    let Some(tools) = BrowserTools::find() else { return };
    for language in Language::ALL {
        let mut journey = at_the_desk("desk new person", language, &tools).await;
        journey.browser.click(NEW_PERSON).await;
        journey.browser.type_into(NEW_PERSON_GIVEN, "Eric").await;
        journey.look("new person").await;
        journey.browser.click(NEW_PERSON_SUBMIT).await;
        journey.browser.see(NEW_PERSON_ERROR).await;
        journey.look("no name").await;
        journey.browser.type_into(NEW_PERSON_FAMILY, "Lefevre").await;
        journey.browser.type_into(NEW_PERSON_REASON, "remplace un juré").await;
        journey.browser.click(NEW_PERSON_SUBMIT).await;
        journey.browser.see(HOMONYMS_NONE).await;
        assert!(journey.browser.text_of(HEADING).await.contains('?'));
        journey.look("homonyms").await;
        journey.browser.click(HOMONYMS_NONE).await;
        journey.browser.arrive_at(&journey.guichet("/desk/lyon/people/")).await;
        // On a slow machine its page is still on the way, and would come after the next one.
        assert!(journey.browser.text_of(HEADING).await.contains("Eric Lefevre"));
        journey.browser.visit(journey.guichet("/desk/lyon?q=lefevre+eric")).await;
        assert!(journey.browser.text_of(FOUND).await.contains("Eric Lefevre"));
        journey.end();
    }
}
