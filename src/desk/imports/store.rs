//! The tables `people_list`, `people_list_part` and `people_list_row`.

use std::time::Duration;

use sqlx::Row;
use sqlx::any::AnyRow;

use super::report::{Line, Outcome, Reason};
use super::{ListId, ListState, PeopleList, Run, Start};
use crate::accounts::import::ListedAddress;
use crate::accounts::{AccountId, BatchId};
use crate::config::{AuthorityId, DeskId};
use crate::database::{Connection, own_key};
use crate::kit::clock::Timestamp;

/// A list that nobody started is put aside, and its file removed.
const FILES_KEPT: Duration = Duration::from_hours(30 * 24);
/// Lists and their reports are kept so long.
const REPORTS_KEPT: Duration = Duration::from_hours(365 * 24);

/// What became of a list that was to be kept.
pub enum Inserted {
    /// It is.
    Now,
    /// The same manager brought it under this id before.
    Before,
    /// So many wait that no more are taken.
    TooMany,
}

/// Keeps a list, as long as not too many of its authority wait.
pub async fn insert(
    connection: &mut Connection,
    list: &PeopleList,
    most_waiting: i64,
) -> sqlx::Result<Inserted> {
    let waiting: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM people_list WHERE authority = $1 AND state IN ('foreseeing', 'foreseen', 'importing')",
    )
    .bind(list.authority.as_str())
    .fetch_one(&mut *connection)
    .await?;
    let done = sqlx::query(
        "INSERT INTO people_list (id, authority, name, reason, brought_by, brought_at, bytes, lines, state, \
         done_line, attempts) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0 WHERE $10 < $11 \
         ON CONFLICT (id) DO NOTHING",
    )
    .bind(list.id.as_str())
    .bind(list.authority.as_str())
    .bind(list.name.as_str())
    .bind(list.reason.as_str())
    .bind(list.brought_by.as_str())
    .bind(list.brought_at.seconds())
    .bind(number(list.bytes))
    .bind(number(list.lines))
    .bind(list.state.word())
    .bind(waiting)
    .bind(most_waiting)
    .execute(&mut *connection)
    .await?;
    if done.rows_affected() == 1 {
        return Ok(Inserted::Now);
    }
    let known = by_id(connection, &list.authority, &list.id).await?;
    let same = known.is_some_and(|known| known.brought_by == list.brought_by);
    Ok(if same { Inserted::Before } else { Inserted::TooMany })
}

/// Keeps a part of a list's file.
pub async fn insert_part(
    connection: &mut Connection,
    id: &ListId,
    place: i64,
    sealed: &str,
) -> sqlx::Result<()> {
    sqlx::query("INSERT INTO people_list_part (list, place, sealed) VALUES ($1, $2, $3)")
        .bind(id.as_str())
        .bind(place)
        .bind(sealed)
        .execute(connection)
        .await?;
    Ok(())
}

/// The sealed parts of a list's file, in their order.
pub async fn parts(connection: &mut Connection, id: &ListId) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar("SELECT sealed FROM people_list_part WHERE list = $1 ORDER BY place")
        .bind(id.as_str())
        .fetch_all(connection)
        .await
}

/// Removes a list's file.
pub async fn forget_file(connection: &mut Connection, id: &ListId) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM people_list_part WHERE list = $1").bind(id.as_str()).execute(connection).await?;
    Ok(())
}

/// The list of an id, if it is an authority's.
pub async fn by_id(
    connection: &mut Connection,
    authority: &AuthorityId,
    id: &ListId,
) -> sqlx::Result<Option<PeopleList>> {
    sqlx::query(concat!(
        "SELECT people_list.* FROM people_list WHERE id = ",
        own_key!("people_list", "id", "$2")
    ))
    .bind(authority.as_str())
    .bind(id.as_str())
    .fetch_optional(connection)
    .await?
    .map(|row| list(&row))
    .transpose()
}

/// The lists of an authority, latest first.
pub async fn of_authority(
    connection: &mut Connection,
    authority: &AuthorityId,
    most: i64,
) -> sqlx::Result<Vec<PeopleList>> {
    sqlx::query(
        "SELECT people_list.* FROM people_list WHERE authority = $1 ORDER BY brought_at DESC, id LIMIT $2",
    )
    .bind(authority.as_str())
    .bind(most)
    .fetch_all(connection)
    .await?
    .iter()
    .map(list)
    .collect()
}

