//! Tests of the product through HTTP, in one binary; the modules mirror the rooms of `src/`.
//!
//! What touches storage runs on SQLite and on PostgreSQL (see `support::engines`).

// The provider's metadata, as one JSON document, are more than the macro takes otherwise.
#![recursion_limit = "256"]

mod accounts;
#[path = "../attacks/mod.rs"]
mod attacks;
mod audit;
mod cli;
mod configuration;
mod database;
mod desk;
mod expense_app;
mod federation;
mod fetch;
mod import;
mod keys;
mod letters;
mod mail;
mod my_account;
mod oidc;
mod pages;
#[path = "../support/process.rs"]
mod process;
mod recovery;
mod retention;
mod scim;
mod server;
mod signin;
mod support;
#[path = "../support/tools.rs"]
mod tools;
