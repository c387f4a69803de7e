//! Passwords that everybody has seen: lists of stolen ones are the first that anyone tries.

/// Some of the most frequent of them, in small letters.
const MOST_FREQUENT: &[&str] =
    &["azertyuiop123", "correct horse battery staple", "motdepasse123", "password1234", "qwertyuiop123"];

/// Whether a password is known to have been stolen somewhere, whatever its capitals.
pub fn is_leaked(password: &str) -> bool {
    MOST_FREQUENT.contains(&password.to_lowercase().as_str())
}
