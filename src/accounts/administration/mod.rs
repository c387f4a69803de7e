//! What operators do with accounts: find one, see its state, disable it, enable it, delete it, set its address.
//!
//! Every change is made once however often it is asked for, stands in the account's history, and ends what
//! it must end in the same transaction.

mod change;
mod overview;
mod store;

pub use change::{AddressChange, Change};
pub use overview::{Access, LetterLine, ListFilter, ListLine, Overview};

use super::{Account, AccountId, Accounts, LookupKey};

/// What an operator knows of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Naming {
    /// The identifier, in any spelling.
    Identifier(String),
    /// The `sub` of its tokens.
    Sub(AccountId),
    /// The number of a request for help with the password.
    Case(String),
    /// The number of a letter.
    Letter(String),
}

impl Accounts {
    /// The account that somebody names, disabled or deleted ones included where the name still leads there.
    pub async fn find(&self, naming: &Naming) -> sqlx::Result<Option<Account>> {
        if let Naming::Case(number) = naming {
            return self.case(number).await;
        }
        let mut connection = self.0.database.read().await?;
        match naming {
            Naming::Identifier(typed) => super::store::by_key(&mut connection, &LookupKey::of(typed)).await,
            Naming::Sub(id) => super::store::by_id(&mut connection, id).await,
            Naming::Letter(number) => store::by_letter(&mut connection, &as_printed(number)).await,
            Naming::Case(_) => Ok(None),
        }
    }
}

/// A letter's number as it is printed, however it was typed: capitals, in groups of four.
fn as_printed(typed: &str) -> String {
    let characters: Vec<char> =
        typed.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_uppercase).collect();
    let groups: Vec<String> = characters.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_found_however_its_number_is_typed() {
        for typed in ["ABCD-2345", "abcd2345", " ab cd-23 45 "] {
            assert_eq!(as_printed(typed), "ABCD-2345");
        }
    }
}
