//! A forgotten password: the request, its case number, the link by mail, the new password.
//!
//! The folder owns the tables `recovery_case` and `mailed_link`. A request does the same work for every
//! identifier, known or not; what a known one brings is done by a background step.

mod answer;
mod ask;
pub(super) mod links;
mod reset;
mod store;

pub(super) use ask::MOST_CASES;
pub use ask::{Asked, CaseNumber, Outlook, RecoveryWish};
pub(super) use links::LinkPurpose;
pub use links::{CONFIRM_ADDRESS_PATH, RESET_PATH};
pub use reset::{ResetError, ResetForm};

pub(super) use store::{adopt, end_all};
