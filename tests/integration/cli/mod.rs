//! The command line, as real processes: what they say, how they end, and what they leave behind.

mod account;
mod account_changes;
mod backup;
mod check;
mod clients;
mod crashes;
mod failures;
mod import;
mod installation;
mod keys;
mod logs;
mod mail;
mod nodes;
mod stopping;
mod wire;

use installation::{Installation, Outcome};
