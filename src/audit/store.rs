//! The table `audit_event`.

use sqlx::Row;

use super::{Actor, Entry, Event};
use crate::database::Connection;
use crate::kit::clock::Timestamp;
use crate::kit::random::Rng;

/// Appends an event to the account's history, in the transaction of the change that it tells.
pub async fn record(
    connection: &mut Connection,
    rng: &Rng,
    at: Timestamp,
    account: &str,
    actor: &Actor,
    (event, detail): (Event, &str),
) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO audit_event (id, at, account_id, actor, kind, detail) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(rng.id())
    .bind(at.seconds())
    .bind(account)
    .bind(actor.word())
    .bind(event.word())
    .bind(detail)
    .execute(connection)
    .await?;
    Ok(())
}

/// The latest events of an account, newest first.
pub async fn recent(connection: &mut Connection, account: &str, most: i64) -> sqlx::Result<Vec<Entry>> {
    let rows = sqlx::query(
        "SELECT at, actor, kind, detail FROM audit_event WHERE account_id = $1 ORDER BY at DESC LIMIT $2",
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
            event,
            detail: row.try_get("detail")?,
        }))
    };
    rows.iter().filter_map(|row| entry(row).transpose()).collect()
}

/// Removes up to `most` events from before a moment; tells how many went.
pub async fn purge(connection: &mut Connection, before: Timestamp, most: i64) -> sqlx::Result<u64> {
    let done = sqlx::query(
        "DELETE FROM audit_event WHERE id IN (SELECT id FROM audit_event WHERE at < $1 ORDER BY at LIMIT $2)",
    )
    .bind(before.seconds())
    .bind(most)
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}
