//! An installation for one test, and the browsers and clients that meet it.

pub mod app;
pub mod browser;
pub mod client;
pub mod engines;
mod outbox;
pub mod postbox;
pub mod signer;
pub mod site;

pub use app::App;
pub use browser::Browser;
pub use client::Client;
pub use postbox::Postbox;
pub use signer::Signer;
pub use site::Site;
