//! The journeys of the three populations, in a real Chromium, in both languages; every page on the way is looked at by
//! axe-core in two widths and two colour schemes.
//!
//! `GUICHET_TEST_SCREENSHOTS=DIRECTORY` keeps a picture of each.

mod browser;
#[path = "../support/demo.rs"]
mod demo;
mod handles;
mod inspection;
mod journeys;
#[path = "../support/process.rs"]
mod process;
mod story;
#[path = "../support/tools.rs"]
mod tools;
