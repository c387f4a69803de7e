//! How strongly a client wants people to have signed in (`acr`, Core §2, §3.1.2.1, §5.5.1.1).
//!
//! What a session's `acr` says is what happened; a wish never changes it. A wish that is essential and
//! not met is an error, any other is passed on to the upstream and otherwise has no effect.

use super::claims_request::ClaimsRequest;
use crate::signin::SignedIn;

/// How many contexts are passed on, and how long each may be, in bytes.
const MOST: usize = 8;
const LONGEST: usize = 128;

/// The authentication contexts that a request wants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContextWish {
    /// The wanted ones, the best first.
    wanted: Vec<String>,
    /// Whether nothing else will do.
    is_essential: bool,
}

impl ContextWish {
    /// What the `claims` parameter wants, else what `acr_values` does, else what the client always wants.
    #[must_use]
    pub fn of(claims: &ClaimsRequest, acr_values: Option<&str>, by_default: &[String]) -> Self {
        if let Some((is_essential, wanted)) = claims.contexts() {
            return Self { wanted, is_essential };
        }
        let wanted = match acr_values {
            Some(list) => list.split(' ').filter(|acr| !acr.is_empty()).map(str::to_owned).collect(),
            None => by_default.to_vec(),
        };
        Self { wanted, is_essential: false }
    }

    /// Whether a sign-in does.
    #[must_use]
    pub fn is_met_by(&self, person: &SignedIn) -> bool {
        !self.is_essential || self.wanted.contains(&person.acr)
    }

    /// Whether some sign-in could do, by what is known of the ways to sign in.
    pub fn is_attainable(&self, may_attain: impl Fn(&str) -> bool) -> bool {
        !self.is_essential || self.wanted.iter().any(|acr| may_attain(acr))
    }

    /// What is passed on to an upstream.
    #[must_use]
    pub fn for_upstream(&self) -> Vec<String> {
        let fits = |acr: &&String| acr.len() <= LONGEST && acr.bytes().all(|byte| byte.is_ascii_graphic());
        self.wanted.iter().filter(fits).take(MOST).cloned().collect()
    }
}
