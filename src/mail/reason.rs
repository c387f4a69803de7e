//! Why a mail did not leave, in words that hold nobody's address and no secret.

use std::fmt;

use lettre::transport::smtp::Error;

/// Where in the conversation with the mail server an attempt stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Before the conversation: the mail itself.
    Preparing,
    Connect,
    Tls,
    Authentication,
    Sender,
    Recipient,
    Data,
    Text,
}

impl Step {
    const fn words(self) -> &'static str {
        match self {
            Self::Preparing => "before sending",
            Self::Connect => "when connecting",
            Self::Tls => "when protecting the connection (TLS)",
            Self::Authentication => "at AUTH",
            Self::Sender => "at MAIL FROM",
            Self::Recipient => "at RCPT TO",
            Self::Data => "at DATA",
            Self::Text => "after the mail's text",
        }
    }
}

/// Why an attempt failed.
#[derive(Clone, Debug)]
pub(super) struct Reason {
    step: Step,
    /// The server's code, when it answered.
    code: Option<u16>,
    /// What it said, or what happened.
    words: String,
}

/// More of a server's words than an operator needs.
const LONGEST: usize = 200;

impl Reason {
    pub(super) fn of(step: Step, error: &Error) -> Self {
        let code = error.status().map(u16::from);
        Self { step, code, words: harmless(&told_by(error)) }
    }

    pub(super) fn unreached(step: Step, error: &std::io::Error) -> Self {
        Self { step, code: None, words: harmless(&error.to_string()) }
    }

    pub(super) fn too_slow(step: Step) -> Self {
        Self { step, code: None, words: "no answer in time".to_owned() }
    }

    pub(super) fn too_late() -> Self {
        Self { step: Step::Preparing, code: None, words: "this node was held up for too long".to_owned() }
    }

    pub(super) fn address_not_carried() -> Self {
        let words = "the mail server does not carry addresses with letters outside ASCII (SMTPUTF8)";
        Self { step: Step::Preparing, code: None, words: words.to_owned() }
    }

    pub(super) fn unreadable(words: &str) -> Self {
        Self { step: Step::Preparing, code: None, words: words.to_owned() }
    }

    /// The server's code, when it answered.
    pub(super) const fn code(&self) -> Option<u16> {
        self.code
    }

    /// Whether this refusal of the recipient holds for good.
    ///
    /// Not so for a full mailbox, nor for a policy (5.7.x, RFC 3463 §3.8), which also refuses everybody
    /// when the server's relaying is configured wrong.
    pub(super) fn is_final_for_recipient(&self) -> bool {
        let is_passing = ["5.7.", "5.2.2", "5.3."].iter().any(|status| self.words.starts_with(status));
        matches!(self.code, Some(550 | 551 | 553 | 554 | 556)) && !is_passing
    }

    /// What the log may say: where it failed, and the code.
    pub(super) fn for_log(&self) -> String {
        self.code.map_or_else(|| self.step.words().to_owned(), |code| format!("{code} {}", self.step.words()))
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: ", self.step.words())?;
        if let Some(code) = self.code {
            write!(formatter, "{code} ")?;
        }
        formatter.write_str(&self.words)
    }
}

/// What the server said, or what happened to the connection.
fn told_by(error: &Error) -> String {
    use std::error::Error as _;
    if error.status().is_some() {
        return error.source().map(ToString::to_string).unwrap_or_default();
    }
    error.to_string()
}

/// A server's words without what looks like an address, a link or a key, on one line.
fn harmless(words: &str) -> String {
    let is_telling =
        |word: &str| word.contains('@') || word.contains("://") || (word.len() > 40 && !word.contains('.'));
    let kept: Vec<&str> = words
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .map(|word| if is_telling(word) { "…" } else { word })
        .collect();
    kept.join(" ").chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_server_lose_addresses_links_and_line_breaks() {
        assert_eq!(
            harmless("5.1.1 <elodie@example.org>:\r\nRecipient unknown, see https://x.test/a?b"),
            "5.1.1 … Recipient unknown, see …"
        );
        assert_eq!(harmless(&"é ".repeat(500)).chars().count(), LONGEST);
    }

    #[test]
    fn only_a_recipient_who_is_not_there_is_refused_for_good() {
        let refusal = |code, words: &str| Reason { step: Step::Recipient, code, words: words.to_owned() };
        assert!(refusal(Some(550), "5.1.1 User unknown").is_final_for_recipient());
        assert!(refusal(Some(550), "No such user").is_final_for_recipient());
        for passing in [
            refusal(Some(554), "5.7.1 Relay access denied"),
            refusal(Some(552), "5.2.2 Mailbox full"),
            refusal(Some(450), "4.2.0 Greylisted"),
            refusal(Some(530), "5.5.1 Authenticate first"),
            refusal(None, "connection lost"),
        ] {
            assert!(!passing.is_final_for_recipient(), "{passing}");
        }
    }
}
