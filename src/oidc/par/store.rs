//! The table `pushed_request`.

use sqlx::Row;

use super::PushedRequest;
use crate::database::Connection;
use crate::kit::clock::Timestamp;
use crate::kit::secrets::TokenHash;
use crate::oidc::ClientId;
use crate::oidc::authorization_request::Signature;

/// Keeps a request under the hash of its reference.
pub async fn insert(
    connection: &mut Connection,
    reference: &TokenHash,
    client: &ClientId,
    request: &PushedRequest,
    expires_at: Timestamp,
) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO pushed_request (reference_hash, client_id, parameters, signed, expires_at) \
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(reference.as_str())
    .bind(client.as_str())
    .bind(&request.parameters)
    .bind(i64::from(request.signature == Signature::Verified))
    .bind(expires_at.seconds())
    .execute(connection)
    .await?;
    Ok(())
}

/// The request that a client left under a reference, while it may still begin.
pub async fn find(
    connection: &mut Connection,
    reference: &TokenHash,
    client: &ClientId,
    now: Timestamp,
) -> sqlx::Result<Option<PushedRequest>> {
    let row = sqlx::query(
        "SELECT parameters, signed FROM pushed_request \
         WHERE reference_hash = $1 AND client_id = $2 AND expires_at > $3",
    )
    .bind(reference.as_str())
    .bind(client.as_str())
    .bind(now.seconds())
    .fetch_optional(connection)
    .await?;
    row.map(|row| {
        let signature =
            if row.try_get::<i64, _>("signed")? == 1 { Signature::Verified } else { Signature::Absent };
        Ok(PushedRequest { parameters: row.try_get("parameters")?, signature })
    })
    .transpose()
}

/// Uses a request up; `false` when that was done before.
pub async fn consume(
    connection: &mut Connection,
    reference_hash: &str,
    client: &ClientId,
) -> sqlx::Result<bool> {
    let done = sqlx::query("DELETE FROM pushed_request WHERE reference_hash = $1 AND client_id = $2")
        .bind(reference_hash)
        .bind(client.as_str())
        .execute(connection)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Removes up to `most` requests that could not begin any more before a moment; tells how many went.
pub async fn purge(connection: &mut Connection, before: Timestamp, most: i64) -> sqlx::Result<u64> {
    let done = sqlx::query(
        "DELETE FROM pushed_request WHERE reference_hash IN \
         (SELECT reference_hash FROM pushed_request WHERE expires_at < $1 LIMIT $2)",
    )
    .bind(before.seconds())
    .bind(most)
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}
