//! The table `revoked_access_token`.

use crate::database::Connection;
use crate::kit::clock::Timestamp;

/// Takes an access token back, for as long as it would have counted.
pub async fn revoke(connection: &mut Connection, jti: &str, expires_at: Timestamp) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO revoked_access_token (jti, expires_at) VALUES ($1, $2) ON CONFLICT (jti) DO NOTHING",
    )
    .bind(jti)
    .bind(expires_at.seconds())
    .execute(connection)
    .await?;
    Ok(())
}

/// Whether an access token was taken back.
pub async fn is_revoked(connection: &mut Connection, jti: &str) -> sqlx::Result<bool> {
    let found = sqlx::query("SELECT jti FROM revoked_access_token WHERE jti = $1")
        .bind(jti)
        .fetch_optional(connection)
        .await?;
    Ok(found.is_some())
}

/// Forgets up to `most` access tokens that would have ended by now; tells how many went.
pub async fn purge_revoked_tokens(
    connection: &mut Connection,
    now: Timestamp,
    most: i64,
) -> sqlx::Result<u64> {
    let done = sqlx::query(
        "DELETE FROM revoked_access_token WHERE jti IN \
         (SELECT jti FROM revoked_access_token WHERE expires_at <= $1 LIMIT $2)",
    )
    .bind(now.seconds())
    .bind(most)
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}
