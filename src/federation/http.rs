//! HTTP towards upstreams: no redirects, no proxies, little time, small answers.

use std::error::Error;
use std::pin::Pin;
use std::time::Duration;

use http::{HeaderValue, Method, StatusCode, header};
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::redirect::Policy;
use serde::de::DeserializeOwned;
use thiserror::Error;
use url::Url;

use super::errors::{Exchange, FederationError, Quoted};

/// The most bytes read of any answer; metadata, keys and claims all fit many times.
const LARGEST_ANSWER: usize = 256 * 1024;

/// How long a connection without use is kept, in seconds: less than servers usually keep theirs, so
/// that a code is never sent into a connection that is just being closed.
const IDLE_CONNECTION: Duration = Duration::from_secs(15);

/// Why an HTTP exchange gave nothing to read.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum HttpError {
    /// It took too long.
    #[error("too slow")]
    TooSlow,
    /// No connection, or it broke: name not found, refused, TLS not trusted.
    #[error("unreachable: {0}")]
    Unreachable(Quoted),
    /// It answered with a redirect, which is never followed: it could lead secrets astray.
    #[error("redirected (status {0})")]
    Redirected(u16),
    /// It answered that it cannot answer (5xx, 429).
    #[error("out of order (status {0})")]
    OutOfOrder(u16),
    /// It answered with more than 256 KiB.
    #[error("the answer is too large")]
    TooLarge,
}

impl From<reqwest::Error> for HttpError {
    fn from(error: reqwest::Error) -> Self {
        if error.is_timeout() {
            return Self::TooSlow;
        }
        Self::Unreachable(Quoted::new(&innermost(&error.without_url())))
    }
}

/// The words of the first cause, which say more than "error sending request".
fn innermost(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

/// The client through which everything goes to upstreams.
#[derive(Clone, Debug)]
pub(super) struct Outgoing(reqwest::Client);

/// Whether the system's certificate authorities are needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Authorities {
    /// At least one upstream is reached by https.
    Needed,
    /// All upstreams are on this machine; without authorities every https connection just fails.
    Dispensable,
}

impl Outgoing {
    /// A client whose exchanges each take at most `patience`.
    pub(super) fn new(patience: Duration, authorities: Authorities) -> Result<Self, FederationError> {
        let prepared = || {
            reqwest::Client::builder()
                .user_agent(concat!("guichet/", env!("CARGO_PKG_VERSION")))
                .redirect(Policy::none())
                .referer(false)
                .no_proxy()
                .connect_timeout(patience)
                .timeout(patience)
                .pool_idle_timeout(IDLE_CONNECTION)
        };
        let client = match (prepared().build(), authorities) {
            (Err(_), Authorities::Dispensable) => prepared().tls_certs_only([]).build(),
            (outcome, _) => outcome,
        };
        client.map(Self).map_err(|error| FederationError::NoHttpClient(Quoted::new(&innermost(&error))))
    }

    /// Reads a public JSON document.
    pub(super) async fn read_json<T: DeserializeOwned>(
        &self,
        url: &Url,
        exchange: Exchange,
    ) -> Result<T, FederationError> {
        let mut request = HttpRequest::new(Vec::new());
        request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        let answer = self.get(url, request, exchange).await?;
        // These documents are public: the words of the error may quote them.
        serde_json::from_slice(answer.body())
            .map_err(|error| FederationError::Unreadable { exchange, place: Quoted::new(&error.to_string()) })
    }

    /// Sends a request as a GET to this address; any status but 200 is an error.
    pub(super) async fn get(
        &self,
        url: &Url,
        mut request: HttpRequest,
        exchange: Exchange,
    ) -> Result<HttpResponse, FederationError> {
        *request.method_mut() = Method::GET;
        *request.uri_mut() = url.as_str().parse().map_err(|_| FederationError::Unreadable {
            exchange,
            place: Quoted::new("its address is not one for HTTP"),
        })?;
        let answer =
            self.send(request).await.map_err(|cause| FederationError::Exchange { exchange, cause })?;
        if answer.status() == StatusCode::OK {
            Ok(answer)
        } else {
            Err(FederationError::UnexpectedStatus { exchange, status: answer.status().as_u16() })
        }
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let mut response = self.0.execute(reqwest::Request::try_from(request)?).await?;
        let status = response.status();
        if status.is_redirection() {
            return Err(HttpError::Redirected(status.as_u16()));
        }
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            return Err(HttpError::OutOfOrder(status.as_u16()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > LARGEST_ANSWER {
                return Err(HttpError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        let mut answer = HttpResponse::new(body);
        *answer.status_mut() = status;
        *answer.headers_mut() = std::mem::take(response.headers_mut());
        Ok(answer)
    }
}

impl<'c> AsyncHttpClient<'c> for Outgoing {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}
