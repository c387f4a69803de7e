//! The listener and the guard, tried through real sockets.

mod guard;
mod listener;
mod running;
mod security_txt;
mod tls;
