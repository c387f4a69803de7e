//! The tables `client` and `initial_access_token`, and what ends with a client.

use serde_json::{Map, Value};
use sqlx::Row;
use sqlx::any::AnyRow;

use super::Origin;
use crate::database::Connection;
use crate::kit::clock::Timestamp;
use crate::kit::secrets::TokenHash;
use crate::oidc::{ClientId, device, par};

/// A client at rest.
#[derive(Clone, Debug)]
pub struct StoredClient {
    pub id: ClientId,
    pub origin: Origin,
    pub metadata: Map<String, Value>,
    pub sealed_secret: Option<String>,
    pub management: Option<String>,
    /// Another one after every change; it begins anywhere, so that an id that comes again is not taken for what it was.
    pub revision: i64,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub disabled_at: Option<Timestamp>,
}

impl StoredClient {
    /// Whether it may be used at this moment.
    pub fn is_usable(&self, now: Timestamp) -> bool {
        self.disabled_at.is_none() && self.expires_at.is_none_or(|at| now < at)
    }
}

/// Stores a client; `false` when the id is taken.
pub async fn insert(connection: &mut Connection, client: &StoredClient) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "INSERT INTO client (id, origin, metadata, sealed_secret, management_hash, revision, created_at, \
         expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING",
    )
    .bind(client.id.as_str())
    .bind(client.origin.word())
    .bind(text_of(&client.metadata))
    .bind(client.sealed_secret.as_deref())
    .bind(client.management.as_deref())
    .bind(client.revision)
    .bind(client.created_at.seconds())
    .bind(client.expires_at.map(Timestamp::seconds))
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The client of an id.
pub async fn by_id(connection: &mut Connection, id: &ClientId) -> sqlx::Result<Option<StoredClient>> {
    sqlx::query("SELECT * FROM client WHERE id = $1")
        .bind(id.as_str())
        .fetch_optional(connection)
        .await?
        .map(|row| client(&row))
        .transpose()
}

/// Every client, by id, so many after the one given.
pub async fn page(connection: &mut Connection, after: &str, most: i64) -> sqlx::Result<Vec<StoredClient>> {
    let rows = sqlx::query("SELECT * FROM client WHERE id > $1 ORDER BY id LIMIT $2")
        .bind(after)
        .bind(most)
        .fetch_all(connection)
        .await?;
    rows.iter().map(client).collect()
}

/// How many clients there are of an origin.
pub async fn count(connection: &mut Connection, origin: Origin) -> sqlx::Result<i64> {
    sqlx::query_scalar("SELECT COUNT(*) FROM client WHERE origin = $1")
        .bind(origin.word())
        .fetch_one(connection)
        .await
}

/// Replaces what a client says of itself, and its secret, by what stands in `client`; `false` when it was changed, or
/// deleted, since it was read.
pub async fn replace(connection: &mut Connection, client: &StoredClient) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "UPDATE client SET metadata = $1, sealed_secret = $2, revision = revision + 1 \
         WHERE id = $3 AND revision = $4",
    )
    .bind(text_of(&client.metadata))
    .bind(client.sealed_secret.as_deref())
    .bind(client.id.as_str())
    .bind(client.revision)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Replaces the secret of a client that has one; `false` when it has none, or is gone.
pub async fn replace_secret(connection: &mut Connection, id: &ClientId, sealed: &str) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "UPDATE client SET sealed_secret = $1, revision = revision + 1 \
         WHERE id = $2 AND sealed_secret IS NOT NULL",
    )
    .bind(sealed)
    .bind(id.as_str())
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Disables a client at a moment, or enables it; `false` when it is so already, or gone.
pub async fn set_disabled(
    connection: &mut Connection,
    id: &ClientId,
    at: Option<Timestamp>,
) -> sqlx::Result<bool> {
    let statement = match at {
        Some(_) => "UPDATE client SET disabled_at = $1 WHERE id = $2 AND disabled_at IS NULL",
        None => "UPDATE client SET disabled_at = $1 WHERE id = $2 AND disabled_at IS NOT NULL",
    };
    let done =
        sqlx::query(statement).bind(at.map(Timestamp::seconds)).bind(id.as_str()).execute(connection).await?;
    Ok(done.rows_affected() == 1)
}

