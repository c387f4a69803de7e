//! The table `signing_key`.

use sqlx::Row;

use crate::config::SigningAlgorithm;
use crate::database::Connection;
use crate::kit::clock::Timestamp;

/// A signing key at rest.
pub struct StoredKey {
    pub kid: String,
    pub algorithm: SigningAlgorithm,
    pub sealed_private_key: String,
}

/// Every key of a known algorithm, in the order in which they came.
pub async fn all(connection: &mut Connection) -> sqlx::Result<Vec<StoredKey>> {
    let rows = sqlx::query("SELECT kid, algorithm, sealed_private_key FROM signing_key ORDER BY generation")
        .fetch_all(connection)
        .await?;
    let mut keys = Vec::with_capacity(rows.len());
    for row in rows {
        let algorithm: String = row.try_get("algorithm")?;
        if let Some(algorithm) = SigningAlgorithm::from_name(&algorithm) {
            keys.push(StoredKey {
                kid: row.try_get("kid")?,
                algorithm,
                sealed_private_key: row.try_get("sealed_private_key")?,
            });
        }
    }
    Ok(keys)
}

/// Keeps the first key of an algorithm; where another node was quicker, its key stays.
pub async fn insert_first(connection: &mut Connection, key: &StoredKey, now: Timestamp) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO signing_key (kid, algorithm, generation, sealed_private_key, created_at) \
         VALUES ($1, $2, 1, $3, $4) ON CONFLICT (algorithm, generation) DO NOTHING",
    )
    .bind(&key.kid)
    .bind(key.algorithm.name())
    .bind(&key.sealed_private_key)
    .bind(now.seconds())
    .execute(connection)
    .await?;
    Ok(())
}
