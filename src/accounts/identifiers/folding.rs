//! What remains of a name when accents, capitals and the Latin letters' finer shapes are left aside.

use std::iter;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A character of a folded name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Folded {
    /// One of the letters a to z.
    Plain(char),
    /// A letter of another script.
    Foreign(char),
    /// Anything else: apostrophes, hyphens, spaces of any width, digits, and Latin letters that no rule names.
    Aside(char),
}

/// A name in small letters without marks; one character may become two (œ, ß).
pub fn folded(name: &str) -> impl Iterator<Item = Folded> {
    let characters = name.nfkd().flat_map(char::to_lowercase).nfkd();
    characters.filter(|character| !is_combining_mark(*character)).flat_map(|character| {
        let (first, second) = match character {
            'œ' => (Folded::Plain('o'), Some('e')),
            'æ' => (Folded::Plain('a'), Some('e')),
            'ß' => (Folded::Plain('s'), Some('s')),
            'þ' => (Folded::Plain('t'), Some('h')),
            'ø' => (Folded::Plain('o'), None),
            'ł' => (Folded::Plain('l'), None),
            'đ' | 'ð' => (Folded::Plain('d'), None),
            'ı' => (Folded::Plain('i'), None),
            'a'..='z' => (Folded::Plain(character), None),
            other if other.is_alphabetic() && !is_latin(other) => (Folded::Foreign(other), None),
            other => (Folded::Aside(other), None),
        };
        iter::once(first).chain(second.map(Folded::Plain))
    })
}

/// Whether a letter is of the Latin script, or one that modifies letters of any script (Unicode, Scripts.txt).
fn is_latin(letter: char) -> bool {
    matches!(letter,
        'A'..='Z' | 'a'..='z' | 'ª' | 'º' | '\u{c0}'..='\u{24f}' | '\u{250}'..='\u{2ff}'
        | '\u{1d00}'..='\u{1d25}' | '\u{1d6b}'..='\u{1d77}' | '\u{1d79}'..='\u{1d9a}'
        | '\u{1e00}'..='\u{1eff}' | '\u{2c60}'..='\u{2c7f}' | '\u{a722}'..='\u{a7ff}'
        | '\u{ab30}'..='\u{ab64}')
}
