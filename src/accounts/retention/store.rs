//! What retention reads and removes in the tables of this room.

use super::super::AccountId;
use crate::database::Connection;
use crate::kit::clock::Timestamp;

/// Letters that ended before a moment and are not their account's newest.
pub async fn ended_letters(
    connection: &mut Connection,
    before: Timestamp,
    most: i64,
) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar(
        "SELECT number FROM letter WHERE issued_at < $1 \
         AND (voided_at < $1 OR used_at < $1 OR expires_at < $1 OR with_password = 0) \
         AND EXISTS (SELECT 1 FROM letter AS newer WHERE newer.account_id = letter.account_id \
           AND (newer.issued_at > letter.issued_at \
             OR (newer.issued_at = letter.issued_at AND newer.number > letter.number))) \
         ORDER BY issued_at LIMIT $2",
    )
    .bind(before.seconds())
    .bind(most)
    .fetch_all(connection)
    .await
}

/// Removes a letter.
pub async fn delete_letter(connection: &mut Connection, number: &str) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM letter WHERE number = $1").bind(number).execute(connection).await?;
    Ok(())
}

/// Removes links that were made before a moment.
pub async fn purge_links(connection: &mut Connection, before: Timestamp, most: i64) -> sqlx::Result<u64> {
    let done = sqlx::query(
        "DELETE FROM mailed_link WHERE token_hash IN \
         (SELECT token_hash FROM mailed_link WHERE created_at < $1 ORDER BY created_at LIMIT $2)",
    )
    .bind(before.seconds())
    .bind(most)
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

/// Removes requests for help that ended before a moment.
pub async fn purge_cases(connection: &mut Connection, before: Timestamp, most: i64) -> sqlx::Result<u64> {
    let done = sqlx::query(
        "DELETE FROM recovery_case WHERE number IN \
         (SELECT number FROM recovery_case WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
    )
    .bind(before.seconds())
    .bind(most)
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

/// Announces the end of accounts that nobody used since a moment; gives those for which it is new.
pub async fn announce(
    connection: &mut Connection,
    unused_since: Timestamp,
    anonymise_at: Timestamp,
    most: i64,
) -> sqlx::Result<Vec<AccountId>> {
    let ids: Vec<String> = sqlx::query_scalar(
        "UPDATE account SET anonymise_at = $2 WHERE id IN (SELECT id FROM account \
         WHERE (last_seen_at < $1 OR (last_seen_at IS NULL AND created_at < $1)) \
         AND anonymise_at IS NULL AND deleted_at IS NULL AND merged_into IS NULL LIMIT $3) AND anonymise_at IS NULL RETURNING id",
    )
    .bind(unused_since.seconds())
    .bind(anonymise_at.seconds())
    .bind(most)
    .fetch_all(connection)
    .await?;
    Ok(ids.into_iter().map(AccountId::from).collect())
}

/// Whether an account is still due, asked while its row is locked.
pub async fn is_due(
    connection: &mut Connection,
    id: &AccountId,
    unused_since: Timestamp,
    now: Timestamp,
) -> sqlx::Result<bool> {
    let found: Option<String> = sqlx::query_scalar(
        "SELECT id FROM account WHERE id = $1 AND anonymise_at <= $2 AND deleted_at IS NULL \
         AND (last_seen_at < $3 OR (last_seen_at IS NULL AND created_at < $3))",
    )
    .bind(id.as_str())
    .bind(now.seconds())
    .bind(unused_since.seconds())
    .fetch_optional(connection)
    .await?;
    Ok(found.is_some())
}

/// Accounts whose notice is over and which nobody used since a moment.
pub async fn due(
    connection: &mut Connection,
    unused_since: Timestamp,
    now: Timestamp,
    most: i64,
) -> sqlx::Result<Vec<AccountId>> {
    let ids: Vec<String> = sqlx::query_scalar(
        "SELECT id FROM account WHERE anonymise_at <= $1 AND deleted_at IS NULL \
         AND (last_seen_at < $2 OR (last_seen_at IS NULL AND created_at < $2)) ORDER BY id LIMIT $3",
    )
    .bind(now.seconds())
    .bind(unused_since.seconds())
    .bind(most)
    .fetch_all(connection)
    .await?;
    Ok(ids.into_iter().map(AccountId::from).collect())
}