/// Notes what was chosen and that a list is to be read in; `false` when it is not one that waits for that.
pub async fn start(connection: &mut Connection, id: &ListId, start: &Start) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "UPDATE people_list SET state = 'importing', done_line = 0, desk = $1, batch = $2, started_by = $3, \
         started_at = $4, claim = NULL, lease_until = NULL, attempts = 0 WHERE id = $5 AND state = 'foreseen'",
    )
    .bind(start.desk.as_str())
    .bind(start.batch.as_ref().map(BatchId::as_str))
    .bind(start.by.as_str())
    .bind(start.at.seconds())
    .bind(id.as_str())
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Puts a list aside that was not started; `false` when it was.
pub async fn withdraw(connection: &mut Connection, id: &ListId, now: Timestamp) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "UPDATE people_list SET state = 'withdrawn', ended_at = $1, claim = NULL, lease_until = NULL \
         WHERE id = $2 AND state IN ('foreseeing', 'foreseen')",
    )
    .bind(now.seconds())
    .bind(id.as_str())
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Takes the lease of the oldest list that is to be worked at and that nobody has; tells how often that was tried
/// since it last went on.
pub async fn claim(
    connection: &mut Connection,
    claim: &str,
    now: Timestamp,
    until: Timestamp,
) -> sqlx::Result<Option<(PeopleList, i64)>> {
    let row = sqlx::query(
        "UPDATE people_list SET claim = $1, lease_until = $2, attempts = attempts + 1 \
         WHERE id = (SELECT id FROM people_list WHERE state IN ('foreseeing', 'importing') \
           AND (lease_until IS NULL OR lease_until <= $3) ORDER BY brought_at, id LIMIT 1) \
         AND state IN ('foreseeing', 'importing') AND (lease_until IS NULL OR lease_until <= $3) RETURNING *",
    )
    .bind(claim)
    .bind(until.seconds())
    .bind(now.seconds())
    .fetch_optional(connection)
    .await?;
    row.map(|row| Ok((list(&row)?, row.try_get("attempts")?))).transpose()
}

/// Notes up to which line a list is settled, and begins the lease anew; `false` when it was lost.
pub async fn advance(
    connection: &mut Connection,
    id: &ListId,
    claim: &str,
    line: u64,
    until: Timestamp,
) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "UPDATE people_list SET done_line = $1, lease_until = $2, attempts = 1 WHERE id = $3 AND claim = $4",
    )
    .bind(number(line))
    .bind(until.seconds())
    .bind(id.as_str())
    .bind(claim)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Gives a lease back.
pub async fn release(connection: &mut Connection, id: &ListId, claim: &str) -> sqlx::Result<()> {
    sqlx::query("UPDATE people_list SET claim = NULL, lease_until = NULL WHERE id = $1 AND claim = $2")
        .bind(id.as_str())
        .bind(claim)
        .execute(connection)
        .await?;
    Ok(())
}

/// Notes that the work at a list is over, in this state; `false` when the lease was lost.
pub async fn end(
    connection: &mut Connection,
    (id, claim): (&ListId, &str),
    state: ListState,
    (now, fault): (Timestamp, Option<&str>),
) -> sqlx::Result<bool> {
    let ended_at = (state != ListState::Foreseen).then(|| now.seconds());
    let done = sqlx::query(
        "UPDATE people_list SET state = $1, ended_at = $2, fault = $3, claim = NULL, lease_until = NULL \
         WHERE id = $4 AND claim = $5",
    )
    .bind(state.word())
    .bind(ended_at)
    .bind(fault)
    .bind(id.as_str())
    .bind(claim)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Notes what became of a row; what was noted of it before stays.
pub async fn insert_row(connection: &mut Connection, id: &ListId, run: Run, line: &Line) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO people_list_row (list, run, line, outcome, account_id, letter, address_kept, reason, \
         address_proposed, letter_by_hand) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (list, run, line) DO NOTHING",
    )
    .bind(id.as_str())
    .bind(run.word())
    .bind(number(line.number))
    .bind(line.outcome.word())
    .bind(line.account.as_ref().map(AccountId::as_str))
    .bind(line.letter.as_deref())
    .bind(i64::from(line.address == ListedAddress::KeptConfirmed))
    .bind(line.reason.as_ref().map(Reason::stored))
    .bind(i64::from(line.address == ListedAddress::Proposed))
    .bind(i64::from(line.letter_by_hand))
    .execute(connection)
    .await?;
    Ok(())
}

/// What became of rows after a line, in their order: of every outcome, or of one.
pub async fn rows(
    connection: &mut Connection,
    (id, run): (&ListId, Run),
    outcome: Option<Outcome>,
    (after, most): (u64, i64),
) -> sqlx::Result<Vec<Line>> {
    let query = match outcome {
        None => {
            "SELECT people_list_row.* FROM people_list_row \
             WHERE list = $1 AND run = $2 AND line > $3 AND $4 = '' ORDER BY line LIMIT $5"
        }
        Some(_) => {
            "SELECT people_list_row.* FROM people_list_row \
             WHERE list = $1 AND run = $2 AND line > $3 AND outcome = $4 ORDER BY line LIMIT $5"
        }
    };
    sqlx::query(query)
        .bind(id.as_str())
        .bind(run.word())
        .bind(number(after))
        .bind(outcome.map_or("", Outcome::word))
        .bind(most)
        .fetch_all(connection)
        .await?
        .iter()
        .map(line)
        .collect()
}

