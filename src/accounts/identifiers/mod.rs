//! Identifiers: made once, printed on paper, typed by people, and never given to anybody else.
//!
//! The module owns the tables `allotted_identifier` and `identifier_series`.

mod lookup;
mod naming;
mod store;

pub use lookup::{LookupKey, looks_like_numen};

use naming::Naming;

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
    given: &str,
) -> sqlx::Result<Option<(String, LookupKey)>> {
    let key = LookupKey::of(given);
    Ok(store::take(connection, &key).await?.then(|| (given.trim().to_owned(), key)))
}

/// Allots an identifier made from a person's names, in the transaction that makes the account.
///
/// The series of homonyms is counted in the table, so that nodes that allot at once wait for each other;
/// what a list gave to somebody in the meantime is passed over.
pub(super) async fn allot_from_name(
    connection: &mut Connection,
    rng: &Rng,
    given_name: Option<&str>,
    family_name: Option<&str>,
) -> sqlx::Result<(String, LookupKey)> {
    let naming = Naming::of(given_name.unwrap_or_default(), family_name.unwrap_or_default());
    loop {
        let candidate = match &naming {
            Naming::Series(base) => match store::next_in_series(connection, base).await? {
                0 => base.clone(),
                number => format!("{base}{number}"),
            },
            Naming::Fictitious => fictitious_number(rng),
        };
        let key = LookupKey::of(&candidate);
        if store::take(connection, &key).await? {
            return Ok((candidate, key));
        }
    }
}

/// Whether an identifier is, or ever was, somebody's.
pub(super) async fn is_taken(connection: &mut Connection, key: &LookupKey) -> sqlx::Result<bool> {
    store::is_taken(connection, key).await
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
