//! What retention removes in the tables `oauth_grant` and `consent`.

use crate::database::Connection;
use crate::kit::clock::Timestamp;

/// Removes up to `most` grants that ended before a moment, or whose code nobody redeemed and was dead before another;
/// tells how many went.
///
/// A grant that ended with its session is past its end when the session would have been. One that was taken back in a
/// session that goes on stays until the end of that was seen to: its client is to be told. Whoever redeemed nothing was
/// told nothing, so one person who asks for codes without end fills no more than what lasts until they are dead.
pub async fn purge_grants(
    connection: &mut Connection,
    (ended, code_dead): (Timestamp, Timestamp),
    most: i64,
) -> sqlx::Result<u64> {
    let done = sqlx::query(
        "DELETE FROM oauth_grant WHERE id IN \
         (SELECT id FROM oauth_grant WHERE expires_at < $1 \
         OR (revoked_at < $1 AND (end_told = 1 OR session_sid IS NULL)) \
         OR (redeemed_at IS NULL AND code_expires_at < $2) LIMIT $3)",
    )
    .bind(ended.seconds())
    .bind(code_dead.seconds())
    .bind(most)
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

/// Removes up to `most` consents of people whose account was deleted; tells how many went.
pub async fn purge_consents(connection: &mut Connection, most: i64) -> sqlx::Result<u64> {
    let done = sqlx::query(
        "DELETE FROM consent WHERE (account_id, client_id) IN \
         (SELECT consent.account_id, consent.client_id FROM consent \
          JOIN account ON account.id = consent.account_id WHERE account.deleted_at IS NOT NULL LIMIT $1)",
    )
    .bind(most)
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}
