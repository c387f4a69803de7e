//! The table `pushed_request`.

use sqlx::Row;

use super::{Begun, PushedRequest};
use crate::database::Connection;
use crate::kit::clock::Timestamp;
use crate::kit::secrets::TokenHash;
use crate::oidc::ClientId;
use crate::oidc::authorization_request::Signature;

/// How many requests make room for one.
const GONE_AT_ONCE: i64 = 10;

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

/// How many requests of a client no browser has come with.
pub async fn unbegun(connection: &mut Connection, client: &ClientId) -> sqlx::Result<i64> {
    sqlx::query_scalar("SELECT COUNT(*) FROM pushed_request WHERE client_id = $1 AND begun_at IS NULL")
        .bind(client.as_str())
        .fetch_one(connection)
        .await
}

/// Removes one request of a client that never began and cannot any more; `false` when there is none.
pub async fn make_room(connection: &mut Connection, client: &ClientId, now: Timestamp) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "DELETE FROM pushed_request WHERE reference_hash IN (SELECT reference_hash FROM pushed_request \
         WHERE client_id = $1 AND begun_at IS NULL AND expires_at <= $2 LIMIT 1)",
    )
    .bind(client.as_str())
    .bind(now.seconds())
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Notes that a browser came with a request.
pub async fn note_begun(
    connection: &mut Connection,
    reference: &TokenHash,
    now: Timestamp,
) -> sqlx::Result<()> {
    sqlx::query("UPDATE pushed_request SET begun_at = $1 WHERE reference_hash = $2 AND begun_at IS NULL")
        .bind(now.seconds())
        .bind(reference.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// Removes those requests of a client that began before its `most` latest, some at a time: each that begins removes as
/// many, so that there are soon no more than that.
pub async fn let_oldest_go(connection: &mut Connection, client: &ClientId, most: i64) -> sqlx::Result<()> {
    sqlx::query(
        "DELETE FROM pushed_request WHERE reference_hash IN (SELECT reference_hash FROM pushed_request \
         WHERE client_id = $1 AND begun_at IS NOT NULL ORDER BY begun_at DESC LIMIT $2 OFFSET $3)",
    )
    .bind(client.as_str())
    .bind(GONE_AT_ONCE)
    .bind(most)
    .execute(connection)
    .await?;
    Ok(())
}

/// The request that a client left under a reference, while it may still begin, and whether it has before.
pub async fn find(
    connection: &mut Connection,
    reference: &TokenHash,
    client: &ClientId,
    now: Timestamp,
) -> sqlx::Result<Option<(PushedRequest, Begun)>> {
    let row = sqlx::query(
        "SELECT parameters, signed, begun_at FROM pushed_request \
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
        let begun = match row.try_get::<Option<i64>, _>("begun_at")? {
            None => Begun::Now,
            Some(_) => Begun::Before,
        };
        Ok((PushedRequest { parameters: row.try_get("parameters")?, signature }, begun))
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

/// Forgets the requests of a client.
pub async fn forget_requests(connection: &mut Connection, client: &ClientId) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM pushed_request WHERE client_id = $1")
        .bind(client.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// Removes up to `most` requests that could not begin any more before a moment, or never began and cannot now; tells
/// how many went.
pub async fn purge(
    connection: &mut Connection,
    now: Timestamp,
    before: Timestamp,
    most: i64,
) -> sqlx::Result<u64> {
    let done = sqlx::query(
        "DELETE FROM pushed_request WHERE reference_hash IN (SELECT reference_hash FROM pushed_request \
         WHERE expires_at < $1 OR (begun_at IS NULL AND expires_at <= $2) LIMIT $3)",
    )
    .bind(before.seconds())
    .bind(now.seconds())
    .bind(most)
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}
