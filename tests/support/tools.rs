//! What tests need besides the product: programs, and what `scripts/install.sh` installs.
//!
//! `make test` names all of it in the environment and sets `GUICHET_TEST_ALL`. A `cargo test` by hand takes what it finds
//! in the usual places, and says aloud what it could not test.

use std::env;
use std::io::Write;
use std::path::{Path, PathBuf};

/// A thing that a test cannot do without, and where it is when the environment does not say.
#[derive(Clone, Copy, Debug)]
pub struct Tool {
    /// What it is, for the message when it is missing.
    pub name: &'static str,
    /// The environment variable with its path.
    pub variable: &'static str,
    /// Its usual places: a path below the repository, or the name of a program.
    pub places: &'static [&'static str],
}

/// The paths of these tools, in their order.
///
/// `None` when one is missing and nobody asked for everything: the test then has nothing to do, and that has been said.
///
/// # Panics
///
/// When one is missing under `GUICHET_TEST_ALL`.
pub fn find<const N: usize>(tools: [Tool; N]) -> Option<[PathBuf; N]> {
    let found = tools.map(|tool| locate(tool).ok_or(tool));
    let missing: Vec<&str> =
        found.iter().filter_map(|path| path.as_ref().err().map(|tool| tool.name)).collect();
    if missing.is_empty() {
        return Some(found.map(|path| path.expect("nothing is missing")));
    }
    let test = std::thread::current().name().unwrap_or("a test").to_string();
    let missing = missing.join(", ");
    assert!(
        env::var_os("GUICHET_TEST_ALL").is_none(),
        "{test} needs {missing}: scripts/install.sh installs it"
    );
    // Written to the file itself: the test runner would keep a print of a passing test to itself.
    let _ = writeln!(std::io::stderr(), "NOT TESTED: {test}, for want of {missing} (make test installs it)");
    None
}

fn locate(tool: Tool) -> Option<PathBuf> {
    if let Some(path) = env::var_os(tool.variable) {
        return Some(PathBuf::from(path)).filter(|path| path.exists());
    }
    let below_repository = |place: &&str| Path::new(env!("CARGO_MANIFEST_DIR")).join(place);
    let on_path = |place: &&str| {
        let directories = env::var_os("PATH")?;
        env::split_paths(&directories).map(|directory| directory.join(place)).find(|path| path.is_file())
    };
    tool.places.iter().find_map(|place| {
        if place.contains('/') {
            Some(below_repository(place)).filter(|path| path.exists())
        } else {
            on_path(place)
        }
    })
}
