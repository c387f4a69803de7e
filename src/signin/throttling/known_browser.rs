//! Browsers in which somebody signed in before.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Throttle;
use crate::accounts::LookupKey;
use crate::kit::clock::Timestamp;
use crate::kit::visitor::Visitor;

/// The short name of the cookie.
const COOKIE: &str = "known-browser";
/// How long a browser is known after the last sign-in.
const KNOWN_FOR: Duration = Duration::from_hours(365 * 24);
/// How many people one browser is known for: a family, a staff room.
const MOST_PEOPLE: usize = 8;

/// That a person signed in here: who, as a keyed hash, and the browser's name for them.
#[derive(Serialize, Deserialize)]
struct Acquaintance {
    who: String,
    nonce: String,
    at: Timestamp,
}

impl Throttle {
    /// The `Set-Cookie` value by which a browser is known for a person who just signed in there.
    #[must_use]
    pub fn remember_browser(&self, identifier: &str, visitor: &Visitor) -> String {
        let key = LookupKey::of(identifier);
        let who = self.0.buckets.in_cookie(&key);
        let nonce = self.known_browser(visitor, &key).unwrap_or_else(|| self.0.rng.id());
        let mut people = self.acquaintances(visitor);
        people.retain(|person| person.who != who);
        people.insert(0, Acquaintance { who, nonce, at: self.0.clock.now() });
        people.truncate(MOST_PEOPLE);
        let sealed = self.0.browsers.seal_value(&self.0.rng, b"", &people);
        self.0.cookies.set(COOKIE, &sealed, Some(KNOWN_FOR))
    }

    /// The browser's name for a person, where it is known for them.
    pub(super) fn known_browser(&self, visitor: &Visitor, key: &LookupKey) -> Option<String> {
        let who = self.0.buckets.in_cookie(key);
        let known = self.acquaintances(visitor).into_iter().find(|person| person.who == who);
        known.map(|person| person.nonce)
    }

    fn acquaintances(&self, visitor: &Visitor) -> Vec<Acquaintance> {
        let sealed = visitor.cookies.get(&self.0.cookies.name(COOKIE)).unwrap_or_default();
        let mut people: Vec<Acquaintance> = self.0.browsers.open_value(b"", sealed).unwrap_or_default();
        let now = self.0.clock.now();
        people.retain(|person| now.since(person.at) < KNOWN_FOR);
        people
    }
}
