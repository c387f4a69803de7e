use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, HttpBody};
use futures_util::future::join_all;
use guichet::server::guard::{MOST_UNFINISHED_BYTES, Protection, protect};
use http::Request;
use hyper::body::Frame;
use reqwest::{Client, Method, Response, StatusCode};
use tokio::io::AsyncWriteExt;
use tokio::time::{sleep, timeout};
use tower::ServiceExt;

use crate::server::running::{Running, protection, read_all, read_some, routes, settings};

async fn send(
    server: &Running,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Response {
    let mut request = Client::new().request(method, server.url(path)).body(body.to_owned());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

#[tokio::test]
async fn every_answer_bears_the_protective_headers() {
    let server = Running::guarded().await;
    for (method, path, status) in [
        (Method::GET, "/hello", 200),
        (Method::GET, "/nowhere", 404),
        (Method::DELETE, "/hello", 405),
        (Method::GET, "/panic", 500),
        (Method::from_bytes(b"BREW").unwrap(), "/hello", 501),
    ] {
        let response = send(&server, method, path, &[], "").await;
        assert_eq!(response.status(), status, "{path}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("strict-transport-security", "max-age=31536000"),
        ] {
            assert_eq!(response.headers()[name], value, "{path}");
        }
        let policy = response.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
        assert!(response.headers().contains_key("permissions-policy"));
        assert!(response.headers().contains_key("x-request-id"));
    }
}

#[tokio::test]
async fn a_request_is_known_by_our_reference_and_not_by_its_own() {
    let server = Running::guarded().await;
    let response = send(&server, Method::GET, "/who", &[("x-request-id", "mine")], "").await;
    let told = response.headers()["x-request-id"].to_str().unwrap().to_owned();
    let seen = response.text().await.unwrap();
    assert_ne!(told, "mine");
    assert!(seen.starts_with(&told), "{seen}");
}

#[tokio::test]
async fn forms_of_other_sites_are_refused_and_ours_are_not() {
    let server = Running::guarded().await;
    let status = async |path: &str, headers: &[(&str, &str)]| {
        send(&server, Method::POST, path, headers, "x").await.status()
    };
    assert_eq!(status("/echo", &[("sec-fetch-site", "same-origin")]).await, StatusCode::OK);
    assert_eq!(status("/echo", &[("origin", "https://id.example")]).await, StatusCode::OK);
    assert_eq!(status("/echo", &[]).await, StatusCode::OK);
    assert_eq!(status("/echo", &[("sec-fetch-site", "cross-site")]).await, StatusCode::FORBIDDEN);
    assert_eq!(status("/echo", &[("sec-fetch-site", "same-site")]).await, StatusCode::FORBIDDEN);
    assert_eq!(status("/echo", &[("origin", "https://evil.example")]).await, StatusCode::FORBIDDEN);
    assert_eq!(status("/echo", &[("origin", "null")]).await, StatusCode::FORBIDDEN);
    // Not even by the name under which the attacker's page reached us.
    let own_host = format!("http://{}", server.address);
    assert_eq!(status("/echo", &[("origin", &own_host)]).await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn endpoints_with_proofs_of_their_own_may_be_posted_to_from_anywhere() {
    let server = Running::guarded().await;
    let cross = [("sec-fetch-site", "cross-site"), ("origin", "https://app.example")];
    for path in ["/token", "/upstream/arena/callback"] {
        assert_eq!(send(&server, Method::POST, path, &cross, "x").await.status(), StatusCode::OK, "{path}");
    }
    for path in
        ["/token/", "//token", "/%74oken", "/upstream/arena/x/callback", "/echo?/token", "/echo/../token"]
    {
        let response = server
            .say(format!(
                "POST {path} HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: cross-site\r\nContent-Length: 0\r\n\
                 Connection: close\r\n\r\n"
            ))
            .await;
        assert!(response.starts_with("HTTP/1.1 403"), "{path}: {response}");
    }
}

#[tokio::test]
async fn a_refusal_is_a_page_in_the_language_of_its_reader() {
    let server = Running::guarded().await;
    let headers = [("sec-fetch-site", "cross-site"), ("accept-language", "en")];
    let response = send(&server, Method::POST, "/echo", &headers, "x").await;
    let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
    assert_eq!(response.text().await.unwrap(), format!("CrossSite {id} en"));
}

#[tokio::test]
async fn bodies_are_bounded_whether_announced_or_not() {
    let server = Running::guarded().await;
    let fitting = send(&server, Method::POST, "/echo", &[], &"x".repeat(64 * 1024)).await;
    assert_eq!(fitting.text().await.unwrap(), "65536");
    for size in [64 * 1024 + 1, 1024 * 1024] {
        let response = send(&server, Method::POST, "/echo", &[], &"x".repeat(size)).await;
        assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
        let chunk = "x".repeat(size);
        let answer = server
            .say(format!(
                "POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n{size:x}\r\n{chunk}\r\n0\r\n\r\n"
            ))
            .await;
        assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    }
    let announced = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n";
    assert!(server.say(announced).await.starts_with("HTTP/1.1 413"));
}

#[tokio::test]
async fn a_client_that_sends_all_before_it_listens_still_learns_why_it_was_refused() {
    let server = Running::guarded().await;
    let mut stream = server.connect().await;
    stream.write_all(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1048576\r\n\r\n").await.unwrap();
    for _ in 0..64 {
        stream.write_all(&[b'x'; 16 * 1024]).await.unwrap();
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(read_all(&mut stream).await.starts_with("HTTP/1.1 413"));
}

#[tokio::test]
async fn a_body_that_comes_drop_by_drop_ends_in_408() {
    let body_patience = Duration::from_millis(500);
    let router = protect(routes(), Protection { body_patience, ..protection() });
    let server = Running::start(router, settings()).await;
    let mut stream = server.connect().await;
    stream.write_all(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n").await.unwrap();
    let (mut reader, mut writer) = stream.split();
    let drops = async {
        while writer.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let begun = Instant::now();
    let mut answer = [0; 12];
    tokio::select! {
        () = drops => panic!("closed without a word"),
        read = tokio::io::AsyncReadExt::read_exact(&mut reader, &mut answer) => drop(read.unwrap()),
    }
    assert_eq!(answer, *b"HTTP/1.1 408");
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn heads_are_bounded() {
    let server = Running::guarded().await;
    let get = |path: &str, header: &str| {
        server.say(format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{header}\r\n"))
    };
    let long = "x".repeat(33 * 1024);
    assert!(get("/hello", &format!("X-Long: {long}\r\n")).await.starts_with("HTTP/1.1 431"));
    assert!(get("/hello", &format!("X-Long: {}\r\n", "x".repeat(200_000))).await.starts_with("HTTP/1.1 431"));
    assert!(get("/hello", &"X-Many: 1\r\n".repeat(500)).await.starts_with("HTTP/1.1 431"));
    assert!(get(&format!("/hello?{long}"), "").await.starts_with("HTTP/1.1 414"));
    assert!(get(&format!("/hello?{}", "x".repeat(30_000)), "").await.ends_with("hello"));
}

#[tokio::test]
async fn a_request_names_exactly_one_host() {
    let server = Running::guarded().await;
    assert!(server.say("GET /hello HTTP/1.1\r\nConnection: close\r\n\r\n").await.starts_with("HTTP/1.1 400"));
    let two = "GET /hello HTTP/1.1\r\nHost: x\r\nHost: y\r\nConnection: close\r\n\r\n";
    assert!(server.say(two).await.starts_with("HTTP/1.1 400"));
    assert!(server.say("GET /hello HTTP/1.0\r\n\r\n").await.ends_with("hello"));
}

#[tokio::test]
async fn methods_that_mean_nothing_here_are_said_to() {
    let server = Running::guarded().await;
    for line in ["TRACE /hello", "CONNECT evil.example:443", "PROPFIND /hello"] {
        let answer = server.say(format!("{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 501"), "{line}: {answer}");
    }
}

#[tokio::test]
async fn a_panic_is_one_failed_answer_and_the_connection_lives() {
    let server = Running::guarded().await;
    let mut stream = server.connect().await;
    stream.write_all(b"GET /panic HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let answer = read_some(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 500") && answer.contains("Broken"), "{answer}");
    stream.write_all(b"GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
    assert!(read_all(&mut stream).await.ends_with("hello"));
}

#[tokio::test]
async fn a_forwarded_address_counts_only_from_a_trusted_proxy() {
    let seen = async |trusted: &[&str]| {
        let trusted_proxies = trusted.iter().map(|network| network.parse().unwrap()).collect();
        let server =
            Running::start(protect(routes(), Protection { trusted_proxies, ..protection() }), settings())
                .await;
        let headers = [
            ("x-forwarded-for", "198.51.100.1, 192.0.2.9"),
            ("forwarded", "for=203.0.113.1"),
            ("x-real-ip", "203.0.113.2"),
        ];
        let response = send(&server, Method::GET, "/who", &headers, "").await;
        response.text().await.unwrap().split(' ').nth(1).unwrap().to_owned()
    };
    assert_eq!(seen(&[]).await, "127.0.0.1");
    assert_eq!(seen(&["10.0.0.0/8"]).await, "127.0.0.1");
    assert_eq!(seen(&["127.0.0.0/8"]).await, "192.0.2.9");
}

/// A body that holds so much, and of which nothing more comes.
struct Stalled(Option<Bytes>);

impl HttpBody for Stalled {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.take().map_or(Poll::Pending, |data| Poll::Ready(Some(Ok(Frame::data(data)))))
    }
}

#[tokio::test]
async fn bodies_on_their_way_have_so_much_room_together() {
    const EACH: usize = 63 * 1024;
    let guarded = protect(routes(), protection());
    let send = |body: Body| {
        let guarded = guarded.clone();
        let request = Request::post("/echo").header("sec-fetch-site", "same-origin").body(body).unwrap();
        async move { guarded.oneshot(request).await.unwrap().status().as_u16() }
    };
    let stalled = || Body::new(Stalled(Some(Bytes::from(vec![b'x'; EACH]))));
    let many = usize::try_from(MOST_UNFINISHED_BYTES).unwrap() / EACH;
    let answered = Arc::new(AtomicUsize::new(0));
    let ask = |_| {
        let (answer, answered) = (send(stalled()), Arc::clone(&answered));
        async move {
            let status = answer.await;
            answered.fetch_add(1, Ordering::SeqCst);
            status
        }
    };
    let statuses = tokio::spawn(join_all((0..many + 50).map(ask).collect::<Vec<_>>()));
    sleep(Duration::from_millis(300)).await;
    assert_eq!(answered.load(Ordering::SeqCst), 50, "those for whom there is no room");
    assert_eq!(send(Body::from("a form of somebody else")).await, 200);
    // Those who hold more than half of it have a second, not ten.
    sleep(Duration::from_secs(2)).await;
    assert!(answered.load(Ordering::SeqCst) >= 50 + many / 2);
    let statuses = statuses.await.unwrap();
    let count = |wanted: u16| statuses.iter().filter(|status| **status == wanted).count();
    assert_eq!((count(503), count(408)), (50, many), "{statuses:?}");
    // What they held is free again.
    let few = timeout(Duration::from_secs(3), send(stalled())).await;
    assert!(few.is_err(), "alone it has its time");
    assert_eq!(send(Body::from("a form")).await, 200);
}
