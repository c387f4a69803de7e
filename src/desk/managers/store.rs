//! The tables `manager` and `naming_code`.

use sqlx::Row;
use sqlx::any::AnyRow;

use crate::accounts::AccountId;
use crate::config::{AuthorityId, Rank};
use crate::database::Connection;
use crate::kit::clock::Timestamp;

/// A row of the table `manager`.
pub struct StoredManager {
    pub account: AccountId,
    pub rank: Rank,
    pub named_at: Timestamp,
    pub named_by: Option<AccountId>,
}

/// What somebody was named in an authority, if anything.
pub async fn rank(
    connection: &mut Connection,
    account: &AccountId,
    authority: &AuthorityId,
) -> sqlx::Result<Option<Rank>> {
    let word: Option<String> =
        sqlx::query_scalar("SELECT rank FROM manager WHERE authority = $1 AND account_id = $2")
            .bind(authority.as_str())
            .bind(account.as_str())
            .fetch_optional(connection)
            .await?;
    Ok(word.as_deref().and_then(Rank::of_word))
}

/// Everybody who was named in an authority.
pub async fn named(connection: &mut Connection, authority: &AuthorityId) -> sqlx::Result<Vec<StoredManager>> {
    let rows = sqlx::query("SELECT * FROM manager WHERE authority = $1 ORDER BY named_at, account_id")
        .bind(authority.as_str())
        .fetch_all(connection)
        .await?;
    let read = |row: &AnyRow| -> sqlx::Result<Option<StoredManager>> {
        let word: String = row.try_get("rank")?;
        let Some(rank) = Rank::of_word(&word) else { return Ok(None) };
        Ok(Some(StoredManager {
            account: AccountId::from(row.try_get::<String, _>("account_id")?),
            rank,
            named_at: Timestamp::from_seconds(row.try_get("named_at")?),
            named_by: row.try_get::<Option<String>, _>("named_by")?.map(AccountId::from),
        }))
    };
    rows.iter().filter_map(|row| read(row).transpose()).collect()
}

/// Locks everything that was named in an authority until the transaction ends: two who dismiss each other wait.
pub async fn lock(connection: &mut Connection, authority: &AuthorityId) -> sqlx::Result<()> {
    sqlx::query("UPDATE manager SET rank = rank WHERE authority = $1")
        .bind(authority.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// Names somebody, or names them anew.
pub async fn name(
    connection: &mut Connection,
    authority: &AuthorityId,
    manager: &StoredManager,
) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO manager (authority, account_id, rank, named_at, named_by) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (authority, account_id) DO UPDATE SET rank = excluded.rank, \
         named_at = excluded.named_at, named_by = excluded.named_by",
    )
    .bind(authority.as_str())
    .bind(manager.account.as_str())
    .bind(manager.rank.word())
    .bind(manager.named_at.seconds())
    .bind(manager.named_by.as_ref().map(AccountId::as_str))
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes back that somebody was named; `false` when they were not.
pub async fn dismiss(
    connection: &mut Connection,
    authority: &AuthorityId,
    account: &AccountId,
) -> sqlx::Result<bool> {
    let done = sqlx::query("DELETE FROM manager WHERE authority = $1 AND account_id = $2")
        .bind(authority.as_str())
        .bind(account.as_str())
        .execute(connection)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Keeps the code of an account in the place of the one before; `false` when it is somebody else's already.
pub async fn keep_code(
    connection: &mut Connection,
    account: &AccountId,
    mac: &str,
    expires_at: Timestamp,
) -> sqlx::Result<bool> {
    sqlx::query("DELETE FROM naming_code WHERE account_id = $1")
        .bind(account.as_str())
        .execute(&mut *connection)
        .await?;
    let done = sqlx::query(
        "INSERT INTO naming_code (account_id, mac, expires_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    )
    .bind(account.as_str())
    .bind(mac)
    .bind(expires_at.seconds())
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whose a code is, if it lives.
pub async fn account_of_code(
    connection: &mut Connection,
    mac: &str,
    now: Timestamp,
) -> sqlx::Result<Option<AccountId>> {
    let id: Option<String> =
        sqlx::query_scalar("SELECT account_id FROM naming_code WHERE mac = $1 AND expires_at > $2")
            .bind(mac)
            .bind(now.seconds())
            .fetch_optional(connection)
            .await?;
    Ok(id.map(AccountId::from))
}

/// Uses a code up, if it lives; gives whose it was.
pub async fn use_code(
    connection: &mut Connection,
    mac: &str,
    now: Timestamp,
) -> sqlx::Result<Option<AccountId>> {
    let id: Option<String> =
        sqlx::query_scalar("DELETE FROM naming_code WHERE mac = $1 AND expires_at > $2 RETURNING account_id")
            .bind(mac)
            .bind(now.seconds())
            .fetch_optional(connection)
            .await?;
    Ok(id.map(AccountId::from))
}
