//! The tables `taken_identifier` and `homonym_series`, and those of before, which hold the same in clear and dwindle.

use super::LookupKey;
use super::marks::Mark;
use crate::database::Connection;

/// Takes an identifier for good; `false` when it was taken before.
pub async fn take(connection: &mut Connection, mark: &Mark, key: &LookupKey) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "INSERT INTO taken_identifier (mark) SELECT $1 \
         WHERE NOT EXISTS (SELECT lookup_key FROM allotted_identifier WHERE lookup_key = $2) \
         ON CONFLICT DO NOTHING",
    )
    .bind(mark.as_str())
    .bind(key.as_str())
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whether an identifier was ever taken.
pub async fn is_taken(connection: &mut Connection, mark: &Mark, key: &LookupKey) -> sqlx::Result<bool> {
    let found = sqlx::query(
        "SELECT mark FROM taken_identifier WHERE mark = $1 \
         UNION ALL SELECT lookup_key FROM allotted_identifier WHERE lookup_key = $2",
    )
    .bind(mark.as_str())
    .bind(key.as_str())
    .fetch_optional(connection)
    .await?;
    Ok(found.is_some())
}

/// Notes an identifier as taken, in the place of its entry in clear, if it has one.
pub async fn keep_taken(connection: &mut Connection, mark: &Mark, key: &str) -> sqlx::Result<()> {
    // In this order: somebody who asks for it meanwhile finds the one or the other.
    sqlx::query("INSERT INTO taken_identifier (mark) VALUES ($1) ON CONFLICT DO NOTHING")
        .bind(mark.as_str())
        .execute(&mut *connection)
        .await?;
    sqlx::query("DELETE FROM allotted_identifier WHERE lookup_key = $1")
        .bind(key)
        .execute(connection)
        .await?;
    Ok(())
}

/// The next number of a series of homonyms, from 0 on.
pub async fn next_in_series(connection: &mut Connection, mark: &Mark, base: &str) -> sqlx::Result<i64> {
    let taken: i64 = sqlx::query_scalar(
        "INSERT INTO homonym_series (mark, taken) \
         VALUES ($1, 1 + COALESCE((SELECT taken FROM identifier_series WHERE base = $2), 0)) \
         ON CONFLICT (mark) DO UPDATE SET taken = homonym_series.taken + 1 RETURNING taken",
    )
    .bind(mark.as_str())
    .bind(base)
    .fetch_one(connection)
    .await?;
    Ok(taken - 1)
}

/// Identifiers that were noted in clear, at most so many.
pub async fn in_clear(connection: &mut Connection, most: i64) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar("SELECT lookup_key FROM allotted_identifier ORDER BY lookup_key LIMIT $1")
        .bind(most)
        .fetch_all(connection)
        .await
}

/// Series of homonyms that were noted in clear, at most so many.
pub async fn series_in_clear(connection: &mut Connection, most: i64) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar("SELECT base FROM identifier_series ORDER BY base LIMIT $1")
        .bind(most)
        .fetch_all(connection)
        .await
}

/// Goes on with a series under its mark; one that does already is left as it is.
pub async fn hide_series(connection: &mut Connection, mark: &Mark, base: &str) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO homonym_series (mark, taken) SELECT $1, taken FROM identifier_series WHERE base = $2 \
         ON CONFLICT DO NOTHING",
    )
    .bind(mark.as_str())
    .bind(base)
    .execute(&mut *connection)
    .await?;
    sqlx::query("DELETE FROM identifier_series WHERE base = $1").bind(base).execute(connection).await?;
    Ok(())
}
