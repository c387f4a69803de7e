//! The people of an authority one after the other, for applications that read them all.

use super::store;
use crate::accounts::{Account, AccountId, Jurisdiction, LookupKey};

/// Which people of an authority are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listing {
    /// All who are not deleted.
    Everybody,
    /// Those who are not disabled.
    Enabled,
    /// Those who are.
    Disabled,
    /// The one of an identifier, in any spelling.
    OfIdentifier(String),
    /// The one of a key in the authority's own lists.
    OfSourceKey(String),
}

impl Jurisdiction {
    /// The next people of a list in the order of their ids, after one; what it costs does not grow with how many there are.
    pub async fn list(
        &self,
        listing: &Listing,
        after: Option<&AccountId>,
        most: i64,
    ) -> sqlx::Result<Vec<Account>> {
        let mut connection = self.accounts.0.database.read().await?;
        let after = after.map_or("", AccountId::as_str);
        let (statement, detail) = match listing {
            Listing::Everybody => (store::EVERYBODY, None),
            Listing::Enabled => (store::ENABLED, None),
            Listing::Disabled => (store::DISABLED, None),
            Listing::OfIdentifier(typed) => {
                (store::OF_IDENTIFIER, Some(LookupKey::of(typed).as_str().to_owned()))
            }
            Listing::OfSourceKey(key) => (store::OF_SOURCE_KEY, Some(key.clone())),
        };
        store::list(&mut connection, statement, &self.authority, after, most, detail.as_deref()).await
    }
}
