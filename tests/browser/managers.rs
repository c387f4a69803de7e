//! A supervisor names a manager, who reads a code aloud; sees what was done; and takes it back.

use std::time::Duration;

use crate::browser::{Browser, BrowserTools, Language};
use crate::handles::{
    AUDIT_EVENTS, AUDIT_PATH, CODE_FIELD, CODE_SUBMIT, DESK_PATH, DISMISS, DISMISS_SUBMIT, DRAWING, Door,
    HEADING, JOIN_PATH, JOIN_SUBMIT, MANAGERS_OUTCOME, MANAGERS_PATH, NAME_SUBMIT, NAMED_NAME, NAMING_CODE,
    REASON_FIELD, SEARCH_FIELD, STATISTICS_PATH,
};
use crate::journey::{Journey, give};

#[tokio::test]
async fn a_supervisor_names_a_manager_who_reads_a_code_aloud_and_takes_it_back() {
    let Some(tools) = BrowserTools::find() else { return };
    for language in Language::ALL {
        let mut journey = Journey::begin("managers", language, &tools).await;
        // Jean Dupont, at his own screen.
        let teacher = journey.story.person("academy_staff").clone();
        let theirs = Browser::open(&tools, language).await;
        theirs.visit(journey.guichet(JOIN_PATH)).await;
        theirs.click(Door::Staff.link()).await;
        give(&theirs, &teacher.identifier, &teacher.password).await;
        theirs.click(JOIN_SUBMIT).await;
        let code = theirs.text_of(NAMING_CODE).await;
        theirs.visit(journey.guichet(DESK_PATH)).await;
        theirs.see(HEADING).await;
        assert!(!theirs.has(SEARCH_FIELD).await, "a code alone opens nothing");

        // Solange Roche, at hers.
        journey.browser.visit(journey.guichet(MANAGERS_PATH)).await;
        journey.browser.click(Door::Staff.link()).await;
        journey.sign_in_as(journey.story.person("supervisor")).await;
        journey.browser.arrive_at(&journey.guichet(MANAGERS_PATH)).await;
        journey.look("managers").await;
        journey.browser.type_into(CODE_FIELD, &code.to_lowercase()).await;
        journey.browser.click(CODE_SUBMIT).await;
        assert_eq!(journey.browser.text_of(NAMED_NAME).await, "Jean Dupont");
        journey.look("confirm").await;
        journey.browser.type_into(REASON_FIELD, "arrivée au bureau").await;
        journey.browser.click(NAME_SUBMIT).await;
        journey.browser.see(MANAGERS_OUTCOME).await;
        journey.look("named").await;

        theirs.visit(journey.guichet(DESK_PATH)).await;
        theirs.arrive_at(&journey.guichet("/desk/lyon")).await;
        theirs.see(SEARCH_FIELD).await;

        journey.browser.visit(journey.guichet(AUDIT_PATH)).await;
        assert!(journey.browser.text_of(AUDIT_EVENTS).await.contains("arrivée au bureau"));
        journey.look("audit").await;

        // What was counted comes a moment later.
        let drawn = async {
            while {
                journey.browser.visit(journey.guichet(STATISTICS_PATH)).await;
                !journey.browser.has(DRAWING).await
            } {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), drawn).await.expect("something is counted");
        journey.look("statistics").await;

        journey.browser.visit(journey.guichet(MANAGERS_PATH)).await;
        journey.browser.click(DISMISS).await;
        journey.browser.type_into(REASON_FIELD, "départ du bureau").await;
        journey.look("dismiss").await;
        journey.browser.click(DISMISS_SUBMIT).await;
        journey.browser.see(MANAGERS_OUTCOME).await;
        theirs.visit(journey.guichet("/desk/lyon")).await;
        theirs.see(HEADING).await;
        assert!(!theirs.has(SEARCH_FIELD).await, "from their next page on");
        journey.end();
    }
}
