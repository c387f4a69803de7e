//! Grants that ended long ago, and consents of people who are gone.

mod store;

pub use store::{purge_consents, purge_grants};
