//! The table `opening_wish`.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::super::store::{moment, name, way};
use super::super::{Way, WishId};
use super::{OtherRecord, Wish};
use crate::accounts::AccountId;
use crate::accounts::store::account;
use crate::audit::Acting;
use crate::config::AuthorityId;
use crate::database::{Connection, own_key};
use crate::kit::clock::Timestamp;

/// A wish to be noted.
pub struct NewWish<'a> {
    pub id: &'a str,
    pub acting: &'a Acting,
    pub account: &'a AccountId,
    pub way: Way,
    pub state: &'a str,
    /// The record that a merge would keep.
    pub other: Option<&'a AccountId>,
    pub asked_at: Timestamp,
    pub expires_at: Timestamp,
}

/// A wish as it stands.
pub struct Standing {
    pub id: WishId,
    pub account: AccountId,
    pub manager: String,
    pub way: Way,
    pub state: String,
    pub other: Option<AccountId>,
    pub expires_at: Timestamp,
    pub agreed_by: Option<String>,
}

/// Notes a wish, in the place of an earlier one of the same manager for the same.
pub async fn put_wish(connection: &mut Connection, wish: &NewWish<'_>) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO opening_wish (id, authority, account_id, manager, way, reason, state, asked_at, expires_at, \
         other) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
         ON CONFLICT (account_id, way, manager) DO UPDATE SET \
         id = excluded.id, authority = excluded.authority, reason = excluded.reason, state = excluded.state, \
         other = excluded.other, asked_at = excluded.asked_at, expires_at = excluded.expires_at, agreed_by = NULL",
    )
    .bind(wish.id)
    .bind(wish.acting.authority.as_str())
    .bind(wish.account.as_str())
    .bind(wish.acting.who.as_str())
    .bind(wish.way.word())
    .bind(wish.acting.reason.as_str())
    .bind(wish.state)
    .bind(wish.asked_at.seconds())
    .bind(wish.expires_at.seconds())
    .bind(wish.other.map(AccountId::as_str))
    .execute(connection)
    .await?;
    Ok(())
}

/// How many other wishes of a manager wait, and when the first of them is over.
pub async fn waiting_of(
    connection: &mut Connection,
    manager: &str,
    (id, way): (&AccountId, Way),
    now: Timestamp,
) -> sqlx::Result<(i64, Option<Timestamp>)> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS waiting, MIN(expires_at) AS first_end FROM opening_wish \
         WHERE manager = $1 AND expires_at > $2 AND NOT (account_id = $3 AND way = $4)",
    )
    .bind(manager)
    .bind(now.seconds())
    .bind(id.as_str())
    .bind(way.word())
    .fetch_one(connection)
    .await?;
    Ok((row.try_get("waiting")?, moment(&row, "first_end")?))
}

/// What a manager wished for an account in this way.
pub async fn wish_of(
    connection: &mut Connection,
    id: &AccountId,
    way: Way,
    manager: &str,
) -> sqlx::Result<Option<Standing>> {
    sqlx::query("SELECT * FROM opening_wish WHERE account_id = $1 AND way = $2 AND manager = $3")
        .bind(id.as_str())
        .bind(way.word())
        .bind(manager)
        .fetch_optional(connection)
        .await?
        .map(|row| standing(&row))
        .transpose()
}

/// A wish of an authority that is not over.
pub async fn wish(
    connection: &mut Connection,
    authority: &AuthorityId,
    id: &WishId,
    now: Timestamp,
) -> sqlx::Result<Option<Standing>> {
    let own = concat!(
        "SELECT * FROM opening_wish WHERE expires_at > $3 AND id = ",
        own_key!("opening_wish", "id", "$2")
    );
    sqlx::query(own)
        .bind(authority.as_str())
        .bind(id.as_str())
        .bind(now.seconds())
        .fetch_optional(connection)
        .await?
        .map(|row| standing(&row))
        .transpose()
}

