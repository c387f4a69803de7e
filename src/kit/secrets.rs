//! What must not leak: secrets in memory, their hashes in storage, their comparison.

use std::fmt;

use aws_lc_rs::digest;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use super::encoding::base64url;

/// A secret text: no `Display`, no `Serialize`, a redacted `Debug`, wiped when dropped.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes a text into custody.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// The text itself, for the one place that must send, hash or compare it.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Whether `presented` is this very secret, in a time that tells nothing of where they differ.
    #[must_use]
    pub fn matches(&self, presented: &str) -> bool {
        same(self.expose().as_bytes(), presented.as_bytes())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret([redacted])")
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

/// The SHA-256 of a random token, in base64url: all that is stored of it.
///
/// Only for tokens of 128 random bits or more; what a person chooses goes through Argon2.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TokenHash(String);

impl TokenHash {
    /// The hash of a token that somebody presented.
    #[must_use]
    pub fn of(token: &str) -> Self {
        Self(base64url(digest::digest(&digest::SHA256, token.as_bytes()).as_ref()))
    }

    /// The form in which it is stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether two byte strings are the same, compared through their hashes so that neither content nor
/// length shows in the time taken.
#[must_use]
pub fn same(left: &[u8], right: &[u8]) -> bool {
    let left = digest::digest(&digest::SHA256, left);
    let right = digest::digest(&digest::SHA256, right);
    left.as_ref().ct_eq(right.as_ref()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_never_shows_in_debug_output() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "Secret([redacted])");
    }

    #[test]
    fn secrets_match_only_themselves() {
        let secret = Secret::new("abc");
        assert!(secret.matches("abc"));
        assert!(!secret.matches("abcd"));
        assert!(!secret.matches(""));
    }
}
