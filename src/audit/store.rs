//! The table `audit_event`.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::{Actor, Entry, Event};
use crate::config::AuthorityId;
use crate::database::Connection;
use crate::kit::clock::Timestamp;
use crate::kit::random::Rng;

/// What is appended, and of whom.
pub struct Line<'a> {
    pub account: Option<&'a str>,
    /// Under which authority, where neither the actor nor the account says it.
    pub authority: Option<&'a AuthorityId>,
    pub actor: &'a Actor,
    pub event: (Event, &'a str),
}

/// Appends an event to the account's history, in the transaction of the change that it tells.
pub async fn record(
    connection: &mut Connection,
    rng: &Rng,
    at: Timestamp,
    account: &str,
    actor: &Actor,
    event: (Event, &str),
) -> sqlx::Result<()> {
    let line = Line { account: Some(account), authority: None, actor, event };
    append(connection, rng, at, &line).await
}

/// Appends an event that an authority is concerned by, whoever does it and whomever it is about.
pub async fn record_under(
    connection: &mut Connection,
    rng: &Rng,
    at: Timestamp,
    authority: &AuthorityId,
    (account, actor): (Option<&str>, &Actor),
    event: (Event, &str),
) -> sqlx::Result<()> {
    append(connection, rng, at, &Line { account, authority: Some(authority), actor, event }).await
}

/// Appends an event.
pub async fn append(
    connection: &mut Connection,
    rng: &Rng,
    at: Timestamp,
    line: &Line<'_>,
) -> sqlx::Result<()> {
    let acting = line.actor.acting();
    let authority = line.authority.or(acting.map(|acting| &acting.authority));
    sqlx::query(
        "INSERT INTO audit_event (id, at, account_id, actor, actor_id, kind, detail, reason, authority) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, \
           COALESCE($9, (SELECT account.authority FROM account WHERE account.id = $3)))",
    )
    .bind(rng.id())
    .bind(at.seconds())
    .bind(line.account)
    .bind(line.actor.word())
    .bind(acting.map(|acting| acting.who.as_str()))
    .bind(line.event.0.word())
    .bind(line.event.1)
    .bind(acting.map(|acting| acting.reason.as_str()).filter(|reason| !reason.is_empty()))
    .bind(authority.map(AuthorityId::as_str))
    .execute(connection)
    .await?;
    Ok(())
}

/// All that an [`Entry`] is read from.
macro_rules! entries {
    ($rest:literal) => {
        concat!("SELECT id, at, actor, actor_id, kind, detail, reason, authority FROM audit_event ", $rest)
    };
}

/// The latest events of an account, newest first.
pub async fn recent(connection: &mut Connection, account: &str, most: i64) -> sqlx::Result<Vec<Entry>> {
    let rows = sqlx::query(entries!("WHERE account_id = $1 ORDER BY at DESC LIMIT $2"))
        .bind(account)
        .bind(most)
        .fetch_all(connection)
        .await?;
    read(&rows)
}

/// The events of an account before a place in its history, newest first, looks left out: along the index by time.
pub async fn page(
    connection: &mut Connection,
    account: &str,
    (at, id): (Timestamp, &str),
    most: i64,
) -> sqlx::Result<Vec<Entry>> {
    let query = entries!(
        "WHERE account_id = $1 AND at <= $2 AND (at < $2 OR id < $3) AND kind <> 'looked' \
         ORDER BY at DESC, id DESC LIMIT $4"
    );
    let rows =
        sqlx::query(query).bind(account).bind(at.seconds()).bind(id).bind(most).fetch_all(connection).await?;
    read(&rows)
}

/// The events of an account from a moment on, newest first, looks left out.
pub async fn since(
    connection: &mut Connection,
    account: &str,
    from: Timestamp,
    most: i64,
) -> sqlx::Result<Vec<Entry>> {
    let query = entries!(
        "WHERE account_id = $1 AND at >= $2 AND kind <> 'looked' ORDER BY at DESC, id DESC LIMIT $3"
    );
    let rows = sqlx::query(query).bind(account).bind(from.seconds()).bind(most).fetch_all(connection).await?;
    read(&rows)
}

/// When something last happened to an account, as far back as events are kept.
pub async fn last(
    connection: &mut Connection,
    account: &str,
    event: Event,
) -> sqlx::Result<Option<Timestamp>> {
    let at: Option<i64> =
        sqlx::query_scalar("SELECT MAX(at) FROM audit_event WHERE account_id = $1 AND kind = $2")
            .bind(account)
            .bind(event.word())
            .fetch_one(connection)
            .await?;
    Ok(at.map(Timestamp::from_seconds))
}

/// Whether somebody looked at an account, or did anything for it, from a moment on.
pub async fn acted_since(
    connection: &mut Connection,
    account: &str,
    actor_id: &str,
    from: Timestamp,
) -> sqlx::Result<bool> {
    let found: Option<String> = sqlx::query_scalar(
        "SELECT id FROM audit_event WHERE account_id = $1 AND at >= $2 AND actor_id = $3 LIMIT 1",
    )
    .bind(account)
    .bind(from.seconds())
    .bind(actor_id)
    .fetch_optional(connection)
    .await?;
    Ok(found.is_some())
}

/// The events of rows; those of a later version, whose kinds are not known here, are left out.
fn read(rows: &[AnyRow]) -> sqlx::Result<Vec<Entry>> {
    let entry = |row: &AnyRow| -> sqlx::Result<Option<Entry>> {
        let kind: String = row.try_get("kind")?;
        let Some(event) = Event::of_word(&kind) else { return Ok(None) };
        Ok(Some(Entry {
            id: row.try_get("id")?,
            at: Timestamp::from_seconds(row.try_get("at")?),
            actor: row.try_get("actor")?,
            actor_id: row.try_get("actor_id")?,
            reason: row.try_get("reason")?,
            authority: row.try_get::<Option<String>, _>("authority")?.map(AuthorityId::from),
            event,
            detail: row.try_get("detail")?,
        }))
    };
    rows.iter().filter_map(|row| entry(row).transpose()).collect()
}

/// How often something of this kind happened to an account after a moment.
pub async fn number_since(
    connection: &mut Connection,
    account: &str,
    event: Event,
    since: Timestamp,
) -> sqlx::Result<i64> {
    sqlx::query_scalar("SELECT COUNT(*) FROM audit_event WHERE account_id = $1 AND at > $2 AND kind = $3")
        .bind(account)
        .bind(since.seconds())
        .bind(event.word())
        .fetch_one(connection)
        .await
}

/// Whether something of this kind happened to an account after a moment.
pub async fn happened_since(
    connection: &mut Connection,
    account: &str,
    event: (Event, &str),
    since: Timestamp,
) -> sqlx::Result<bool> {
    let found: Option<i64> = sqlx::query_scalar(
        "SELECT at FROM audit_event WHERE account_id = $1 AND at > $2 AND kind = $3 AND detail = $4 LIMIT 1",
    )
    .bind(account)
    .bind(since.seconds())
    .bind(event.0.word())
    .bind(event.1)
    .fetch_optional(connection)
    .await?;
    Ok(found.is_some())
}
