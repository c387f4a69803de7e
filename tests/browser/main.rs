//! The journeys of the three populations, in a real Chromium, in both languages; every page on the way is looked at by
//! axe-core in two widths and two colour schemes.
//!
//! `GUICHET_TEST_SCREENSHOTS=DIRECTORY` keeps a picture of each.

mod beside;
mod browser;
#[allow(dead_code, reason = "the tests of the pages ask more of it")]
#[path = "../integration/pages/catalogue.rs"]
mod catalogue;
#[path = "../support/demo.rs"]
mod demo;
mod desk_search;
mod doors;
mod gallery;
mod handles;
mod inspection;
mod installation;
mod journey;
mod managers;
mod manners;
mod papers;
#[path = "../support/process.rs"]
mod process;
mod season;
#[path = "../support/served.rs"]
mod served;
mod sessions;
mod single_page;
mod story;
mod telephone;
#[path = "../support/tools.rs"]
mod tools;