/// Removes a client, the consents given to it, its devices and what it pushed, and takes back what was granted to it:
/// nothing is left for who comes by its id again.
pub async fn delete(connection: &mut Connection, id: &ClientId, now: Timestamp) -> sqlx::Result<bool> {
    sqlx::query("UPDATE oauth_grant SET revoked_at = $1 WHERE client_id = $2 AND revoked_at IS NULL")
        .bind(now.seconds())
        .bind(id.as_str())
        .execute(&mut *connection)
        .await?;
    sqlx::query("DELETE FROM consent WHERE client_id = $1")
        .bind(id.as_str())
        .execute(&mut *connection)
        .await?;
    device::forget_devices(connection, id).await?;
    par::forget_requests(connection, id).await?;
    let done = sqlx::query("DELETE FROM client WHERE id = $1").bind(id.as_str()).execute(connection).await?;
    Ok(done.rows_affected() == 1)
}

/// Keeps a new initial access token.
pub async fn insert_initial_token(
    connection: &mut Connection,
    token: &TokenHash,
    uses: Option<i64>,
    now: Timestamp,
    expires_at: Timestamp,
) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO initial_access_token (token_hash, uses_left, created_at, expires_at) \
         VALUES ($1, $2, $3, $4)",
    )
    .bind(token.as_str())
    .bind(uses)
    .bind(now.seconds())
    .bind(expires_at.seconds())
    .execute(connection)
    .await?;
    Ok(())
}

/// Whether an initial access token can be used at this moment.
pub async fn is_initial_token(
    connection: &mut Connection,
    token: &TokenHash,
    now: Timestamp,
) -> sqlx::Result<bool> {
    let found: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM initial_access_token WHERE token_hash = $1 AND expires_at > $2 \
         AND (uses_left IS NULL OR uses_left > 0)",
    )
    .bind(token.as_str())
    .bind(now.seconds())
    .fetch_one(connection)
    .await?;
    Ok(found == 1)
}

/// Takes one use of an initial access token; `false` when none is left.
pub async fn use_initial_token(
    connection: &mut Connection,
    token: &TokenHash,
    now: Timestamp,
) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "UPDATE initial_access_token SET uses_left = uses_left - 1 WHERE token_hash = $1 \
         AND expires_at > $2 AND (uses_left IS NULL OR uses_left > 0)",
    )
    .bind(token.as_str())
    .bind(now.seconds())
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Removes up to `most` clients that expired before a moment, with what was granted to them; tells how many.
pub async fn purge_clients(connection: &mut Connection, before: Timestamp, most: i64) -> sqlx::Result<u64> {
    let ids: Vec<String> = sqlx::query_scalar("SELECT id FROM client WHERE expires_at < $1 LIMIT $2")
        .bind(before.seconds())
        .bind(most)
        .fetch_all(&mut *connection)
        .await?;
    for id in &ids {
        delete(connection, &ClientId::from(id.as_str()), before).await?;
    }
    Ok(ids.len() as u64)
}

/// Removes up to `most` initial access tokens that expired before a moment; tells how many went.
pub async fn purge_initial_tokens(
    connection: &mut Connection,
    before: Timestamp,
    most: i64,
) -> sqlx::Result<u64> {
    let done = sqlx::query(
        "DELETE FROM initial_access_token WHERE token_hash IN \
         (SELECT token_hash FROM initial_access_token WHERE expires_at < $1 LIMIT $2)",
    )
    .bind(before.seconds())
    .bind(most)
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

fn text_of(metadata: &Map<String, Value>) -> String {
    serde_json::to_string(metadata).unwrap_or_default()
}

fn client(row: &AnyRow) -> sqlx::Result<StoredClient> {
    let text = |column: &str| row.try_get::<String, _>(column);
    let maybe = |column: &str| row.try_get::<Option<String>, _>(column);
    let time = |column: &str| {
        Ok::<_, sqlx::Error>(row.try_get::<Option<i64>, _>(column)?.map(Timestamp::from_seconds))
    };
    let broken = |what: &str| sqlx::Error::Decode(format!("a stored client has no readable {what}").into());
    Ok(StoredClient {
        id: ClientId::from(text("id")?),
        origin: Origin::of_word(&text("origin")?).ok_or_else(|| broken("origin"))?,
        metadata: serde_json::from_str(&text("metadata")?).map_err(|_| broken("metadata"))?,
        sealed_secret: maybe("sealed_secret")?,
        management: maybe("management_hash")?,
        revision: row.try_get("revision")?,
        created_at: Timestamp::from_seconds(row.try_get("created_at")?),
        expires_at: time("expires_at")?,
        disabled_at: time("disabled_at")?,
    })
}
