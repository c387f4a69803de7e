//! `guichet audit verify` and `begin-anew`, beside a process that serves.

use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::Installation;

/// What is told of the events under no authority, once every one has its place.
fn sealed(installation: &Installation) -> Value {
    let begun = Instant::now();
    loop {
        let told = installation.run(&["audit", "verify", "--json"]);
        assert_eq!((told.code, told.err.as_str()), (Some(0), ""), "{told:?}");
        let report: Value = serde_json::from_str(told.out.lines().next().expect("a line")).expect("JSON");
        if report["waiting"] == 0 && report["fitting"].as_i64() > Some(0) {
            return report;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{report}");
        sleep(Duration::from_millis(200));
    }
}

#[test]
fn a_chain_is_verified_against_what_was_noted_and_found_when_it_was_cut() {
    let installation = Installation::new();
    installation.create_account("elefevre", "Correct-Horse-7");
    installation.create_account("jdurand", "Correct-Horse-7");
    let serving = installation.serve();
    let noted = sealed(&installation)["last"].as_str().expect("a place").to_owned();
    let same = installation.run(&["audit", "verify", "--authority", "", "--expect", &noted]);
    assert_eq!(same.code, Some(0), "{same:?}");
    assert!(same.out.contains("the expected place is there"), "{same:?}");
    let other = installation.run(&["audit", "verify", "--authority", "", "--expect", "1:elsewhere"]);
    assert_eq!(other.code, Some(1), "{other:?}");
    drop(serving);
    remove_first_event(&installation);
    let found = installation.run(&["audit", "verify"]);
    assert_eq!(found.code, Some(1), "{found:?}");
    assert!(found.err.contains("tampered with: no authority"), "{found:?}");
    assert!(found.out.contains("event 1 is missing"), "{found:?}");
    installation.run(&["audit", "begin-anew", "--authority", ""]).is_one_line_with(&["--yes"]);
    let begun = installation.run(&["audit", "begin-anew", "--authority", "", "--yes"]);
    assert_eq!(begun.code, Some(0), "{begun:?}");
    let _serving = installation.serve();
    assert!(sealed(&installation)["fitting"].as_i64() > Some(1));
}

fn remove_first_event(installation: &Installation) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let database = guichet::database::Database::open(&installation.settings().database).await.unwrap();
        let mut transaction = database.write().await.unwrap();
        sqlx::query("DELETE FROM audit_event WHERE seq = 1").execute(&mut *transaction).await.unwrap();
        transaction.commit().await.unwrap();
        database.close().await;
    });
}
