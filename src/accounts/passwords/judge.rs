//! What a personal password must be, rule by rule.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use zxcvbn::matching::patterns::MatchPattern;
use zxcvbn::{Score, zxcvbn};

use super::leaked::is_leaked;
use super::{LONGEST, TemporaryPassword, Typed};
use crate::config::{PasswordRule, PasswordSettings};

/// From this length on, a phrase needs no mixture of kinds, where guesses are slowed down.
const LONG_PHRASE: usize = 20;
/// Different characters that such a phrase has at least.
const LEAST_DISTINCT: usize = 5;
/// Words that a phrase has at least, where nothing else slows guesses down.
const LEAST_WORDS: usize = 7;
/// How much of a password its strength is estimated from: the estimate's time grows with the square.
const ESTIMATED: usize = 72;
/// The shortest identifier, name or word whose presence in a password says anything.
const SHORTEST_TELLING: usize = 4;
/// Characters that a password has at least beside names and words of the place.
const LEAST_REST: usize = 8;
/// Words that everybody here thinks of first.
const WORDS_OF_THE_PLACE: [&str; 12] = [
    "imagin",
    "arena",
    "academie",
    "académie",
    "rectorat",
    "guichet",
    "examen",
    "concours",
    "jury",
    "convocation",
    "education",
    "motdepasse",
];

/// Why a new password is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewPasswordFault {
    /// Nothing was typed.
    Empty,
    /// More than 256 characters.
    TooLong,
    /// Fewer characters than configured.
    TooShort,
    /// It looks like one that is printed on a letter, be it this person's or not.
    LooksTemporary,
    /// It contains the identifier.
    ContainsIdentifier,
    /// Too few kinds of characters, or of words, for its length.
    TooSimple,
    /// It is in a list of stolen passwords.
    Leaked,
    /// It rests on a word that everybody tries first.
    CommonWord,
    /// It rests on a name or word that belongs to the person or the place.
    PersonalWord,
    /// It rests on neighbouring keys.
    KeyboardRow,
    /// It rests on a sequence such as `abcd` or `4321`.
    Sequence,
    /// It repeats itself.
    Repetition,
    /// It rests on a date or year.
    Date,
    /// The person's present password.
    SameAsCurrent,
    /// One that the person had before.
    UsedBefore,
}

impl NewPasswordFault {
    /// Every fault.
    pub const ALL: [Self; 15] = [
        Self::Empty,
        Self::TooLong,
        Self::TooShort,
        Self::LooksTemporary,
        Self::ContainsIdentifier,
        Self::TooSimple,
        Self::Leaked,
        Self::CommonWord,
        Self::PersonalWord,
        Self::KeyboardRow,
        Self::Sequence,
        Self::Repetition,
        Self::Date,
        Self::SameAsCurrent,
        Self::UsedBefore,
    ];

    /// The key of its advice.
    #[must_use]
    pub const fn text_key(self) -> &'static str {
        match self {
            Self::Empty => "new-password-empty",
            Self::TooLong => "new-password-too-long",
            Self::TooShort => "new-password-too-short",
            Self::LooksTemporary => "new-password-looks-temporary",
            Self::ContainsIdentifier => "new-password-contains-identifier",
            Self::TooSimple => "new-password-too-simple",
            Self::Leaked => "new-password-leaked",
            Self::CommonWord => "new-password-common-word",
            Self::PersonalWord => "new-password-personal-word",
            Self::KeyboardRow => "new-password-keyboard-row",
            Self::Sequence => "new-password-sequence",
            Self::Repetition => "new-password-repetition",
            Self::Date => "new-password-date",
            Self::SameAsCurrent => "new-password-same-as-current",
            Self::UsedBefore => "new-password-used-before",
        }
    }
}

/// Whose password it would be: what must not be in it, and what makes it weak.
pub struct About {
    identifier: String,
    words: Vec<String>,
}

impl About {
    /// What is known of a person and of the place: the identifier, and every name and address.
    pub fn of<'a>(identifier: &str, names: impl Iterator<Item = &'a str>) -> Self {
        let identifier = identifier.nfc().collect::<String>().to_lowercase();
        let mut words: Vec<String> = names
            .flat_map(|text| text.split(|character: char| !character.is_alphanumeric()))
            .map(|word| word.nfc().collect::<String>().to_lowercase())
            .chain([identifier.clone()])
            .filter(|word| word.chars().count() >= SHORTEST_TELLING)
            .flat_map(|word| [unmarked(&word), word])
            .chain(WORDS_OF_THE_PLACE.map(str::to_owned))
            .collect();
        // The longest first: a name within a name leaves nothing of it behind.
        words.sort_unstable_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
        words.dedup();
        Self { identifier, words }
    }
}

/// A password as the rules look at it.
struct Candidate<'a> {
    text: &'a str,
    length: usize,
    about: &'a About,
    settings: &'a PasswordSettings,
}

