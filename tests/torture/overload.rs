//! Ten times more sign-ins than the cores can hash, and thousands of connections that say nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::installation::{Installation, megabytes};
use crate::ledger::LastWords;
use crate::length;
use crate::support::app::PASSWORD;
use crate::wire::{Reply, Unsure, Visitor, client_credentials, exchange, form};

/// The time under which so many of a hundred stayed.
fn percentile(times: &mut [Duration], of_hundred: usize) -> Duration {
    times.sort();
    times
        .get((times.len() * of_hundred / 100).min(times.len().saturating_sub(1)))
        .copied()
        .unwrap_or_default()
}

/// A form that anybody may send again and again: its address and its cookies.
struct Form {
    port: u16,
    action: String,
    cookies: String,
}

impl Form {
    fn open(port: u16) -> Self {
        let mut visitor = Visitor::new(port);
        let page = visitor.open(port, &Visitor::authorization()).expect("a form");
        let cookies: Vec<String> =
            visitor.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        Self { port, action: page.form_action(), cookies: cookies.join("; ") }
    }

    /// Sends a name that nobody bears, which costs as much as one that somebody does.
    async fn send(&self, number: usize) -> std::io::Result<(u16, bool)> {
        let name = format!("ghost{number}");
        let body = form(&[("username", name.as_str()), ("password", "Wrong-Horse-7")]);
        let request = format!(
            "POST {} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\nOrigin: http://127.0.0.1:{port}\r\nCookie: {}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            self.action,
            self.cookies,
            body.len(),
            port = self.port,
        );
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        let answer = String::from_utf8_lossy(&answer);
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.ok_or(std::io::ErrorKind::UnexpectedEof)?;
        Ok((status, answer.to_lowercase().contains("\r\nretry-after: ")))
    }
}

/// What a flood of sign-ins met.
#[derive(Default)]
struct Met {
    checked: Vec<Duration>,
    sent_away: Vec<Duration>,
    broken: usize,
}

/// Sends forms at a rate, however slowly they are answered; without a rate, as fast as so many can.
async fn flood(form: &Arc<Form>, clients: u32, rate: Option<f64>, time: Duration) -> Met {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let end = Instant::now() + time;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..clients {
        let form = Arc::clone(form);
        tasks.spawn(async move {
            let mut met = Met::default();
            while Instant::now() < end {
                let began = Instant::now();
                match form.send(NUMBER.fetch_add(1, Ordering::Relaxed)).await {
                    Ok((422, _)) => met.checked.push(began.elapsed()),
                    Ok((503, true)) => met.sent_away.push(began.elapsed()),
                    Ok((status, _)) => panic!("{status}"),
                    Err(_) => met.broken += 1,
                }
                if let Some(rate) = rate {
                    let pause = Duration::from_secs_f64(f64::from(clients) / rate);
                    tokio::time::sleep(pause.saturating_sub(began.elapsed())).await;
                }
            }
            met
        });
    }
    let mut all = Met::default();
    while let Some(met) = tasks.join_next().await {
        let met = met.expect("no client breaks");
        all.checked.extend(met.checked);
        all.sent_away.extend(met.sent_away);
        all.broken += met.broken;
    }
    all
}

/// How long an answer takes, asked for again and again beside everything else.
struct Probe {
    name: &'static str,
    stop: Arc<AtomicBool>,
    thread: thread::JoinHandle<Vec<Duration>>,
}

impl Probe {
    fn start(name: &'static str, mut ask: impl FnMut() -> Result<Reply, Unsure> + Send + 'static) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&stop);
        let thread = thread::spawn(move || {
            let mut times = Vec::new();
            while !told.load(Ordering::SeqCst) {
                let began = Instant::now();
                let reply = ask().unwrap_or_else(|error| panic!("{name}: {error:?}"));
                assert_eq!(reply.status, 200, "{name}: {reply:?}");
                times.push(began.elapsed());
                thread::sleep(Duration::from_millis(10));
            }
            times
        });
        Self { name, stop, thread }
    }

    fn end(self) -> (&'static str, Vec<Duration>) {
        self.stop.store(true, Ordering::SeqCst);
        (self.name, self.thread.join().expect("a probe"))
    }
}

