//! The listener: connections accepted, bounded in number and in time, drained at the end.
//!
//! The loop is our own because a server that strangers reach needs more clocks than a ready-made one
//! has: on the head of a request, on silence, on answers that nobody reads (see [`Patience`]).
//!
//! HTTP/2 is spoken over TLS only, where ALPN agrees on it. Without TLS a proxy stands in front and
//! speaks HTTP/1; unencrypted HTTP/2 would only give requests a way around that proxy's rules.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_util::task::{AbortOnDropHandle, TaskTracker};

use super::connection::{Ending, Protocol, Speaker};
use super::crowd::{Counted, Crowd};
use super::front::Front;
use super::proxies::Peer;
pub use super::timeline::Patience;
use super::tls::Certificate;
use crate::config::ServerSettings;

/// How many connections may wait to be accepted, as far as the system allows: those who come at once beyond it are not let in,
/// and one of them who says nothing would not learn of it.
const QUEUE: u32 = 4_096;

/// How a listener treats its connections.
#[derive(Clone)]
pub struct ListenerSettings {
    /// How many connections may be open at once; beyond, new ones wait in the system's queue.
    pub max_connections: usize,
    /// How many of them may come from one network; beyond, new ones are closed at once.
    pub max_connections_per_network: usize,
    /// Whose connections are not counted so: everybody stands behind them.
    pub trusted_proxies: Vec<IpNet>,
    /// How long requests in progress may take to finish once the server ends.
    pub drain: Duration,
    /// The certificate, when TLS ends here.
    pub tls: Option<Certificate>,
    /// How long a connection may keep us waiting.
    pub patience: Patience,
}

impl ListenerSettings {
    /// The listener's part of the installation's settings, with the certificate already loaded.
    #[must_use]
    pub fn new(settings: &ServerSettings, tls: Option<Certificate>) -> Self {
        Self {
            max_connections: settings.max_connections,
            max_connections_per_network: settings.max_connections_per_network,
            trusted_proxies: settings.trusted_proxies.clone(),
            drain: settings.drain,
            tls,
            patience: Patience::default(),
        }
    }
}

/// Why an address could not be listened on, in a line that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Another program has it.
    #[error("{address} is already in use: stop the program that listens there or change `server.listen`")]
    PortTaken {
        /// The address asked for.
        address: SocketAddr,
    },
    /// The system reserves it.
    #[error("listening on {address} is not permitted: choose a port above 1023 in `server.listen`")]
    NotPermitted {
        /// The address asked for.
        address: SocketAddr,
    },
    /// This machine does not have it.
    #[error("{address} is not an address of this machine: change `server.listen`")]
    NotHere {
        /// The address asked for.
        address: SocketAddr,
    },
    /// Anything else.
    #[error("cannot listen on {address}: {source}")]
    Refused {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
}

impl BindError {
    fn new(address: SocketAddr, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::AddrInUse => Self::PortTaken { address },
            io::ErrorKind::PermissionDenied => Self::NotPermitted { address },
            io::ErrorKind::AddrNotAvailable => Self::NotHere { address },
            _ => Self::Refused { address, source },
        }
    }
}

/// A socket that is listened on, not yet answered.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
}

impl Listener {
    /// Takes an address; from here on, connections wait to be accepted.
    pub async fn bind(address: SocketAddr) -> Result<Self, BindError> {
        let bound = async {
            let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
            socket.set_reuseaddr(true)?;
            socket.bind(address)?;
            let socket = socket.listen(QUEUE)?;
            let address = socket.local_addr()?;
            Ok(Self { socket, address })
        };
        bound.await.map_err(|source| BindError::new(address, source))
    }

