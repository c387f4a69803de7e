//! How much a request may bring, and how long its body may take.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use http::header::HOST;
use http::{HeaderMap, Method, Request, Uri, Version};
use hyper::body::{Body as HttpBody, Bytes, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

use super::proxies::Peer;
use super::refusal::Refusal;

/// The longest body of a request, in bytes.
pub const MOST_BODY_BYTES: u64 = 64 * 1024;
/// The longest address of a request, in bytes.
pub const MOST_ADDRESS_BYTES: usize = 32 * 1024;
/// The most that a request's headers may add up to, names and values, in bytes.
pub const MOST_HEADER_BYTES: usize = 32 * 1024;
/// How long a body may take to come, from the moment at which it is first waited for.
pub const BODY_PATIENCE: Duration = Duration::from_secs(10);

/// How much the bodies of a route may bring, and how long they may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// In bytes.
    pub most_bytes: u64,
    /// From the moment at which the body is first waited for.
    pub patience: Duration,
}

/// Looks at a request's head; the error is the first limit that it breaks.
pub(super) fn check_head(request: &Request<Body>, most_bytes: u64) -> Result<(), Refusal> {
    let known = [
        Method::GET,
        Method::POST,
        Method::HEAD,
        Method::OPTIONS,
        Method::PUT,
        Method::DELETE,
        Method::PATCH,
    ];
    if !known.contains(request.method()) {
        return Err(Refusal::MethodUnknown);
    }
    if address_length(request.uri()) > MOST_ADDRESS_BYTES {
        return Err(Refusal::AddressTooLong);
    }
    if headers_length(request.headers()) > MOST_HEADER_BYTES {
        return Err(Refusal::HeadersTooLarge);
    }
    // A request made inside the process, by a test, came over no connection and names no host.
    let came_over_http1 =
        request.version() == Version::HTTP_11 && request.extensions().get::<Peer>().is_some();
    if came_over_http1 && request.headers().get_all(HOST).iter().count() != 1 {
        return Err(Refusal::NotOneHost);
    }
    if request.body().size_hint().lower() > most_bytes {
        return Err(Refusal::BodyTooLarge);
    }
    Ok(())
}

fn address_length(uri: &Uri) -> usize {
    uri.path_and_query().map_or(0, |address| address.as_str().len())
}

fn headers_length(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum()
}

/// Puts the limits around a body that is still to come; the verdict tells later whether it kept them.
pub(super) fn limit_body(body: Body, allowance: Allowance) -> (Body, Option<Verdict>) {
    if body.is_end_stream() {
        return (body, None);
    }
    let verdict = Verdict::default();
    let Allowance { most_bytes: bytes_left, patience } = allowance;
    let limited = LimitedBody { body, bytes_left, patience, alarm: None, verdict: verdict.clone() };
    (Body::new(limited), Some(verdict))
}

/// Which limit a body broke, if any, told to the guard past the handler that was reading it.
#[derive(Clone, Default)]
pub(super) struct Verdict(Arc<AtomicU8>);

impl Verdict {
    const TOO_LARGE: u8 = 1;
    const TOO_SLOW: u8 = 2;

    pub(super) fn refusal(&self) -> Option<Refusal> {
        match self.0.load(Ordering::Relaxed) {
            Self::TOO_LARGE => Some(Refusal::BodyTooLarge),
            Self::TOO_SLOW => Some(Refusal::BodyTooSlow),
            _ => None,
        }
    }
}

/// Why reading a body was given up.
#[derive(Debug, thiserror::Error)]
enum BodyError {
    #[error("the body is too large")]
    TooLarge,
    #[error("the body is too slow")]
    TooSlow,
}

struct LimitedBody {
    body: Body,
    bytes_left: u64,
    patience: Duration,
    /// Set when the body is first waited for: most come with their head.
    alarm: Option<Pin<Box<Sleep>>>,
    verdict: Verdict,
}

impl HttpBody for LimitedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        match Pin::new(&mut this.body).poll_frame(context) {
            Poll::Ready(Some(Ok(frame))) => {
                let length = frame.data_ref().map_or(0, |data| data.len() as u64);
                let Some(left) = this.bytes_left.checked_sub(length) else {
                    this.verdict.0.store(Verdict::TOO_LARGE, Ordering::Relaxed);
                    return Poll::Ready(Some(Err(axum::Error::new(BodyError::TooLarge))));
                };
                this.bytes_left = left;
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Pending => {
                let patience = this.patience;
                let alarm = this.alarm.get_or_insert_with(|| Box::pin(sleep(patience)));
                if alarm.as_mut().poll(context).is_pending() {
                    return Poll::Pending;
                }
                this.verdict.0.store(Verdict::TOO_SLOW, Ordering::Relaxed);
                Poll::Ready(Some(Err(axum::Error::new(BodyError::TooSlow))))
            }
            ended @ Poll::Ready(_) => ended,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
