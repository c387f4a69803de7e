//! What happened to an account, when, and by whom.
//!
//! The room owns the table `audit_event`. An event is appended in the transaction of the change that it
//! tells, so that neither is there without the other; it bears ids and kinds, never a name, an address or
//! a secret. The room knows nothing of how anything happens.

mod events;
mod store;

pub use events::{Actor, Entry, Event};
pub use store::{purge, recent, record};
