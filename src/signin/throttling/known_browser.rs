//! Browsers in which somebody signed in before.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Throttle;
use crate::accounts::{AccessEpoch, LookupKey, PasswordEdition};
use crate::kit::clock::Timestamp;
use crate::kit::visitor::Visitor;

/// The short name of the cookie.
const COOKIE: &str = "known-browser";
/// How long a browser is known after the last sign-in.
const KNOWN_FOR: Duration = Duration::from_hours(365 * 24);
/// How many people one browser is known for: a family, a staff room.
const MOST_PEOPLE: usize = 8;

/// That a person signed in here: who, as a keyed hash, the browser's name for them, and with which password.
#[derive(Serialize, Deserialize)]
struct Acquaintance {
    who: String,
    nonce: String,
    edition: PasswordEdition,
    at: Timestamp,
}

impl Throttle {
    /// The `Set-Cookie` value by which a browser is known for a person who just proved in some epoch who they
    /// are; `None` when something ended all accesses since.
    pub async fn remember_browser(
        &self,
        identifier: &str,
        epoch: AccessEpoch,
        visitor: &Visitor,
    ) -> sqlx::Result<Option<String>> {
        let key = LookupKey::of(identifier);
        let edition = self.0.accounts.password_edition(&key).await?;
        let Some(edition) = edition.filter(|edition| edition.is_of(epoch)) else { return Ok(None) };
        let who = self.0.buckets.in_cookie(&key);
        let mut people = self.acquaintances(visitor);
        // Who has a new password begins anew here, whatever failures this browser saw before.
        let known = people.iter().find(|person| person.who == who && person.edition == edition);
        let nonce = known.map_or_else(|| self.0.rng.id(), |person| person.nonce.clone());
        people.retain(|person| person.who != who);
        people.insert(0, Acquaintance { who, nonce, edition, at: self.0.clock.now() });
        people.truncate(MOST_PEOPLE);
        let sealed = self.0.browsers.seal_value(&self.0.rng, b"", &people);
        Ok(Some(self.0.cookies.set(COOKIE, &sealed, Some(KNOWN_FOR))))
    }

    /// The browser's name for a person, where it is known for them: their password is still that of then, so
    /// that nobody who had it before keeps places from which to guess the next one.
    pub(super) async fn known_browser(
        &self,
        visitor: &Visitor,
        key: &LookupKey,
    ) -> sqlx::Result<Option<String>> {
        let who = self.0.buckets.in_cookie(key);
        // Nothing is looked up for a browser that brings no proof about this very person: a stranger's
        // attempt costs the same whether the identifier exists or not.
        let Some(known) = self.acquaintances(visitor).into_iter().find(|person| person.who == who) else {
            return Ok(None);
        };
        let edition = self.0.accounts.password_edition(key).await?;
        Ok((edition == Some(known.edition)).then_some(known.nonce))
    }

    fn acquaintances(&self, visitor: &Visitor) -> Vec<Acquaintance> {
        let sealed = visitor.cookies.get(&self.0.cookies.name(COOKIE)).unwrap_or_default();
        let mut people: Vec<Acquaintance> = self.0.browsers.open_value(b"", sealed).unwrap_or_default();
        let now = self.0.clock.now();
        people.retain(|person| now.since(person.at) < KNOWN_FOR);
        people
    }
}
