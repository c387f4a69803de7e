//! Temporary passwords: printed on a letter, typed by somebody who squints at it.

use crate::kit::random::Rng;
use crate::kit::secrets::Secret;

/// Letters and digits that no print confuses: without I, L, O, 0 and 1. There are 31, a prime, so
/// that the check character tells every single slip and every swap of neighbours.
const ALPHABET: &[u8; 31] = b"ABCDEFGHJKMNPQRSTUVWXYZ23456789";
/// Random characters: 31^13 is over 64 bits.
const RANDOM_CHARACTERS: usize = 13;
/// Characters between hyphens.
const GROUP: usize = 5;

/// A password for one use, in the form that is printed.
#[derive(Clone, Debug)]
pub struct TemporaryPassword(Secret);

impl TemporaryPassword {
    /// Draws a new one.
    #[must_use]
    pub fn draw(rng: &Rng) -> Self {
        let size = u32::try_from(ALPHABET.len()).unwrap_or(u32::MAX);
        let mut characters: Vec<u8> =
            (0..RANDOM_CHARACTERS).map(|_| ALPHABET[rng.below(size) as usize]).collect();
        characters.push(check_character(&characters));
        let groups: Vec<String> =
            characters.chunks(GROUP).map(|group| group.iter().copied().map(char::from).collect()).collect();
        Self(Secret::new(groups.join("-")))
    }

    /// The text to print, in groups.
    #[must_use]
    pub fn printed(&self) -> &str {
        self.0.expose()
    }

    /// The form that is hashed: as typed, without regard to case, spaces and hyphens.
    #[must_use]
    pub fn canonical(typed: &str) -> String {
        typed
            .chars()
            .filter(|character| !character.is_whitespace() && !is_hyphen(*character))
            .flat_map(char::to_uppercase)
            .collect()
    }
}

fn is_hyphen(character: char) -> bool {
    matches!(character, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

fn check_character(characters: &[u8]) -> u8 {
    let position = |character: &u8| ALPHABET.iter().position(|known| known == character).unwrap_or(0);
    let sum: usize =
        characters.iter().enumerate().map(|(place, character)| (place + 2) * position(character)).sum();
    ALPHABET[sum % ALPHABET.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_temporary_password_is_read_whatever_its_case_spaces_and_hyphens() {
        let drawn = TemporaryPassword::draw(&Rng::system());
        let canonical = TemporaryPassword::canonical(drawn.printed());
        assert_eq!(canonical.len(), RANDOM_CHARACTERS + 1);
        let typed = format!(" {} ", drawn.printed().to_lowercase().replace('-', " \u{2013} "));
        assert_eq!(TemporaryPassword::canonical(&typed), canonical);
    }

    #[test]
    fn a_slip_or_a_swap_changes_the_check_character() {
        let characters = b"ABCDEFGHJKMNP";
        let check = check_character(characters);
        for place in 0..characters.len() {
            let mut slipped = *characters;
            slipped[place] = b'9';
            assert_ne!(check_character(&slipped), check);
        }
        for place in 1..characters.len() {
            let mut swapped = *characters;
            swapped.swap(place - 1, place);
            assert_ne!(check_character(&swapped), check);
        }
    }
}
