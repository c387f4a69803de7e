//! What Guichet costs, as ratios to what it could cost at the least, all in one run.
//!
//! `cargo bench --bench measure` starts the real binary on SQLite, a bare axum route that returns the
//! same bytes, and argon2 itself, and prints one table. Load and server share the machine, so no
//! figure means anything alone: only the ratios do.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use axum::Router;
use axum::routing::get;
use reqwest::header::{COOKIE, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::redirect::Policy;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const PASSWORD: &str = "Correct-Horse-7";
const SECRET: &str = "a-client-secret-of-the-measure-0123456789";
const VERIFIER: &str = "a-code-verifier-of-the-measure-0123456789-abcdefgh";
const CONNECTIONS: usize = 16;
const LOAD: Duration = Duration::from_secs(4);
const SIGN_INS: u32 = 100;
/// About what passes between two hashes of sign-ins that follow each other.
const PAUSE: Duration = Duration::from_millis(10);

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    if let Some(body) = std::env::var_os("MEASURE_BARE") {
        runtime.block_on(serve_bare(PathBuf::from(body)));
    } else {
        runtime.block_on(measure());
    }
}

async fn measure() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("measure-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    let port = free_port().await;
    let config = folder.join("guichet.toml");
    fs::write(&config, configuration(port)).expect("a configuration");

    // The first start makes keys and database; the second is the one that counts.
    drop(Server::start(&config, port).await);
    create_account(&config);
    let mut starts: Vec<Duration> = Vec::new();
    for _ in 0..5 {
        let server = Server::start(&config, port).await;
        starts.push(server.first_answer);
    }
    starts.sort();
    let server = Server::start(&config, port).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    println!(
        "start to first answer, existing database   {:>8.0} ms (median of 5)",
        starts[2].as_secs_f64() * 1e3
    );
    println!("resident memory, idle                      {:>8.1} MB", server.resident_megabytes());

    for path in ["/.well-known/openid-configuration", "/jwks"] {
        compare_with_bare(&folder, port, path).await;
    }
    sign_ins(&server, port).await;
    println!("resident memory, after the load            {:>8.1} MB", server.resident_megabytes());
    tokio::time::sleep(Duration::from_secs(62)).await;
    println!("resident memory, a minute later            {:>8.1} MB", server.resident_megabytes());
    drop(server);
    let _ = fs::remove_dir_all(&folder);
}

/// Requests a second on one route, beside a bare axum route with the same bytes; three turns each.
async fn compare_with_bare(folder: &Path, port: u16, path: &str) {
    let body = reqwest::get(format!("http://127.0.0.1:{port}{path}")).await.expect("an answer");
    let file = folder.join("body");
    fs::write(&file, body.bytes().await.expect("a body")).expect("a file");
    let bare_port = free_port().await;
    let mut bare = Command::new(std::env::current_exe().expect("this program"))
        .env("MEASURE_BARE", &file)
        .env("MEASURE_PORT", bare_port.to_string())
        .spawn()
        .expect("the bare server starts");
    wait_for(bare_port).await;
    let mut ratios = Vec::new();
    let (mut ours, mut least) = (0.0, 0.0);
    for _ in 0..3 {
        least = load(bare_port, "/").await;
        ours = load(port, path).await;
        ratios.push(ours / least);
    }
    ratios.sort_by(f64::total_cmp);
    println!(
        "{path:<38} {:>8.0} /s   bare axum {:>8.0} /s   ratio {:.2} (median of 3)",
        ours, least, ratios[1]
    );
    let _ = bare.kill();
    let _ = bare.wait();
}

async fn serve_bare(body: PathBuf) {
    let body = axum::body::Bytes::from(fs::read(body).expect("the body"));
    let port: u16 = std::env::var("MEASURE_PORT").expect("a port").parse().expect("a number");
    let route = get(move || {
        let body = body.clone();
        async move { ([("content-type", "application/json")], body) }
    });
    let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("a port");
    axum::serve(listener, Router::new().route("/", route)).await.expect("served");
}

