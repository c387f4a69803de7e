//! Looks into the tables of this room that see one authority's people only.

use crate::accounts::store::account;
use crate::accounts::{Account, AccountId, CaseNumber, LetterNumber, LookupKey};
use crate::config::AuthorityId;
use crate::database::Connection;
use crate::kit::clock::Timestamp;

/// Whom a look may see, where the first parameter is the authority; `account` is the person, and a record found in
/// their place may be one that theirs took in.
macro_rules! people {
    ($tables:literal, $condition:literal) => {
        concat!(
            "SELECT account.* FROM ",
            $tables,
            " WHERE account.authority = $1 AND account.upstream IS NULL AND account.deleted_at IS NULL AND ",
            $condition,
        )
    };
}

/// The person of an id.
pub async fn by_id(
    connection: &mut Connection,
    authority: &AuthorityId,
    id: &AccountId,
) -> sqlx::Result<Option<Account>> {
    one(connection, people!("account", "account.id = $2"), authority, id.as_str()).await
}

/// The person whom an identifier names.
pub async fn by_key(
    connection: &mut Connection,
    authority: &AuthorityId,
    key: &LookupKey,
) -> sqlx::Result<Option<Account>> {
    let query = people!(
        "account AS found JOIN account ON account.id = COALESCE(found.merged_into, found.id)",
        "found.lookup_key = $2"
    );
    one(connection, query, authority, key.as_str()).await
}

/// The person to whom a letter of this authority was sent.
pub async fn by_letter(
    connection: &mut Connection,
    authority: &AuthorityId,
    number: &LetterNumber,
) -> sqlx::Result<Option<Account>> {
    let query = people!(
        "letter JOIN account AS found ON found.id = letter.account_id \
         JOIN account ON account.id = COALESCE(found.merged_into, found.id)",
        "letter.authority = $1 AND letter.number = $2"
    );
    one(connection, query, authority, number.as_str()).await
}

/// The person who asked for help under a number that still counts.
pub async fn by_case(
    connection: &mut Connection,
    authority: &AuthorityId,
    number: &CaseNumber,
    now: Timestamp,
) -> sqlx::Result<Option<Account>> {
    let query = people!(
        "recovery_case JOIN account AS found ON found.id = recovery_case.account_id \
         JOIN account ON account.id = COALESCE(found.merged_into, found.id)",
        "recovery_case.number = $2 AND recovery_case.expires_at > $3"
    );
    sqlx::query(query)
        .bind(authority.as_str())
        .bind(number.as_str())
        .bind(now.seconds())
        .fetch_optional(connection)
        .await?
        .map(|row| account(&row))
        .transpose()
}

async fn one(
    connection: &mut Connection,
    query: &'static str,
    authority: &AuthorityId,
    key: &str,
) -> sqlx::Result<Option<Account>> {
    sqlx::query(query)
        .bind(authority.as_str())
        .bind(key)
        .fetch_optional(connection)
        .await?
        .map(|row| account(&row))
        .transpose()
}
