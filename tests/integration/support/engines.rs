//! The two engines, and a database of its own on each for every test.
//!
//! SQLite is always there. PostgreSQL is where `GUICHET_TEST_POSTGRES` points (`make test` starts one);
//! without it a run by hand tests SQLite alone and says so, and `make test` fails.

use std::io::Write;
use std::ops::Deref;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Mutex, Once, OnceLock, PoisonError, mpsc};
use std::time::Duration;

use guichet::config::DatabaseSettings;
use guichet::kit::secrets::Secret;
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor};
use tokio::sync::oneshot;

use super::app::{App, furnish};

/// Runs each test on both engines: `on_both_engines! { async fn a_fact(app: App) { … } }`.
///
/// With `with_mail` before the first test, the installations have a mail server each.
#[macro_export]
macro_rules! on_both_engines {
    (with_mail $($(#[$attribute:meta])* async fn $name:ident($app:ident: App) $body:block)+) => {
        $(mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn fact($app: $crate::support::App) $body

            $(#[$attribute])*
            #[tokio::test]
            async fn on_sqlite() {
                fact($crate::support::App::start_with_mail(None).await).await;
            }

            $(#[$attribute])*
            #[tokio::test]
            async fn on_postgres() {
                if let Some(database) = $crate::support::engines::new_postgres_database().await {
                    fact($crate::support::App::start_with_mail(Some(database.to_string())).await).await;
                }
            }
        })+
    };
    ($($(#[$attribute:meta])* async fn $name:ident($app:ident: App) $body:block)+) => {
        $(mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn fact($app: $crate::support::App) $body

            $(#[$attribute])*
            #[tokio::test]
            async fn on_sqlite() {
                fact($crate::support::engines::sqlite().await).await;
            }

            $(#[$attribute])*
            #[tokio::test]
            async fn on_postgres() {
                if let Some(database) = $crate::support::engines::new_postgres_database().await {
                    fact($crate::support::App::start(Some(database.to_string())).await).await;
                }
            }
        })+
    };
}

/// An installation on a SQLite file of its own.
pub async fn sqlite() -> App {
    App::start(None).await
}

/// A PostgreSQL database of one test, dropped when the test ends, however it ends.
pub struct PostgresDatabase {
    url: String,
    name: String,
}

impl Deref for PostgresDatabase {
    type Target = str;

    /// Its address.
    fn deref(&self) -> &str {
        &self.url
    }
}

/// How many databases tests hold.
static HELD: AtomicUsize = AtomicUsize::new(0);

impl Drop for PostgresDatabase {
    fn drop(&mut self) {
        let _ = keeper().send(Errand::Drop(std::mem::take(&mut self.name)));
        // The process ends when the last test does: whoever holds the last one waits for the keeper.
        if HELD.fetch_sub(1, Ordering::SeqCst) == 1 {
            let (done, all_done) = mpsc::channel();
            let _ = keeper().send(Errand::Tell(done));
            let _ = all_done.recv_timeout(Duration::from_mins(1));
        }
    }
}

/// What the keeper is asked for.
enum Errand {
    /// A new database of this name, furnished as every installation begins.
    Make(String, oneshot::Sender<()>),
    /// Dropping the database of this name, whoever is still connected to it.
    Drop(String),
    /// Telling that all before is done, and nothing is left.
    Tell(mpsc::Sender<()>),
}

/// The one who makes and drops databases, beside the tests: no test waits for a drop, and all copy one pattern.
fn keeper() -> mpsc::Sender<Errand> {
    static KEEPER: OnceLock<Mutex<mpsc::Sender<Errand>>> = OnceLock::new();
    let sender = KEEPER.get_or_init(|| {
        let (sender, errands) = mpsc::channel();
        std::thread::spawn(move || keep_databases(&errands));
        Mutex::new(sender)
    });
    sender.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

fn keep_databases(errands: &mpsc::Receiver<Errand>) {
    let server = std::env::var("GUICHET_TEST_POSTGRES").expect("databases were made there");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut connection =
            AnyConnection::connect(&server).await.expect("the PostgreSQL of the tests answers");
        let pattern = format!("t_{}_pattern", std::process::id());
        // As files it is copied in a third of the time; before PostgreSQL 15 there was no other way, nor a word for it.
        let version = sqlx::query_scalar("SELECT current_setting('server_version_num')");
        let version: String = version.fetch_one(&mut connection).await.expect("its version");
        let strategy = if version.as_str() < "150000" { "" } else { "STRATEGY FILE_COPY" };
        let mut has_pattern = false;
        while let Ok(errand) = errands.recv() {
            match errand {
                Errand::Make(name, made) => {
                    if !has_pattern {
                        execute(&mut connection, format!("CREATE DATABASE {pattern}")).await;
                        let url = Secret::new(&*address(&server, &pattern));
                        furnish(&DatabaseSettings { url, max_connections: 1 }).await;
                        has_pattern = true;
                    }
                    execute(&mut connection, format!("CREATE DATABASE {name} TEMPLATE {pattern} {strategy}"))
                        .await;
                    let _ = made.send(());
                }
                Errand::Drop(name) => drop_database(&mut connection, &name).await,
                Errand::Tell(done) => {
                    if has_pattern {
                        drop_database(&mut connection, &pattern).await;
                        has_pattern = false;
                    }
                    let _ = done.send(());
                }
            }
        }
    });
}

async fn execute(connection: &mut AnyConnection, statement: String) {
    connection.execute(AssertSqlSafe(statement)).await.expect("a new database");
}

async fn drop_database(connection: &mut AnyConnection, name: &str) {
    let statement = AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
    if let Err(error) = connection.execute(statement).await {
        let _ = writeln!(std::io::stderr(), "the database {name} is left: {error}");
    }
}

/// Where a database of the tests' server is.
fn address(server: &str, name: &str) -> String {
    let (address, _) = server.rsplit_once('/').expect("an address with a database");
    format!("{address}/{name}")
}

/// A new PostgreSQL database with the schema and the keys of every installation, where there is a server.
///
/// # Panics
/// Under `make test`, when there is no server.
pub async fn new_postgres_database() -> Option<PostgresDatabase> {
    let database = named(&server()?);
    let (made, is_made) = oneshot::channel();
    keeper().send(Errand::Make(database.name.clone(), made)).expect("the keeper is there");
    is_made.await.expect("a new database");
    Some(database)
}

/// A new PostgreSQL database with nothing in it, where there is a server.
///
/// # Panics
/// Under `make test`, when there is no server.
pub async fn empty_postgres_database() -> Option<PostgresDatabase> {
    let server = server()?;
    let database = named(&server);
    let mut connection = AnyConnection::connect(&server).await.expect("the PostgreSQL of the tests answers");
    execute(&mut connection, format!("CREATE DATABASE {}", database.name)).await;
    connection.close().await.expect("closed");
    Some(database)
}

/// The server of the tests.
fn server() -> Option<String> {
    let Ok(server) = std::env::var("GUICHET_TEST_POSTGRES") else {
        assert!(std::env::var("GUICHET_TEST_ALL").is_err(), "GUICHET_TEST_POSTGRES is not set");
        say_once();
        return None;
    };
    guichet::database::install_drivers();
    Some(server)
}

/// A database about to be made.
fn named(server: &str) -> PostgresDatabase {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let name = format!("t_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    HELD.fetch_add(1, Ordering::SeqCst);
    PostgresDatabase { url: address(server, &name), name }
}

/// The test harness swallows what a passing test prints, so this goes around it.
fn say_once() {
    static SAID: Once = Once::new();
    SAID.call_once(|| {
        let _ = writeln!(
            std::io::stderr(),
            "PostgreSQL is not tested: GUICHET_TEST_POSTGRES is not set (make test starts one)"
        );
    });
}
