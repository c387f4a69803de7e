//! The table `unprinted_letter`, and what voiding a letter does to the tables `letter` and `password`.

use sqlx::Row;

use super::super::batches::BatchId;
use super::super::number::LetterNumber;
use super::{Keeping, Taking};
use crate::accounts::{AccountId, Fingerprint};
use crate::database::{Connection, own_key};
use crate::kit::clock::Timestamp;

/// Keeps what is to be printed on a letter.
pub async fn keep(
    connection: &mut Connection,
    number: &LetterNumber,
    sealed: &str,
    keeping: &Keeping<'_>,
) -> sqlx::Result<()> {
    let place = keeping.batch.map(|(_, place)| i64::try_from(place).unwrap_or(i64::MAX));
    sqlx::query(
        "INSERT INTO unprinted_letter (number, batch, place, asked_by, asked_upon, sealed, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(number.as_str())
    .bind(keeping.batch.map(|(batch, _)| batch.as_str()))
    .bind(place)
    .bind(keeping.asked_by)
    .bind(keeping.asked_upon.map(Fingerprint::as_str))
    .bind(sealed)
    .bind(keeping.until.seconds())
    .execute(connection)
    .await?;
    Ok(())
}

/// Notes that an open letter is on paper which waits for whoever takes it: by itself for whoever asked for it, in a batch
/// for anybody of the authority.
pub async fn mark(
    connection: &mut Connection,
    number: &LetterNumber,
    taking: &Taking<'_>,
) -> sqlx::Result<bool> {
    let done = sqlx::query(concat!(
        "UPDATE letter SET printed_at = COALESCE(printed_at, $3) WHERE number = ",
        own_key!("letter", "number", "$2"),
        " AND voided_at IS NULL AND used_at IS NULL \
         AND EXISTS (SELECT 1 FROM unprinted_letter WHERE unprinted_letter.number = letter.number \
           AND unprinted_letter.expires_at > $3 AND (unprinted_letter.batch = $4 \
             OR (unprinted_letter.batch IS NULL AND $4 = '' AND unprinted_letter.asked_by = $5)))",
    ))
    .bind(taking.by.authority.as_str())
    .bind(number.as_str())
    .bind(taking.now.seconds())
    .bind(taking.batch.map_or("", BatchId::as_str))
    .bind(taking.by.who.as_str())
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Takes away what is to be printed on a letter, and gives it; `None` when it was given.
pub async fn take(connection: &mut Connection, number: &LetterNumber) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar("DELETE FROM unprinted_letter WHERE number = $1 RETURNING sealed")
        .bind(number.as_str())
        .fetch_optional(connection)
        .await
}

/// The open letters of a batch that wait, in their order, with their places.
pub async fn waiting(
    connection: &mut Connection,
    batch: &BatchId,
    now: Timestamp,
    most: i64,
) -> sqlx::Result<Vec<(u64, LetterNumber)>> {
    let rows = sqlx::query(
        "SELECT unprinted_letter.number, unprinted_letter.place FROM unprinted_letter \
         JOIN letter ON letter.number = unprinted_letter.number \
         WHERE unprinted_letter.batch = $1 AND unprinted_letter.expires_at > $2 \
         AND letter.voided_at IS NULL AND letter.used_at IS NULL \
         ORDER BY unprinted_letter.place LIMIT $3",
    )
    .bind(batch.as_str())
    .bind(now.seconds())
    .bind(most)
    .fetch_all(connection)
    .await?;
    let entry = |row: &sqlx::any::AnyRow| -> sqlx::Result<(u64, LetterNumber)> {
        let place: i64 = row.try_get("place")?;
        Ok((place.unsigned_abs(), LetterNumber::from(row.try_get::<String, _>("number")?)))
    };
    rows.iter().map(entry).collect()
}

/// Whether a letter waits to be printed.
pub async fn waits(connection: &mut Connection, number: &LetterNumber, now: Timestamp) -> sqlx::Result<bool> {
    let found: Option<String> =
        sqlx::query_scalar("SELECT number FROM unprinted_letter WHERE number = $1 AND expires_at > $2")
            .bind(number.as_str())
            .bind(now.seconds())
            .fetch_optional(connection)
            .await?;
    Ok(found.is_some())
}

/// The letter that waits for whoever asked for it upon a state of a person.
pub async fn asked_upon(
    connection: &mut Connection,
    account: &AccountId,
    asked_by: &str,
    seen: &Fingerprint,
    now: Timestamp,
) -> sqlx::Result<Option<LetterNumber>> {
    let number: Option<String> = sqlx::query_scalar(
        "SELECT unprinted_letter.number FROM letter \
         JOIN unprinted_letter ON unprinted_letter.number = letter.number \
         WHERE letter.account_id = $1 AND letter.voided_at IS NULL AND unprinted_letter.asked_by = $2 \
         AND unprinted_letter.asked_upon = $3 AND unprinted_letter.expires_at > $4",
    )
    .bind(account.as_str())
    .bind(asked_by)
    .bind(seen.as_str())
    .bind(now.seconds())
    .fetch_optional(connection)
    .await?;
    Ok(number.map(LetterNumber::from))
}

/// Letters that waited too long, with whose they are.
pub async fn late(
    connection: &mut Connection,
    now: Timestamp,
    most: i64,
) -> sqlx::Result<Vec<(LetterNumber, AccountId)>> {
    let rows = sqlx::query(
        "SELECT unprinted_letter.number, letter.account_id FROM unprinted_letter \
         JOIN letter ON letter.number = unprinted_letter.number \
         WHERE unprinted_letter.expires_at <= $1 ORDER BY unprinted_letter.expires_at LIMIT $2",
    )
    .bind(now.seconds())
    .bind(most)
    .fetch_all(connection)
    .await?;
    let entry = |row: &sqlx::any::AnyRow| -> sqlx::Result<(LetterNumber, AccountId)> {
        let account = AccountId::from(row.try_get::<String, _>("account_id")?);
        Ok((LetterNumber::from(row.try_get::<String, _>("number")?), account))
    };
    rows.iter().map(entry).collect()
}

/// Forgets what was to be printed on a letter; `false` when nothing was left.
pub async fn forget(connection: &mut Connection, number: &LetterNumber) -> sqlx::Result<bool> {
    let done = sqlx::query("DELETE FROM unprinted_letter WHERE number = $1")
        .bind(number.as_str())
        .execute(connection)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Voids a letter; `false` when it is over already.
pub async fn void(connection: &mut Connection, number: &LetterNumber, now: Timestamp) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "UPDATE letter SET voided_at = $1 WHERE number = $2 AND voided_at IS NULL AND used_at IS NULL",
    )
    .bind(now.seconds())
    .bind(number.as_str())
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Takes away the temporary password of a letter.
pub async fn forget_password(
    connection: &mut Connection,
    account: &AccountId,
    number: &LetterNumber,
) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM password WHERE account_id = $1 AND letter = $2 AND temporary = 1")
        .bind(account.as_str())
        .bind(number.as_str())
        .execute(connection)
        .await?;
    Ok(())
}
