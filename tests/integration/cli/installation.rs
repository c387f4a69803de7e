//! An installation in a folder of its own, and the commands run on it.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use guichet::config::{self, Settings};

use super::wire::Visitor;
use crate::process::{PATIENCE, Process, Scratch, free_ports, is_ok};

const CONFIGURATION: &str = include_str!("serve.toml");
/// A debug build on a busy machine makes its keys in this time.
const START: Duration = Duration::from_mins(1);

/// A configuration, and everything that it keeps.
pub struct Installation {
    pub scratch: Scratch,
    pub port: u16,
    environment: Vec<(String, String)>,
}

/// How a command ended, and what it said.
#[derive(Debug)]
pub struct Outcome {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Installation {
    /// On SQLite, reached at a port of its own.
    pub fn new() -> Self {
        Self::behind(free_ports(1))
    }

    /// The same, reached at a given port.
    pub fn behind(port: u16) -> Self {
        let scratch = Scratch::new("cli");
        let this = Self { scratch, port, environment: Vec::new() };
        std::fs::write(this.config(), CONFIGURATION.replace("PORT", &port.to_string())).unwrap();
        this
    }

    /// With a key overridden (`SECTION__KEY`).
    pub fn with(mut self, key: &str, value: &str) -> Self {
        self.environment.push((format!("GUICHET__{key}"), value.to_owned()));
        self
    }

    /// The keys that it overrides, as environment variables.
    pub fn environment(&self) -> &[(String, String)] {
        &self.environment
    }

    pub fn config(&self) -> PathBuf {
        self.scratch.path().join("guichet.toml")
    }

    /// What the commands read from it.
    pub fn settings(&self) -> Settings {
        config::load(Some(&self.config()), self.environment.clone())
            .unwrap_or_else(|faults| panic!("{faults}"))
    }

    /// The command with these words, in this installation's environment and no other.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_guichet"));
        command.args(words).arg("--config").arg(self.config()).env_remove("GUICHET_CONFIG");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, words: &[&str]) -> Outcome {
        self.run_saying(words, "")
    }

    /// The same, with something on its standard input.
    pub fn run_saying(&self, words: &[&str], input: &str) -> Outcome {
        let mut command = self.command(words);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // It may well end without reading it.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        finish(child)
    }

    /// Makes an account with a personal password.
    pub fn create_account(&self, identifier: &str, password: &str) {
        let words = ["account", "create", "--identifier", identifier, "--password-stdin"];
        let made = self.run_saying(&words, &format!("{password}\n"));
        assert_eq!(made.code, Some(0), "{made:?}");
    }

    /// Serves until the value is dropped, which kills it at once.
    pub fn serve(&self) -> Process {
        self.serve_at(self.port)
    }

    /// The same, listening on another port than everybody knows.
    pub fn serve_at(&self, port: u16) -> Process {
        let mut command = self.command(&["serve"]);
        command.env("GUICHET__SERVER__LISTEN", format!("127.0.0.1:{port}"));
        let mut process = Process::start(&format!("serve-{port}"), &mut command, self.scratch.path());
        process.wait_until("answering", START, || is_ok(port, "/health"));
        process
    }

    /// A browser that has never been here.
    pub fn visitor(&self) -> Visitor {
        Visitor::new(self.port)
    }
}

fn finish(mut child: Child) -> Outcome {
    let began = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if began.elapsed() > START {
            child.kill().unwrap();
        }
        std::thread::sleep(PATIENCE / 5);
    }
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Outcome { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

impl Outcome {
    /// Asserts that it failed with one line on standard error that holds these words.
    #[track_caller]
    pub fn is_one_line_with(&self, words: &[&str]) {
        assert_eq!(self.code, Some(1), "{self:?}");
        assert_eq!(self.err.lines().count(), 1, "{self:?}");
        assert!(self.err.starts_with("guichet: ") && self.err.len() < 400, "{self:?}");
        for word in words {
            assert!(self.err.contains(word), "{word:?} is not said: {self:?}");
        }
        assert_eq!(self.out, "", "{self:?}");
    }
}
