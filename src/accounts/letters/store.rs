//! The table `letter`.

use super::super::AccountId;
use crate::database::Connection;
use crate::kit::clock::Timestamp;

/// Notes that a letter's temporary password was replaced by the person's own.
pub async fn mark_used(connection: &mut Connection, number: &str, now: Timestamp) -> sqlx::Result<()> {
    sqlx::query("UPDATE letter SET used_at = $1 WHERE number = $2 AND used_at IS NULL")
        .bind(now.seconds())
        .bind(number)
        .execute(connection)
        .await?;
    Ok(())
}

/// Voids the letters of an account whose password was not used; gives their numbers.
pub async fn void_open(
    connection: &mut Connection,
    account: &AccountId,
    now: Timestamp,
) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar(
        "UPDATE letter SET voided_at = $1 WHERE account_id = $2 AND with_password = 1 AND used_at IS NULL \
         AND voided_at IS NULL RETURNING number",
    )
    .bind(now.seconds())
    .bind(account.as_str())
    .fetch_all(connection)
    .await
}
