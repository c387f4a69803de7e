//! Browsers that were used at a desk: nothing that a desk opens is used in them.
//!
//! Whoever opens an access must not be the one who uses it. A mark in the browser does not hold up somebody who takes another
//! one; it stops what happens without a thought, and leaves no excuse.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::pages::DeskBrowserPage;
use super::{SIGN_IN_PATH, SignIn};
use crate::kit::clock::Timestamp;
use crate::kit::visitor::Visitor;

/// The short name of the cookie.
const COOKIE: &str = "desk";
/// How long a browser is one of a desk after it was last marked.
const MARKED_FOR: Duration = Duration::from_hours(400 * 24);
/// It is marked anew after so long.
const MARKED_ANEW: Duration = Duration::from_hours(30 * 24);

/// That a browser was used at a desk.
#[derive(Serialize, Deserialize)]
struct Mark {
    at: Timestamp,
}

impl SignIn {
    /// The `Set-Cookie` value that marks a browser as one of a desk; `None` when it was marked lately.
    #[must_use]
    pub fn mark_of_desk(&self, visitor: &Visitor) -> Option<String> {
        let now = self.0.clock.now();
        if self.desk_mark(visitor).is_some_and(|mark| now.since(mark.at) < MARKED_ANEW) {
            return None;
        }
        let sealed = self.0.desk_browsers.seal_value(&self.0.rng, b"", &Mark { at: now });
        Some(self.0.pages.cookies().set(COOKIE, &sealed, Some(MARKED_FOR)))
    }

    /// Whether a browser was used at a desk.
    pub(super) fn is_of_a_desk(&self, visitor: &Visitor) -> bool {
        self.desk_mark(visitor).is_some()
    }

    fn desk_mark(&self, visitor: &Visitor) -> Option<Mark> {
        let sealed = visitor.cookies.get(&self.0.pages.cookies().name(COOKIE))?;
        let mark: Mark = self.0.desk_browsers.open_value(b"", sealed)?;
        (self.0.clock.now().since(mark.at) < MARKED_FOR).then_some(mark)
    }

    /// Says that an access cannot be used in a browser of a desk, and where it can.
    pub(super) fn not_at_a_desk(&self, visitor: &Visitor) -> Response {
        let page =
            DeskBrowserPage { frame: self.0.pages.frame(visitor), sign_in_href: SIGN_IN_PATH.to_owned() };
        self.0.pages.respond(visitor, StatusCode::FORBIDDEN, &page).into_response()
    }
}
