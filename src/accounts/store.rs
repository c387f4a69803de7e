//! The tables `account` and `password`.

use std::time::Duration;

use sqlx::Row;
use sqlx::any::AnyRow;

use super::{AccessEpoch, Account, AccountId, LookupKey, Origin, search};
use crate::config::AuthorityId;
use crate::database::{Connection, own_key};
use crate::kit::clock::Timestamp;

/// The account of an id.
pub async fn by_id(connection: &mut Connection, id: &AccountId) -> sqlx::Result<Option<Account>> {
    sqlx::query("SELECT account.* FROM account WHERE id = $1")
        .bind(id.as_str())
        .fetch_optional(connection)
        .await?
        .map(|row| account(&row))
        .transpose()
}

/// The account that an identifier names: of a record that was taken in, the one that took it in.
pub async fn by_key(connection: &mut Connection, key: &LookupKey) -> sqlx::Result<Option<Account>> {
    sqlx::query(
        "SELECT person.* FROM account \
         JOIN account AS person ON person.id = COALESCE(account.merged_into, account.id) \
         WHERE account.lookup_key = $1",
    )
    .bind(key.as_str())
    .fetch_optional(connection)
    .await?
    .map(|row| account(&row))
    .transpose()
}

/// The account of an id, its row locked until the transaction ends: whoever else changes it waits.
pub async fn lock(connection: &mut Connection, id: &AccountId) -> sqlx::Result<Option<Account>> {
    sqlx::query("UPDATE account SET updated_at = updated_at WHERE id = $1 RETURNING *")
        .bind(id.as_str())
        .fetch_optional(connection)
        .await?
        .map(|row| account(&row))
        .transpose()
}

/// The same among what an authority has: nobody else's row is waited for.
pub async fn lock_own(
    connection: &mut Connection,
    authority: &AuthorityId,
    id: &AccountId,
) -> sqlx::Result<Option<Account>> {
    let own = concat!(
        "UPDATE account SET updated_at = updated_at WHERE id = ",
        own_key!("account", "id", "$2"),
        " RETURNING *",
    );
    sqlx::query(own)
        .bind(authority.as_str())
        .bind(id.as_str())
        .fetch_optional(connection)
        .await?
        .map(|row| account(&row))
        .transpose()
}

/// The same for somebody whom a list names: they are in use, and not to be anonymised.
pub async fn see(
    connection: &mut Connection,
    id: &AccountId,
    now: Timestamp,
) -> sqlx::Result<Option<Account>> {
    sqlx::query(
        "UPDATE account SET last_seen_at = $1, anonymise_at = NULL WHERE id = $2 AND deleted_at IS NULL \
         AND merged_into IS NULL RETURNING *",
    )
    .bind(now.seconds())
    .bind(id.as_str())
    .fetch_optional(connection)
    .await?
    .map(|row| account(&row))
    .transpose()
}

/// Gives an account that no authority looks after to one.
pub async fn adopt(connection: &mut Connection, id: &AccountId, authority: &AuthorityId) -> sqlx::Result<()> {
    let row =
        sqlx::query("UPDATE account SET authority = $1 WHERE id = $2 AND deleted_at IS NULL RETURNING *")
            .bind(authority.as_str())
            .bind(id.as_str())
            .fetch_optional(&mut *connection)
            .await?;
    keep_found(connection, row).await
}

/// Stores a person of our own; `false` when the identifier, or the key in the source, is somebody's.
pub async fn insert_local(
    connection: &mut Connection,
    account: &Account,
    key: &LookupKey,
    now: Timestamp,
) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "INSERT INTO account (id, identifier, lookup_key, given_name, family_name, email, email_verified, \
         claims, created_at, updated_at, last_seen_at, authority, source_key, indexed) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $9, $10, $11, 1) ON CONFLICT DO NOTHING",
    )
    .bind(account.id.as_str())
    .bind(account.identifier())
    .bind(key.as_str())
    .bind(account.given_name.as_deref())
    .bind(account.family_name.as_deref())
    .bind(account.email.as_deref())
    .bind(i64::from(account.email_verified))
    .bind(claims_text(account))
    .bind(now.seconds())
    .bind(account.authority.as_ref().map(AuthorityId::as_str))
    .bind(account.source_key.as_deref())
    .execute(&mut *connection)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    search::keep_new(connection, account).await?;
    Ok(true)
}

