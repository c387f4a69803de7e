//! The two engines: schema, files, and the promises of each connection.

mod group;
mod together;

use std::os::unix::fs::PermissionsExt;

use futures_util::future::join_all;
use guichet::config::DatabaseSettings;
use guichet::database::{Database, Engine, OpenError};
use guichet::kit::random::Rng;
use guichet::kit::secrets::Secret;

use crate::on_both_engines;
use crate::support::App;
use crate::support::app::settings;
use crate::support::engines::empty_postgres_database;

on_both_engines! {
    async fn migrating_again_changes_nothing(app: App) {
        app.person("elefevre").await;
        let migrations = app.count("SELECT COUNT(*) FROM _sqlx_migrations").await;
        for _ in 0..2 {
            app.database.migrate().await.expect("nothing to do");
        }
        app.database.require_migrated().await.expect("it is");
        assert_eq!(app.count("SELECT COUNT(*) FROM _sqlx_migrations").await, migrations);
        assert_eq!(app.count("SELECT COUNT(*) FROM account").await, 1);
    }

    async fn a_schema_from_the_future_is_left_alone(app: App) {
        app.sql(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
             SELECT 9999, $1, success, checksum, execution_time FROM _sqlx_migrations WHERE version = 1",
            "of another time",
        )
        .await;
        for refused in [app.database.require_migrated().await, app.database.migrate().await] {
            let refused = refused.expect_err("too new");
            assert!(matches!(refused, OpenError::TooNew), "{refused}");
            assert!(refused.to_string().contains("newer version of guichet"));
        }
    }

    async fn a_transaction_without_commit_never_happened(app: App) {
        let account = app.person("elefevre").await;
        let mut transaction = app.database.write().await.unwrap();
        sqlx::query("UPDATE account SET disabled_at = 1").execute(&mut *transaction).await.unwrap();
        drop(transaction);
        let kept = app.accounts.by_id(&account.id).await.unwrap().unwrap();
        assert_eq!(kept.disabled_at, None);
    }

    async fn what_refers_to_nothing_is_refused(app: App) {
        let mut transaction = app.database.write().await.unwrap();
        let orphan = sqlx::query(
            "INSERT INTO password (account_id, hash, temporary, set_at) VALUES ('nobody', 'x', 0, 1)",
        )
        .execute(&mut *transaction)
        .await;
        assert!(orphan.is_err(), "a password of nobody was stored");
    }

    async fn many_writers_at_once_all_get_their_turn(app: App) {
        let writers = (0..40).map(|number| {
            let app = app.clone();
            async move {
                let mut transaction = app.database.write().await.expect("a turn");
                // Reads first, as flows do: a transaction that only then became a writer would fail.
                let _: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM signing_key")
                    .fetch_one(&mut *transaction)
                    .await
                    .unwrap();
                sqlx::query(
                    "INSERT INTO account (id, email_verified, claims, created_at, updated_at) \
                     VALUES ($1, 0, '{}', 1, 1)",
                )
                .bind(format!("account-{number}"))
                .execute(&mut *transaction)
                .await
                .unwrap();
                transaction.commit().await.unwrap();
            }
        });
        join_all(writers).await;
        assert_eq!(app.count("SELECT COUNT(*) FROM account").await, 40);
    }
}

/// A folder below the test's own, so that the product itself makes it.
fn new_folder(app: &App) -> std::path::PathBuf {
    app.settings.data_directory.join("made/by the product")
}

fn mode(path: &std::path::Path) -> u32 {
    std::fs::metadata(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).permissions().mode()
        & 0o777
}

#[tokio::test]
async fn a_sqlite_database_is_readable_by_its_owner_alone() {
    let app = crate::support::engines::sqlite().await;
    let folder = new_folder(&app);
    let settings = settings(&folder, None, &[]);
    let database = Database::open(&settings.database).await.expect("it opens");
    assert_eq!(database.engine(), Engine::Sqlite);
    for file in ["guichet.db", "guichet.db-wal", "guichet.db-shm"] {
        assert_eq!(mode(&folder.join(file)), 0o600, "{file}");
    }
    assert_eq!(mode(&folder), 0o700);
    database.close().await;
    // The key that opens all of it is made at the first start.
    let clock = guichet::kit::clock::Clock::system();
    guichet::server::Installation::assemble(&settings, clock, Rng::system())
        .await
        .map(drop)
        .expect("it starts");
    assert_eq!(mode(&folder.join("master.key")), 0o600);
}

#[tokio::test]
async fn every_sqlite_connection_keeps_the_promises() {
    let app = crate::support::engines::sqlite().await;
    let mut connections = Vec::new();
    for _ in 0..app.settings.database.max_connections {
        connections.push(app.database.read().await.expect("a reader"));
    }
    let mut writer = app.database.write().await.expect("the writer");
    let all = connections.iter_mut().map(|reader| &mut **reader).chain([&mut *writer]);
    for connection in all {
        let number = async |connection: &mut guichet::database::Connection, pragma: &'static str| {
            sqlx::query_scalar::<_, i64>(pragma).fetch_one(connection).await.unwrap()
        };
        assert_eq!(number(connection, "PRAGMA synchronous").await, 2, "FULL");
        assert_eq!(number(connection, "PRAGMA foreign_keys").await, 1);
        assert_eq!(number(connection, "PRAGMA busy_timeout").await, 5_000);
        let mode: String =
            sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut *connection).await.unwrap();
        assert_eq!(mode, "wal");
    }
}

#[tokio::test]
async fn first_openings_of_one_sqlite_file_do_not_trip_over_each_other() {
    let app = crate::support::engines::sqlite().await;
    let settings = settings(&new_folder(&app), None, &[]);
    let opened = join_all((0..4).map(|_| Database::open(&settings.database))).await;
    for database in opened {
        let database = database.unwrap_or_else(|error| panic!("{error}"));
        database.require_migrated().await.unwrap();
        database.close().await;
    }
}

#[tokio::test]
async fn an_empty_postgres_is_migrated_only_when_told() {
    let Some(url) = empty_postgres_database().await else { return };
    let settings = DatabaseSettings { url: Secret::new(&*url), max_connections: 2 };
    let database = Database::open(&settings).await.expect("it answers");
    assert_eq!(database.engine(), Engine::Postgres);
    let refused = database.require_migrated().await.expect_err("nothing is there");
    assert!(matches!(refused, OpenError::Unmigrated(missing) if missing > 0), "{refused}");
    assert!(refused.to_string().contains("guichet migrate"), "{refused}");

    // Two operators at once, or one impatient.
    let other = Database::open(&settings).await.expect("it answers");
    let (one, two) = tokio::join!(database.migrate(), other.migrate());
    one.expect("migrated");
    two.expect("migrated");
    database.require_migrated().await.expect("now it is");
}

#[tokio::test]
async fn a_postgres_that_is_not_there_is_told_within_seconds() {
    let url = Secret::new("postgres://guichet:a-password-not-to-be-shown@127.0.0.1:1/guichet");
    let refused =
        Database::open(&DatabaseSettings { url, max_connections: 2 }).await.expect_err("nobody answers");
    let said = refused.to_string();
    assert!(said.contains("cannot be reached") && said.contains("database.url"), "{said}");
    assert!(!said.contains("a-password"), "{said}");
}
