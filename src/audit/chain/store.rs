//! The table `audit_chain`, the chained columns of `audit_event`, and the table `daily_count`.

use std::collections::BTreeMap;

use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

use super::AuthorityName;
use super::seals::{Head, Link, Place};
use crate::config::AuthorityId;
use crate::database::Connection;
use crate::kit::clock::Timestamp;

/// So many events have their place written by one statement.
const AT_ONCE: usize = 200;

/// An event that waits for its place.
pub struct Unsealed {
    pub link: Link,
    /// Whether it was counted in an earlier chain.
    pub is_counted: bool,
}

/// An event with its place.
pub struct Sealed {
    pub link: Link,
    pub place: Place,
}

/// How often something happened on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DailyCount {
    /// The day, as year-month-day, where the installation is.
    pub day: String,
    /// The word of the event.
    pub kind: String,
    /// What it concerned, where that is counted by itself.
    pub detail: String,
    /// How often.
    pub number: i64,
}

/// The authorities of which events wait for their place.
pub async fn waiting(connection: &mut Connection) -> sqlx::Result<Vec<AuthorityName>> {
    let nobody: Option<i64> = sqlx::query_scalar(
        "SELECT at FROM audit_event WHERE seq IS NULL AND COALESCE(authority, '') = '' LIMIT 1",
    )
    .fetch_optional(&mut *connection)
    .await?;
    let mut found: Vec<_> = nobody.map(|_| AuthorityName::NONE).into_iter().collect();
    let mut last = String::new();
    // One look in the index for each authority, however many of its events wait.
    while let Some(next) = sqlx::query_scalar::<_, String>(
        "SELECT COALESCE(authority, '') FROM audit_event WHERE seq IS NULL \
         AND COALESCE(authority, '') > $1 ORDER BY COALESCE(authority, '') LIMIT 1",
    )
    .bind(&last)
    .fetch_optional(&mut *connection)
    .await?
    {
        found.push(AuthorityName::from(next.clone()));
        last = next;
    }
    Ok(found)
}

/// How many events of an authority wait, and since when the first of them.
pub async fn waiting_of(
    connection: &mut Connection,
    authority: &AuthorityName,
) -> sqlx::Result<(i64, Option<Timestamp>)> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS number, MIN(at) AS first FROM audit_event \
         WHERE seq IS NULL AND COALESCE(authority, '') = $1",
    )
    .bind(authority.as_str())
    .fetch_one(connection)
    .await?;
    Ok((row.try_get("number")?, row.try_get::<Option<i64>, _>("first")?.map(Timestamp::from_seconds)))
}

/// The events of an authority that wait, the oldest first.
pub async fn unsealed(
    connection: &mut Connection,
    authority: &AuthorityName,
    most: i64,
) -> sqlx::Result<Vec<Unsealed>> {
    let rows = sqlx::query(
        "SELECT * FROM audit_event WHERE seq IS NULL AND COALESCE(authority, '') = $1 \
         ORDER BY at, id LIMIT $2",
    )
    .bind(authority.as_str())
    .bind(most)
    .fetch_all(connection)
    .await?;
    let read = |row: &AnyRow| {
        Ok(Unsealed { link: link(row)?, is_counted: row.try_get::<Option<String>, _>("seal")?.is_some() })
    };
    rows.iter().map(read).collect()
}

/// The events of an authority behind a place, in their order.
pub async fn from_place(
    connection: &mut Connection,
    authority: &AuthorityName,
    behind: i64,
    most: i64,
) -> sqlx::Result<Vec<Sealed>> {
    let rows = sqlx::query(
        "SELECT * FROM audit_event WHERE COALESCE(authority, '') = $1 AND seq > $2 ORDER BY seq, id LIMIT $3",
    )
    .bind(authority.as_str())
    .bind(behind)
    .bind(most)
    .fetch_all(connection)
    .await?;
    let read = |row: &AnyRow| {
        let seal: Option<String> = row.try_get("seal")?;
        Ok(Sealed {
            link: link(row)?,
            place: Place { seq: row.try_get("seq")?, seal: seal.unwrap_or_default() },
        })
    };
    rows.iter().map(read).collect()
}

