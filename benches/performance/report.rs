//! What is told: a table while it is measured, and the tables of docs/performance.md.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::crowd;
use super::load::Measured;
use super::operations::Operation;

const BEGIN: &str = "<!-- measured: begin -->";
const END: &str = "<!-- measured: end -->";

/// One operation on each provider, under what nothing can pass.
pub struct Row {
    pub operation: Operation,
    pub sqlite: Measured,
    pub postgres: Measured,
    pub peer: Measured,
    pub ceilings: Vec<(&'static str, f64)>,
}

/// Megabytes of Guichet on SQLite, on PostgreSQL, of the peer.
pub struct Memory {
    pub idle: [f64; 3],
    pub most: [f64; 3],
}

/// Everything that one run measured.
pub struct Report {
    pub load_before: String,
    pub start: f64,
    pub rows: Vec<Row>,
    pub memory: Memory,
    pub sqlite_commits: f64,
    pub postgres_commits: f64,
    pub signatures: f64,
    pub hashes: f64,
    pub crowds: &'static [u32],
    pub crowd: Vec<(&'static str, Vec<f64>)>,
}

impl Row {
    /// As a line for who waits.
    pub fn told(&self) -> String {
        let one = |measured: &Measured| {
            format!("{:>9.0} /s p50 {:>7.2} p99 {:>7.2} ms", measured.rate, measured.p50, measured.p99)
        };
        format!(
            "{:<28} SQLite {}   PostgreSQL {}   peer {}   {}",
            self.operation.name(),
            one(&self.sqlite),
            one(&self.postgres),
            one(&self.peer),
            self.reached()
        )
    }

    /// The target, and what was reached of it on SQLite.
    fn reached(&self) -> String {
        let to_peer = self.sqlite.rate / self.peer.rate;
        let to_ceiling = self.ceilings.first().map_or(0.0, |(_, ceiling)| self.sqlite.rate / ceiling);
        let mark = |reached: f64, target: f64| if reached >= target { "reached" } else { "missed" };
        match self.operation {
            Operation::Discovery | Operation::Jwks => {
                format!("≥ 80 % of bare axum: {:.0} %, {}", to_ceiling * 100.0, mark(to_ceiling, 0.8))
            }
            Operation::SignIn => {
                format!("≥ 90 % of Argon2: {:.0} %, {}", to_ceiling * 100.0, mark(to_ceiling, 0.9))
            }
            Operation::Refresh => format!(
                "≥ 1.5 × the peer: {to_peer:.1} ×, {}; ≥ 80 % of the commit rate: {:.0} %, {}",
                mark(to_peer, 1.5),
                to_ceiling * 100.0,
                mark(to_ceiling, 0.8)
            ),
            Operation::ClientCredentials => format!("≥ 5 × the peer: {to_peer:.1} ×, {}", mark(to_peer, 5.0)),
            _ => format!("≥ 4 × the peer: {to_peer:.1} ×, {}", mark(to_peer, 4.0)),
        }
    }
}

impl Report {
    /// Puts the tables into the page, in the place of those of the run before.
    pub fn write(&self, docs: &Path) {
        let path = docs.join("performance.md");
        let page = fs::read_to_string(&path).expect("docs/performance.md");
        let (head, rest) = page.split_once(BEGIN).expect("where the tables begin");
        let (_, tail) = rest.split_once(END).expect("where they end");
        let tables = self.tables().expect("a text");
        fs::write(&path, format!("{head}{BEGIN}\n{tables}{END}{tail}")).expect("written");
        println!("{tables}");
    }

    fn tables(&self) -> Result<String, std::fmt::Error> {
        let mut text = format!("{}\n\n", self.circumstances());
        writeln!(text, "| 16 at once | Guichet, SQLite | Guichet, PostgreSQL | peer | target |")?;
        writeln!(text, "| --- | --- | --- | --- | --- |")?;
        let one = |measured: &Measured| format!("{:.0} /s, p99 {:.1} ms", measured.rate, measured.p99);
        for row in &self.rows {
            let (sqlite, postgres, peer) = (one(&row.sqlite), one(&row.postgres), one(&row.peer));
            writeln!(
                text,
                "| {} | {sqlite} | {postgres} | {peer} | {} |",
                row.operation.name(),
                row.reached()
            )?;
        }
        writeln!(text, "\n| what nothing can pass here | |\n| --- | --- |")?;
        for row in &self.rows {
            if let (Some(_), Some((name, rate))) = (row.operation.still_path(), row.ceilings.first()) {
                writeln!(text, "| {name}, the bytes of {} | {rate:.0} /s |", row.operation.name())?;
            }
        }
        writeln!(text, "| ES256 signatures with a parsed key, all cores | {:.0} /s |", self.signatures)?;
        writeln!(text, "| Argon2 with its memory used again, all cores | {:.0} /s |", self.hashes)?;
        writeln!(text, "| commits of SQLite, `synchronous=FULL` | {:.0} /s |", self.sqlite_commits)?;
        writeln!(text, "| commits of PostgreSQL, 16 connections | {:.0} /s |", self.postgres_commits)?;
        let Memory { idle, most } = &self.memory;
        writeln!(text, "\n| resident memory | idle | the most, under all this |\n| --- | --- | --- |")?;
        for (place, name) in ["Guichet, SQLite", "Guichet, PostgreSQL", "peer"].iter().enumerate() {
            writeln!(text, "| {name} | {:.0} MB | {:.0} MB |", idle[place], most[place])?;
        }
        writeln!(
            text,
            "\nFrom its start to its first answer, with a database that is there: {:.0} ms.\n",
            self.start
        )?;
        let names: Vec<_> = self.crowds.iter().map(|size| format!("{size} people")).collect();
        writeln!(text, "| µs of the server's processor | {} | growth (≤ 1.2) |", names.join(" | "))?;
        writeln!(text, "| --- |{} --- |", " --- |".repeat(self.crowds.len()))?;
        for (name, costs) in &self.crowd {
            let cells: Vec<_> = costs.iter().map(|cost| format!("{cost:.0}")).collect();
            writeln!(text, "| {name} | {} | {:.2} |", cells.join(" | "), crowd::growth(costs))?;
        }
        Ok(text)
    }

    /// When, where and with what.
    fn circumstances(&self) -> String {
        let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = cpu.lines().find_map(|line| {
            line.strip_prefix("model name")?.split_once(": ").map(|(_, name)| name.to_owned())
        });
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        format!(
            "Measured on {} by `make bench`: {cores} cores ({}), {} {}, {}, {}, PostgreSQL {}, oidc-provider {} on Node {}; load average \
             before it began: {}.",
            said("date", &["-u", "+%-d %B %Y"]),
            model.unwrap_or_default(),
            said("uname", &["-s"]),
            said("uname", &["-r"]),
            said("rustc", &["--version"]),
            said("sh", &["-c", "wrk -v 2>&1 | head -n 1 | cut -d ' ' -f 1-2"]),
            std::env::var("GUICHET_BENCH_POSTGRES_VERSION").unwrap_or_default(),
            std::env::var("GUICHET_BENCH_PEER_VERSION").unwrap_or_default(),
            said("node", &["--version"]),
            self.load_before
        )
    }
}

/// What a program says, on one line.
fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).env("LC_ALL", "C").output();
    output.map_or_else(|_| String::new(), |output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// How busy the machine was in the last minute.
pub fn load_average() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or_default().to_owned()
}
