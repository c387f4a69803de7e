//! The table `account`, as lists find and change it.

use sqlx::Row;

use crate::accounts::{Account, AccountId, LookupKey, search};
use crate::config::AuthorityId;
use crate::database::Connection;
use crate::kit::clock::Timestamp;

/// The account of an identifier: of a record that was taken in, the one that took it in.
pub async fn by_identifier(connection: &mut Connection, key: &LookupKey) -> sqlx::Result<Option<AccountId>> {
    let id: Option<String> =
        sqlx::query_scalar("SELECT COALESCE(merged_into, id) FROM account WHERE lookup_key = $1")
            .bind(key.as_str())
            .fetch_optional(connection)
            .await?;
    Ok(id.map(AccountId::from))
}

/// Whom a key in an authority's source leads to.
pub struct Sourced {
    /// The person.
    pub id: AccountId,
    /// Whether the key is of a record that theirs took in, and stays with that one.
    pub by_alias: bool,
}

/// The person of a key in an authority's source.
pub async fn by_source_key(
    connection: &mut Connection,
    authority: &AuthorityId,
    source_key: &str,
) -> sqlx::Result<Option<Sourced>> {
    let row = sqlx::query("SELECT id, merged_into FROM account WHERE authority = $1 AND source_key = $2")
        .bind(authority.as_str())
        .bind(source_key)
        .fetch_optional(connection)
        .await?;
    row.map(|row| {
        let kept: Option<String> = row.try_get("merged_into")?;
        let by_alias = kept.is_some();
        let id = kept.map_or_else(|| row.try_get::<String, _>("id"), Ok)?;
        Ok(Sourced { id: AccountId::from(id), by_alias })
    })
    .transpose()
}

/// Brings an account up to date with what a list says.
pub async fn update(connection: &mut Connection, account: &Account, now: Timestamp) -> sqlx::Result<()> {
    let claims = serde_json::to_string(&account.claims).unwrap_or_else(|_| "{}".to_owned());
    sqlx::query(
        "UPDATE account SET given_name = $1, family_name = $2, email = $3, email_verified = $4, claims = $5, \
         authority = $6, source_key = $7, pending_email = $8, proposed_email = $9, updated_at = $10 \
         WHERE id = $11 AND deleted_at IS NULL",
    )
    .bind(account.given_name.as_deref())
    .bind(account.family_name.as_deref())
    .bind(account.email.as_deref())
    .bind(i64::from(account.email_verified))
    .bind(claims)
    .bind(account.authority.as_ref().map(AuthorityId::as_str))
    .bind(account.source_key.as_deref())
    .bind(account.pending_email.as_deref())
    .bind(account.proposed_email.as_deref())
    .bind(now.seconds())
    .bind(account.id.as_str())
    .execute(&mut *connection)
    .await?;
    search::keep(connection, account).await
}
