//! What of the tables `password` and `letter` belongs to a person's state.

use sqlx::Row;

use crate::accounts::AccountId;
use crate::database::Connection;

/// The stored hash of the password, if there is one: it changes with every password.
pub async fn password(connection: &mut Connection, id: &AccountId) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar("SELECT hash FROM password WHERE account_id = $1")
        .bind(id.as_str())
        .fetch_optional(connection)
        .await
}

/// The number of the latest letter, and when it was printed, used and voided.
pub async fn latest_letter(
    connection: &mut Connection,
    id: &AccountId,
) -> sqlx::Result<Option<(String, [Option<i64>; 3])>> {
    let row = sqlx::query(
        "SELECT number, printed_at, used_at, voided_at FROM letter WHERE account_id = $1 \
         ORDER BY issued_at DESC, voided_at IS NULL DESC, number LIMIT 1",
    )
    .bind(id.as_str())
    .fetch_optional(connection)
    .await?;
    row.map(|row| {
        let times = [row.try_get("printed_at")?, row.try_get("used_at")?, row.try_get("voided_at")?];
        Ok((row.try_get("number")?, times))
    })
    .transpose()
}
