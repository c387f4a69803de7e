//! The listener and the guard, tried through real sockets.

mod guard;
mod listener;
pub mod running;
mod security_txt;
mod tls;
mod unread;
