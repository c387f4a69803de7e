//! The tables `letter` and `letter_order`, and what a letter does to the tables `password` and `former_password`.

use std::collections::HashMap;

use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

use super::order::Known;
use super::{Letter, LetterNumber, OrderKey};
use crate::accounts::AccountId;
use crate::accounts::store::placeholders;
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

/// The latest letter of each of these accounts that has any.
pub async fn latest(
    connection: &mut Connection,
    accounts: &[&AccountId],
) -> sqlx::Result<HashMap<AccountId, Letter>> {
    let statement = format!(
        "SELECT letter.* FROM letter WHERE account_id IN ({}) \
         ORDER BY issued_at DESC, voided_at IS NULL DESC, number",
        placeholders(accounts.len())
    );
    let mut query = sqlx::query(AssertSqlSafe(statement));
    for account in accounts {
        query = query.bind(account.as_str());
    }
    let mut latest = HashMap::new();
    for row in &query.fetch_all(connection).await? {
        let letter = letter(row, "authority")?;
        latest.entry(letter.account.clone()).or_insert(letter);
    }
    Ok(latest)
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

/// Notes the letter of an order; `false` when its key is taken.
pub(super) async fn note_order(
    connection: &mut Connection,
    key: &OrderKey,
    letter: &Letter,
    now: Timestamp,
) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "INSERT INTO letter_order (application, key_hash, order_hash, letter, ordered_at) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
    )
    .bind(key.application.as_str())
    .bind(key.key.as_str())
    .bind(key.order.as_str())
    .bind(letter.number.as_str())
    .bind(now.seconds())
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// What an application's key was used for.
pub(super) async fn order(connection: &mut Connection, key: &OrderKey) -> sqlx::Result<Option<Known>> {
    sqlx::query(
        "SELECT letter.*, letter_order.order_hash FROM letter_order \
         JOIN letter ON letter.number = letter_order.letter WHERE application = $1 AND key_hash = $2",
    )
    .bind(key.application.as_str())
    .bind(key.key.as_str())
    .fetch_optional(connection)
    .await?
    .map(|row| Ok(Known { order: row.try_get("order_hash")?, letter: letter(&row, "authority")? }))
    .transpose()
}

/// Forgets up to `most` orders from before a moment; tells how many went.
pub async fn purge_orders(connection: &mut Connection, before: Timestamp, most: i64) -> sqlx::Result<u64> {
    let done = sqlx::query(
        "DELETE FROM letter_order WHERE letter IN \
         (SELECT letter FROM letter_order WHERE ordered_at < $1 ORDER BY ordered_at LIMIT $2)",
    )
    .bind(before.seconds())
    .bind(most)
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
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