/// A fault, and when a password has it.
type Rule = (NewPasswordFault, fn(&Candidate<'_>) -> bool);

/// The rules, in the order in which they are told; the first that a password breaks is its fault.
const RULES: [Rule; 8] = [
    (NewPasswordFault::Empty, |candidate| candidate.length == 0),
    (NewPasswordFault::TooLong, |candidate| candidate.length > LONGEST),
    (NewPasswordFault::TooShort, |candidate| candidate.length < candidate.settings.minimum_length),
    (NewPasswordFault::LooksTemporary, |candidate| {
        !matches!(TemporaryPassword::read(candidate.text), Typed::Other)
    }),
    (NewPasswordFault::ContainsIdentifier, |candidate| candidate.contains_identifier()),
    (NewPasswordFault::TooSimple, |candidate| !candidate.is_worth_the_rule()),
    (NewPasswordFault::Leaked, |candidate| is_leaked(candidate.text)),
    (NewPasswordFault::PersonalWord, |candidate| candidate.is_little_but_personal_words()),
];

/// Whether a password may be somebody's own, as far as its text tells.
pub fn judge(chosen: &str, about: &About, settings: &PasswordSettings) -> Result<(), NewPasswordFault> {
    let text: String = chosen.nfc().collect();
    let candidate = Candidate { length: text.chars().count(), text: &text, about, settings };
    match RULES.iter().find(|(_, is_broken)| is_broken(&candidate)) {
        Some((fault, _)) => Err(*fault),
        None => candidate.weakness().map_or(Ok(()), Err),
    }
}

impl Candidate<'_> {
    fn contains_identifier(&self) -> bool {
        let identifier = &self.about.identifier;
        identifier.chars().count() >= SHORTEST_TELLING && self.text.to_lowercase().contains(identifier)
    }

    /// The CNIL's table (délibération 2022-100); the least length stands beside it.
    fn is_worth_the_rule(&self) -> bool {
        match self.settings.rule {
            PasswordRule::WithThrottling => {
                self.kinds() >= 3 || (self.length >= LONG_PHRASE && self.distinct() >= LEAST_DISTINCT)
            }
            PasswordRule::Alone => match self.kinds() {
                4 => self.length >= 12,
                3 if self.length >= 14 => true,
                _ => self.words() >= LEAST_WORDS,
            },
        }
    }

    /// How many kinds of characters there are, of four: small, capital, digit, other.
    fn kinds(&self) -> usize {
        let has = |kind: fn(char) -> bool| usize::from(self.text.chars().any(kind));
        has(char::is_lowercase)
            + has(char::is_uppercase)
            + has(char::is_numeric)
            + has(|character| {
                !character.is_lowercase() && !character.is_uppercase() && !character.is_numeric()
            })
    }

    fn distinct(&self) -> usize {
        self.text.chars().collect::<HashSet<_>>().len()
    }

    /// How many different words of two letters or more there are.
    fn words(&self) -> usize {
        let lower = self.text.to_lowercase();
        let words = lower.split(|character: char| !character.is_alphabetic());
        words.filter(|word| word.chars().count() >= 2).collect::<HashSet<_>>().len()
    }

    /// Whether names, and the words of the place, are nearly all of it: two of them in a row look long to an
    /// estimate, and are the first thing that an acquaintance tries.
    fn is_little_but_personal_words(&self) -> bool {
        let mut rest = unmarked(&self.text.to_lowercase());
        let whole = rest.len();
        for word in &self.about.words {
            rest = rest.replace(word.as_str(), "");
        }
        rest.len() < whole && rest.chars().count() < LEAST_REST
    }

    /// What makes the password easy to guess for somebody who tries the likely ones first, if it is.
    fn weakness(&self) -> Option<NewPasswordFault> {
        let start: String = self.text.chars().take(ESTIMATED).collect();
        let words: Vec<&str> = self.about.words.iter().map(String::as_str).collect();
        let estimate = zxcvbn(&start, &words);
        if estimate.score() >= Score::Three {
            return None;
        }
        let known = estimate.sequence().iter().filter(|part| part.pattern != MatchPattern::BruteForce);
        let heaviest = known.max_by_key(|part| part.j - part.i);
        Some(match heaviest.map(|part| &part.pattern) {
            Some(MatchPattern::Dictionary(word)) if words.contains(&word.matched_word.as_str()) => {
                NewPasswordFault::PersonalWord
            }
            Some(MatchPattern::Dictionary(_)) => NewPasswordFault::CommonWord,
            Some(MatchPattern::Spatial(_)) => NewPasswordFault::KeyboardRow,
            Some(MatchPattern::Sequence(_)) => NewPasswordFault::Sequence,
            Some(MatchPattern::Repeat(_)) => NewPasswordFault::Repetition,
            Some(MatchPattern::Date(_) | MatchPattern::Regex(_)) => NewPasswordFault::Date,
            Some(MatchPattern::BruteForce) | None => NewPasswordFault::TooSimple,
        })
    }
}

/// A word without its accents, as many people type it.
fn unmarked(word: &str) -> String {
    word.nfd().filter(|character| !is_combining_mark(*character)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> Option<NewPasswordFault> {
        let settings = PasswordSettings {
            rule: PasswordRule::WithThrottling,
            minimum_length: 12,
            remembered: 5,
            argon2_memory: 19_456,
            argon2_passes: 2,
            concurrency: 1,
            queue: 1,
        };
        let about = About::of("elefevre", ["Élodie", "Lefèvre", "elodie69@example.org"].into_iter());
        judge(text, &about, &settings).err()
    }

    #[test]
    fn what_makes_a_password_weak_is_named() {
        use NewPasswordFault as Fault;
        for (text, expected) in [
            ("Basketball-12", Fault::CommonWord),
            ("Christopher-1", Fault::CommonWord),
            ("Lefevre-Elodie-69", Fault::PersonalWord),
            ("LEFÈVRE-élodie-69", Fault::PersonalWord),
            ("Academie-Imagin-1", Fault::PersonalWord),
            ("Élodie-2027-!", Fault::PersonalWord),
            ("abcdefghijk1!", Fault::Sequence),
            ("Ab1-Ab1-Ab1-Ab1-", Fault::Repetition),
            ("12/05/1967Ab", Fault::Date),
        ] {
            assert_eq!(fault(text), Some(expected), "{text}");
        }
        for text in ["Tortue-Lampadaire-42", "cheval pile agrafe correcte", "Ça-été-7 à la Plage"] {
            assert_eq!(fault(text), None, "{text}");
        }
    }
}
