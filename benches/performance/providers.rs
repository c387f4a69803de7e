//! The providers under load: the real binary on either engine, and the peer.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::browser::{PASSWORD, RESOURCE, SECRET};

/// A provider that runs; it ends with this value.
pub struct Provider {
    pub name: &'static str,
    pub port: u16,
    /// From its start to its first answer.
    pub first_answer: Duration,
    process: Child,
}

/// The settings of one Guichet.
pub struct House {
    pub config: PathBuf,
    port: u16,
}

impl House {
    /// Writes the settings; `more` is appended to them.
    pub async fn furnish(folder: &Path, more: &str) -> Self {
        fs::create_dir_all(folder).expect("a folder");
        let port = free_port().await;
        let config = folder.join("guichet.toml");
        fs::write(&config, format!("{}{more}", configuration(port))).expect("a configuration");
        Self { config, port }
    }

    /// Starts Guichet.
    pub async fn open(&self, name: &'static str) -> Provider {
        let mut command = Command::new(env!("CARGO_BIN_EXE_guichet"));
        command.args(["serve", "--config"]).arg(&self.config);
        Provider::start(name, self.port, &mut command).await
    }

    /// Makes or moves up the database.
    pub fn migrate(&self) {
        let done = Command::new(env!("CARGO_BIN_EXE_guichet"))
            .args(["migrate", "--config"])
            .arg(&self.config)
            .output();
        assert!(done.expect("it runs").status.success());
    }

    /// Makes the person of every browser.
    pub fn make_person(&self, identifier: &str) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_guichet"))
            .args(["account", "create", "--identifier", identifier, "--given-name", "Élodie"])
            .args(["--family-name", "Lefèvre", "--password-stdin", "--config"])
            .arg(&self.config)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("guichet starts");
        std::io::Write::write_all(&mut command.stdin.take().expect("its input"), PASSWORD.as_bytes())
            .expect("written");
        assert!(command.wait().expect("it ends").success());
    }
}

impl Provider {
    /// The peer, installed in a folder by scripts/bench.sh.
    pub async fn peer(folder: &Path) -> Self {
        let port = free_port().await;
        let mut command = Command::new("node");
        command.arg(folder.join("peer.mjs")).arg(port.to_string()).arg(SECRET).env("NODE_ENV", "production");
        Self::start("oidc-provider", port, command.stdout(Stdio::null())).await
    }

    /// Starts a program that listens on a port, and waits until it answers there.
    pub async fn start(name: &'static str, port: u16, command: &mut Command) -> Self {
        let began = Instant::now();
        let process = command.stderr(Stdio::null()).spawn().unwrap_or_else(|error| panic!("{name}: {error}"));
        wait_for(port).await;
        Self { name, port, first_answer: began.elapsed(), process }
    }

    /// What it holds in memory, in megabytes.
    pub fn resident(&self) -> f64 {
        self.status("VmRSS:")
    }

    /// The most that it held so far, in megabytes.
    pub fn most_resident(&self) -> f64 {
        self.status("VmHWM:")
    }

    fn status(&self, field: &str) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).expect("its status");
        let line = status.lines().find(|line| line.starts_with(field)).expect("its memory");
        line.split_whitespace().nth(1).expect("a number").parse::<f64>().expect("a number") / 1024.0
    }

    /// The processor time that it used: fields 14 and 15 of its stat, in hundredths of a second.
    pub fn cpu(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process.id())).expect("its stat");
        let (_, fields) = stat.rsplit_once(") ").expect("a name");
        let ticks = |field: &str| field.parse::<u32>().expect("a number");
        f64::from(fields.split(' ').skip(11).take(2).map(ticks).sum::<u32>()) / 100.0
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Waits until somebody answers.
async fn wait_for(port: u16) {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    for _ in 0..60_000 {
        if let Ok(mut stream) = TcpStream::connect(address).await {
            let asked = format!("GET /jwks HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\n\r\n");
            let mut answer = Vec::new();
            if stream.write_all(asked.as_bytes()).await.is_ok()
                && stream.read_to_end(&mut answer).await.is_ok()
                && !answer.is_empty()
            {
                return;
            }
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("nobody answers on port {port}");
}

/// A port that nobody listens on.
pub async fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address").port()
}

fn configuration(port: u16) -> String {
    format!(
        r#"
data_directory = "data"
[server]
listen = "127.0.0.1:{port}"
public_url = "http://127.0.0.1:{port}"
max_connections_per_network = 20000
[logs]
format = "json"
[site]
name = "Measure"
operator = "Measure"
[throttling]
network_per_hour = 1000000
[[situations]]
id = "external"
title = "External"
door = "password"
[[resources]]
uri = "{RESOURCE}"
name = "The API"
[[resources.scopes]]
name = "api"
description = "Use the API"
[[clients]]
client_id = "app"
client_name = "App"
client_secret = "{SECRET}"
redirect_uris = ["https://app.example/callback"]
grant_types = ["authorization_code", "refresh_token", "client_credentials"]
scope = "openid profile api"
resources = ["{RESOURCE}"]
id_token_signed_response_alg = "ES256"
first_party = true
"#
    )
}
