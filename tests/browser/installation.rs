//! What the demo does not show: an application that is not the academy's own, and an ARENA that is down.

use crate::browser::{Browser, BrowserTools, Language};
use crate::handles::{
    CONSENT_ALLOW, CONSENT_DENY, Door, TELEPHONE, UPSTREAM_HELP, UPSTREAM_HELP_ADDRESS, UPSTREAM_RETRY,
};
use crate::inspection::Inspection;
use crate::journey::give;
use crate::served::Served;

const IDENTIFIER: &str = "elefevre";
const PASSWORD: &str = "Quatre mots sans Rapport 57 !";

/// A request of the one client there is; the challenge is the one of RFC 7636, appendix B.
const REQUEST: &str = "client_id=etats-de-frais&response_type=code&scope=openid%20profile%20email&state=here&\
     code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";

#[tokio::test]
async fn application_of_others_gets_nothing_before_the_person_allows_it() {
    let Some(tools) = BrowserTools::find() else { return };
    for language in Language::ALL {
        let served = Served::start(IDENTIFIER, PASSWORD);
        let answer = format!("{}/health?", served.issuer);
        let request = format!("{}/authorize?{REQUEST}&redirect_uri={}/health", served.issuer, served.issuer);
        let browser = Browser::open(&tools, language).await;
        let mut inspection = Inspection::of("consent", language, &tools);

        browser.visit(&request).await;
        browser.click(Door::External.link()).await;
        give(&browser, IDENTIFIER, PASSWORD).await;
        browser.see(CONSENT_ALLOW).await;
        inspection.look(&browser, "asked").await;
        browser.click(CONSENT_DENY).await;
        browser.arrive_at(&answer).await;
        let address = browser.address().await;
        assert!(address.contains("error=access_denied") && address.contains("state=here"), "{address}");

        browser.visit(&request).await;
        browser.click(CONSENT_ALLOW).await;
        browser.arrive_at(&answer).await;
        let address = browser.address().await;
        assert!(address.contains("code=") && address.contains("state=here"), "{address}");

        // Once is enough: the third time nothing is asked.
        browser.visit(&request).await;
        browser.arrive_at(&answer).await;
        assert!(browser.address().await.contains("code="));
        inspection.end();
    }
}

#[tokio::test]
async fn arena_that_is_down_has_a_page_that_helps_staff_on() {
    let Some(tools) = BrowserTools::find() else { return };
    for language in Language::ALL {
        let served = Served::start(IDENTIFIER, PASSWORD);
        let browser = Browser::open(&tools, language).await;
        let mut inspection = Inspection::of("arena down", language, &tools);
        browser.visit(&served.issuer).await;
        browser.click(Door::Staff.link()).await;
        let help = browser.see(UPSTREAM_HELP).await;
        assert_eq!(help.attr("href").await.unwrap().as_deref(), Some(UPSTREAM_HELP_ADDRESS));
        browser.see(TELEPHONE).await;
        inspection.look(&browser, "unavailable").await;
        browser.click(UPSTREAM_RETRY).await;
        browser.see(UPSTREAM_RETRY).await;
        inspection.end();
    }
}
