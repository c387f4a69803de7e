//! One connection: HTTP spoken over its socket until it ends or outstays its time.

use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use hyper::Request;
use hyper::body::{Body as HttpBody, Bytes, Frame, Incoming, SizeHint};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use super::front::Front;
use super::proxies::Peer;
use super::timeline::{Exchange, Patience, Succession, Timeline};

/// The longest head of a request, in bytes. The guard refuses earlier, and with a page; this is the
/// bound of what a connection can make us hold.
const MOST_HEAD_BYTES: u32 = 64 * 1024;
/// A page and what it shows are asked for at once; each more is an answer that a client can leave with us unread.
const MOST_STREAMS: u32 = 16;
/// How much of an answer HTTP/2 takes at a time, and how much it keeps of what it has taken and not sent: the rest stays where
/// the timeline sees that it waits.
const PIECE: usize = 4 * 1024;
const MOST_UNSENT: usize = 2 * PIECE;
const STREAM_WINDOW: u32 = 64 * 1024;
const CONNECTION_WINDOW: u32 = 256 * 1024;
const PING_INTERVAL: Duration = Duration::from_secs(20);
const PING_PATIENCE: Duration = Duration::from_secs(10);

/// For how long, and how much, is still read from a client to which we have said our last word.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: usize = 4 * 1024 * 1024;

/// The version of HTTP that a connection speaks from its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    /// HTTP/1.0 or 1.1.
    Http1,
    /// HTTP/2, agreed on by ALPN.
    Http2,
}

/// The two ways in which a server that ends is told to its connections.
#[derive(Clone, Default)]
pub(super) struct Ending {
    /// Finish what is in progress, begin nothing.
    pub(super) drain: CancellationToken,
    /// Stop at once.
    pub(super) cut: CancellationToken,
}

/// What every connection needs to speak HTTP.
#[derive(Clone)]
pub(super) struct Speaker {
    front: Front,
    patience: Patience,
    ending: Ending,
    http1: Arc<Builder<TokioExecutor>>,
    http2: Arc<Builder<TokioExecutor>>,
}

impl Speaker {
    pub(super) fn new(front: Front, patience: Patience, ending: Ending) -> Self {
        let mut http1 = Builder::new(TokioExecutor::new()).http1_only();
        // The timeline watches the head: hyper's own clock would also run while a kept connection rests.
        http1.http1().header_read_timeout(None).max_buf_size(MOST_HEAD_BYTES as usize);
        let mut http2 = Builder::new(TokioExecutor::new()).http2_only();
        http2
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(MOST_STREAMS)
            .max_send_buf_size(MOST_UNSENT)
            .max_header_list_size(MOST_HEAD_BYTES)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .keep_alive_interval(PING_INTERVAL)
            .keep_alive_timeout(PING_PATIENCE);
        Self { front, patience, ending, http1: Arc::new(http1), http2: Arc::new(http2) }
    }

    /// Answers the requests of one connection until it ends.
    pub(super) async fn converse<IO>(self, io: IO, peer: Peer, protocol: Protocol)
    where
        IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (builder, succession, piece) = match protocol {
            Protocol::Http1 => (&self.http1, Succession::InTurn, usize::MAX),
            Protocol::Http2 => (&self.http2, Succession::Multiplexed, PIECE),
        };
        let timeline = Timeline::begin(self.patience, succession);
        let io = TokioIo::new(WatchedIo::new(io, Arc::clone(&timeline)));
        let front = &self.front;
        let service = service_fn(|mut request: Request<Incoming>| {
            let exchange = timeline.begin_exchange();
            request.extensions_mut().insert(peer);
            let answer = front.answer(request);
            async move { answer.await.map(|response| response.map(|body| TimedBody::new(body, exchange, piece))) }
        });
        let mut connection = pin!(builder.serve_connection(io, service));
        let mut alarm = pin!(sleep_until(timeline.deadline()));
        let mut drain = pin!(self.ending.drain.cancelled());
        let mut cut = pin!(self.ending.cut.cancelled());
        let mut is_draining = false;
        poll_fn(|context| {
            if cut.as_mut().poll(context).is_ready() {
                return Poll::Ready(());
            }
            if !is_draining && drain.as_mut().poll(context).is_ready() {
                is_draining = true;
                timeline.begin_drain();
                connection.as_mut().graceful_shutdown();
            }
            loop {
                if let Poll::Ready(outcome) = connection.as_mut().poll(context) {
                    if let Err(error) = outcome {
                        tracing::debug!(peer = %peer.0, error, "a connection ended badly");
                    }
                    return Poll::Ready(());
                }
                let deadline = timeline.deadline();
                if deadline <= Instant::now() {
                    tracing::debug!(peer = %peer.0, "a connection outstayed its time");
                    connection.as_mut().graceful_shutdown();
                    // HTTP/2 says goodbye in this last step; there is nothing to wait for after it.
                    let _ = connection.as_mut().poll(context);
                    return Poll::Ready(());
                }
                // An alarm that is too early does no harm: it asks again. One that is too late would.
                if deadline < alarm.deadline() || alarm.is_elapsed() {
                    alarm.as_mut().reset(deadline);
                }
                if alarm.as_mut().poll(context).is_pending() {
                    return Poll::Pending;
                }
            }
        })
        .await;
    }
}

