//! The table `audit_event`.

use sqlx::Row;

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

/// The latest events of an account, newest first.
pub async fn recent(connection: &mut Connection, account: &str, most: i64) -> sqlx::Result<Vec<Entry>> {
    let rows = sqlx::query(
        "SELECT at, actor, actor_id, kind, detail, reason FROM audit_event \
         WHERE account_id = $1 ORDER BY at DESC LIMIT $2",
    )
    .bind(account)
    .bind(most)
    .fetch_all(connection)
    .await?;
    let entry = |row: &sqlx::any::AnyRow| -> sqlx::Result<Option<Entry>> {
        let kind: String = row.try_get("kind")?;
        let Some(event) = Event::of_word(&kind) else { return Ok(None) };
        Ok(Some(Entry {
            at: Timestamp::from_seconds(row.try_get("at")?),
            actor: row.try_get("actor")?,
            actor_id: row.try_get("actor_id")?,
            reason: row.try_get("reason")?,
            event,
            detail: row.try_get("detail")?,
        }))
    };
    rows.iter().filter_map(|row| entry(row).transpose()).collect()
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
