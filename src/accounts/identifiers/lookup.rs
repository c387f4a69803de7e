//! How an identifier that somebody typed is found.

use unicode_normalization::UnicodeNormalization;

/// The form in which identifiers are compared: trimmed, composed (NFC), without regard to case.
///
/// Storing is exact, looking up is forgiving; two identifiers with one key cannot both exist.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LookupKey(String);

impl LookupKey {
    /// The key of an identifier as somebody typed it.
    #[must_use]
    pub fn of(typed: &str) -> Self {
        // Composed before and after: a capital's small letter may be written in two ways.
        let lower: String = typed.trim().nfc().collect::<String>().to_lowercase();
        Self(lower.nfc().collect())
    }

    /// The form in which it is stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether nothing was typed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Whether a text has the shape of a real NUMEN: two digits of a known academy, a letter, seven
/// digits, three letters.
#[must_use]
pub fn looks_like_numen(text: &str) -> bool {
    let text = text.trim().to_ascii_uppercase();
    // In bytes: a letter of several may stand anywhere in what somebody typed.
    let bytes = text.as_bytes();
    if bytes.len() != 13 || !bytes[..2].iter().all(u8::is_ascii_digit) {
        return false;
    }
    let academy = (bytes[0] - b'0') * 10 + (bytes[1] - b'0');
    (matches!(academy, 1..=33) || academy == 43)
        && bytes[2].is_ascii_uppercase()
        && bytes[3..10].iter().all(u8::is_ascii_digit)
        && bytes[10..].iter().all(u8::is_ascii_uppercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_identifier_share_a_key() {
        let key = LookupKey::of("elefevre");
        for spelling in [" elefevre ", "ELEFEVRE", "eLefevre\t", "elefevre\u{a0}"] {
            assert_eq!(LookupKey::of(spelling), key, "{spelling:?}");
        }
        assert_eq!(LookupKey::of("e\u{301}"), LookupKey::of("É"));
    }

    #[test]
    fn a_numen_is_told_by_its_shape() {
        assert!(looks_like_numen("10E1234567ABC"));
        assert!(looks_like_numen(" 43z0000000zzz "));
        assert!(!looks_like_numen("99E1234567ABC"));
        assert!(!looks_like_numen("00E1234567ABC"));
        assert!(!looks_like_numen("10E1234567AB"));
        assert!(!looks_like_numen("10É123456ABC"));
        assert!(!looks_like_numen("1É1234567ABC"));
        assert!(!looks_like_numen("34E1234567ABC") && looks_like_numen("33E1234567ABC"));
        assert!(!looks_like_numen("jdupont"));
    }
}
