//! What importing a list costs: its rate beside that of Argon2 alone on every core, and the memory it takes.
//!
//! `cargo bench --bench import` runs the real binary on SQLite. Both rates are of one run on one machine, so
//! their ratio means something; the most memory is that of 1,000 and of 50,000 rows, under the cheapest Argon2
//! settings so that it ends.

mod hashes;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long Argon2 runs alone.
const ALONE: Duration = Duration::from_secs(8);
const ROWS: usize = 2_000;

fn main() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("import-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    let mut ratios = Vec::new();
    for round in 0..3 {
        let least = hashes::on_every_core(ALONE);
        let (rate, _) = import(&folder, &format!("rate-{round}"), ROWS, "");
        println!(
            "import {rate:>8.1} rows/s   Argon2 on every core {least:>8.1} /s   ratio {:.2}",
            rate / least
        );
        ratios.push(rate / least);
    }
    ratios.sort_by(f64::total_cmp);
    println!("ratio, median of 3                         {:>8.2}", ratios[1]);
    let cheap = "\n[passwords]\nargon2_memory = 7168\nargon2_passes = 1\n";
    for rows in [1_000, 50_000] {
        let (_, most) = import(&folder, &format!("memory-{rows}"), rows, cheap);
        println!("most memory, {rows:>6} rows                  {most:>8.1} MB");
    }
    let _ = fs::remove_dir_all(&folder);
}

/// Imports so many new people with their letters: rows a second, and the most memory in MB.
fn import(folder: &Path, name: &str, rows: usize, more: &str) -> (f64, f64) {
    let folder = folder.join(name);
    fs::create_dir_all(&folder).expect("a folder");
    let config = folder.join("guichet.toml");
    fs::write(&config, format!("{CONFIGURATION}{more}")).expect("a configuration");
    let list = list(&folder, rows);
    // The database is made beforehand: a list is read by an installation that runs.
    let migrated =
        Command::new(env!("CARGO_BIN_EXE_guichet")).args(["migrate", "--config"]).arg(&config).output();
    assert!(migrated.expect("it runs").status.success());
    let began = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_guichet"))
        .args(["import", "people"])
        .arg(&list)
        .arg("--letters")
        .arg(folder.join("letters.html"))
        .arg("--config")
        .arg(&config)
        .stdout(Stdio::null())
        .spawn()
        .expect("the import starts");
    let mut most = 0.0_f64;
    let status = loop {
        most = most.max(high_water(child.id()).unwrap_or(0.0));
        if let Some(status) = child.try_wait().expect("its state") {
            break status;
        }
        thread::sleep(Duration::from_millis(20));
    };
    let took = began.elapsed().as_secs_f64();
    assert!(status.success(), "the import failed");
    let rows = u32::try_from(rows).expect("a small number");
    (f64::from(rows) / took, most)
}

fn list(folder: &Path, rows: usize) -> PathBuf {
    let mut text = String::from("NUMERO;NOM;PRENOM;MEL\n");
    for number in 0..rows {
        writeln!(text, "K{number};Nom{};Prénom;personne{number}@example.org", number % 5_000)
            .expect("written");
    }
    let path = folder.join("list.csv");
    fs::write(&path, text).expect("a list");
    path
}

/// The most memory that a process had so far, in MB (proc(5), `VmHWM`).
fn high_water(process: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").trim().parse().ok()?;
    Some(kilobytes / 1024.0)
}

const CONFIGURATION: &str = r#"
data_directory = "data"

[server]
listen = "127.0.0.1:0"
public_url = "http://127.0.0.1:8080"

[site]
name = "Guichet"
operator = "Measure"

[[situations]]
id = "external"
title = "External"
door = "password"

[[authorities]]
id = "measure"
name = "Measure"

[[authorities.desks]]
id = "desk"
name = "Desk"
telephone = "01 99 00 12 35"

[[clients]]
client_id = "app"
client_name = "App"
token_endpoint_auth_method = "none"
redirect_uris = ["http://127.0.0.1:8089/callback"]
scope = "openid"
"#;
