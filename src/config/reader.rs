//! Takes keys out of the tree, section by section, and remembers every fault on the way.
//!
//! A key is known because somebody asked for it: whatever is left in a section when its reader is
//! done is unknown, and the keys asked for are what it might have meant.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::document::{Node, Table, Value};
use super::faults::{Fault, Place, What};
use super::syntax::Lost;
use super::values::{Parsed, Problem, text};
use crate::kit::page::Localized;

static NOTHING: Table = Table::new();

/// What a list is, for faults.
const LIST: &str = "a list, as in [\"…\", \"…\"]";

/// The reading of one configuration.
pub(super) struct Reader<'r> {
    /// The name of the file in messages.
    name: &'r str,
    /// The folder at which relative paths begin.
    base: &'r Path,
    lost: &'r Lost,
    faults: RefCell<Vec<Fault>>,
    unknown: RefCell<Vec<Unknown>>,
    /// Every key that anyone asked for, with `[]` for an index.
    known: RefCell<BTreeSet<String>>,
}

/// A key that nobody asked for, judged when all is known.
struct Unknown {
    place: Place,
    section: String,
    key: String,
    asked: Vec<String>,
}

impl<'r> Reader<'r> {
    pub fn new(name: &'r str, base: &'r Path, lost: &'r Lost, faults: Vec<Fault>) -> Self {
        Self {
            name,
            base,
            lost,
            faults: RefCell::new(faults),
            unknown: RefCell::default(),
            known: RefCell::default(),
        }
    }

    /// Reads the whole tree by `read`, which takes its keys.
    pub fn root<T>(
        &'r self,
        table: &'r Table,
        read: impl FnOnce(&mut Section<'r>) -> Option<T>,
    ) -> Option<T> {
        self.enter(String::new(), Place::File, table, read)
    }

    /// Every fault found, and every key known.
    pub fn finish(self) -> (Vec<Fault>, BTreeSet<String>) {
        let known = self.known.into_inner();
        let mut faults = self.faults.into_inner();
        for unknown in self.unknown.into_inner() {
            let nearest = nearest(&unknown, &known);
            // A mistyped key is one fault, not an unknown key and a missing one.
            if let Some((_, meant)) = &nearest {
                let is_same =
                    |fault: &Fault| matches!(fault.what(), What::Missing { .. }) && is_in(fault.key(), meant);
                faults.retain(|fault| !is_same(fault));
            }
            let nearest = nearest.map(|(name, _)| name);
            let key = join(&unknown.section, &unknown.key);
            let what = What::Unknown { nearest, known: unknown.asked };
            faults.push(Fault::new(self.name, unknown.place, key, what));
        }
        (faults, known)
    }

    fn enter<T>(
        &'r self,
        path: String,
        place: Place,
        table: &'r Table,
        read: impl FnOnce(&mut Section<'r>) -> Option<T>,
    ) -> Option<T> {
        let mut section = Section { reader: self, path, place, table, asked: BTreeSet::new() };
        let result = read(&mut section);
        section.leave();
        result
    }

    fn record(&self, place: &Place, key: impl Into<String>, what: What) {
        self.faults.borrow_mut().push(Fault::new(self.name, place.clone(), key, what));
    }

    fn record_problem(&self, node: &Node, path: String, problem: Problem) {
        let found = problem.found.unwrap_or_else(|| node.value.in_words());
        self.record(&node.place, path, What::Wrong { found, expected: problem.expected });
    }

    fn check<T>(&self, node: &'r Node, path: String, check: impl Fn(&Value) -> Parsed<T>) -> Option<T> {
        check(&node.value).map_err(|problem| self.record_problem(node, path, problem)).ok()
    }

    fn localized(&'r self, node: &'r Node, path: String) -> Option<Localized> {
        if let Some(table) = node.value.as_table() {
            return self.enter(path, node.place.clone(), table, |section| {
                let (fr, en) = (section.required("fr", text), section.required("en", text));
                Some(Localized { fr: fr?, en: en? })
            });
        }
        let text = self.check(node, path, |value: &Value| {
            text(value).map_err(|problem| Problem {
                expected: "a text, or { fr = \"…\", en = \"…\" }".to_owned(),
                ..problem
            })
        })?;
        Some(Localized { fr: text.clone(), en: text })
    }
}

/// One section being read.
pub(super) struct Section<'r> {
    reader: &'r Reader<'r>,
    path: String,
    place: Place,
    table: &'r Table,
    asked: BTreeSet<String>,
}

impl<'r> Section<'r> {
    /// The folder at which relative paths begin.
    pub const fn base(&self) -> &'r Path {
        self.reader.base
    }