/// Stores or refreshes a federated person, and gives the account as it now is.
pub async fn upsert_federated(
    connection: &mut Connection,
    new: &Account,
    now: Timestamp,
) -> sqlx::Result<Option<Account>> {
    let Origin::Upstream { upstream, subject } = &new.origin else { return Ok(None) };
    let row = sqlx::query(
        "INSERT INTO account (id, upstream, upstream_subject, given_name, family_name, email, \
         email_verified, claims, created_at, updated_at, last_seen_at, indexed) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $9, 1) \
         ON CONFLICT (upstream, upstream_subject) DO UPDATE SET given_name = excluded.given_name, \
         family_name = excluded.family_name, email = excluded.email, \
         email_verified = excluded.email_verified, claims = excluded.claims, \
         updated_at = CASE WHEN account.claims = excluded.claims \
           AND COALESCE(account.given_name, '') = COALESCE(excluded.given_name, '') \
           AND COALESCE(account.family_name, '') = COALESCE(excluded.family_name, '') \
           AND COALESCE(account.email, '') = COALESCE(excluded.email, '') \
           THEN account.updated_at ELSE excluded.updated_at END \
         RETURNING *",
    )
    .bind(new.id.as_str())
    .bind(upstream.as_str())
    .bind(subject.as_str())
    .bind(new.given_name.as_deref())
    .bind(new.family_name.as_deref())
    .bind(new.email.as_deref())
    .bind(i64::from(new.email_verified))
    .bind(claims_text(new))
    .bind(now.seconds())
    .fetch_one(connection)
    .await?;
    account(&row).map(Some)
}

/// Stores the first password of an account.
pub async fn insert_password(
    connection: &mut Connection,
    id: &AccountId,
    hash: &str,
    temporary: bool,
    expires_at: Option<Timestamp>,
    now: Timestamp,
) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO password (account_id, hash, temporary, expires_at, set_at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(id.as_str())
    .bind(hash)
    .bind(i64::from(temporary))
    .bind(expires_at.map(Timestamp::seconds))
    .bind(now.seconds())
    .execute(connection)
    .await?;
    Ok(())
}

/// Notes that somebody has a password of their own: what a manager alone may open ends with it, for good.
pub async fn note_in_use(connection: &mut Connection, id: &AccountId, now: Timestamp) -> sqlx::Result<()> {
    sqlx::query("UPDATE account SET in_use_since = $1 WHERE id = $2 AND in_use_since IS NULL")
        .bind(now.seconds())
        .bind(id.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// Begins the next epoch of an account: every session and grant is dead, and an address that was given
/// and not confirmed is forgotten.
pub async fn begin_epoch(connection: &mut Connection, id: &AccountId, now: Timestamp) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE account SET access_epoch = access_epoch + 1, pending_email = NULL, updated_at = $1 \
         WHERE id = $2 AND deleted_at IS NULL",
    )
    .bind(now.seconds())
    .bind(id.as_str())
    .execute(connection)
    .await?;
    Ok(())
}

/// Begins the next epoch of every account: whatever was opened before is dead, and so are links, case numbers and
/// addresses that wait.
pub async fn end_every_access(connection: &mut Connection) -> sqlx::Result<()> {
    for statement in [
        "UPDATE account SET access_epoch = access_epoch + 1, pending_email = NULL",
        "DELETE FROM mailed_link",
        "DELETE FROM recovery_case",
    ] {
        sqlx::query(statement).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Notes that somebody used their account: written once a day at most, and no more announced for deletion.
pub async fn note_seen(connection: &mut Connection, id: &AccountId, now: Timestamp) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE account SET last_seen_at = $1, anonymise_at = NULL WHERE id = $2 AND deleted_at IS NULL \
         AND (last_seen_at IS NULL OR last_seen_at <= $3 OR anonymise_at IS NOT NULL)",
    )
    .bind(now.seconds())
    .bind(id.as_str())
    .bind((now - Duration::from_hours(24)).seconds())
    .execute(connection)
    .await?;
    Ok(())
}

