//! What of the table `browser_session` tells when a session ends; the table `heard_logout_token`.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::super::Sid;
use crate::accounts::{Account, AccountId};
use crate::database::Connection;
use crate::federation::HeardLogout;
use crate::kit::clock::Timestamp;

/// The times by which a session ends.
#[derive(Clone, Copy, Debug)]
pub struct SessionTimes {
    /// When it was last used.
    pub last_used_at: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
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

/// Locks the session of a name until the transaction ends, if it is there: whoever ends it waits.
pub async fn lock(connection: &mut Connection, sid: &Sid) -> sqlx::Result<()> {
    sqlx::query("UPDATE browser_session SET last_used_at = last_used_at WHERE sid = $1")
        .bind(sid.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// Locks every session of an account likewise.
pub async fn lock_all(connection: &mut Connection, account: &AccountId) -> sqlx::Result<()> {
    sqlx::query("UPDATE browser_session SET last_used_at = last_used_at WHERE account_id = $1")
        .bind(account.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// The times of the session of a name, if it is there.
pub async fn times(connection: &mut Connection, sid: &Sid) -> sqlx::Result<Option<SessionTimes>> {
    sqlx::query("SELECT last_used_at, expires_at FROM browser_session WHERE sid = $1")
        .bind(sid.as_str())
        .fetch_optional(connection)
        .await?
        .map(|row| {
            Ok(SessionTimes {
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

/// Whether there are sessions of accounts that do not honour them any more, among those changed since a moment.
pub async fn are_there_dead(connection: &mut Connection, changed_since: Timestamp) -> sqlx::Result<bool> {
    let found: Option<String> = sqlx::query_scalar(
        "SELECT browser_session.sid FROM account JOIN browser_session ON browser_session.account_id = account.id \
         WHERE account.updated_at >= $1 AND (browser_session.access_epoch <> account.access_epoch \
         OR account.disabled_at IS NOT NULL) LIMIT 1",
    )
    .bind(changed_since.seconds())
    .fetch_optional(connection)
    .await?;
    Ok(found.is_some())
}

/// Ends them, at most so many.
pub async fn end_dead(connection: &mut Connection, changed_since: Timestamp, most: i64) -> sqlx::Result<u64> {
    let done = sqlx::query(
        "DELETE FROM browser_session WHERE id_hash IN (SELECT browser_session.id_hash FROM account \
         JOIN browser_session ON browser_session.account_id = account.id \
         WHERE account.updated_at >= $1 AND (browser_session.access_epoch <> account.access_epoch \
         OR account.disabled_at IS NOT NULL) LIMIT $2)",
    )
    .bind(changed_since.seconds())
    .bind(most)
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

/// Notes that a logout token was heard; `false` when it was before.
pub async fn remember_heard(connection: &mut Connection, heard: &HeardLogout) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "INSERT INTO heard_logout_token (upstream, jti, expires_at) VALUES ($1, $2, $3) \
         ON CONFLICT (upstream, jti) DO NOTHING",
    )
    .bind(heard.upstream.as_str())
    .bind(&heard.jti)
    .bind(heard.expires_at.seconds())
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends the sessions that an upstream speaks of: those of its session, of its subject, or of both.
pub async fn end_of_upstream(connection: &mut Connection, heard: &HeardLogout) -> sqlx::Result<u64> {
    let statement = if heard.sid.is_some() {
        "DELETE FROM browser_session WHERE upstream = $1 AND upstream_sid = $2 \
         AND (CAST($3 AS TEXT) IS NULL OR account_id IN \
         (SELECT id FROM account WHERE upstream = $1 AND upstream_subject = $3))"
    } else {
        "DELETE FROM browser_session WHERE upstream = $1 AND CAST($2 AS TEXT) IS NULL AND account_id IN \
         (SELECT id FROM account WHERE upstream = $1 AND upstream_subject = $3)"
    };
    let done = sqlx::query(statement)
        .bind(heard.upstream.as_str())
        .bind(heard.sid.as_deref())
        .bind(heard.subject.as_deref())
        .execute(connection)
        .await?;
    Ok(done.rows_affected())
}

/// Forgets logout tokens past their time.
pub async fn purge_heard(connection: &mut Connection, now: Timestamp, most: i64) -> sqlx::Result<u64> {
    let done = sqlx::query(
        "DELETE FROM heard_logout_token WHERE (upstream, jti) IN \
         (SELECT upstream, jti FROM heard_logout_token WHERE expires_at < $1 LIMIT $2)",
    )
    .bind(now.seconds())
    .bind(most)
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}
