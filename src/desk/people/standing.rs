//! How a person's access stands, in one sentence, and what can be done next.

use super::known::Known;
use crate::accounts::{Access, Account};
use crate::kit::clock::Timestamp;
use crate::kit::page::Frame;

/// How a person's access stands.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Whether and how they can sign in.
    pub state: State,
    /// What is known of their mail address.
    pub address: AddressState,
    /// Until when they must wait after failures.
    pub wait_until: Option<Timestamp>,
}

/// Whether and how a person can sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// The access is disabled.
    Disabled {
        /// Since when.
        at: Timestamp,
    },
    /// There is no password.
    NoPassword,
    /// The letter with the password was voided, and no other came.
    Voided {
        /// When.
        at: Timestamp,
    },
    /// They have a password of their own.
    Personal {
        /// Since when.
        since: Timestamp,
    },
    /// They have the password of a letter, not used so far.
    Temporary {
        /// Whether the letter is on paper.
        on: Paper,
        /// Since when.
        since: Timestamp,
        /// Until when it counts.
        until: Option<Timestamp>,
        /// Whether that is past.
        expired: bool,
    },
}

/// Whether a letter was printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paper {
    /// It was.
    Printed,
    /// Not that anybody knows.
    NotPrinted,
}

/// What is known of a person's mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressState {
    /// There is none.
    Unknown,
    /// One is to be confirmed.
    Waiting,
    /// A desk proposes one.
    Proposed,
    /// A list or an operator gave it.
    Unconfirmed,
    /// The person confirmed it.
    Confirmed,
}

impl AddressState {
    /// Every state.
    pub const ALL: [Self; 5] =
        [Self::Unknown, Self::Waiting, Self::Proposed, Self::Unconfirmed, Self::Confirmed];

    fn of(account: &Account) -> Self {
        match (&account.email, &account.pending_email, &account.proposed_email) {
            (Some(_), ..) if account.email_verified => Self::Confirmed,
            (Some(_), ..) => Self::Unconfirmed,
            (None, Some(_), _) => Self::Waiting,
            (None, None, Some(_)) => Self::Proposed,
            (None, None, None) => Self::Unknown,
        }
    }

    /// The key of its words.
    #[must_use]
    pub const fn text_key(self) -> &'static str {
        match self {
            Self::Unknown => "desk-address-unknown",
            Self::Waiting => "desk-address-waiting",
            Self::Proposed => "desk-address-proposed",
            Self::Unconfirmed => "desk-address-unconfirmed",
            Self::Confirmed => "desk-address-confirmed",
        }
    }
}

impl Standing {
    /// How somebody stands now.
    pub(super) fn of(known: &Known, now: Timestamp) -> Self {
        Self {
            state: State::of(known),
            address: AddressState::of(known.account()),
            wait_until: known.wait.map(|wait| now + wait.remaining),
        }
    }

    /// The sentence.
    #[must_use]
    pub fn sentence(&self, frame: &Frame) -> String {
        let address = frame.t(self.address.text_key());
        frame.t2("desk-sentence", "state", &self.state.words(frame), "address", &address)
    }

    /// What can be done next.
    #[must_use]
    pub fn next(&self, frame: &Frame) -> String {
        if let Some(until) = self.wait_until {
            return frame.t1("desk-next-wait", "moment", &frame.moment(until));
        }
        frame.t(match (&self.state, self.address) {
            (State::Disabled { .. }, _) => "desk-next-disabled",
            (State::NoPassword | State::Voided { .. } | State::Temporary { expired: true, .. }, _) => {
                "desk-next-letter"
            }
            (State::Temporary { .. }, _) => "desk-next-temporary",
            (State::Personal { .. }, AddressState::Confirmed | AddressState::Unconfirmed) => {
                "desk-next-personal"
            }
            (State::Personal { .. }, _) => "desk-next-personal-without-mail",
        })
    }
}

impl State {
    fn of(known: &Known) -> Self {
        let letters = &known.overview.letters;
        match known.overview.access {
            Access::Deleted { at } | Access::Disabled { at } => Self::Disabled { at },
            Access::Upstream => Self::NoPassword,
            Access::NoPassword => {
                let voided = letters.first().and_then(|letter| letter.voided_at);
                voided.map_or(Self::NoPassword, |at| Self::Voided { at })
            }
            Access::Personal { since } => Self::Personal { since },
            Access::Temporary { since, until, expired } => {
                let letter = letters.iter().find(|letter| letter.with_password && letter.voided_at.is_none());
                match letter.and_then(|letter| letter.printed_at) {
                    Some(at) => Self::Temporary { on: Paper::Printed, since: at, until, expired },
                    None => Self::Temporary { on: Paper::NotPrinted, since, until, expired },
                }
            }
        }
    }

    fn words(&self, frame: &Frame) -> String {
        match self {
            Self::Disabled { at } => frame.t1("desk-access-disabled", "day", &frame.day(*at)),
            Self::NoPassword => frame.t("desk-access-no-password"),
            Self::Voided { at } => frame.t1("desk-access-voided", "day", &frame.day(*at)),
            Self::Personal { since } => frame.t1("desk-access-personal", "day", &frame.day(*since)),
            Self::Temporary { on, since, until, expired } => {
                let day = frame.day(*since);
                let Some(until) = until.map(|until| frame.last_day(until)) else {
                    return frame.t1("desk-access-temporary", "day", &day);
                };
                let key = match (on, expired) {
                    (Paper::Printed, false) => "desk-access-printed",
                    (Paper::Printed, true) => "desk-access-printed-expired",
                    (Paper::NotPrinted, false) => "desk-access-drawn",
                    (Paper::NotPrinted, true) => "desk-access-drawn-expired",
                };
                frame.t2(key, "day", &day, "until", &until)
            }
        }
    }
}

/// The keys of every sentence that is chosen by a state.
#[must_use]
pub fn text_keys() -> Vec<&'static str> {
    let states = [
        "desk-access-disabled",
        "desk-access-no-password",
        "desk-access-voided",
        "desk-access-personal",
        "desk-access-temporary",
        "desk-access-printed",
        "desk-access-printed-expired",
        "desk-access-drawn",
        "desk-access-drawn-expired",
        "desk-sentence",
    ];
    let next = [
        "desk-next-wait",
        "desk-next-disabled",
        "desk-next-letter",
        "desk-next-temporary",
        "desk-next-personal",
        "desk-next-personal-without-mail",
    ];
    states.into_iter().chain(next).chain(AddressState::ALL.map(AddressState::text_key)).collect()
}
