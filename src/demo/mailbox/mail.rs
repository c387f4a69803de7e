//! One mail, read from the form in which it travelled.

use mail_parser::MessageParser;
use serde::Serialize;

use crate::kit::clock::Timestamp;

/// A mail as it arrived.
#[derive(Clone, Debug, Serialize)]
pub struct Mail {
    /// Its number in the mailbox, from one on.
    pub number: u64,
    /// When it arrived.
    pub received_at: Timestamp,
    /// Its `Message-ID`, without the brackets.
    pub message_id: String,
    /// The sender of the envelope.
    pub from: String,
    /// The recipients of the envelope.
    pub to: Vec<String>,
    /// What it is about.
    pub subject: String,
    /// Its words as text.
    pub text: String,
    /// Its words as HTML.
    pub html: String,
    /// The addresses that its text leads to, in order.
    pub links: Vec<String>,
    /// All of it, as it travelled.
    pub source: String,
}

/// A part of a text: words, or a link.
pub(super) enum Piece<'a> {
    Words(&'a str),
    Link(&'a str),
}

impl Mail {
    pub(super) fn read(
        number: u64,
        received_at: Timestamp,
        from: &str,
        to: &[String],
        source: &[u8],
    ) -> Self {
        let parsed = MessageParser::default().parse(source);
        let part = |read: fn(&mail_parser::Message<'_>) -> Option<String>| {
            parsed.as_ref().and_then(read).unwrap_or_default()
        };
        let text = part(|mail| Some(mail.body_text(0)?.into_owned()));
        let links = pieces(&text)
            .filter_map(|piece| match piece {
                Piece::Link(link) => Some(link.to_owned()),
                Piece::Words(_) => None,
            })
            .collect();
        Self {
            number,
            received_at,
            message_id: part(|mail| mail.message_id().map(str::to_owned)),
            from: from.to_owned(),
            to: to.to_vec(),
            subject: part(|mail| mail.subject().map(str::to_owned)),
            html: part(|mail| Some(mail.body_html(0)?.into_owned())),
            links,
            text,
            source: String::from_utf8_lossy(source).into_owned(),
        }
    }

    /// Its text, cut at its links.
    pub(super) fn pieces(&self) -> Vec<Piece<'_>> {
        pieces(&self.text).collect()
    }

    /// The link that starts with `start`, if the mail has one.
    #[must_use]
    pub fn link_to(&self, start: &str) -> Option<&str> {
        self.links.iter().map(String::as_str).find(|link| link.starts_with(start))
    }
}

/// Cuts a text at the addresses in it, which end at the next white space.
fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let start = ["https://", "http://"].iter().filter_map(|scheme| rest.find(scheme)).min();
        let (piece, after) = match start {
            Some(0) => {
                let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
                let (link, after) = rest.split_at(end);
                (Piece::Link(link), after)
            }
            Some(start) => {
                let (words, after) = rest.split_at(start);
                (Piece::Words(words), after)
            }
            None => (Piece::Words(rest), ""),
        };
        rest = after;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_read_from_the_form_in_which_it_travelled() {
        let source = "Message-ID: <a@b>\r\nSubject: =?utf-8?q?=C3=89t=C3=A9?=\r\n\
                      Content-Type: text/plain; charset=utf-8\r\n\r\nVoir\r\nhttps://id.test/x?y\r\nMerci";
        let mail = Mail::read(1, Timestamp::from_seconds(0), "s@x.fr", &["r@x.fr".into()], source.as_bytes());
        assert_eq!((mail.subject.as_str(), mail.message_id.as_str()), ("Été", "a@b"));
        assert_eq!(mail.links, ["https://id.test/x?y"]);
        assert_eq!(mail.link_to("https://id.test/"), Some("https://id.test/x?y"));
        assert_eq!(mail.pieces().len(), 3);
    }

    #[test]
    fn what_is_no_mail_is_shown_empty() {
        let mail = Mail::read(1, Timestamp::from_seconds(0), "", &[], &[0xff, 0, 1]);
        assert_eq!((mail.subject.as_str(), mail.links.len()), ("", 0));
    }
}
