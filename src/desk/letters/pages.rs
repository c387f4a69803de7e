//! The pages of letters and batches.

use askama::Template;

use super::super::Manager;
use super::super::pages::DeskFrame;
use super::letter_path;
use crate::accounts::{BatchCounts, BatchLine, LetterBatch, LetterState};
use crate::kit::clock::Timestamp;
use crate::kit::page::Frame;

/// A letter in a list.
#[derive(Clone, Debug)]
pub struct LetterRow {
    /// Its number.
    pub number: String,
    /// Its page.
    pub href: String,
    /// Its place in its batch.
    pub place: Option<u64>,
    /// Whose.
    pub name: String,
    /// Their identifier.
    pub identifier: String,
    /// Their screen.
    pub person_href: String,
    /// What became of it.
    pub state: LetterState,
}

impl LetterRow {
    pub(super) fn of(line: &BatchLine, manager: &Manager, now: Timestamp) -> Self {
        Self {
            number: line.letter.number.to_string(),
            href: letter_path(manager, &line.letter.number),
            place: line.place,
            name: line.account.display_name(),
            identifier: line.account.identifier().unwrap_or_default().to_owned(),
            person_href: manager.path(&format!("/people/{}", line.account.id)),
            state: line.letter.state(now),
        }
    }

    /// What became of it, in words.
    #[must_use]
    pub fn told(&self, frame: &Frame) -> String {
        let key = state_key(self.state);
        match self.state {
            LetterState::Issued => frame.t(key),
            LetterState::Printed { at }
            | LetterState::Used { at }
            | LetterState::Expired { at }
            | LetterState::Voided { at } => frame.t1(key, "date", &frame.day(at)),
        }
    }
}

const fn state_key(state: LetterState) -> &'static str {
    match state {
        LetterState::Issued => "desk-paper-issued",
        LetterState::Printed { .. } => "desk-paper-printed",
        LetterState::Used { .. } => "desk-paper-used",
        LetterState::Expired { .. } => "desk-paper-expired",
        LetterState::Voided { .. } => "desk-paper-voided",
    }
}

/// A batch in a list.
#[derive(Clone, Debug)]
pub struct BatchRow {
    /// Its page.
    pub href: String,
    /// Why it was asked for.
    pub reason: String,
    /// When.
    pub asked_at: Timestamp,
    /// How many letters it has so far.
    pub letters: u64,
    /// Whether these are all.
    pub is_complete: bool,
}

impl BatchRow {
    pub(super) fn of(batch: &LetterBatch, manager: &Manager) -> Self {
        Self {
            href: manager.path(&format!("/letters/batches/{}", batch.id)),
            reason: batch.reason.clone(),
            asked_at: batch.asked_at,
            letters: batch.letters,
            is_complete: batch.complete_at.is_some(),
        }
    }
}

/// The latest batches and letters.
#[derive(Template)]
#[template(path = "desk/letters/list.html", whitespace = "minimize")]
pub struct LettersPage {
    /// What surrounds every page.
    pub frame: Frame,
    /// What surrounds it at the desk.
    pub desk: DeskFrame,
    /// Where the box leads that finds a letter.
    pub action: String,
    /// What was typed there, and found nothing.
    pub typed: String,
    /// The batches.
    pub batches: Vec<BatchRow>,
    /// The letters that belong to none.
    pub letters: Vec<LetterRow>,
}

/// Why a new letter was not issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskFault {
    /// No reason was given.
    Reason,
    /// The person is no longer as they were seen.
    Stale,
    /// The access is disabled.
    Disabled,
}

impl AskFault {
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::Reason, Self::Stale, Self::Disabled];

    /// The key of its text.
    #[must_use]
    pub const fn text_key(self) -> &'static str {
        match self {
            Self::Reason => "desk-fault-reason",
            Self::Stale => "desk-ask-stale",
            Self::Disabled => "desk-ask-disabled",
        }
    }
}

/// The form that asks for a new letter.
#[derive(Template)]
#[template(path = "desk/letters/ask.html", whitespace = "minimize")]
pub struct AskPage {
    /// What surrounds every page.
    pub frame: Frame,
    /// What surrounds it at the desk.
    pub desk: DeskFrame,
    /// Where the form goes.
    pub action: String,
    /// The person's screen.
    pub person_href: String,
    /// What they are called.
    pub name: String,
    /// Their identifier.
    pub identifier: String,
    /// Whether they have a password of their own.
    pub has_personal: bool,
    /// The letter that they hold.
    pub latest: Option<LetterRow>,
    /// The state upon which it is asked.
    pub seen: String,
    /// The desks whose contact it may bear: id and name.
    pub desks: Vec<(String, String)>,
    /// The reason, as typed.
    pub reason: String,
    /// Why it was not issued.
    pub fault: Option<AskFault>,
    /// Why one manager alone may not open this access, or not now, in words.
    pub refused: Option<String>,
}

