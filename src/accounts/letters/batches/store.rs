//! The table `letter_batch`, and the places of letters in their batch.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::super::number::LetterNumber;
use super::super::store::letter;
use super::{Anew, BatchCounts, BatchId, BatchLine, LetterBatch};
use crate::accounts::AccountId;
use crate::accounts::store::account;
use crate::config::{AuthorityId, DeskId};
use crate::database::{Connection, own_key};
use crate::kit::clock::Timestamp;

/// Stores a batch; `false` when its id is taken.
pub async fn insert(connection: &mut Connection, batch: &LetterBatch) -> sqlx::Result<bool> {
    let anew = batch.anew.as_ref();
    let done = sqlx::query(
        "INSERT INTO letter_batch (id, authority, desk, asked_by, reason, asked_at, letters, anew_of, from_place, \
         to_place, done_place, attempts) VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8, $9, $10, 0) \
         ON CONFLICT (id) DO NOTHING",
    )
    .bind(batch.id.as_str())
    .bind(batch.authority.as_str())
    .bind(batch.desk.as_str())
    .bind(batch.asked_by.as_str())
    .bind(batch.reason.as_str())
    .bind(batch.asked_at.seconds())
    .bind(anew.map(|anew| anew.of.as_str()))
    .bind(anew.map(|anew| number(anew.from)))
    .bind(anew.map(|anew| number(anew.to)))
    .bind(anew.map(|anew| number(anew.done)))
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The batch of an id, if it is an authority's.
pub async fn by_id(
    connection: &mut Connection,
    authority: &AuthorityId,
    id: &BatchId,
) -> sqlx::Result<Option<LetterBatch>> {
    sqlx::query(concat!(
        "SELECT letter_batch.* FROM letter_batch WHERE id = ",
        own_key!("letter_batch", "id", "$2")
    ))
    .bind(authority.as_str())
    .bind(id.as_str())
    .fetch_optional(connection)
    .await?
    .map(|row| batch(&row))
    .transpose()
}

/// The batches of an authority, latest first.
pub async fn of_authority(
    connection: &mut Connection,
    authority: &AuthorityId,
    most: i64,
) -> sqlx::Result<Vec<LetterBatch>> {
    sqlx::query(
        "SELECT letter_batch.* FROM letter_batch WHERE authority = $1 ORDER BY asked_at DESC, id LIMIT $2",
    )
    .bind(authority.as_str())
    .bind(most)
    .fetch_all(connection)
    .await?
    .iter()
    .map(batch)
    .collect()
}

/// Makes room for so many more letters in a batch, and gives the place of the first.
pub async fn make_room(connection: &mut Connection, id: &BatchId, more: usize) -> sqlx::Result<u64> {
    let more = i64::try_from(more).unwrap_or(i64::MAX);
    let letters: i64 =
        sqlx::query_scalar("UPDATE letter_batch SET letters = letters + $1 WHERE id = $2 RETURNING letters")
            .bind(more)
            .bind(id.as_str())
            .fetch_one(connection)
            .await?;
    Ok((letters - more + 1).unsigned_abs())
}

/// Gives a letter its place in a batch.
pub async fn put(
    connection: &mut Connection,
    id: &BatchId,
    place: u64,
    letter: &LetterNumber,
) -> sqlx::Result<()> {
    sqlx::query("UPDATE letter SET batch = $1, place = $2 WHERE number = $3")
        .bind(id.as_str())
        .bind(number(place))
        .bind(letter.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// Notes that a batch has all its letters.
pub async fn close(connection: &mut Connection, id: &BatchId, now: Timestamp) -> sqlx::Result<()> {
    sqlx::query("UPDATE letter_batch SET complete_at = $1, claim = NULL, lease_until = NULL WHERE id = $2")
        .bind(now.seconds())
        .bind(id.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// Removes a batch without letters; `false` when it has some.
pub async fn remove_empty(connection: &mut Connection, id: &BatchId) -> sqlx::Result<bool> {
    let done = sqlx::query("DELETE FROM letter_batch WHERE id = $1 AND letters = 0")
        .bind(id.as_str())
        .execute(connection)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Removes up to `most` batches from before a moment of which no letter is kept, and none is issued anew; tells how many.
pub async fn purge(connection: &mut Connection, before: Timestamp, most: i64) -> sqlx::Result<u64> {
    let done = sqlx::query(
        "DELETE FROM letter_batch WHERE id IN (SELECT id FROM letter_batch AS old \
         WHERE old.asked_at < $1 AND old.complete_at IS NOT NULL \
         AND NOT EXISTS (SELECT 1 FROM letter WHERE letter.batch = old.id) \
         AND NOT EXISTS (SELECT 1 FROM letter_batch AS anew WHERE anew.anew_of = old.id AND anew.complete_at IS NULL) \
         ORDER BY old.asked_at LIMIT $2)",
    )
    .bind(before.seconds())
    .bind(most)
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

/// Takes the lease of the oldest batch that is to be filled and that nobody works at; tells how often that was tried.
pub async fn claim(
    connection: &mut Connection,
    claim: &str,
    now: Timestamp,
    until: Timestamp,
) -> sqlx::Result<Option<(LetterBatch, i64)>> {
    let row = sqlx::query(
        "UPDATE letter_batch SET claim = $1, lease_until = $2, attempts = attempts + 1 \
         WHERE id = (SELECT id FROM letter_batch WHERE complete_at IS NULL AND anew_of IS NOT NULL \
           AND (lease_until IS NULL OR lease_until <= $3) ORDER BY asked_at, id LIMIT 1) \
         AND complete_at IS NULL AND (lease_until IS NULL OR lease_until <= $3) RETURNING *",
    )
    .bind(claim)
    .bind(until.seconds())
    .bind(now.seconds())
    .fetch_optional(connection)
    .await?;
    row.map(|row| Ok((batch(&row)?, row.try_get("attempts")?))).transpose()
}

/// Notes up to which place a batch is filled, and begins the lease anew; `false` when it was lost.
pub async fn advance(
    connection: &mut Connection,
    id: &BatchId,
    claim: &str,
    place: u64,
    until: Timestamp,
) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "UPDATE letter_batch SET done_place = $1, lease_until = $2, attempts = 1 \
         WHERE id = $3 AND claim = $4 AND complete_at IS NULL",
    )
    .bind(number(place))
    .bind(until.seconds())
    .bind(id.as_str())
    .bind(claim)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Gives a lease back.
pub async fn release(connection: &mut Connection, id: &BatchId, claim: &str) -> sqlx::Result<()> {
    sqlx::query("UPDATE letter_batch SET claim = NULL, lease_until = NULL WHERE id = $1 AND claim = $2")
        .bind(id.as_str())
        .bind(claim)
        .execute(connection)
        .await?;
    Ok(())
}

/// Notes that a batch is filled, if its lease still is this one.
pub async fn finish(
    connection: &mut Connection,
    id: &BatchId,
    claim: &str,
    now: Timestamp,
) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE letter_batch SET complete_at = $1, claim = NULL, lease_until = NULL WHERE id = $2 AND claim = $3",
    )
    .bind(now.seconds())
    .bind(id.as_str())
    .bind(claim)
    .execute(connection)
    .await?;
    Ok(())
}

/// The next letters that are to be issued anew, in their order: place, number, account.
pub async fn between(
    connection: &mut Connection,
    anew: &Anew,
    most: i64,
) -> sqlx::Result<Vec<(u64, LetterNumber, AccountId)>> {
    let rows = sqlx::query(
        "SELECT number, account_id, place FROM letter \
         WHERE batch = $1 AND place > $2 AND place <= $3 ORDER BY place LIMIT $4",
    )
    .bind(anew.of.as_str())
    .bind(number(anew.done))
    .bind(number(anew.to))
    .bind(most)
    .fetch_all(connection)
    .await?;
    let entry = |row: &AnyRow| -> sqlx::Result<(u64, LetterNumber, AccountId)> {
        let place: i64 = row.try_get("place")?;
        let number = LetterNumber::from(row.try_get::<String, _>("number")?);
        Ok((place.unsigned_abs(), number, AccountId::from(row.try_get::<String, _>("account_id")?)))
    };
    rows.iter().map(entry).collect()
}

/// What has become of the letters of a batch.
pub async fn counts(connection: &mut Connection, id: &BatchId, now: Timestamp) -> sqlx::Result<BatchCounts> {
    let row = sqlx::query(
        "SELECT COUNT(CASE WHEN used_at IS NOT NULL THEN 1 END) AS used, \
         COUNT(CASE WHEN used_at IS NULL AND voided_at IS NOT NULL THEN 1 END) AS voided, \
         COUNT(CASE WHEN used_at IS NULL AND voided_at IS NULL AND expires_at <= $2 THEN 1 END) AS expired, \
         COUNT(CASE WHEN used_at IS NULL AND voided_at IS NULL AND (expires_at IS NULL OR expires_at > $2) \
           AND printed_at IS NOT NULL THEN 1 END) AS printed, \
         COUNT(*) AS total FROM letter WHERE batch = $1",
    )
    .bind(id.as_str())
    .bind(now.seconds())
    .fetch_one(connection)
    .await?;
    let count = |column: &str| -> sqlx::Result<u64> { Ok(row.try_get::<i64, _>(column)?.unsigned_abs()) };
    let (used, voided, expired, printed) =
        (count("used")?, count("voided")?, count("expired")?, count("printed")?);
    let waiting = count("total")?.saturating_sub(used + voided + expired + printed);
    Ok(BatchCounts { waiting, printed, used, expired, voided })
}

/// Whose letters a list shows, and which columns: an authority's external people.
macro_rules! lines {
    ($rest:expr) => {
        concat!(
            "SELECT account.*, letter.number, letter.account_id, letter.authority AS letter_authority, letter.desk, \
             letter.with_password, letter.issued_at, letter.expires_at, letter.printed_at, letter.used_at, \
             letter.voided_at, letter.place FROM letter JOIN account ON account.id = letter.account_id \
             WHERE account.authority = $1 AND account.upstream IS NULL AND account.deleted_at IS NULL AND ",
            $rest
        )
    };
}

/// Letters of a batch after a place, in their order.
pub async fn lines(
    connection: &mut Connection,
    authority: &AuthorityId,
    id: &BatchId,
    after: u64,
    most: i64,
) -> sqlx::Result<Vec<BatchLine>> {
    sqlx::query(lines!("letter.batch = $2 AND letter.place > $3 ORDER BY letter.place LIMIT $4"))
        .bind(authority.as_str())
        .bind(id.as_str())
        .bind(number(after))
        .bind(most)
        .fetch_all(connection)
        .await?
        .iter()
        .map(line)
        .collect()
}

/// The latest letters of an authority that belong to no batch, newest first.
pub async fn alone(
    connection: &mut Connection,
    authority: &AuthorityId,
    most: i64,
) -> sqlx::Result<Vec<BatchLine>> {
    sqlx::query(lines!(
        "letter.authority = $1 AND letter.batch IS NULL ORDER BY letter.issued_at DESC, letter.number LIMIT $2"
    ))
    .bind(authority.as_str())
    .bind(most)
    .fetch_all(connection)
    .await?
    .iter()
    .map(line)
    .collect()
}

/// The letter of a number, with whose it is.
pub async fn by_number(
    connection: &mut Connection,
    authority: &AuthorityId,
    number: &LetterNumber,
) -> sqlx::Result<Option<BatchLine>> {
    sqlx::query(lines!(concat!("letter.number = ", own_key!("letter", "number", "$2"))))
        .bind(authority.as_str())
        .bind(number.as_str())
        .fetch_optional(connection)
        .await?
        .map(|row| line(&row))
        .transpose()
}

/// The batch that a letter is printed with.
pub async fn of_letter(connection: &mut Connection, number: &LetterNumber) -> sqlx::Result<Option<BatchId>> {
    let id: Option<Option<String>> = sqlx::query_scalar("SELECT batch FROM letter WHERE number = $1")
        .bind(number.as_str())
        .fetch_optional(connection)
        .await?;
    Ok(id.flatten().map(BatchId::from))
}

fn line(row: &AnyRow) -> sqlx::Result<BatchLine> {
    let place: Option<i64> = row.try_get("place")?;
    Ok(BatchLine {
        place: place.map(i64::unsigned_abs),
        letter: letter(row, "letter_authority")?,
        account: account(row)?,
    })
}

fn batch(row: &AnyRow) -> sqlx::Result<LetterBatch> {
    let text = |column: &str| row.try_get::<String, _>(column);
    let place = |column: &str| -> sqlx::Result<u64> {
        Ok(row.try_get::<Option<i64>, _>(column)?.unwrap_or_default().unsigned_abs())
    };
    let of: Option<String> = row.try_get("anew_of")?;
    let anew = match of {
        Some(of) => Some(Anew {
            of: BatchId::from(of),
            from: place("from_place")?,
            to: place("to_place")?,
            done: place("done_place")?,
        }),
        None => None,
    };
    Ok(LetterBatch {
        id: BatchId::from(text("id")?),
        authority: AuthorityId::from(text("authority")?),
        desk: DeskId::from(text("desk")?),
        asked_by: AccountId::from(text("asked_by")?),
        reason: text("reason")?,
        asked_at: Timestamp::from_seconds(row.try_get("asked_at")?),
        letters: row.try_get::<i64, _>("letters")?.unsigned_abs(),
        complete_at: row.try_get::<Option<i64>, _>("complete_at")?.map(Timestamp::from_seconds),
        anew,
    })
}

fn number(place: u64) -> i64 {
    i64::try_from(place).unwrap_or(i64::MAX)
}
