//! The master key, what it seals and authenticates, and the keys that sign tokens.
//!
//! Nothing here knows what is sealed or signed, nor for whom. A signing key's life is told by `life.rs`, from the
//! table and the time alone; `rotation.rs` makes keys and puts them away; `ring.rs` is what a node knows of them
//! at one moment; `signing.rs` is what the other rooms use.

mod held;
mod life;
mod master;
mod ring;
mod rotation;
mod signing;
mod store;
mod token_type;

pub use life::{JWKS_MAX_AGE, Phase, READ_EVERY};
pub use master::{Mac, MasterKey, MasterKeyError, Purpose, Sealer};
pub use ring::opens_all;
pub use rotation::{Listed, Rotation, Urgency};
pub use signing::{KeyError, Parts, SigningKeys, VerifyError};
pub use token_type::TokenType;
