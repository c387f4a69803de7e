//! Why a manager acts: a few words of theirs, or the number of a request for help.

use super::super::{Desk, Manager};
use super::CASE;
use crate::accounts::{AccountId, CaseNumber, Naming};
use crate::kit::parameters::Parameters;

/// How long a reason may be, in characters.
const LENGTHS: std::ops::RangeInclusive<usize> = 3..=200;

/// Why an act is made, as the audit keeps it.
pub struct Reason {
    /// The words.
    pub words: String,
    /// The number that they stand for, if they do.
    pub case: Option<String>,
}

impl Desk {
    /// The reason that a form gives; `None` when it gives none that counts.
    ///
    /// The number of a request counts as long as it leads to this person.
    pub(super) async fn reason(
        &self,
        manager: &Manager,
        id: &AccountId,
        form: &Parameters,
    ) -> sqlx::Result<Option<Reason>> {
        if let Some(number) = self.case_of(manager, id, form.get(CASE)).await? {
            return Ok(Some(Reason { words: number.clone(), case: Some(number) }));
        }
        Ok(words_of(form.get("reason").unwrap_or_default()).map(|words| Reason { words, case: None }))
    }

    /// The number of a request for help, if it leads to this person.
    pub(super) async fn case_of(
        &self,
        manager: &Manager,
        id: &AccountId,
        typed: Option<&str>,
    ) -> sqlx::Result<Option<String>> {
        let Some(number) = typed.and_then(CaseNumber::parse) else { return Ok(None) };
        let found = manager.people().find(&Naming::Case(number.as_str().to_owned())).await?;
        Ok(found.filter(|person| person.id == *id).map(|_| number.as_str().to_owned()))
    }
}

/// A reason as it was typed, on one line; `None` when it is too short or too long.
fn words_of(typed: &str) -> Option<String> {
    let words = typed.split(|c: char| c.is_whitespace() || c.is_control());
    let line = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    LENGTHS.contains(&line.chars().count()).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::words_of;

    #[test]
    fn a_reason_is_a_few_words_on_one_line() {
        assert_eq!(words_of("  Appel du\n\t3 mars "), Some("Appel du 3 mars".to_owned()));
        for wrong in ["", "  a b".trim(), "ab", &"x".repeat(201)] {
            assert_eq!(words_of(wrong).is_some(), wrong == "a b", "{wrong:?}");
        }
    }
}
