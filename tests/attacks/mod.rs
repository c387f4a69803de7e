//! Attacks over HTTP: each fact is one that an attacker would like to be false.
//!
//! The classes make their cases themselves, hundreds of each, and run them all against one installation: a new endpoint, secret or
//! parameter is attacked without being listed here. `docs/security.md` names them beside the rules that they attack.

mod codes;
mod consent;
mod cookies;
mod endpoints;
mod exhaustion;
mod freshness;
mod headers;
mod inputs;
mod logs;
mod parameters;
mod protocol;
mod redirects;
pub mod scene;
mod secrets;
mod sign_out;
mod steps;
mod tokens;
