//! What of the table `browser_session` tells when a session ends.

use sqlx::Row;

use super::super::Sid;
use crate::database::Connection;
use crate::kit::clock::Timestamp;

/// The times by which a session ends.
pub struct StoredTimes {
    pub(super) last_used_at: Timestamp,
    pub(super) expires_at: Timestamp,
}

/// The times of the session of a name, if it is there.
pub async fn times(connection: &mut Connection, sid: &Sid) -> sqlx::Result<Option<StoredTimes>> {
    sqlx::query("SELECT last_used_at, expires_at FROM browser_session WHERE sid = $1")
        .bind(sid.as_str())
        .fetch_optional(connection)
        .await?
        .map(|row| {
            Ok(StoredTimes {
                last_used_at: Timestamp::from_seconds(row.try_get("last_used_at")?),
                expires_at: Timestamp::from_seconds(row.try_get("expires_at")?),
            })
        })
        .transpose()
}

/// Removes sessions past their end, or not used since a moment.
pub async fn purge(
    connection: &mut Connection,
    now: Timestamp,
    unused_since: Timestamp,
    most: i64,
) -> sqlx::Result<u64> {
    let done = sqlx::query(
        "DELETE FROM browser_session WHERE id_hash IN (SELECT id_hash FROM browser_session \
         WHERE expires_at <= $1 OR last_used_at <= $2 LIMIT $3)",
    )
    .bind(now.seconds())
    .bind(unused_since.seconds())
    .bind(most)
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}
