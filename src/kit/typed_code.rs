//! A code that one screen shows and a person types at another: a device's (RFC 8628 §6.1), a future manager's.

use std::fmt;

use super::random::Rng;

/// Consonants only: no word comes out by chance, and no letter looks like a digit. Eight of twenty are 2^34.5.
const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// How many letters a code has.
const LENGTH: usize = 8;

/// A code as it is typed: eight letters in two groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedCode(String);

impl TypedCode {
    /// Draws a code.
    #[must_use]
    pub fn draw(rng: &Rng) -> Self {
        let letter = |_| char::from(ALPHABET[rng.below(20) as usize]);
        Self((0..LENGTH).map(letter).collect())
    }

    /// Reads what somebody typed, whatever its case, spaces, hyphens and dots.
    #[must_use]
    pub fn read(typed: &str) -> Option<Self> {
        let is_said =
            |letter: &char| !letter.is_whitespace() && !matches!(letter, '-' | '.' | '_' | '–' | '‑');
        let letters: String =
            typed.chars().take(64).filter(is_said).map(|c| c.to_ascii_uppercase()).collect();
        let is_known = |letter: u8| ALPHABET.contains(&letter);
        (letters.len() == LENGTH && letters.bytes().all(is_known)).then_some(Self(letters))
    }

    /// The letters alone.
    #[must_use]
    pub fn letters(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TypedCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = self.0.split_at(LENGTH / 2);
        write!(formatter, "{first}-{second}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let code = TypedCode::draw(&Rng::system());
        let text = code.to_string();
        assert_eq!(text.len(), 9);
        for typed in [
            text.clone(),
            text.to_lowercase(),
            text.replace('-', ""),
            text.replace('-', " "),
            format!(" {} \u{a0}", text.replace('-', " - ")),
            text.chars().flat_map(|letter| [letter, ' ']).collect(),
        ] {
            assert_eq!(TypedCode::read(&typed), Some(code.clone()), "{typed}");
        }
    }

    #[test]
    fn what_no_screen_shows_is_no_code() {
        for typed in ["", "BCDF-GHJ", "BCDF-GHJKL", "BCDF-GHJA", "BCDF-GHJ1", "ΒCDF-GHJK", "BCDF-GHJ\u{130}"]
        {
            assert_eq!(TypedCode::read(typed), None, "{typed}");
        }
    }
}