/// Notes that a second manager agreed; `false` when another one did, or the wish is gone.
pub async fn agree(connection: &mut Connection, id: &WishId, second: &str) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "UPDATE opening_wish SET agreed_by = $1 WHERE id = $2 AND agreed_by IS NULL AND manager <> $1",
    )
    .bind(second)
    .bind(id.as_str())
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Takes a wish away.
pub async fn delete_wish(connection: &mut Connection, id: &WishId) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM opening_wish WHERE id = $1").bind(id.as_str()).execute(connection).await?;
    Ok(())
}

/// The wishes of an authority that are not over, oldest first.
pub async fn wishes(
    connection: &mut Connection,
    authority: &AuthorityId,
    now: Timestamp,
    most: i64,
) -> sqlx::Result<Vec<Wish>> {
    let rows = sqlx::query(
        "SELECT account.*, wish.id AS wish, wish.way, wish.reason, wish.manager, wish.asked_at, wish.expires_at, \
         wish.agreed_by, first.given_name AS first_given, first.family_name AS first_family, \
         other.id AS other_id, other.identifier AS other_identifier, other.given_name AS other_given, \
         other.family_name AS other_family FROM opening_wish wish JOIN account ON account.id = wish.account_id \
         LEFT JOIN account first ON first.id = wish.manager \
         LEFT JOIN account other ON other.id = wish.other AND other.authority = $1 \
         WHERE wish.authority = $1 AND account.authority = $1 AND account.upstream IS NULL \
         AND account.deleted_at IS NULL AND wish.expires_at > $2 ORDER BY wish.asked_at, wish.id LIMIT $3",
    )
    .bind(authority.as_str())
    .bind(now.seconds())
    .bind(most)
    .fetch_all(connection)
    .await?;
    let wish = |row: &AnyRow| {
        Ok(Wish {
            id: WishId::from(row.try_get::<String, _>("wish")?),
            person: account(row)?,
            way: way(row)?,
            reason: row.try_get("reason")?,
            asked_by: AccountId::from(row.try_get::<String, _>("manager")?),
            asked_by_name: name(row, "first_given", "first_family")?,
            asked_at: Timestamp::from_seconds(row.try_get("asked_at")?),
            expires_at: Timestamp::from_seconds(row.try_get("expires_at")?),
            is_agreed: row.try_get::<Option<String>, _>("agreed_by")?.is_some(),
            other: other(row)?,
        })
    };
    rows.iter().map(wish).collect()
}

/// Takes away what waits for an account that is being deleted.
pub async fn forget(connection: &mut Connection, id: &AccountId) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM opening_wish WHERE account_id = $1")
        .bind(id.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// Removes up to `most` wishes that are over; tells how many went.
pub async fn purge(connection: &mut Connection, now: Timestamp, most: i64) -> sqlx::Result<u64> {
    let removed = sqlx::query(
        "DELETE FROM opening_wish WHERE id IN \
         (SELECT id FROM opening_wish WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)",
    )
    .bind(now.seconds())
    .bind(most)
    .execute(connection)
    .await?;
    Ok(removed.rows_affected())
}

fn standing(row: &AnyRow) -> sqlx::Result<Standing> {
    Ok(Standing {
        id: WishId::from(row.try_get::<String, _>("id")?),
        account: AccountId::from(row.try_get::<String, _>("account_id")?),
        manager: row.try_get("manager")?,
        way: way(row)?,
        state: row.try_get("state")?,
        other: row.try_get::<Option<String>, _>("other")?.map(AccountId::from),
        expires_at: Timestamp::from_seconds(row.try_get("expires_at")?),
        agreed_by: row.try_get("agreed_by")?,
    })
}

/// The record that a merge would keep, where a row has one.
fn other(row: &AnyRow) -> sqlx::Result<Option<OtherRecord>> {
    let Some(id) = row.try_get::<Option<String>, _>("other_id")? else { return Ok(None) };
    Ok(Some(OtherRecord {
        id: AccountId::from(id),
        name: name(row, "other_given", "other_family")?,
        identifier: row.try_get::<Option<String>, _>("other_identifier")?.unwrap_or_default(),
    }))
}
