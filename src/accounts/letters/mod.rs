//! Letters: the credential part of a convocation.

mod season;
mod store;

pub(super) use season::season_end;
pub(super) use store::{mark_used, void_open};
