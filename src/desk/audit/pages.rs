//! The page of who saw and did what.

use askama::Template;

use super::Chosen;
use crate::accounts::Account;
use crate::audit::{Event, Noted, Refusal, door_and_proof};
use crate::config::SituationSettings;
use crate::desk::pages::DeskFrame;
use crate::kit::clock::Timestamp;
use crate::kit::page::Frame;

/// What was typed and chosen.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    /// A person's identifier, or the id of an account.
    pub person: String,
    /// The id of a manager or an application.
    pub by: String,
    /// The word of a kind of event.
    pub kind: String,
    /// The first day, as year-month-day.
    pub from: String,
    /// The last day.
    pub to: String,
}

impl Typed {
    /// What is in it, as it stands in an address.
    #[must_use]
    pub fn pairs(&self) -> Vec<(&str, &str)> {
        let all = [
            ("person", &self.person),
            ("by", &self.by),
            ("kind", &self.kind),
            ("from", &self.from),
            ("to", &self.to),
        ];
        all.into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| (name, value.as_str()))
            .collect()
    }
}

/// Something to choose from a list.
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What it says: a text itself, or the key of one.
    pub label: String,
    /// Whether it is chosen.
    pub is_chosen: bool,
}

/// An event on the page.
pub struct EventLine {
    /// When.
    pub at: Timestamp,
    /// What, as a text's key.
    pub key: String,
    /// What it concerns, in words or as it stands.
    pub detail: Option<String>,
    /// To whom: what they are called, and all that happened to them.
    pub person: Option<(String, String)>,
    /// The key of who did it.
    pub actor_key: String,
    /// What the manager or application is called.
    pub actor: Option<String>,
    /// Why, in their words.
    pub reason: Option<String>,
    /// Its place in the chain.
    pub seq: Option<i64>,
}

/// Who saw and did what.
#[derive(Template)]
#[template(path = "desk/audit.html", whitespace = "minimize")]
pub struct AuditPage {
    /// What surrounds every page.
    pub frame: Frame,
    /// What surrounds it at the desk.
    pub desk: DeskFrame,
    /// What was chosen.
    pub typed: Typed,
    /// The managers to choose among.
    pub managers: Vec<Choice>,
    /// The kinds of events to choose among; their labels are keys.
    pub kinds: Vec<Choice>,
    /// The events, the latest first.
    pub lines: Vec<EventLine>,
    /// Where older ones are.
    pub older: Option<String>,
    /// Whether nothing newer is left out.
    pub is_first: bool,
    /// Where the choice is sent.
    pub action: String,
    /// Where the file is made.
    pub export_action: String,
}

/// The kinds of events to choose among.
pub(super) fn kinds(chosen: &Chosen) -> Vec<Choice> {
    let choice = |event: Event| Choice {
        value: event.word().to_owned(),
        label: event_key(event.word()),
        is_chosen: event.word() == chosen.typed.kind,
    };
    Event::all().map(choice).collect()
}

/// The key of the text that tells an event to those who supervise.
#[must_use]
pub fn event_key(word: &str) -> String {
    format!("desk-event-{word}")
}

/// The key of the text that tells who did it.
#[must_use]
pub fn actor_key(word: &str) -> String {
    format!("audit-actor-{word}")
}

impl EventLine {
    /// An event, with the names that may be seen.
    pub(super) fn of(
        frame: &Frame,
        event: &Noted,
        (names, doors): (&[Account], &[SituationSettings]),
        all_of: impl Fn(&str) -> String,
    ) -> Self {
        let name = |id: &str| {
            names.iter().find(|account| account.id.as_str() == id).map_or_else(|| id.to_owned(), called)
        };
        Self {
            at: Timestamp::from_seconds(event.at),
            key: event_key(&event.kind),
            detail: detail_of(frame, event, doors),
            person: event.account_id.as_deref().map(|id| (name(id), all_of(id))),
            actor_key: actor_key(&event.actor),
            actor: event.actor_id.as_deref().map(name),
            reason: event.reason.clone(),
            seq: event.seq,
        }
    }
}

/// What somebody is called on a list: name and identifier, or the id of an account that bears neither any more.
fn called(account: &Account) -> String {
    match (account.display_name(), account.identifier()) {
        (name, Some(identifier)) if !identifier.is_empty() && name != identifier => {
            format!("{name} ({identifier})")
        }
        (name, _) if !name.is_empty() => name,
        _ => account.id.to_string(),
    }
}

/// What an event concerns: in words where there are any.
fn detail_of(frame: &Frame, event: &Noted, doors: &[SituationSettings]) -> Option<String> {
    match Event::of_word(&event.kind) {
        Some(Event::SignInFailed) => {
            Refusal::of_word(&event.detail).map(|refusal| frame.t(&refusal_key(refusal)))
        }
        Some(Event::SignedIn) => {
            door_and_proof(&event.detail).map(|(door, _)| door_called(frame, doors, door))
        }
        Some(Event::ManagerNamed) => Some(frame.t(&format!("desk-rank-{}", event.detail))),
        _ => Some(event.detail.clone()).filter(|detail| !detail.is_empty()),
    }
}

/// What a door is called, or its id where there is none of it any more.
#[must_use]
pub fn door_called(frame: &Frame, doors: &[SituationSettings], id: &str) -> String {
    let door = doors.iter().find(|door| door.id == id);
    door.map_or_else(|| id.to_owned(), |door| door.title.get(frame.locale).to_owned())
}

/// The key of a reason.
#[must_use]
pub fn refusal_key(refusal: Refusal) -> String {
    format!("refusal-{}", refusal.word())
}
