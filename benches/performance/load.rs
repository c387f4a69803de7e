//! What drives: `wrk` for single requests, closed loops of browsers for what is more than one.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// How fast it went.
#[derive(Clone, Copy, Debug, Default)]
pub struct Measured {
    /// How many a second.
    pub rate: f64,
    /// Half were quicker, in milliseconds.
    pub p50: f64,
    /// Of a hundred 99 were quicker, in milliseconds.
    pub p99: f64,
}

impl Measured {
    /// The one in the middle of several turns, by rate.
    pub fn median(mut turns: Vec<Self>) -> Self {
        turns.sort_by(|left, right| left.rate.total_cmp(&right.rate));
        turns[turns.len() / 2]
    }
}

/// A request that may be sent again and again.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: &'static str,
    pub path: &'static str,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

impl Request {
    pub fn get(path: &'static str) -> Self {
        Self { method: "GET", path, headers: Vec::new(), body: String::new() }
    }
}

/// Sends one request over so many connections, by `wrk`.
pub fn single(folder: &Path, port: u16, request: &Request, connections: usize, time: Duration) -> Measured {
    let script = folder.join("request.lua");
    let mut text = format!("wrk.method = '{}'\nwrk.body = '{}'\n", request.method, request.body);
    for (name, value) in &request.headers {
        writeln!(text, "wrk.headers['{name}'] = '{value}'").expect("written");
    }
    fs::write(&script, text).expect("a script");
    let output = Command::new("wrk")
        .args(["--latency", "--threads", if connections > 1 { "2" } else { "1" }, "--connections"])
        .arg(connections.to_string())
        .arg("--duration")
        .arg(format!("{}s", time.as_secs().max(1)))
        .arg("--script")
        .arg(&script)
        .arg(format!("http://127.0.0.1:{port}{}", request.path))
        .output()
        .expect("wrk runs: scripts/install.sh wrk");
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    assert!(!told.contains("Non-2xx") && !told.contains("Socket errors"), "{} {told}", request.path);
    let of = |name: &str| {
        let line = told.lines().find_map(|line| line.trim().strip_prefix(name));
        line.unwrap_or_else(|| panic!("{told}")).trim().to_owned()
    };
    Measured {
        rate: of("Requests/sec:").parse().expect("a number"),
        p50: milliseconds(&of("50%")),
        p99: milliseconds(&of("99%")),
    }
}

/// A time as `wrk` prints it.
fn milliseconds(text: &str) -> f64 {
    let end = text.find(|character: char| character.is_alphabetic()).expect("a unit");
    let (number, unit) = text.split_at(end);
    let factor = match unit {
        "us" => 1e-3,
        "ms" => 1.0,
        "s" => 1e3,
        "m" => 60e3,
        _ => panic!("{text}"),
    };
    number.parse::<f64>().expect("a number") * factor
}

/// Lets each worker take one step after the other.
pub async fn closed_loop<W, F>(
    workers: Vec<W>,
    time: Duration,
    step: impl Fn(W) -> F + Clone + Send + 'static,
) -> (Measured, Vec<W>)
where
    W: Send + 'static,
    F: Future<Output = W> + Send + 'static,
{
    let began = Instant::now();
    let tasks: Vec<_> = workers
        .into_iter()
        .map(|mut worker| {
            let step = step.clone();
            tokio::spawn(async move {
                let mut times = Vec::new();
                while began.elapsed() < time {
                    let asked = Instant::now();
                    worker = step(worker).await;
                    times.push(asked.elapsed().as_secs_f64() * 1e3);
                }
                (worker, times)
            })
        })
        .collect();
    let (mut workers, mut times) = (Vec::new(), Vec::new());
    for task in tasks {
        let (worker, its_times) = task.await.expect("a worker");
        workers.push(worker);
        times.extend(its_times);
    }
    let rate = count(times.len()) / began.elapsed().as_secs_f64();
    times.sort_by(f64::total_cmp);
    (Measured { rate, p50: times[times.len() / 2], p99: times[times.len() * 99 / 100] }, workers)
}

/// A count as a number to divide by.
pub fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).expect("not that many"))
}
