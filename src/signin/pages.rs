//! The pages of the hosted sign-in.

mod forgotten;
mod passwords;
mod telephone;

use askama::Template;

pub use forgotten::{ForgottenAnswer, ForgottenAnswerPage, ForgottenPage};
pub use passwords::{
    AddressFault, AddressField, ConfirmAddressPage, DeadLink, DeadLinkPage, LinkDone, LinkDonePage,
    MailAddressPage, NewPasswordField, NewPasswordPage, ResetPasswordPage,
};
pub use telephone::{CodeFault, DeskBrowserPage, OpeningNoticePage, TelephonePage};

use crate::accounts::Busy;
use crate::kit::page::Frame;

/// "Quelle est votre situation ?": which door is for whom.
#[derive(Template)]
#[template(path = "signin/situations.html", whitespace = "minimize")]
pub struct SituationsPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The application that the person is on the way to.
    pub application: Option<String>,
    /// The doors, in the order of the settings; the page puts a remembered one first.
    pub choices: Vec<SituationChoice>,
}

impl SituationsPage {
    fn in_order(&self) -> impl Iterator<Item = &SituationChoice> {
        let remembered = self.choices.iter().filter(|choice| choice.remembered);
        remembered.chain(self.choices.iter().filter(|choice| !choice.remembered))
    }
}

/// One door.
#[derive(Clone, Debug)]
pub struct SituationChoice {
    /// Its name in the settings; the link's id on the page is `situation-<id>`.
    pub id: String,
    /// Who it is for, in a few words.
    pub title: String,
    /// A line under the title; may be empty.
    pub description: String,
    /// Who belongs here, line by line.
    pub people: Vec<String>,
    /// Where it leads.
    pub href: String,
    /// Whether this browser chose it last time.
    pub remembered: bool,
}

/// Identifier and password.
#[derive(Template)]
#[template(path = "signin/password.html", whitespace = "minimize")]
pub struct PasswordPage {
    /// What surrounds it.
    pub frame: Frame,
    /// Where the form goes; it sends `username` and `password`, and `insists` once the hint was shown.
    pub action: String,
    /// The application that the person is on the way to.
    pub application: Option<String>,
    /// The identifier typed before, or hinted.
    pub username: String,
    /// Why the person sees this page again.
    pub failure: Option<PasswordFailure>,
    /// Where the identifier typed belongs instead; no password was looked at.
    pub belongs_upstream: Option<UpstreamHint>,
    /// The way back to the choice of situation.
    pub back_href: Option<String>,
    /// The page for people who forgot their password.
    pub forgotten_href: String,
    /// The other situations.
    pub other_doors: Vec<OtherDoor>,
    /// What people know their identifier from.
    pub guidance: Guidance,
}

/// What people know their identifier and password from, so that the page can say where to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Guidance {
    /// From their convocation letter.
    #[default]
    Letter,
    /// From elsewhere; the page says nothing about it.
    Plain,
}

/// Why the form of [`PasswordPage`] is shown again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordFailure {
    /// Identifier or password was left empty.
    Empty,
    /// The two do not go together, for whatever reason.
    Refused,
    /// Too many people at once: nothing was looked at.
    Busy {
        /// After how many seconds to try again.
        seconds: u64,
    },
    /// Too many failures before this attempt: nothing was looked at.
    Wait {
        /// After how many seconds the next one is.
        seconds: u64,
    },
    /// No password is that long.
    PasswordTooLong,
    /// The letter's password was right, but its season is over.
    TemporaryExpired,
    /// One character of the letter's password is wrong: no such password was ever printed.
    LetterSlip,
}

impl PasswordFailure {
    /// Every failure, with an example of a wait.
    pub const ALL: [Self; 7] = [
        Self::Empty,
        Self::Refused,
        Self::Busy { seconds: 5 },
        Self::Wait { seconds: 901 },
        Self::PasswordTooLong,
        Self::TemporaryExpired,
        Self::LetterSlip,
    ];

    /// The one of somebody who comes when too many are there.
    #[must_use]
    pub const fn busy(busy: Busy) -> Self {
        Self::Busy { seconds: busy.retry_after.as_secs() }
    }

    /// The key of its title; its explanation has the same key followed by `-text`.
    #[must_use]
    pub const fn text_key(self) -> &'static str {
        match self {
            Self::Empty => "password-empty",
            Self::Refused => "password-refused",
            Self::Busy { .. } => "password-busy",
            Self::Wait { .. } => "password-wait",
            Self::PasswordTooLong => "password-too-long",
            Self::TemporaryExpired => "password-temporary-expired",
            Self::LetterSlip => "password-letter-slip",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn text(self, frame: &Frame) -> String {
        match self {
            Self::Busy { seconds } if seconds >= 120 => {
                frame.count("password-busy-minutes-text", "minutes", seconds.div_ceil(60))
            }
            Self::Busy { seconds } => frame.count("password-busy-text", "seconds", seconds.max(1)),
            Self::Wait { seconds } => match seconds {
                0..120 => frame.count("password-wait-text", "seconds", seconds.max(1)),
                120..7_200 => frame.count("password-wait-minutes-text", "minutes", seconds.div_ceil(60)),
                _ => frame.count("password-wait-hours-text", "hours", seconds.div_ceil(3_600)),
            },
            _ => frame.t(&format!("{}-text", self.text_key())),
        }
    }
}

impl PasswordPage {
    /// "Connexion à …": the application, or else this site itself.
    fn heading(&self) -> String {
        let site = self.frame.own(&self.frame.site.name);
        self.frame.t1("password-title", "application", self.application.as_deref().unwrap_or(site))
    }

