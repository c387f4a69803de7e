//! A mail in the form that travels (RFC 5322): headers, and the same words twice, as text and as HTML.

use std::time::{Duration, UNIX_EPOCH};

use lettre::Message;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::extension::ClientId;
use url::{Host, Url};

use super::smtp::Parcel;
use super::{Content, MailId};
use crate::config::MailSettings;
use crate::kit::clock::Timestamp;

/// What this installation calls itself among mail servers: the host of its public address.
#[derive(Clone, Debug)]
pub(super) struct OwnName(Host<String>);

impl OwnName {
    pub(super) fn of(public_url: &Url) -> Self {
        Self(public_url.host().map_or_else(|| Host::Domain("localhost".to_owned()), |host| host.to_owned()))
    }

    pub(super) fn hello(&self) -> ClientId {
        match &self.0 {
            Host::Domain(name) => ClientId::Domain(name.clone()),
            Host::Ipv4(address) => ClientId::Ipv4(*address),
            Host::Ipv6(address) => ClientId::Ipv6(*address),
        }
    }

    /// The same at each attempt, so that a mail which arrives twice can be told to be one.
    fn message_id(&self, id: &MailId) -> String {
        match &self.0 {
            Host::Domain(name) => format!("<{id}@{name}>"),
            Host::Ipv4(address) => format!("<{id}@[{address}]>"),
            Host::Ipv6(address) => format!("<{id}@[IPv6:{address}]>"),
        }
    }
}

/// Puts a mail into the form that travels; `None` when one of its addresses is none.
pub(super) fn wrap(
    settings: &MailSettings,
    own_name: &OwnName,
    id: &MailId,
    recipient: &str,
    content: Content,
    now: Timestamp,
) -> Option<Parcel> {
    let from = mailbox(&settings.from)?;
    let to = ascii_domain(&recipient.parse().ok()?)?;
    let date = UNIX_EPOCH + Duration::from_secs(u64::try_from(now.seconds()).unwrap_or(0));
    let mut message = Message::builder()
        .message_id(Some(own_name.message_id(id)))
        .date(date)
        .from(from.clone())
        .to(Mailbox::new(None, to.clone()))
        .subject(on_one_line(&content.subject))
        // No absence notice comes back (RFC 3834 §5).
        .raw_header(header("Auto-Submitted", "auto-generated"));
    if let Some(reply_to) = &settings.reply_to {
        message = message.reply_to(mailbox(reply_to)?);
    }
    let message = message.multipart(MultiPart::alternative_plain_html(content.text, content.html)).ok()?;
    Some(Parcel { from: from.email, to, text: message.formatted() })
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

/// `Name <address>` or an address, as the settings have it.
fn mailbox(text: &str) -> Option<Mailbox> {
    let (name, address) = match text.split_once('<') {
        Some((name, rest)) => (Some(name), rest.strip_suffix('>')?),
        None => (None, text),
    };
    let name = name.map(|name| on_one_line(name.trim().trim_matches('"'))).filter(|name| !name.is_empty());
    Some(Mailbox::new(name, ascii_domain(&address.trim().parse().ok()?)?))
}

/// The address with its domain as name servers know it, which every mail server carries.
fn ascii_domain(address: &lettre::Address) -> Option<lettre::Address> {
    let domain = url::Host::parse(address.domain()).ok()?.to_string();
    lettre::Address::new(address.user(), domain).ok()
}

/// A line break in a header would begin another header.
fn on_one_line(text: &str) -> String {
    text.split(char::is_control).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::MailSecurity;

    fn wrapped(from: &str, to: &str, subject: &str) -> String {
        let settings = MailSettings {
            from: from.to_owned(),
            reply_to: Some("Aide <aide@exemple.fr>".to_owned()),
            host: "localhost".to_owned(),
            port: 25,
            security: MailSecurity::None,
            credentials: None,
            ca_file: None,
            give_up_after: Duration::from_secs(3_600),
        };
        let own_name = OwnName::of(&Url::parse("https://id.test").unwrap());
        let content =
            Content {
                subject: subject.to_owned(), text: "Été".to_owned(), html: "<p>Été</p>".to_owned()
            };
        let now = Timestamp::from_seconds(1_800_000_000);
        let parcel = wrap(&settings, &own_name, &MailId::from("abc"), to, content, now).unwrap();
        assert!(parcel.text.is_ascii());
        String::from_utf8(parcel.text).unwrap()
    }

    #[test]
    fn a_mail_has_the_headers_that_mail_programs_look_for() {
        let text = wrapped("Académie de Lyon <guichet@exemple.fr>", "elodie@exemple.fr", "Été : l’oubli");
        for line in [
            "Message-ID: <abc@id.test>\r\n",
            "To: elodie@exemple.fr\r\n",
            "Reply-To: Aide <aide@exemple.fr>\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "MIME-Version: 1.0\r\n",
            "Date: Fri, 15 Jan 2027 08:00:00 +0000\r\n",
            "Content-Type: multipart/alternative;",
        ] {
            assert!(text.contains(line), "{line} in {text}");
        }
    }

    #[test]
    fn nothing_that_a_mail_holds_begins_a_header_of_its_own() {
        let text =
            wrapped("Guichet\r\nBcc: a@b.fr <guichet@exemple.fr>", "e@exemple.fr", "Un\r\nBcc: x@y.fr");
        let headers = text.split("\r\n\r\n").next().unwrap();
        assert!(!headers.lines().any(|line| line.starts_with("Bcc")), "{headers}");
    }

    #[test]
    fn a_domain_with_accents_travels_in_its_ascii_form() {
        let text = wrapped("a@exemple.fr", "e@académie.fr", "s");
        assert!(text.contains("To: e@xn--acadmie-eya.fr\r\n"), "{text}");
    }
}
