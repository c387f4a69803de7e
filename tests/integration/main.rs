//! Tests of the product through HTTP, in one binary; the modules mirror the rooms of `src/`.
//!
//! What touches storage runs on SQLite and on PostgreSQL (see `support::engines`).

mod attacks;
mod configuration;
mod expense_app;
mod federation;
mod oidc;
mod pages;
mod server;
mod support;
