//! `kill -9` at any moment: under load, while it starts, while it makes its tables.

use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, Instant};

use guichet::kit::random::Rng;

use crate::installation::Installation;
use crate::ledger::{LastWords, Letter, Worker, workers};
use crate::length;
use crate::load::Load;
use crate::own_postgres::empty_database;
use crate::process::Process;

/// A moment of so many milliseconds at the most.
fn moment(most: u64) -> Duration {
    Duration::from_micros(u64::from_le_bytes(Rng::system().bytes::<8>()) % (most * 1_000))
}

fn audit(workers: &mut [Worker], letters: &[Letter], known: u16, node: &Process, port: u16) {
    let _last_words = LastWords(node);
    for worker in workers {
        worker.audit(port).expect("answers, now that nothing happens");
    }
    for letter in letters {
        letter.audit(known, port).expect("answers, now that nothing happens");
    }
}

/// Somebody makes accounts by the command line meanwhile.
struct Clerk {
    command: Child,
    person: String,
}

impl Clerk {
    fn begin(installation: &Installation, number: usize) -> Self {
        let person = format!("newcomer{number}");
        let words = ["account", "create", "--identifier", &person, "--temporary", "--json"];
        Self { command: installation.begin(&words, ""), person }
    }

    /// The letter, if the command said that it was made before it was killed.
    fn end(mut self, kill: bool) -> Option<Letter> {
        if kill {
            self.command.kill().unwrap();
        }
        let output = self.command.wait_with_output().unwrap();
        // The last of the line is its end: half a line is no answer.
        let said = String::from_utf8(output.stdout).ok().filter(|said| said.ends_with('\n'))?;
        let said: serde_json::Value = serde_json::from_str(&said).ok()?;
        Some(Letter { person: self.person, printed: said["temporary_password"].as_str()?.to_owned() })
    }
}

/// What a loop did, for the report.
#[derive(Default)]
struct Tally {
    kills: usize,
    kills_at_start: usize,
    turns: usize,
    starts: Vec<Duration>,
}

impl Tally {
    fn tell(&mut self, what: &str, workers: &[Worker], letters: usize, usual: Duration) {
        self.starts.sort();
        let most = self.starts.last().copied().unwrap_or_default();
        let middle = self.starts.get(self.starts.len() / 2).copied().unwrap_or_default();
        let kept = workers.iter().map(|worker| worker.kept).sum::<usize>() + letters;
        println!(
            "torture: {what}: {} kills under load and {} at the start, {} whole turns, {kept} promises read back and kept; \
             ready again after {middle:.2?}, {most:.2?} at the most",
            self.kills, self.kills_at_start, self.turns
        );
        let limit =
            if length::is_strict() { Duration::from_secs(2) } else { usual * 40 + Duration::from_secs(10) };
        assert!(most < limit, "{most:?} to be ready, {usual:?} usually");
    }
}

