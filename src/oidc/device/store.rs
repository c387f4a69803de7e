//! The table `device_request`, and the grants that come of it.

use std::sync::LazyLock;
use std::time::Duration;

use futures_util::future::BoxFuture;
use sqlx::Row;
use sqlx::any::AnyRow;

use super::super::store::{joined, split};
use super::begin::{INTERVAL, LIFE};
use super::{Approval, Decision, DeviceRequest, DeviceRequestId};
use crate::accounts::{AccessEpoch, AccountId};
use crate::database::{Connection, Statement};
use crate::kit::clock::Timestamp;
use crate::kit::secrets::TokenHash;
use crate::oidc::scopes::Scopes;
use crate::oidc::{ClientId, Grant};
use crate::signin::Sid;

/// How `decision` is written.
const ALLOWED: &str = "allowed";
/// The same when the device stays outside.
const DENIED: &str = "denied";

/// Stores a request; `false` when another one has the same code.
pub async fn insert(
    connection: &mut Connection,
    request: &DeviceRequest,
    device_code: &TokenHash,
    user_code: &str,
) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "INSERT INTO device_request (id, device_hash, user_code_hash, client_id, scope, resources, expires_at, \
         poll_interval, polled_early, decision) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, '') \
         ON CONFLICT (user_code_hash) DO NOTHING",
    )
    .bind(request.id.as_str())
    .bind(device_code.as_str())
    .bind(user_code)
    .bind(request.client_id.as_str())
    .bind(request.scopes.to_string())
    .bind(joined(&request.resources))
    .bind(request.expires_at.seconds())
    .bind(seconds(INTERVAL))
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// How many devices of a client wait.
pub async fn waiting(connection: &mut Connection, client: &ClientId, now: Timestamp) -> sqlx::Result<i64> {
    sqlx::query_scalar("SELECT COUNT(*) FROM device_request WHERE client_id = $1 AND expires_at > $2")
        .bind(client.as_str())
        .bind(now.seconds())
        .fetch_one(connection)
        .await
}

/// The request that waits under a code.
pub async fn by_user_code(
    connection: &mut Connection,
    user_code: &str,
    now: Timestamp,
) -> sqlx::Result<Option<DeviceRequest>> {
    sqlx::query(
        "SELECT * FROM device_request WHERE user_code_hash = $1 AND decision = '' AND expires_at > $2",
    )
    .bind(user_code)
    .bind(now.seconds())
    .fetch_optional(connection)
    .await?
    .map(|row| request(&row))
    .transpose()
}

/// Lets a device in or keeps it out, once; gives its request, or nothing when it waits no more.
pub async fn decide(
    connection: &mut Connection,
    id: &DeviceRequestId,
    approval: Option<&Approval>,
    now: Timestamp,
) -> sqlx::Result<Option<DeviceRequest>> {
    sqlx::query(
        "UPDATE device_request SET decision = $1, account_id = $2, sid = $3, session_ends_at = $4, \
         auth_time = $5, acr = $6, amr = $7, access_epoch = $8 \
         WHERE id = $9 AND decision = '' AND expires_at > $10 RETURNING *",
    )
    .bind(if approval.is_some() { ALLOWED } else { DENIED })
    .bind(approval.map(|approval| approval.account.as_str()))
    .bind(approval.and_then(|approval| approval.sid.as_ref()).map(Sid::as_str))
    .bind(approval.map(|approval| approval.session_ends_at.seconds()))
    .bind(approval.map(|approval| approval.auth_time.seconds()))
    .bind(approval.map(|approval| approval.acr.as_str()))
    .bind(approval.map(|approval| approval.amr.join(" ")))
    .bind(approval.map(|approval| approval.epoch.number()))
    .bind(id.as_str())
    .bind(now.seconds())
    .fetch_optional(connection)
    .await?
    .map(|row| request(&row))
    .transpose()
}

/// What is asked of a device code by the client that has it.
pub struct AskedOfDevice {
    pub device_code: TokenHash,
    pub client: ClientId,
}

static WAITING: LazyLock<Statement> = LazyLock::new(|| {
    Statement::new(
        &["code", "client"],
        "SELECT asked.place, device_request.* FROM asked CROSS JOIN device_request \
         WHERE device_request.device_hash = asked.code AND device_request.client_id = asked.client",
    )
});

/// The requests of some device codes, none of which is locked for it.
pub fn by_device_codes<'c>(
    connection: &'c mut Connection,
    asked: &'c [AskedOfDevice],
) -> BoxFuture<'c, sqlx::Result<Vec<Option<DeviceRequest>>>> {
    Box::pin(async move {
        let columns = asked.iter().map(|asked| [asked.device_code.as_str(), asked.client.as_str()]);
        WAITING.put(connection, columns, request).await
    })
}

/// Notes that a device asked whether it may come in; one that asks too soon must wait longer from now on
/// (RFC 8628 §3.5), however often it asks in one second.
pub async fn poll(
    connection: &mut Connection,
    device_code: &TokenHash,
    client: &ClientId,
    now: Timestamp,
) -> sqlx::Result<Option<DeviceRequest>> {
    sqlx::query(
        "UPDATE device_request SET polled_at = $1, polled_early = \
         CASE WHEN polled_at IS NOT NULL AND polled_at + poll_interval > $1 THEN 1 ELSE 0 END, poll_interval = \
         CASE WHEN polled_at IS NOT NULL AND polled_at + poll_interval > $1 \
         AND NOT (polled_early = 1 AND polled_at = $1) THEN poll_interval + $2 \
         ELSE poll_interval END WHERE device_hash = $3 AND client_id = $4 RETURNING *",
    )
    .bind(now.seconds())
    .bind(seconds(INTERVAL))
    .bind(device_code.as_str())
    .bind(client.as_str())
    .fetch_optional(connection)
    .await?
    .map(|row| request(&row))
    .transpose()
}

