//! Why somebody does what a form asks for, in words of theirs.

/// How long a reason may be, in characters.
const LENGTHS: std::ops::RangeInclusive<usize> = 3..=200;

/// The reason that a form gives, on one line; `None` where it gives none that says anything.
pub fn reason_of(typed: Option<&str>) -> Option<String> {
    let words = typed?.split(|c: char| c.is_whitespace() || c.is_control());
    let line = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    LENGTHS.contains(&line.chars().count()).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::reason_of;

    #[test]
    fn a_reason_is_a_few_words_on_one_line() {
        assert_eq!(reason_of(Some("  Appel du\n\t3 mars ")), Some("Appel du 3 mars".to_owned()));
        for wrong in ["", "  a b".trim(), "ab", &"x".repeat(201)] {
            assert_eq!(reason_of(Some(wrong)).is_some(), wrong == "a b", "{wrong:?}");
        }
        assert_eq!(reason_of(None), None);
    }
}
