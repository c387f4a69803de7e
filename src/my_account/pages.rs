//! The pages of a person's own account.

use askama::Template;

use super::{
    ADDRESS_PATH, ALL_PATH, CONSENT_PATH, OTHERS_PATH, PASSWORD_PATH, PATH, SEND_AGAIN_PATH, SESSION_PATH,
};
use crate::kit::clock::Timestamp;
use crate::kit::page::{Frame, Localized};
use crate::signin::SIGN_OUT_PATH;
use crate::signin::pages::{NewPasswordField, PasswordFailure};

/// What was just done, told at the top of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// A new password is in place.
    PasswordChanged,
    /// A mail with a link to confirm an address is on its way.
    AddressGiven,
    /// So many mails were asked for that none was sent now.
    TooManyMails,
    /// No address is kept any more.
    AddressRemoved,
    /// One session was ended.
    SessionEnded,
    /// Every other session was ended.
    OthersEnded,
    /// An application may do nothing any more.
    ConsentWithdrawn,
    /// It was so already.
    Nothing,
    /// The form belonged to a session, or a state of the account, that is over: nothing was done.
    Stale,
}

impl Done {
    /// Everything that can be told.
    pub const ALL: [Self; 9] = [
        Self::PasswordChanged,
        Self::AddressGiven,
        Self::TooManyMails,
        Self::AddressRemoved,
        Self::SessionEnded,
        Self::OthersEnded,
        Self::ConsentWithdrawn,
        Self::Nothing,
        Self::Stale,
    ];

    /// The word for it in the page's address.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::PasswordChanged => "password",
            Self::AddressGiven => "address",
            Self::TooManyMails => "too-many-mails",
            Self::AddressRemoved => "address-removed",
            Self::SessionEnded => "session",
            Self::OthersEnded => "others",
            Self::ConsentWithdrawn => "consent",
            Self::Nothing => "nothing",
            Self::Stale => "stale",
        }
    }

    /// What a word stands for, if it stands for anything.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|done| done.word() == word)
    }

    /// The key of its text.
    #[must_use]
    pub fn text_key(self) -> String {
        format!("account-done-{}", self.word())
    }
}

/// Everything that a person may know of their account.
#[derive(Template)]
#[template(path = "my_account/account.html", whitespace = "minimize")]
pub struct AccountPage {
    /// What surrounds it.
    pub frame: Frame,
    /// What was just done.
    pub done: Option<Done>,
    /// What it shows.
    pub summary: Summary,
}

/// What [`AccountPage`] shows.
pub struct Summary {
    /// The public name of the session in which it is shown; its forms send it as `session`.
    pub session: String,
    /// Who the person is.
    pub known: Knowledge,
    /// Their mail address.
    pub address: AddressState,
    /// Whether mails can be sent at all.
    pub mail_works: bool,
    /// When the password was set; none for people who have none here.
    pub password_set_at: Option<Timestamp>,
    /// Where they are signed in, this session first.
    pub sessions: Vec<SessionRow>,
    /// What they allow applications.
    pub consents: Vec<Permission>,
    /// What happened, the latest first.
    pub events: Vec<EventRow>,
}

/// Who the person is, as applications are told.
pub struct Knowledge {
    /// The name.
    pub name: String,
    /// The identifier, for people who have one here.
    pub identifier: Option<String>,
    /// Where they sign in.
    pub home: Home,
    /// Who looks after them.
    pub authority: Option<String>,
    /// Whom to call, where that is certain.
    pub desk: Option<Contact>,
}

/// Where a person signs in.
pub enum Home {
    /// Here, with a password.
    Here,
    /// At another provider.
    Elsewhere {
        /// Its name for people.
        provider: String,
        /// Its help page: label and address.
        help: Option<(String, String)>,
    },
}

/// Whom to call.
pub struct Contact {
    /// The desk's name.
    pub name: String,
    /// Its telephone number.
    pub telephone: Option<String>,
    /// Its mail address.
    pub email: Option<String>,
}

/// What is known of a person's mail addresses.
pub struct AddressState {
    /// The one in use.
    pub known: Option<String>,
    /// Whether the person proved that it is theirs; otherwise somebody vouched for it.
    pub is_confirmed: bool,
    /// One that waits for confirmation.
    pub waiting: Option<String>,
    /// One that a desk proposes.
    pub proposed: Option<String>,
}

/// One session.
pub struct SessionRow {
    /// Its public name.
    pub sid: String,
    /// Browser and system in words.
    pub device: String,
    /// When it began.
    pub began_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Timestamp,
    /// Whether it is the one in which the page is shown.
    pub is_current: bool,
}