/// The session in which somebody let a device in, while that goes on.
pub async fn session_behind(
    connection: &mut Connection,
    device_code: &TokenHash,
    client: &ClientId,
) -> sqlx::Result<Option<Sid>> {
    let sid: Option<Option<String>> =
        sqlx::query_scalar("SELECT sid FROM device_request WHERE device_hash = $1 AND client_id = $2")
            .bind(device_code.as_str())
            .bind(client.as_str())
            .fetch_optional(connection)
            .await?;
    Ok(sid.flatten().map(Sid::from))
}

/// Takes the request of a device that may come in, once: whoever else tries finds nothing.
pub async fn take_allowed(
    connection: &mut Connection,
    device_code: &TokenHash,
    client: &ClientId,
    now: Timestamp,
) -> sqlx::Result<Option<DeviceRequest>> {
    sqlx::query(
        "DELETE FROM device_request WHERE device_hash = $1 AND client_id = $2 AND decision = $3 \
         AND expires_at > $4 RETURNING *",
    )
    .bind(device_code.as_str())
    .bind(client.as_str())
    .bind(ALLOWED)
    .bind(now.seconds())
    .fetch_optional(connection)
    .await?
    .map(|row| request(&row))
    .transpose()
}

/// Keeps the devices of a client out that a person let in and that have not come yet; tells how many.
pub async fn deny_allowed(
    connection: &mut Connection,
    account: &AccountId,
    client: &ClientId,
) -> sqlx::Result<u64> {
    let done = sqlx::query(
        "UPDATE device_request SET decision = $1 WHERE account_id = $2 AND client_id = $3 AND decision = $4",
    )
    .bind(DENIED)
    .bind(account.as_str())
    .bind(client.as_str())
    .bind(ALLOWED)
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

/// Forgets the devices of a client.
pub async fn forget_devices(connection: &mut Connection, client: &ClientId) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM device_request WHERE client_id = $1")
        .bind(client.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// Stores the grant of a device, its code redeemed at once.
pub async fn insert_grant(
    connection: &mut Connection,
    grant: &Grant,
    device_code: &TokenHash,
    now: Timestamp,
) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO oauth_grant (id, client_id, account_id, sid, session_sid, scope, redirect_uri, code_hash, \
         code_expires_at, auth_time, acr, amr, redeemed_at, generation, rotated_at, expires_at, offline, access_epoch, resources) \
         VALUES ($1, $2, $3, $4, $4, $5, '', $6, $7, $8, $9, $10, $7, 1, $7, $11, $12, $13, $14)",
    )
    .bind(grant.id.as_str())
    .bind(grant.client_id.as_str())
    .bind(grant.account.as_str())
    .bind(grant.sid.as_ref().map(Sid::as_str))
    .bind(grant.scopes.to_string())
    .bind(device_code.as_str())
    .bind(now.seconds())
    .bind(grant.auth_time.seconds())
    .bind(&grant.acr)
    .bind(grant.amr.join(" "))
    .bind(grant.expires_at.seconds())
    .bind(i64::from(grant.is_offline()))
    .bind(grant.epoch.number())
    .bind(joined(&grant.resources))
    .execute(connection)
    .await?;
    Ok(())
}

/// Removes up to `most` requests that ended a while ago, so that a device that is late still hears why;
/// tells how many went.
pub async fn purge_device_requests(
    connection: &mut Connection,
    now: Timestamp,
    most: i64,
) -> sqlx::Result<u64> {
    let done = sqlx::query(
        "DELETE FROM device_request WHERE id IN \
         (SELECT id FROM device_request WHERE expires_at <= $1 LIMIT $2)",
    )
    .bind((now - LIFE).seconds())
    .bind(most)
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

fn request(row: &AnyRow) -> sqlx::Result<DeviceRequest> {
    let text = |column: &str| row.try_get::<String, _>(column);
    let decision = match text("decision")?.as_str() {
        ALLOWED => Decision::Allowed(Box::new(approval(row)?)),
        DENIED => Decision::Denied,
        _ => Decision::Waiting,
    };
    Ok(DeviceRequest {
        id: DeviceRequestId::from(text("id")?),
        client_id: ClientId::from(text("client_id")?),
        scopes: Scopes::parse(&text("scope")?),
        resources: split(&text("resources")?),
        expires_at: Timestamp::from_seconds(row.try_get("expires_at")?),
        polled_at: row.try_get::<Option<i64>, _>("polled_at")?.map(Timestamp::from_seconds),
        polled_early: row.try_get::<i64, _>("polled_early")? == 1,
        decision,
    })
}

fn approval(row: &AnyRow) -> sqlx::Result<Approval> {
    let text = |column: &str| row.try_get::<String, _>(column);
    let time = |column: &str| row.try_get(column).map(Timestamp::from_seconds);
    Ok(Approval {
        account: AccountId::from(text("account_id")?),
        sid: row.try_get::<Option<String>, _>("sid")?.map(Sid::from),
        session_ends_at: time("session_ends_at")?,
        auth_time: time("auth_time")?,
        acr: text("acr")?,
        amr: text("amr")?.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect(),
        epoch: AccessEpoch::from_number(row.try_get("access_epoch")?),
    })
}
