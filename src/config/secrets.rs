//! Secrets: given by `key`, or by `key_file` as the content of a file; never shown in a fault.

use std::fs::File;
use std::io::Read;

use super::document::{Node, veiled};
use super::faults::Place;
use super::reader::Section;

/// What a secret file may weigh; anything longer is some other file.
const LARGEST_FILE: u64 = 64 * 1024;

impl Section<'_> {
    /// A secret that may be left out, by `key` or `key_file`; `understand` gives what it means, or
    /// what was expected. The environment wins over the file.
    pub fn secret<T>(&mut self, key: &str, understand: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let file_key = format!("{key}_file");
        let (direct, by_file) = (self.node(key), self.node(&file_key));
        match (direct, by_file) {
            (None, None) => None,
            (Some(_), Some(by_file)) if is_from_environment(direct) == is_from_environment(Some(by_file)) => {
                self.wrong(&file_key, "both", format!("either {key} or {file_key}"));
                None
            }
            (Some(node), file) if file.is_none() || is_from_environment(direct) => {
                let Some(text) = node.value.as_text() else {
                    let expected = understand("").err().unwrap_or_else(|| "a text".to_owned());
                    self.wrong(key, node.value.in_veiled_words(), expected);
                    return None;
                };
                understand(text).map_err(|expected| self.wrong(key, veiled(text), expected)).ok()
            }
            (_, by_file) => {
                let name = by_file.and_then(|node| node.value.as_text());
                let text = self.content(&file_key, name)?;
                let found = || format!("a file that holds {}", veiled(&text));
                understand(&text).map_err(|expected| self.wrong(&file_key, found(), expected)).ok()
            }
        }
    }

    /// A secret that must be given.
    pub fn required_secret<T>(
        &mut self,
        key: &str,
        understand: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let file_key = format!("{key}_file");
        let is_absent = self.node(key).is_none() && self.node(&file_key).is_none();
        if is_absent && !self.seems_lost(&file_key) {
            let expected = understand("").err().unwrap_or_else(|| "a text".to_owned());
            self.missing(key, &format!("{expected}, or {file_key}"));
        }
        self.secret(key, understand)
    }

    /// The content of a secret's file without the newline at its end.
    ///
    /// A fault does not name the file: what stands here may be the secret itself, by mistake.
    fn content(&self, file_key: &str, name: Option<&str>) -> Option<String> {
        let expected = "the path of a file that can be read";
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            self.wrong(file_key, "no path", expected);
            return None;
        };
        let mut text = String::new();
        let read = File::open(self.base().join(name))
            .and_then(|file| file.take(LARGEST_FILE).read_to_string(&mut text));
        if let Err(error) = read {
            let base = self.base().display();
            let found = format!("a path that cannot be read ({error}; relative paths begin at {base})");
            self.wrong(file_key, found, expected);
            return None;
        }
        Some(text.trim_end_matches(['\r', '\n']).to_owned())
    }
}

fn is_from_environment(node: Option<&Node>) -> bool {
    matches!(node.map(|node| &node.place), Some(Place::Variable(_)))
}

/// Whether a text is made of too few different characters to be random.
pub(super) fn is_repetitive(text: &str) -> bool {
    const FEWEST_DIFFERENT: usize = 6;
    text.chars().collect::<std::collections::BTreeSet<_>>().len() < FEWEST_DIFFERENT
}
