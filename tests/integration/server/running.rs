//! A server on a loopback port, and clients that behave as badly as a test wants.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use guichet::kit::ids::RequestId;
use guichet::kit::locale::Locale;
use guichet::kit::random::Rng;
use guichet::kit::visitor::{ClientAddress, Languages, Visitor};
use guichet::server::front::Front;
use guichet::server::guard::{BODY_PATIENCE, Protection, Refusal, protect};
use guichet::server::listener::{Listener, ListenerSettings, Patience};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Longer than anything here takes; a test that waits so long has failed.
pub const FOREVER: Duration = Duration::from_secs(15);

/// A server that runs until it is told to end, or until the test is over.
pub struct Running {
    pub address: SocketAddr,
    shutdown: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Running {
    pub async fn start(front: impl Into<Front> + Send + 'static, settings: ListenerSettings) -> Self {
        let listener = Listener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await.unwrap();
        let address = listener.local_addr();
        let (shutdown, told) = oneshot::channel();
        let task = tokio::spawn(async move {
            listener
                .serve(front, &settings, async {
                    let _ = told.await;
                })
                .await;
        });
        Self { address, shutdown: Some(shutdown), task }
    }

    /// The sample routes behind the guard, with the usual patience.
    pub async fn guarded() -> Self {
        Self::start(protect(routes(), protection()), settings()).await
    }

    /// Tells the server to end; it goes on draining.
    pub fn tell_to_end(&mut self) {
        self.shutdown.take().unwrap().send(()).unwrap();
    }

    /// Waits until the server has ended.
    pub async fn has_ended(self) {
        timeout(FOREVER, self.task).await.unwrap().unwrap();
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends bytes on a new connection and reads all that comes back until it is closed.
    pub async fn say(&self, bytes: impl AsRef<[u8]>) -> String {
        let mut stream = self.connect().await;
        stream.write_all(bytes.as_ref()).await.unwrap();
        read_all(&mut stream).await
    }
}

/// Everything that comes until the connection is closed.
pub async fn read_all(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset is a way of closing too; what came before it counts.
    let _ = timeout(FOREVER, stream.read_to_end(&mut bytes)).await.expect("the connection stayed open");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// One answer of a connection that stays open; its body must not be empty.
pub async fn read_some(stream: &mut TcpStream) -> String {
    let mut buffer = vec![0; 16 * 1024];
    let count = timeout(FOREVER, stream.read(&mut buffer)).await.expect("no answer").unwrap();
    String::from_utf8_lossy(&buffer[..count]).into_owned()
}

pub fn settings() -> ListenerSettings {
    ListenerSettings {
        max_connections: 512,
        max_connections_per_network: 512,
        trusted_proxies: Vec::new(),
        drain: Duration::from_secs(5),
        tls: None,
        patience: Patience::default(),
    }
}

/// Clocks that let a test see them strike.
pub fn little_patience() -> Patience {
    Patience {
        handshake: Duration::from_millis(300),
        head: Duration::from_millis(300),
        idle: Duration::from_millis(900),
        exchange: Duration::from_millis(1_500),
        answer: Duration::from_millis(1_500),
    }
}

pub fn protection() -> Protection {
    Protection {
        public_url: "https://id.example".parse().unwrap(),
        trusted_proxies: Vec::new(),
        languages: Languages { cookie: Arc::from("language"), default: Locale::Fr },
        cross_site_routes: &["/token", "/upstream/{id}/callback"],
        quiet_routes: &[],
        render_refusal: Arc::new(|head, refusal: Refusal| {
            let visitor = Visitor::of(head);
            format!("{refusal:?} {} {}", visitor.request_id, visitor.locale.tag()).into_response()
        }),
        rng: Rng::system(),
        file_routes: &[],
        body_patience: BODY_PATIENCE,
    }
}

pub fn routes() -> Router {
    Router::new()
        .route("/hello", get(|| async { "hello" }))
        .route("/echo", post(|body: String| async move { body.len().to_string() }))
        .route("/token", post(|body: String| async move { body }))
        .route("/upstream/{id}/callback", post(|| async { "called back" }))
        .route("/who", get(who))
        .route("/panic", get(panicking))
        .route("/slow", get(slow))
}

async fn who(request: Request) -> String {
    let extensions = request.extensions();
    let id = extensions.get::<RequestId>().unwrap();
    let address = extensions.get::<ClientAddress>().unwrap().0;
    format!("{id} {address} {}", extensions.get::<Languages>().unwrap().cookie)
}

async fn panicking() -> &'static str {
    panic!("this handler always panics")
}

async fn slow() -> &'static str {
    tokio::time::sleep(Duration::from_millis(700)).await;
    "slow but sure"
}
