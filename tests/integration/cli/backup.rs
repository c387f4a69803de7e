//! `guichet backup` and `guichet restore`, beside processes that serve.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::thread;

use super::Installation;
use super::wire::{Visitor, redeem, refresh, userinfo};

const SECRET: &str = "Correct-Horse-7";

fn backup(installation: &Installation, name: &str) -> PathBuf {
    let file = installation.scratch.path().join(name);
    let told = installation.run(&["backup", file.to_str().unwrap()]);
    assert_eq!((told.code, told.err.as_str()), (Some(0), ""), "{told:?}");
    assert!(told.out.contains("read again and sound"), "{told:?}");
    file
}

#[test]
fn a_copy_made_while_people_sign_in_is_restored_elsewhere() {
    let installation = Installation::new();
    let serving = installation.serve();
    installation.create_account("elefevre", SECRET);
    let port = installation.port;
    let busy = thread::spawn(move || {
        for _ in 0..4 {
            assert!(!Visitor::new(port).sign_in("elefevre", SECRET).is_empty());
        }
    });
    let file = backup(&installation, "copy.db");
    busy.join().unwrap();
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let left: Vec<_> = fs::read_dir(installation.scratch.path()).unwrap().flatten().collect();
    assert!(left.iter().all(|entry| !entry.file_name().to_string_lossy().contains("unfinished")), "{left:?}");

    let elsewhere = Installation::behind(port);
    let without = elsewhere.run(&["restore", file.to_str().unwrap()]);
    without.is_one_line_with(&["put the master key", "master.key"]);
    let data = elsewhere.scratch.path().join("data");
    fs::create_dir_all(&data).unwrap();
    fs::copy(installation.scratch.path().join("data/master.key"), data.join("master.key")).unwrap();
    let restored = elsewhere.run(&["restore", file.to_str().unwrap()]);
    assert_eq!((restored.code, restored.err.as_str()), (Some(0), ""), "{restored:?}");
    drop(serving);
    let _serving = elsewhere.serve();
    assert!(!elsewhere.visitor().sign_in("elefevre", SECRET).is_empty());
}

#[test]
fn what_was_ended_since_the_copy_does_not_come_back() {
    let installation = Installation::new();
    let serving = installation.serve();
    installation.create_account("elefevre", SECRET);
    let port = installation.port;
    let mut visitor = installation.visitor();
    let tokens = redeem(port, &visitor.sign_in("elefevre", SECRET)).json();
    let file = backup(&installation, "copy.db");
    // Used after the copy: in the copy, it was not.
    assert_eq!(refresh(port, tokens["refresh_token"].as_str().unwrap()).status, 200);
    drop(serving);
    let told = installation.run(&["restore", "--replace", file.to_str().unwrap()]);
    assert_eq!((told.code, told.err.as_str()), (Some(0), ""), "{told:?}");
    assert!(told.out.contains("everybody signs in again"), "{told:?}");
    assert!(installation.scratch.path().join("data/guichet.db.replaced").exists());
    let serving = installation.serve();
    assert!(!visitor.is_signed_in());
    assert_eq!(refresh(port, tokens["refresh_token"].as_str().unwrap()).status, 400);
    assert_eq!(userinfo(port, tokens["access_token"].as_str().unwrap()).status, 401);
    drop(serving);

    let kept = installation.run(&["restore", "--replace", "--keep-accesses", file.to_str().unwrap()]);
    assert_eq!((kept.code, kept.err.as_str()), (Some(0), ""), "{kept:?}");
    let _serving = installation.serve();
    assert!(visitor.is_signed_in());
}

#[test]
fn nothing_is_overwritten_and_nothing_unsound_is_put_back() {
    let installation = Installation::new();
    // With keys, which are made at the first start.
    drop(installation.serve());
    installation.create_account("elefevre", SECRET);
    let file = backup(&installation, "copy.db");
    let path = file.to_str().unwrap();
    installation.run(&["backup", path]).is_one_line_with(&["is there already"]);
    installation.run(&["restore", path]).is_one_line_with(&["--replace"]);

    let other = installation.scratch.path().join("other.db");
    fs::write(&other, "not a database, but long enough to look like a file that somebody keeps").unwrap();
    let replace = |file: &PathBuf| installation.run(&["restore", "--replace", file.to_str().unwrap()]);
    replace(&other).is_one_line_with(&["no sound copy"]);
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes.truncate(middle);
    fs::write(&other, &bytes).unwrap();
    replace(&other).is_one_line_with(&["no sound copy"]);

    let serving = installation.serve();
    replace(&file).is_one_line_with(&["in use", "stop guichet"]);
    assert!(!installation.visitor().sign_in("elefevre", SECRET).is_empty(), "it serves on");
    drop(serving);

    let stranger = Installation::new();
    stranger.create_account("somebody", SECRET);
    let told = stranger.run(&["restore", "--replace", path]);
    told.is_one_line_with(&["the master key does not open this copy"]);
    let still = stranger.run(&["account", "show", "somebody"]);
    assert_eq!(still.code, Some(0), "nothing was replaced: {still:?}");
}

#[test]
fn postgres_has_tools_of_its_own() {
    let installation = Installation::new().with("DATABASE__URL", "postgres://nobody@127.0.0.1:1/nothing");
    installation.run(&["backup", "/nonexistent/copy"]).is_one_line_with(&["pg_dump"]);
}
