//! The pages about one person.

use askama::Template;
use http::StatusCode;

use super::super::DeskFrame;
use super::actions::{Done, WhyNot};
use super::known::{Known, groups};
pub use super::standing::{AddressState, Paper, Standing, State};
use crate::accounts::{Account, Letter, LetterState, NotOne};
use crate::kit::clock::Timestamp;
use crate::kit::devices::Device;
use crate::kit::page::Frame;

pub use super::standing::text_keys as standing_keys;
pub use super::timeline::text_keys as timeline_keys;

/// All that is known of a person, and what can be done for them.
#[derive(Template)]
#[template(path = "desk/person.html", whitespace = "minimize")]
pub struct PersonPage {
    /// What surrounds every page.
    pub frame: Frame,
    /// What surrounds it at the desk.
    pub desk: DeskFrame,
    /// The screen's address; those of its acts are below it.
    pub path: String,
    /// When it is shown, in seconds; forms send it as `shown`.
    pub shown_at: i64,
    /// The state that is shown; forms send it as `seen`.
    pub seen: String,
    /// What is told above all.
    pub told: Option<Told>,
    /// How that is undone.
    pub undo: Option<Undo>,
    /// How the access stands.
    pub standing: Standing,
    /// The facts of the card.
    pub facts: Facts,
    /// The number of the request because of which the manager is here: it is the reason of what they do.
    pub case: Option<String>,
    /// What can be done now.
    pub acts: Vec<Act>,
    /// What people look for and cannot be done now.
    pub missing: Vec<Missing>,
    /// What happened.
    pub timeline: TimelinePart,
}

/// What is told at the top of the screen.
pub enum Told {
    /// Something was done.
    Done(Done),
    /// No reason was given that counts.
    NoReason,
    /// No mail could go to the address.
    NoAddress,
    /// Waits were lifted as often as they may be in a day.
    UnlockedOften,
    /// The person is no longer as they were seen: nothing was done, and this happened meanwhile.
    Meanwhile(Vec<Row>),
}

impl Told {
    /// The status of the answer.
    pub(super) const fn status(&self) -> StatusCode {
        match self {
            Self::Done(_) => StatusCode::OK,
            Self::NoReason | Self::NoAddress => StatusCode::UNPROCESSABLE_ENTITY,
            Self::UnlockedOften | Self::Meanwhile(_) => StatusCode::CONFLICT,
        }
    }

    /// How what was done is undone, where that can be done now.
    pub(super) fn undo(&self, known: &Known) -> Option<Undo> {
        match self {
            Self::Done(Done::Merged) => {
                let alias = known.aliases.first()?;
                Some(Undo { word: "separate", other: Some(alias.id.to_string()) })
            }
            Self::Done(done) => {
                let action = done.undone_by().filter(|action| action.can_now(known).is_ok())?;
                Some(Undo { word: action.word(), other: None })
            }
            _ => None,
        }
    }
}

/// An act that undoes what was just done.
pub struct Undo {
    /// Its address, below the screen's.
    pub word: &'static str,
    /// The other record that it is about.
    pub other: Option<String>,
}

/// What is known of a person, as the card shows it.
pub struct Facts {
    /// What they are called.
    pub name: String,
    /// Their identifier.
    pub identifier: String,
    /// The same in groups, for reading aloud.
    pub groups: Vec<String>,
    /// Their mail address.
    pub address: AddressFact,
    /// Their latest letters.
    pub letters: Vec<LetterFact>,
    /// How many there were before.
    pub earlier_letters: u64,
    /// When they last signed in.
    pub last_sign_in: Option<Timestamp>,
    /// What the browsers in which they are signed in call themselves.
    pub sessions: Vec<String>,
    /// Their open request for help.
    pub case: Option<CaseFact>,
    /// The records that theirs took in.
    pub aliases: Vec<AliasFact>,
    /// Whether they can be helped by telephone: not while the access is disabled.
    pub can_call: bool,
}

/// A person's mail addresses.
pub struct AddressFact {
    /// The one in use.
    pub known: Option<String>,
    /// Whether the person confirmed it.
    pub is_confirmed: bool,
    /// One that waits to be confirmed.
    pub waiting: Option<String>,
    /// One that a desk proposes.
    pub proposed: Option<String>,
}

/// A letter.
pub struct LetterFact {
    /// Its number.
    pub number: String,
    /// The desk that it names.
    pub desk: String,
    /// The key of what became of it, and when.
    pub state: (&'static str, Timestamp),
}

impl LetterFact {
    /// The words for what becomes of letters.
    pub const KEYS: [&'static str; 5] = [
        "desk-letter-issued",
        "desk-letter-printed",
        "desk-letter-used",
        "desk-letter-expired",
        "desk-letter-voided",
    ];

