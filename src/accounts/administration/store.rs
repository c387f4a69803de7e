//! What administration reads and changes in the tables of this room.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::super::store::account;
use super::super::{AccountId, search};
use super::overview::{ListFilter, ListLine, PasswordFacts, RowFacts};
use crate::config::AuthorityId;
use crate::database::Connection;
use crate::kit::clock::Timestamp;

/// Disables an account; `false` when it is already, or gone.
pub async fn disable(connection: &mut Connection, id: &AccountId, now: Timestamp) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "UPDATE account SET disabled_at = $1 WHERE id = $2 AND disabled_at IS NULL AND deleted_at IS NULL",
    )
    .bind(now.seconds())
    .bind(id.as_str())
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Enables an account; `false` when it is already, or gone.
pub async fn enable(connection: &mut Connection, id: &AccountId, now: Timestamp) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "UPDATE account SET disabled_at = NULL, updated_at = $1 \
         WHERE id = $2 AND disabled_at IS NOT NULL AND deleted_at IS NULL",
    )
    .bind(now.seconds())
    .bind(id.as_str())
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whether an account is deleted, or was never there.
pub async fn is_gone(connection: &mut Connection, id: &AccountId) -> sqlx::Result<bool> {
    let there: Option<i64> =
        sqlx::query_scalar("SELECT created_at FROM account WHERE id = $1 AND deleted_at IS NULL")
            .bind(id.as_str())
            .fetch_optional(connection)
            .await?;
    Ok(there.is_none())
}

/// Empties the row of an account of all that says whose it is, and begins its last epoch; `false` when that
/// was done before.
pub async fn anonymise(connection: &mut Connection, id: &AccountId, now: Timestamp) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "UPDATE account SET identifier = NULL, lookup_key = NULL, upstream = NULL, upstream_subject = NULL, \
         given_name = NULL, family_name = NULL, email = NULL, email_verified = 0, pending_email = NULL, \
         proposed_email = NULL, claims = '{}', source_key = NULL, in_use_since = NULL, access_epoch = access_epoch + 1, \
         disabled_at = COALESCE(disabled_at, $1), last_seen_at = NULL, anonymise_at = NULL, \
         deleted_at = $1, updated_at = $1 WHERE id = $2 AND deleted_at IS NULL",
    )
    .bind(now.seconds())
    .bind(id.as_str())
    .execute(&mut *connection)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    search::forget(connection, id).await?;
    Ok(true)
}

/// Takes away the passwords of an account, former ones included.
pub async fn forget_passwords(connection: &mut Connection, id: &AccountId) -> sqlx::Result<()> {
    for statement in
        ["DELETE FROM password WHERE account_id = $1", "DELETE FROM former_password WHERE account_id = $1"]
    {
        sqlx::query(statement).bind(id.as_str()).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Sets an address that somebody else than the person vouches for, or none; `false` when the account is gone.
pub async fn vouch_for_address(
    connection: &mut Connection,
    id: &AccountId,
    address: Option<&str>,
    now: Timestamp,
) -> sqlx::Result<bool> {
    let changed = sqlx::query(
        "UPDATE account SET email = $1, email_verified = 0, pending_email = NULL, proposed_email = NULL, \
         updated_at = $2 WHERE id = $3 AND deleted_at IS NULL RETURNING *",
    )
    .bind(address)
    .bind(now.seconds())
    .bind(id.as_str())
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = changed else { return Ok(false) };
    search::keep(connection, &account(&row)?).await?;
    Ok(true)
}

/// Notes an address that is proposed to a person, or none.
pub async fn propose_address(
    connection: &mut Connection,
    id: &AccountId,
    address: Option<&str>,
    now: Timestamp,
) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE account SET proposed_email = $1, updated_at = $2 WHERE id = $3 AND deleted_at IS NULL",
    )
    .bind(address)
    .bind(now.seconds())
    .bind(id.as_str())
    .execute(connection)
    .await?;
    Ok(())
}

/// What the row of an account says beside the account.
pub async fn row_facts(connection: &mut Connection, id: &AccountId) -> sqlx::Result<Option<RowFacts>> {
    sqlx::query("SELECT created_at, last_seen_at, anonymise_at, deleted_at FROM account WHERE id = $1")
        .bind(id.as_str())
        .fetch_optional(connection)
        .await?
        .map(|row| {
            Ok(RowFacts {
                created: Timestamp::from_seconds(row.try_get("created_at")?),
                last_seen: time(&row, "last_seen_at")?,
                anonymise: time(&row, "anonymise_at")?,
                deleted: time(&row, "deleted_at")?,
            })
        })
        .transpose()
}

/// What the password of an account is, without itself.
pub async fn password_facts(
    connection: &mut Connection,
    id: &AccountId,
) -> sqlx::Result<Option<PasswordFacts>> {
    sqlx::query("SELECT temporary, set_at, expires_at FROM password WHERE account_id = $1")
        .bind(id.as_str())
        .fetch_optional(connection)
        .await?
        .map(|row| {
            Ok(PasswordFacts {
                temporary: row.try_get::<i64, _>("temporary")? != 0,
                set_at: Timestamp::from_seconds(row.try_get("set_at")?),
                expires_at: time(&row, "expires_at")?,
            })
        })
        .transpose()
}

/// The next accounts of a list, deleted ones left out.
pub async fn list(
    connection: &mut Connection,
    filter: &ListFilter,
    after: Option<&AccountId>,
    most: i64,
) -> sqlx::Result<Vec<ListLine>> {
    let rows = sqlx::query(
        "SELECT account.* FROM account LEFT JOIN password ON password.account_id = account.id \
         WHERE account.deleted_at IS NULL AND account.id > $1 \
         AND ($2 = '' OR account.authority = $2) \
         AND ($3 = 0 OR account.disabled_at IS NOT NULL) \
         AND ($4 = 0 OR password.temporary = 1) \
         AND ($5 = 0 OR COALESCE(account.last_seen_at, account.created_at) < $6) \
         AND ($7 = 0 OR account.anonymise_at IS NOT NULL) \
         ORDER BY account.id LIMIT $8",
    )
    .bind(after.map_or("", AccountId::as_str))
    .bind(filter.authority.as_ref().map_or("", AuthorityId::as_str))
    .bind(i64::from(filter.disabled))
    .bind(i64::from(filter.never_signed_in))
    .bind(i64::from(filter.unused_since.is_some()))
    .bind(filter.unused_since.map_or(0, Timestamp::seconds))
    .bind(i64::from(filter.announced))
    .bind(most)
    .fetch_all(connection)
    .await?;
    let line = |row: &AnyRow| {
        Ok(ListLine {
            account: account(row)?,
            last_seen_at: time(row, "last_seen_at")?,
            anonymise_at: time(row, "anonymise_at")?,
        })
    };
    rows.iter().map(line).collect()
}

fn time(row: &AnyRow, column: &str) -> sqlx::Result<Option<Timestamp>> {
    Ok(row.try_get::<Option<i64>, _>(column)?.map(Timestamp::from_seconds))
}
