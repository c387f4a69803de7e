//! The tables `allotted_identifier` and `identifier_series`.

use super::LookupKey;
use crate::database::Connection;

/// Takes an identifier for good; `false` when it was taken before.
pub async fn take(connection: &mut Connection, key: &LookupKey) -> sqlx::Result<bool> {
    let done = sqlx::query("INSERT INTO allotted_identifier (lookup_key) VALUES ($1) ON CONFLICT DO NOTHING")
        .bind(key.as_str())
        .execute(connection)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Whether an identifier was ever taken.
pub async fn is_taken(connection: &mut Connection, key: &LookupKey) -> sqlx::Result<bool> {
    let found = sqlx::query("SELECT lookup_key FROM allotted_identifier WHERE lookup_key = $1")
        .bind(key.as_str())
        .fetch_optional(connection)
        .await?;
    Ok(found.is_some())
}

/// The next number of a series of homonyms, from 0 on.
pub async fn next_in_series(connection: &mut Connection, base: &str) -> sqlx::Result<i64> {
    let taken: i64 = sqlx::query_scalar(
        "INSERT INTO identifier_series (base, taken) VALUES ($1, 1) \
         ON CONFLICT (base) DO UPDATE SET taken = identifier_series.taken + 1 RETURNING taken",
    )
    .bind(base)
    .fetch_one(connection)
    .await?;
    Ok(taken - 1)
}
