//! The table `used_assertion`.

use crate::database::Connection;
use crate::kit::clock::Timestamp;
use crate::kit::secrets::TokenHash;

/// Notes that an assertion was used; `false` when it was before.
pub async fn note_used(
    connection: &mut Connection,
    id: &TokenHash,
    expires_at: Timestamp,
) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "INSERT INTO used_assertion (id_hash, expires_at) VALUES ($1, $2) ON CONFLICT (id_hash) DO NOTHING",
    )
    .bind(id.as_str())
    .bind(expires_at.seconds())
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Forgets up to `most` assertions that expired before a moment; tells how many.
pub async fn purge_assertions(
    connection: &mut Connection,
    before: Timestamp,
    most: i64,
) -> sqlx::Result<u64> {
    let done = sqlx::query(
        "DELETE FROM used_assertion WHERE id_hash IN \
         (SELECT id_hash FROM used_assertion WHERE expires_at < $1 LIMIT $2)",
    )
    .bind(before.seconds())
    .bind(most)
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}
