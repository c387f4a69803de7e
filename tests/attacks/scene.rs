//! An installation with an ARENA that answers, and browsers on their way through it.

use std::fmt::Display;

use http::header::{HeaderValue, SET_COOKIE};
use serde_json::json;

use crate::federation::upstream::{CODE, Upstream};
use crate::support::app::{App, START};
use crate::support::browser::{Browser, Page};

/// An installation, and the ARENA to which its staff door leads.
pub async fn with_arena() -> (App, Upstream) {
    let arena = Upstream::start(START).await;
    let overrides =
        [("UPSTREAMS__0__ISSUER", arena.base.as_str()), ("UPSTREAMS__0__CLIENT_SECRET", "s3cret / é")];
    (App::start_with(None, &overrides).await, arena)
}

/// Comes back from ARENA, whose ID token says that the sign-in there was at `auth_time`.
pub async fn come_back(browser: &mut Browser, arena: &Upstream, away: &Page, auth_time: i64) -> Page {
    let asked = away.redirect_parameters();
    let answer = format!("/federation/arena/callback?code={CODE}&state={}", asked["state"]);
    {
        let mut plan = arena.plan.lock().expect("the plan");
        plan.asked = asked.into_iter().collect();
        plan.id_token = json!({ "auth_time": auth_time });
    }
    browser.open(&answer).await
}

/// Goes through ARENA and back.
pub async fn through_arena(
    browser: &mut Browser,
    arena: &Upstream,
    authorization: &str,
    auth_time: i64,
) -> Page {
    let away = browser.open(authorization).await;
    come_back(browser, arena, &away, auth_time).await
}

/// What did not hold in some of many cases, told together.
#[derive(Default)]
pub struct Faults(Vec<String>);

impl Faults {
    /// Notes a case in which something does not hold.
    pub fn see(&mut self, holds: bool, case: impl Display) {
        if !holds {
            self.0.push(case.to_string());
        }
    }

    /// Fails with the first of them.
    #[track_caller]
    pub fn assert_none(&self) {
        let first: Vec<_> = self.0.iter().take(50).map(String::as_str).collect();
        assert!(first.is_empty(), "{} cases:\n{}", self.0.len(), first.join("\n"));
    }
}

/// Whether an answer opened a session, or brings a code.
pub fn grants(page: &Page) -> bool {
    let opens = |cookie: &HeaderValue| {
        let value = cookie.to_str().expect("a readable cookie").strip_prefix("__Host-guichet-session=");
        value.is_some_and(|value| !value.starts_with(';'))
    };
    page.headers.get_all(SET_COOKIE).iter().any(opens)
        || page.location().is_some_and(|to| to.contains("code="))
}

/// Forgets the session here, as after a sign-out that ARENA does not know of.
pub fn forget_session(browser: &mut Browser) {
    browser.cookies.retain(|name, _| !name.contains("session"));
}
