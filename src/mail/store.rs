//! The table `outbox_mail`.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::{MailId, Outgoing, State};
use crate::database::Connection;
use crate::kit::clock::Timestamp;

/// A mail that this node has claimed, and nobody else may send for now.
pub(super) struct Claimed {
    pub id: MailId,
    pub recipient: String,
    pub content: Option<String>,
    /// How often it was attempted, this time included.
    pub attempts: i64,
    /// Since when it waits: its creation, or when an operator put it back.
    pub waits_since: Timestamp,
}

/// How an attempt ended, as the table keeps it.
pub(super) struct Ended<'a> {
    pub state: State,
    /// When it is due again, if it is.
    pub next_attempt_at: Option<Timestamp>,
    /// When it can have arrived by this attempt, if it can have; an earlier moment stays.
    pub left_at: Option<Timestamp>,
    pub error: Option<&'a str>,
}

/// A mail as lists show it.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its id.
    pub id: MailId,
    /// What it says, in one word.
    pub kind: String,
    /// To whom.
    pub recipient: String,
    /// Where it stands.
    pub state: State,
    /// How often it was attempted.
    pub attempts: i64,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it was last attempted.
    pub attempted_at: Option<Timestamp>,
    /// When it is due again.
    pub next_attempt_at: Option<Timestamp>,
    /// The first moment at which it can have been received.
    pub left_at: Option<Timestamp>,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
}

/// Stores a mail that waits to be sent.
pub(super) async fn insert(
    connection: &mut Connection,
    id: &MailId,
    mail: &Outgoing<'_>,
    sealed: &str,
    now: Timestamp,
) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO outbox_mail (id, account_id, kind, recipient, content, state, attempts, created_at, \
         waits_since, next_attempt_at) VALUES ($1, $2, $3, $4, $5, 'waiting', 0, $6, $6, $6)",
    )
    .bind(id.as_str())
    .bind(mail.account)
    .bind(mail.message.kind())
    .bind(mail.to.as_str())
    .bind(sealed)
    .bind(now.seconds())
    .execute(connection)
    .await?;
    Ok(())
}

/// The first moment at which a mail can have been received; `None` while it cannot have been.
///
/// A mail that is no longer listed left long ago.
pub(super) async fn left_at(connection: &mut Connection, id: &MailId) -> sqlx::Result<Option<Timestamp>> {
    let left: Option<Option<i64>> = sqlx::query_scalar(
        "SELECT CASE WHEN state = 'sending' THEN COALESCE(left_at, next_attempt_at) ELSE left_at END \
         FROM outbox_mail WHERE id = $1",
    )
    .bind(id.as_str())
    .fetch_optional(connection)
    .await?;
    Ok(left.unwrap_or(Some(0)).map(Timestamp::from_seconds))
}

/// The mails that are due, those that have waited longest first.
pub(super) async fn due(connection: &mut Connection, now: Timestamp, most: i64) -> sqlx::Result<Vec<MailId>> {
    let ids: Vec<String> = sqlx::query_scalar(
        "SELECT id FROM outbox_mail WHERE state IN ('waiting', 'sending') AND next_attempt_at <= $1 \
         ORDER BY next_attempt_at LIMIT $2",
    )
    .bind(now.seconds())
    .bind(most)
    .fetch_all(connection)
    .await?;
    Ok(ids.into_iter().map(MailId::from).collect())
}

/// Claims a mail until `until`, if it is still due; of several nodes that try, one succeeds.
///
/// A claim that was lost may have sent the mail, at its very end for all that is known.
pub(super) async fn claim(
    connection: &mut Connection,
    id: &MailId,
    claim: &str,
    now: Timestamp,
    until: Timestamp,
) -> sqlx::Result<Option<Claimed>> {
    let row = sqlx::query(
        "UPDATE outbox_mail SET \
         left_at = CASE WHEN state = 'sending' THEN COALESCE(left_at, next_attempt_at) ELSE left_at END, \
         state = 'sending', claim = $2, attempts = attempts + 1, attempted_at = $3, next_attempt_at = $4 \
         WHERE id = $1 AND state IN ('waiting', 'sending') AND next_attempt_at <= $3 \
         RETURNING recipient, content, attempts, waits_since",
    )
    .bind(id.as_str())
    .bind(claim)
    .bind(now.seconds())
    .bind(until.seconds())
    .fetch_optional(connection)
    .await?;
    row.map(|row| {
        Ok(Claimed {
            id: id.clone(),
            recipient: row.try_get("recipient")?,
            content: row.try_get("content")?,
            attempts: row.try_get("attempts")?,
            waits_since: Timestamp::from_seconds(row.try_get("waits_since")?),
        })
    })
    .transpose()
}

/// Writes how an attempt ended; `false` when the claim was lost in the meantime.
///
/// What a mail says is wiped once it is sent. One that was given up keeps it, so that an operator can
/// have it tried again.
pub(super) async fn end_attempt(
    connection: &mut Connection,
    id: &MailId,
    claim: &str,
    ended: &Ended<'_>,
) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "UPDATE outbox_mail SET state = $3, next_attempt_at = $4, claim = NULL, last_error = $5, \
         left_at = COALESCE(left_at, $6), \
         content = CASE WHEN $3 = 'sent' THEN NULL ELSE content END \
         WHERE id = $1 AND claim = $2",
    )
    .bind(id.as_str())
    .bind(claim)
    .bind(ended.state.word())
    .bind(ended.next_attempt_at.map(Timestamp::seconds))
    .bind(ended.error)
    .bind(ended.left_at.map(Timestamp::seconds))
    .execute(connection)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// How many mails there are in a state.
