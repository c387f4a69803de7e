//! The pages of help by telephone, at the desk.

use askama::Template;

use crate::desk::pages::DeskFrame;
use crate::kit::clock::Timestamp;
use crate::kit::page::Frame;

/// A call: who should be on the line, the matching codes, what to ask.
#[derive(Template)]
#[template(path = "desk/telephone.html", whitespace = "minimize")]
pub struct CallPage {
    /// What surrounds every page.
    pub frame: Frame,
    /// What surrounds it at the desk.
    pub desk: DeskFrame,
    /// Who asks for help.
    pub person: String,
    /// With which identifier.
    pub identifier: String,
    /// The person's screen.
    pub person_href: String,
    /// The latest letter: its number, and when it was issued.
    pub letter: Option<(String, Timestamp)>,
    /// When they were last seen.
    pub last_seen_at: Option<Timestamp>,
    /// Why no code was made.
    pub refused: Option<Refused>,
    /// Where the call stands.
    pub call: CallState,
    /// Which other manager takes care of it.
    pub taken_by: Option<String>,
    /// The other requests about this person: their numbers, as they are read aloud, and where each is shown.
    pub others: Vec<(String, String)>,
    /// What the account is; the form sends it as `seen`.
    pub seen: String,
    /// Where the form goes; it sends `case`, `attempt`, `codes-match` and `identity-checked`.
    pub action: String,
    /// Where the page asks whether there is news.
    pub news_href: String,
    /// What it compares the answer with.
    pub state: String,
}

/// Where a call stands.
pub enum CallState {
    /// The account is disabled.
    Disabled,
    /// The person has no page open: they must ask for help first.
    NoCase,
    /// The person waits.
    Open {
        /// The number of the case.
        number: String,
        /// The same, as it is read aloud.
        spoken: String,
        /// What the caller reads.
        caller_code: String,
        /// What the manager answers.
        manager_code: String,
        /// Which pair of codes this is.
        attempt: i64,
        /// Until when the code counts that was spoken, if one was.
        spoken_until: Option<Timestamp>,
    },
    /// The code was typed: the person is choosing a password.
    Proven,
}

/// Why no code was made.
pub enum Refused {
    /// Not both boxes were ticked.
    Unchecked,
    /// The account was changed meanwhile.
    Stale,
    /// A code was made since, or the request is over.
    Overtaken,
    /// Another manager takes care of the case.
    Anothers,
    /// The account is disabled.
    Disabled,
    /// No access may be opened now, for this reason.
    NotOpened(String),
}

impl Refused {
    fn words(&self, frame: &Frame) -> String {
        match self {
            Self::Unchecked => frame.t("call-unchecked"),
            Self::Stale => frame.t("call-stale"),
            Self::Overtaken => frame.t("call-overtaken"),
            Self::Anothers => frame.t("call-anothers"),
            Self::Disabled => frame.t("call-disabled"),
            Self::NotOpened(words) => words.clone(),
        }
    }
}

/// The code to speak, shown this once.
#[derive(Template)]
#[template(path = "desk/spoken_code.html", whitespace = "minimize")]
pub struct SpokenCodePage {
    /// What surrounds every page.
    pub frame: Frame,
    /// What surrounds it at the desk.
    pub desk: DeskFrame,
    /// The code, in groups.
    pub code: String,
    /// How long it counts.
    pub life: String,
    /// Where the call goes on.
    pub back_href: String,
}
