//! What an application's word changes in the table `account`.

use super::Revision;
use crate::accounts::store::account;
use crate::accounts::{AccountId, search};
use crate::database::Connection;
use crate::kit::clock::Timestamp;

/// Gives a person other names, by which they are found from then on, and another key of the source.
pub async fn rename(
    connection: &mut Connection,
    id: &AccountId,
    revision: &Revision,
    now: Timestamp,
) -> sqlx::Result<()> {
    let changed = sqlx::query(
        "UPDATE account SET given_name = $1, family_name = $2, source_key = $3, updated_at = $4 \
         WHERE id = $5 AND deleted_at IS NULL RETURNING *",
    )
    .bind(revision.given_name.as_deref())
    .bind(revision.family_name.as_deref())
    .bind(revision.source_key.as_deref())
    .bind(now.seconds())
    .bind(id.as_str())
    .fetch_optional(&mut *connection)
    .await?;
    match changed {
        Some(row) => search::keep(connection, &account(&row)?).await,
        None => Ok(()),
    }
}