/// The body of an answer, which tells its exchange when some of it is taken, and ends it when all is, or when it is given up.
struct TimedBody {
    body: Body,
    /// What came of the body and was not taken yet.
    rest: Bytes,
    /// How much is given at a time.
    piece: usize,
    exchange: Exchange,
}

impl TimedBody {
    fn new(body: Body, exchange: Exchange, piece: usize) -> Self {
        exchange.waits_for_client();
        Self { body, rest: Bytes::new(), piece, exchange }
    }

    /// The next piece of what came.
    fn next_piece(&mut self) -> Frame<Bytes> {
        let length = self.rest.len().min(self.piece);
        Frame::data(self.rest.split_to(length))
    }
}

impl HttpBody for TimedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.rest.is_empty() {
            let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) else {
                self.exchange.waits_for_us();
                return Poll::Pending;
            };
            self.exchange.waits_for_client();
            match frame.map(|frame| frame.map(Frame::into_data)) {
                Some(Ok(Ok(data))) => self.rest = data,
                Some(Ok(Err(trailers))) => return Poll::Ready(Some(Ok(trailers))),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        } else {
            self.exchange.waits_for_client();
        }
        Poll::Ready(Some(Ok(self.next_piece())))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (rest, body) = (self.rest.len() as u64, self.body.size_hint());
        let mut hint = SizeHint::new();
        hint.set_lower(rest + body.lower());
        if let Some(upper) = body.upper() {
            hint.set_upper(rest + upper);
        }
        hint
    }
}

/// A socket that tells the timeline what comes in, and that closes without cutting off the answer.
struct WatchedIo<IO> {
    io: IO,
    timeline: Arc<Timeline>,
    farewell: Farewell,
}

/// How far the closing of a socket is.
///
/// Closing a socket while the client still sends (a body that was refused early) makes the system
/// answer with a reset, which can destroy the refusal before the client reads it. So after our last
/// byte, what still comes is read and thrown away for a while.
enum Farewell {
    NotYet,
    Lingering { until: Pin<Box<Sleep>>, bytes_left: usize },
    Done,
}

impl<IO> WatchedIo<IO> {
    fn new(io: IO, timeline: Arc<Timeline>) -> Self {
        Self { io, timeline, farewell: Farewell::NotYet }
    }
}

impl<IO: AsyncRead + Unpin> AsyncRead for WatchedIo<IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.io).poll_read(context, buffer))?;
        if buffer.filled().len() > before {
            self.timeline.bytes_arrived();
        }
        Poll::Ready(Ok(()))
    }
}

impl<IO: AsyncRead + AsyncWrite + Unpin> AsyncWrite for WatchedIo<IO> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        loop {
            match &mut this.farewell {
                Farewell::Done => return Poll::Ready(Ok(())),
                Farewell::NotYet => {
                    ready!(Pin::new(&mut this.io).poll_shutdown(context))?;
                    this.farewell =
                        Farewell::Lingering { until: Box::pin(sleep(LINGER)), bytes_left: LINGER_BYTES };
                }
                Farewell::Lingering { until, bytes_left } => {
                    if until.as_mut().poll(context).is_ready() {
                        this.farewell = Farewell::Done;
                        continue;
                    }
                    let mut scratch = [0; 4096];
                    let mut buffer = ReadBuf::new(&mut scratch);
                    let read = ready!(Pin::new(&mut this.io).poll_read(context, &mut buffer));
                    let count = buffer.filled().len();
                    *bytes_left = bytes_left.saturating_sub(count);
                    if read.is_err() || count == 0 || *bytes_left == 0 {
                        this.farewell = Farewell::Done;
                    }
                }
            }
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(context, buffers)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}
