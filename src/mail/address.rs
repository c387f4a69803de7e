//! Mail addresses that mails can be sent to.

use std::fmt;

/// A mail address in a form that mail servers accept (RFC 5321 §4.1.2), with a domain of two labels or more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address(lettre::Address);

/// More than any address has (RFC 5321 §4.5.3.1.3: a path of 256 with its brackets).
const LONGEST: usize = 254;

impl Address {
    /// Reads an address as somebody typed it; `None` when no mail could go there.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        let typed = typed.trim();
        if typed.len() > LONGEST || typed.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return None;
        }
        let address: lettre::Address = typed.parse().ok()?;
        let domain = address.domain();
        let is_public = domain.contains('.') && !domain.starts_with(['.', '[']) && !domain.ends_with('.');
        is_public.then_some(Self(address))
    }

    /// The address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_ref()
    }

    /// What may be shown where the whole address would say too much: `e•••@example.org`.
    #[must_use]
    pub fn masked(&self) -> String {
        let first: String = self.0.user().chars().take(1).collect();
        format!("{first}•••@{}", self.0.domain())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_that_a_mail_can_go_to() {
        for fine in ["a@b.fr", " elodie.lefevre+imagin@ac-lyon.fr ", "é@exemple.fr", "o'neil@x.co.uk"] {
            assert!(Address::parse(fine).is_some(), "{fine}");
        }
        let long = format!("{}@example.org", "a".repeat(300));
        for wrong in [
            "",
            "a",
            "a@b",
            "a@",
            "@b.fr",
            "a b@c.fr",
            "a@b..fr",
            "a@b.fr\nBcc: x@y.fr",
            "a@[127.0.0.1]",
            "a@b.fr, c@d.fr",
            &long,
        ] {
            assert!(Address::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_masked_address_shows_its_first_letter_and_its_domain() {
        assert_eq!(Address::parse("elodie@example.org").unwrap().masked(), "e•••@example.org");
    }
}
