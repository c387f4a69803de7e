//! How identifiers are named where they stay taken: by keyed hashes, so that the table tells of nobody.

use super::LookupKey;
use crate::keys::Mac;

/// The keyed hash of an identifier, or of what a series of homonyms has in common.
pub struct Mark(String);

impl Mark {
    /// The form in which it is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What makes marks.
#[derive(Clone)]
pub struct Marks(Mac);

impl Marks {
    pub const fn new(mac: Mac) -> Self {
        Self(mac)
    }

    pub fn of(&self, key: &LookupKey) -> Mark {
        self.of_text(key.as_str())
    }

    /// The mark of an identifier in its lookup form, as a table gave it back.
    pub fn of_text(&self, key: &str) -> Mark {
        Mark(self.0.of(&format!("identifier {key}")))
    }

    pub fn of_series(&self, base: &str) -> Mark {
        Mark(self.0.of(&format!("series {base}")))
    }
}
