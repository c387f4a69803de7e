//! The two engines, and a database of its own on each for every test.
//!
//! SQLite is always there. PostgreSQL is where `GUICHET_TEST_POSTGRES` points (`make test` starts one);
//! without it a run by hand tests SQLite alone and says so, and `make test` fails.

use std::io::Write;
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AssertSqlSafe, Connection, Executor};

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
                    fact($crate::support::App::start_with_mail(Some(database)).await).await;
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
                if let Some(app) = $crate::support::engines::postgres().await {
                    fact(app).await;
                }
            }
        })+
    };
}

/// An installation on a SQLite file of its own.
pub async fn sqlite() -> App {
    App::start(None).await
}

/// An installation on a PostgreSQL database of its own, where there is a server.
pub async fn postgres() -> Option<App> {
    Some(App::start(Some(new_postgres_database().await?)).await)
}

/// The address of a new, empty PostgreSQL database.
///
/// # Panics
/// Under `make test`, when there is no server.
pub async fn new_postgres_database() -> Option<String> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let Ok(server) = std::env::var("GUICHET_TEST_POSTGRES") else {
        assert!(std::env::var("GUICHET_TEST_ALL").is_err(), "GUICHET_TEST_POSTGRES is not set");
        say_once();
        return None;
    };
    let name = format!("t_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    sqlx::any::install_default_drivers();
    let mut connection =
        sqlx::AnyConnection::connect(&server).await.expect("the PostgreSQL of the tests answers");
    connection.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.expect("a new database");
    connection.close().await.expect("closed");
    let (address, _) = server.rsplit_once('/').expect("an address with a database");
    Some(format!("{address}/{name}"))
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
