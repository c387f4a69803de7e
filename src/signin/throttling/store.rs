//! The table `throttle`.

use std::sync::LazyLock;

use futures_util::future::BoxFuture;
use sqlx::Row;
use sqlx::any::AnyRow;

use super::buckets::Bucket;
use super::rule::Rule;
use crate::database::{Connection, Statement};
use crate::kit::clock::Timestamp;

/// Where a bucket's failures stop being counted one by one.
const MANY: i64 = 1_000_000;

/// In so many buckets an attempt counts at the most.
pub const MOST_BUCKETS: usize = 3;

/// What is known of an attempt's buckets, in their order.
pub type Counts = [Option<Count>; MOST_BUCKETS];

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

/// Counts an attempt as a failure in each bucket that is open, by its rule; gives the failures so far of each, this one included,
/// or `None` for one that is closed.
///
/// One statement decides and counts, so that no two attempts see the same count, and takes the buckets in their order.
pub async fn take(
    connection: &mut Connection,
    buckets: &[(Bucket, Rule)],
    now: Timestamp,
) -> sqlx::Result<Vec<Option<i64>>> {
    let mut query = sqlx::query(worded(&TAKE, buckets.len())?)
        .bind(now.seconds())
        .bind(MANY)
        .bind(Rule::latest(now).seconds())
        .bind(Rule::latest_now(now).seconds());
    for (bucket, rule) in buckets {
        query = query.bind(bucket.as_str()).bind((now - rule.window).seconds()).bind(rule.most);
    }
    let mut failures = vec![None; buckets.len()];
    for row in query.fetch_all(connection).await? {
        let name: String = row.try_get("bucket")?;
        if let Some(place) = buckets.iter().position(|(bucket, _)| bucket.as_str() == name) {
            failures[place] = Some(row.try_get("failures")?);
        }
    }
    Ok(failures)
}

/// The statement of [`take`], for so many buckets at once.
static TAKE: LazyLock<Vec<String>> = LazyLock::new(|| {
    let worded = |many: usize| {
        let places: Vec<_> = (0..many).map(|place| 5 + 3 * place).collect();
        let rows: Vec<_> = places.iter().map(|first| format!("(${first}, 1, $1, 1, $1, $1)")).collect();
        let (window_from, most) = (of_its_own(&places, 1), of_its_own(&places, 2));
        let is_over = format!("(throttle.day <= {window_from} OR throttle.day > $4)");
        format!(
            "INSERT INTO throttle (bucket, failures, day, today, last_at, free_at) VALUES {} \
             ON CONFLICT (bucket) DO UPDATE SET \
             failures = CASE WHEN throttle.last_at <= {window_from} THEN 1 \
               WHEN throttle.failures < $2 THEN throttle.failures + 1 ELSE throttle.failures END, \
             today = CASE WHEN {is_over} THEN 1 ELSE throttle.today + 1 END, \
             day = CASE WHEN {is_over} THEN $1 ELSE throttle.day END, \
             last_at = $1, free_at = $1 \
             WHERE (throttle.free_at <= $1 OR throttle.free_at > $3) AND ({is_over} OR throttle.today < {most}) \
             RETURNING bucket, failures",
            rows.join(", ")
        )
    };
    (1..=MOST_BUCKETS).map(worded).collect()
});

/// What a bucket has of its own among the parameters, so many behind its name; `places` are those of the names.
fn of_its_own(places: &[usize], offset: usize) -> String {
    let cases: Vec<_> = places.iter().map(|name| format!("WHEN ${name} THEN ${}", name + offset)).collect();
    format!("CASE excluded.bucket {} END", cases.join(" "))
}

