//! Identifiers: made once, printed on paper, typed by people, and never given to anybody else.
//!
//! The module owns the tables `taken_identifier` and `homonym_series`, in which nobody's identifier can be read,
//! and those of before (`allotted_identifier`, `identifier_series`), which are emptied little by little.

mod folding;
mod lookup;
mod marks;
mod naming;
mod store;

pub(super) use folding::{Folded, folded};
pub use lookup::{LookupKey, looks_like_numen};
pub(super) use marks::Marks;

use naming::Naming;

use super::Accounts;
use crate::database::Connection;
use crate::kit::random::Rng;

/// The longest identifier, in characters.
const LONGEST: usize = 100;

/// Which identifier a new person gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewIdentifier {
    /// One that a list or an operator gives: a fictitious number, say. It is kept exactly as it is.
    Given(String),
    /// The initial and the surname, with a number for homonyms; a fictitious number where the names are
    /// not in Latin letters.
    FromName,
}

/// Whether people could type this as their identifier: not empty, not too long, no control character.
pub(super) fn is_sound(identifier: &str) -> bool {
    !LookupKey::of(identifier).is_empty()
        && identifier.chars().count() <= LONGEST
        && !identifier.chars().any(char::is_control)
}

/// Allots an identifier that was given; `None` when it is or ever was somebody's.
pub(super) async fn allot_given(
    connection: &mut Connection,
    marks: &Marks,
    given: &str,
) -> sqlx::Result<Option<(String, LookupKey)>> {
    let key = LookupKey::of(given);
    Ok(store::take(connection, &marks.of(&key), &key).await?.then(|| (given.trim().to_owned(), key)))
}

/// Allots an identifier made from a person's names, in the transaction that makes the account.
///
/// The series of homonyms is counted in the table, so that nodes that allot at once wait for each other;
/// what a list gave to somebody in the meantime is passed over.
pub(super) async fn allot_from_name(
    connection: &mut Connection,
    marks: &Marks,
    rng: &Rng,
    given_name: Option<&str>,
    family_name: Option<&str>,
) -> sqlx::Result<(String, LookupKey)> {
    let naming = Naming::of(given_name.unwrap_or_default(), family_name.unwrap_or_default());
    loop {
        let candidate = match &naming {
            Naming::Series(base) => {
                match store::next_in_series(connection, &marks.of_series(base), base).await? {
                    0 => base.clone(),
                    number => format!("{base}{number}"),
                }
            }
            Naming::Fictitious => fictitious_number(rng),
        };
        let key = LookupKey::of(&candidate);
        if store::take(connection, &marks.of(&key), &key).await? {
            return Ok((candidate, key));
        }
    }
}

/// Whether an identifier is, or ever was, somebody's.
pub(super) async fn is_taken(
    connection: &mut Connection,
    marks: &Marks,
    key: &LookupKey,
) -> sqlx::Result<bool> {
    store::is_taken(connection, &marks.of(key), key).await
}

/// Keeps an identifier taken whose account goes; nothing is left from which it could be read.
pub(super) async fn keep_taken(
    connection: &mut Connection,
    marks: &Marks,
    identifier: &str,
) -> sqlx::Result<()> {
    let key = LookupKey::of(identifier);
    store::keep_taken(connection, &marks.of(&key), key.as_str()).await
}

impl Accounts {
    /// Hides identifiers that an earlier version noted in clear, at most so many, and as many series.
    pub async fn hide_identifiers(&self, most: i64) -> sqlx::Result<u64> {
        let mut reader = self.0.database.read().await?;
        let keys = store::in_clear(&mut reader, most).await?;
        let bases = store::series_in_clear(&mut reader, most).await?;
        drop(reader);
        if keys.is_empty() && bases.is_empty() {
            return Ok(0);
        }
        let marks = &self.0.marks;
        let mut transaction = self.0.database.write().await?;
        for key in &keys {
            store::keep_taken(&mut transaction, &marks.of_text(key), key).await?;
        }
        for base in &bases {
            store::hide_series(&mut transaction, &marks.of_series(base), base).await?;
        }
        transaction.commit().await?;
        Ok(keys.len().max(bases.len()) as u64)
    }
}

/// Nine digits, the first of which is not 0: nothing that a spreadsheet would shorten.
fn fictitious_number(rng: &Rng) -> String {
    (100_000_000 + rng.below(900_000_000)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fictitious_number_has_nine_digits() {
        let rng = Rng::system();
        for _ in 0..1_000 {
            let number = fictitious_number(&rng);
            assert!(number.len() == 9 && !number.starts_with('0'), "{number}");
        }
    }
}
