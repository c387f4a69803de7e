//! Transactions that share a commit on the embedded engine: each is still whole, and none lies.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use futures_util::future::join_all;
use guichet::database::Transaction;

use crate::on_both_engines;
use crate::support::App;

async fn note(transaction: &mut Transaction, name: &str) -> sqlx::Result<()> {
    sqlx::query("INSERT INTO taken_identifier (mark) VALUES ($1)")
        .bind(name)
        .execute(&mut **transaction)
        .await
        .map(drop)
}

async fn count(app: &App) -> i64 {
    app.count("SELECT COUNT(*) FROM taken_identifier").await
}

on_both_engines! {
    async fn what_is_acknowledged_is_there_and_what_is_dropped_is_not(app: App) {
        let before = count(&app).await;
        let writers = (0..120).map(|number| {
            let app = app.clone();
            async move {
                let mut transaction = app.database.write().await.expect("a turn");
                note(&mut transaction, &format!("mark-{number}")).await.unwrap();
                match number % 3 {
                    // Left without a word, taken back, made last.
                    0 => drop(transaction),
                    1 => transaction.rollback().await.unwrap(),
                    _ => {
                        transaction.commit().await.unwrap();
                        let seen: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM taken_identifier WHERE mark = $1")
                            .bind(format!("mark-{number}"))
                            .fetch_one(&mut *app.database.read().await.unwrap())
                            .await
                            .unwrap();
                        assert_eq!(seen, 1, "acknowledged and not seen by a reader");
                    }
                }
            }
        });
        join_all(writers).await;
        assert_eq!(count(&app).await - before, 40);
    }

    async fn a_turn_cut_off_in_the_middle_holds_nobody_up(app: App) {
        let before = count(&app).await;
        for polls in 1..40 {
            // Dropped after so many polls: while waiting, between statements, while committing.
            let mut work = Box::pin(async {
                let mut transaction = app.database.write().await.unwrap();
                note(&mut transaction, &format!("cut-{polls}")).await.unwrap();
                transaction.commit().await.unwrap();
            });
            let mut left = polls;
            poll_fn(|context| {
                left -= 1;
                match work.as_mut().poll(context) {
                    Poll::Pending if left > 0 => Poll::Pending,
                    _ => Poll::Ready(()),
                }
            })
            .await;
            drop(work);
        }
        let mut last = pin!(app.database.write());
        let mut transaction = last.as_mut().await.expect("the writer is free");
        note(&mut transaction, "last").await.unwrap();
        transaction.commit().await.unwrap();
        assert!(count(&app).await > before);
    }

    async fn a_statement_that_fails_takes_its_own_turn_only(app: App) {
        let before = count(&app).await;
        let writers = (0..30).map(|number| {
            let app = app.clone();
            async move {
                let mut transaction = app.database.write().await.unwrap();
                note(&mut transaction, &format!("mark-{number}")).await.unwrap();
                if number % 2 == 0 {
                    note(&mut transaction, &format!("mark-{number}")).await.expect_err("it is there already");
                    return false;
                }
                transaction.commit().await.is_ok()
            }
        });
        let kept = join_all(writers).await.into_iter().filter(|kept| *kept).count();
        assert_eq!(kept, 15);
        assert_eq!(count(&app).await - before, 15);
    }
}

#[tokio::test]
async fn a_last_turn_that_is_dropped_lets_other_processes_write() {
    let app = crate::support::engines::sqlite().await;
    let other = app.another_node().await;
    let mut transaction = app.database.write().await.unwrap();
    note(&mut transaction, "dropped").await.unwrap();
    drop(transaction);
    // Nobody comes for the next turn here: the lock of the file goes all the same.
    let mut transaction = other.database.write().await.expect("the file is free");
    note(&mut transaction, "other").await.unwrap();
    transaction.commit().await.unwrap();
}

#[tokio::test]
async fn when_the_disk_is_full_nobody_is_told_that_it_went_well() {
    let app = crate::support::engines::sqlite().await;
    let pages = app.count("PRAGMA page_count").await;
    let mut transaction = app.database.write().await.unwrap();
    let limit = format!("PRAGMA max_page_count = {}", pages + 20);
    sqlx::query(sqlx::AssertSqlSafe(limit)).execute(&mut *transaction).await.unwrap();
    drop(transaction);
    let before = count(&app).await;
    let writers = (0..60).map(|number| {
        let app = app.clone();
        async move {
            let mut transaction = app.database.write().await.ok()?;
            // Some are small and done before the disk is full, and share its fate all the same.
            let size = if number % 5 == 4 { 30_000 } else { 10 };
            note(&mut transaction, &format!("{number}-{}", "x".repeat(size))).await.ok()?;
            transaction.commit().await.ok()
        }
    });
    let told = join_all(writers).await.into_iter().flatten().count();
    assert!(told < 60, "the disk was never full");
    assert_eq!(count(&app).await - before, i64::try_from(told).unwrap(), "told and there are not the same");

    let mut transaction = app.database.write().await.expect("it goes on");
    sqlx::query("PRAGMA max_page_count = 1000000").execute(&mut *transaction).await.unwrap();
    note(&mut transaction, "room again").await.unwrap();
    transaction.commit().await.unwrap();
}