/// How many rows there are of an outcome.
pub async fn count(
    connection: &mut Connection,
    (id, run): (&ListId, Run),
    outcome: Outcome,
) -> sqlx::Result<u64> {
    let count: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM people_list_row WHERE list = $1 AND run = $2 AND outcome = $3",
    )
    .bind(id.as_str())
    .bind(run.word())
    .bind(outcome.word())
    .fetch_one(connection)
    .await?;
    Ok(count.unsigned_abs())
}

/// Puts lists aside that nobody started, removes their files, and lists of more than a year ago with their reports; tells
/// how much it removed, up to about `most`.
pub async fn purge(connection: &mut Connection, now: Timestamp, most: i64) -> sqlx::Result<u64> {
    let forgotten: Vec<String> = sqlx::query_scalar(
        "UPDATE people_list SET state = 'withdrawn', ended_at = $1, claim = NULL, lease_until = NULL \
         WHERE brought_at < $2 AND state IN ('foreseeing', 'foreseen') RETURNING id",
    )
    .bind(now.seconds())
    .bind((now - FILES_KEPT).seconds())
    .fetch_all(&mut *connection)
    .await?;
    for id in &forgotten {
        forget_file(connection, &ListId::from(id.as_str())).await?;
    }
    let mut removed = forgotten.len() as u64;
    while removed < most.unsigned_abs() {
        let old: Option<String> = sqlx::query_scalar(
            "SELECT id FROM people_list WHERE brought_at < $1 ORDER BY brought_at LIMIT 1",
        )
        .bind((now - REPORTS_KEPT).seconds())
        .fetch_optional(&mut *connection)
        .await?;
        let Some(id) = old else { break };
        let rows = sqlx::query(
            "DELETE FROM people_list_row WHERE list = $1 AND (run, line) IN \
             (SELECT run, line FROM people_list_row WHERE list = $1 ORDER BY run, line LIMIT $2)",
        )
        .bind(id.as_str())
        .bind(most)
        .execute(&mut *connection)
        .await?;
        removed += rows.rows_affected();
        if rows.rows_affected() < most.unsigned_abs() {
            sqlx::query("DELETE FROM people_list WHERE id = $1").bind(&id).execute(&mut *connection).await?;
            removed += 1;
        }
    }
    Ok(removed)
}

fn line(row: &AnyRow) -> sqlx::Result<Line> {
    let reason: Option<String> = row.try_get("reason")?;
    let is_set = |column: &str| -> sqlx::Result<bool> { Ok(row.try_get::<i64, _>(column)? != 0) };
    let address = match (is_set("address_kept")?, is_set("address_proposed")?) {
        (true, _) => ListedAddress::KeptConfirmed,
        (false, true) => ListedAddress::Proposed,
        (false, false) => ListedAddress::Followed,
    };
    Ok(Line {
        number: row.try_get::<i64, _>("line")?.unsigned_abs(),
        outcome: Outcome::of_word(&row.try_get::<String, _>("outcome")?),
        account: row.try_get::<Option<String>, _>("account_id")?.map(AccountId::from),
        letter: row.try_get("letter")?,
        letter_by_hand: is_set("letter_by_hand")?,
        address,
        reason: reason.as_deref().map(Reason::read),
    })
}

fn list(row: &AnyRow) -> sqlx::Result<PeopleList> {
    let text = |column: &str| row.try_get::<String, _>(column);
    let some = |column: &str| row.try_get::<Option<String>, _>(column);
    let time = |column: &str| -> sqlx::Result<Option<Timestamp>> {
        Ok(row.try_get::<Option<i64>, _>(column)?.map(Timestamp::from_seconds))
    };
    let size = |column: &str| -> sqlx::Result<u64> { Ok(row.try_get::<i64, _>(column)?.unsigned_abs()) };
    let start = match (some("desk")?, some("started_by")?, time("started_at")?) {
        (Some(desk), Some(by), Some(at)) => Some(Start {
            desk: DeskId::from(desk),
            batch: some("batch")?.map(BatchId::from),
            by: AccountId::from(by),
            at,
        }),
        _ => None,
    };
    Ok(PeopleList {
        id: ListId::from(text("id")?),
        authority: AuthorityId::from(text("authority")?),
        name: text("name")?,
        reason: text("reason")?,
        brought_by: AccountId::from(text("brought_by")?),
        brought_at: Timestamp::from_seconds(row.try_get("brought_at")?),
        bytes: size("bytes")?,
        lines: size("lines")?,
        state: ListState::of_word(&text("state")?),
        done_line: size("done_line")?,
        start,
        ended_at: time("ended_at")?,
        fault: some("fault")?,
    })
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
