//! An upstream and a mail server that pour out what never ends: a bounded time, a bounded memory, and a page that says what to do.
//!
//! What they may say wrongly in fewer words is tried in `tests/integration/federation` and `mail`.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use crate::installation::{Installation, megabytes};
use crate::wire::{Visitor, client_credentials};

/// What one connection is given at the most: without a limit of ours it would all be kept.
const MOST: u64 = 1024 * 1024 * 1024;
/// What a node may hold at the most, whatever it is told.
const MEGABYTES: f64 = 256.0;

/// Somebody who begins like this, and never ends like that.
struct Flood {
    port: u16,
    /// How many came to listen.
    listeners: Arc<AtomicU64>,
}

impl Flood {
    fn start(beginning: &'static str, endless: &'static str) -> Self {
        let door = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = door.local_addr().unwrap().port();
        let listeners = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&listeners);
        thread::spawn(move || {
            for stream in door.incoming().flatten() {
                counted.fetch_add(1, Ordering::SeqCst);
                thread::spawn(move || pour(stream, beginning, endless));
            }
        });
        Self { port, listeners }
    }
}

fn pour(mut stream: TcpStream, beginning: &str, endless: &str) {
    let mut listening = stream.try_clone().unwrap();
    thread::spawn(move || while listening.read(&mut [0; 4096]).is_ok_and(|length| length > 0) {});
    if stream.write_all(beginning.as_bytes()).is_err() {
        return;
    }
    let piece = endless.repeat(64 * 1024 / endless.len());
    let mut given = 0;
    while given < MOST && stream.write_all(piece.as_bytes()).is_ok() {
        given += piece.len() as u64;
    }
}

#[test]
fn an_upstream_that_never_ends_costs_a_moment_and_no_memory() {
    for (beginning, endless) in [
        ("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n", "x"),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", "1\r\nx\r\n"),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;x=", "x"),
        ("HTTP/1.1 200 OK\r\n", "x-header: x\r\n"),
        ("HTTP/1.1 200 OK\r\nx-header: ", "x"),
        ("", "x"),
        ("", "HTTP/1.1 100 Continue\r\n\r\n"),
    ] {
        let flood = Flood::start(beginning, endless);
        let installation =
            Installation::new().with("UPSTREAMS__0__ISSUER", &format!("http://127.0.0.1:{}", flood.port));
        let port = installation.port;
        let (node, _) = installation.serve(port);
        let began = Instant::now();
        let mut visitor = Visitor::new(port);
        let departure = Visitor::authorization().replace("idp_hint=external", "idp_hint=staff");
        let page = visitor.open_whatever(port, &departure);
        assert!(page.body.contains("ARENA"), "{beginning:?} {endless:?}: {page:?}");
        assert!(page.header("location").is_none(), "{page:?}");
        assert!(flood.listeners.load(Ordering::SeqCst) > 0, "nobody listened");
        let most = megabytes(node.id(), "VmHWM:");
        assert!(most < MEGABYTES, "{beginning:?} {endless:?}: {most} MB");
        client_credentials(port).expect("others are answered");
        println!(
            "torture: an upstream that pours {endless:?} after {:?}: a page after {:.2?}, {most:.0} MB at the most",
            beginning.lines().last().unwrap_or_default(),
            began.elapsed()
        );
    }
}

#[test]
fn a_mail_server_that_never_ends_costs_an_attempt_and_no_memory() {
    for (beginning, endless) in [
        ("", "x"),
        ("220 ", "x"),
        ("", "220-x\r\n"),
        ("220 hello\r\n", "250-x\r\n"),
        ("220 hello\r\n250-", "x"),
    ] {
        let flood = Flood::start(beginning, endless);
        let installation = Installation::new()
            .with("MAIL__HOST", "127.0.0.1")
            .with("MAIL__PORT", &flood.port.to_string())
            .with("MAIL__SECURITY", "none")
            .with("MAIL__FROM", "guichet@id.test");
        let port = installation.port;
        let words =
            ["account", "create", "--identifier", "elefevre", "--email", "elodie@example.org", "--temporary"];
        assert!(installation.run(&words, "").status.success());
        let (node, _) = installation.serve(port);
        Visitor::new(port).post(port, "/forgotten-password", &[("username", "elefevre")]).expect("an answer");
        let began = Instant::now();
        while flood.listeners.load(Ordering::SeqCst) == 0 && began.elapsed() < Duration::from_secs(30) {
            sleep(Duration::from_millis(20));
        }
        assert!(flood.listeners.load(Ordering::SeqCst) > 0, "no mail was tried:\n{}", node.said());
        sleep(Duration::from_secs(3));
        let most = megabytes(node.id(), "VmHWM:");
        assert!(most < MEGABYTES, "{beginning:?} {endless:?}: {most} MB");
        client_credentials(port).expect("others are answered");
        let status = installation.run(&["mail", "status", "--json"], "");
        assert!(status.status.success(), "{status:?}");
        println!(
            "torture: a mail server that pours {endless:?} after {beginning:?}: {most:.0} MB at the most"
        );
    }
}
