//! Attacks over HTTP: each fact is one that an attacker would like to be false.

mod codes;
mod consent;
mod cookies;
mod freshness;
mod inputs;
mod protocol;
pub mod scene;
mod sign_out;
