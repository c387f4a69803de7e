//! The federation against an upstream that can be told to do anything wrong.

mod answers;
mod departures;
mod metadata;
mod scene;
pub mod signing;
mod tokens;
pub mod upstream;
mod userinfo;
