//! The only place that speaks to `oxide_auth`: its grant state machines over our store.
//!
//! Its traits give `Result<_, ()>`, so each struct here keeps the real cause, which wins over
//! oxide's own error. Clients are proved before it runs; its clock is the system's, so the times it
//! compares are ours to check first, in SQL.
//!
//! `forms.rs` is what oxide reads of a request, `issuance.rs` a code being issued, `exchange.rs` what a
//! token request does, `machinery.rs` the traits by which oxide's token machines drive it;
//! `client_credentials.rs` is a client that asks for itself.

mod client_credentials;
mod exchange;
mod forms;
mod issuance;
mod machinery;

pub(super) use client_credentials::OwnAccess;
pub(super) use exchange::Exchange;
pub(super) use issuance::issue_code;
