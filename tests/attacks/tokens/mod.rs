//! Forged, bent and re-encoded tokens of every kind that is believed here: hundreds made from one genuine token of each.

mod clients;
pub mod forge;
mod ours;
mod upstream;
