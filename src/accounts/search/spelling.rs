//! How words are spelt in the index: in digits alone.
//!
//! The database compares words by the collation of its operator, and collations differ in letters (`ch` after `h`,
//! `aa` after `z`) and leave punctuation aside; a range of prefixes would miss people in some of them. Digits are
//! sorted alike everywhere. A character is two digits from 1 to 9, a rare one nine of them; 0 stands between words
//! alone, so that whatever follows a whole word sorts before what makes it longer.

/// The longest word, in digits: more of a name than anybody types.
const LONGEST: usize = 200;
/// What begins the spelling of a character that has no two digits of its own.
const RARE: &str = "99";
/// Digits of the code point of such a character: 9⁷ is more than there are.
const RARE_DIGITS: u32 = 7;
/// Punctuation of mail addresses and identifiers that has digits of its own.
const COMMON: &str = ".-_@+'";

/// What of a person a word is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Their names, in one of their turns.
    Names,
    /// Their mail address.
    Email,
    /// Their identifier.
    Identifier,
}

/// A word of the index.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Word(String);

/// The words that begin in one way: from the first, up to one that none of them reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    pub from: String,
    pub to: String,
}

impl Word {
    /// The word of names in a certain order.
    pub fn of_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut word = String::from(Field::Names.digit());
        for name in names {
            word.push('0');
            spell(name, &mut word);
        }
        word.truncate(LONGEST);
        Self(word)
    }

    /// The word of a mail address or an identifier, without regard to case.
    pub fn of_text(field: Field, text: &str) -> Self {
        let mut word = String::from(field.digit());
        spell(text, &mut word);
        word.truncate(LONGEST);
        Self(word)
    }

    /// The form in which it is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The words that begin with this one, itself among them.
    pub fn range(self) -> Range {
        let kept = self.0.trim_end_matches('9');
        // The field's digit is never a 9: something is kept.
        let (head, last) = kept.split_at(kept.len().saturating_sub(1));
        let next = last.bytes().next().map_or('1', |digit| char::from(digit + 1));
        Range { to: format!("{head}{next}"), from: self.0 }
    }
}

impl Field {
    const fn digit(self) -> &'static str {
        match self {
            Self::Names => "1",
            Self::Email => "2",
            Self::Identifier => "3",
        }
    }
}

/// A pattern that fits the words of all who have a name that begins so.
pub fn pattern_of(name: &str) -> String {
    let mut pattern = String::from("%0");
    spell(name, &mut pattern);
    pattern.truncate(LONGEST);
    pattern.push('%');
    pattern
}

fn spell(text: &str, digits: &mut String) {
    for character in text.chars() {
        let place = match character {
            'a'..='z' => Some(u32::from(character) - u32::from('a')),
            '0'..='9' => Some(26 + u32::from(character) - u32::from('0')),
            other => {
                COMMON.chars().position(|common| common == other).and_then(|at| u32::try_from(at + 36).ok())
            }
        };
        if let Some(place) = place {
            push(place, 2, digits);
        } else {
            digits.push_str(RARE);
            push(u32::from(character), RARE_DIGITS, digits);
        }
    }
}

/// Writes a number in so many digits from 1 to 9, for 0 to 8.
fn push(number: u32, length: u32, digits: &mut String) {
    for place in (0..length).rev() {
        let digit = number / 9_u32.pow(place) % 9;
        digits.extend(char::from_digit(digit + 1, 10));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_digits_and_nothing_else() {
        for text in ["dupont", "zz9.-_@+'", "小龙", "\u{10ffff}", "a b", ""] {
            let word = Word::of_text(Field::Email, text);
            assert!(word.as_str().bytes().all(|byte| byte.is_ascii_digit()), "{text}: {word:?}");
            assert!(!word.as_str().contains('0'), "{text}: {word:?}");
        }
    }

    #[test]
    fn a_range_holds_what_begins_so_and_nothing_else() {
        let names = ["a", "aa", "martin", "martine", "marti", "mas", "z", "zz", "李", "李小", "\u{10ffff}"];
        for begins in names {
            let range = Word::of_text(Field::Identifier, begins).range();
            for name in names {
                let word = Word::of_text(Field::Identifier, name);
                let is_in = range.from.as_str() <= word.as_str() && word.as_str() < range.to.as_str();
                assert_eq!(is_in, name.starts_with(begins), "{name} in {begins}");
            }
        }
    }

    #[test]
    fn a_whole_name_comes_before_a_longer_one() {
        let (martin, martine) = (Word::of_names(["martin", "zoe"]), Word::of_names(["martine", "anne"]));
        assert!(martin < martine);
        assert!(Word::of_names(["martin"]).range().from <= martin.0);
    }

    #[test]
    fn a_pattern_fits_whoever_has_such_a_name() {
        let inner = |name: &str| pattern_of(name).trim_matches('%').to_owned();
        let word = Word::of_names(["jean", "pierre", "dupont"]);
        assert!(word.as_str().contains(&inner("pie")) && word.as_str().contains(&inner("jean")));
        assert!(!word.as_str().contains(&inner("ierre")) && !word.as_str().contains(&inner("duponts")));
    }
}
