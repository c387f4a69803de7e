//! The table `browser_session`.

use std::sync::LazyLock;

use futures_util::future::BoxFuture;
use sqlx::Row;
use sqlx::any::AnyRow;

use super::departure::CameFrom;
use super::{SessionId, Sid};
use crate::accounts::{self, AccessEpoch, Account, AccountId};
use crate::config::UpstreamId;
use crate::database::{Connection, Statement};
use crate::kit::clock::Timestamp;

/// A session at rest.
pub struct StoredSession {
    pub sid: Sid,
    pub account: AccountId,
    /// The provider that it came from, whose ID token is sealed.
    pub upstream: Option<CameFrom>,
    pub auth_time: Timestamp,
    pub acr: String,
    pub amr: Vec<String>,
    pub last_used_at: Timestamp,
    pub expires_at: Timestamp,
    pub epoch: AccessEpoch,
    pub began_at: Timestamp,
    pub user_agent: String,
}

/// The columns of a session, under names that no other table has where it is read with one.
macro_rules! session_columns {
    () => {
        "browser_session.sid, browser_session.account_id, browser_session.upstream AS session_upstream, \
         browser_session.upstream_sid, browser_session.upstream_hint, browser_session.upstream_return, \
         browser_session.auth_time, browser_session.acr, browser_session.amr, browser_session.last_used_at, \
         browser_session.expires_at, browser_session.access_epoch AS session_epoch, browser_session.began_at, \
         browser_session.user_agent"
    };
}

/// A session and whose it is.
pub type WithAccount = (StoredSession, Account);

static WITH_ACCOUNTS: LazyLock<Statement> = LazyLock::new(|| {
    let select = concat!(
        "SELECT asked.place, account.*, ",
        session_columns!(),
        " FROM asked CROSS JOIN browser_session JOIN account ON account.id = browser_session.account_id \
         WHERE browser_session.id_hash = asked.id_hash"
    );
    Statement::new(&["id_hash"], select)
});

/// The sessions of some ids, alive or not, with their people: what every page of somebody signed in asks.
pub fn with_accounts<'c>(
    connection: &'c mut Connection,
    ids: &'c [SessionId],
) -> BoxFuture<'c, sqlx::Result<Vec<Option<WithAccount>>>> {
    Box::pin(async move {
        let both = |row: &AnyRow| Ok((stored(row)?, accounts::account_of_row(row)?));
        WITH_ACCOUNTS.put(connection, ids.iter().map(|id| [id.as_str()]), both).await
    })
}

/// The session of an id, alive or not.
pub async fn session(connection: &mut Connection, id: &SessionId) -> sqlx::Result<Option<StoredSession>> {
    let row = sqlx::query(concat!("SELECT ", session_columns!(), " FROM browser_session WHERE id_hash = $1"))
        .bind(id.as_str())
        .fetch_optional(connection)
        .await?;
    row.map(|row| stored(&row)).transpose()
}

/// The sessions of an account that were made in an epoch, do not end before `now` and were used since
/// `used_since`: the latest used first, at most so many.
pub async fn sessions_of(
    connection: &mut Connection,
    account: &AccountId,
    epoch: AccessEpoch,
    (now, used_since): (Timestamp, Timestamp),
    most: i64,
) -> sqlx::Result<Vec<StoredSession>> {
    let rows = sqlx::query(concat!(
        "SELECT ",
        session_columns!(),
        " FROM browser_session WHERE account_id = $1 AND access_epoch = $2 AND expires_at > $3 \
         AND last_used_at > $4 ORDER BY last_used_at DESC, began_at DESC, sid LIMIT $5",
    ))
    .bind(account.as_str())
    .bind(epoch.number())
    .bind(now.seconds())
    .bind(used_since.seconds())
    .bind(most)
    .fetch_all(connection)
    .await?;
    rows.iter().map(stored).collect()
}

/// Stores a new session.
pub async fn insert(
    connection: &mut Connection,
    id: &SessionId,
    session: &StoredSession,
) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO browser_session (id_hash, sid, account_id, upstream, auth_time, acr, amr, last_used_at, \
         expires_at, access_epoch, began_at, user_agent, upstream_sid, upstream_hint, \
         upstream_return) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
    )
    .bind(id.as_str())
    .bind(session.sid.as_str())
    .bind(session.account.as_str())
    .bind(session.upstream.as_ref().map(|came| came.upstream.as_str()))
    .bind(session.auth_time.seconds())
    .bind(&session.acr)
    .bind(session.amr.join(" "))
    .bind(session.last_used_at.seconds())
    .bind(session.expires_at.seconds())
    .bind(session.epoch.number())
    .bind(session.began_at.seconds())
    .bind(&session.user_agent)
    .bind(session.upstream.as_ref().and_then(|came| came.sid.as_deref()))
    .bind(session.upstream.as_ref().and_then(|came| came.hint.as_deref()))
    .bind(session.upstream.as_ref().and_then(|came| came.return_to.as_deref()))
    .execute(connection)
    .await?;
    Ok(())
}