    /// The address listened on, with the port that the system chose when 0 was asked for.
    #[must_use]
    pub const fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Answers connections by `front` (a router will do) until `shutdown` is ready and the drain is over.
    ///
    /// The drain: nothing more is accepted, connections at rest are closed, requests in progress may
    /// finish within [`ListenerSettings::drain`]; what is left then is cut. Each request bears its
    /// [`Peer`] among its extensions.
    pub async fn serve(
        self,
        front: impl Into<Front>,
        settings: &ListenerSettings,
        shutdown: impl Future<Output = ()> + Send,
    ) {
        let mut shutdown = pin!(shutdown);
        let ending = Ending::default();
        let door = Door {
            speaker: Speaker::new(front.into(), settings.patience, ending.clone()),
            certificate: settings.tls.clone(),
            handshake: settings.patience.handshake,
        };
        let certificate = settings.tls.clone();
        let _renewal = certificate.map(|one| AbortOnDropHandle::new(tokio::spawn(one.follow_files())));
        let places = Arc::new(Semaphore::new(settings.max_connections));
        let crowd = Crowd::new(settings.max_connections_per_network, &settings.trusted_proxies);
        let connections = TaskTracker::new();
        let mut failures = AcceptFailures::default();
        loop {
            // A place first, a connection then: whoever finds no place waits in the system's queue.
            let accepted = async {
                let place = Arc::clone(&places).acquire_owned().await.map_err(io::Error::other)?;
                let (stream, address) = self.socket.accept().await?;
                Ok::<_, io::Error>((stream, Peer(address), place))
            };
            let accepted = tokio::select! {
                biased;
                () = &mut shutdown => break,
                accepted = accepted => accepted,
            };
            match accepted {
                Ok((stream, peer, place)) => {
                    failures.forget();
                    let Some(counted) = crowd.admit(peer.0.ip()) else {
                        tracing::debug!(peer = %peer.0, "a network has as many connections as it may");
                        continue;
                    };
                    connections.spawn(door.clone().welcome(stream, peer, (place, counted)));
                }
                Err(error) => {
                    let Some(pause) = failures.pause_after(&error) else { continue };
                    tracing::warn!(%error, "connections cannot be accepted; trying again");
                    tokio::select! {
                        () = &mut shutdown => break,
                        () = sleep(pause) => {}
                    }
                }
            }
        }
        drop(self.socket);
        ending.drain.cancel();
        connections.close();
        tracing::info!(connections = connections.len(), "draining");
        if timeout(settings.drain, connections.wait()).await.is_err() {
            tracing::warn!(connections = connections.len(), "the drain is over; cutting what is left");
            ending.cut.cancel();
            connections.wait().await;
        }
    }
}

/// What happens to a connection between its acceptance and its first byte of HTTP.
#[derive(Clone)]
struct Door {
    speaker: Speaker,
    certificate: Option<Certificate>,
    handshake: Duration,
}

impl Door {
    /// Serves one connection; its place is free again afterwards.
    async fn welcome(self, stream: TcpStream, peer: Peer, _place: (OwnedSemaphorePermit, Counted)) {
        // Answers are small and complete: waiting to fill a packet only delays them.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY was refused");
        }
        let Some(certificate) = self.certificate else {
            return self.speaker.converse(stream, peer, Protocol::Http1).await;
        };
        match timeout(self.handshake, certificate.acceptor().accept(stream)).await {
            Ok(Ok(stream)) => {
                let protocol = match stream.get_ref().1.alpn_protocol() {
                    Some(b"h2") => Protocol::Http2,
                    _ => Protocol::Http1,
                };
                self.speaker.converse(stream, peer, protocol).await;
            }
            Ok(Err(error)) => tracing::debug!(peer = %peer.0, %error, "a TLS handshake failed"),
            Err(_) => tracing::debug!(peer = %peer.0, "a TLS handshake took too long"),
        }
    }
}

/// How often in a row accepting failed, so that a lack of file descriptors does not become a busy loop.
#[derive(Debug, Default)]
struct AcceptFailures {
    in_a_row: u32,
}

impl AcceptFailures {
    const FIRST_PAUSE: Duration = Duration::from_millis(50);
    const LONGEST_PAUSE: Duration = Duration::from_secs(1);

    const fn forget(&mut self) {
        self.in_a_row = 0;
    }

    /// How long to wait before accepting again; none when only that one connection was lost.
    fn pause_after(&mut self, error: &io::Error) -> Option<Duration> {
        use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
        if matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted) {
            return None;
        }
        let doublings = self.in_a_row.min(10);
        self.in_a_row = self.in_a_row.saturating_add(1);
        Some((Self::FIRST_PAUSE * 2_u32.pow(doublings)).min(Self::LONGEST_PAUSE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lack_of_descriptors_is_waited_out_longer_and_longer() {
        const EMFILE: i32 = 24;
        let mut failures = AcceptFailures::default();
        let mut pause = || failures.pause_after(&io::Error::from_raw_os_error(EMFILE)).unwrap().as_millis();
        assert_eq!([pause(), pause(), pause()], [50, 100, 200]);
        for _ in 0..1_000 {
            assert!(pause() <= 1_000);
        }
        failures.forget();
        assert_eq!(
            failures.pause_after(&io::Error::from_raw_os_error(EMFILE)),
            Some(AcceptFailures::FIRST_PAUSE)
        );
    }

    #[test]
    fn a_connection_lost_in_the_queue_delays_nobody() {
        let mut failures = AcceptFailures::default();
        assert_eq!(failures.pause_after(&io::ErrorKind::ConnectionAborted.into()), None);
    }
}
