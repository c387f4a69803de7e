//! A forgotten password, through HTTP: the request, its case number, the link by mail.

mod asking;
mod links;
mod resetting;

use crate::support::browser::Page;
use crate::support::{App, Browser};

/// A password that fits the rules and is nobody's yet.
pub const CHOSEN: &str = "Lampadaire-Tortue-42";

/// Says that an identifier's password is forgotten; where only a manager helps, that leads to the caller's page.
pub async fn ask(browser: &mut Browser, identifier: &str) -> Page {
    browser.submit("/forgotten-password", &[("username", identifier)]).await
}

/// The link that somebody with a mail address gets.
pub async fn link_for(app: &App, identifier: &str) -> String {
    let page = ask(&mut app.browser(), identifier).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(app.accounts.answer_recovery_cases().await.unwrap() > 0);
    app.mail("reset-password", &format!("{identifier}@example.org")).await.link()
}

/// Sets a password by a link.
pub async fn reset(browser: &mut Browser, link: &str, password: &str) -> Page {
    browser.post(link, &[("new-password", password)]).await
}

/// The case number that a page shows, if it shows one.
pub fn case_of(page: &Page) -> Option<String> {
    let shown = page.body.split_once("id=\"case-number\">")?.1.split('<').next()?;
    Some(shown.replace(['\u{a0}', ' '], ""))
}

/// Asserts that a page is the one of dead links, and offers steps that work.
pub fn assert_dead(page: &Page) {
    assert_eq!(page.status, 410, "{}: {}", page.address, page.body);
    assert!(page.body.contains("ne peut plus servir"), "{}", page.body);
    page.link_to("/sign-in");
}
