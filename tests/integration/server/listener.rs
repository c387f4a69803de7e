use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::get;
use guichet::server::guard::protect;
use guichet::server::listener::{BindError, Listener, ListenerSettings, Patience};
use hyper::body::Frame;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::server::running::{
    FOREVER, Running, little_patience, protection, read_all, read_some, routes, settings,
};

const REQUEST: &str = "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n";
const LAST_REQUEST: &str = "GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

#[tokio::test]
async fn a_silent_connection_is_closed_after_five_seconds() {
    let server = Running::guarded().await;
    let begun = Instant::now();
    assert_eq!(server.say("").await, "");
    let took = begun.elapsed();
    assert!((4..7).contains(&took.as_secs()), "{took:?}");
}

#[tokio::test]
async fn a_head_that_comes_drop_by_drop_is_cut_off_after_five_seconds() {
    let server = Running::guarded().await;
    let begun = Instant::now();
    let mut stream = server.connect().await;
    stream.write_all(b"GET /hello HTTP/1.1\r\nHost: x\r\n").await.unwrap();
    let mut lines = 0;
    while stream.write_all(b"X-Slow: 1\r\n").await.is_ok() {
        lines += 1;
        assert!(lines < 100, "the connection stayed open");
        sleep(Duration::from_millis(200)).await;
    }
    let took = begun.elapsed();
    assert!((4..7).contains(&took.as_secs()), "{took:?}");
}

