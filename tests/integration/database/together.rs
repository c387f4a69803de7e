//! Questions and changes that are put to the database together: each gets its own answer, of after it was asked.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::{BoxFuture, join_all};
use guichet::database::{Connection, Database, Statement, Together};
use sqlx::Row;

use crate::on_both_engines;

/// A question that breaks the statement in which it is put.
const FAULT: &str = "break";
/// A question whose answer is not what the reader of it takes.
const UNREADABLE: &str = "unreadable";
/// A question at which whoever puts it breaks off.
const PANIC: &str = "panic";
/// A question to which no answer comes.
const SILENCE: &str = "silence";

static NAMES: LazyLock<Statement> = LazyLock::new(|| {
    let select = "SELECT asked.place, account.family_name FROM asked CROSS JOIN account WHERE account.identifier = asked.who";
    Statement::new(&["who"], select)
});

fn put<'c>(
    connection: &'c mut Connection,
    asked: &'c [String],
) -> BoxFuture<'c, sqlx::Result<Vec<Option<String>>>> {
    Box::pin(async move {
        assert!(!asked.iter().any(|who| who == PANIC), "as it was asked to");
        if asked.iter().any(|who| who == SILENCE) {
            std::future::pending::<()>().await;
        }
        if asked.iter().any(|who| who == FAULT) {
            sqlx::query("SELECT nothing FROM nowhere").execute(&mut *connection).await?;
        }
        if asked.iter().any(|who| who == UNREADABLE) {
            return Err(sqlx::Error::Decode("as it was asked to".into()));
        }
        let asked = asked.iter().map(|who| [who.as_str()]);
        NAMES.put(connection, asked, |row| row.try_get("family_name")).await
    })
}

/// The same, but never at once.
fn slowly<'c>(
    connection: &'c mut Connection,
    asked: &'c [String],
) -> BoxFuture<'c, sqlx::Result<Vec<Option<String>>>> {
    Box::pin(async move {
        tokio::task::yield_now().await;
        put(connection, asked).await
    })
}

fn names(database: &Database) -> Together<String, Option<String>> {
    Together::reading(database.clone(), put)
}

static MARKS: LazyLock<Statement> = LazyLock::new(|| {
    let insert =
        "INSERT INTO taken_identifier (mark) SELECT asked.mark FROM asked WHERE asked.mark IS NOT NULL";
    Statement::new(&["mark"], insert)
});

/// How many statements [`mark`] put.
static MARKED: AtomicUsize = AtomicUsize::new(0);

fn mark<'c>(connection: &'c mut Connection, marks: &'c [String]) -> BoxFuture<'c, sqlx::Result<Vec<()>>> {
    Box::pin(async move {
        MARKED.fetch_add(1, Ordering::SeqCst);
        MARKS.rows(connection, marks.iter().map(|mark| [mark.as_str()])).await?;
        Ok(vec![(); marks.len()])
    })
}

/// How many statements [`counted`] put, and the most questions of one.
static PUT: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

fn counted<'c>(
    connection: &'c mut Connection,
    asked: &'c [String],
) -> BoxFuture<'c, sqlx::Result<Vec<Option<String>>>> {
    PUT.fetch_add(1, Ordering::SeqCst);
    MOST.fetch_max(asked.len(), Ordering::SeqCst);
    put(connection, asked)
}

/// Waits for something until it was asked so many times for its outcome, and gives it up.
async fn give_up_after<T>(polls: u32, waited_for: impl Future<Output = T>) {
    let mut waited_for = Box::pin(waited_for);
    for _ in 0..polls {
        if futures_util::poll!(&mut waited_for).is_ready() {
            return;
        }
        tokio::time::sleep(Duration::from_micros(200)).await;
    }
}

