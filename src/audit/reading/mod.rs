//! What those who supervise read: an authority's events, chosen and page by page.

mod store;

pub use store::{OF_ONE, UNDER, noted};

use super::Event;
use crate::config::AuthorityId;
use crate::kit::clock::Timestamp;

/// Which events are read: all of one authority, or those of them that fit.
#[derive(Clone, Debug)]
pub struct Filter {
    /// Whose.
    pub authority: AuthorityId,
    /// What happened to this account.
    pub account: Option<String>,
    /// What this manager or application did.
    pub actor_id: Option<String>,
    /// What is of this kind.
    pub event: Option<Event>,
    /// From then on.
    pub from: Option<Timestamp>,
    /// Before then.
    pub until: Option<Timestamp>,
}

/// An event as it stands in the table, with every column that says something.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Noted {
    /// Its id.
    pub id: String,
    /// When, in seconds since the epoch.
    pub at: i64,
    /// To whom it happened.
    pub account_id: Option<String>,
    /// The word for who did it.
    pub actor: String,
    /// Which manager or application.
    pub actor_id: Option<String>,
    /// The word for what happened.
    pub kind: String,
    /// What it concerns.
    pub detail: String,
    /// Why, in the words of whoever did it.
    pub reason: Option<String>,
    /// Its place in the chain, once it has one.
    pub seq: Option<i64>,
    /// Its seal there.
    pub seal: Option<String>,
}

/// Behind which event a page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    at: i64,
    id: String,
}

impl Cursor {
    /// Behind an event.
    #[must_use]
    pub fn behind(event: &Noted) -> Self {
        Self { at: event.at, id: event.id.clone() }
    }

    /// Reads what [`Cursor`] displays.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (at, id) = text.split_once('.')?;
        Some(Self { at: at.parse().ok()?, id: id.to_owned() })
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}.{}", self.at, self.id)
    }
}
