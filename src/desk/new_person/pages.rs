//! The form by which a person is made, and those who may be meant.

use askama::Template;

use crate::desk::pages::DeskFrame;
use crate::desk::search::pages::{Line, State};
use crate::kit::page::Frame;
use crate::kit::parameters::Parameters;

/// What was typed into the form, without the spaces around it.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    /// The secret of the form: however often it is sent, it makes one person.
    pub form: String,
    /// Given name.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// Identifier, or nothing.
    pub identifier: String,
    /// Mail address, or nothing.
    pub email: String,
    /// Why the person is made.
    pub reason: String,
}

impl Typed {
    /// What a form brings.
    #[must_use]
    pub fn of(form: &Parameters) -> Self {
        let field = |name: &str| form.get(name).unwrap_or_default().trim().to_owned();
        Self {
            form: field("form"),
            given_name: field("given-name"),
            family_name: field("family-name"),
            identifier: field("identifier"),
            email: field("email"),
            reason: field("reason"),
        }
    }
}

/// Why nobody was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewPersonFault {
    /// No family name.
    NoName,
    /// A name too long, or with what no name has.
    Name,
    /// An identifier that nobody can type.
    Identifier,
    /// One that is, or was, somebody's.
    Taken,
    /// A mail address to which nothing can be sent.
    Email,
    /// No reason, or an endless one.
    Reason,
}

impl NewPersonFault {
    /// Every fault.
    pub const ALL: [Self; 6] =
        [Self::NoName, Self::Name, Self::Identifier, Self::Taken, Self::Email, Self::Reason];

    /// The key of what is told.
    #[must_use]
    pub const fn text_key(self) -> &'static str {
        match self {
            Self::NoName => "desk-new-no-name",
            Self::Name => "desk-new-bad-name",
            Self::Identifier => "desk-new-bad-identifier",
            Self::Taken => "desk-new-taken",
            Self::Email => "desk-new-bad-email",
            Self::Reason => "desk-new-bad-reason",
        }
    }
}

/// The form by which a person is made.
#[derive(Template)]
#[template(path = "desk/new_person.html", whitespace = "minimize")]
pub struct NewPersonPage {
    /// What surrounds every page.
    pub frame: Frame,
    /// What surrounds it at the desk.
    pub desk: DeskFrame,
    /// Where the form leads.
    pub action: String,
    /// What was typed before.
    pub typed: Typed,
    /// Why nobody was made.
    pub fault: Option<NewPersonFault>,
}

impl NewPersonPage {
    /// What is wrong, in words.
    fn fault_text(&self) -> String {
        self.fault.map(|fault| self.frame.t(fault.text_key())).unwrap_or_default()
    }

    /// Whether a field is the one that is wrong.
    fn is_wrong(&self, field: &str) -> bool {
        match self.fault {
            Some(NewPersonFault::NoName) => field == "family-name",
            Some(NewPersonFault::Name) => field == "family-name" || field == "given-name",
            Some(NewPersonFault::Identifier | NewPersonFault::Taken) => field == "identifier",
            Some(NewPersonFault::Email) => field == "email",
            Some(NewPersonFault::Reason) => field == "reason",
            None => false,
        }
    }
}

/// Those who may be meant, before a person is made.
#[derive(Template)]
#[template(path = "desk/homonyms.html", whitespace = "minimize")]
pub struct HomonymsPage {
    /// What surrounds every page.
    pub frame: Frame,
    /// What surrounds it at the desk.
    pub desk: DeskFrame,
    /// Where the form leads.
    pub action: String,
    /// What was typed.
    pub typed: Typed,
    /// The ids of those who are shown, as the form sends them back.
    pub shown: String,
    /// Those who may be meant.
    pub lines: Vec<Line>,
    /// Whether there are more than are shown.
    pub has_more: bool,
}
