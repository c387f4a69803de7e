//! What happened to an account, when, and by whom.
//!
//! The room owns the tables `audit_event`, `audit_chain` and `daily_count`. An event is appended in the transaction of
//! the change that it tells, so that neither is there without the other; it bears ids and kinds, never a name, an address
//! or a secret. Every event stands under an authority, that of whoever acts, otherwise that of the account: the one
//! column of another room's table that is read here. A moment later it is sealed into its authority's [`Chain`], and
//! counted. The room knows nothing of how anything happens.

mod chain;
mod events;
mod reading;
mod store;

pub use chain::{
    AuthorityName, Chain, ChainError, DailyCount, Expected, Fault, Parts as ChainParts, Place, Report,
    daily_counts,
};
pub use events::{Acting, Actor, Entry, Event, ProvedBy, Refusal, door_and_proof, signed_in_by};
pub use reading::{Cursor, Filter, Noted, OF_ONE, UNDER, noted};
pub use store::{acted_since, happened_since, last, number_since, page, recent, record, record_under, since};
