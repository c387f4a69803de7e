//! Environment variables that override or add keys: `GUICHET__SECTION__KEY=value`.

use super::document::{Node, Table, Value};
use super::faults::{Fault, Place, What};

/// What the names of our variables begin with.
const PREFIX: &str = "GUICHET__";

/// The variables of this process that are meant for the configuration.
///
/// A value that is not Unicode is taken with its unreadable bytes replaced; no key accepts such a value.
#[must_use]
pub fn process_environment() -> Vec<(String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
        .filter(|(name, _)| name.starts_with(PREFIX))
        .map(|(name, value)| (name, value.to_string_lossy().into_owned()))
        .collect()
}

/// Puts the variables among `environment` that are ours into the tree; `file` is the name for messages.
pub(super) fn apply(root: Table, environment: &[(String, String)], file: &str) -> (Table, Vec<Fault>) {
    let mut overrides: Vec<_> = environment
        .iter()
        .filter_map(|(name, value)| Some((segments(name.strip_prefix(PREFIX)?), name, value)))
        .collect();
    // A whole section or list first, then what goes into it; the tenth item after the second.
    overrides.sort();

    let mut root = Value::Table(root);
    let mut faults = Vec::new();
    for (segments, name, value) in overrides {
        let place = Place::Variable(name.clone());
        if let Err((key, what)) = set(&mut root, String::new(), &segments, value, &place) {
            faults.push(Fault::new(file, place, key, what));
        }
    }
    match root {
        Value::Table(table) => (table, faults),
        _ => (Table::new(), faults),
    }
}

/// One part of a variable's name.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Segment<'a> {
    Index(usize),
    Key(&'a str),
}

fn segments(name: &str) -> Vec<Segment<'_>> {
    name.split("__").map(|part| part.parse().map_or(Segment::Key(part), Segment::Index)).collect()
}

fn set(
    container: &mut Value,
    path: String,
    segments: &[Segment<'_>],
    content: &str,
    place: &Place,
) -> Result<(), (String, What)> {
    let Some((first, rest)) = segments.split_first() else {
        *container = Value::raw(content, place);
        return Ok(());
    };
    let wrong = |path: &str, found: &str, expected: String| {
        Err((path.to_owned(), What::Wrong { found: found.to_owned(), expected }))
    };
    let new = || Node { value: empty(rest), place: place.clone() };
    match (container, first) {
        (Value::Raw(_, Some(inner)), _) => set(inner, path, segments, content, place),
        (Value::Table(table), first) => {
            let key = match first {
                Segment::Key("") => {
                    return wrong(
                        &path,
                        "a name with nothing between two __",
                        "GUICHET__SECTION__KEY".to_owned(),
                    );
                }
                Segment::Key(name) => known_spelling(table, name),
                Segment::Index(index) => index.to_string(),
            };
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            let node = table.entry(key).or_insert_with(new);
            if rest.is_empty() {
                node.place = place.clone();
            }
            set(&mut node.value, path, rest, content, place)
        }
        (Value::List(items), Segment::Index(index)) => {
            if *index > items.len() {
                let expected = format!("the items in a row; the next one is number {}", items.len());
                return wrong(&path, &format!("item number {index}"), expected);
            }
            if *index == items.len() {
                items.push(new());
            }
            let node = &mut items[*index];
            if rest.is_empty() {
                node.place = place.clone();
            }
            set(&mut node.value, format!("{path}[{index}]"), rest, content, place)
        }
        (Value::List(items), Segment::Key(name)) => {
            let expected = format!("the number of an item, from 0 to {}", items.len());
            wrong(&path, &format!("the name {name}"), expected)
        }
        (_, _) => {
            wrong(&path, "a key inside a key that holds a plain value", "the name of that key".to_owned())
        }
    }
}

/// What must stand where `rest` is to be put.
fn empty(rest: &[Segment<'_>]) -> Value {
    match rest.first() {
        None => Value::Absent,
        Some(Segment::Index(_)) => Value::List(Vec::new()),
        Some(Segment::Key(_)) => Value::Table(Table::new()),
    }
}

/// The key that a variable's part means: as the file spells it, otherwise in lower case.
fn known_spelling(table: &Table, name: &str) -> String {
    let known = table.keys().find(|key| key.eq_ignore_ascii_case(name));
    known.cloned().unwrap_or_else(|| name.to_ascii_lowercase())
}
