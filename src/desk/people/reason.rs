//! Why a manager acts: a few words of theirs, or the number of a request for help.

use super::super::reason::reason_of;
use super::super::{Desk, Manager};
use super::CASE;
use crate::accounts::{AccountId, CaseNumber, Naming};
use crate::kit::parameters::Parameters;

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
        Ok(reason_of(form.get("reason")).map(|words| Reason { words, case: None }))
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
