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
    /// To an address that was taken away: nothing more goes there.
    AddressRemoved,
    /// To an address that an authority gave for somebody, who did not give it themselves.
    AddressRegistered {
        /// Whose access it is for.
        identifier: String,
        /// Who registered it.
        authority: String,
        /// Whom to tell that it is wrong: a name, and how to reach it.
        contact: String,
    },
    /// To the address in use: a desk proposes another one, which the person may take when they sign in.
    AddressProposed {
        /// The other one, masked.
        to: String,
        /// Who proposed it.
        authority: String,
        /// Whom to tell that it is wrong.
        contact: String,
    },
    /// To an address that a desk noted for somebody, and that is of no use before they take it.
    AddressNoted {
        /// Whose access it is for.
        identifier: String,
        /// Who noted it.
        authority: String,
        /// Whom to tell that it is wrong.
        contact: String,
    },
    /// To both addresses: two records became one.
    RecordsMerged {
        /// The identifier of the one that stays.
        kept: String,
        /// The identifier of the other one.
        absorbed: String,
        /// Who did it.
        authority: String,
        /// Whom to tell that it is wrong.
        contact: String,
    },
    /// To every address of somebody: a manager opened their access.
    AccessOpened {
        /// Whose access it is.
        identifier: String,
        /// Whose manager it was.
        authority: String,
        /// Whom to call when it was not asked for: a name, and how to reach it.
        contact: String,
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
            Self::AddressRemoved => "address-removed",
            Self::AddressRegistered { .. } => "address-registered",
            Self::AddressProposed { .. } => "address-proposed",
            Self::AddressNoted { .. } => "address-noted",
            Self::RecordsMerged { .. } => "records-merged",
            Self::AccessOpened { .. } => "access-opened",
            Self::PasswordChanged => "password-changed",
        }
    }

    /// The names of its own texts, and of those that every mail has.
    #[must_use]
    pub fn text_keys(&self) -> Vec<String> {
        let own = ["subject", "intro", "unasked"].into_iter().chain(self.link().map(|_| "action"));
        let shared = ["greeting", "life", "link-below", "telephone", "no-answer"];
        let own = own.map(|part| format!("mail-{}-{part}", self.kind()));
        own.chain(shared.map(|part| format!("mail-{part}"))).collect()
    }

    fn link(&self) -> Option<&str> {
        match self {
            Self::ResetPassword { link, .. } | Self::ConfirmAddress { link, .. } => Some(link),
            Self::AddressChanged { .. }
            | Self::AddressRemoved
            | Self::AddressRegistered { .. }
            | Self::AddressProposed { .. }
            | Self::AddressNoted { .. }
            | Self::RecordsMerged { .. }
            | Self::AccessOpened { .. }
            | Self::PasswordChanged => None,
        }
    }

    /// What its own texts hold beside the service's name.
    fn arguments(&self) -> Vec<(&str, &str)> {
        match self {
            Self::AddressChanged { to } => vec![("address", to)],
            Self::AddressRegistered { identifier, authority, contact }
            | Self::AddressNoted { identifier, authority, contact }
            | Self::AccessOpened { identifier, authority, contact } => {
                vec![("identifier", identifier), ("authority", authority), ("contact", contact)]
            }
            Self::AddressProposed { to, authority, contact } => {
                vec![("address", to), ("authority", authority), ("contact", contact)]
            }
            Self::RecordsMerged { kept, absorbed, authority, contact } => {
                vec![("kept", kept), ("absorbed", absorbed), ("authority", authority), ("contact", contact)]
            }
            Self::ResetPassword { .. }
            | Self::ConfirmAddress { .. }
            | Self::AddressRemoved
            | Self::PasswordChanged => Vec::new(),
        }
    }
}

/// Whether somebody reads what people answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answers {
    /// At the address that the settings name.
    AreRead,
    /// At the sender's.
    AreLost,
}

/// The words of a mail, for both of its forms.
struct Words<'a> {
    locale: Locale,
    subject: String,
    greeting: String,
    intro: String,
    /// What the button says, and where it leads.
    action: Option<(String, &'a str)>,
    /// What stands before the address in full.
    link_below: String,
    /// How long the link lives.
    life: Option<String>,
    /// What to do when the person asked for nothing.
    unasked: String,
    /// Whom to call.
    telephone: Option<String>,
    /// That answers are read by nobody, unless somebody reads them.
    no_answer: Option<String>,
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
    pub(super) fn render(&self, site: &Site, texts: &Texts, answers: Answers) -> Content {
        let kind = self.message.kind();
        let service = site.name.get(self.locale);
        let mut arguments = self.message.arguments();
        arguments.push(("service", service));
        let text = |part: &str| texts.get(self.locale, &format!("mail-{kind}-{part}"), &arguments);
        let life = match &self.message {
            Message::ResetPassword { life, .. } | Message::ConfirmAddress { life, .. } => {
                Some(texts.duration(self.locale, *life))
            }
            _ => None,
        };
        let words = Words {
            locale: self.locale,
            subject: text("subject"),
            greeting: texts.get(self.locale, "mail-greeting", &[("name", self.name)]),
            intro: text("intro"),
            action: self.message.link().map(|link| (text("action"), link)),
            life: life.map(|life| texts.get(self.locale, "mail-life", &[("life", &life)])),
            unasked: text("unasked"),
            link_below: texts.get(self.locale, "mail-link-below", &[]),
            telephone: site
                .telephone
                .as_ref()
                .map(|telephone| texts.get(self.locale, "mail-telephone", &[("telephone", telephone)])),
            no_answer: match answers {
                Answers::AreRead => None,
                Answers::AreLost => Some(texts.get(self.locale, "mail-no-answer", &[])),
            },
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