on_both_engines! {
    async fn in_a_crowd_each_gets_their_own_answer(app: App) {
        for number in 0..5 {
            let account = app.person(&format!("person{number}")).await;
            app.sql("UPDATE account SET family_name = 'Name ' || identifier WHERE id = $1", account.id.as_str()).await;
        }
        let (before, names) = (PUT.load(Ordering::SeqCst), Together::reading(app.database.clone(), counted));
        let asked = (0..200).map(|number| {
            let (names, who) = (&names, format!("person{}", number % 7));
            async move { (number % 7, names.ask(who).await.expect("an answer")) }
        });
        for (number, answer) in join_all(asked).await {
            let expected = (number < 5).then(|| format!("Name person{number}"));
            assert_eq!(answer, expected, "person{number}");
        }
        assert!(PUT.load(Ordering::SeqCst) - before < 200, "each had a statement of its own");
        assert!((2..=32).contains(&MOST.load(Ordering::SeqCst)), "{MOST:?}");
    }

    async fn what_is_told_was_read_after_it_was_asked(app: App) {
        app.person("elefevre").await;
        let names = std::sync::Arc::new(names(&app.database));
        let others: Vec<_> = (0..8)
            .map(|_| {
                let names = std::sync::Arc::clone(&names);
                tokio::spawn(async move {
                    loop {
                        names.ask("elefevre".to_owned()).await.expect("an answer");
                    }
                })
            })
            .collect();
        for turn in 0..60 {
            let name = format!("Name {turn}");
            app.sql("UPDATE account SET family_name = $1", &name).await;
            assert_eq!(names.ask("elefevre".to_owned()).await.expect("an answer"), Some(name));
        }
        others.iter().for_each(tokio::task::JoinHandle::abort);
    }

    async fn who_leaves_keeps_nobody_waiting(app: App) {
        app.person("elefevre").await;
        let names = Together::reading(app.database.clone(), slowly);
        for _ in 0..20 {
            let mut leaving = Box::pin(names.ask("elefevre".to_owned()));
            // Asked, and given up before there can be an answer.
            assert!(futures_util::poll!(&mut leaving).is_pending());
            drop(leaving);
            assert!(names.ask("elefevre".to_owned()).await.expect("an answer").is_some());
        }
    }

    async fn a_fault_is_told_to_who_asked_and_to_nobody_after(app: App) {
        app.person("elefevre").await;
        let names = names(&app.database);
        for fault in [FAULT, PANIC, SILENCE] {
            let faults = join_all((0..3).map(|_| names.ask(fault.to_owned()))).await;
            assert!(faults.iter().all(Result::is_err), "{fault}");
            assert!(names.ask("elefevre".to_owned()).await.expect("an answer").is_some(), "after {fault}");
        }
    }

    async fn an_answer_that_cannot_be_read_is_the_fault_of_nobody_else(app: App) {
        app.person("elefevre").await;
        let names = names(&app.database);
        for fault in [FAULT, UNREADABLE] {
            let asked: Vec<_> = (0..20).map(|number| if number % 5 == 3 { fault } else { "elefevre" }).collect();
            let told = join_all(asked.iter().map(|who| names.ask((*who).to_owned()))).await;
            for (who, told) in asked.iter().zip(told) {
                assert_eq!(told.is_err(), *who == fault, "{who}: {told:?}");
            }
        }
    }

    async fn changes_of_a_crowd_happen_once_each_and_are_there_when_they_are_told_of(app: App) {
        let (before, marks) = (MARKED.load(Ordering::SeqCst), Together::changing(app.database.clone(), mark));
        let marking = (0..200).map(|number| {
            let (app, marks) = (&app, &marks);
            async move {
                let name = format!("mark-{number}");
                marks.ask(name.clone()).await.expect("made");
                let seen: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM taken_identifier WHERE mark = $1")
                    .bind(name)
                    .fetch_one(&mut *app.database.read().await.unwrap())
                    .await
                    .unwrap();
                assert_eq!(seen, 1, "told of and not there");
            }
        });
        join_all(marking).await;
        assert_eq!(app.count("SELECT COUNT(*) FROM taken_identifier WHERE mark LIKE 'mark-%'").await, 200);
        assert!(MARKED.load(Ordering::SeqCst) - before < 200, "each had a statement of its own");
    }

    async fn what_changes_after_transactions_were_given_up_has_happened(app: App) {
        let (other, connections) = (app.another_node().await, app.settings.database.max_connections);
        let (marks, mut made) = (Together::changing(app.database.clone(), mark), 0);
        for polls in 1..4 {
            // Whoever waits for a transaction to begin may leave at any moment, and its connection goes to others.
            for _ in 0..connections {
                give_up_after(polls, app.database.write()).await;
                give_up_after(polls, app.database.snapshot()).await;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
            for number in 0..connections {
                marks.ask(format!("later-{polls}-{number}")).await.expect("made");
                made += 1;
                let seen = "SELECT COUNT(*) FROM taken_identifier WHERE mark LIKE 'later-%'";
                assert_eq!(other.count(seen).await, made, "told of, and not there");
            }
            app.database.snapshot().await.expect("a snapshot").rollback().await.expect("its end");
        }
    }

    async fn the_fault_of_one_change_is_nobody_elses(app: App) {
        let marks = Together::changing(app.database.clone(), mark);
        marks.ask("there".to_owned()).await.expect("made");
        let names: Vec<_> = (0..40).map(|number| if number % 8 == 3 { "there".to_owned() } else { format!("new-{number}") }).collect();
        let told = join_all(names.iter().map(|name| marks.ask(name.clone()))).await;
        for (name, told) in names.iter().zip(told) {
            match told {
                Ok(()) => assert_ne!(name, "there"),
                Err(error) => {
                    assert_eq!(name, "there", "{error}");
                    let cause = error.as_database_error().expect("the database's own error");
                    assert!(cause.is_unique_violation(), "{error}");
                }
            }
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM taken_identifier WHERE mark LIKE 'new-%'").await, 35);
    }
}