/// Goes on with a session under a new id, after a new sign-in of the same person; `false` when it
/// ended meanwhile.
pub async fn renew(
    connection: &mut Connection,
    previous: &SessionId,
    id: &SessionId,
    session: &StoredSession,
) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "UPDATE browser_session SET id_hash = $1, upstream = $2, auth_time = $3, acr = $4, amr = $5, \
         last_used_at = $6, expires_at = $7, access_epoch = $9, user_agent = $10, \
         upstream_sid = $11, upstream_hint = $12, upstream_return = $13 WHERE id_hash = $8",
    )
    .bind(id.as_str())
    .bind(session.upstream.as_ref().map(|came| came.upstream.as_str()))
    .bind(session.auth_time.seconds())
    .bind(&session.acr)
    .bind(session.amr.join(" "))
    .bind(session.last_used_at.seconds())
    .bind(session.expires_at.seconds())
    .bind(previous.as_str())
    .bind(session.epoch.number())
    .bind(&session.user_agent)
    .bind(session.upstream.as_ref().and_then(|came| came.sid.as_deref()))
    .bind(session.upstream.as_ref().and_then(|came| came.hint.as_deref()))
    .bind(session.upstream.as_ref().and_then(|came| came.return_to.as_deref()))
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Notes that a session was used.
pub async fn note_use(connection: &mut Connection, id: &SessionId, now: Timestamp) -> sqlx::Result<()> {
    sqlx::query("UPDATE browser_session SET last_used_at = $1 WHERE id_hash = $2")
        .bind(now.seconds())
        .bind(id.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// Ends a session: its row goes, and the grants that named it are left without one. Gives what it was.
pub async fn end(connection: &mut Connection, id: &SessionId) -> sqlx::Result<Option<StoredSession>> {
    let row =
        sqlx::query(concat!("DELETE FROM browser_session WHERE id_hash = $1 RETURNING ", session_columns!()))
            .bind(id.as_str())
            .fetch_optional(connection)
            .await?;
    row.map(|row| stored(&row)).transpose()
}

/// Ends one session of an account by its public name; `false` when the account has none of that name.
pub async fn end_of(connection: &mut Connection, account: &AccountId, sid: &str) -> sqlx::Result<bool> {
    let done = sqlx::query("DELETE FROM browser_session WHERE account_id = $1 AND sid = $2")
        .bind(account.as_str())
        .bind(sid)
        .execute(connection)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends every session of an account but one; tells how many there were.
pub async fn end_others(connection: &mut Connection, account: &AccountId, kept: &Sid) -> sqlx::Result<u64> {
    let done = sqlx::query("DELETE FROM browser_session WHERE account_id = $1 AND sid <> $2")
        .bind(account.as_str())
        .bind(kept.as_str())
        .execute(connection)
        .await?;
    Ok(done.rows_affected())
}

/// Ends every session of an account.
pub async fn end_all(connection: &mut Connection, account: &AccountId) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM browser_session WHERE account_id = $1")
        .bind(account.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// Takes a session over into a new epoch under a new id; `false` when it ended meanwhile.
pub async fn carry_over(
    connection: &mut Connection,
    previous: &SessionId,
    id: &SessionId,
    epoch: AccessEpoch,
    now: Timestamp,
) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "UPDATE browser_session SET id_hash = $1, access_epoch = $2, last_used_at = $3 WHERE id_hash = $4",
    )
    .bind(id.as_str())
    .bind(epoch.number())
    .bind(now.seconds())
    .bind(previous.as_str())
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

fn stored(row: &AnyRow) -> sqlx::Result<StoredSession> {
    let time = |column: &str| row.try_get(column).map(Timestamp::from_seconds);
    Ok(StoredSession {
        sid: Sid::from(row.try_get::<String, _>("sid")?),
        account: AccountId::from(row.try_get::<String, _>("account_id")?),
        upstream: came_from(row)?,
        auth_time: time("auth_time")?,
        acr: row.try_get("acr")?,
        amr: words(&row.try_get::<String, _>("amr")?),
        last_used_at: time("last_used_at")?,
        expires_at: time("expires_at")?,
        epoch: AccessEpoch::from_number(row.try_get("session_epoch")?),
        began_at: row
            .try_get::<Option<i64>, _>("began_at")?
            .map_or(time("auth_time")?, Timestamp::from_seconds),
        user_agent: row.try_get::<Option<String>, _>("user_agent")?.unwrap_or_default(),
    })
}

fn came_from(row: &AnyRow) -> sqlx::Result<Option<CameFrom>> {
    let Some(upstream) = row.try_get::<Option<String>, _>("session_upstream")? else { return Ok(None) };
    Ok(Some(CameFrom {
        upstream: UpstreamId::from(upstream),
        sid: row.try_get("upstream_sid")?,
        hint: row.try_get("upstream_hint")?,
        return_to: row.try_get("upstream_return")?,
    }))
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}
