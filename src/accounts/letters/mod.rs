//! Letters: the credential part of a convocation.

mod season;

pub(super) use season::season_end;
