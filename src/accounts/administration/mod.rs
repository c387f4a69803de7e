//! What operators and managers do with accounts: find one, see its state, disable it, enable it, delete it, set or
//! propose its address, end its accesses.
//!
//! Every change is made once however often it is asked for, stands in the account's history, and ends what
//! it must end in the same transaction.

mod change;
mod help;
mod overview;
mod store;

pub use change::{AddressChange, Change};
pub use overview::{Access, ListFilter, ListLine, Overview};
pub(super) use overview::{PasswordFacts, access_of};

pub(super) use store::forget_passwords;

use super::letters::{self, LetterNumber};
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
        let found = match naming {
            Naming::Identifier(typed) => super::store::by_key(&mut connection, &LookupKey::of(typed)).await?,
            Naming::Sub(id) => super::store::by_id(&mut connection, id).await?,
            Naming::Letter(typed) => {
                let Some(number) = LetterNumber::parse(typed) else { return Ok(None) };
                match letters::by_number(&mut connection, &number).await? {
                    Some(letter) => super::store::by_id(&mut connection, &letter.account).await?,
                    None => None,
                }
            }
            Naming::Case(_) => None,
        };
        // A record that was taken in is the one that took it in.
        match found.as_ref().and_then(|account| account.merged_into.as_ref()) {
            Some(kept) => super::store::by_id(&mut connection, kept).await,
            None => Ok(found),
        }
    }
}
