//! The master key, what it seals and authenticates, and the keys that sign tokens.
//!
//! Nothing here knows what is sealed or signed, nor for whom.

mod master;
mod signing;
mod store;

pub use master::{Mac, MasterKey, MasterKeyError, Purpose, Sealer};
pub use signing::{KeyError, SigningKeys, TokenType, VerifyError};
