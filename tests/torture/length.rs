//! How long each part goes on: a short form in `make test`, and the minutes that `make torture` is given.

use std::time::Duration;

/// The minutes of the whole run, where somebody gives it some.
pub fn minutes() -> Option<f64> {
    let minutes = std::env::var("TORTURE_MINUTES").ok()?;
    Some(minutes.parse().unwrap_or_else(|_| panic!("TORTURE_MINUTES is no number: {minutes}")))
}

/// Whether the numbers of the promise are asserted: at length, on the optimised program that they are promised of.
pub fn is_strict() -> bool {
    minutes().is_some() && std::env::var_os("GUICHET_TORTURE_PROGRAM").is_some()
}

/// A part's time: `short` seconds, or this share of the whole.
pub fn time(short: u64, share: f64) -> Duration {
    minutes().map_or(Duration::from_secs(short), |minutes| Duration::from_secs_f64(minutes * 60.0 * share))
}

/// Every how manieth call fails: all of them at length, one of three otherwise.
pub fn call_steps() -> usize {
    if minutes().is_some() { 1 } else { 3 }
}