/// Whether events of an authority stand at or before a place.
pub async fn first_until(
    connection: &mut Connection,
    authority: &AuthorityName,
    until: i64,
) -> sqlx::Result<Option<i64>> {
    sqlx::query_scalar(
        "SELECT seq FROM audit_event WHERE COALESCE(authority, '') = $1 AND seq <= $2 ORDER BY seq LIMIT 1",
    )
    .bind(authority.as_str())
    .bind(until)
    .fetch_optional(connection)
    .await
}

/// Whether an authority has any event with a place.
pub async fn is_anything_sealed(
    connection: &mut Connection,
    authority: &AuthorityName,
) -> sqlx::Result<bool> {
    Ok(first_until(connection, authority, i64::MAX).await?.is_some())
}

/// Writes the places of events.
pub async fn place(connection: &mut Connection, places: &[(&str, Place)]) -> sqlx::Result<()> {
    for some in places.chunks(AT_ONCE) {
        let row = |at: usize| format!("(${}, ${}, ${})", 3 * at + 1, 3 * at + 2, 3 * at + 3);
        let values = (0..some.len()).map(row).collect::<Vec<_>>().join(", ");
        // Both engines call the columns of nameless values so.
        let statement = AssertSqlSafe(format!(
            "UPDATE audit_event SET seq = placed.column2, seal = placed.column3 \
             FROM (VALUES {values}) AS placed WHERE audit_event.id = placed.column1"
        ));
        let mut query = sqlx::query(statement).persistent(false);
        for (id, place) in some {
            query = query.bind(*id).bind(place.seq).bind(place.seal.as_str());
        }
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

/// Adds to what was counted, by day, kind and detail.
pub async fn count(
    connection: &mut Connection,
    authority: &AuthorityName,
    counts: &BTreeMap<(String, String, String), i64>,
) -> sqlx::Result<()> {
    for ((day, kind, detail), number) in counts {
        sqlx::query(
            "INSERT INTO daily_count (authority, day, kind, detail, n) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (authority, day, kind, detail) DO UPDATE SET n = daily_count.n + excluded.n",
        )
        .bind(authority.as_str())
        .bind(day)
        .bind(kind)
        .bind(detail)
        .bind(number)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// What was counted of an authority from one day to another, both included.
pub async fn daily_counts(
    connection: &mut Connection,
    authority: &AuthorityId,
    (from, to): (&str, &str),
) -> sqlx::Result<Vec<DailyCount>> {
    let rows = sqlx::query(
        "SELECT day, kind, detail, n FROM daily_count WHERE authority = $1 AND day >= $2 AND day <= $3 \
         ORDER BY day, kind, detail",
    )
    .bind(authority.as_str())
    .bind(from)
    .bind(to)
    .fetch_all(connection)
    .await?;
    let read = |row: &AnyRow| {
        Ok(DailyCount {
            day: row.try_get("day")?,
            kind: row.try_get("kind")?,
            detail: row.try_get("detail")?,
            number: row.try_get("n")?,
        })
    };
    rows.iter().map(read).collect()
}

/// Stores a chain that has no event yet; `false` when it is there.
pub async fn begin(
    connection: &mut Connection,
    authority: &AuthorityName,
    head: &Head,
    mac: &str,
) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "INSERT INTO audit_chain (authority, seq, seal, anchor_seq, anchor_seal, mac) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (authority) DO NOTHING",
    )
    .bind(authority.as_str())
    .bind(head.last.seq)
    .bind(&head.last.seal)
    .bind(head.anchor.seq)
    .bind(&head.anchor.seal)
    .bind(mac)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// A chain's ends and what authenticates them, its row locked until the transaction ends.
pub async fn lock(connection: &mut Connection, authority: &AuthorityName) -> sqlx::Result<(Head, String)> {
    let row = sqlx::query("UPDATE audit_chain SET seq = seq WHERE authority = $1 RETURNING *")
        .bind(authority.as_str())
        .fetch_one(connection)
        .await?;
    head(&row)
}

/// A chain's ends and what authenticates them, if there is one.
pub async fn find(
    connection: &mut Connection,
    authority: &AuthorityName,
) -> sqlx::Result<Option<(Head, String)>> {
    let row = sqlx::query("SELECT * FROM audit_chain WHERE authority = $1")
        .bind(authority.as_str())
        .fetch_optional(connection)
        .await?;
    row.map(|row| head(&row)).transpose()
}

/// Writes a chain's ends.
pub async fn keep(
    connection: &mut Connection,
    authority: &AuthorityName,
    head: &Head,
    mac: &str,
) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE audit_chain SET seq = $2, seal = $3, anchor_seq = $4, anchor_seal = $5, mac = $6 \
         WHERE authority = $1",
    )
    .bind(authority.as_str())
    .bind(head.last.seq)
    .bind(&head.last.seal)
    .bind(head.anchor.seq)
    .bind(&head.anchor.seal)
    .bind(mac)
    .execute(connection)
    .await?;
    Ok(())
}

/// Every authority that has a chain, or events with a place.
pub async fn all(connection: &mut Connection) -> sqlx::Result<Vec<AuthorityName>> {
    let names: Vec<String> = sqlx::query_scalar(
        "SELECT authority FROM audit_chain UNION \
         SELECT COALESCE(authority, '') FROM audit_event ORDER BY 1",
    )
    .fetch_all(connection)
    .await?;
    Ok(names.into_iter().map(AuthorityName::from).collect())
}

/// The chains of which the first event is from before a moment.
pub async fn with_old_events(
    connection: &mut Connection,
    before: Timestamp,
) -> sqlx::Result<Vec<AuthorityName>> {
    let names: Vec<String> = sqlx::query_scalar(
        "SELECT audit_chain.authority FROM audit_chain JOIN audit_event \
         ON COALESCE(audit_event.authority, '') = audit_chain.authority \
         AND audit_event.seq = audit_chain.anchor_seq + 1 \
         WHERE audit_event.at < $1 ORDER BY audit_chain.authority",
    )
    .bind(before.seconds())
    .fetch_all(connection)
    .await?;
    Ok(names.into_iter().map(AuthorityName::from).collect())
}

/// Removes the events of an authority up to a place.
pub async fn remove_until(
    connection: &mut Connection,
    authority: &AuthorityName,
    until: i64,
) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM audit_event WHERE COALESCE(authority, '') = $1 AND seq <= $2")
        .bind(authority.as_str())
        .bind(until)
        .execute(connection)
        .await?;
    Ok(())
}