#[test]
fn nothing_acknowledged_is_lost_on_sqlite() {
    let installation = Installation::new();
    let port = installation.port;
    let mut workers = workers(&installation, 3);
    // The keys are made at the first start.
    drop(installation.serve(port));
    let (mut node, usual) = installation.serve(port);
    let (mut tally, mut letters) = (Tally::default(), Vec::new());
    let end = Instant::now() + length::time(6, 0.15);
    while Instant::now() < end || tally.kills < 3 {
        let load = Load::begin(workers, &[port]);
        let clerk = Clerk::begin(&installation, tally.kills);
        sleep(Duration::from_millis(100) + moment(900));
        drop(node);
        let letter = clerk.end(tally.kills.is_multiple_of(2));
        tally.kills += 1;
        tally.turns += load.timeline.counts().0;
        workers = load.end();
        if tally.kills.is_multiple_of(3) {
            let starting = installation.start(port);
            sleep(moment(u64::try_from(usual.as_millis()).unwrap().max(20)));
            drop(starting);
            tally.kills_at_start += 1;
        }
        let (again, took) = installation.serve(port);
        tally.starts.push(took);
        node = again;
        letters.extend(letter);
        let newest = letters.len().saturating_sub(3);
        audit(&mut workers, &letters[newest..], port, &node, port);
    }
    audit(&mut [], &letters, port, &node, port);
    tally.tell("killed on SQLite", &workers, letters.len(), usual);
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_on_postgres_where_one_node_of_two_is_killed() {
    let Some(url) = empty_database().await else { return };
    let installation =
        Installation::new().with("DATABASE__URL", &url).with("KEYS__MASTER_KEY", &Rng::system().token());
    assert!(installation.run(&["migrate"], "").status.success());
    let ports = [installation.port, installation.port + 1];
    let mut workers = workers(&installation, 3);
    drop(installation.serve(ports[0]));
    let (first, usual) = installation.serve(ports[0]);
    let mut nodes = [first, installation.serve(ports[1]).0];
    let (mut tally, mut letters) = (Tally::default(), Vec::new());
    let mut longest = Duration::ZERO;
    let end = Instant::now() + length::time(6, 0.12);
    while Instant::now() < end || tally.kills < 3 {
        let victim = tally.kills % 2;
        let load = Load::begin(workers, &ports);
        let clerk = Clerk::begin(&installation, tally.kills);
        sleep(Duration::from_millis(100) + moment(500));
        // A dead process that is still held keeps its place until another takes it.
        let (replacement, took) = {
            let dead = std::mem::replace(&mut nodes[victim], installation.start(0));
            drop(dead);
            let letter = clerk.end(tally.kills.is_multiple_of(2));
            letters.extend(letter);
            // The other goes on alone for a while.
            sleep(moment(300));
            installation.serve(ports[victim])
        };
        nodes[victim] = replacement;
        let back = Instant::now();
        tally.kills += 1;
        tally.starts.push(took);
        sleep(Duration::from_millis(200));
        longest = longest.max(load.timeline.trouble_after(back));
        tally.turns += load.timeline.counts().0;
        workers = load.end();
        let newest = letters.len().saturating_sub(3);
        audit(&mut workers, &letters[newest..], ports[0], &nodes[1 - victim], ports[1 - victim]);
    }
    audit(&mut [], &letters, ports[0], &nodes[0], ports[0]);
    tally.tell("killed on PostgreSQL, two nodes", &workers, letters.len(), usual);
    assert!(longest < Duration::from_secs(5), "errors for {longest:?} after both nodes were there again");
}

#[test]
fn a_first_start_may_be_cut_off_anywhere_on_sqlite() {
    let mut cut = 0;
    let end = Instant::now() + length::time(3, 0.03);
    while Instant::now() < end || cut < 2 {
        let installation = Installation::new();
        for _ in 0..4 {
            let starting = installation.start(installation.port);
            sleep(moment(if length::is_strict() { 200 } else { 600 }));
            drop(starting);
            cut += 1;
        }
        let (node, _) = installation.serve(installation.port);
        let _last_words = LastWords(&node);
        installation.create_account("elefevre");
        let mut worker = Worker::new(&installation, "elefevre");
        let port = installation.port;
        worker.take_a_turn(|| port).expect("an answer");
        worker.audit(port).expect("an answer");
    }
    println!("torture: cut off at its first start on SQLite: {cut} times");
}

#[tokio::test]
async fn a_migration_may_be_cut_off_anywhere_on_postgres() {
    let mut cut = 0;
    let end = Instant::now() + length::time(2, 0.03);
    while Instant::now() < end || cut < 2 {
        let Some(url) = empty_database().await else { return };
        let installation =
            Installation::new().with("DATABASE__URL", &url).with("KEYS__MASTER_KEY", &Rng::system().token());
        for _ in 0..4 {
            let mut migrating = installation.begin(&["migrate"], "");
            sleep(moment(if length::is_strict() { 150 } else { 400 }));
            migrating.kill().unwrap();
            migrating.wait().unwrap();
            cut += 1;
        }
        let migrated = installation.run(&["migrate"], "");
        assert!(migrated.status.success(), "{migrated:?}");
        installation.create_account("elefevre");
        let (_node, _) = installation.serve(installation.port);
        let mut worker = Worker::new(&installation, "elefevre");
        let port = installation.port;
        worker.take_a_turn(|| port).expect("an answer");
        worker.audit(port).expect("an answer");
    }
    println!("torture: cut off while it migrated PostgreSQL: {cut} times");
}
