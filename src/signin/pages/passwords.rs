//! The pages on which a personal password is chosen, and a mail address given.

use askama::Template;

use crate::accounts::{Accounts, NewPasswordFault};
use crate::config::PasswordRule;
use crate::kit::page::Frame;

/// The field of a new password: what it must be, and why it is shown again.
#[derive(Clone, Copy, Debug)]
pub struct NewPasswordField {
    /// The least length, in characters.
    pub minimum_length: usize,
    /// What it must be worth.
    pub rule: PasswordRule,
    /// What is wrong with the one that was sent.
    pub fault: Option<NewPasswordFault>,
}

impl NewPasswordField {
    /// The field as the settings want it.
    #[must_use]
    pub fn of(accounts: &Accounts, fault: Option<NewPasswordFault>) -> Self {
        let (minimum_length, rule) = accounts.password_rule();
        Self { minimum_length, rule, fault }
    }

    /// The ways to make one that fits, in words.
    #[must_use]
    pub fn ways(&self, frame: &Frame) -> Vec<String> {
        let length = u64::try_from(self.minimum_length).unwrap_or(u64::MAX);
        match self.rule {
            PasswordRule::WithThrottling => vec![
                frame.count("new-password-rule-short", "length", length),
                frame.count("new-password-rule-long", "length", length.max(20)),
            ],
            PasswordRule::Alone => vec![
                frame.count("new-password-rule-four-kinds", "length", length.max(12)),
                frame.count("new-password-rule-three-kinds", "length", length.max(14)),
                frame.t("new-password-rule-words"),
            ],
        }
    }

    /// What to do about the fault; nothing when there is none.
    #[must_use]
    pub fn advice(&self, frame: &Frame) -> Option<String> {
        let length = u64::try_from(self.minimum_length).unwrap_or(u64::MAX);
        self.fault.map(|fault| frame.count(fault.text_key(), "length", length))
    }
}

/// The field of a mail address.
#[derive(Clone, Debug, Default)]
pub struct AddressField {
    /// Whether one can go on without.
    pub required: bool,
    /// What was typed before.
    pub typed: String,
    /// What is wrong with it.
    pub fault: Option<AddressFault>,
    /// An address that a desk proposes: never filled in, for the person alone says that it is theirs.
    pub proposed: Option<String>,
}

/// Why a mail address is not taken in at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddressFault {
    /// Nothing was typed, and one is required.
    Missing,
    /// No mail could go there.
    Malformed,
    /// It looks like a slip of the finger; told once.
    Unlikely {
        /// What was probably meant.
        suggestion: String,
    },
    /// As many mails as an hour allows went out to confirm addresses.
    TooManyMails,
}

impl AddressFault {
    /// The key of what stands above its text.
    #[must_use]
    pub const fn title_key(&self) -> &'static str {
        match self {
            Self::TooManyMails => "email-too-many-title",
            _ => "email-rejected",
        }
    }

    /// The key of its text.
    #[must_use]
    pub const fn text_key(&self) -> &'static str {
        match self {
            Self::Missing => "email-missing",
            Self::Malformed => "email-malformed",
            Self::Unlikely { .. } => "email-unlikely",
            Self::TooManyMails => "email-too-many",
        }
    }
}

impl AddressField {
    /// What to do about the fault; nothing when there is none.
    #[must_use]
    pub fn advice(&self, frame: &Frame) -> Option<String> {
        let fault = self.fault.as_ref()?;
        let suggestion = self.suggestion().unwrap_or_default();
        Some(frame.t1(fault.text_key(), "suggestion", suggestion))
    }

    /// What was probably meant, if it was told.
    #[must_use]
    pub fn suggestion(&self) -> Option<&str> {
        match &self.fault {
            Some(AddressFault::Unlikely { suggestion }) => Some(suggestion),
            _ => None,
        }
    }
}

/// The personal password that replaces the temporary one, and a mail address, before anything else.
#[derive(Template)]
#[template(path = "signin/new_password.html", whitespace = "minimize")]
pub struct NewPasswordPage {
    /// What surrounds it.
    pub frame: Frame,
    /// Where the form goes; it sends `new-password` or `accepted`, and `email`.
    pub action: String,
    /// The application that the person is on the way to.
    pub application: Option<String>,
    /// The key of what is said first.
    pub intro_key: &'static str,
    /// Whose password it becomes; told to password managers.
    pub username: String,
    /// The password's field.
    pub password: NewPasswordField,
    /// The password that was accepted already, sealed: only the address is left to be put right.
    pub accepted: Option<String>,
    /// The address's field, where one is asked for.
    pub address: Option<AddressField>,
}

