//! What of the table `password` belongs to people's states.

use std::collections::HashMap;

use sqlx::{AssertSqlSafe, Row};

use crate::accounts::AccountId;
use crate::accounts::store::placeholders;
use crate::database::Connection;

/// The stored hashes of passwords, of those who have one: it changes with every password.
pub async fn passwords(
    connection: &mut Connection,
    ids: &[&AccountId],
) -> sqlx::Result<HashMap<AccountId, String>> {
    let statement =
        format!("SELECT account_id, hash FROM password WHERE account_id IN ({})", placeholders(ids.len()));
    let mut query = sqlx::query(AssertSqlSafe(statement));
    for id in ids {
        query = query.bind(id.as_str());
    }
    let rows = query.fetch_all(connection).await?;
    let pair = |row: &sqlx::any::AnyRow| {
        Ok((AccountId::from(row.try_get::<String, _>("account_id")?), row.try_get("hash")?))
    };
    rows.iter().map(pair).collect()
}
