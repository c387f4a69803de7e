//! What happened to a person, events and mails in one order, page by page.

use std::cmp::Ordering;

use super::{Jurisdiction, store};
use crate::accounts::{Account, AccountId};
use crate::audit::{self, Entry};
use crate::kit::clock::Timestamp;
use crate::mail::{self, Listed};

/// A place in a timeline: what lies before it is older.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    at: Timestamp,
    id: String,
}

/// One thing that happened.
#[derive(Clone, Debug)]
pub enum Moment {
    /// Something was done.
    Event(Entry),
    /// A mail was written.
    Mail(Listed),
}

/// A page of what happened, the latest first.
#[derive(Clone, Debug)]
pub struct Timeline {
    /// What happened.
    pub moments: Vec<Moment>,
    /// Where the next page begins, if there is one.
    pub older: Option<Mark>,
}

impl Mark {
    /// The mark that an address bears, if it bears one: a time and an id.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (at, id) = text.split_once('.')?;
        let at = at.parse().ok().filter(|at| *at >= 0)?;
        Some(Self { at: Timestamp::from_seconds(at), id: id.to_owned() })
    }

    /// The mark as an address bears it.
    #[must_use]
    pub fn word(&self) -> String {
        format!("{}.{}", self.at.seconds(), self.id)
    }

    /// The place after everything that happened so far.
    fn end() -> Self {
        Self { at: Timestamp::from_seconds(i64::MAX), id: String::new() }
    }
}

impl Moment {
    fn mark(&self) -> Mark {
        match self {
            Self::Event(entry) => Mark { at: entry.at, id: entry.id.clone() },
            Self::Mail(mail) => Mark { at: mail.created_at, id: mail.id.to_string() },
        }
    }

    fn later_first(&self, other: &Self) -> Ordering {
        let (one, other) = (self.mark(), other.mark());
        (other.at, other.id).cmp(&(one.at, one.id))
    }
}

impl Jurisdiction {
    /// What happened to a person, and to the records that theirs took in, before a place in their timeline, or lately;
    /// `None` for nobody of theirs.
    ///
    /// Which records those are is known to whoever asks ([`Jurisdiction::aliases`]); any other is passed over.
    pub async fn timeline(
        &self,
        id: &AccountId,
        aliases: &[Account],
        before: Option<&Mark>,
        most: usize,
    ) -> sqlx::Result<Option<Timeline>> {
        let end = Mark::end();
        let Mark { at, id: place } = before.unwrap_or(&end);
        let mut connection = self.accounts.0.database.read().await?;
        if store::by_id(&mut connection, &self.authority, id).await?.is_none() {
            return Ok(None);
        }
        // One more than are shown tells whether there are more.
        let asked = i64::try_from(most).unwrap_or(i64::MAX).saturating_add(1);
        let is_theirs = |alias: &&Account| {
            alias.merged_into.as_ref() == Some(id) && alias.authority.as_ref() == Some(&self.authority)
        };
        let mails = mail::page(&mut connection, id.as_str(), (*at, place), asked).await?;
        let mut moments: Vec<Moment> = mails.into_iter().map(Moment::Mail).collect();
        let aliases = aliases.iter().filter(is_theirs).map(|alias| &alias.id);
        for record in std::iter::once(id).chain(aliases) {
            let events = audit::page(&mut connection, record.as_str(), (*at, place), asked).await?;
            moments.extend(events.into_iter().map(Moment::Event));
        }
        moments.sort_by(Moment::later_first);
        let has_more = moments.len() > most;
        moments.truncate(most);
        let older = moments.last().filter(|_| has_more).map(Moment::mark);
        Ok(Some(Timeline { moments, older }))
    }

    /// What was done to a person from a moment on, the latest first, at most so much.
    pub async fn since(&self, id: &AccountId, from: Timestamp, most: i64) -> sqlx::Result<Vec<Entry>> {
        let mut connection = self.accounts.0.database.read().await?;
        if store::by_id(&mut connection, &self.authority, id).await?.is_none() {
            return Ok(Vec::new());
        }
        audit::since(&mut connection, id.as_str(), from, most).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_as_it_is_written() {
        let mark = Mark { at: Timestamp::from_seconds(12), id: "a.b-_".to_owned() };
        assert_eq!(Mark::parse(&mark.word()), Some(mark));
        for wrong in ["", "12", "x.y", "-1.a"] {
            assert_eq!(Mark::parse(wrong), None, "{wrong}");
        }
    }
}