/// Notes an address that was given and is to be confirmed, or none; whatever a desk proposed is answered.
pub async fn set_pending_address(
    connection: &mut Connection,
    id: &AccountId,
    address: Option<&str>,
    now: Timestamp,
) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE account SET pending_email = $1, proposed_email = NULL, updated_at = $2 \
         WHERE id = $3 AND deleted_at IS NULL",
    )
    .bind(address)
    .bind(now.seconds())
    .bind(id.as_str())
    .execute(connection)
    .await?;
    Ok(())
}

/// Makes an address the person's own, proved by a link, or takes it away; nothing is pending then.
pub async fn set_address(
    connection: &mut Connection,
    id: &AccountId,
    address: Option<&str>,
    now: Timestamp,
) -> sqlx::Result<()> {
    let row = sqlx::query(
        "UPDATE account SET email = $1, email_verified = $2, pending_email = NULL, proposed_email = NULL, \
         updated_at = $3 WHERE id = $4 AND deleted_at IS NULL RETURNING *",
    )
    .bind(address)
    .bind(i64::from(address.is_some()))
    .bind(now.seconds())
    .bind(id.as_str())
    .fetch_optional(&mut *connection)
    .await?;
    keep_found(connection, row).await
}

/// Lets an account be found by what it now is, if there was one to change.
async fn keep_found(connection: &mut Connection, changed: Option<AnyRow>) -> sqlx::Result<()> {
    match changed {
        Some(row) => search::keep(connection, &account(&row)?).await,
        None => Ok(()),
    }
}

/// `$1, $2, …`: the placeholders of a list of so many; one that matches nothing for none.
pub fn placeholders(count: usize) -> String {
    let numbers: Vec<String> = (1..=count).map(|number| format!("${number}")).collect();
    if numbers.is_empty() { "NULL".to_owned() } else { numbers.join(", ") }
}

fn claims_text(account: &Account) -> String {
    serde_json::to_string(&account.claims).unwrap_or_else(|_| "{}".to_owned())
}

/// Reads an account from a row that has all its columns.
pub fn account(row: &AnyRow) -> sqlx::Result<Account> {
    let text = |column: &str| row.try_get::<Option<String>, _>(column);
    let origin = match (text("upstream")?, text("upstream_subject")?) {
        (Some(upstream), Some(subject)) => Origin::Upstream { upstream: upstream.into(), subject },
        _ => Origin::Here { identifier: text("identifier")?.unwrap_or_default() },
    };
    let claims: String = row.try_get("claims")?;
    Ok(Account {
        id: AccountId::from(row.try_get::<String, _>("id")?),
        origin,
        given_name: text("given_name")?,
        family_name: text("family_name")?,
        email: text("email")?,
        email_verified: row.try_get::<i64, _>("email_verified")? != 0,
        claims: serde_json::from_str(&claims).map_err(|error| sqlx::Error::Decode(error.into()))?,
        updated_at: Timestamp::from_seconds(row.try_get("updated_at")?),
        disabled_at: row.try_get::<Option<i64>, _>("disabled_at")?.map(Timestamp::from_seconds),
        authority: text("authority")?.map(AuthorityId::from),
        source_key: text("source_key")?,
        pending_email: text("pending_email")?,
        proposed_email: text("proposed_email")?,
        merged_into: text("merged_into")?.map(AccountId::from),
        epoch: AccessEpoch::from_number(row.try_get("access_epoch")?),
    })
}
