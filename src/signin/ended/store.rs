//! What of the table `browser_session` tells when a session ends.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::super::Sid;
use crate::accounts::Account;
use crate::database::Connection;
use crate::kit::clock::Timestamp;

/// The times by which a session ends.
pub struct StoredTimes {
    pub(super) last_used_at: Timestamp,
    pub(super) expires_at: Timestamp,
}

/// A session, as it is listed.
#[derive(Clone, Debug)]
pub struct SessionLine {
    /// When it began.
    pub began_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Timestamp,
    /// What the browser calls itself.
    pub user_agent: String,
}

/// The sessions of a person that count, the latest used first.
pub async fn alive(
    connection: &mut Connection,
    account: &Account,
    now: Timestamp,
    unused_since: Timestamp,
    most: i64,
) -> sqlx::Result<Vec<SessionLine>> {
    let rows = sqlx::query(
        "SELECT COALESCE(began_at, auth_time) AS began_at, last_used_at, user_agent FROM browser_session \
         WHERE account_id = $1 AND access_epoch = $2 AND expires_at > $3 AND last_used_at > $4 \
         ORDER BY last_used_at DESC LIMIT $5",
    )
    .bind(account.id.as_str())
    .bind(account.epoch.number())
    .bind(now.seconds())
    .bind(unused_since.seconds())
    .bind(most)
    .fetch_all(connection)
    .await?;
    let line = |row: &AnyRow| {
        Ok(SessionLine {
            began_at: Timestamp::from_seconds(row.try_get("began_at")?),
            last_used_at: Timestamp::from_seconds(row.try_get("last_used_at")?),
            user_agent: row.try_get::<Option<String>, _>("user_agent")?.unwrap_or_default(),
        })
    };
    rows.iter().map(line).collect()
}

/// Notes that the session of a name was used.
pub async fn note_use(connection: &mut Connection, sid: &Sid, now: Timestamp) -> sqlx::Result<()> {
    sqlx::query("UPDATE browser_session SET last_used_at = $1 WHERE sid = $2 AND last_used_at < $1")
        .bind(now.seconds())
        .bind(sid.as_str())
        .execute(connection)
        .await?;
    Ok(())
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
