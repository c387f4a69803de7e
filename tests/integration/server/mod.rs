//! The listener and the guard, tried through real sockets.

mod guard;
mod listener;
pub mod running;
mod tls;
