//! What Guichet costs, as ratios to what it could cost at the least, all in one run.
//!
//! `cargo bench --bench measure` starts the real binary on SQLite, a bare axum route that returns the
//! same bytes, and argon2 itself, and prints one table. Load and server share the machine, so no
//! figure means anything alone: only the ratios do.

#[allow(dead_code, reason = "each measure takes what it needs")]
mod outside;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use axum::Router;
use axum::routing::get;
use outside::{PASSWORD, Server, ask, configuration, cpu_of, create_account, free_port, sign_in, wait_for};
use tokio::net::{TcpListener, TcpStream};

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
    let folder = outside::folder("measure");
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
        ask(&mut stream, &request, &mut buffer).await;
        answers += 1;
    }
    answers
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
