//! What happened to an account, when, and by whom.
//!
//! The room owns the table `audit_event`. An event is appended in the transaction of the change that it
//! tells, so that neither is there without the other; it bears ids and kinds, never a name, an address or
//! a secret. Every event stands under an authority, that of whoever acts, otherwise that of the account: the one
//! column of another room's table that is read here. The room knows nothing of how anything happens.

mod events;
mod store;

pub use events::{Acting, Actor, Entry, Event};
pub use store::{acted_since, last, page, purge, recent, record, record_under, since};
