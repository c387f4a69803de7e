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
/// Characters in all, the check character included.
const CHARACTERS: usize = RANDOM_CHARACTERS + 1;

/// A password for one use, in the form that is printed.
#[derive(Clone, Debug)]
pub struct TemporaryPassword(Secret);

/// What a typed text is, seen as a temporary password.
#[derive(Clone, Debug)]
pub enum Typed {
    /// One that can have been printed, in its canonical form.
    Exact(Secret),
    /// One with a slip of the finger: it was never printed.
    Slip,
    /// Something else altogether.
    Other,
}

impl TemporaryPassword {
    /// Reads what somebody typed, without regard to case, spaces and hyphens.
    ///
    /// A personal password is never [`Typed::Exact`] nor [`Typed::Slip`] (see
    /// [`NewPasswordFault::LooksTemporary`](super::NewPasswordFault::LooksTemporary)): a slip is told from the text alone.
    #[must_use]
    pub fn read(typed: &str) -> Typed {
        let canonical = Self::canonical(typed);
        let is_of_alphabet = canonical.bytes().all(|byte| ALPHABET.contains(&byte));
        if canonical.len() == CHARACTERS && is_of_alphabet {
            let (random, check) = canonical.as_bytes().split_at(RANDOM_CHARACTERS);
            return if check == [check_character(random)] {
                Typed::Exact(Secret::new(canonical))
            } else {
                Typed::Slip
            };
        }
        if is_grouped_as_printed(typed) { Typed::Slip } else { Typed::Other }
    }

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

    /// One that was drawn before, in the form that is printed.
    #[must_use]
    pub const fn of_print(printed: Secret) -> Self {
        Self(printed)
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

/// Whether letters and digits stand in groups of five, five and four, as they are printed.
fn is_grouped_as_printed(typed: &str) -> bool {
    let groups: Vec<&str> = typed
        .split(|character: char| character.is_whitespace() || is_hyphen(character))
        .filter(|group| !group.is_empty())
        .collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.chars().count()).collect();
    lengths == [GROUP, GROUP, CHARACTERS - 2 * GROUP]
        && groups.iter().all(|group| group.chars().all(char::is_alphanumeric))
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
    fn a_typed_text_is_right_or_a_slip_or_something_else() {
        let drawn = TemporaryPassword::draw(&Rng::system());
        let printed = drawn.printed();
        let canonical = TemporaryPassword::canonical(printed);
        for fine in [printed.to_owned(), printed.to_lowercase(), format!(" {} ", canonical.to_lowercase())] {
            assert!(matches!(TemporaryPassword::read(&fine), Typed::Exact(text) if text.matches(&canonical)));
        }
        // Any one character wrong is a slip; look-alikes that are never printed too, where hyphens show the groups.
        for place in 0..canonical.len() {
            let other = if canonical.as_bytes()[place] == b'A' { "B" } else { "A" };
            let slip = format!("{}{other}{}", &canonical[..place], &canonical[place + 1..]);
            assert!(matches!(TemporaryPassword::read(&slip), Typed::Slip), "{slip}");
            assert!(matches!(TemporaryPassword::read(&slip.to_lowercase()), Typed::Slip), "{slip}");
        }
        for slip in ["O2345-ABCDE-FGHJ", "abcd1-fghjk mnpq", "abcde – fghjk – lnp0", "ÀBCDE-FGHJK-MNPQ"]
        {
            assert!(matches!(TemporaryPassword::read(slip), Typed::Slip), "{slip}");
        }
        let short = &canonical[1..];
        for other in ["", "O2345ABCDEFGHJ", "Correct-Horse-7", "abcde-fghjk-mnp!", short, "a-b-c", "é"] {
            assert!(matches!(TemporaryPassword::read(other), Typed::Other), "{other}");
        }
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
