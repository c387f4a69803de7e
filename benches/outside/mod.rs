//! The real binary, driven over sockets as its users drive it.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::header::{COOKIE, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::redirect::Policy;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The password of `elefevre`.
pub const PASSWORD: &str = "Correct-Horse-7";
/// The secret of the client `app`.
pub const SECRET: &str = "a-client-secret-of-the-measure-0123456789";
const VERIFIER: &str = "a-code-verifier-of-the-measure-0123456789-abcdefgh";

/// A folder of one measure.
pub fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// Asks on a connection that is kept, and gives the whole answer.
pub async fn ask(stream: &mut TcpStream, request: &str, buffer: &mut [u8]) -> usize {
    stream.write_all(request.as_bytes()).await.expect("asked");
    let mut filled = 0;
    loop {
        let read = stream.read(&mut buffer[filled..]).await.expect("an answer");
        assert!(read > 0, "the server closed the connection");
        filled += read;
        if is_whole(&buffer[..filled]) {
            return filled;
        }
    }
}

fn is_whole(answer: &[u8]) -> bool {
    let Some(end) = answer.windows(4).position(|window| window == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&answer[..end]).to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
    answer.len() >= end + 4 + length.expect("a length")
}

/// A whole password sign-in; gives what the token endpoint answers.
pub async fn sign_in(port: u16) -> serde_json::Value {
    let mut person = Person::new(port);
    let authorize = format!(
        "/authorize?client_id=app&redirect_uri=https%3A%2F%2Fapp.example%2Fcallback&response_type=code\
         &scope=openid%20profile&state=s&nonce=n&code_challenge={}&code_challenge_method=S256",
        challenge()
    );
    let form = person.follow("GET", &authorize, None).await;
    let action = form.split("action=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a form");
    let action = action.replace("&#38;", "&");
    let body = format!("username=elefevre&password={PASSWORD}");
    let back = person.follow("POST", &action, Some(body)).await;
    let code = back.split("code=").nth(1).and_then(|rest| rest.split('&').next()).expect("a code").to_owned();
    let answer = person
        .http
        .post(format!("http://127.0.0.1:{port}/token"))
        .basic_auth("app", Some(SECRET))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!(
            "grant_type=authorization_code&code={code}&redirect_uri=https%3A%2F%2Fapp.example%2Fcallback\
             &code_verifier={VERIFIER}"
        ))
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 200);
    answer.json().await.expect("JSON")
}

/// A browser without a screen.
struct Person {
    origin: String,
    http: reqwest::Client,
    cookies: BTreeMap<String, String>,
}

impl Person {
    fn new(port: u16) -> Self {
        let http = reqwest::Client::builder().redirect(Policy::none()).no_proxy().build().expect("a client");
        Self { origin: format!("http://127.0.0.1:{port}"), http, cookies: BTreeMap::new() }
    }

    /// Follows redirects within the site; gives the last page, or the address outside it.
    async fn follow(&mut self, method: &str, address: &str, body: Option<String>) -> String {
        let mut method = method.parse().expect("a method");
        let mut address = address.to_owned();
        let mut body = body;
        loop {
            let cookies: Vec<_> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let mut request = self
                .http
                .request(method, format!("{}{address}", self.origin))
                .header(COOKIE, cookies.join("; "))
                .header(ORIGIN, &self.origin);
            if let Some(body) = body.take() {
                request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
            }
            let answer = request.send().await.expect("an answer");
            for cookie in answer.headers().get_all(SET_COOKIE) {
                let pair = cookie.to_str().expect("readable").split(';').next().unwrap_or_default();
                if let Some((name, value)) = pair.split_once('=') {
                    self.cookies.insert(name.to_owned(), value.to_owned());
                }
            }
            let Some(location) = answer.headers().get(LOCATION) else {
                return answer.text().await.expect("a page");
            };
            address = location.to_str().expect("readable").to_owned();
            if !address.starts_with('/') {
                return address;
            }
            method = "GET".parse().expect("a method");
        }
    }
}

fn challenge() -> String {
    use aws_lc_rs::digest::{SHA256, digest};
    data_encoding::BASE64URL_NOPAD.encode(digest(&SHA256, VERIFIER.as_bytes()).as_ref())
}

/// A running Guichet; it ends with this value.
pub struct Server {
    process: Child,
    /// From its start to its first answer.
    pub first_answer: Duration,
}

impl Server {
    /// Starts it on a configuration, and waits until it answers.
    pub async fn start(config: &Path, port: u16) -> Self {
        let began = Instant::now();
        let process = Command::new(env!("CARGO_BIN_EXE_guichet"))
            .args(["serve", "--config"])
            .arg(config)
            .stderr(Stdio::null())
            .spawn()
            .expect("guichet starts");
        wait_for(port).await;
        Self { process, first_answer: began.elapsed() }
    }

    /// What it holds in memory.
    pub fn resident_megabytes(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).expect("its status");
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("its memory");
        line.split_whitespace().nth(1).expect("a number").parse::<f64>().expect("a number") / 1024.0
    }

    /// The CPU time that it used.
    pub fn cpu(&self) -> Duration {
        cpu_of(self.process.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// User and system time of a process: fields 14 and 15 of its stat, in hundredths of a second.
pub fn cpu_of(process: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).expect("its stat");
    let (_, fields) = stat.rsplit_once(") ").expect("a name");
    let ticks: u64 =
        fields.split(' ').skip(11).take(2).map(|field| field.parse::<u64>().expect("a number")).sum();
    Duration::from_millis(ticks * 10)
}

/// Waits until somebody answers.
pub async fn wait_for(port: u16) {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    for _ in 0..20_000 {
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

/// Makes the person of the measures.
pub fn create_account(config: &Path) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_guichet"))
        .args(["account", "create", "--identifier", "elefevre", "--password-stdin", "--config"])
        .arg(config)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("guichet starts");
    std::io::Write::write_all(&mut command.stdin.take().expect("its input"), PASSWORD.as_bytes())
        .expect("written");
    assert!(command.wait().expect("it ends").success());
}

/// The configuration of a measure.
pub fn configuration(port: u16) -> String {
    format!(
        r#"
data_directory = "data"
[server]
listen = "127.0.0.1:{port}"
public_url = "http://127.0.0.1:{port}"
[logs]
format = "json"
[site]
name = "Measure"
operator = "Measure"
[[situations]]
id = "external"
title = "External"
door = "password"
[[clients]]
client_id = "app"
client_name = "App"
client_secret = "{SECRET}"
redirect_uris = ["https://app.example/callback"]
grant_types = ["authorization_code", "refresh_token", "client_credentials"]
scope = "openid profile offline_access"
id_token_signed_response_alg = "ES256"
first_party = true
"#
    )
}
