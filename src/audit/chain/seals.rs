//! What is authenticated of an event and of a chain, and how.

use super::AuthorityName;
use crate::keys::Mac;

/// A place in a chain: the number of an event, counted from one, and the seal that it has there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The event's number.
    pub seq: i64,
    /// Its seal; empty before the first event.
    pub seal: String,
}

impl Place {
    /// Reads `number:seal`, as `guichet audit verify` gives it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (seq, seal) = text.trim().split_once(':')?;
        let seq = seq.parse().ok().filter(|seq| *seq > 0)?;
        (!seal.is_empty()).then(|| Self { seq, seal: seal.to_owned() })
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}:{}", self.seq, self.seal)
    }
}

/// Where a chain ends and begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// Its last event.
    pub last: Place,
    /// The last event that retention removed.
    pub anchor: Place,
}

/// An event with every column of its row, but its place.
#[derive(Clone, Debug)]
pub struct Link {
    pub id: String,
    pub at: i64,
    pub account: Option<String>,
    pub actor: String,
    pub actor_id: Option<String>,
    pub kind: String,
    pub detail: String,
    pub reason: Option<String>,
}

/// What makes seals.
pub struct Seals(Mac);

impl Seals {
    pub const fn new(mac: Mac) -> Self {
        Self(mac)
    }

    /// The place of an event behind another one.
    pub fn seal(&self, authority: &AuthorityName, previous: &Place, link: &Link) -> Place {
        let seq = previous.seq + 1;
        let (number, at) = (seq.to_string(), link.at.to_string());
        let fields = [
            Some("event"),
            Some(previous.seal.as_str()),
            Some(number.as_str()),
            Some(authority.as_str()),
            Some(link.id.as_str()),
            Some(at.as_str()),
            link.account.as_deref(),
            Some(link.actor.as_str()),
            link.actor_id.as_deref(),
            Some(link.kind.as_str()),
            Some(link.detail.as_str()),
            link.reason.as_deref(),
        ];
        Place { seq, seal: self.0.of(&canonical(&fields)) }
    }

    /// What authenticates the row of a chain.
    pub fn of_head(&self, authority: &AuthorityName, head: &Head) -> String {
        self.0.of(&written(authority, head))
    }

    pub fn fits_head(&self, authority: &AuthorityName, head: &Head, mac: &str) -> bool {
        self.0.verify(&written(authority, head), mac)
    }
}

fn written(authority: &AuthorityName, head: &Head) -> String {
    let (last, anchor) = (head.last.seq.to_string(), head.anchor.seq.to_string());
    canonical(&[
        Some("chain"),
        Some(authority.as_str()),
        Some(&last),
        Some(&head.last.seal),
        Some(&anchor),
        Some(&head.anchor.seal),
    ])
}

/// Fields in one text, in which no two lists of fields are alike: each with its length, none as `-`.
fn canonical(fields: &[Option<&str>]) -> String {
    fields.iter().fold(String::new(), |mut text, field| {
        match field {
            Some(field) => {
                text.push_str(&field.len().to_string());
                text.push(':');
                text.push_str(field);
            }
            None => text.push('-'),
        }
        text.push('\n');
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_lists_of_fields_are_written_alike() {
        let lists: [&[Option<&str>]; 8] = [
            &[],
            &[None],
            &[Some("")],
            &[Some("-")],
            &[Some("a"), Some("b")],
            &[Some("ab"), Some("")],
            &[Some("a\n1:b")],
            &[Some("a"), None],
        ];
        for (at, one) in lists.iter().enumerate() {
            for other in &lists[at + 1..] {
                assert_ne!(canonical(one), canonical(other), "{one:?} {other:?}");
            }
        }
    }

    #[test]
    fn a_place_is_read_as_it_is_written() {
        let place = Place { seq: 42, seal: "abc".to_owned() };
        assert_eq!(Place::parse(&place.to_string()), Some(place));
        for wrong in ["", "42", "42:", ":abc", "0:abc", "-1:abc", "x:abc"] {
            assert_eq!(Place::parse(wrong), None, "{wrong}");
        }
    }
}
