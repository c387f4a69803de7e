//! The hosted sign-in, through HTTP.

mod addresses;
mod first_sign_in;
mod known_browsers;
mod password_door;
mod sessions;
mod situations;
mod throttling;
pub mod upstream_door;
pub mod upstream_goodbye;

use crate::support::app::PASSWORD;
use crate::support::browser::Page;
use crate::support::{App, Browser};

/// The session's cookie.
pub const SESSION_COOKIE: &str = "__Host-guichet-session";
/// The cookie that binds a journey to its browser.
pub const BROWSER_COOKIE: &str = "__Host-guichet-browser";
/// The cookie with the proof of a temporary password.
pub const PROOF_COOKIE: &str = "__Host-guichet-first-sign-in";

/// A browser at the form of external people, and where the form goes.
pub async fn at_the_form(app: &App) -> (Browser, String) {
    let mut browser = app.browser();
    let form = browser.password_form(&app.client("app").authorization(&[])).await;
    let action = form.form_action();
    (browser, action)
}

/// Sends identifier and password, without following where that leads.
pub async fn try_password(browser: &mut Browser, action: &str, username: &str, password: &str) -> Page {
    browser.post(action, &[("username", username), ("password", password)]).await
}

/// A browser in which a person has just signed in with [`PASSWORD`].
pub async fn signed_in(app: &App, identifier: &str) -> Browser {
    let (mut browser, action) = at_the_form(app).await;
    let back = try_password(&mut browser, &action, identifier, PASSWORD).await;
    assert_eq!(back.status, 303, "{}", back.body);
    browser.follow(back).await.code();
    browser
}

/// Whether a page's own front door takes this browser for somebody's.
pub async fn is_signed_in(browser: &Browser) -> bool {
    let page = browser.clone().get("/").await;
    match page.status.as_u16() {
        200 => true,
        303 => false,
        other => panic!("{other}: {}", page.body),
    }
}

/// Whether an application gets a code for this browser without a question.
pub async fn is_signed_in_silently(app: &App, browser: &Browser) -> bool {
    let silent = app.client("app").authorization(&[("prompt", "none")]);
    let answer = browser.clone().get(&silent).await.redirect_parameters();
    answer.contains_key("code") || {
        assert_eq!(answer["error"], "login_required");
        false
    }
}

/// Asserts that an answer opened no session and brings no code.
pub fn assert_grants_nothing(page: &Page) {
    let cookies: Vec<_> = page.headers.get_all("set-cookie").iter().collect();
    assert!(
        cookies.iter().all(|cookie| !cookie.to_str().unwrap().starts_with(SESSION_COOKIE)),
        "a session at {}: {cookies:?}",
        page.address
    );
    let location = page.location().unwrap_or_default();
    assert!(!location.contains("code="), "a code at {}: {location}", page.address);
}
