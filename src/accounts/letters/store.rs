//! The table `letter`, and what a letter does to the tables `password` and `former_password`.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::{Letter, LetterNumber};
use crate::accounts::AccountId;
use crate::config::{AuthorityId, DeskId};
use crate::database::Connection;
use crate::kit::clock::Timestamp;

/// The letters of an account, newest first.
pub async fn of(connection: &mut Connection, account: &AccountId) -> sqlx::Result<Vec<Letter>> {
    sqlx::query(
        "SELECT letter.* FROM letter WHERE account_id = $1 ORDER BY issued_at DESC, voided_at IS NULL DESC",
    )
    .bind(account.as_str())
    .fetch_all(connection)
    .await?
    .iter()
    .map(|row| letter(row, "authority"))
    .collect()
}

/// The letter of a number.
pub async fn by_number(connection: &mut Connection, number: &LetterNumber) -> sqlx::Result<Option<Letter>> {
    sqlx::query("SELECT letter.* FROM letter WHERE number = $1")
        .bind(number.as_str())
        .fetch_optional(connection)
        .await?
        .map(|row| letter(&row, "authority"))
        .transpose()
}

/// The letter of an account that nothing has voided: its latest.
pub async fn standing(connection: &mut Connection, account: &AccountId) -> sqlx::Result<Option<Letter>> {
    sqlx::query("SELECT letter.* FROM letter WHERE account_id = $1 AND voided_at IS NULL ORDER BY issued_at DESC, used_at IS NULL DESC LIMIT 1")
        .bind(account.as_str())
        .fetch_optional(connection)
        .await?
        .map(|row| letter(&row, "authority"))
        .transpose()
}

/// Stores a letter; `false` when its number is taken.
pub async fn insert(connection: &mut Connection, letter: &Letter) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "INSERT INTO letter (number, account_id, authority, desk, with_password, issued_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (number) DO NOTHING",
    )
    .bind(letter.number.as_str())
    .bind(letter.account.as_str())
    .bind(letter.authority.as_str())
    .bind(letter.desk.as_str())
    .bind(i64::from(letter.with_password))
    .bind(letter.issued_at.seconds())
    .bind(letter.expires_at.map(Timestamp::seconds))
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Voids the letters of an account that are still open, and gives their numbers.
pub async fn void_open(
    connection: &mut Connection,
    account: &AccountId,
    now: Timestamp,
) -> sqlx::Result<Vec<LetterNumber>> {
    let numbers: Vec<String> = sqlx::query_scalar(
        "UPDATE letter SET voided_at = $1 \
         WHERE account_id = $2 AND voided_at IS NULL AND used_at IS NULL RETURNING number",
    )
    .bind(now.seconds())
    .bind(account.as_str())
    .fetch_all(connection)
    .await?;
    Ok(numbers.into_iter().map(LetterNumber::from).collect())
}

/// Voids the letters of an account whose temporary password was not used, and gives their numbers.
pub async fn void_unused_passwords(
    connection: &mut Connection,
    account: &AccountId,
    now: Timestamp,
) -> sqlx::Result<Vec<LetterNumber>> {
    let numbers: Vec<String> = sqlx::query_scalar(
        "UPDATE letter SET voided_at = $1 WHERE account_id = $2 AND with_password = 1 \
         AND voided_at IS NULL AND used_at IS NULL RETURNING number",
    )
    .bind(now.seconds())
    .bind(account.as_str())
    .fetch_all(connection)
    .await?;
    Ok(numbers.into_iter().map(LetterNumber::from).collect())
}

/// Notes that a letter is on paper; `false` when another one took its place meanwhile.
pub async fn mark_printed(
    connection: &mut Connection,
    number: &LetterNumber,
    now: Timestamp,
) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "UPDATE letter SET printed_at = COALESCE(printed_at, $1) WHERE number = $2 AND voided_at IS NULL",
    )
    .bind(now.seconds())
    .bind(number.as_str())
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Notes that a letter's temporary password was replaced by the person's own, in the transaction that
/// replaces it; whoever replaces it records [`LetterUsed`](crate::audit::Event::LetterUsed).
pub async fn mark_used(
    connection: &mut Connection,
    number: &LetterNumber,
    now: Timestamp,
) -> sqlx::Result<bool> {
    let done = sqlx::query("UPDATE letter SET used_at = $1 WHERE number = $2 AND used_at IS NULL")
        .bind(now.seconds())
        .bind(number.as_str())
        .execute(connection)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Puts a letter's temporary password in the place of whatever password the account has.
pub async fn put_password(connection: &mut Connection, letter: &Letter, hash: &str) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO password (account_id, hash, temporary, expires_at, set_at, letter) \
         VALUES ($1, $2, 1, $3, $4, $5) ON CONFLICT (account_id) DO UPDATE SET hash = excluded.hash, \
         temporary = 1, expires_at = excluded.expires_at, set_at = excluded.set_at, letter = excluded.letter",
    )
    .bind(letter.account.as_str())
    .bind(hash)
    .bind(letter.expires_at.map(Timestamp::seconds))
    .bind(letter.issued_at.seconds())
    .bind(letter.number.as_str())
    .execute(connection)
    .await?;
    Ok(())
}

/// Keeps a personal password that is about to be replaced, so that it does not come back.
pub async fn keep_former(
    connection: &mut Connection,
    account: &AccountId,
    now: Timestamp,
) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO former_password (account_id, hash, replaced_at) \
         SELECT account_id, hash, $1 FROM password WHERE account_id = $2 AND temporary = 0 \
         ON CONFLICT DO NOTHING",
    )
    .bind(now.seconds())
    .bind(account.as_str())
    .execute(connection)
    .await?;
    Ok(())
}

/// Reads a letter from a row that has its columns; that of its authority may bear another name.
pub fn letter(row: &AnyRow, authority: &str) -> sqlx::Result<Letter> {
    let time = |column: &str| -> sqlx::Result<Option<Timestamp>> {
        Ok(row.try_get::<Option<i64>, _>(column)?.map(Timestamp::from_seconds))
    };
    Ok(Letter {
        number: LetterNumber::from(row.try_get::<String, _>("number")?),
        account: AccountId::from(row.try_get::<String, _>("account_id")?),
        authority: AuthorityId::from(row.try_get::<String, _>(authority)?),
        desk: DeskId::from(row.try_get::<String, _>("desk")?),
        with_password: row.try_get::<i64, _>("with_password")? != 0,
        issued_at: Timestamp::from_seconds(row.try_get("issued_at")?),
        expires_at: time("expires_at")?,
        printed_at: time("printed_at")?,
        used_at: time("used_at")?,
        voided_at: time("voided_at")?,
    })
}
