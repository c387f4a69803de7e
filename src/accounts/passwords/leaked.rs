//! Passwords that are known to have leaked: the first that anyone tries.
//!
//! `leaked.bin` is made by `scripts/leaked_passwords.py`, which says what is in it. Of a password, the first 32
//! bits of a hash are kept: enough to know it again, too little to read it.

use aws_lc_rs::digest;
use unicode_normalization::UnicodeNormalization;

/// For each value of a hash's first 16 bits, how many were kept; then the next 16 bits of each, in order.
const KEPT: &[u8] = include_bytes!("leaked.bin");
const VALUES: usize = 65_536;

/// Whether a password is among those that have leaked, whatever its capitals.
#[must_use]
pub fn is_leaked(password: &str) -> bool {
    let folded: String = password.nfc().collect::<String>().to_lowercase();
    let hash = digest::digest(&digest::SHA256, folded.as_bytes());
    let &[first, second, third, fourth, ..] = hash.as_ref() else { return false };
    let value = usize::from(u16::from_be_bytes([first, second]));
    let (counts, suffixes) = KEPT.split_at(VALUES);
    let before: usize = counts[..value].iter().map(|count| usize::from(*count)).sum();
    let (pairs, _) = suffixes.as_chunks::<2>();
    pairs[before..before + usize::from(counts[value])].contains(&[third, fourth])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::random::Rng;

    #[test]
    fn leaked_passwords_are_known_whatever_their_capitals() {
        for known in
            ["password1", "Password1", "azertyuiop", "Azertyuiop", "iloveyou", "1q2w3e4r5t", "qwerty123"]
        {
            assert!(is_leaked(known), "{known}");
        }
    }

    #[test]
    fn good_passwords_are_not_taken_for_leaked_ones() {
        let rng = Rng::system();
        let mistaken = (0..10_000).filter(|_| is_leaked(&rng.id())).count();
        // One in twenty thousand is expected.
        assert!(mistaken < 10, "{mistaken}");
        assert!(!is_leaked("Correct-Horse-7"));
        assert!(!is_leaked("Tilleul-Marmotte-52"));
        assert!(!is_leaked(""));
    }

    #[test]
    fn the_file_is_whole() {
        let kept: usize = KEPT[..VALUES].iter().map(|count| usize::from(*count)).sum();
        assert_eq!(KEPT.len(), VALUES + 2 * kept);
        assert!(kept > 190_000);
    }
}