#[tokio::test]
async fn a_kept_connection_may_rest_longer_than_a_head_may_take_but_not_for_ever() {
    let server =
        Running::start(routes(), ListenerSettings { patience: little_patience(), ..settings() }).await;
    let mut stream = server.connect().await;
    stream.write_all(REQUEST.as_bytes()).await.unwrap();
    assert!(read_some(&mut stream).await.ends_with("hello"));
    sleep(Duration::from_millis(600)).await;
    stream.write_all(REQUEST.as_bytes()).await.unwrap();
    assert!(read_some(&mut stream).await.ends_with("hello"));
    let begun = Instant::now();
    assert_eq!(read_all(&mut stream).await, "");
    assert!(begun.elapsed() >= Duration::from_millis(800), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_second_head_has_no_more_time_than_the_first() {
    let server =
        Running::start(routes(), ListenerSettings { patience: little_patience(), ..settings() }).await;
    let mut stream = server.connect().await;
    stream.write_all(REQUEST.as_bytes()).await.unwrap();
    read_some(&mut stream).await;
    stream.write_all(b"GET /hel").await.unwrap();
    let begun = Instant::now();
    assert_eq!(read_all(&mut stream).await, "");
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn an_answer_that_nobody_reads_is_given_up() {
    let elapsed = let_an_unread_answer_go(little_patience()).await;
    assert!(elapsed >= Duration::from_secs(1), "{elapsed:?}");
}

/// Takes the one place and reads nothing of an endless answer; gives how long the next one waits for that place.
async fn let_an_unread_answer_go(patience: Patience) -> Duration {
    let endless = || async { Body::new(Endless(Bytes::from(vec![b'x'; 64 * 1024]))) };
    let router = Router::new().route("/endless", get(endless));
    let server =
        Running::start(router, ListenerSettings { patience, max_connections: 1, ..settings() }).await;
    let mut stuck = server.connect().await;
    stuck.write_all(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    sleep(Duration::from_millis(100)).await;
    // The one place is taken; this is served only because the stuck connection is closed.
    let begun = Instant::now();
    let answer = server.say("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    begun.elapsed()
}

struct Endless(Bytes);

impl hyper::body::Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(Some(Ok(Frame::data(self.0.clone()))))
    }
}

#[tokio::test]
async fn slow_connections_do_not_stop_a_normal_request() {
    let server = Running::guarded().await;
    let mut slow = Vec::new();
    for _ in 0..200 {
        let mut stream = server.connect().await;
        stream.write_all(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Le").await.unwrap();
        slow.push(stream);
    }
    let begun = Instant::now();
    assert!(server.say(LAST_REQUEST).await.ends_with("hello"));
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    assert_eq!(slow.len(), 200);
}

#[tokio::test]
async fn connections_beyond_the_cap_wait_for_a_place() {
    let patience = Patience::default();
    let server =
        Running::start(routes(), ListenerSettings { max_connections: 2, patience, ..settings() }).await;
    let mut kept = Vec::new();
    for _ in 0..2 {
        let mut stream = server.connect().await;
        stream.write_all(REQUEST.as_bytes()).await.unwrap();
        read_some(&mut stream).await;
        kept.push(stream);
    }
    let mut third = server.connect().await;
    third.write_all(LAST_REQUEST.as_bytes()).await.unwrap();
    let early = timeout(Duration::from_millis(300), third.readable()).await;
    assert!(early.is_err(), "a third connection was served beside two");
    kept.pop();
    assert!(read_all(&mut third).await.ends_with("hello"));
}

#[tokio::test]
async fn a_network_has_so_many_connections_unless_it_is_a_trusted_proxys() {
    for proxies in [vec![], vec!["127.0.0.0/8".parse().unwrap()]] {
        let is_trusted = !proxies.is_empty();
        let settings =
            ListenerSettings { max_connections_per_network: 3, trusted_proxies: proxies, ..settings() };
        let server = Running::start(routes(), settings).await;
        let mut kept = Vec::new();
        for _ in 0..3 {
            let mut stream = server.connect().await;
            stream.write_all(REQUEST.as_bytes()).await.unwrap();
            read_some(&mut stream).await;
            kept.push(stream);
        }
        let ask = async || {
            let mut stream = server.connect().await;
            // It may be closed by now.
            let _ = stream.write_all(LAST_REQUEST.as_bytes()).await;
            read_all(&mut stream).await
        };
        assert_eq!(ask().await.ends_with("hello"), is_trusted);
        kept.pop();
        sleep(Duration::from_millis(300)).await;
        assert!(ask().await.ends_with("hello"));
    }
}

#[tokio::test]
async fn an_answer_of_which_nothing_is_taken_is_given_up_before_its_time() {
    let patience = Patience { answer: Duration::from_millis(500), ..Patience::default() };
    let elapsed = let_an_unread_answer_go(patience).await;
    assert!(elapsed < Duration::from_secs(10), "{elapsed:?}");
}

#[tokio::test]
async fn the_drain_finishes_what_is_in_progress_and_refuses_what_is_new() {
    let mut server = Running::start(protect(routes(), protection()), settings()).await;
    let mut resting = server.connect().await;
    resting.write_all(REQUEST.as_bytes()).await.unwrap();
    read_some(&mut resting).await;
    let mut busy = server.connect().await;
    busy.write_all(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    sleep(Duration::from_millis(200)).await;
    let begun = Instant::now();
    server.tell_to_end();
    assert_eq!(read_all(&mut resting).await, "");
    assert!(TcpStream::connect(server.address).await.is_err());
    assert!(read_all(&mut busy).await.ends_with("slow but sure"));
    server.has_ended().await;
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn what_outlasts_the_drain_is_cut() {
    let router = Router::new().route("/never", get(std::future::pending::<()>));
    let drain = Duration::from_millis(300);
    let mut server = Running::start(router, ListenerSettings { drain, ..settings() }).await;
    let mut busy = server.connect().await;
    busy.write_all(b"GET /never HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    sleep(Duration::from_millis(100)).await;
    server.tell_to_end();
    timeout(Duration::from_secs(3), server.has_ended()).await.unwrap();
    assert_eq!(read_all(&mut busy).await, "");
}

#[tokio::test]
async fn a_port_that_is_taken_is_told_in_one_line() {
    let first = Listener::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let error = Listener::bind(first.local_addr()).await.unwrap_err();
    assert!(matches!(error, BindError::PortTaken { .. }));
    let line = error.to_string();
    assert!(line.contains(&first.local_addr().to_string()) && !line.contains('\n'), "{line}");
}

#[tokio::test]
async fn an_address_of_another_machine_is_told_as_such() {
    let error = Listener::bind("192.0.2.1:0".parse().unwrap()).await.unwrap_err();
    assert!(matches!(error, BindError::NotHere { .. }), "{error}");
}

#[tokio::test]
async fn ambiguous_lengths_are_refused_or_end_the_connection() {
    let server = Running::guarded().await;
    let two_lengths = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd";
    assert!(server.say(two_lengths).await.starts_with("HTTP/1.1 400"));
    let odd_coding =
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n";
    assert!(server.say(odd_coding).await.starts_with("HTTP/1.1 400"));
    let negative = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n";
    assert!(server.say(negative).await.starts_with("HTTP/1.1 400"));
    // Read by its chunks alone; what follows is answered neither as body nor as a request (RFC 9112 §6.1).
    let both =
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 30\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    let answer = timeout(FOREVER, server.say(format!("{both}{LAST_REQUEST}"))).await.unwrap();
    assert_eq!((answer.matches("HTTP/1.1 ").count(), answer.ends_with("\r\n\r\n0")), (1, true), "{answer}");
}

#[tokio::test]
async fn unencrypted_http2_is_not_spoken() {
    let server = Running::guarded().await;
    let answer = server.say("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
    assert!(!answer.contains("hello"), "{answer}");
}
