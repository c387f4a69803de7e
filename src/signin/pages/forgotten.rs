//! The pages of somebody who forgot a password.

use askama::Template;

use super::UpstreamHint;
use crate::config::Disclosure;
use crate::kit::page::Frame;

/// Which identifier's password is forgotten?
#[derive(Template)]
#[template(path = "signin/forgotten.html", whitespace = "minimize")]
pub struct ForgottenPage {
    /// What surrounds it.
    pub frame: Frame,
    /// Where the form goes; it sends `username`, and `insists` once the hint was shown.
    pub action: String,
    /// The identifier typed before, or hinted.
    pub username: String,
    /// Whether the form came without an identifier.
    pub is_missing: bool,
    /// Where the identifier typed belongs instead.
    pub belongs_upstream: Option<UpstreamHint>,
    /// After how many minutes to ask again, when it was asked too often.
    pub wait_minutes: Option<u64>,
    /// The way back to the form of identifier and password.
    pub back_href: String,
}

/// A mail is on its way, or went out a moment ago.
#[derive(Template)]
#[template(path = "signin/forgotten_answer.html", whitespace = "minimize")]
pub struct ForgottenAnswerPage {
    /// What surrounds it.
    pub frame: Frame,
    /// What is told.
    pub answer: ForgottenAnswer,
    /// How long the link in the mail lives.
    pub link_life: String,
    /// The way back to the form of identifier and password.
    pub back_href: String,
}

/// What somebody who forgot a password is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForgottenAnswer {
    /// A mail is on its way.
    Mailed,
    /// A mail went out a few minutes ago.
    MailedLately,
    /// The manager named on the letter helps.
    Manager,
    /// Both ways, whatever is known.
    Either,
}

impl ForgottenAnswer {
    /// Every answer.
    pub const ALL: [Self; 4] = [Self::Mailed, Self::MailedLately, Self::Manager, Self::Either];

    /// The texts of its page are named by this, followed by `-title` and `-text`.
    #[must_use]
    pub const fn text_key(self) -> &'static str {
        match self {
            Self::Mailed => "forgotten-mailed",
            Self::MailedLately => "forgotten-mailed-lately",
            Self::Manager => "forgotten-call",
            Self::Either => "forgotten-either",
        }
    }

    /// What to tell under a rule of disclosure.
    #[must_use]
    pub const fn under(disclosure: Disclosure, answer: Self) -> Self {
        match disclosure {
            Disclosure::Explicit => answer,
            Disclosure::Uniform => Self::Either,
        }
    }
}

impl ForgottenAnswerPage {
    fn title(&self) -> String {
        self.frame.t(&format!("{}-title", self.answer.text_key()))
    }

    fn text(&self) -> String {
        self.frame.t1(&format!("{}-text", self.answer.text_key()), "life", &self.link_life)
    }
}
