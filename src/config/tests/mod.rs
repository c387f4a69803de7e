//! The rules of the configuration, as facts.

mod clients;
mod environment;
mod example;
mod faults;
mod fetch;
mod lyon;
mod secrets;
mod sections;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Faults, NO_ENVIRONMENT, Settings, parse};

/// The least that an installation must say.
pub(super) const LEAST: &str = r#"
data_directory = "var"
[server]
listen = "127.0.0.1:8080"
public_url = "https://id.example"
[site]
name = "Guichet"
operator = "Académie"
[[situations]]
id = "external"
title = "Extérieur"
door = "password"
"#;

/// A secret that is long and varied enough.
pub(super) const GOOD_SECRET: &str = "0123456789abcdef0123456789abcdef";

/// What a text means, without any variable.
pub(super) fn read(text: &str) -> Result<Settings, Faults> {
    parse(text, "x.toml", Path::new("/etc/guichet"), NO_ENVIRONMENT)
}

/// What [`LEAST`] means with more behind it.
pub(super) fn read_with(more: &str) -> Result<Settings, Faults> {
    read(&format!("{LEAST}{more}"))
}

/// The faults, as lines.
pub(super) fn lines(result: Result<Settings, Faults>) -> Vec<String> {
    result.map_or_else(|faults| faults.iter().map(ToString::to_string).collect(), |_| Vec::new())
}

/// The only fault of a text that has exactly one.
pub(super) fn only_fault(result: Result<Settings, Faults>) -> String {
    let lines = lines(result);
    assert_eq!(lines.len(), 1, "{lines:#?}");
    lines.into_iter().next().unwrap()
}

/// A folder of its own for a test, removed at the end.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("guichet-config-{}-{count}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn write(&self, name: &str, content: &str) {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
