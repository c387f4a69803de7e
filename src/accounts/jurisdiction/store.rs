//! Looks into the tables of this room that see one authority's people only.

use std::collections::HashMap;

use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row as _};

use super::cards::{Row, Sought};
use crate::accounts::store::account;
use crate::accounts::{Account, AccountId, CaseNumber, LetterNumber, LookupKey};
use crate::config::AuthorityId;
use crate::database::{Connection, own_key};
use crate::kit::clock::Timestamp;

/// Whom a look may see, where the first parameter is the authority; `account` is the person, and a record found in
/// their place may be one that theirs took in.
macro_rules! people {
    ($tables:literal, $condition:expr) => {
        concat!(
            "SELECT account.* FROM ",
            $tables,
            " WHERE account.authority = $1 AND account.upstream IS NULL AND account.deleted_at IS NULL AND ",
            $condition,
        )
    };
}

/// The person of an id.
pub const BY_ID: &str = people!("account", concat!("account.id = ", own_key!("account", "id", "$2")));

/// The person of an identifier; of one that a record taken in had, that record.
pub const BY_IDENTIFIER: &str = people!(
    "account",
    concat!("account.lookup_key = ", own_key!("account", "lookup_key", "$2", " AND lookup_key IS NOT NULL"))
);

/// The person of an id.
pub async fn by_id(
    connection: &mut Connection,
    authority: &AuthorityId,
    id: &AccountId,
) -> sqlx::Result<Option<Account>> {
    one(connection, BY_ID, authority, id.as_str()).await
}

/// The person whom an identifier names.
pub async fn by_key(
    connection: &mut Connection,
    authority: &AuthorityId,
    key: &LookupKey,
) -> sqlx::Result<Option<Account>> {
    let query = people!(
        "account AS found JOIN account ON account.id = COALESCE(found.merged_into, found.id)",
        concat!(
            "found.lookup_key = ",
            own_key!("account", "lookup_key", "$2", " AND lookup_key IS NOT NULL")
        )
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
        concat!("letter.number = ", own_key!("letter", "number", "$2"))
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
        concat!(
            "recovery_case.expires_at > $3 AND recovery_case.number = ",
            own_key!("recovery_case", "number", "$2")
        )
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

/// The people whom something names: one, or those who share a mail address.
pub async fn sought(
    connection: &mut Connection,
    authority: &AuthorityId,
    sought: &Sought,
) -> sqlx::Result<Vec<Row>> {
    let (query, key) = match sought {
        Sought::Id(id) => (BY_ID, id.as_str()),
        Sought::Identifier(key) => (BY_IDENTIFIER, key.as_str()),
        Sought::SourceKey(key) => (people!("account", "account.source_key = $2"), key.as_str()),
        Sought::Email(address) => (people!("account", "LOWER(account.email) = LOWER($2)"), address.as_str()),
    };
    let rows = sqlx::query(query).bind(authority.as_str()).bind(key).fetch_all(connection).await?;
    rows.iter().map(row).collect()
}

/// So many people in the order of their ids.
pub async fn page(
    connection: &mut Connection,
    authority: &AuthorityId,
    after: Option<&AccountId>,
    skip: i64,
    most: i64,
) -> sqlx::Result<Vec<Row>> {
    // Those that are passed over are counted in the index, and not read.
    let query = people!(
        "account",
        "account.id IN (SELECT id FROM account WHERE authority = $1 AND upstream IS NULL AND deleted_at IS NULL \
         AND id > $2 ORDER BY id LIMIT $3 OFFSET $4) ORDER BY account.id"
    );
    let rows = sqlx::query(query)
        .bind(authority.as_str())
        .bind(after.map_or("", AccountId::as_str))
        .bind(most)
        .bind(skip)
        .fetch_all(connection)
        .await?;
    rows.iter().map(row).collect()
}

/// How many people there are, as far as that is counted.
pub async fn count(connection: &mut Connection, authority: &AuthorityId, most: i64) -> sqlx::Result<i64> {
    sqlx::query_scalar(
        "SELECT COUNT(*) FROM (SELECT id FROM account WHERE authority = $1 AND upstream IS NULL \
         AND deleted_at IS NULL AND id > '' LIMIT $2) AS counted",
    )
    .bind(authority.as_str())
    .bind(most)
    .fetch_one(connection)
    .await
}

fn row(found: &AnyRow) -> sqlx::Result<Row> {
    let created_at = Timestamp::from_seconds(found.try_get("created_at")?);
    Ok(Row { account: account(found)?, created_at })
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