pub(super) async fn count(connection: &mut Connection, state: State) -> sqlx::Result<i64> {
    sqlx::query_scalar("SELECT COUNT(*) FROM outbox_mail WHERE state = $1")
        .bind(state.word())
        .fetch_one(connection)
        .await
}

/// Since when the oldest mail that has not left waits.
pub(super) async fn oldest_waiting(connection: &mut Connection) -> sqlx::Result<Option<Timestamp>> {
    let oldest: Option<i64> =
        sqlx::query_scalar("SELECT MIN(created_at) FROM outbox_mail WHERE state IN ('waiting', 'sending')")
            .fetch_one(connection)
            .await?;
    Ok(oldest.map(Timestamp::from_seconds))
}

const LISTED: &str = "SELECT id, kind, recipient, state, attempts, created_at, attempted_at, \
     next_attempt_at, left_at, last_error FROM outbox_mail";

/// Mails whose last attempt failed, the latest first: given up, or still waiting.
pub(super) async fn troubled(
    connection: &mut Connection,
    state: State,
    most: i64,
) -> sqlx::Result<Vec<Listed>> {
    let statement = sqlx::AssertSqlSafe(format!(
        "{LISTED} WHERE state = $1 AND last_error IS NOT NULL ORDER BY attempted_at DESC LIMIT $2"
    ));
    let rows = sqlx::query(statement).bind(state.word()).bind(most).fetch_all(connection).await?;
    rows.iter().map(listed).collect()
}

/// The latest mails about an account, the newest first.
pub(super) async fn recent_of(
    connection: &mut Connection,
    account: &str,
    most: i64,
) -> sqlx::Result<Vec<Listed>> {
    let statement =
        sqlx::AssertSqlSafe(format!("{LISTED} WHERE account_id = $1 ORDER BY created_at DESC, id LIMIT $2"));
    let rows = sqlx::query(statement).bind(account).bind(most).fetch_all(connection).await?;
    rows.iter().map(listed).collect()
}

/// The mails about an account before a place among them, the newest first: along the index by time.
pub(super) async fn page(
    connection: &mut Connection,
    account: &str,
    (at, id): (Timestamp, &str),
    most: i64,
) -> sqlx::Result<Vec<Listed>> {
    let statement = sqlx::AssertSqlSafe(format!(
        "{LISTED} WHERE account_id = $1 AND created_at <= $2 AND (created_at < $2 OR id < $3) \
         ORDER BY created_at DESC, id DESC LIMIT $4"
    ));
    let query = sqlx::query(statement).bind(account).bind(at.seconds()).bind(id).bind(most);
    query.fetch_all(connection).await?.iter().map(listed).collect()
}

/// The kind of a mail, if it is about this account.
pub(super) async fn kind_of(
    connection: &mut Connection,
    account: &str,
    id: &MailId,
) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar("SELECT kind FROM outbox_mail WHERE id = $1 AND account_id = $2")
        .bind(id.as_str())
        .bind(account)
        .fetch_optional(connection)
        .await
}

fn listed(row: &AnyRow) -> sqlx::Result<Listed> {
    let moment = |name: &str| -> sqlx::Result<Option<Timestamp>> {
        Ok(row.try_get::<Option<i64>, _>(name)?.map(Timestamp::from_seconds))
    };
    let state: String = row.try_get("state")?;
    Ok(Listed {
        id: MailId::from(row.try_get::<String, _>("id")?),
        kind: row.try_get("kind")?,
        recipient: row.try_get("recipient")?,
        state: State::of(&state).ok_or_else(|| sqlx::Error::Decode(format!("state {state}").into()))?,
        attempts: row.try_get("attempts")?,
        created_at: Timestamp::from_seconds(row.try_get("created_at")?),
        attempted_at: moment("attempted_at")?,
        next_attempt_at: moment("next_attempt_at")?,
        left_at: moment("left_at")?,
        last_error: row.try_get("last_error")?,
    })
}

/// Puts a mail that was given up back among those that wait, due at once; `false` when it is none.
pub(super) async fn put_back(connection: &mut Connection, id: &MailId, now: Timestamp) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "UPDATE outbox_mail SET state = 'waiting', attempts = 0, waits_since = $2, next_attempt_at = $2 \
         WHERE id = $1 AND state = 'failed' AND content IS NOT NULL",
    )
    .bind(id.as_str())
    .bind(now.seconds())
    .execute(connection)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Puts every mail that was given up back among those that wait.
pub(super) async fn put_all_back(connection: &mut Connection, now: Timestamp) -> sqlx::Result<u64> {
    let done = sqlx::query(
        "UPDATE outbox_mail SET state = 'waiting', attempts = 0, waits_since = $1, next_attempt_at = $1 \
         WHERE state = 'failed' AND content IS NOT NULL",
    )
    .bind(now.seconds())
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

/// Deletes mails that were settled before a moment, at most so many.
pub(super) async fn purge(connection: &mut Connection, before: Timestamp, most: i64) -> sqlx::Result<u64> {
    let done = sqlx::query(
        "DELETE FROM outbox_mail WHERE id IN (SELECT id FROM outbox_mail \
         WHERE state IN ('sent', 'failed') AND attempted_at < $1 LIMIT $2)",
    )
    .bind(before.seconds())
    .bind(most)
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

/// Deletes the mails of an account; a node that is sending one finds it gone.
pub(super) async fn forget(connection: &mut Connection, account: &str) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM outbox_mail WHERE account_id = $1").bind(account).execute(connection).await?;
    Ok(())
}