/// Requests a second over a few connections that are kept.
async fn load(port: u16, path: &str) -> f64 {
    let request = format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n\r\n");
    let began = Instant::now();
    let workers = (0..CONNECTIONS).map(|_| tokio::spawn(ask_again_and_again(port, request.clone(), began)));
    let mut answers = 0;
    for worker in workers.collect::<Vec<_>>() {
        answers += worker.await.expect("a worker");
    }
    f64::from(answers) / began.elapsed().as_secs_f64()
}

async fn ask_again_and_again(port: u16, request: String, began: Instant) -> u32 {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.expect("a connection");
    stream.set_nodelay(true).expect("no delay");
    let mut buffer = vec![0; 64 * 1024];
    let mut answers = 0;
    while began.elapsed() < LOAD {
        stream.write_all(request.as_bytes()).await.expect("asked");
        let mut filled = 0;
        loop {
            let read = stream.read(&mut buffer[filled..]).await.expect("an answer");
            assert!(read > 0, "the server closed the connection");
            filled += read;
            if is_whole(&buffer[..filled]) {
                break;
            }
        }
        answers += 1;
    }
    answers
}

fn is_whole(answer: &[u8]) -> bool {
    let Some(end) = answer.windows(4).position(|window| window == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&answer[..end]).to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
    answer.len() >= end + 4 + length.expect("a length")
}

/// CPU time of a whole password sign-in (page, form, code, token), beside that of one argon2 hash.
async fn sign_ins(server: &Server, port: u16) {
    let unpaused = argon2_cpu(Duration::ZERO);
    let argon2 = argon2_cpu(PAUSE);
    sign_in(port).await;
    let before = server.cpu();
    for _ in 0..SIGN_INS {
        sign_in(port).await;
    }
    let each = server.cpu().saturating_sub(before) / SIGN_INS;
    println!(
        "password sign-in, CPU of the server        {:>8.2} ms   one argon2 hash {:.2} ms   ratio {:.2} \
         (hashes without a pause: {:.2} ms)",
        each.as_secs_f64() * 1e3,
        argon2.as_secs_f64() * 1e3,
        each.as_secs_f64() / argon2.as_secs_f64(),
        unpaused.as_secs_f64() * 1e3
    );
}

/// CPU time of one hash with the parameters of the settings' default, its memory reused.
///
/// At the pace of the sign-ins: hashing without a pause keeps the caches warm, as no sign-in does.
fn argon2_cpu(pause: Duration) -> Duration {
    let params = Params::new(19_456, 2, 1, None).expect("sound parameters");
    let mut memory = vec![Block::new(); params.block_count()];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut output = [0; 32];
    let mut hash = || {
        argon2
            .hash_password_into_with_memory(
                PASSWORD.as_bytes(),
                b"sixteen bytes...",
                &mut output,
                &mut memory,
            )
            .expect("a hash");
    };
    hash();
    let before = cpu_of(std::process::id());
    for _ in 0..SIGN_INS {
        std::thread::sleep(pause);
        hash();
    }
    cpu_of(std::process::id()).saturating_sub(before) / SIGN_INS
}

async fn sign_in(port: u16) {
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

struct Server {
    process: Child,
    first_answer: Duration,
}

impl Server {
    async fn start(config: &Path, port: u16) -> Self {
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

    fn resident_megabytes(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).expect("its status");
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("its memory");
        line.split_whitespace().nth(1).expect("a number").parse::<f64>().expect("a number") / 1024.0
    }

    fn cpu(&self) -> Duration {
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
fn cpu_of(process: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).expect("its stat");
    let (_, fields) = stat.rsplit_once(") ").expect("a name");
    let ticks: u64 =
        fields.split(' ').skip(11).take(2).map(|field| field.parse::<u64>().expect("a number")).sum();
    Duration::from_millis(ticks * 10)
}

async fn wait_for(port: u16) {
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

async fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address").port()
}

fn create_account(config: &Path) {
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

fn configuration(port: u16) -> String {
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
grant_types = ["authorization_code", "refresh_token"]
scope = "openid profile"
id_token_signed_response_alg = "ES256"
first_party = true
"#
    )
}
