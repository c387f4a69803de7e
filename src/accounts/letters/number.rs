//! The number of a letter: short enough to be told by telephone.

use crate::id_type;
use crate::kit::random::Rng;

/// Letters and digits that no print and no ear confuses with each other: those of temporary passwords.
const ALPHABET: &[u8; 31] = b"ABCDEFGHJKMNPQRSTUVWXYZ23456789";
/// Characters in each of the two groups.
const GROUP: usize = 4;

id_type! {
    /// The number printed on a letter, by which it is found: two groups of four characters.
    LetterNumber
}

impl LetterNumber {
    /// Draws a number; whether it is free, the table says.
    pub(super) fn draw(rng: &Rng) -> Self {
        let size = u32::try_from(ALPHABET.len()).unwrap_or(u32::MAX);
        let character = || char::from(ALPHABET[rng.below(size) as usize]);
        let group: String = (0..GROUP).map(|_| character()).collect();
        let rest: String = (0..GROUP).map(|_| character()).collect();
        Self::from(format!("{group}-{rest}"))
    }

    /// The number that somebody typed, whatever its case, spaces and hyphens; `None` when it cannot be one.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        let characters: Vec<char> = typed
            .chars()
            .filter(|character| character.is_alphanumeric())
            .flat_map(char::to_uppercase)
            .collect();
        let is_one = characters.len() == 2 * GROUP
            && characters
                .iter()
                .all(|character| ALPHABET.iter().any(|known| char::from(*known) == *character));
        let half = |range: std::ops::Range<usize>| characters[range].iter().collect::<String>();
        is_one.then(|| Self::from(format!("{}-{}", half(0..GROUP), half(GROUP..2 * GROUP))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_however_it_is_typed() {
        let drawn = LetterNumber::draw(&Rng::system());
        assert_eq!(LetterNumber::parse(drawn.as_str()), Some(drawn.clone()));
        let typed = format!(" {} ", drawn.as_str().to_lowercase().replace('-', " "));
        assert_eq!(LetterNumber::parse(&typed), Some(drawn));
        for wrong in ["", "ABCD", "ABCD-EFG1", "ABCD-EFGHJ", "élodie-l"] {
            assert_eq!(LetterNumber::parse(wrong), None, "{wrong}");
        }
    }
}
