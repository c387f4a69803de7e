//! The two engines, and a database of its own on each for every test.
//!
//! SQLite is always there. PostgreSQL is where `GUICHET_TEST_POSTGRES` points (`make test` starts one);
//! without it a run by hand tests SQLite alone and says so, and `make test` fails.

use std::io::Write;
use std::ops::Deref;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Mutex, Once, OnceLock, PoisonError, mpsc};
use std::time::Duration;

use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor};

use super::app::App;

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
        let _ = dropper().send(Errand::Drop(std::mem::take(&mut self.name)));
        // The process ends when the last test does: whoever holds the last one waits for the dropper.
        if HELD.fetch_sub(1, Ordering::SeqCst) == 1 {
            let (done, all_done) = mpsc::channel();
            let _ = dropper().send(Errand::Tell(done));
            let _ = all_done.recv_timeout(Duration::from_mins(1));
        }
    }
}

/// What the dropper is asked for.
enum Errand {
    /// Dropping the database of this name, whoever is still connected to it.
    Drop(String),
    /// Telling that all before is done.
    Tell(mpsc::Sender<()>),
}

/// The one who drops databases, beside the tests, so that no test waits for it.
fn dropper() -> mpsc::Sender<Errand> {
    static DROPPER: OnceLock<Mutex<mpsc::Sender<Errand>>> = OnceLock::new();
    let sender = DROPPER.get_or_init(|| {
        let (sender, errands) = mpsc::channel();
        std::thread::spawn(move || drop_databases(&errands));
        Mutex::new(sender)
    });
    sender.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

fn drop_databases(errands: &mpsc::Receiver<Errand>) {
    let server = std::env::var("GUICHET_TEST_POSTGRES").expect("databases were made there");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut connection =
            AnyConnection::connect(&server).await.expect("the PostgreSQL of the tests answers");
        while let Ok(errand) = errands.recv() {
            match errand {
                Errand::Drop(name) => {
                    let statement = AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
                    if let Err(error) = connection.execute(statement).await {
                        let _ = writeln!(std::io::stderr(), "the database {name} is left: {error}");
                    }
                }
                Errand::Tell(done) => {
                    let _ = done.send(());
                }
            }
        }
    });
}

/// A new, empty PostgreSQL database, where there is a server.
///
/// # Panics
/// Under `make test`, when there is no server.
pub async fn new_postgres_database() -> Option<PostgresDatabase> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let Ok(server) = std::env::var("GUICHET_TEST_POSTGRES") else {
        assert!(std::env::var("GUICHET_TEST_ALL").is_err(), "GUICHET_TEST_POSTGRES is not set");
        say_once();
        return None;
    };
    let name = format!("t_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    guichet::database::install_drivers();
    let mut connection = AnyConnection::connect(&server).await.expect("the PostgreSQL of the tests answers");
    connection.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.expect("a new database");
    HELD.fetch_add(1, Ordering::SeqCst);
    let (address, _) = server.rsplit_once('/').expect("an address with a database");
    let database = PostgresDatabase { url: format!("{address}/{name}"), name };
    connection.close().await.expect("closed");
    Some(database)
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
