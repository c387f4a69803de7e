//! What keeps a command from its work: one line that says what to do, and nothing stored is lost.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use guichet::kit::random::Rng;

use super::Installation;
use super::wire::exchange;
use crate::process::PATIENCE;
use crate::support::engines::empty_postgres_database;

/// The published keys, once all are made.
fn keys_of(installation: &Installation) -> String {
    let began = Instant::now();
    loop {
        let published = exchange(installation.port, "GET", "/jwks", &[], "").body;
        if published.matches("\"kid\"").count() == 4 {
            return published;
        }
        assert!(began.elapsed() < Duration::from_mins(1), "{published}");
        std::thread::sleep(PATIENCE);
    }
}

#[test]
fn a_taken_port_is_told_before_anything_is_touched() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let installation = Installation::behind(port);
    let outcome = installation.run(&["serve"]);
    outcome.is_one_line_with(&[&format!("127.0.0.1:{port}"), "server.listen"]);
    assert!(!installation.scratch.path().join("data").exists());
}

#[test]
fn an_address_of_another_machine_is_told() {
    let installation = Installation::new().with("SERVER__LISTEN", "192.0.2.1:8080");
    installation.run(&["serve"]).is_one_line_with(&["192.0.2.1:8080", "server.listen"]);
}

#[test]
fn a_data_directory_that_cannot_be_written_is_told() {
    let installation = Installation::new();
    let file = installation.scratch.path().join("file");
    std::fs::write(&file, "a regular file").unwrap();
    let installation = installation.with("DATA_DIRECTORY", &file.join("data").display().to_string());
    for words in [&["serve"][..], &["migrate"], &["account", "create", "--identifier", "x", "--temporary"]] {
        let place = file.join("data").display().to_string();
        installation.run(words).is_one_line_with(&[&place, "check", "own"]);
    }
    assert_eq!(std::fs::read_to_string(file).unwrap(), "a regular file");
}

#[test]
fn a_database_file_that_is_something_else_is_told_and_kept() {
    let installation = Installation::new();
    let data = installation.scratch.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let precious = "not a database, but somebody's only copy of something. ".repeat(100);
    std::fs::write(data.join("guichet.db"), &precious).unwrap();
    for words in [&["serve"][..], &["migrate"]] {
        installation.run(words).is_one_line_with(&["database"]);
    }
    assert_eq!(std::fs::read_to_string(data.join("guichet.db")).unwrap(), precious);
}

#[test]
fn a_wrong_master_key_is_told_and_the_right_one_still_opens_everything() {
    let installation = Installation::new();
    let serving = installation.serve();
    let before = keys_of(&installation);
    drop(serving);
    let installation = installation.with("KEYS__MASTER_KEY", &Rng::system().token());
    installation.run(&["serve"]).is_one_line_with(&["not the master key", "keys.master_key"]);

    let key = std::fs::read_to_string(installation.scratch.path().join("data/master.key")).unwrap();
    let installation = installation.with("KEYS__MASTER_KEY", key.trim());
    let _serving = installation.serve();
    assert_eq!(keys_of(&installation), before);
}

#[test]
fn a_lost_master_key_file_is_told_too() {
    let installation = Installation::new();
    drop(installation.serve());
    let file = installation.scratch.path().join("data/master.key");
    let key = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    installation.run(&["serve"]).is_one_line_with(&["not the master key"]);
    std::fs::write(&file, "rubbish").unwrap();
    installation.run(&["serve"]).is_one_line_with(&["master key", "43 characters"]);
    std::fs::write(&file, key).unwrap();
    drop(installation.serve());
}

#[test]
fn a_postgres_that_nobody_answers_for_is_told() {
    let url = "postgres://guichet:a-password-not-to-be-shown@127.0.0.1:1/guichet";
    let installation = Installation::new().with("DATABASE__URL", url);
    let words = [&["serve"][..], &["migrate"], &["account", "create", "--identifier", "x", "--temporary"]];
    std::thread::scope(|scope| {
        for words in words {
            let installation = &installation;
            scope.spawn(move || {
                let outcome = installation.run(words);
                outcome.is_one_line_with(&["cannot be reached", "database.url"]);
                assert!(!outcome.err.contains("a-password"), "{outcome:?}");
            });
        }
    });
}

#[tokio::test]
async fn a_postgres_that_refuses_the_password_is_told_without_it() {
    let Some(url) = empty_postgres_database().await else { return };
    let mut url = url::Url::parse(&url).unwrap();
    url.set_password(Some("a-wrong-password")).unwrap();
    let outcome = Installation::new().with("DATABASE__URL", url.as_str()).run(&["serve"]);
    outcome.is_one_line_with(&["cannot be reached", "database.url"]);
    assert!(!outcome.err.contains("a-wrong-password"), "{outcome:?}");
}

#[tokio::test]
async fn a_postgres_without_its_schema_is_told_and_one_command_mends_it() {
    let Some(url) = empty_postgres_database().await else { return };
    let installation = Installation::new().with("DATABASE__URL", &url);
    for words in [&["serve"][..], &["account", "create", "--identifier", "x", "--temporary"]] {
        installation.run(words).is_one_line_with(&["guichet migrate"]);
    }
    for _ in 0..2 {
        let migrated = installation.run(&["migrate"]);
        assert_eq!((migrated.code, migrated.err.as_str()), (Some(0), ""), "{migrated:?}");
        assert_eq!(migrated.out, "the database is up to date\n");
    }
    installation.create_account("elefevre", "Correct-Horse-7");
    let _serving = installation.serve();
    installation.visitor().sign_in("elefevre", "Correct-Horse-7");
}
