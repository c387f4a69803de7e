//! Requests to the outside: the provider, and the application's own API.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::time::Duration;

use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::redirect::Policy;
use url::{Host, Url};

/// How long a whole exchange may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a connection may take to stand.
const CONNECT_PATIENCE: Duration = Duration::from_secs(3);
/// How large an answer may be, in bytes.
const MOST_BYTES: usize = 1024 * 1024;

/// An HTTP client that follows no redirect, waits five seconds and reads one mebibyte, no more.
///
/// A provider has no reason to redirect a token request, and one that follows redirects can be led to
/// send a code or a secret elsewhere.
#[derive(Clone, Debug)]
pub(super) struct OutboundHttp(reqwest::Client);

/// Why there is no answer to a request.
#[derive(Debug, thiserror::Error)]
pub(super) enum OutboundError {
    /// No connection, no answer in time, or an answer that broke off.
    #[error("no answer came")]
    NoAnswer(#[from] reqwest::Error),
    /// The answer is larger than any that makes sense.
    #[error("the answer is larger than {MOST_BYTES} bytes")]
    AnswerTooLarge,
}

impl OutboundHttp {
    /// A client for requests to one site; a site on this machine is reached without any proxy.
    pub(super) fn towards(site: &Url) -> Result<Self, reqwest::Error> {
        let builder = reqwest::Client::builder()
            .redirect(Policy::none())
            .connect_timeout(CONNECT_PATIENCE)
            .timeout(PATIENCE);
        let builder = if is_loopback(site) { builder.no_proxy() } else { builder };
        builder.build().map(Self)
    }

    /// Sends one request and reads the whole answer, whatever its status.
    pub(super) async fn send(&self, request: HttpRequest) -> Result<HttpResponse, OutboundError> {
        let mut answer = self.0.execute(request.try_into()?).await?;
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await? {
            if body.len() + chunk.len() > MOST_BYTES {
                return Err(OutboundError::AnswerTooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        let mut response = HttpResponse::new(body);
        *response.status_mut() = answer.status();
        *response.headers_mut() = answer.headers().clone();
        Ok(response)
    }
}

impl<'c> AsyncHttpClient<'c> for OutboundHttp {
    type Error = OutboundError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, OutboundError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

fn is_loopback(site: &Url) -> bool {
    match site.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}
