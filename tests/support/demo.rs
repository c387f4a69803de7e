//! `guichet demo`, started for one test on ports of its own.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::process::{Process, Scratch, free_ports, is_ok};

/// A debug build on a busy machine makes its keys and its people in this time.
const START: Duration = Duration::from_mins(2);

/// The running demo; it ends with this value.
#[derive(Debug)]
pub struct Demo {
    told: PathBuf,
    // Dropped in this order: the process before its directory.
    _process: Process,
    _scratch: Scratch,
}

impl Demo {
    /// Starts it with nothing in its data directory, and waits until all of it answers.
    pub fn start() -> Self {
        let scratch = Scratch::new("demo");
        let data = scratch.path().join("data");
        let told = data.join("demo.json");
        let port = free_ports(4);
        let mut command = Command::new(env!("CARGO_BIN_EXE_guichet"));
        command.arg("demo").arg("--data").arg(&data).args(["--port", &port.to_string()]);
        let mut process = Process::start("demo", &mut command, scratch.path());
        process.wait_until("ready", START, || {
            told.exists()
                && is_ok(port, "/.well-known/openid-configuration")
                && is_ok(port + 1, "/")
                && is_ok(port + 2, "/.well-known/openid-configuration")
                && is_ok(port + 3, "/")
        });
        Self { told, _process: process, _scratch: scratch }
    }

    /// Where `demo.json` is, in which it tells its addresses, clients and people.
    pub fn told(&self) -> &Path {
        &self.told
    }
}
