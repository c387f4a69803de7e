//! A site on loopback, by https, as clients have one: what it answers at each path is set by the test.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Router, body};
use futures_util::stream;
use guichet::config::Settings;
use http::header::{CONTENT_TYPE, LOCATION};
use http::{Request, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::{CancellationToken, DropGuard};

/// The certificate of every site, for `localhost` and the loopback addresses; it is its own authority.
static CERTIFICATE: LazyLock<CertifiedKey<KeyPair>> = LazyLock::new(|| {
    let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    generate_simple_self_signed(names).expect("a certificate")
});

/// The file of the authority of every site.
pub static AUTHORITY: LazyLock<PathBuf> = LazyLock::new(|| {
    let name = format!("site-authority-{}.pem", std::process::id());
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, CERTIFICATE.cert.pem()).expect("the certificate is written");
    path
});

/// What a site answers at a path.
#[derive(Clone, Debug)]
pub enum Reply {
    /// JSON.
    Json(serde_json::Value),
    /// This status and this body.
    Plain(StatusCode, String),
    /// A redirect to this address.
    Redirect(String),
    /// Nothing for a long time.
    Late,
    /// An empty answer, after so long.
    After(Duration),
    /// A body that never ends: small pieces, one after the other, so far apart.
    Endless(Duration),
}

/// A request that a site received.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    pub path: String,
    pub content_type: String,
    pub body: String,
}

/// A running site; it ends with its last copy.
#[derive(Clone)]
pub struct Site {
    pub port: u16,
    state: Arc<Held>,
    _stop: Arc<DropGuard>,
}

#[derive(Default)]
struct Held {
    replies: Mutex<HashMap<String, Reply>>,
    asked: Mutex<Vec<Asked>>,
}

impl Site {
    /// Starts one on a free port of 127.0.0.1.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let state = Arc::new(Held::default());
        let stop = CancellationToken::new();
        tokio::spawn(serve(listener, Arc::clone(&state), stop.clone()));
        Self { port, state, _stop: Arc::new(stop.drop_guard()) }
    }

    /// The address of a path on it, by name.
    pub fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.port)
    }

    /// Sets what it answers at a path; elsewhere it answers 404.
    pub fn answers(&self, path: &str, reply: Reply) {
        self.state.replies.lock().unwrap().insert(path.to_owned(), reply);
    }

    /// What it was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.state.asked.lock().unwrap().clone()
    }

    /// How often a path was asked for.
    pub fn times(&self, path: &str) -> usize {
        self.asked().iter().filter(|asked| asked.path == path).count()
    }
}

/// Lets an installation reach sites, as an operator with clients on a private network does.
pub fn reach(settings: &mut Settings) {
    settings.fetch.allow_private_networks = vec!["127.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()];
    settings.fetch.ca_file = Some(AUTHORITY.clone());
}

async fn serve(listener: TcpListener, state: Arc<Held>, stop: CancellationToken) {
    let key = PrivateKeyDer::try_from(CERTIFICATE.signing_key.serialize_der()).expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![CERTIFICATE.cert.der().clone()], key)
        .expect("a certificate with its key");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let router = Router::new().fallback(answer).with_state(state);
    loop {
        let (stream, _) = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted.expect("a connection"),
        };
        let (acceptor, router) = (acceptor.clone(), router.clone());
        tokio::spawn(async move {
            let Ok(stream) = acceptor.accept(stream).await else { return };
            let service = TowerToHyperService::new(router);
            let _ = auto::Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn answer(State(state): State<Arc<Held>>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let body = body::to_bytes(body, 1024 * 1024).await.unwrap_or_default();
    let path = parts.uri.path().to_owned();
    let content_type = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    state.asked.lock().unwrap().push(Asked {
        method: parts.method.to_string(),
        path: path.clone(),
        content_type: content_type.unwrap_or_default().to_owned(),
        body: String::from_utf8_lossy(&body).into_owned(),
    });
    let reply = state.replies.lock().unwrap().get(&path).cloned();
    match reply {
        None => StatusCode::NOT_FOUND.into_response(),
        Some(Reply::Json(json)) => axum::Json(json).into_response(),
        Some(Reply::Plain(status, body)) => (status, body).into_response(),
        Some(Reply::Redirect(to)) => (StatusCode::FOUND, [(LOCATION, to)]).into_response(),
        Some(Reply::Late) => {
            tokio::time::sleep(Duration::from_mins(1)).await;
            StatusCode::OK.into_response()
        }
        Some(Reply::After(pause)) => {
            tokio::time::sleep(pause).await;
            StatusCode::OK.into_response()
        }
        Some(Reply::Endless(pause)) => {
            let pieces = stream::unfold((), move |()| async move {
                tokio::time::sleep(pause).await;
                Some((Ok::<_, std::io::Error>(vec![b' '; 4096]), ()))
            });
            Body::from_stream(pieces).into_response()
        }
    }
}