fn probes(port: u16, visitor: &Visitor) -> Vec<Probe> {
    let mut visitor = visitor.clone();
    vec![
        Probe::start("token", move || client_credentials(port)),
        Probe::start("jwks", move || Ok(exchange(port, "GET", "/jwks", &[], "")?)),
        Probe::start("session", move || visitor.get(port, "/")),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_too_many_is_told_so_and_nobody_else_notices() {
    let installation =
        Installation::new().with("PASSWORDS__ARGON2_MEMORY", "19456").with("PASSWORDS__ARGON2_PASSES", "2");
    let port = installation.port;
    installation.create_account("elefevre");
    let (node, _) = installation.serve(port);
    let _last_words = LastWords(&node);
    let mut visitor = Visitor::new(port);
    visitor.sign_in(port, "elefevre", PASSWORD).expect("let in");
    let form = Arc::new(Form::open(port));

    let quiet = probes(port, &visitor);
    tokio::time::sleep(length::time(2, 0.01)).await;
    let quiet: Vec<_> = quiet.into_iter().map(Probe::end).collect();
    let time = length::time(2, 0.01);
    let usual = flood(&form, 8, None, time).await;
    assert!(usual.sent_away.is_empty(), "eight at once are not too many");
    let capacity = f64::from(u32::try_from(usual.checked.len()).unwrap()) / time.as_secs_f64();

    let crowded = probes(port, &visitor);
    let time = length::time(5, 0.06);
    let mut met = flood(&form, 1_200, Some(capacity * 10.0), time).await;
    let crowded: Vec<_> = crowded.into_iter().map(Probe::end).collect();
    let most = megabytes(node.id(), "VmHWM:");
    let longest = percentile(&mut met.sent_away, 100);
    let late = percentile(&mut met.sent_away, 99);
    println!(
        "torture: ten times the {capacity:.0} sign-ins a second that can be hashed, for {time:.0?}: {} checked, {} sent away with \
         Retry-After (99 of 100 within {late:.0?}, all within {longest:.0?}), {} connections broken, {most:.0} MB at the most",
        met.checked.len(),
        met.sent_away.len(),
        met.broken
    );
    assert!(!met.checked.is_empty() && !met.sent_away.is_empty(), "nobody was too many");
    assert!(longest < Duration::from_secs(30), "{longest:?} to be sent away");
    let mut slow = Vec::new();
    for ((name, mut before), (_, mut during)) in quiet.into_iter().zip(crowded) {
        let (before, during) = (percentile(&mut before, 99), percentile(&mut during, 99));
        println!("torture: meanwhile {name}: p99 {during:.1?}, {before:.1?} when it is quiet");
        if during > Duration::from_millis(100) {
            slow.push(name);
        }
    }
    if length::is_strict() {
        assert!(late < Duration::from_millis(1_500), "{late:?} to be sent away");
        assert!(most < 256.0, "{most} MB");
        assert!(slow.is_empty(), "slower than 100 ms: {slow:?}");
    }
}

/// How many files this process may hold, so that it can hold as many connections.
fn most_descriptors() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    line.split_whitespace().nth(3).and_then(|soft| soft.parse().ok()).unwrap_or(1_024)
}

/// A connection that says a little now and then; for how long it was put up with.
async fn dawdle(port: u16, beginning: &'static str) -> std::io::Result<Duration> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let began = Instant::now();
    let (mut reading, mut writing) = stream.split();
    let mut heard = [0; 4096];
    let talk = async {
        writing.write_all(beginning.as_bytes()).await?;
        loop {
            tokio::time::sleep(Duration::from_secs(1)).await;
            if !beginning.is_empty() {
                writing.write_all(b"x").await?;
            }
        }
    };
    let listen = async {
        while reading.read(&mut heard).await? > 0 {}
        Ok(())
    };
    let ended: std::io::Result<()> = tokio::select! { ended = talk => ended, ended = listen => ended };
    // However it was closed, it was.
    let _ = ended;
    Ok(began.elapsed())
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_dawdle_are_closed_while_others_sign_in() {
    let installation = Installation::new();
    let port = installation.port;
    installation.create_account("elefevre");
    let (node, _) = installation.serve(port);
    let wanted = if length::minutes().is_some() { 5_000 } else { 300 };
    let count = wanted.min(most_descriptors().saturating_sub(500));
    if count < wanted {
        eprintln!("torture: only {count} slow connections: ulimit -n allows no more");
    }
    let mut dawdlers = tokio::task::JoinSet::new();
    for number in 0..count {
        let beginning = ["", "GET / HT", "POST /token HTTP/1.1\r\nHost: x\r\n"][number % 3];
        dawdlers.spawn(dawdle(port, beginning));
    }
    let signing_in = tokio::task::spawn_blocking(move || {
        let began = Instant::now();
        let mut signed_in = 0;
        while began.elapsed() < Duration::from_secs(4) {
            Visitor::new(port).sign_in(port, "elefevre", PASSWORD).expect("let in");
            signed_in += 1;
        }
        signed_in
    });
    let (mut longest, mut refused) = (Duration::ZERO, 0);
    while let Some(dawdled) = dawdlers.join_next().await {
        match dawdled.unwrap() {
            Ok(time) => longest = longest.max(time),
            Err(_) => refused += 1,
        }
    }
    let signed_in = signing_in.await.unwrap();
    let most = megabytes(node.id(), "VmHWM:");
    println!(
        "torture: {count} connections that dawdle: closed within {longest:.1?}, {refused} refused, {signed_in} sign-ins meanwhile, \
         {most:.0} MB at the most"
    );
    assert!(signed_in > 0);
    assert!(refused < count / 10, "{refused} were not even let in");
    assert!(longest < Duration::from_secs(if length::is_strict() { 10 } else { 60 }), "{longest:?}");
}
