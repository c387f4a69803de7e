//! The guard: what happens to every request before a handler sees it, and to every answer after.
//!
//! In this order: a reference is drawn and the client's address found; the head is checked against the
//! limits; a request that changes something must come from a page of ours; the handler runs, its body
//! measured and a panic caught; the answer gets the protective headers; a line is logged. It is one
//! service, not a stack of layers, because it stands before every answer and each layer would copy
//! and box the handler once more.

use std::any::Any;
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::net::{IpAddr, Ipv4Addr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::MatchedPath;
use axum::response::Response;
use http::header::{ACCEPT, ACCEPT_LANGUAGE, COOKIE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, Uri, Version};
use ipnet::IpNet;
use tower::{Layer, Service};
use tracing::Instrument;
use url::Url;

pub use super::limits::{
    Allowance, BODY_PATIENCE, MOST_ADDRESS_BYTES, MOST_BODY_BYTES, MOST_HEADER_BYTES, MOST_UNFINISHED_BYTES,
};
use super::limits::{Room, Verdict, check_head, limit_body};
use super::proxies::{Peer, client_address};
pub use super::refusal::{Refusal, RenderRefusal};
use super::request_id::{REQUEST_ID_HEADER, draw_request_id};
use super::response_headers::ResponseHeaders;
use super::same_origin::OwnOrigin;
use crate::kit::ids::RequestId;
use crate::kit::random::Rng;
use crate::kit::visitor::{ClientAddress, Languages};

/// What the guard must know of the installation and of the routes behind it.
pub struct Protection {
    /// The address under which browsers know this installation.
    pub public_url: Url,
    /// The networks whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// How a language is chosen, told to each request.
    pub languages: Languages,
    /// The routes that other sites may post to, as the router spells them (`/token`,
    /// `/upstream/{id}/callback`): each of them has proofs of its own.
    pub cross_site_routes: &'static [&'static str],
    /// The routes whose successes are logged at `debug` only: static files, metadata, health.
    pub quiet_routes: &'static [&'static str],
    /// Makes the answer to a refused request.
    pub render_refusal: RenderRefusal,
    /// Where references are drawn from.
    pub rng: Rng,
    /// The routes to which files are brought, with what they may bring.
    pub file_routes: &'static [(&'static str, Allowance)],
    /// How long the body of a request may take; [`BODY_PATIENCE`] unless a test is in a hurry.
    pub body_patience: Duration,
}

/// Puts the guard around every route, the fallback included.
pub fn protect(router: Router, protection: Protection) -> Router {
    router.layer(GuardLayer(Arc::new(Rules {
        own_origin: OwnOrigin::of(&protection.public_url),
        response_headers: ResponseHeaders::for_public_url(&protection.public_url),
        room: Room::of(MOST_UNFINISHED_BYTES),
        protection,
    })))
}

struct Rules {
    own_origin: OwnOrigin,
    response_headers: ResponseHeaders,
    room: Room,
    protection: Protection,
}

#[derive(Clone)]
struct GuardLayer(Arc<Rules>);

impl<S> Layer<S> for GuardLayer {
    type Service = Guard<S>;

    fn layer(&self, inner: S) -> Guard<S> {
        Guard { inner, rules: Arc::clone(&self.0) }
    }
}

#[derive(Clone)]
struct Guard<S> {
    inner: S,
    rules: Arc<Rules>,
}

type Answer = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

impl<S> Service<Request<Body>> for Guard<S>
where
    S: Service<Request<Body>, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Answer {
        // The service that was found ready is the one to call; its copy waits for the next request.
        let copy = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, copy);
        let rules = Arc::clone(&self.rules);
        Box::pin(async move { Ok(rules.answer(request, |request| inner.call(request)).await) })
    }
}

impl Rules {
    async fn answer<F>(&self, mut request: Request<Body>, handle: impl FnOnce(Request<Body>) -> F) -> Response
    where
        F: Future<Output = Result<Response, Infallible>>,
    {
        let begun = Instant::now();
        let asker = self.identify(&mut request);
        let mut response = match self.handle(&asker, request, handle).await {
            Ok(response) => response,
            Err(refusal) => self.refuse(&asker, refusal),
        };
        self.response_headers.complete(response.headers_mut());
        if let Ok(id) = HeaderValue::from_str(asker.id.as_str()) {
            response.headers_mut().insert(REQUEST_ID_HEADER, id);
        }
        log(&asker, &response, begun.elapsed());
        response
    }

    /// Lets the handler answer, unless the request must not reach it or its answer must not be sent.
    async fn handle<F>(
        &self,
        asker: &Asker,
        request: Request<Body>,
        handle: impl FnOnce(Request<Body>) -> F,
    ) -> Result<Response, Refusal>
    where
        F: Future<Output = Result<Response, Infallible>>,
    {
        self.check(&request)?;
        let (request, verdict) = self.limit_body(request);
        let span = tracing::info_span!("request", id = %asker.id);
        let handled = catch_panic(async { handle(request).await }).instrument(span.clone()).await;
        // A handler that could not read the body may say anything; the true reason wins.
        if let Some(refusal) = verdict.and_then(|verdict| verdict.refusal()) {
            return Err(refusal);
        }
        match handled {
            Ok(Ok(response)) => Ok(response),
            Err(_panic) => {
                span.in_scope(|| tracing::error!("a handler panicked"));
                Err(Refusal::Broken)
            }
        }
    }

