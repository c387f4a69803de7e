//! How much a request may bring, and how long its body may take.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use http::header::HOST;
use http::{HeaderMap, Method, Request, Uri, Version};
use hyper::body::{Body as HttpBody, Bytes, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep};

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

/// How much the bodies of all requests may hold together before they are complete, in bytes; those of files have a line of
/// their own.
pub const MOST_UNFINISHED_BYTES: u64 = 32 * 1024 * 1024;
/// How long a body may take once they hold half of that: who is slow then makes room for who is not.
const SHORT_PATIENCE: Duration = Duration::from_secs(1);

/// The room that the bodies on their way share.
#[derive(Clone)]
pub(super) struct Room(Arc<RoomInner>);

struct RoomInner {
    taken: AtomicU64,
    most: u64,
}

impl Room {
    /// A room for so many bytes.
    pub(super) fn of(most: u64) -> Self {
        Self(Arc::new(RoomInner { taken: AtomicU64::new(0), most }))
    }

    /// Takes more of it for a body; `false` when there is no more.
    fn take(&self, bytes: u64) -> bool {
        let taken = self.0.taken.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if taken > self.0.most {
            self.give_back(bytes);
        }
        taken <= self.0.most
    }

    fn give_back(&self, bytes: u64) {
        self.0.taken.fetch_sub(bytes, Ordering::Relaxed);
    }

    fn is_half_full(&self) -> bool {
        self.0.taken.load(Ordering::Relaxed) > self.0.most / 2
    }
}

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
pub(super) fn limit_body(body: Body, allowance: Allowance, room: Option<Room>) -> (Body, Option<Verdict>) {
    if body.is_end_stream() {
        return (body, None);
    }
    let verdict = Verdict::default();
    let Allowance { most_bytes: bytes_left, patience } = allowance;
    let verdict_of = verdict.clone();
    let limited = LimitedBody { body, bytes_left, patience, room, held: 0, waits: None, verdict: verdict_of };
    (Body::new(limited), Some(verdict))
}

/// Which limit a body broke, if any, told to the guard past the handler that was reading it.
#[derive(Clone, Default)]
pub(super) struct Verdict(Arc<AtomicU8>);

impl Verdict {
    const TOO_LARGE: u8 = 1;
    const TOO_SLOW: u8 = 2;
    const NO_ROOM: u8 = 3;

    pub(super) fn refusal(&self) -> Option<Refusal> {
        match self.0.load(Ordering::Relaxed) {
            Self::TOO_LARGE => Some(Refusal::BodyTooLarge),
            Self::TOO_SLOW => Some(Refusal::BodyTooSlow),
            Self::NO_ROOM => Some(Refusal::TooManyBodies),
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
    #[error("there is no room for the body")]
    NoRoom,
}

struct LimitedBody {
    body: Body,
    bytes_left: u64,
    patience: Duration,
    /// What it shares with the others, if it does.
    room: Option<Room>,
    /// How much of it this one holds.
    held: u64,
    /// Set when the body is first waited for: most come with their head.
    waits: Option<Waits>,
    verdict: Verdict,
}

/// Since when a body is waited for, and when that is looked at again.
struct Waits {
    since: Instant,
    alarm: Pin<Box<Sleep>>,
}

impl LimitedBody {
    /// Completes when the body has taken too long.
    fn poll_patience(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let step = self.patience.min(SHORT_PATIENCE);
        let waits =
            self.waits.get_or_insert_with(|| Waits { since: Instant::now(), alarm: Box::pin(sleep(step)) });
        loop {
            ready!(waits.alarm.as_mut().poll(context));
            let is_short = self.room.as_ref().is_some_and(Room::is_half_full);
            let patience = if is_short { step } else { self.patience };
            if waits.since.elapsed() >= patience {
                return Poll::Ready(());
            }
            let next = (waits.since + self.patience).min(Instant::now() + step);
            waits.alarm.as_mut().reset(next);
        }
    }

    fn break_off<T>(&self, verdict: u8, error: BodyError) -> Poll<Option<Result<T, axum::Error>>> {
        self.verdict.0.store(verdict, Ordering::Relaxed);
        Poll::Ready(Some(Err(axum::Error::new(error))))
    }
}

impl Drop for LimitedBody {
    fn drop(&mut self) {
        if let Some(room) = &self.room {
            room.give_back(self.held);
        }
    }
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
                    return this.break_off(Verdict::TOO_LARGE, BodyError::TooLarge);
                };
                if this.room.as_ref().is_some_and(|room| !room.take(length)) {
                    return this.break_off(Verdict::NO_ROOM, BodyError::NoRoom);
                }
                this.held += length;
                this.bytes_left = left;
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Pending => {
                ready!(this.poll_patience(context));
                this.break_off(Verdict::TOO_SLOW, BodyError::TooSlow)
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
