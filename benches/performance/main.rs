//! How fast Guichet is, beside what it could be at the most and beside what users would pick instead, all in one run.
//!
//! `make bench` gets ready what this needs and starts it: Guichet on both engines, a bare axum route, the peer. Load and
//! servers share the machine, so that no figure means anything alone: the ratios do. The tables and plots of
//! docs/performance.md are written anew; with `GUICHET_BENCH_SKETCH` set, a run of two minutes writes them to target/ instead.

mod browser;
mod ceilings;
mod crowd;
#[path = "../hashes/mod.rs"]
mod hashes;
mod load;
mod operations;
mod plots;
mod providers;
mod report;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use load::Measured;
use operations::Operation;
use providers::{House, Provider};
use report::{Memory, Report, Row};
use sqlx::{AnyConnection, Connection as _, Executor};

/// How many ask at once for the table; people who sign in wait for the cores as it is.
const CONNECTIONS: usize = 16;
/// What is drawn against the number of those who ask at once.
const DRAWN: [Operation; 4] =
    [Operation::ClientCredentials, Operation::Refresh, Operation::UserInfo, Operation::CodeFlow];

/// How thorough a run is.
struct Pace {
    turn: Duration,
    turns: usize,
    crowds: &'static [u32],
    concurrency: &'static [usize],
}

const THOROUGH: Pace = Pace {
    turn: Duration::from_secs(4),
    turns: 3,
    crowds: &crowd::SIZES,
    concurrency: &[1, 2, 4, 8, 16, 32, 64, 128],
};
const SKETCH: Pace =
    Pace { turn: Duration::from_secs(1), turns: 1, crowds: &[1_000, 10_000], concurrency: &[1, 16, 64] };

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    match ceilings::bare_body() {
        Some(body) => runtime.block_on(ceilings::serve_bare(&body)),
        None => runtime.block_on(measure()),
    }
}

async fn measure() {
    sqlx::any::install_default_drivers();
    let is_sketch = std::env::var_os("GUICHET_BENCH_SKETCH").is_some();
    let pace = if is_sketch { SKETCH } else { THOROUGH };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("performance-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    let load_before = report::load_average();
    let postgres = std::env::var("GUICHET_BENCH_POSTGRES").expect("GUICHET_BENCH_POSTGRES: run make bench");
    let peer_folder = std::env::var("GUICHET_BENCH_PEER").expect("GUICHET_BENCH_PEER: run make bench");
    let database = database_at(&postgres, "guichet_bench").await;

    let embedded = furnished(&folder.join("sqlite"), "").await;
    let shared = furnished(&folder.join("postgres"), &format!("\n[database]\nurl = \"{database}\"\n")).await;
    let mut starts = Vec::new();
    for _ in 0..5 {
        starts.push(embedded.open("Guichet, SQLite").await.first_answer.as_secs_f64() * 1e3);
    }
    starts.sort_by(f64::total_cmp);
    let guichet = [embedded.open("Guichet, SQLite").await, shared.open("Guichet, PostgreSQL").await];
    let peer = Provider::peer(Path::new(&peer_folder)).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let [embedded, shared] = &guichet;
    let idle = [embedded.resident(), shared.resident(), peer.resident()];

    let signatures = ceilings::signatures(pace.turn);
    let hashes = hashes::on_every_core(pace.turn);
    let sqlite_commits = ceilings::sqlite_commits(&folder, pace.turn).await;
    let postgres_commits = ceilings::postgres_commits(&database, 16, pace.turn).await;
    let mut rows = Vec::new();
    for operation in Operation::ALL {
        let bare = bare_rate(&folder, embedded, operation, &pace).await;
        let mut turns = [Vec::new(), Vec::new(), Vec::new()];
        for _ in 0..pace.turns {
            for (provider, turns) in [embedded, shared, &peer].into_iter().zip(&mut turns) {
                turns.push(operation.drive(&folder, provider, CONNECTIONS, pace.turn).await);
            }
        }
        let [sqlite, postgres, peer] = turns.map(Measured::median);
        let ceilings = match operation {
            Operation::Discovery | Operation::Jwks => vec![("bare axum", bare.unwrap_or_default())],
            Operation::ClientCredentials => vec![("signatures", signatures)],
            Operation::Refresh => {
                vec![("commits, SQLite", sqlite_commits.rate), ("commits, PostgreSQL", postgres_commits.rate)]
            }
            Operation::SignIn => vec![("Argon2", hashes)],
            _ => Vec::new(),
        };
        let row = Row { operation, sqlite, postgres, peer, ceilings };
        println!("{}", row.told());
        rows.push(row);
    }
    let memory =
        Memory { idle, most: [embedded.most_resident(), shared.most_resident(), peer.most_resident()] };
    let curves = curves(&folder, [embedded, shared, &peer], &pace).await;
    drop((guichet, peer));
    let crowd = crowd::costs(&folder, pace.turn / 2, pace.crowds).await;
    let report = Report {
        load_before,
        start: starts[2],
        rows,
        memory,
        sqlite_commits: sqlite_commits.rate,
        postgres_commits: postgres_commits.rate,
        signatures,
        hashes,
        crowds: pace.crowds,
        crowd,
    };
    let to = if is_sketch { sketch_folder() } else { PathBuf::from("docs") };
    report.write(&to);
    plots::draw(&to.join("performance"), &curves, &report);
    let _ = fs::remove_dir_all(&folder);
}

/// Where a sketch leaves what it wrote.
fn sketch_folder() -> PathBuf {
    let folder = PathBuf::from("target/bench");
    fs::create_dir_all(&folder).expect("a folder");
    fs::copy("docs/performance.md", folder.join("performance.md")).expect("the page");
    folder
}

/// An installation that has its database and its people.
async fn furnished(folder: &Path, more: &str) -> House {
    let house = House::furnish(folder, more).await;
    house.migrate();
    house.make_person("elefevre");
    for number in 0..CONNECTIONS {
        house.make_person(&operations::person(number));
    }
    house
}

/// A database of this measure's own on a server.
async fn database_at(server: &str, name: &str) -> String {
    let mut connection = AnyConnection::connect(server).await.expect("PostgreSQL");
    for statement in [format!("DROP DATABASE IF EXISTS {name}"), format!("CREATE DATABASE {name}")] {
        connection.execute(sqlx::AssertSqlSafe(statement)).await.expect("a database");
    }
    let (address, _) = server.rsplit_once('/').expect("a database's address");
    format!("{address}/{name}")
}

/// What a bare route with the same bytes gives, for what is the same for everyone.
async fn bare_rate(folder: &Path, provider: &Provider, operation: Operation, pace: &Pace) -> Option<f64> {
    let path = operation.still_path()?;
    let body = browser::Browser::open(provider.port).await.ask("GET", path, "", "").await.body;
    let bare = ceilings::bare(folder, &body).await;
    let mut turns = Vec::new();
    for _ in 0..pace.turns {
        turns.push(operation.drive(folder, &bare, CONNECTIONS, pace.turn).await);
    }
    Some(Measured::median(turns).rate)
}

/// How each of some operations goes, by how many ask at once.
async fn curves(folder: &Path, providers: [&Provider; 3], pace: &Pace) -> Vec<plots::Curve> {
    let mut curves = Vec::new();
    for operation in DRAWN {
        for provider in providers {
            let mut points = Vec::new();
            for connections in pace.concurrency {
                let measured = operation.drive(folder, provider, *connections, pace.turn / 2).await;
                points.push((*connections, measured));
            }
            curves.push(plots::Curve { operation, provider: provider.name, points });
        }
    }
    curves
}
