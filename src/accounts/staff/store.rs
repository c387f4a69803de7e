//! What is read of upstream providers' people in the table `account`.

use sqlx::AssertSqlSafe;
use sqlx::any::AnyRow;

use super::super::store::account;
use super::super::{Account, AccountId};
use crate::config::{AuthorityId, UpstreamId};
use crate::database::Connection;

/// So many ids are looked up by one statement.
const AT_ONCE: usize = 100;
/// No authority has so many managers by one value of a claim: what is beyond says that the value is everybody's.
const MOST_SAID: i64 = 1_000;

/// The person of an id.
pub async fn by_id(connection: &mut Connection, id: &AccountId) -> sqlx::Result<Vec<Account>> {
    let rows = sqlx::query(
        "SELECT account.* FROM account WHERE id = $1 AND upstream IS NOT NULL AND deleted_at IS NULL",
    )
    .bind(id.as_str())
    .fetch_all(connection)
    .await?;
    accounts(&rows)
}

/// The person of a subject.
pub async fn by_subject(
    connection: &mut Connection,
    upstream: &UpstreamId,
    subject: &str,
) -> sqlx::Result<Vec<Account>> {
    let rows = sqlx::query(
        "SELECT account.* FROM account WHERE upstream = $1 AND upstream_subject = $2 AND deleted_at IS NULL",
    )
    .bind(upstream.as_str())
    .bind(subject)
    .fetch_all(connection)
    .await?;
    accounts(&rows)
}

/// The people of a mail address, two at most.
pub async fn by_mail(connection: &mut Connection, mail: &str) -> sqlx::Result<Vec<Account>> {
    let rows = sqlx::query(
        "SELECT account.* FROM account WHERE LOWER(email) = LOWER($1) AND upstream IS NOT NULL \
         AND deleted_at IS NULL LIMIT 2",
    )
    .bind(mail)
    .fetch_all(connection)
    .await?;
    accounts(&rows)
}

/// The enabled people of a provider in whose claims a text stands.
pub async fn of_whom_is_said(
    connection: &mut Connection,
    upstream: &UpstreamId,
    text: &str,
) -> sqlx::Result<Vec<Account>> {
    let rows = sqlx::query(
        "SELECT account.* FROM account WHERE upstream = $1 AND disabled_at IS NULL AND deleted_at IS NULL \
         AND claims LIKE $2 ESCAPE '!' ORDER BY id LIMIT $3",
    )
    .bind(upstream.as_str())
    .bind(format!("%{}%", text.replace('!', "!!").replace('%', "!%").replace('_', "!_")))
    .bind(MOST_SAID)
    .fetch_all(connection)
    .await?;
    accounts(&rows)
}

/// The accounts of ids that are an authority's people or a provider's.
pub async fn named_to(
    connection: &mut Connection,
    authority: &AuthorityId,
    ids: &[AccountId],
) -> sqlx::Result<Vec<Account>> {
    let mut found = Vec::new();
    for some in ids.chunks(AT_ONCE) {
        let places: Vec<_> = (2..some.len() + 2).map(|at| format!("${at}")).collect();
        let statement = AssertSqlSafe(format!(
            "SELECT account.* FROM account WHERE (authority = $1 OR upstream IS NOT NULL) AND id IN ({})",
            places.join(", ")
        ));
        let query = sqlx::query(statement).persistent(false).bind(authority.as_str());
        let query = some.iter().fold(query, |query, id| query.bind(id.as_str()));
        found.extend(accounts(&query.fetch_all(&mut *connection).await?)?);
    }
    Ok(found)
}

fn accounts(rows: &[AnyRow]) -> sqlx::Result<Vec<Account>> {
    rows.iter().map(account).collect()
}
