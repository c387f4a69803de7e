//! The tables `oauth_grant` and `consent`.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::claims_request::NamedClaims;
use super::resources::ResourceUri;
use super::scopes::Scopes;
use super::{ClientId, Grant, GrantId, Stage};
use crate::accounts::{AccessEpoch, AccountId};
use crate::database::Connection;
use crate::kit::clock::Timestamp;
use crate::kit::secrets::TokenHash;
use crate::signin::Sid;

/// The columns of a grant, under names that no other table has.
macro_rules! grant_columns {
    () => {
        "oauth_grant.id AS grant_id, oauth_grant.client_id, oauth_grant.account_id, oauth_grant.sid, \
         oauth_grant.scope, oauth_grant.claims AS named_claims, oauth_grant.resources, oauth_grant.nonce, \
         oauth_grant.code_challenge, oauth_grant.auth_time, oauth_grant.acr, oauth_grant.amr, \
         oauth_grant.redeemed_at, oauth_grant.generation, oauth_grant.rotated_at, oauth_grant.revoked_at, \
         oauth_grant.expires_at AS grant_expires_at, oauth_grant.access_epoch AS grant_epoch"
    };
}
pub(super) use grant_columns;

/// Resources as they are stored: none of them has a space.
pub fn joined(resources: &[ResourceUri]) -> String {
    resources.iter().map(ResourceUri::as_str).collect::<Vec<_>>().join(" ")
}

/// The resources of a stored text.
pub fn split(resources: &str) -> Vec<ResourceUri> {
    resources.split(' ').filter(|uri| !uri.is_empty()).map(ResourceUri::from).collect()
}

/// Takes back what an already redeemed code gave; tells whether there was such a code of this client.
pub async fn revoke_redeemed(
    connection: &mut Connection,
    code: &TokenHash,
    client: &ClientId,
    now: Timestamp,
) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "UPDATE oauth_grant SET revoked_at = $1 WHERE code_hash = $2 AND client_id = $3 \
         AND redeemed_at IS NOT NULL AND revoked_at IS NULL",
    )
    .bind(now.seconds())
    .bind(code.as_str())
    .bind(client.as_str())
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The grant of an id.
pub async fn by_id(connection: &mut Connection, id: &GrantId) -> sqlx::Result<Option<Grant>> {
    sqlx::query(concat!("SELECT ", grant_columns!(), " FROM oauth_grant WHERE id = $1"))
        .bind(id.as_str())
        .fetch_optional(connection)
        .await?
        .map(|row| grant(&row))
        .transpose()
}

