//! The table `access_opening`.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::{Opened, OpeningTold, Way};
use crate::accounts::AccountId;
use crate::accounts::store::account;
use crate::audit::Acting;
use crate::config::AuthorityId;
use crate::database::Connection;
use crate::kit::clock::Timestamp;

/// An opening to be noted.
pub struct NewOpening<'a> {
    pub id: &'a str,
    pub acting: &'a Acting,
    pub agreed_by: Option<&'a str>,
    pub account: &'a AccountId,
    pub way: Way,
    /// What names it for this person.
    pub network: &'a str,
    pub at: Timestamp,
}

/// Notes an opening.
pub async fn insert(connection: &mut Connection, opening: &NewOpening<'_>) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO access_opening (id, authority, account_id, manager, agreed_by, way, network, opened_at, \
         same_network) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)",
    )
    .bind(opening.id)
    .bind(opening.acting.authority.as_str())
    .bind(opening.account.as_str())
    .bind(opening.acting.who.as_str())
    .bind(opening.agreed_by)
    .bind(opening.way.word())
    .bind(opening.network)
    .bind(opening.at.seconds())
    .execute(connection)
    .await?;
    Ok(())
}

/// When a manager opened the access that was the `most`-th before now; `None` when there were fewer.
pub async fn opened_before(
    connection: &mut Connection,
    manager: &str,
    most: u32,
) -> sqlx::Result<Option<Timestamp>> {
    let at: Option<i64> = sqlx::query_scalar(
        "SELECT opened_at FROM access_opening WHERE manager = $1 ORDER BY opened_at DESC LIMIT 1 OFFSET $2",
    )
    .bind(manager)
    .bind(i64::from(most) - 1)
    .fetch_optional(connection)
    .await?;
    Ok(at.map(Timestamp::from_seconds))
}

/// The latest opening of an account in this way, if it was not used, and from where it was made.
pub async fn latest_unused(
    connection: &mut Connection,
    id: &AccountId,
    way: Way,
) -> sqlx::Result<Option<(String, String)>> {
    sqlx::query_as(
        "SELECT id, network FROM access_opening WHERE account_id = $1 AND way = $2 AND used_at IS NULL \
         ORDER BY opened_at DESC, id LIMIT 1",
    )
    .bind(id.as_str())
    .bind(way.word())
    .fetch_optional(connection)
    .await
}

/// Whether somebody had a password of their own at any time: noted then, or, by a node that did not note it yet, kept,
/// replaced, or chosen in the place of a letter's.
pub async fn was_in_use(connection: &mut Connection, id: &AccountId) -> sqlx::Result<bool> {
    let found: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM (SELECT id FROM account WHERE id = $1 AND in_use_since IS NOT NULL \
         UNION ALL SELECT account_id FROM password WHERE account_id = $1 AND temporary = 0 \
         UNION ALL SELECT account_id FROM former_password WHERE account_id = $1 \
         UNION ALL SELECT account_id FROM letter WHERE account_id = $1 AND used_at IS NOT NULL) AS own",
    )
    .bind(id.as_str())
    .fetch_one(connection)
    .await?;
    Ok(found > 0)
}

/// Notes the first use of an opening.
pub async fn mark_used(
    connection: &mut Connection,
    id: &str,
    is_same: bool,
    now: Timestamp,
) -> sqlx::Result<()> {
    sqlx::query("UPDATE access_opening SET used_at = $1, same_network = $2 WHERE id = $3")
        .bind(now.seconds())
        .bind(i64::from(is_same))
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}

/// The openings of an account that its person has not been shown, the latest first.
pub async fn untold(
    connection: &mut Connection,
    id: &AccountId,
    most: i64,
) -> sqlx::Result<Vec<OpeningTold>> {
    let rows = sqlx::query(
        "SELECT opened_at, way, used_at FROM access_opening WHERE account_id = $1 AND told_at IS NULL \
         ORDER BY opened_at DESC LIMIT $2",
    )
    .bind(id.as_str())
    .bind(most)
    .fetch_all(connection)
    .await?;
    let told = |row: &AnyRow| {
        Ok(OpeningTold {
            at: Timestamp::from_seconds(row.try_get("opened_at")?),
            way: way(row)?,
            used_at: moment(row, "used_at")?,
        })
    };
    rows.iter().map(told).collect()
}

/// Notes that a person was shown the openings of their account.
pub async fn mark_told(connection: &mut Connection, id: &AccountId, now: Timestamp) -> sqlx::Result<()> {
    sqlx::query("UPDATE access_opening SET told_at = $1 WHERE account_id = $2 AND told_at IS NULL")
        .bind(now.seconds())
        .bind(id.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// The latest openings for people of an authority, those used from the network of their opening first.
pub async fn opened(
    connection: &mut Connection,
    authority: &AuthorityId,
    most: i64,
) -> sqlx::Result<Vec<Opened>> {
    let rows = sqlx::query(
        "SELECT account.*, opening.way, opening.opened_at, opening.used_at, opening.same_network, \
         opening.agreed_by AS second, first.given_name AS first_given, first.family_name AS first_family, \
         other.given_name AS second_given, other.family_name AS second_family \
         FROM access_opening opening JOIN account ON account.id = opening.account_id \
         LEFT JOIN account first ON first.id = opening.manager \
         LEFT JOIN account other ON other.id = opening.agreed_by \
         WHERE opening.authority = $1 AND account.authority = $1 AND account.upstream IS NULL \
         AND account.deleted_at IS NULL ORDER BY opening.same_network DESC, opening.opened_at DESC LIMIT $2",
    )
    .bind(authority.as_str())
    .bind(most)
    .fetch_all(connection)
    .await?;
    let opened = |row: &AnyRow| {
        let has_second = row.try_get::<Option<String>, _>("second")?.is_some();
        Ok(Opened {
            person: account(row)?,
            way: way(row)?,
            manager: name(row, "first_given", "first_family")?,
            agreed_by: if has_second { Some(name(row, "second_given", "second_family")?) } else { None },
            at: Timestamp::from_seconds(row.try_get("opened_at")?),
            used_at: moment(row, "used_at")?,
            is_same_network: row.try_get::<i64, _>("same_network")? != 0,
        })
    };
    rows.iter().map(opened).collect()
}

/// Removes up to `most` openings from before a moment; tells how many went.
pub async fn purge(connection: &mut Connection, before: Timestamp, most: i64) -> sqlx::Result<u64> {
    let removed = sqlx::query(
        "DELETE FROM access_opening WHERE id IN \
         (SELECT id FROM access_opening WHERE opened_at < $1 ORDER BY opened_at LIMIT $2)",
    )
    .bind(before.seconds())
    .bind(most)
    .execute(connection)
    .await?;
    Ok(removed.rows_affected())
}

/// The way that a row names.
pub(super) fn way(row: &AnyRow) -> sqlx::Result<Way> {
    let word: String = row.try_get("way")?;
    Way::of_word(&word).ok_or_else(|| sqlx::Error::Decode(format!("no such way: {word}").into()))
}

/// The moment in a column, where there is one.
pub(super) fn moment(row: &AnyRow, column: &str) -> sqlx::Result<Option<Timestamp>> {
    Ok(row.try_get::<Option<i64>, _>(column)?.map(Timestamp::from_seconds))
}

/// Somebody's name, from the columns of its two parts.
pub(super) fn name(row: &AnyRow, given: &str, family: &str) -> sqlx::Result<String> {
    let parts: [Option<String>; 2] = [row.try_get(given)?, row.try_get(family)?];
    Ok(parts.into_iter().flatten().collect::<Vec<_>>().join(" "))
}
