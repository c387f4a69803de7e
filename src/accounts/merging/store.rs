//! What of the table `account` says that two records are one person's.

use crate::accounts::store::account;
use crate::accounts::{Account, AccountId};
use crate::config::AuthorityId;
use crate::database::Connection;
use crate::kit::clock::Timestamp;

/// When a record was made; of two made at once, the id decides.
pub async fn made_at(connection: &mut Connection, id: &AccountId) -> sqlx::Result<(i64, String)> {
    let at: i64 = sqlx::query_scalar("SELECT created_at FROM account WHERE id = $1")
        .bind(id.as_str())
        .fetch_one(connection)
        .await?;
    Ok((at, id.to_string()))
}

/// The records that one took in, in the order of their ids.
pub async fn aliases(connection: &mut Connection, kept: &AccountId) -> sqlx::Result<Vec<AccountId>> {
    let ids: Vec<String> = sqlx::query_scalar("SELECT id FROM account WHERE merged_into = $1 ORDER BY id")
        .bind(kept.as_str())
        .fetch_all(connection)
        .await?;
    Ok(ids.into_iter().map(AccountId::from).collect())
}

/// The statement by which they are found: `COALESCE` keeps SQLite from an index of the authority, by which it would read all
/// of its people to find these few.
pub const ALIASES: &str = "SELECT account.* FROM account WHERE merged_into = $1 AND COALESCE(authority, '') = $2 \
     AND deleted_at IS NULL ORDER BY merged_at DESC, id";

/// The records that one took in, as far as an authority looks after them, the latest first.
pub async fn aliases_within(
    connection: &mut Connection,
    authority: &AuthorityId,
    kept: &AccountId,
) -> sqlx::Result<Vec<Account>> {
    sqlx::query(ALIASES)
        .bind(kept.as_str())
        .bind(authority.as_str())
        .fetch_all(connection)
        .await?
        .iter()
        .map(account)
        .collect()
}

/// Makes a record an alias of another.
pub async fn absorb(
    connection: &mut Connection,
    absorbed: &AccountId,
    kept: &AccountId,
    now: Timestamp,
) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE account SET merged_into = $1, merged_at = $2, updated_at = $2, proposed_email = NULL, \
         anonymise_at = NULL WHERE id = $3",
    )
    .bind(kept.as_str())
    .bind(now.seconds())
    .bind(absorbed.as_str())
    .execute(connection)
    .await?;
    Ok(())
}

/// What one record took in before, another one has from now on: there is never a chain.
pub async fn hand_over(connection: &mut Connection, from: &AccountId, to: &AccountId) -> sqlx::Result<()> {
    for alias in aliases(connection, from).await? {
        sqlx::query("UPDATE account SET merged_into = $1 WHERE id = $2")
            .bind(to.as_str())
            .bind(alias.as_str())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Makes an alias a record of its own again, in an epoch of its own.
pub async fn release(connection: &mut Connection, absorbed: &AccountId, now: Timestamp) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE account SET merged_into = NULL, merged_at = NULL, access_epoch = access_epoch + 1, \
         updated_at = $1, last_seen_at = $1 WHERE id = $2",
    )
    .bind(now.seconds())
    .bind(absorbed.as_str())
    .execute(connection)
    .await?;
    Ok(())
}

/// Notes that a record changed and is in use.
pub async fn touch(connection: &mut Connection, id: &AccountId, now: Timestamp) -> sqlx::Result<()> {
    sqlx::query("UPDATE account SET updated_at = $1, last_seen_at = $1, anonymise_at = NULL WHERE id = $2")
        .bind(now.seconds())
        .bind(id.as_str())
        .execute(connection)
        .await?;
    Ok(())
}