impl NewPasswordPage {
    /// What is wrong with the address; nothing when nothing is, or none is asked for.
    fn address_advice(&self) -> Option<String> {
        self.address.as_ref().and_then(|field| field.advice(&self.frame))
    }

    /// The key of the title over what is wrong, if anything is.
    fn rejection(&self) -> Option<&'static str> {
        let address = self.address.as_ref().and_then(|field| field.fault.as_ref());
        match (self.password.fault, address) {
            (Some(_), None) => Some("new-password-rejected"),
            (None, Some(_)) => Some("email-rejected"),
            (Some(_), Some(_)) => Some("new-password-and-email-rejected"),
            (None, None) => None,
        }
    }
}

/// A mail address, asked of somebody who has none or to whom one is proposed, on the way to the application.
#[derive(Template)]
#[template(path = "signin/mail_address.html", whitespace = "minimize")]
pub struct MailAddressPage {
    /// What surrounds it.
    pub frame: Frame,
    /// Where the form goes; it sends `email`, or `later`.
    pub action: String,
    /// The application that the person is on the way to.
    pub application: Option<String>,
    /// Whether the person has an address that is in use.
    pub is_known: bool,
    /// The field.
    pub address: AddressField,
    /// Where the person goes on without one, whether or not one is required.
    pub go_on_href: Option<String>,
}

/// Asks the reader of a mail to confirm the address by a button: what opens links by itself confirms nothing.
#[derive(Template)]
#[template(path = "signin/confirm_address.html", whitespace = "minimize")]
pub struct ConfirmAddressPage {
    /// What surrounds it.
    pub frame: Frame,
    /// Where the form goes.
    pub action: String,
    /// The address.
    pub address: String,
}

/// Something that was begun by a link in a mail is done.
#[derive(Template)]
#[template(path = "signin/link_done.html", whitespace = "minimize")]
pub struct LinkDonePage {
    /// What surrounds it.
    pub frame: Frame,
    /// What is done.
    pub done: LinkDone,
    /// The application that the person was on the way to, in this browser.
    pub application: Option<String>,
    /// The way to the sign-in.
    pub sign_in_href: String,
}

/// What a link in a mail did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkDone {
    /// A new password is set.
    PasswordReset,
    /// An address is confirmed.
    AddressConfirmed,
}

impl LinkDone {
    /// Both.
    pub const ALL: [Self; 2] = [Self::PasswordReset, Self::AddressConfirmed];

    /// The texts of its page are named by this, followed by `-title`, `-text` and `-step`.
    #[must_use]
    pub const fn text_key(self) -> &'static str {
        match self {
            Self::PasswordReset => "password-reset",
            Self::AddressConfirmed => "address-confirmed",
        }
    }
}

impl LinkDonePage {
    fn text(&self, part: &str) -> String {
        self.frame.t(&format!("{}-{part}", self.done.text_key()))
    }
}

/// A link from a mail that does nothing any more: used, too old, overtaken, or cut short.
#[derive(Template)]
#[template(path = "signin/dead_link.html", whitespace = "minimize")]
pub struct DeadLinkPage {
    /// What surrounds it.
    pub frame: Frame,
    /// What it was for.
    pub link: DeadLink,
    /// Where a new link can be asked for.
    pub forgotten_href: String,
    /// The way to the sign-in.
    pub sign_in_href: String,
}

/// What a dead link was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeadLink {
    /// Setting a new password.
    Reset,
    /// A request for help by telephone.
    Request,
    /// Confirming an address.
    Confirm,
}

impl DeadLink {
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::Reset, Self::Request, Self::Confirm];

    /// The texts of its page are named by this, followed by `-title`, `-text` and `-step`.
    #[must_use]
    pub const fn text_key(self) -> &'static str {
        match self {
            Self::Reset => "dead-reset-link",
            Self::Request => "dead-request",
            Self::Confirm => "dead-confirm-link",
        }
    }
}

impl DeadLinkPage {
    fn text(&self, part: &str) -> String {
        self.frame.t(&format!("{}-{part}", self.link.text_key()))
    }

    /// What the button to ask again says, where it can be asked again there.
    fn ask_again(&self) -> Option<String> {
        match self.link {
            DeadLink::Reset => Some(self.frame.t("dead-link-ask-again")),
            DeadLink::Request => Some(self.frame.t("dead-request-ask-again")),
            DeadLink::Confirm => None,
        }
    }
}

/// The new password behind a link.
#[derive(Template)]
#[template(path = "signin/reset_password.html", whitespace = "minimize")]
pub struct ResetPasswordPage {
    /// What surrounds it.
    pub frame: Frame,
    /// Where the form goes; it sends `new-password`.
    pub action: String,
    /// Whose password it sets.
    pub username: String,
    /// The field.
    pub password: NewPasswordField,
}