/// What a letter's page has to say first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LetterFault {
    /// No reason was given.
    Reason,
    /// The person is no longer as they were seen.
    Stale,
    /// What is printed on it was shown before, or is over.
    ShownBefore,
}

impl LetterFault {
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::Reason, Self::Stale, Self::ShownBefore];

    /// The key of its text.
    #[must_use]
    pub const fn text_key(self) -> &'static str {
        match self {
            Self::Reason => "desk-fault-reason",
            Self::Stale => "desk-letter-stale",
            Self::ShownBefore => "desk-letter-shown-before",
        }
    }
}

/// What became of a letter.
#[derive(Template)]
#[template(path = "desk/letters/letter.html", whitespace = "minimize")]
pub struct LetterPage {
    /// What surrounds every page.
    pub frame: Frame,
    /// What surrounds it at the desk.
    pub desk: DeskFrame,
    /// The letter.
    pub row: LetterRow,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// Whether a temporary password is printed on it.
    pub with_password: bool,
    /// The batch that it belongs to.
    pub batch_href: Option<String>,
    /// The person's screen.
    pub person_href: String,
    /// Where a new letter is asked for.
    pub new_letter_href: String,
    /// The state upon which it is voided.
    pub seen: String,
    /// Whether it can still be voided.
    pub can_be_voided: bool,
    /// What is to be said first.
    pub fault: Option<LetterFault>,
}

/// The letters of a batch in one state, as a part of a bar a thousand wide.
#[derive(Clone, Debug)]
pub struct Share {
    /// The key of the state's name; its drawing has a class of that name.
    pub key: &'static str,
    /// How many.
    pub count: u64,
    /// Where its part begins.
    pub x: u64,
    /// How wide it is.
    pub width: u64,
}

impl Share {
    /// The parts of a batch, in the order in which letters go through their states.
    #[must_use]
    pub fn all(counts: &BatchCounts) -> Vec<Self> {
        let all = counts.all().max(1);
        let states = [
            ("desk-share-waiting", counts.waiting),
            ("desk-share-printed", counts.printed),
            ("desk-share-used", counts.used),
            ("desk-share-expired", counts.expired),
            ("desk-share-voided", counts.voided),
        ];
        let mut before = 0;
        let share = |(key, count): (&'static str, u64)| {
            let x = before * 1_000 / all;
            before += count;
            Self { key, count, x, width: before * 1_000 / all - x }
        };
        states.into_iter().map(share).collect()
    }
}

/// Why nothing was done with a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchFault {
    /// No reason was given.
    Reason,
    /// From where to where is no range.
    Range,
    /// Whoever prints it must not be the one who asked for it.
    Own,
}

impl BatchFault {
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::Reason, Self::Range, Self::Own];

    /// The key of its text.
    #[must_use]
    pub const fn text_key(self) -> &'static str {
        match self {
            Self::Reason => "desk-fault-reason",
            Self::Range => "desk-anew-range",
            Self::Own => "desk-batch-own",
        }
    }
}

/// A batch: what became of its letters.
#[derive(Template)]
#[template(path = "desk/letters/batch.html", whitespace = "minimize")]
pub struct BatchPage {
    /// What surrounds every page.
    pub frame: Frame,
    /// What surrounds it at the desk.
    pub desk: DeskFrame,
    /// The batch.
    pub batch: BatchRow,
    /// What became of its letters.
    pub shares: Vec<Share>,
    /// How many wait to be printed.
    pub waiting: u64,
    /// How many there are.
    pub all: u64,
    /// Some of them.
    pub letters: Vec<LetterRow>,
    /// Where the next ones are.
    pub next_href: Option<String>,
    /// The batch of which letters were issued anew in this one.
    pub source_href: Option<String>,
    /// This page.
    pub own_href: String,
    /// Where the form goes that prints.
    pub print_action: String,
    /// Where the form goes that asks for new letters.
    pub anew_action: String,
    /// The id under which that form asks.
    pub form: String,
    /// Why nothing was done.
    pub fault: Option<BatchFault>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_bar_fill_it() {
        let counts = BatchCounts { waiting: 1, printed: 1, used: 1, expired: 0, voided: 4 };
        let shares = Share::all(&counts);
        assert_eq!(shares.iter().map(|share| share.width).sum::<u64>(), 1_000);
        assert_eq!(shares[4].x, shares[..4].iter().map(|share| share.width).sum::<u64>());
        assert_eq!(Share::all(&BatchCounts::default()).iter().map(|share| share.width).sum::<u64>(), 0);
    }
}