    /// What to do about the failure; nothing when there is none.
    fn failure_text(&self) -> String {
        self.failure.map(|failure| failure.text(&self.frame)).unwrap_or_default()
    }

    fn has_letter(&self) -> bool {
        self.guidance == Guidance::Letter
    }

    /// Whether this identifier went through the hint that it belongs elsewhere: whoever sends the same
    /// again insists, and is not told twice.
    fn was_told(&self) -> bool {
        use PasswordFailure::{Busy, LetterSlip, Refused, TemporaryExpired, Wait};
        self.belongs_upstream.is_some()
            || matches!(
                self.failure,
                Some(Refused | Busy { .. } | Wait { .. } | TemporaryExpired | LetterSlip)
            )
    }

    fn must_wait(&self) -> bool {
        matches!(self.failure, Some(PasswordFailure::Wait { .. }))
    }

    fn is_refused(&self) -> bool {
        self.failure == Some(PasswordFailure::Refused)
    }

    /// The key of what is wrong with the identifier alone.
    fn username_fault(&self) -> Option<&'static str> {
        let is_missing = self.failure == Some(PasswordFailure::Empty) && self.username.trim().is_empty();
        is_missing.then_some("username-missing")
    }

    /// The key of what is wrong with the password alone; it is never sent back, so after an empty field
    /// it has to be typed again in any case.
    fn password_fault(&self) -> Option<&'static str> {
        match self.failure? {
            PasswordFailure::Empty => Some("password-missing"),
            PasswordFailure::PasswordTooLong => Some("password-too-long-field"),
            PasswordFailure::LetterSlip => Some("password-letter-slip-field"),
            PasswordFailure::Refused
            | PasswordFailure::Busy { .. }
            | PasswordFailure::Wait { .. }
            | PasswordFailure::TemporaryExpired => None,
        }
    }
}

/// The provider that an identifier belongs to, told before any password is looked at.
#[derive(Clone, Debug)]
pub struct UpstreamHint {
    /// Its name for people.
    pub name: String,
    /// The way to it.
    pub href: String,
}

/// Another situation, offered beside the fields.
#[derive(Clone, Debug)]
pub struct OtherDoor {
    /// Who it is for.
    pub title: String,
    /// Where it leads.
    pub href: String,
}

/// The sign-in at an upstream provider came to nothing.
#[derive(Template)]
#[template(path = "signin/upstream_problem.html", whitespace = "minimize")]
pub struct UpstreamProblemPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The provider's name for people.
    pub provider: String,
    /// What happened.
    pub problem: UpstreamProblem,
    /// The way to try again.
    pub retry_href: String,
    /// The provider's own help: label and address.
    pub help: Option<(String, String)>,
    /// The way back to the choice of situation.
    pub back_href: String,
}

/// What happened to a sign-in at an upstream provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpstreamProblem {
    /// It is down, slow, or answers nonsense.
    Unavailable,
    /// The person or the provider said no.
    Refused,
    /// Its answer is not what it should be.
    Untrusted,
    /// The answer came to a browser that did not begin, or twice, or too late.
    OtherBrowser,
}

impl UpstreamProblem {
    /// Every problem.
    pub const ALL: [Self; 4] = [Self::Unavailable, Self::Refused, Self::Untrusted, Self::OtherBrowser];

    /// The texts of its page are named by this, followed by `-title`, `-text` and `-step`.
    #[must_use]
    pub const fn text_key(self) -> &'static str {
        match self {
            Self::Unavailable => "upstream-unavailable",
            Self::Refused => "upstream-refused",
            Self::Untrusted => "upstream-untrusted",
            Self::OtherBrowser => "upstream-other-browser",
        }
    }
}

impl UpstreamProblemPage {
    fn text(&self, part: &str) -> String {
        self.frame.t1(&format!("{}-{part}", self.problem.text_key()), "provider", &self.provider)
    }
}

/// The door that leads to another site, explained.
#[derive(Template)]
#[template(path = "signin/elsewhere.html", whitespace = "minimize")]
pub struct ElsewherePage {
    /// What surrounds it.
    pub frame: Frame,
    /// What the page is called.
    pub title: String,
    /// Why it is there and not here.
    pub paragraphs: Vec<String>,
    /// What the button says.
    pub button: String,
    /// The other site.
    pub href: String,
    /// The way back to the choice of situation.
    pub back_href: String,
}

/// Says who is signed in, when no application waits for the person.
#[derive(Template)]
#[template(path = "signin/signed_in.html", whitespace = "minimize")]
pub struct SignedInPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The person's name.
    pub name: String,
    /// The person's identifier, if they have one here.
    pub identifier: Option<String>,
    /// Where the sign-out form goes.
    pub sign_out_action: String,
}