/// What one application may do.
pub struct Permission {
    /// Its id.
    pub client: String,
    /// Its name for people.
    pub name: String,
    /// The keys of what it may do.
    pub permissions: Vec<&'static str>,
    /// What it may do at APIs, in their own words.
    pub api_permissions: Vec<Localized>,
    /// Since when.
    pub given_at: Timestamp,
}

/// One thing that happened.
pub struct EventRow {
    /// When.
    pub at: Timestamp,
    /// The key of its text.
    pub key: String,
    /// For which authority somebody did it.
    pub by: Option<String>,
}

impl AccountPage {
    /// The day on which the password was chosen.
    fn password_since(&self) -> Option<String> {
        self.summary.password_set_at.map(|at| self.frame.day(at))
    }

    fn has_others(&self) -> bool {
        self.summary.sessions.iter().any(|session| !session.is_current)
    }

    fn is_only_told(&self) -> bool {
        matches!(self.done, Some(Done::Nothing | Done::Stale | Done::TooManyMails))
    }
}

/// The present password and a new one.
#[derive(Template)]
#[template(path = "my_account/password.html", whitespace = "minimize")]
pub struct ChangePasswordPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The public name of the session; the form sends it, `current-password` and `new-password`.
    pub session: String,
    /// Whose password it is; told to password managers.
    pub username: String,
    /// What is wrong with the present one.
    pub current: Option<CurrentFault>,
    /// The field of the new one.
    pub password: NewPasswordField,
}

/// Why the present password does not count, where it is asked for again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CurrentFault {
    /// It was not typed.
    Missing,
    /// It is another.
    Wrong,
    /// Too many failures before: it was not looked at.
    Wait {
        /// After how many seconds the next attempt is.
        seconds: u64,
    },
}

impl CurrentFault {
    /// Every fault, with an example of a wait.
    pub const ALL: [Self; 3] = [Self::Missing, Self::Wrong, Self::Wait { seconds: 901 }];

    fn title(self, frame: &Frame) -> String {
        match self {
            Self::Missing => frame.t("current-password-missing-title"),
            Self::Wrong => frame.t("current-password-wrong-title"),
            Self::Wait { seconds } => frame.t(PasswordFailure::Wait { seconds }.text_key()),
        }
    }

    fn text(self, frame: &Frame) -> String {
        match self {
            Self::Missing => frame.t("current-password-missing"),
            Self::Wrong => frame.t("current-password-wrong"),
            Self::Wait { seconds } => PasswordFailure::Wait { seconds }.text(frame),
        }
    }
}

impl ChangePasswordPage {
    fn title(&self) -> String {
        self.fault_title().unwrap_or_else(|| self.frame.t("account-password-title"))
    }

    /// What is wrong, in a few words; nothing when nothing is.
    fn fault_title(&self) -> Option<String> {
        let rejected = || self.password.fault.map(|_| self.frame.t("new-password-rejected"));
        self.current.map(|fault| fault.title(&self.frame)).or_else(rejected)
    }
}

/// The present password and a mail address.
#[derive(Template)]
#[template(path = "my_account/mail_address.html", whitespace = "minimize")]
pub struct AddressPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The public name of the session; the form sends it, `email`, `current-password`, and `decision`
    /// (`give` or `remove`).
    pub session: String,
    /// Whose address it is; told to password managers.
    pub username: String,
    /// The address as it is now, confirmed or not.
    pub current: Option<String>,
    /// What was typed before.
    pub email: String,
    /// Why the person sees this page again.
    pub fault: Option<AddressFault>,
}

/// Why an address was not taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressFault {
    /// No mail could go there.
    NoAddress,
    /// The present password was not proved.
    Current(CurrentFault),
}

impl AddressPage {
    fn title(&self) -> String {
        match self.fault {
            None => self.heading(),
            Some(AddressFault::NoAddress) => self.frame.t("account-address-fault-title"),
            Some(AddressFault::Current(fault)) => fault.title(&self.frame),
        }
    }

    fn heading(&self) -> String {
        let is_new = self.current.is_none();
        if is_new { self.frame.t("account-address-give") } else { self.frame.t("account-address-change") }
    }

    fn fault_text(&self) -> String {
        match self.fault {
            None => String::new(),
            Some(AddressFault::NoAddress) => self.frame.t("account-address-fault"),
            Some(AddressFault::Current(fault)) => fault.text(&self.frame),
        }
    }

    fn address_is_refused(&self) -> bool {
        self.fault == Some(AddressFault::NoAddress)
    }

    fn current_is_refused(&self) -> bool {
        matches!(self.fault, Some(AddressFault::Current(_)))
    }
}

/// Every access is ended.
#[derive(Template)]
#[template(path = "my_account/closed.html", whitespace = "minimize")]
pub struct ClosedPage {
    /// What surrounds it.
    pub frame: Frame,
}
