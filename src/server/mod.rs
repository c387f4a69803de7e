//! The HTTP service: where connections come in, and what stands around every handler.
//!
//! Two halves that know nothing of each other's inside. The *listener* ([`listener`], [`tls`]) owns
//! sockets and time: how many connections, how long each may be silent, how they end. The *guard*
//! ([`guard`] and the rules beside it) owns requests and responses: their reference, where they come
//! from, what is refused before a handler sees it, and the headers that protect every answer.
//!
//! Neither knows what the product does: `assembly.rs` puts the rooms together and hands them over as
//! a router.

mod assembly;
pub mod background;
mod chores;
mod connection;
mod crowd;
mod fallbacks;
pub mod front;
pub mod guard;
pub mod janitor;
mod limits;
pub mod listener;
pub mod logs;
pub mod proxies;
mod refusal;
pub mod request_id;
mod response_headers;
mod same_origin;
mod security_txt;
mod timeline;
pub mod tls;

pub use assembly::{Installation, Rooms, StartError};
