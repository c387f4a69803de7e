//! The targets under libFuzzer: one program for all of them, which the variable `GUICHET_FUZZ_TARGET` tells which it is.

#![no_main]

#[path = "../targets/mod.rs"]
mod targets;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use targets::{TARGETS, Target};

static CHOSEN: LazyLock<&Target> = LazyLock::new(|| {
    let name = std::env::var("GUICHET_FUZZ_TARGET").unwrap_or_default();
    let known = || TARGETS.iter().map(|target| target.name).collect::<Vec<_>>().join(" ");
    TARGETS
        .iter()
        .find(|target| target.name == name)
        .unwrap_or_else(|| panic!("GUICHET_FUZZ_TARGET must be one of: {}", known()))
});

fuzz_target!(|input: &[u8]| CHOSEN.try_on(input));