    /// Gives the request its reference, its client's address and the languages.
    fn identify(&self, request: &mut Request<Body>) -> Asker {
        let peer =
            request.extensions().get::<Peer>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip());
        let address = client_address(peer, request.headers(), &self.protection.trusted_proxies);
        let id = draw_request_id(&self.protection.rng);
        let asker = Asker {
            method: request.method().clone(),
            uri: request.uri().clone(),
            version: request.version(),
            headers: [ACCEPT, ACCEPT_LANGUAGE, COOKIE].map(|name| request.headers().get(name).cloned()),
            id: id.clone(),
            address: ClientAddress(address),
            is_quiet: names_route(request, self.protection.quiet_routes),
        };
        let extensions = request.extensions_mut();
        extensions.insert(id);
        extensions.insert(asker.address);
        extensions.insert(self.protection.languages.clone());
        asker
    }

    fn check(&self, request: &Request<Body>) -> Result<(), Refusal> {
        check_head(request, self.allowance(request).most_bytes)?;
        if self.own_origin.is_crossed(request.method(), request.headers())
            && !names_route(request, self.protection.cross_site_routes)
        {
            return Err(Refusal::CrossSite);
        }
        Ok(())
    }

    fn allowance(&self, request: &Request<Body>) -> Allowance {
        let usual = Allowance { most_bytes: MOST_BODY_BYTES, patience: self.protection.body_patience };
        self.of_files(request).unwrap_or(usual)
    }

    /// What a route to which files are brought allows.
    fn of_files(&self, request: &Request<Body>) -> Option<Allowance> {
        let mut routes = self.protection.file_routes.iter();
        routes.find(|(route, _)| names_route(request, &[route])).map(|(_, files)| *files)
    }

    fn limit_body(&self, request: Request<Body>) -> (Request<Body>, Option<Verdict>) {
        let allowance = self.allowance(&request);
        let room = self.of_files(&request).is_none().then(|| self.room.clone());
        let (parts, body) = request.into_parts();
        let (body, verdict) = limit_body(body, allowance, room);
        (Request::from_parts(parts, body), verdict)
    }

    fn refuse(&self, asker: &Asker, refusal: Refusal) -> Response {
        let head = asker.head(self.protection.languages.clone());
        let mut response = (self.protection.render_refusal)(&head, refusal);
        *response.status_mut() = refusal.status();
        response
    }
}

/// What is remembered of a request's head while a handler owns it.
struct Asker {
    method: Method,
    uri: Uri,
    version: Version,
    headers: [Option<HeaderValue>; 3],
    id: RequestId,
    address: ClientAddress,
    is_quiet: bool,
}

impl Asker {
    /// The head of a request as far as the page of a refusal needs it.
    fn head(&self, languages: Languages) -> Parts {
        let (mut head, ()) = Request::new(()).into_parts();
        head.method = self.method.clone();
        head.uri = self.uri.clone();
        head.version = self.version;
        let names = [ACCEPT, ACCEPT_LANGUAGE, COOKIE].into_iter();
        let headers = names.zip(&self.headers).filter_map(|(name, value)| Some((name, value.clone()?)));
        head.headers = headers.collect::<HeaderMap>();
        head.extensions.insert(self.id.clone());
        head.extensions.insert(self.address);
        head.extensions.insert(languages);
        head
    }
}

/// One line per request, of things that cannot be secret: no query, no header, no body.
fn log(asker: &Asker, response: &Response, took: Duration) {
    let status = response.status();
    let bytes = response.body().size_hint().exact();
    macro_rules! line {
        ($level:ident) => {
            tracing::$level!(
                target: "guichet::access",
                id = %asker.id,
                client = %asker.address.0,
                method = %asker.method,
                path = %printable(asker.uri.path()),
                protocol = ?asker.version,
                status = status.as_u16(),
                bytes,
                microseconds = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
                "answered"
            )
        };
    }
    if status.is_server_error() {
        line!(warn);
    } else if asker.is_quiet && !status.is_client_error() {
        line!(debug);
    } else {
        line!(info);
    }
}

/// Whether the request's route, as the router spells it, is in the list.
fn names_route(request: &Request<Body>, routes: &[&str]) -> bool {
    let matched = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let route = matched.unwrap_or_else(|| request.uri().path());
    routes.contains(&route)
}

/// The path of a request fit for a log: at most 200 characters, nothing that a terminal would obey.
fn printable(path: &str) -> impl std::fmt::Display {
    let end = path.char_indices().nth(200).map_or(path.len(), |(end, _)| end);
    path[..end].escape_debug()
}

/// Runs a future to its end, or to its panic.
async fn catch_panic<F: Future>(future: F) -> Result<F::Output, Box<dyn Any + Send>> {
    let mut future = pin!(future);
    poll_fn(|context| {
        // What a handler leaves broken is dropped with it: nothing of it is looked at again.
        match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
            Err(panic) => Poll::Ready(Err(panic)),
        }
    })
    .await
}
