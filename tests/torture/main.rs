//! Guichet tortured: killed, starved, cut off, misled and crowded, while clients keep a ledger of all that it promised.
//!
//! `make torture` gives each part its share of `TORTURE_MINUTES`; without that variable each runs in a short form, which asserts
//! no time but what only a standstill would take.

mod calls;
mod clock;
mod crashes;
mod disk;
mod installation;
mod ledger;
mod length;
mod load;
mod overload;
mod own_postgres;
mod peers;
mod postgres;
#[path = "../support/process.rs"]
#[allow(dead_code, reason = "other binaries ask more of it")]
mod process;
mod soak;
#[path = "../integration/support/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the tests of the rooms ask more of it")]
mod support;
mod wire;