    /// Whether lines were set aside, so that what seems absent may only be unreadable.
    pub fn is_incomplete(&self) -> bool {
        !self.reader.lost.is_empty()
    }

    /// What a key holds, if it is given.
    pub fn node(&mut self, key: &str) -> Option<&'r Node> {
        self.reader.known.borrow_mut().insert(without_indices(&self.path_of(key)));
        self.asked.insert(key.to_owned());
        self.table.get(key)
    }

    /// The dotted path of a key.
    pub fn path_of(&self, key: &str) -> String {
        join(&self.path, key)
    }

    /// A key that must be given.
    pub fn required<T>(&mut self, key: &str, check: impl Fn(&Value) -> Parsed<T>) -> Option<T> {
        if let Some(node) = self.node(key) {
            return self.reader.check(node, self.path_of(key), check);
        }
        let expected = check(&Value::Absent).err().map(|problem| problem.expected);
        self.missing(key, &expected.unwrap_or_default());
        None
    }

    /// A key that may be left out; none too when it is wrong, which is then a recorded fault.
    pub fn optional<T>(&mut self, key: &str, check: impl Fn(&Value) -> Parsed<T>) -> Option<T> {
        let node = self.node(key)?;
        self.reader.check(node, self.path_of(key), check)
    }

    /// A key with a value for when it is left out; none when it is wrong.
    pub fn or<T>(&mut self, key: &str, default: T, check: impl Fn(&Value) -> Parsed<T>) -> Option<T> {
        if self.node(key).is_none() { Some(default) } else { self.optional(key, check) }
    }

    /// A text in both languages that must be given.
    pub fn localized(&mut self, key: &str) -> Option<Localized> {
        if self.node(key).is_none() {
            self.missing(key, "a text, or { fr = \"…\", en = \"…\" }");
        }
        self.optional_localized(key)
    }

    /// A text in both languages that may be left out.
    pub fn optional_localized(&mut self, key: &str) -> Option<Localized> {
        let node = self.node(key)?;
        self.reader.localized(node, self.path_of(key))
    }

    /// A list of texts in both languages; empty when it is left out.
    pub fn localized_list(&mut self, key: &str) -> Option<Vec<Localized>> {
        let reader = self.reader;
        self.each(key, LIST, |node, path| reader.localized(node, path))
    }

    /// A list whose items pass `check`; empty when it is left out, none when any item is wrong.
    pub fn list<T>(&mut self, key: &str, check: impl Fn(&Value) -> Parsed<T>) -> Option<Vec<T>> {
        let reader = self.reader;
        self.each(key, LIST, |node, path| reader.check(node, path, &check))
    }

    fn each<T>(
        &mut self,
        key: &str,
        expected: &str,
        mut read: impl FnMut(&'r Node, String) -> Option<T>,
    ) -> Option<Vec<T>> {
        let Some(node) = self.node(key) else { return Some(Vec::new()) };
        let path = self.path_of(key);
        let Some(items) = node.value.as_list() else {
            self.reader.record_problem(node, path, Problem::expected(expected));
            return None;
        };
        let read: Vec<Option<T>> =
            items.iter().enumerate().map(|(index, item)| read(item, format!("{path}[{index}]"))).collect();
        read.into_iter().collect()
    }

    /// A section that is read even when it is not there, so that what it must hold is asked for.
    pub fn section<T>(&mut self, key: &str, read: impl FnOnce(&mut Section<'r>) -> Option<T>) -> Option<T> {
        match self.node(key) {
            Some(_) => self.optional_section(key, read),
            None => self.reader.enter(self.path_of(key), self.place.clone(), &NOTHING, read),
        }
    }

    /// A section that may be left out.
    pub fn optional_section<T>(
        &mut self,
        key: &str,
        read: impl FnOnce(&mut Section<'r>) -> Option<T>,
    ) -> Option<T> {
        let node = self.node(key)?;
        let path = self.path_of(key);
        let Some(table) = node.value.as_table() else {
            let expected =
                Problem::expected(format!("a section, [{}]", without_indices(&path).replace("[]", "")));
            self.reader.record_problem(node, path, expected);
            return None;
        };
        self.reader.enter(path, node.place.clone(), table, read)
    }

    /// The sections `[[key]]`, in their order, without those that have a fault.
    pub fn sections<T>(&mut self, key: &str, mut read: impl FnMut(&mut Section<'r>) -> Option<T>) -> Vec<T> {
        let reader = self.reader;
        let name = without_indices(&self.path_of(key)).replace("[]", "");
        let expected = format!("sections, each under [[{name}]]");
        let entries = self.each(key, &expected, |node, path| {
            let Some(table) = node.value.as_table() else {
                reader.record_problem(node, path, Problem::expected(expected.as_str()));
                return Some(None);
            };
            Some(reader.enter(path, node.place.clone(), table, &mut read))
        });
        entries.unwrap_or_default().into_iter().flatten().collect()
    }

    /// The keys that the section holds, when they are free.
    pub fn keys(&self) -> Vec<&'r str> {
        self.table.keys().map(String::as_str).collect()
    }

    /// A key that the section knows, but not together with what else it holds.
    pub fn forbid(&mut self, key: &str, expected: &str) {
        if let Some(node) = self.node(key) {
            let what = What::Wrong {
                found: "a key that does not belong here".to_owned(),
                expected: expected.to_owned(),
            };
            self.reader.record(&node.place, self.path_of(key), what);
        }
    }

    /// Records that a key is wrong, for a reason that only the section as a whole shows.
    pub fn wrong(&self, key: &str, found: impl Into<String>, expected: impl Into<String>) {
        let place = self.table.get(key).map_or(&self.place, |node| &node.place);
        let what = What::Wrong { found: found.into(), expected: expected.into() };
        self.reader.record(place, self.path_of(key), what);
    }

    /// Records that a key must be given, unless a line that could not be parsed seems to give it.
    pub fn missing(&self, key: &str, expected: &str) {
        if !self.seems_lost(key) {
            let what = What::Missing { expected: expected.to_owned() };
            self.reader.record(&self.place, self.path_of(key), what);
        }
    }

    /// Whether a line that could not be parsed seems to give this key, or the section around it.
    pub fn seems_lost(&self, key: &str) -> bool {
        self.reader.lost.mentions(key)
    }

    fn leave(self) {
        let asked: Vec<String> = self.asked.iter().cloned().collect();
        for (key, node) in self.table.iter().filter(|(key, _)| !self.asked.contains(*key)) {
            self.reader.unknown.borrow_mut().push(Unknown {
                place: node.place.clone(),
                section: self.path.clone(),
                key: key.clone(),
                asked: asked.clone(),
            });
        }
    }
}

/// Names that must differ from section to section.
#[derive(Default)]
pub(super) struct Names(BTreeMap<String, (String, Place)>);

impl Names {
    /// Takes a name for the section that holds it in `key`; a fault that names both when it is taken.
    pub fn take(&mut self, section: &Section<'_>, key: &str, name: &str) {
        let place = section.table.get(key).map_or(&section.place, |node| &node.place).clone();
        if let Some((path, first)) = self.0.get(name) {
            let first = match first {
                Place::File => String::new(),
                Place::Line(line, _) => format!(" at line {line}"),
                Place::Variable(variable) => format!(" by {variable}"),
            };
            let found = super::document::quoted(name);
            section.wrong(key, found, format!("a name of its own: {path} is the same{first}"));
        } else {
            self.0.insert(name.to_owned(), (section.path_of(key), place));
        }
    }

    /// Whether somebody has this name.
    pub fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The names, for a fault.
    pub fn in_words(&self) -> String {
        let names: Vec<&str> = self.0.keys().map(String::as_str).collect();
        if names.is_empty() { "none is configured".to_owned() } else { names.join(", ") }
    }
}

fn join(section: &str, key: &str) -> String {
    if section.is_empty() { key.to_owned() } else { format!("{section}.{key}") }
}

/// Whether `key` is `section` or stands in it.
fn is_in(key: &str, section: &str) -> bool {
    key.strip_prefix(section).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// A dotted path whose indices are left out: `clients[].redirect_uris`.
fn without_indices(path: &str) -> String {
    let mut parts = path.split('[');
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        result.push('[');
        result.push_str(part.trim_start_matches(|character: char| character.is_ascii_digit()));
    }
    result
}

/// The key that an unknown one was probably meant to be: one of its section that is spelt alike, or
/// the same key of another section. As a message names it, and as a dotted path.
fn nearest(unknown: &Unknown, known: &BTreeSet<String>) -> Option<(String, String)> {
    let key = unknown.key.to_lowercase().replace('-', "_");
    let distance = |candidate: &&String| strsim::damerau_levenshtein(&key, candidate);
    let alike = |candidate: &&String| {
        distance(candidate) <= (candidate.chars().count() / 3).max(1)
            || strsim::jaro_winkler(&key, candidate) > 0.9
            || candidate.ends_with(&format!("_{key}"))
            || key.ends_with(&format!("_{candidate}"))
    };
    if let Some(found) = unknown.asked.iter().filter(alike).min_by_key(distance) {
        return Some((found.clone(), join(&unknown.section, found)));
    }
    let ending = format!(".{key}");
    let elsewhere = known.iter().filter(|path| !path.contains('['));
    let mut same = elsewhere.filter(|path| **path == key || path.ends_with(&ending));
    same.next().map(|path| (path.clone(), path.clone()))
}
