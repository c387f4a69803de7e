//! Settings: read from one TOML file and the environment, checked as a whole, then never changed.
//!
//! This room owns the names of the keys and what they may hold; it must never know what is done
//! with them. [`load`] gives either complete [`Settings`] or *every* fault at once.

mod settings;

pub use settings::*;
