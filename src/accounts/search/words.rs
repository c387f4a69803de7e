//! The words that lead to a person.

use std::collections::BTreeSet;

use super::spelling::{Field, Word};
use crate::accounts::identifiers::{Folded, folded};
use crate::accounts::{Account, LookupKey, Origin};

/// The most turns of a person's names: whoever has more names is found by the first ones.
const MOST_TURNS: usize = 10;

/// The words of an account: none for people of an upstream provider, of no authority, or of whom nothing is left.
pub fn words_of(account: &Account) -> BTreeSet<Word> {
    let mut words = BTreeSet::new();
    let Origin::Here { identifier } = &account.origin else { return words };
    if account.authority.is_none() || identifier.is_empty() {
        return words;
    }
    words.insert(identifier_word(identifier));
    words.extend(account.email.as_deref().map(mail_word));
    let family = names_of(account.family_name.as_deref().unwrap_or_default());
    let given = names_of(account.given_name.as_deref().unwrap_or_default());
    words.extend(turns(&given.iter().chain(&family).map(String::as_str).collect::<Vec<_>>()));
    if family.len() > 1 {
        // « Le Roux » is looked for as « Leroux », « N’Diaye » as « Ndiaye ».
        let joined = family.concat();
        let whole: Vec<&str> = given.iter().map(String::as_str).chain([joined.as_str()]).collect();
        words.extend(turns(&whole));
    }
    words
}

/// The word of an identifier, in any spelling.
pub fn identifier_word(identifier: &str) -> Word {
    Word::of_text(Field::Identifier, LookupKey::of(identifier).as_str())
}

/// The word of a mail address, in any spelling.
pub fn mail_word(address: &str) -> Word {
    Word::of_text(Field::Email, LookupKey::of(address).as_str())
}

/// Names, each folded: without accents and capitals, cut at spaces, hyphens and apostrophes.
pub fn names_of(text: &str) -> Vec<String> {
    let mut names = vec![String::new()];
    for character in folded(text) {
        match character {
            Folded::Plain(letter) | Folded::Foreign(letter) => push(&mut names, letter),
            Folded::Aside(digit) if digit.is_ascii_digit() => push(&mut names, digit),
            Folded::Aside(other) if joins(other) => {}
            Folded::Aside(_) => names.push(String::new()),
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

fn push(names: &mut [String], character: char) {
    if let Some(name) = names.last_mut() {
        name.push(character);
    }
}

/// Whether a character stands within a name without being seen or heard: what has no width, a soft hyphen, a Latin
/// letter that no rule names.
fn joins(character: char) -> bool {
    character.is_alphanumeric()
        || matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

/// Names as they can be begun with any of them: « jean pierre dupont », « pierre dupont jean », « dupont jean pierre ».
fn turns(names: &[&str]) -> Vec<Word> {
    let turn = |first: usize| {
        let (before, from_first) = names.split_at(first);
        Word::of_names(from_first.iter().chain(before).copied())
    };
    (0..names.len().min(MOST_TURNS)).map(turn).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_and_folded() {
        for (text, names) in [
            ("Jean-Pierre", vec!["jean", "pierre"]),
            ("  N’DIAYE ", vec!["n", "diaye"]),
            ("de La Tour d'Auvergne", vec!["de", "la", "tour", "d", "auvergne"]),
            ("Le Goff\u{2011}Kervella", vec!["le", "goff", "kervella"]),
            ("Ben\u{200b} Ali", vec!["ben", "ali"]),
            ("Zoë Strauß", vec!["zoe", "strauss"]),
            ("Ka\u{2bb}ahumanu", vec!["kaahumanu"]),
            ("Dupont 3e", vec!["dupont", "3e"]),
            ("李 小龙", vec!["李", "小龙"]),
            ("--", vec![]),
        ] {
            assert_eq!(names_of(text), names, "{text}");
        }
    }

    #[test]
    fn every_name_begins_a_turn() {
        let words = turns(&["jean", "pierre", "dupont"]);
        let wanted =
            [["jean", "pierre", "dupont"], ["pierre", "dupont", "jean"], ["dupont", "jean", "pierre"]];
        assert_eq!(words, wanted.map(Word::of_names));
    }
}
