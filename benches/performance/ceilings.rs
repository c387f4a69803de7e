//! What nothing can pass on this machine: bare HTTP, signatures, commits.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use axum::Router;
use axum::body::Bytes;
use axum::routing::get;
use sqlx::any::AnyPoolOptions;
use sqlx::{AnyPool, Executor};
use tokio::net::TcpListener;

use super::load::{Measured, closed_loop};
use super::providers::{Provider, free_port};

/// Where this program finds what it serves when it is the bare route.
const BODY: &str = "GUICHET_BENCH_BARE_BODY";
const PORT: &str = "GUICHET_BENCH_BARE_PORT";

/// What this process is to serve, when it was started as the bare route.
pub fn bare_body() -> Option<PathBuf> {
    std::env::var_os(BODY).map(PathBuf::from)
}

/// Answers everything with the same bytes, and does nothing else.
pub async fn serve_bare(body: &Path) {
    let body = Bytes::from(std::fs::read(body).expect("the body"));
    let port: u16 = std::env::var(PORT).expect("a port").parse().expect("a number");
    let answer = move || {
        let body = body.clone();
        async move { ([("content-type", "application/json")], body) }
    };
    let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("a port");
    let routes = Router::new().route("/{*path}", get(answer.clone()).post(answer));
    axum::serve(listener, routes).await.expect("served");
}

/// Starts the bare route with so many bytes, in a process of its own as Guichet is.
pub async fn bare(folder: &Path, body: &str) -> Provider {
    let file = folder.join("body");
    std::fs::write(&file, body).expect("a file");
    let port = free_port().await;
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    Provider::start("bare axum", port, command.env(BODY, &file).env(PORT, port.to_string())).await
}

/// ES256 signatures a second with a parsed key, one thread on each core.
pub fn signatures(time: Duration) -> f64 {
    let pair = Arc::new(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key"));
    let message = vec![b'x'; 500];
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let began = Instant::now();
    let workers: Vec<_> = (0..cores)
        .map(|_| {
            let (pair, message) = (Arc::clone(&pair), message.clone());
            thread::spawn(move || {
                let random = SystemRandom::new();
                let mut signatures = 0_u32;
                while began.elapsed() < time {
                    pair.sign(&random, &message).expect("signed");
                    signatures += 1;
                }
                signatures
            })
        })
        .collect();
    let signatures: u32 = workers.into_iter().map(|worker| worker.join().expect("a worker")).sum();
    f64::from(signatures) / began.elapsed().as_secs_f64()
}

/// Commits a second of SQLite, written through to the disk: a loop of transactions of one statement.
pub async fn sqlite_commits(folder: &Path, time: Duration) -> Measured {
    let url = format!("sqlite://{}?mode=rwc", folder.join("commits.sqlite").display());
    commits(&url, 1, &["PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL"], time).await
}

/// Commits a second of PostgreSQL, over so many connections.
pub async fn postgres_commits(url: &str, connections: u32, time: Duration) -> Measured {
    commits(url, connections, &[], time).await
}

async fn commits(url: &str, connections: u32, before: &'static [&'static str], time: Duration) -> Measured {
    let pool: AnyPool = AnyPoolOptions::new()
        .max_connections(connections)
        .after_connect(move |connection, _| {
            Box::pin(async move {
                for statement in before {
                    connection.execute(*statement).await?;
                }
                Ok(())
            })
        })
        .connect(url)
        .await
        .expect("a pool");
    for statement in [
        "DROP TABLE IF EXISTS commits",
        "CREATE TABLE commits (id BIGINT PRIMARY KEY, number BIGINT NOT NULL)",
    ] {
        pool.execute(statement).await.expect("a table");
    }
    let mut workers = Vec::new();
    for id in 0..connections {
        let mut connection = pool.acquire().await.expect("a connection");
        let insert = sqlx::query("INSERT INTO commits (id, number) VALUES ($1, 0)").bind(i64::from(id));
        insert.execute(&mut *connection).await.expect("a row");
        workers.push((i64::from(id), connection));
    }
    let step = |(id, mut connection): (i64, sqlx::pool::PoolConnection<sqlx::Any>)| async move {
        let update = sqlx::query("UPDATE commits SET number = number + 1 WHERE id = $1").bind(id);
        update.execute(&mut *connection).await.expect("committed");
        (id, connection)
    };
    let (measured, workers) = closed_loop(workers, time, step).await;
    drop(workers);
    pool.execute("DROP TABLE commits").await.expect("no table");
    pool.close().await;
    measured
}
