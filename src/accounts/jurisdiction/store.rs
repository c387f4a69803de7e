//! Looks into the tables of this room that see one authority's people only.

use std::collections::HashMap;

use sqlx::AssertSqlSafe;

use crate::accounts::store::account;
use crate::accounts::{Account, AccountId, CaseNumber, LetterNumber, LookupKey};
use crate::config::AuthorityId;
use crate::database::Connection;
use crate::kit::clock::Timestamp;

/// Whom a look may see, where the first parameter is the authority.
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
    one(connection, people!("account", "account.lookup_key = $2"), authority, key.as_str()).await
}

/// The person to whom a letter of this authority was sent.
pub async fn by_letter(
    connection: &mut Connection,
    authority: &AuthorityId,
    number: &LetterNumber,
) -> sqlx::Result<Option<Account>> {
    let query = people!(
        "account JOIN letter ON letter.account_id = account.id",
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
        "account JOIN recovery_case ON recovery_case.account_id = account.id",
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

/// The identifiers of some people, by their id.
pub async fn identifiers(
    connection: &mut Connection,
    authority: &AuthorityId,
    ids: &[AccountId],
) -> sqlx::Result<HashMap<AccountId, String>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let places: Vec<String> = (2..).take(ids.len()).map(|place| format!("${place}")).collect();
    // Of the text, only the number of places varies.
    let statement = format!("{} account.id IN ({})", people!("account", ""), places.join(", "));
    let mut query = sqlx::query(AssertSqlSafe(statement)).bind(authority.as_str());
    for id in ids {
        query = query.bind(id.as_str());
    }
    let mut found = HashMap::with_capacity(ids.len());
    for row in query.fetch_all(connection).await? {
        let account = account(&row)?;
        let identifier = account.identifier().unwrap_or_default().to_owned();
        found.insert(account.id, identifier);
    }
    Ok(found)
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
