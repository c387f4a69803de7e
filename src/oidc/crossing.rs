//! Forms that other sites' pages post here (Core §3.1.2.1, RP-Initiated Logout §2).
//!
//! A browser leaves its `SameSite=Lax` cookies out of them, so that whoever is signed in looks like
//! nobody: the session would be overlooked, and an answer to nobody would overwrite the cookies that
//! stayed at home. To an address that it is led to, the browser does bring them. So a form that comes
//! without a session is asked for again as an address.

use axum::response::Response;

use super::Provider;
use super::authorize::LONGEST_REQUEST;
use crate::kit::page::see_other;
use crate::kit::parameters::Parameters;
use crate::kit::problem::Problem;
use crate::kit::visitor::Visitor;

impl Provider {
    /// Asks for a form again by GET, when it came without a session; `None` when it came with one.
    pub(super) fn asked_again(&self, visitor: &Visitor, path: &str, form: &[u8]) -> Option<Response> {
        // What is no text is refused as it came: written anew, it would look like text.
        if self.0.sign_in.brings_session(visitor) || Parameters::parse(form).is_garbled() {
            return None;
        }
        // All of it, what stands twice too: that is a fault on either way.
        let pairs = url::form_urlencoded::parse(form);
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        if query.len() > LONGEST_REQUEST {
            return Some(self.problem(visitor, Problem::TooLarge));
        }
        let joint = if query.is_empty() { "" } else { "?" };
        Some(see_other(&format!("{path}{joint}{query}"), &[]))
    }
}
