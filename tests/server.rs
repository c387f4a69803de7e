//! The listener and the guard, tried through real sockets.

#[path = "server/guard.rs"]
mod guard;
#[path = "server/listener.rs"]
mod listener;
#[path = "server/running.rs"]
mod running;
#[path = "server/tls.rs"]
mod tls;
