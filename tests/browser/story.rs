//! What the demo tells of itself in `demo.json`.

use std::path::Path;

use serde::Deserialize;

/// The addresses and the people of the demo.
#[derive(Clone, Debug, Deserialize)]
pub struct Story {
    /// The issuer of the provider.
    pub issuer: String,
    /// The address of the expense app.
    pub expense_app: String,
    /// The address of ARENA.
    pub arena: String,
    /// The address of the mailbox in which all mails land.
    pub mailbox: String,
    /// The sample people.
    people: Vec<SamplePerson>,
}

/// Someone who can sign in.
#[derive(Clone, Debug, Deserialize)]
pub struct SamplePerson {
    /// Which case of the story this is.
    case: String,
    /// What to type as identifier.
    pub identifier: String,
    /// What to type as password.
    pub password: String,
}

impl SamplePerson {
    /// Somebody with a letter in their hand.
    pub fn on_paper(identifier: String, password: String) -> Self {
        Self { case: "letter".to_owned(), identifier, password }
    }
}

impl Story {
    /// Reads `demo.json`.
    pub fn read(told: &Path) -> Self {
        let text = std::fs::read_to_string(told).unwrap();
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}\n{text}", told.display()))
    }

    /// The sample person of a case.
    ///
    /// # Panics
    ///
    /// When the demo has nobody for it.
    pub fn person(&self, case: &str) -> &SamplePerson {
        let has_case = |person: &&SamplePerson| person.case == case;
        self.people
            .iter()
            .find(has_case)
            .unwrap_or_else(|| panic!("demo.json has no person for the case {case}"))
    }
}
