//! Every input that fuzzing kept, tried again: `fuzz/targets` says what must hold of each, `scripts/fuzz.sh` finds new ones.

#[path = "../fuzz/targets/mod.rs"]
mod targets;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use targets::{TARGETS, Target};

/// What an input may take, the longest that a target is given: only what grows faster than it would take longer.
const MOST_TIME: Duration = Duration::from_secs(10);

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpora")
}

/// The inputs of a target, in the order of their names.
fn inputs(target: &Target) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = folder().join(target.name);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), std::fs::read(&path).expect("an input"))).collect()
}

#[test]
fn what_must_hold_of_any_input_holds_of_all_that_were_kept() {
    for target in TARGETS {
        let inputs = inputs(target);
        assert!(!inputs.is_empty(), "{} has no input", target.name);
        for (path, input) in inputs {
            let tried = std::panic::catch_unwind(|| target.try_on(&input));
            assert!(tried.is_ok(), "{} fails on {}", target.name, path.display());
        }
    }
}

#[test]
fn an_input_repeated_to_its_longest_takes_no_more_than_its_length() {
    for target in TARGETS {
        for (path, input) in inputs(target).into_iter().filter(|(_, input)| !input.is_empty()).take(8) {
            let long: Vec<u8> = input.iter().copied().cycle().take(target.longest).collect();
            let begun = Instant::now();
            target.try_on(&long);
            let took = begun.elapsed();
            assert!(took < MOST_TIME, "{} took {took:?} for {}, repeated", target.name, path.display());
        }
    }
}

#[test]
fn every_folder_of_inputs_is_some_targets_and_they_are_small() {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder()).expect("the folder of the inputs") {
        let entry = entry.expect("an entry");
        let name = entry.file_name().into_string().expect("text");
        assert!(TARGETS.iter().any(|target| target.name == name), "no target is called {name}");
        for input in std::fs::read_dir(entry.path()).expect("a folder") {
            bytes += input.expect("an entry").metadata().expect("its size").len();
        }
    }
    assert!(bytes < 1 << 20, "{bytes} bytes: keep what is smallest (scripts/fuzz.sh keep)");
}
