//! `guichet serve` with the academy's configuration, started for one test, for what the demo does not show.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::process::{Process, Scratch, free_ports, is_ok};

/// A debug build on a busy machine makes its keys in this time.
const START: Duration = Duration::from_mins(2);

/// An installation of its own; it ends with this value.
#[derive(Debug)]
pub struct Served {
    /// Its issuer.
    pub issuer: String,
    // Dropped in this order: the process before its directory.
    _process: Process,
    _scratch: Scratch,
}

impl Served {
    /// Starts it, with one account, an ARENA that nobody runs, and one client that is not the academy's own and is answered at
    /// the installation's own `/health`.
    pub fn start(identifier: &str, password: &str) -> Self {
        Self::start_with(identifier, password, &[])
    }

    /// The same, with more settings (`SECTION__KEY`, value).
    pub fn start_with(identifier: &str, password: &str, more: &[(&'static str, String)]) -> Self {
        let scratch = Scratch::new("serve");
        let port = free_ports(2);
        let issuer = format!("http://127.0.0.1:{port}");
        let mut settings = vec![
            ("DATA_DIRECTORY", scratch.path().join("data").display().to_string()),
            ("SERVER__LISTEN", format!("127.0.0.1:{port}")),
            ("SERVER__PUBLIC_URL", issuer.clone()),
            ("SERVER__TRUSTED_PROXIES", "[]".to_string()),
            // Nothing listens on the second port.
            ("UPSTREAMS__0__ISSUER", format!("http://127.0.0.1:{}", port + 1)),
            ("UPSTREAMS__0__CLIENT_SECRET", "an-upstream-secret-of-32-characters".to_string()),
            ("CLIENTS__0__CLIENT_SECRET", "a-client-secret-of-some-32-characters".to_string()),
            ("CLIENTS__0__CLIENT_URI", format!("{issuer}/")),
            ("CLIENTS__0__REDIRECT_URIS", format!(r#"["{issuer}/health"]"#)),
            ("CLIENTS__0__POST_LOGOUT_REDIRECT_URIS", format!(r#"["{issuer}/health"]"#)),
            ("CLIENTS__0__FIRST_PARTY", "false".to_string()),
        ];
        settings.extend_from_slice(more);
        let guichet = |arguments: &[&str]| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_guichet"));
            command.args(arguments).arg("--config").arg(configuration());
            command.envs(settings.iter().map(|(key, value)| (format!("GUICHET__{key}"), value)));
            command
        };
        create_account(&mut guichet(&["account", "create", "--identifier", identifier]), password);
        let mut process = Process::start("serve", &mut guichet(&["serve"]), scratch.path());
        process.wait_until("ready", START, || is_ok(port, "/health"));
        Self { issuer, _process: process, _scratch: scratch }
    }
}

fn configuration() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("config/lyon.toml")
}

fn create_account(command: &mut Command, password: &str) {
    command.args(["--given-name", "Élodie", "--family-name", "Lefèvre", "--password-stdin"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "{password}").unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} ended with {}:\n{said}", output.status);
}
