//! Passwords: the letter's, for one use, and the person's own.
//!
//! The folder owns the tables `password` and `former_password`. Nothing is hashed while a connection is
//! held, and a password in the clear goes no further than here.

mod check;
mod choose;
mod costs;
mod edition;
mod hashing;
mod judge;
mod leaked;
mod store;
mod temporary;

pub use check::{CheckError, PasswordCheck, ProvenTemporary};
pub use choose::{AcceptedPassword, ChangeError, ReplaceError};
pub use edition::PasswordEdition;
pub use hashing::{Busy, InLine, PasswordHasher};
pub use judge::NewPasswordFault;
pub use temporary::{TemporaryPassword, Typed};

pub(super) use costs::CostsInUse;
pub(super) use store::{StoredPassword, of_account};

/// The longest password that is looked at, in characters; longer ones are refused before any work.
pub(super) const LONGEST: usize = 256;
