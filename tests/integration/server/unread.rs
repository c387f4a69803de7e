//! Clients of HTTP/2 that ask and do not read, by a client that opens its windows as a test wants.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::{get, post};
use guichet::server::listener::{ListenerSettings, Patience};
use guichet::server::tls::Certificate;
use h2::client::{Builder, SendRequest};
use http::Request;
use hyper::body::Frame;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsConnector;

use super::tls::{Files, make};
use crate::server::running::{FOREVER, Running, settings};

/// How large the page is: as one with a long journey in its links.
const PAGE: usize = 70 * 1024;
/// For how long answers wait here.
const PATIENCE: Duration = Duration::from_millis(700);

/// Bodies that are counted as long as somebody holds them.
#[derive(Clone, Default)]
struct Held(Arc<AtomicUsize>);

impl Held {
    fn body(&self) -> Body {
        self.0.fetch_add(1, Ordering::SeqCst);
        Body::new(Counted { held: self.clone(), page: Some(Bytes::from(vec![b'x'; PAGE])) })
    }

    fn many(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    async fn none(&self) {
        timeout(FOREVER, async {
            while self.many() > 0 {
                sleep(Duration::from_millis(10)).await;
            }
        })
        .await
        .unwrap_or_else(|_| panic!("{} answers are still held", self.many()));
    }
}

struct Counted {
    held: Held,
    page: Option<Bytes>,
}

impl hyper::body::Body for Counted {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.page.take().map(|page| Ok(Frame::data(page))))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.held.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A server with a page, whose connections' ends are seen.
struct Scene {
    server: Running,
    held: Held,
    connector: TlsConnector,
    _files: Files,
}

impl Scene {
    async fn new(name: &str) -> Self {
        let files = Files::new(name);
        let certificate = make();
        files.hold(&certificate);
        let held = Held::default();
        let page = held.clone();
        let router = Router::new()
            .route("/page", get(move || async move { page.body() }))
            .route("/slow", get(async || sleep(3 * PATIENCE).await))
            .route("/echo", post(|body: String| async move { body.len().to_string() }));
        let tls = Some(Certificate::load(&files.settings).unwrap());
        let patience = Patience { answer: PATIENCE, ..Patience::default() };
        let server = Running::start(router, ListenerSettings { tls, patience, ..settings() }).await;
        let mut roots = RootCertStore::empty();
        roots.add(certificate.cert.der().clone()).unwrap();
        let mut config =
            ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_root_certificates(roots)
                .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec()];
        Self { server, held, connector: TlsConnector::from(Arc::new(config)), _files: files }
    }

    /// A connection whose streams open a window of so many bytes; the handle ends with it.
    async fn connect(&self, window: u32) -> (SendRequest<Bytes>, JoinHandle<()>) {
        let stream = TcpStream::connect(self.server.address).await.unwrap();
        let stream =
            self.connector.connect(ServerName::try_from("localhost").unwrap(), stream).await.unwrap();
        let (requests, connection) = Builder::new()
            .initial_window_size(window)
            .initial_connection_window_size(16 * 1024 * 1024)
            .handshake::<_, Bytes>(stream)
            .await
            .unwrap();
        let ended = tokio::spawn(async move {
            // However it ends, it does.
            let _ = connection.await;
        });
        (requests, ended)
    }
}

fn ask(path: &str) -> Request<()> {
    Request::get(format!("https://localhost{path}")).body(()).unwrap()
}

#[tokio::test]
async fn answers_that_nobody_takes_are_few_and_end_with_their_connection() {
    // No window at all, and one of a byte, by which each answer begins.
    for (window, name) in [(0, "none"), (1, "byte")] {
        let scene = Scene::new(name).await;
        let (requests, ended) = scene.connect(window).await;
        let begun = Instant::now();
        let mut answers = Vec::new();
        for _ in 0..100 {
            let requests = requests.clone();
            answers.push(tokio::spawn(async move {
                let (answer, _) = requests.ready().await?.send_request(ask("/page"), true)?;
                answer.await
            }));
        }
        let mut most = 0;
        while !ended.is_finished() {
            most = most.max(scene.held.many());
            assert!(begun.elapsed() < FOREVER, "the connection stayed open");
            // Everybody else is answered meanwhile.
            let (mut others, _) = scene.connect(1024 * 1024).await;
            let (answer, _) = others.send_request(ask("/page"), true).unwrap();
            let mut body = timeout(PATIENCE, answer).await.unwrap().unwrap().into_body();
            let mut length = 0;
            while let Some(data) = body.data().await {
                let data = data.unwrap();
                length += data.len();
                body.flow_control().release_capacity(data.len()).unwrap();
            }
            assert_eq!(length, PAGE);
            sleep(Duration::from_millis(20)).await;
        }
        assert!(
            (1..=17).contains(&most),
            "{most} answers at once: sixteen of one connection, and one of another"
        );
        let took = begun.elapsed();
        assert!(took >= PATIENCE && took < 5 * PATIENCE, "{took:?}");
        scene.held.none().await;
        for answer in answers {
            let _ = answer.await.unwrap();
        }
    }
}

#[tokio::test]
async fn what_a_client_goes_on_to_say_is_no_progress() {
    let scene = Scene::new("pings").await;
    let (mut requests, ended) = scene.connect(0).await;
    let mut unread = Vec::new();
    for _ in 0..8 {
        unread.push(requests.send_request(ask("/page"), true).unwrap());
    }
    // More requests, given up at once.
    for _ in 0..200 {
        if ended.is_finished() {
            break;
        }
        let Ok(mut more) = requests.clone().ready().await else { break };
        let Ok((answer, mut stream)) = more.send_request(ask("/page"), true) else { break };
        stream.send_reset(h2::Reason::CANCEL);
        drop(answer);
        sleep(Duration::from_millis(50)).await;
    }
    timeout(4 * PATIENCE, ended).await.expect("the connection stayed open").unwrap();
    scene.held.none().await;
}

#[tokio::test]
async fn who_takes_an_answer_slowly_gets_all_of_it() {
    let scene = Scene::new("slowly").await;
    let (mut requests, _ended) = scene.connect(8 * 1024).await;
    let (answer, _) = requests.send_request(ask("/page"), true).unwrap();
    let mut body = answer.await.unwrap().into_body();
    let (mut length, begun) = (0, Instant::now());
    while let Some(data) = body.data().await {
        let data = data.unwrap();
        length += data.len();
        sleep(PATIENCE / 6).await;
        body.flow_control().release_capacity(data.len()).unwrap();
    }
    assert_eq!(length, PAGE);
    assert!(begun.elapsed() > 2 * PATIENCE, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn an_answer_that_takes_us_longer_is_waited_for() {
    let scene = Scene::new("ours").await;
    let (mut requests, _ended) = scene.connect(64 * 1024).await;
    let (answer, _) = requests.send_request(ask("/slow"), true).unwrap();
    assert_eq!(timeout(FOREVER, answer).await.unwrap().unwrap().status(), 200);
}

#[tokio::test]
async fn a_connection_has_sixteen_requests_at_a_time() {
    let scene = Scene::new("streams").await;
    let (mut requests, _ended) = scene.connect(64 * 1024).await;
    // The server's settings are known with the first answer.
    let (answer, _) = requests.send_request(ask("/slow"), true).unwrap();
    answer.await.unwrap();
    assert_eq!(requests.current_max_send_streams(), 16);
}