/// Takes their places from an authority's events, which stay counted, and its chain away.
pub async fn dissolve(connection: &mut Connection, authority: &AuthorityName) -> sqlx::Result<()> {
    for statement in [
        // Locked before the events, as everywhere.
        "DELETE FROM audit_chain WHERE authority = $1",
        "UPDATE audit_event SET seq = NULL, seal = '' WHERE COALESCE(authority, '') = $1 AND seq IS NOT NULL",
    ] {
        sqlx::query(statement).bind(authority.as_str()).execute(&mut *connection).await?;
    }
    Ok(())
}

fn link(row: &AnyRow) -> sqlx::Result<Link> {
    Ok(Link {
        id: row.try_get("id")?,
        at: row.try_get("at")?,
        account: row.try_get("account_id")?,
        actor: row.try_get("actor")?,
        actor_id: row.try_get("actor_id")?,
        kind: row.try_get("kind")?,
        detail: row.try_get("detail")?,
        reason: row.try_get("reason")?,
    })
}

fn head(row: &AnyRow) -> sqlx::Result<(Head, String)> {
    let head = Head {
        last: Place { seq: row.try_get("seq")?, seal: row.try_get("seal")? },
        anchor: Place { seq: row.try_get("anchor_seq")?, seal: row.try_get("anchor_seal")? },
    };
    Ok((head, row.try_get("mac")?))
}
