//! What mails say.

use std::time::Duration;

use askama::Template;

use super::{Address, Content};
use crate::kit::locale::Locale;
use crate::kit::page::Site;
use crate::kit::texts::Texts;

/// A mail to be sent.
#[derive(Debug)]
pub struct Outgoing<'a> {
    /// To whom.
    pub to: &'a Address,
    /// In which language.
    pub locale: Locale,
    /// Whose account it concerns, for the list of mails.
    pub account: &'a str,
    /// What to call the person.
    pub name: &'a str,
    /// What it says.
    pub message: Message,
}

/// What a mail says.
#[derive(Clone, Debug)]
pub enum Message {
    /// Here is the link that sets a new password.
    ResetPassword {
        /// The link.
        link: String,
        /// How long it lives from now on.
        life: Duration,
    },
    /// Here is the link that confirms this address.
    ConfirmAddress {
        /// The link.
        link: String,
        /// How long it lives from now on.
        life: Duration,
    },
    /// To the previous address: another one took its place.
    AddressChanged {
        /// The new one, masked.
        to: String,
    },
    /// Your password was changed.
    PasswordChanged,
}

impl Message {
    /// The word that stands for its kind, in the table and in the names of its texts.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::ResetPassword { .. } => "reset-password",
            Self::ConfirmAddress { .. } => "confirm-address",
            Self::AddressChanged { .. } => "address-changed",
            Self::PasswordChanged => "password-changed",
        }
    }

    fn link(&self) -> Option<&str> {
        match self {
            Self::ResetPassword { link, .. } | Self::ConfirmAddress { link, .. } => Some(link),
            Self::AddressChanged { .. } | Self::PasswordChanged => None,
        }
    }
}

/// The words of a mail, for both of its forms.
struct Words<'a> {
    locale: Locale,
    site: &'a Site,
    subject: String,
    greeting: String,
    intro: String,
    /// What the button says, and where it leads.
    action: Option<(String, &'a str)>,
    /// How long the link lives.
    life: Option<String>,
    /// What to do when the person asked for nothing.
    unasked: String,
    signature: String,
}

#[derive(Template)]
#[template(path = "mail/message.txt", escape = "none")]
struct TextForm<'a> {
    words: &'a Words<'a>,
}

#[derive(Template)]
#[template(path = "mail/message.html", whitespace = "minimize")]
struct HtmlForm<'a> {
    words: &'a Words<'a>,
}

impl Outgoing<'_> {
    /// The mail's words, in both forms.
    pub(super) fn render(&self, site: &Site, texts: &Texts) -> Content {
        let kind = self.message.kind();
        let service = site.name.get(self.locale);
        let text = |part: &str, arguments: &[(&str, &str)]| {
            texts.get(self.locale, &format!("mail-{kind}-{part}"), arguments)
        };
        let masked = match &self.message {
            Message::AddressChanged { to } => to.as_str(),
            _ => "",
        };
        let life = match &self.message {
            Message::ResetPassword { life, .. } | Message::ConfirmAddress { life, .. } => {
                Some(texts.duration(self.locale, *life))
            }
            _ => None,
        };
        let words = Words {
            locale: self.locale,
            site,
            subject: text("subject", &[("service", service)]),
            greeting: texts.get(self.locale, "mail-greeting", &[("name", self.name)]),
            intro: text("intro", &[("service", service), ("address", masked)]),
            action: self.message.link().map(|link| (text("action", &[]), link)),
            life: life.map(|life| texts.get(self.locale, "mail-life", &[("life", &life)])),
            unasked: text("unasked", &[]),
            signature: format!("{service} – {}", site.operator),
        };
        let rendered = |form: Result<String, askama::Error>| {
            form.unwrap_or_else(|error| {
                tracing::error!(%error, "a mail could not be rendered");
                words.intro.clone()
            })
        };
        Content {
            text: rendered(TextForm { words: &words }.render()),
            html: rendered(HtmlForm { words: &words }.render()),
            subject: words.subject.clone(),
        }
    }
}
