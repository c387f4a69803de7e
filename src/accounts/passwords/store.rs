//! The tables `password` and `former_password`.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::super::store::account;
use super::super::{Account, AccountId, LookupKey};
use crate::database::Connection;
use crate::kit::clock::Timestamp;
use crate::kit::secrets::same;

/// A password at rest.
pub struct StoredPassword {
    pub hash: String,
    pub temporary: bool,
    pub expires_at: Option<Timestamp>,
    pub set_at: Timestamp,
    /// The number of the letter on which it is printed.
    pub letter: Option<String>,
}

/// What a look-up for an identifier reads: the row of whoever has it, or else of a neighbour, so that there is one
/// to read in any case and time does not tell who exists.
pub struct LookedUp {
    account: Account,
    password: Option<StoredPassword>,
    is_asked: bool,
}

impl LookedUp {
    /// The password to check a typed one against, whosever it is.
    pub const fn password(&self) -> Option<&StoredPassword> {
        self.password.as_ref()
    }

    /// Whoever was asked for, with their password; nobody when a neighbour stood in, or without a password.
    pub fn asked(self) -> Option<(Account, StoredPassword)> {
        self.password.filter(|_| self.is_asked).map(|password| (self.account, password))
    }
}

/// The account and password that an identifier names, or else of the next identifier, after the last one
/// the first; `None` where there is no account at all. Of a record that was taken in: those of the one that took it in.
///
/// Two leaps into the index, the row found and the person's row, whoever is asked for.
pub async fn by_key(connection: &mut Connection, key: &LookupKey) -> sqlx::Result<Option<LookedUp>> {
    sqlx::query(
        "SELECT person.*, found.lookup_key AS found_key, password.hash, password.temporary, \
         password.expires_at, password.set_at, password.letter FROM account AS found \
         JOIN account AS person ON person.id = COALESCE(found.merged_into, found.id) \
         LEFT JOIN password ON password.account_id = person.id WHERE found.lookup_key >= \
         CASE WHEN $1 <= (SELECT MAX(lookup_key) FROM account) THEN $1 ELSE '' END \
         ORDER BY found.lookup_key LIMIT 1",
    )
    .bind(key.as_str())
    .fetch_optional(connection)
    .await?
    .map(|row| {
        let found: String = row.try_get("found_key")?;
        let has_password = row.try_get::<Option<String>, _>("hash")?.is_some();
        Ok(LookedUp {
            account: account(&row)?,
            password: has_password.then(|| password(&row)).transpose()?,
            is_asked: same(found.as_bytes(), key.as_str().as_bytes()),
        })
    })
    .transpose()
}

/// The password of an account.
pub async fn of_account(connection: &mut Connection, id: &AccountId) -> sqlx::Result<Option<StoredPassword>> {
    sqlx::query("SELECT hash, temporary, expires_at, set_at, letter FROM password WHERE account_id = $1")
        .bind(id.as_str())
        .fetch_optional(connection)
        .await?
        .map(|row| password(&row))
        .transpose()
}

/// When the password of an account was set.
pub async fn set_at(connection: &mut Connection, id: &AccountId) -> sqlx::Result<Option<Timestamp>> {
    let at: Option<i64> = sqlx::query_scalar("SELECT set_at FROM password WHERE account_id = $1")
        .bind(id.as_str())
        .fetch_optional(connection)
        .await?;
    Ok(at.map(Timestamp::from_seconds))
}

/// The hashes of the passwords that an account had before, latest first.
pub async fn former(connection: &mut Connection, id: &AccountId, most: i64) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar(
        "SELECT hash FROM former_password WHERE account_id = $1 ORDER BY replaced_at DESC, hash LIMIT $2",
    )
    .bind(id.as_str())
    .bind(most)
    .fetch_all(connection)
    .await
}

/// Puts a personal password in the place of a known one; `false` when that one is no longer there.
pub async fn replace(
    connection: &mut Connection,
    id: &AccountId,
    known: &str,
    hash: &str,
    now: Timestamp,
) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "UPDATE password SET hash = $1, temporary = 0, expires_at = NULL, letter = NULL, set_at = $2 \
         WHERE account_id = $3 AND hash = $4",
    )
    .bind(hash)
    .bind(now.seconds())
    .bind(id.as_str())
    .bind(known)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Stores the first password of somebody who has none; `false` when they have one by now.
pub async fn insert_first(
    connection: &mut Connection,
    id: &AccountId,
    hash: &str,
    now: Timestamp,
) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "INSERT INTO password (account_id, hash, temporary, set_at) VALUES ($1, $2, 0, $3) \
         ON CONFLICT (account_id) DO NOTHING",
    )
    .bind(id.as_str())
    .bind(hash)
    .bind(now.seconds())
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Puts another hash of the same password in the place of one; does nothing when that one is gone.
pub async fn rehash(
    connection: &mut Connection,
    id: &AccountId,
    known: &str,
    hash: &str,
) -> sqlx::Result<()> {
    sqlx::query("UPDATE password SET hash = $1 WHERE account_id = $2 AND hash = $3")
        .bind(hash)
        .bind(id.as_str())
        .bind(known)
        .execute(connection)
        .await?;
    Ok(())
}

/// What a hash begins with, before `$` and 22 characters of salt, `$` and 43 of output: the index's expression.
macro_rules! head {
    () => {
        "CASE WHEN length(hash) > 67 THEN substr(hash, 1, length(hash) - 67) ELSE '' END"
    };
}

/// What the stored hashes begin with: algorithm and cost, each once.
///
/// It leaps from one to the next along the index `password_by_cost`: a million hashes of one cost are one step.
pub async fn heads(connection: &mut Connection) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar(concat!(
        "WITH RECURSIVE leap(head) AS (SELECT MIN(",
        head!(),
        ") FROM password UNION ALL SELECT (SELECT MIN(",
        head!(),
        ") FROM password WHERE ",
        head!(),
        " > leap.head) FROM leap WHERE leap.head IS NOT NULL) \
         SELECT head FROM leap WHERE head IS NOT NULL AND head <> '' ORDER BY head",
    ))
    .fetch_all(connection)
    .await
}

/// Keeps a personal password that was replaced, and of those kept the latest `most` only.
pub async fn remember(
    connection: &mut Connection,
    id: &AccountId,
    hash: &str,
    most: i64,
    now: Timestamp,
) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO former_password (account_id, hash, replaced_at) VALUES ($1, $2, $3) \
         ON CONFLICT (account_id, hash) DO UPDATE SET replaced_at = excluded.replaced_at",
    )
    .bind(id.as_str())
    .bind(hash)
    .bind(now.seconds())
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "DELETE FROM former_password WHERE account_id = $1 AND hash NOT IN \
         (SELECT hash FROM former_password WHERE account_id = $1 ORDER BY replaced_at DESC, hash LIMIT $2)",
    )
    .bind(id.as_str())
    .bind(most)
    .execute(connection)
    .await?;
    Ok(())
}

fn password(row: &AnyRow) -> sqlx::Result<StoredPassword> {
    Ok(StoredPassword {
        hash: row.try_get("hash")?,
        temporary: row.try_get::<i64, _>("temporary")? != 0,
        expires_at: row.try_get::<Option<i64>, _>("expires_at")?.map(Timestamp::from_seconds),
        set_at: Timestamp::from_seconds(row.try_get("set_at")?),
        letter: row.try_get("letter")?,
    })
}
