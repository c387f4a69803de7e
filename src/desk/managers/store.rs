//! The table `manager`.

use crate::accounts::AccountId;
use crate::config::{AuthorityId, Rank};
use crate::database::Connection;

/// What somebody was named in an authority, if anything.
pub async fn rank(
    connection: &mut Connection,
    account: &AccountId,
    authority: &AuthorityId,
) -> sqlx::Result<Option<Rank>> {
    let word: Option<String> =
        sqlx::query_scalar("SELECT rank FROM manager WHERE authority = $1 AND account_id = $2")
            .bind(authority.as_str())
            .bind(account.as_str())
            .fetch_optional(connection)
            .await?;
    Ok(word.as_deref().and_then(Rank::of_word))
}
