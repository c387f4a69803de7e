//! Initial and surname: the rule by which a name becomes an identifier.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The longest identifier before the number of a homonym, in letters.
const LONGEST: usize = 20;

/// How the identifier of a person with certain names is made.
#[derive(Debug, PartialEq, Eq)]
pub enum Naming {
    /// This, with a number for homonyms.
    Series(String),
    /// A number: the names hold letters that an identifier cannot.
    Fictitious,
}

impl Naming {
    /// The first letter of the given name and the whole surname, in the letters a to z.
    pub fn of(given_name: &str, family_name: &str) -> Self {
        let (Some(given), Some(family)) = (plain_letters(given_name), plain_letters(family_name)) else {
            return Self::Fictitious;
        };
        if family.is_empty() {
            return Self::Fictitious;
        }
        Self::Series(given.chars().take(1).chain(family.chars()).take(LONGEST).collect())
    }
}

/// A name in the letters a to z; `None` when it holds a letter of another script.
fn plain_letters(name: &str) -> Option<String> {
    let mut plain = String::new();
    let folded = name.nfkd().flat_map(char::to_lowercase).nfkd();
    for character in folded.filter(|character| !is_combining_mark(*character)) {
        match character {
            'a'..='z' => plain.push(character),
            'œ' => plain.push_str("oe"),
            'æ' => plain.push_str("ae"),
            'ß' => plain.push_str("ss"),
            'ø' => plain.push('o'),
            'ł' => plain.push('l'),
            'đ' | 'ð' => plain.push('d'),
            'þ' => plain.push_str("th"),
            'ı' => plain.push('i'),
            other if other.is_alphabetic() && !is_latin(other) => return None,
            // Apostrophes, hyphens, spaces of any width, digits, and Latin letters that no rule names.
            _ => {}
        }
    }
    Some(plain)
}

/// Whether a letter is of the Latin script, or one that modifies letters of any script (Unicode, Scripts.txt).
fn is_latin(letter: char) -> bool {
    matches!(letter,
        'A'..='Z' | 'a'..='z' | 'ª' | 'º' | '\u{c0}'..='\u{24f}' | '\u{250}'..='\u{2ff}'
        | '\u{1d00}'..='\u{1d25}' | '\u{1d6b}'..='\u{1d77}' | '\u{1d79}'..='\u{1d9a}'
        | '\u{1e00}'..='\u{1eff}' | '\u{2c60}'..='\u{2c7f}' | '\u{a722}'..='\u{a7ff}'
        | '\u{ab30}'..='\u{ab64}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(given: &str, family: &str) -> String {
        match Naming::of(given, family) {
            Naming::Series(base) => base,
            Naming::Fictitious => "fictitious".to_owned(),
        }
    }

    #[test]
    fn names_become_initial_and_surname() {
        for (given, family, identifier) in [
            ("Élodie", "Lefèvre", "elefevre"),
            ("Awa", "N’Diaye", "andiaye"),
            ("Zoë", "Müller-Strauß", "zmullerstrauss"),
            ("Đức", "Nguyễn", "dnguyen"),
            ("\u{110}u\u{31b}\u{301}c", "Nguye\u{302}\u{303}n", "dnguyen"),
            ("Şükrü", "Işık", "sisik"),
            ("İsmail", "STRAẞE", "istrasse"),
            ("", "Suharto", "suharto"),
            ("Sami", "Ben\u{200b} Ali", "sbenali"),
            ("ﬁona", "Ｗide", "fwide"),
            ("Keoni", "Ka\u{2bb}ahumanu", "kkaahumanu"),
            ("Jean", "Dupont 3e", "jduponte"),
        ] {
            assert_eq!(series(given, family), identifier, "{given} {family}");
        }
    }

    #[test]
    fn another_script_in_either_name_makes_a_number() {
        for (given, family) in [
            ("小龙", "李"),
            ("\u{410}nna", "Martin"),
            ("Anna", "Мартин"),
            ("Ali", "علي"),
            ("Jo", "-"),
            ("", ""),
        ] {
            assert_eq!(Naming::of(given, family), Naming::Fictitious, "{given} {family}");
        }
    }
}
