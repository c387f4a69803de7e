//! The pages of somebody whom a manager helps, and what is told of it afterwards.

use askama::Template;

use super::ForgottenAnswer;
use crate::accounts::OpeningTold;
use crate::kit::page::Frame;

/// The page at which a caller waits: what to read to the manager, and the code that they speak.
#[derive(Template)]
#[template(path = "signin/telephone.html", whitespace = "minimize")]
pub struct TelephonePage {
    /// What surrounds it.
    pub frame: Frame,
    /// What is told: the manager helps, or both ways.
    pub answer: ForgottenAnswer,
    /// How long the link in the mail lives.
    pub link_life: String,
    /// The case number in two groups.
    pub case: String,
    /// Until when the page lives.
    pub until: String,
    /// What the caller reads to the manager.
    pub caller_code: String,
    /// What the manager must answer.
    pub manager_code: String,
    /// Until when a code may be typed, once one was spoken.
    pub code_until: Option<String>,
    /// What is wrong with the code that was typed.
    pub fault: Option<CodeFault>,
    /// Whether this browser was used at a desk.
    pub is_of_a_desk: bool,
    /// Where the form goes; it sends `spoken-code`.
    pub action: String,
    /// Where the page asks whether there is news.
    pub news_href: String,
    /// What it compares the answer with.
    pub state: String,
    /// The way back to the form of identifier and password.
    pub back_href: String,
}

/// Why a spoken code is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeFault {
    /// A slip of the finger, or nothing: it costs no try.
    Slip,
    /// It is another one.
    Wrong {
        /// How many more may be tried.
        left: u64,
    },
    /// No code counts any more.
    Over,
}

impl CodeFault {
    /// One of each.
    pub const ALL: [Self; 4] = [Self::Slip, Self::Wrong { left: 3 }, Self::Wrong { left: 0 }, Self::Over];

    /// The key of its text; its title is named the same, with `-title` behind it.
    #[must_use]
    pub const fn text_key(self) -> &'static str {
        match self {
            Self::Slip => "spoken-code-slip",
            Self::Wrong { left: 0 } | Self::Over => "spoken-code-over",
            Self::Wrong { .. } => "spoken-code-wrong",
        }
    }

    fn advice(self, frame: &Frame) -> String {
        let left = if let Self::Wrong { left } = self { left } else { 0 };
        frame.count(self.text_key(), "left", left)
    }
}

impl TelephonePage {
    fn title(&self) -> String {
        if self.code_until.is_some() {
            return self.frame.t("spoken-code-title");
        }
        self.frame.t(&format!("{}-title", self.answer.text_key()))
    }

    fn text(&self) -> String {
        self.frame.t1(&format!("{}-text", self.answer.text_key()), "life", &self.link_life)
    }

    fn speaks_of_mail(&self) -> bool {
        self.answer == ForgottenAnswer::Either
    }
}

/// An access cannot be used here: this browser was used at a desk.
#[derive(Template)]
#[template(path = "signin/desk_browser.html", whitespace = "minimize")]
pub struct DeskBrowserPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The way to the sign-in.
    pub sign_in_href: String,
}

/// A manager opened this person's access since their last sign-in.
#[derive(Template)]
#[template(path = "signin/opening_notice.html", whitespace = "minimize")]
pub struct OpeningNoticePage {
    /// What surrounds it.
    pub frame: Frame,
    /// Where the form goes.
    pub action: String,
    /// Whom to call: a name, and how to reach it.
    pub contact: Option<String>,
    /// What was opened, the latest first.
    pub openings: Vec<OpeningTold>,
}

impl OpeningNoticePage {
    fn line(&self, opening: &OpeningTold) -> String {
        let key = format!("opening-notice-{}", opening.way.word());
        self.frame.t1(&key, "at", &self.frame.moment(opening.at))
    }
}
