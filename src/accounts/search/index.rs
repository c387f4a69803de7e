//! Keeping the index: in the transaction of each change, and once for the accounts of before.

use std::collections::BTreeSet;

use super::store;
use super::words::words_of;
use crate::accounts::{Account, AccountId, Accounts};
use crate::database::{Connection, Engine};

/// Lets the words of an account lead to it, and no others, in the transaction that changed it.
pub async fn keep(connection: &mut Connection, account: &Account) -> sqlx::Result<()> {
    let Some(authority) = &account.authority else { return forget(connection, &account.id).await };
    let known = store::words(connection, &account.id).await?;
    let wanted = words_of(account);
    let of_here = |word: &str| (authority.as_str().to_owned(), word.to_owned());
    let kept: BTreeSet<_> = wanted.iter().map(|word| of_here(word.as_str())).collect();
    for (authority, word) in known.difference(&kept) {
        store::remove(connection, &account.id, authority, word).await?;
    }
    let new: Vec<_> = wanted.iter().filter(|word| !known.contains(&of_here(word.as_str()))).collect();
    store::add(connection, &account.id, authority, &new).await
}

/// The same for an account that is being made: there is nothing to look up.
pub async fn keep_new(connection: &mut Connection, account: &Account) -> sqlx::Result<()> {
    let Some(authority) = &account.authority else { return Ok(()) };
    let words = words_of(account);
    store::add(connection, &account.id, authority, &words.iter().collect::<Vec<_>>()).await
}

/// Lets nothing lead to an account any more.
pub async fn forget(connection: &mut Connection, account: &AccountId) -> sqlx::Result<()> {
    store::remove_all(connection, account).await
}

impl Accounts {
    /// Brings accounts that an earlier version stored into the index, at most so many; gives how many.
    pub async fn index_people(&self, most: i64) -> sqlx::Result<u64> {
        let ids = store::unindexed(&mut *self.0.database.read().await?, most).await?;
        if ids.is_empty() {
            return Ok(0);
        }
        // Whoever holds the lock of one account must not wait for another's: an import holds many, in the order of its
        // list. SQLite has one writer, who waits for nobody.
        let at_once = match self.0.database.engine() {
            Engine::Sqlite => ids.len(),
            Engine::Postgres => 1,
        };
        for some in ids.chunks(at_once) {
            let mut transaction = self.0.database.write().await?;
            for id in some {
                if let Some(account) = store::note_indexed(&mut transaction, id).await? {
                    keep(&mut transaction, &account).await?;
                }
            }
            transaction.commit().await?;
        }
        Ok(ids.len() as u64)
    }
}
