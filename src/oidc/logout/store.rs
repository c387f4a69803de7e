//! The table `logout_notice`, and what grants tell of sessions that ended.
//!
//! A grant keeps the name of its session in `session_sid` when the database empties `sid`, in the transaction
//! that ends the session: that is how it is known whom to tell, whatever ended it.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::super::ClientId;
use super::super::clients::Origin;
use super::backchannel::Audience;
use crate::accounts::AccountId;
use crate::database::Connection;
use crate::kit::clock::Timestamp;
use crate::signin::Sid;

/// A client that had grants in a session that ended, to which nobody has seen yet.
pub(super) struct Untold {
    pub client: ClientId,
    pub account: AccountId,
    pub sid: Sid,
    /// Whether it ever had tokens of that session: a code that nobody redeemed told it nothing.
    pub took_part: bool,
}

/// A notice that this node has claimed.
pub(super) struct Claimed {
    pub id: String,
    pub client: ClientId,
    pub account: AccountId,
    pub sid: Sid,
    /// How often it was attempted, this time included.
    pub attempts: i64,
    pub created_at: Timestamp,
    /// Whether its client refused it before.
    pub was_refused: bool,
}

/// How an attempt failed.
pub(super) struct Failure<'a> {
    /// When to try again; it is given up without.
    pub next: Option<Timestamp>,
    /// Whether the client refused it.
    pub is_refusal: bool,
    pub error: &'a str,
}

/// The clients that have tokens of a session.
pub(super) async fn taking_part(connection: &mut Connection, sid: &Sid) -> sqlx::Result<Vec<ClientId>> {
    let ids: Vec<String> = sqlx::query_scalar(
        "SELECT DISTINCT client_id FROM oauth_grant WHERE sid = $1 AND redeemed_at IS NOT NULL \
         ORDER BY client_id",
    )
    .bind(sid.as_str())
    .fetch_all(connection)
    .await?;
    Ok(ids.into_iter().map(ClientId::from).collect())
}

/// Clients with grants in sessions that ended, at most so many.
pub(super) async fn untold(connection: &mut Connection, most: i64) -> sqlx::Result<Vec<Untold>> {
    let rows = sqlx::query(
        "SELECT client_id, account_id, session_sid, MAX(redeemed_at) AS redeemed_at FROM oauth_grant \
         WHERE sid IS NULL AND end_told = 0 AND session_sid IS NOT NULL \
         GROUP BY session_sid, client_id, account_id ORDER BY session_sid, client_id LIMIT $1",
    )
    .bind(most)
    .fetch_all(connection)
    .await?;
    let untold = |row: &AnyRow| {
        Ok(Untold {
            client: ClientId::from(row.try_get::<String, _>("client_id")?),
            account: AccountId::from(row.try_get::<String, _>("account_id")?),
            sid: Sid::from(row.try_get::<String, _>("session_sid")?),
            took_part: row.try_get::<Option<i64>, _>("redeemed_at")?.is_some(),
        })
    };
    rows.iter().map(untold).collect()
}

/// Notes that somebody saw to the grants of a client in a session that ended; `false` when another node was quicker.
pub(super) async fn mark(connection: &mut Connection, untold: &Untold) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "UPDATE oauth_grant SET end_told = 1 WHERE session_sid = $1 AND client_id = $2 \
         AND sid IS NULL AND end_told = 0",
    )
    .bind(untold.sid.as_str())
    .bind(untold.client.as_str())
    .execute(connection)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Stores a notice, due at once; one for a client and a session, however many nodes are at it.
pub(super) async fn insert(
    connection: &mut Connection,
    id: &str,
    untold: &Untold,
    now: Timestamp,
) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO logout_notice (id, client_id, account_id, sid, state, attempts, created_at, \
         next_attempt_at) VALUES ($1, $2, $3, $4, 'waiting', 0, $5, $5) \
         ON CONFLICT (sid, client_id) DO NOTHING",
    )
    .bind(id)
    .bind(untold.client.as_str())
    .bind(untold.account.as_str())
    .bind(untold.sid.as_str())
    .bind(now.seconds())
    .execute(connection)
    .await?;
    Ok(())
}

/// The notices that are due to clients among which these, or of which these, are.
macro_rules! due_to {
    ($clients:literal) => {
        concat!(
            "SELECT id, client_id FROM (SELECT id, client_id, next_attempt_at, \
             ROW_NUMBER() OVER (PARTITION BY client_id ORDER BY next_attempt_at, id) AS turn \
             FROM logout_notice WHERE state = 'waiting' AND next_attempt_at <= $1 AND client_id ",
            $clients,
            " (SELECT client.id FROM client WHERE client.origin = $2)) AS waiting \
             ORDER BY turn, next_attempt_at, id LIMIT $3"
        )
    };
}

