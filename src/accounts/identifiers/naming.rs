//! Initial and surname: the rule by which a name becomes an identifier.

use super::folding::{Folded, folded};

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
    for character in folded(name) {
        match character {
            Folded::Plain(letter) => plain.push(letter),
            Folded::Foreign(_) => return None,
            Folded::Aside(_) => {}
        }
    }
    Some(plain)
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
