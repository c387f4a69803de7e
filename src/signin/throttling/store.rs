//! The table `throttle`.

use sqlx::Row;

use super::buckets::Bucket;
use super::rule::Rule;
use crate::database::Connection;
use crate::kit::clock::Timestamp;

/// Where a bucket's failures stop being counted one by one.
const MANY: i64 = 1_000_000;

/// What is known of a bucket.
#[derive(Clone, Copy, Debug)]
pub struct Count {
    /// From when on attempts are looked at.
    pub free_at: Timestamp,
    /// When the attempts that are counted together began.
    pub window_from: Timestamp,
    /// How many they are.
    pub in_window: i64,
}

/// Counts an attempt as a failure, if the bucket is open; gives the failures so far, this one included.
///
/// One statement decides and counts, so that no two attempts see the same count.
pub async fn take(
    connection: &mut Connection,
    bucket: &Bucket,
    rule: &Rule,
    now: Timestamp,
) -> sqlx::Result<Option<i64>> {
    sqlx::query_scalar(
        "INSERT INTO throttle (bucket, failures, day, today, last_at, free_at) VALUES ($1, 1, $2, 1, $2, $2) \
         ON CONFLICT (bucket) DO UPDATE SET \
         failures = CASE WHEN throttle.last_at <= $3 THEN 1 \
           WHEN throttle.failures < $4 THEN throttle.failures + 1 ELSE throttle.failures END, \
         today = CASE WHEN throttle.day <= $3 OR throttle.day > $7 THEN 1 ELSE throttle.today + 1 END, \
         day = CASE WHEN throttle.day <= $3 OR throttle.day > $7 THEN $2 ELSE throttle.day END, \
         last_at = $2, free_at = $2 \
         WHERE (throttle.free_at <= $2 OR throttle.free_at > $5) \
         AND (throttle.day <= $3 OR throttle.day > $7 OR throttle.today < $6) \
         RETURNING failures",
    )
    .bind(bucket.as_str())
    .bind(now.seconds())
    .bind((now - rule.window).seconds())
    .bind(MANY)
    .bind(Rule::latest(now).seconds())
    .bind(rule.most)
    .bind(Rule::latest_now(now).seconds())
    .fetch_optional(connection)
    .await
}

/// Closes a bucket until a time, in the transaction that took an attempt from it.
pub async fn close_until(
    connection: &mut Connection,
    bucket: &Bucket,
    free_at: Timestamp,
) -> sqlx::Result<()> {
    sqlx::query("UPDATE throttle SET free_at = $1 WHERE bucket = $2")
        .bind(free_at.seconds())
        .bind(bucket.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// What is known of a bucket, if anything.
pub async fn count(connection: &mut Connection, bucket: &Bucket) -> sqlx::Result<Option<Count>> {
    sqlx::query("SELECT free_at, day, today FROM throttle WHERE bucket = $1")
        .bind(bucket.as_str())
        .fetch_optional(connection)
        .await?
        .map(|row| {
            Ok(Count {
                free_at: Timestamp::from_seconds(row.try_get("free_at")?),
                window_from: Timestamp::from_seconds(row.try_get("day")?),
                in_window: row.try_get("today")?,
            })
        })
        .transpose()
}

/// Forgets the failures of a bucket and takes the attempt out of its window.
pub async fn reset(connection: &mut Connection, bucket: &Bucket, taken_at: Timestamp) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE throttle SET failures = 0, free_at = $1, \
         today = CASE WHEN day <= $1 AND today > 0 THEN today - 1 ELSE today END WHERE bucket = $2",
    )
    .bind(taken_at.seconds())
    .bind(bucket.as_str())
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes an attempt back out of a bucket; the wait that it caused goes with it, unless a later one caused
/// another.
pub async fn give_back(
    connection: &mut Connection,
    bucket: &Bucket,
    taken_at: Timestamp,
    free_at: Timestamp,
) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE throttle SET failures = CASE WHEN failures > 0 THEN failures - 1 ELSE 0 END, \
         today = CASE WHEN day <= $1 AND today > 0 THEN today - 1 ELSE today END, \
         free_at = CASE WHEN free_at = $2 THEN $1 ELSE free_at END WHERE bucket = $3",
    )
    .bind(taken_at.seconds())
    .bind(free_at.seconds())
    .bind(bucket.as_str())
    .execute(connection)
    .await?;
    Ok(())
}

/// Removes a bucket that counts nothing any more.
pub async fn forget_if_empty(connection: &mut Connection, bucket: &Bucket) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM throttle WHERE bucket = $1 AND failures = 0 AND today = 0")
        .bind(bucket.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// Removes a bucket; tells whether it was there.
pub async fn forget(connection: &mut Connection, bucket: &Bucket) -> sqlx::Result<bool> {
    let done = sqlx::query("DELETE FROM throttle WHERE bucket = $1")
        .bind(bucket.as_str())
        .execute(connection)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// Removes the buckets whose names begin with one's; tells whether there were any.
pub async fn forget_below(connection: &mut Connection, bucket: &Bucket) -> sqlx::Result<bool> {
    // No hexadecimal digit comes after g, in whatever order the engine sorts.
    let done = sqlx::query("DELETE FROM throttle WHERE bucket > $1 AND bucket < $2")
        .bind(bucket.as_str())
        .bind(format!("{}g", bucket.as_str()))
        .execute(connection)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// Removes up to `most` buckets without an attempt since a moment; tells how many went.
pub async fn purge(connection: &mut Connection, before: Timestamp, most: i64) -> sqlx::Result<u64> {
    let done = sqlx::query(
        "DELETE FROM throttle WHERE bucket IN \
         (SELECT bucket FROM throttle WHERE last_at < $1 ORDER BY last_at LIMIT $2)",
    )
    .bind(before.seconds())
    .bind(most)
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}
