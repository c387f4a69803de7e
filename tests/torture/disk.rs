//! No room left under SQLite, for the database, and under the log.

use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::installation::{Installation, program};
use crate::ledger::workers;
use crate::length;
use crate::load::Load;
use crate::own_postgres::SmallDisk;
use crate::process::is_ok;

/// How the room for files is taken away and given back.
enum Room {
    /// A file system that is filled.
    Disk(SmallDisk),
    /// A limit on the size of files, for who may not mount one.
    Limit,
}

impl Room {
    fn take_away(&self, process: u32) {
        match self {
            Self::Disk(disk) => disk.fill(),
            Self::Limit => limit(process, "4096"),
        }
    }

    fn give_back(&self, process: u32) {
        match self {
            Self::Disk(disk) => disk.clear(),
            Self::Limit => limit(process, "unlimited"),
        }
    }
}

fn limit(process: u32, bytes: &str) {
    let limit = format!("--fsize={bytes}:unlimited");
    let set = Command::new("prlimit").args(["--pid", &process.to_string(), &limit]).status().unwrap();
    assert!(set.success());
}

#[test]
fn a_full_disk_acknowledges_nothing_and_passes() {
    let room = SmallDisk::mount(24).map_or(Room::Limit, Room::Disk);
    a_full_disk_passes(&room);
}

#[test]
fn a_limit_on_files_acknowledges_nothing_and_passes() {
    a_full_disk_passes(&Room::Limit);
}

fn a_full_disk_passes(room: &Room) {
    let mut installation = Installation::new();
    if let Room::Disk(disk) = room {
        installation = installation.with("DATA_DIRECTORY", &disk.path().join("data").display().to_string());
    }
    let port = installation.port;
    let mut workers = workers(&installation, 3);
    // Too large a file is an error of writing, and not the end of the process.
    let mut command = Command::new("env");
    command.arg("--ignore-signal=XFSZ").arg(program());
    installation.arm(&mut command, &["serve"]);
    let mut node = installation.start_by(command, port);
    node.wait_until("answering", crate::installation::START, || is_ok(port, "/health"));
    let rounds = if length::minutes().is_some() { 5 } else { 1 };
    for _ in 0..rounds {
        let load = Load::begin(workers, &[port]);
        sleep(Duration::from_millis(500));
        room.take_away(node.id());
        let full = Instant::now();
        sleep(Duration::from_secs(2));
        assert!(is_ok(port, "/jwks"), "what needs no room is answered");
        assert!(node.end().is_none(), "{}", node.said());
        let (_, broken) = load.timeline.counts();
        room.give_back(node.id());
        let over = Instant::now();
        while load.timeline.well_since(over) < 3 && over.elapsed() < Duration::from_secs(30) {
            sleep(Duration::from_millis(50));
        }
        let well = load.timeline.well_since(over);
        let after = load.timeline.trouble_after(over);
        workers = load.end();
        assert!(broken > 0, "the room was not taken away");
        assert!(well > 0, "nothing works after the room was given back:\n{}", node.said());
        for worker in &mut workers {
            worker.audit(port).expect("answers, now that there is room");
        }
        println!(
            "torture: no room for files during {:.1?}: {broken} turns broken off, errors for {after:.2?} after",
            over.duration_since(full)
        );
    }
    // Killed while there is no room, and started there.
    room.take_away(node.id());
    drop(node);
    if let Room::Disk(_) = room {
        let mut starting = installation.start(port);
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(3) && starting.end().is_none() {
            sleep(Duration::from_millis(50));
        }
        if let Some(status) = starting.end() {
            assert_eq!(status.code(), Some(1), "{}", starting.said());
        }
    }
    if let Room::Disk(disk) = room {
        disk.clear();
    }
    let (_node, _) = installation.serve(port);
    for worker in &mut workers {
        worker.take_a_turn(|| port).expect("answers");
        worker.audit(port).expect("answers");
    }
}
