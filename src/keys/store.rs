//! The table `signing_key`.

use sqlx::Row;

use crate::config::SigningAlgorithm;
use crate::database::Connection;
use crate::kit::clock::Timestamp;

/// A signing key at rest.
#[derive(Clone, Debug)]
pub struct StoredKey {
    pub kid: String,
    pub algorithm: SigningAlgorithm,
    pub generation: i64,
    /// Until it is only kept for hints.
    pub sealed_private_key: Option<String>,
    /// From then on.
    pub sealed_public_key: Option<String>,
    pub created_at: Timestamp,
    pub signs_from: Timestamp,
    pub withdrawn_at: Option<Timestamp>,
}

/// Every key of a known algorithm, algorithm by algorithm, in the order in which they came.
pub async fn all(connection: &mut Connection) -> sqlx::Result<Vec<StoredKey>> {
    let rows = sqlx::query(
        "SELECT kid, algorithm, generation, sealed_private_key, sealed_public_key, created_at, signs_from, \
         withdrawn_at FROM signing_key ORDER BY algorithm, generation",
    )
    .fetch_all(connection)
    .await?;
    let mut keys = Vec::with_capacity(rows.len());
    for row in rows {
        let algorithm: String = row.try_get("algorithm")?;
        if let Some(algorithm) = SigningAlgorithm::from_name(&algorithm) {
            keys.push(StoredKey {
                kid: row.try_get("kid")?,
                algorithm,
                generation: row.try_get("generation")?,
                sealed_private_key: row.try_get("sealed_private_key")?,
                sealed_public_key: row.try_get("sealed_public_key")?,
                created_at: Timestamp::from_seconds(row.try_get("created_at")?),
                signs_from: Timestamp::from_seconds(row.try_get("signs_from")?),
                withdrawn_at: row.try_get::<Option<i64>, _>("withdrawn_at")?.map(Timestamp::from_seconds),
            });
        }
    }
    Ok(keys)
}

/// Keeps the key of a generation; `false` where another node was quicker, whose key stays.
pub async fn insert(connection: &mut Connection, key: &StoredKey) -> sqlx::Result<bool> {
    let outcome = sqlx::query(
        "INSERT INTO signing_key (kid, algorithm, generation, sealed_private_key, created_at, signs_from) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (algorithm, generation) DO NOTHING",
    )
    .bind(&key.kid)
    .bind(key.algorithm.name())
    .bind(key.generation)
    .bind(key.sealed_private_key.as_deref())
    .bind(key.created_at.seconds())
    .bind(key.signs_from.seconds())
    .execute(connection)
    .await?;
    Ok(outcome.rows_affected() > 0)
}

/// Withdraws every key that came before a generation, and forgets both their halves.
pub async fn withdraw_before(
    connection: &mut Connection,
    algorithm: SigningAlgorithm,
    generation: i64,
    now: Timestamp,
) -> sqlx::Result<u64> {
    let outcome = sqlx::query(
        "UPDATE signing_key SET withdrawn_at = $1, sealed_private_key = NULL, sealed_public_key = NULL \
         WHERE algorithm = $2 AND generation < $3 AND withdrawn_at IS NULL",
    )
    .bind(now.seconds())
    .bind(algorithm.name())
    .bind(generation)
    .execute(connection)
    .await?;
    Ok(outcome.rows_affected())
}

/// Forgets the private half of a key that will not sign any more; the public half takes its place.
pub async fn keep_public_half(
    connection: &mut Connection,
    kid: &str,
    sealed_public_key: &str,
) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE signing_key SET sealed_private_key = NULL, sealed_public_key = $1 \
         WHERE kid = $2 AND withdrawn_at IS NULL",
    )
    .bind(sealed_public_key)
    .bind(kid)
    .execute(connection)
    .await?;
    Ok(())
}

/// Removes a key that is gone.
pub async fn remove(connection: &mut Connection, kid: &str) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM signing_key WHERE kid = $1").bind(kid).execute(connection).await?;
    Ok(())
}