/// The wording for so many buckets.
fn worded(texts: &'static [String], many: usize) -> sqlx::Result<&'static str> {
    let text = many.checked_sub(1).and_then(|place| texts.get(place));
    text.map(String::as_str).ok_or_else(|| sqlx::Error::Protocol(format!("{many} buckets at once")))
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

static LOOK: LazyLock<Statement> = LazyLock::new(|| {
    Statement::new(
        &["a", "b", "c"],
        "SELECT asked.place, a.free_at AS a_free_at, a.day AS a_day, a.today AS a_today, \
         b.free_at AS b_free_at, b.day AS b_day, b.today AS b_today, \
         c.free_at AS c_free_at, c.day AS c_day, c.today AS c_today FROM asked \
         LEFT JOIN throttle a ON a.bucket = asked.a LEFT JOIN throttle b ON b.bucket = asked.b \
         LEFT JOIN throttle c ON c.bucket = asked.c",
    )
});

/// What is known of the buckets of some attempts, none of which is locked for it.
pub fn look<'c>(
    connection: &'c mut Connection,
    asked: &'c [[String; MOST_BUCKETS]],
) -> BoxFuture<'c, sqlx::Result<Vec<Counts>>> {
    Box::pin(async move {
        let columns = asked.iter().map(|names| names.each_ref().map(String::as_str));
        let found = LOOK.put(connection, columns, counts).await?;
        Ok(found.into_iter().map(Option::unwrap_or_default).collect())
    })
}

fn counts(row: &AnyRow) -> sqlx::Result<Counts> {
    let number = |column: String| row.try_get::<Option<i64>, _>(column.as_str());
    let mut counts = Counts::default();
    for (count, name) in counts.iter_mut().zip(["a", "b", "c"]) {
        let free_at = number(format!("{name}_free_at"))?;
        let window = number(format!("{name}_day"))?.zip(number(format!("{name}_today"))?);
        *count = free_at.zip(window).map(|(free_at, (day, today))| Count {
            free_at: Timestamp::from_seconds(free_at),
            window_from: Timestamp::from_seconds(day),
            in_window: today,
        });
    }
    Ok(counts)
}

/// What becomes of an attempt in a bucket.
pub struct Settled<'a> {
    pub bucket: &'a Bucket,
    /// Until when the attempt closed it.
    pub free_at: Timestamp,
    /// Whether the failures before it are forgotten too.
    pub forgets: bool,
}

/// Takes an attempt back out of its buckets; the wait that it caused in one goes with it, unless a later one caused another. A
/// bucket that counts nothing any more goes.
pub async fn settle(
    connection: &mut Connection,
    buckets: &[Settled<'_>],
    taken_at: Timestamp,
) -> sqlx::Result<()> {
    let mut query = sqlx::query(worded(&SETTLE, buckets.len())?).bind(taken_at.seconds());
    for Settled { bucket, free_at, forgets } in buckets {
        query = query.bind(bucket.as_str()).bind(free_at.seconds()).bind(i64::from(*forgets));
    }
    query.execute(&mut *connection).await?;
    let mut query = sqlx::query(worded(&FORGET_EMPTY, buckets.len())?);
    for settled in buckets {
        query = query.bind(settled.bucket.as_str());
    }
    query.execute(connection).await?;
    Ok(())
}

/// The first statement of [`settle`], which takes the buckets in their order as [`TAKE`] does; a bucket that went meanwhile
/// comes back empty.
static SETTLE: LazyLock<Vec<String>> = LazyLock::new(|| {
    let worded = |many: usize| {
        let places: Vec<_> = (0..many).map(|place| 2 + 3 * place).collect();
        let rows: Vec<_> = places.iter().map(|first| format!("(${first}, 0, $1, 0, $1, $1)")).collect();
        let (free_at, forgets) = (of_its_own(&places, 1), of_its_own(&places, 2));
        format!(
            "INSERT INTO throttle (bucket, failures, day, today, last_at, free_at) VALUES {} \
             ON CONFLICT (bucket) DO UPDATE SET \
             failures = CASE WHEN {forgets} = 0 AND throttle.failures > 0 THEN throttle.failures - 1 ELSE 0 END, \
             today = CASE WHEN throttle.day <= $1 AND throttle.today > 0 THEN throttle.today - 1 ELSE throttle.today END, \
             free_at = CASE WHEN {forgets} = 1 OR throttle.free_at = {free_at} THEN $1 ELSE throttle.free_at END",
            rows.join(", ")
        )
    };
    (1..=MOST_BUCKETS).map(worded).collect()
});

/// The second one, whose rows the first one has locked.
static FORGET_EMPTY: LazyLock<Vec<String>> = LazyLock::new(|| {
    let worded = |many: usize| {
        let names: Vec<_> = (1..=many).map(|place| format!("${place}")).collect();
        format!("DELETE FROM throttle WHERE bucket IN ({}) AND failures = 0 AND today = 0", names.join(", "))
    };
    (1..=MOST_BUCKETS).map(worded).collect()
});

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