/// The notices that are due to some clients, each with its client: one of each client, those that have waited longest
/// first, then a second one of each.
pub(super) async fn due(
    connection: &mut Connection,
    audience: Audience,
    now: Timestamp,
    most: i64,
) -> sqlx::Result<Vec<(String, ClientId)>> {
    let statement = match audience {
        Audience::Known => due_to!("NOT IN"),
        Audience::Strangers => due_to!("IN"),
    };
    let rows = sqlx::query(statement)
        .bind(now.seconds())
        .bind(Origin::OpenRegistration.word())
        .bind(most)
        .fetch_all(connection)
        .await?;
    rows.iter().map(|row| Ok((row.try_get("id")?, client_of(row)?))).collect()
}

/// Claims a notice until `until`, if it is still due; of several nodes that try, one succeeds.
pub(super) async fn claim(
    connection: &mut Connection,
    id: &str,
    claim: &str,
    now: Timestamp,
    until: Timestamp,
) -> sqlx::Result<Option<Claimed>> {
    let row = sqlx::query(
        "UPDATE logout_notice SET claim = $2, attempts = attempts + 1, next_attempt_at = $4 \
         WHERE id = $1 AND state = 'waiting' AND next_attempt_at <= $3 \
         RETURNING client_id, account_id, sid, attempts, created_at, refused",
    )
    .bind(id)
    .bind(claim)
    .bind(now.seconds())
    .bind(until.seconds())
    .fetch_optional(connection)
    .await?;
    row.map(|row| {
        Ok(Claimed {
            id: id.to_owned(),
            client: client_of(&row)?,
            account: AccountId::from(row.try_get::<String, _>("account_id")?),
            sid: Sid::from(row.try_get::<String, _>("sid")?),
            attempts: row.try_get("attempts")?,
            created_at: Timestamp::from_seconds(row.try_get("created_at")?),
            was_refused: row.try_get::<i64, _>("refused")? != 0,
        })
    })
    .transpose()
}

/// Removes a notice that was heard, or that nobody is left to hear.
pub(super) async fn remove(connection: &mut Connection, id: &str, claim: &str) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM logout_notice WHERE id = $1 AND claim = $2")
        .bind(id)
        .bind(claim)
        .execute(connection)
        .await?;
    Ok(())
}

/// Writes that an attempt failed: due again, or given up.
pub(super) async fn put_off(
    connection: &mut Connection,
    (id, claim): (&str, &str),
    failure: &Failure<'_>,
) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE logout_notice SET state = CASE WHEN CAST($3 AS BIGINT) IS NULL THEN 'failed' ELSE 'waiting' END, \
         next_attempt_at = $3, claim = NULL, last_error = $4, \
         refused = CASE WHEN CAST($5 AS BIGINT) = 1 THEN 1 ELSE refused END WHERE id = $1 AND claim = $2",
    )
    .bind(id)
    .bind(claim)
    .bind(failure.next.map(Timestamp::seconds))
    .bind(failure.error)
    .bind(i64::from(failure.is_refusal))
    .execute(connection)
    .await?;
    Ok(())
}

/// Lets whatever else is due for a client wait until `until`: it could not be reached just now.
pub(super) async fn let_others_wait(
    connection: &mut Connection,
    client: &ClientId,
    now: Timestamp,
    until: Timestamp,
) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE logout_notice SET next_attempt_at = $3 \
         WHERE client_id = $1 AND state = 'waiting' AND next_attempt_at <= $2",
    )
    .bind(client.as_str())
    .bind(now.seconds())
    .bind(until.seconds())
    .execute(connection)
    .await?;
    Ok(())
}

/// Removes up to `most` notices that were given up and made before a moment; tells how many went.
pub async fn purge_notices(connection: &mut Connection, before: Timestamp, most: i64) -> sqlx::Result<u64> {
    let done = sqlx::query(
        "DELETE FROM logout_notice WHERE id IN \
         (SELECT id FROM logout_notice WHERE state = 'failed' AND created_at < $1 LIMIT $2)",
    )
    .bind(before.seconds())
    .bind(most)
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

fn client_of(row: &AnyRow) -> sqlx::Result<ClientId> {
    Ok(ClientId::from(row.try_get::<String, _>("client_id")?))
}