    pub(super) fn of(letter: &Letter, now: Timestamp, desk: String) -> Self {
        let [issued, printed, used, expired, voided] = Self::KEYS;
        let state = match letter.state(now) {
            LetterState::Issued => (issued, letter.issued_at),
            LetterState::Printed { at } => (printed, at),
            LetterState::Used { at } => (used, at),
            LetterState::Expired { at } => (expired, at),
            LetterState::Voided { at } => (voided, at),
        };
        Self { number: letter.number.to_string(), desk, state }
    }
}

/// A request for help with the password.
pub struct CaseFact {
    /// Its number.
    pub number: String,
    /// Since when.
    pub since: Timestamp,
}

/// A record that the person's own took in.
pub struct AliasFact {
    /// Its id.
    pub id: String,
    /// Its identifier, which leads to the person too.
    pub identifier: String,
}

impl AliasFact {
    pub(super) fn of(alias: &Account) -> Self {
        Self { id: alias.id.to_string(), identifier: alias.identifier().unwrap_or_default().to_owned() }
    }
}

/// An act that can be done now.
pub struct Act {
    /// Its word, in addresses, ids and the names of its texts.
    pub word: &'static str,
    /// Whether its form has a mail address.
    pub takes_address: bool,
    /// Whether its form is shown open: it was sent, and something was wrong.
    pub is_open: bool,
    /// The reason that was typed.
    pub reason: String,
    /// The address that was typed.
    pub address: String,
}

/// An act that cannot be done now.
pub struct Missing {
    /// Its word.
    pub word: &'static str,
    /// Why not.
    pub why: WhyNot,
}

/// One line of what happened.
pub struct Row {
    /// When.
    pub at: Timestamp,
    /// What.
    pub text: String,
    /// What it concerns: a letter's number, a browser, an address.
    pub detail: Option<String>,
    /// By whom, where it was not the person.
    pub by: Option<String>,
    /// Why, in their words.
    pub reason: Option<String>,
    /// Why a mail did not leave.
    pub trouble: Option<String>,
    /// The mail that can be tried again.
    pub retry: Option<String>,
}

/// A page of what happened.
pub struct TimelinePart {
    /// The lines, the latest first.
    pub rows: Vec<Row>,
    /// Where the next page begins, as `before`.
    pub older: Option<String>,
    /// Whether it is the first page.
    pub is_first: bool,
}

impl PersonPage {
    fn missing_line(&self, missing: &Missing) -> String {
        let act = self.frame.t(&format!("desk-act-{}", missing.word));
        self.frame.t2("desk-missing", "act", &act, "why", &self.frame.t(missing.why.text_key()))
    }

    fn last_sign_in(&self) -> String {
        moment_or_none(&self.frame, self.facts.last_sign_in)
    }

    fn device(&self, user_agent: &str) -> String {
        Device::of(user_agent).in_words(&self.frame)
    }

    fn title(&self) -> String {
        match &self.told {
            Some(Told::NoReason | Told::NoAddress | Told::UnlockedOften | Told::Meanwhile(_)) => {
                format!("{} – {}", self.frame.t("desk-not-done"), self.facts.name)
            }
            _ => self.facts.name.clone(),
        }
    }

    fn reason_is_refused(&self) -> bool {
        matches!(self.told, Some(Told::NoReason))
    }

    fn address_is_refused(&self) -> bool {
        matches!(self.told, Some(Told::NoAddress))
    }
}

/// Two records of a person, side by side, before they become one.
#[derive(Template)]
#[template(path = "desk/merge.html", whitespace = "minimize")]
pub struct MergePage {
    /// What surrounds every page.
    pub frame: Frame,
    /// What surrounds it at the desk.
    pub desk: DeskFrame,
    /// The screen from which the manager comes.
    pub path: String,
    /// What the person is called.
    pub name: String,
    /// What was typed to find the other record.
    pub typed: String,
    /// What came of it.
    pub found: Found,
    /// What was wrong with the form.
    pub told: Option<Told>,
    /// Why one manager alone may not make the two one, or not now, in words.
    pub not_alone: Option<String>,
    /// The reason that was typed.
    pub reason: String,
    /// When it is shown, in seconds.
    pub shown_at: i64,
}

/// What came of looking for the other record.
pub enum Found {
    /// Nothing was looked for yet.
    NotAsked,
    /// There is none.
    Nobody,
    /// It is no other record of this person, or not one that can be merged now.
    Refused(NotOne),
    /// These two.
    Two {
        /// The one that stays.
        kept: Box<Side>,
        /// The one that becomes an alias.
        absorbed: Box<Side>,
        /// The id of the one that is not the screen's.
        other: String,
        /// The states that are shown: of the screen's record, and of the other.
        seen: (String, String),
    },
}

/// One of two records.
pub struct Side {
    /// What the person is called there.
    pub name: String,
    /// The identifier, in groups.
    pub groups: Vec<String>,
    /// The mail address.
    pub address: Option<String>,
    /// When the record was made.
    pub made_at: Timestamp,
    /// When somebody last signed in with it.
    pub last_sign_in: Option<Timestamp>,
    /// How its access stands.
    pub standing: Standing,
}

impl Side {
    pub(super) fn of(known: &Known, now: Timestamp) -> Self {
        let account = known.account();
        Self {
            name: account.display_name(),
            groups: groups(account.identifier().unwrap_or_default()),
            address: account.email.clone(),
            made_at: known.overview.created_at,
            last_sign_in: known.last_sign_in,
            standing: Standing::of(known, now),
        }
    }

    fn last_sign_in_words(&self, frame: &Frame) -> String {
        moment_or_none(frame, self.last_sign_in)
    }
}

fn moment_or_none(frame: &Frame, at: Option<Timestamp>) -> String {
    at.map_or_else(|| frame.t("desk-none"), |at| frame.moment(at))
}

/// The key of the text that says why two records do not become one.
#[must_use]
pub const fn not_one_key(reason: NotOne) -> &'static str {
    match reason {
        NotOne::Same => "desk-merge-same",
        NotOne::KeptDisabled => "desk-merge-kept-disabled",
        NotOne::BothInUse => "desk-merge-both-in-use",
    }
}

impl MergePage {
    fn title(&self) -> String {
        let is_refused = self.told.is_some() || self.not_alone.is_some();
        let key = if is_refused { "desk-not-done" } else { "desk-merge-title" };
        format!("{} – {}", self.frame.t(key), self.name)
    }

    fn refusal(&self) -> Option<&'static str> {
        match &self.found {
            Found::Nobody => Some("desk-merge-nobody"),
            Found::Refused(reason) => Some(not_one_key(*reason)),
            Found::NotAsked | Found::Two { .. } => None,
        }
    }
}
