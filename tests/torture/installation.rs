//! An installation in a folder of its own, its commands and its nodes.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::process::{Process, Scratch, free_ports, is_ok};
use crate::support::app::PASSWORD;

const CONFIGURATION: &str = include_str!("torture.toml");
/// The program that is tortured: that of this build, or an optimised one that `make torture` names.
pub fn program() -> PathBuf {
    let named = std::env::var_os("GUICHET_TORTURE_PROGRAM");
    named.map_or_else(|| env!("CARGO_BIN_EXE_guichet").into(), PathBuf::from)
}

/// What a start takes at the very most: a debug build on a busy machine makes its keys meanwhile.
pub const START: Duration = Duration::from_mins(2);

/// A configuration, and everything that it keeps.
pub struct Installation {
    scratch: Scratch,
    pub port: u16,
    operator: Operator,
}

/// Who gives the commands of an installation.
#[derive(Clone, Debug)]
pub struct Operator {
    config: PathBuf,
    environment: Vec<(String, String)>,
}

impl Operator {
    /// Gives a program's command line the words and the environment of ours.
    fn arm(&self, command: &mut Command, words: &[&str]) {
        command.args(words).arg("--config").arg(&self.config).env_remove("GUICHET_CONFIG");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
    }

    /// The command with these words.
    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(program());
        self.arm(&mut command, words);
        command
    }

    /// Lifts somebody's waits, unless the trouble of the moment keeps it from that.
    pub fn unlock(&self, person: &str) {
        let _ = self.command(&["account", "unlock", person]).output();
    }
}

impl Installation {
    pub fn new() -> Self {
        let (scratch, port) = (Scratch::new("torture"), free_ports(2));
        let operator = Operator { config: scratch.path().join("guichet.toml"), environment: Vec::new() };
        std::fs::write(&operator.config, CONFIGURATION.replace("PORT", &port.to_string())).unwrap();
        Self { scratch, port, operator }
    }

    /// With a key overridden (`SECTION__KEY`).
    pub fn with(mut self, key: &str, value: &str) -> Self {
        self.operator.environment.push((format!("GUICHET__{key}"), value.to_owned()));
        self
    }

    pub fn folder(&self) -> &Path {
        self.scratch.path()
    }

    /// Who gives its commands, for others to call.
    pub fn operator(&self) -> Operator {
        self.operator.clone()
    }

    /// The command with these words.
    pub fn command(&self, words: &[&str]) -> Command {
        self.operator.command(words)
    }

    /// Gives another program's command line the words and the environment of ours.
    pub fn arm(&self, command: &mut Command, words: &[&str]) {
        self.operator.arm(command, words);
    }

    /// Starts a command whose output is read, with something on its standard input.
    pub fn begin(&self, words: &[&str], input: &str) -> Child {
        let mut command = self.command(words);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // It may well end without reading it.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child
    }

    /// Runs a command to its end.
    pub fn run(&self, words: &[&str], input: &str) -> Output {
        self.begin(words, input).wait_with_output().unwrap()
    }

    /// Makes an account with the password of the tests.
    pub fn create_account(&self, identifier: &str) {
        let words = ["account", "create", "--identifier", identifier, "--password-stdin"];
        let output = self.run(&words, &format!("{PASSWORD}\n"));
        assert!(output.status.success(), "{output:?}");
    }

    /// Begins to serve at a port, and does not wait.
    pub fn start(&self, port: u16) -> Process {
        self.start_by(self.command(&["serve"]), port)
    }

    /// The same, by a command that was made ready.
    pub fn start_by(&self, mut command: Command, port: u16) -> Process {
        command.env("GUICHET__SERVER__LISTEN", format!("127.0.0.1:{port}"));
        Process::start(&format!("serve-{port}"), &mut command, self.folder())
    }

    /// Serves at a port; how long it took until it answered.
    pub fn serve(&self, port: u16) -> (Process, Duration) {
        let began = Instant::now();
        let mut process = self.start(port);
        process.wait_until("answering", START, || is_ok(port, "/health"));
        (process, began.elapsed())
    }
}

/// What the system says of a process: its resident memory in megabytes, now or at its most.
pub fn megabytes(process: u32, name: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("its status");
    let line = status.lines().find(|line| line.starts_with(name)).expect("its memory");
    line.split_whitespace().nth(1).expect("a number").parse::<f64>().expect("a number") / 1024.0
}

/// How many files and sockets a process holds.
pub fn descriptors(process: u32) -> usize {
    std::fs::read_dir(format!("/proc/{process}/fd")).expect("its files").count()
}
