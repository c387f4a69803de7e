//! What a token costs: client credentials and refresh with rotation, beside signatures alone and a bare axum route.
//!
//! `cargo bench --bench tokens` drives the real binary on SQLite (`synchronous=FULL`) over connections that are kept, and prints
//! requests a second beside `openssl speed` of the same algorithm and a bare axum route, all of one run.

#[allow(dead_code, reason = "each measure takes what it needs")]
mod outside;

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::post;
use data_encoding::BASE64;
use outside::{SECRET, Server, ask, configuration, create_account, free_port, sign_in};
use tokio::net::{TcpListener, TcpStream};

const CONNECTIONS: usize = 16;
const LOAD: Duration = Duration::from_secs(5);

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(measure());
}

async fn measure() {
    let folder = outside::folder("tokens");
    let port = free_port().await;
    let config = folder.join("guichet.toml");
    fs::write(&config, configuration(port)).expect("a configuration");
    drop(Server::start(&config, port).await);
    create_account(&config);
    let server = Server::start(&config, port).await;

    let signatures = openssl_signatures();
    let bare = bare().await;
    let none = vec![String::new(); CONNECTIONS];
    let (least, _) = load(bare, &none, |_| "grant_type=client_credentials".to_owned()).await;
    let (credentials, p99) = load(port, &none, |_| "grant_type=client_credentials".to_owned()).await;
    let mut tokens = Vec::new();
    for _ in 0..CONNECTIONS {
        let answer = sign_in(port).await;
        tokens.push(answer["refresh_token"].as_str().expect("a refresh token").to_owned());
    }
    let refresh = |token: &str| format!("grant_type=refresh_token&refresh_token={token}");
    let (rotations, refresh_p99) = load(port, &tokens, refresh).await;
    println!("ES256 signatures, openssl, one core        {signatures:>8.0} /s");
    println!("bare axum route, POST                      {least:>8.0} /s");
    println!("client credentials                         {credentials:>8.0} /s   p99 {p99:.1} ms");
    println!("refresh with rotation                      {rotations:>8.0} /s   p99 {refresh_p99:.1} ms");
    println!("client credentials / signatures of a core  {:>8.2}", credentials / signatures);
    println!("client credentials / bare axum             {:>8.2}", credentials / least);
    println!("resident memory, after the load            {:>8.1} MB", server.resident_megabytes());
    drop(server);
    let _ = fs::remove_dir_all(&folder);
}

/// Requests a second at the token endpoint over connections that are kept, and the time that 99 of 100 stay
/// below, in milliseconds. Each connection sends what `form` makes of the refresh token that it has by then.
async fn load(
    port: u16,
    tokens: &[String],
    form: impl Fn(&str) -> String + Copy + Send + 'static,
) -> (f64, f64) {
    let basic = BASE64.encode(format!("app:{SECRET}").as_bytes());
    let began = Instant::now();
    let workers = tokens.iter().cloned().map(|mut token| {
        let basic = basic.clone();
        tokio::spawn(async move {
            let mut stream = TcpStream::connect(("127.0.0.1", port)).await.expect("a connection");
            stream.set_nodelay(true).expect("no delay");
            let (mut buffer, mut times) = (vec![0; 16 * 1024], Vec::new());
            while began.elapsed() < LOAD {
                let body = form(&token);
                let request = format!(
                    "POST /token HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nauthorization: Basic {basic}\r\n\
                     content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
                    body.len()
                );
                let asked = Instant::now();
                let length = ask(&mut stream, &request, &mut buffer).await;
                times.push(asked.elapsed());
                let answer = String::from_utf8_lossy(&buffer[..length]);
                assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
                if let Some(rest) = answer.split("\"refresh_token\":\"").nth(1) {
                    rest.split('"').next().unwrap_or_default().clone_into(&mut token);
                }
            }
            times
        })
    });
    let mut times = Vec::new();
    for worker in workers.collect::<Vec<_>>() {
        times.extend(worker.await.expect("a worker"));
    }
    let rate = f64::from(u32::try_from(times.len()).expect("a number")) / began.elapsed().as_secs_f64();
    times.sort();
    (rate, times[times.len() * 99 / 100].as_secs_f64() * 1e3)
}

/// A route that answers as many bytes as a token answer has, and does nothing else; its port.
async fn bare() -> u16 {
    let body = "x".repeat(900);
    let answer = move || std::future::ready(body.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/token", post(answer))).await });
    port
}

/// ES256 signatures a second on one core, as `openssl speed` tells; zero where there is no openssl.
fn openssl_signatures() -> f64 {
    let output = Command::new("openssl").args(["speed", "-seconds", "3", "ecdsap256"]).output();
    let Ok(output) = output else { return 0.0 };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().rev().find(|line| line.contains("nistp256"));
    let fields: Vec<&str> = line.unwrap_or_default().split_whitespace().collect();
    // Signs and verifications a second are the last two columns.
    fields.len().checked_sub(2).and_then(|place| fields[place].parse().ok()).unwrap_or(0.0)
}