/// Takes a grant back.
pub async fn revoke(connection: &mut Connection, id: &GrantId, now: Timestamp) -> sqlx::Result<()> {
    sqlx::query("UPDATE oauth_grant SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL")
        .bind(now.seconds())
        .bind(id.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// What a person allowed a client.
pub async fn consent(
    connection: &mut Connection,
    account: &AccountId,
    client: &ClientId,
) -> sqlx::Result<Scopes> {
    let scope: Option<String> =
        sqlx::query_scalar("SELECT scope FROM consent WHERE account_id = $1 AND client_id = $2")
            .bind(account.as_str())
            .bind(client.as_str())
            .fetch_optional(connection)
            .await?;
    Ok(Scopes::parse(&scope.unwrap_or_default()))
}

/// Remembers what a person allows a client from now on.
pub async fn set_consent(
    connection: &mut Connection,
    account: &AccountId,
    client: &ClientId,
    scopes: &Scopes,
    now: Timestamp,
) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO consent (account_id, client_id, scope, granted_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (account_id, client_id) DO UPDATE SET scope = excluded.scope, \
         granted_at = excluded.granted_at",
    )
    .bind(account.as_str())
    .bind(client.as_str())
    .bind(scopes.to_string())
    .bind(now.seconds())
    .execute(connection)
    .await?;
    Ok(())
}

/// What a person allowed each client, and when: the latest first.
pub async fn consents_of(
    connection: &mut Connection,
    account: &AccountId,
) -> sqlx::Result<Vec<(ClientId, Scopes, Timestamp)>> {
    let rows = sqlx::query(
        "SELECT client_id, scope, granted_at FROM consent WHERE account_id = $1 \
         ORDER BY granted_at DESC, client_id",
    )
    .bind(account.as_str())
    .fetch_all(connection)
    .await?;
    let consent = |row: &AnyRow| {
        Ok((
            ClientId::from(row.try_get::<String, _>("client_id")?),
            Scopes::parse(&row.try_get::<String, _>("scope")?),
            Timestamp::from_seconds(row.try_get("granted_at")?),
        ))
    };
    rows.iter().map(consent).collect()
}

/// Forgets what a person allowed a client; `false` when that was nothing.
pub async fn forget_consent(
    connection: &mut Connection,
    account: &AccountId,
    client: &ClientId,
) -> sqlx::Result<bool> {
    let done = sqlx::query("DELETE FROM consent WHERE account_id = $1 AND client_id = $2")
        .bind(account.as_str())
        .bind(client.as_str())
        .execute(connection)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Takes back whatever a person granted a client, codes that wait included; tells how many grants that were.
pub async fn revoke_of_client(
    connection: &mut Connection,
    account: &AccountId,
    client: &ClientId,
    now: Timestamp,
) -> sqlx::Result<u64> {
    let done = sqlx::query(
        "UPDATE oauth_grant SET revoked_at = $1 \
         WHERE account_id = $2 AND client_id = $3 AND revoked_at IS NULL",
    )
    .bind(now.seconds())
    .bind(account.as_str())
    .bind(client.as_str())
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

/// The grant of a row with the columns of [`grant_columns`].
pub(super) fn grant(row: &AnyRow) -> sqlx::Result<Grant> {
    let text = |column: &str| row.try_get::<String, _>(column);
    let maybe = |column: &str| row.try_get::<Option<String>, _>(column);
    let time = |column: &str| {
        Ok::<_, sqlx::Error>(row.try_get::<Option<i64>, _>(column)?.map(Timestamp::from_seconds))
    };
    let redeemed_at = time("redeemed_at")?;
    let stage = match (time("revoked_at")?, redeemed_at) {
        (Some(_), _) => Stage::Revoked,
        (None, None) => Stage::CodeIssued,
        (None, Some(redeemed_at)) => Stage::Active {
            generation: row.try_get("generation")?,
            rotated_at: time("rotated_at")?.unwrap_or(redeemed_at),
        },
    };
    Ok(Grant {
        id: GrantId::from(text("grant_id")?),
        client_id: ClientId::from(text("client_id")?),
        account: AccountId::from(text("account_id")?),
        sid: maybe("sid")?.map(Sid::from),
        scopes: Scopes::parse(&text("scope")?),
        claims: read(maybe("named_claims")?.as_deref())?,
        resources: split(&maybe("resources")?.unwrap_or_default()),
        nonce: maybe("nonce")?,
        code_challenge: maybe("code_challenge")?,
        auth_time: Timestamp::from_seconds(row.try_get("auth_time")?),
        acr: text("acr")?,
        amr: text("amr")?.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect(),
        expires_at: Timestamp::from_seconds(row.try_get("grant_expires_at")?),
        epoch: AccessEpoch::from_number(row.try_get("grant_epoch")?),
        stage,
    })
}

/// Claims asked for by name, as they are stored: nothing for none.
pub(super) fn written(claims: &NamedClaims) -> sqlx::Result<Option<String>> {
    if claims.is_empty() {
        return Ok(None);
    }
    serde_json::to_string(claims).map(Some).map_err(|error| sqlx::Error::Encode(Box::new(error)))
}

fn read(claims: Option<&str>) -> sqlx::Result<NamedClaims> {
    let Some(text) = claims else { return Ok(NamedClaims::default()) };
    serde_json::from_str(text).map_err(|error| sqlx::Error::Decode(Box::new(error)))
}
