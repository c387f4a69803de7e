//! `config/example.toml` tells the truth about every key.
//!
//! In that file `#key` (no space) is a key that may be given, `# Words` are words.

use std::collections::{BTreeMap, BTreeSet};

use super::{Folder, GOOD_SECRET};
use crate::config::document::{Table, Value};
use crate::config::faults::Place;
use crate::config::{NO_ENVIRONMENT, parse, syntax, understand};

const EXAMPLE: &str = include_str!("../../../config/example.toml");

/// The key that a commented line gives, if it is one.
fn commented(line: &str) -> Option<&str> {
    line.strip_prefix('#').filter(|rest| !rest.is_empty() && !rest.starts_with(' '))
}

/// The example with those commented keys given that `wanted` wants; line numbers stay.
fn uncommented(wanted: impl Fn(&str) -> bool) -> String {
    let line = |line| match commented(line) {
        Some(key) if wanted(key) => key,
        _ => line,
    };
    EXAMPLE.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn is_secret_file(line: &str) -> bool {
    ["client_secret_file", "master_key_file", "url_file", "password_file"]
        .iter()
        .any(|key| line.starts_with(key))
}

fn is_secret(line: &str) -> bool {
    ["client_secret =", "master_key =", "url = \"sqlite", "password ="]
        .iter()
        .any(|key| line.starts_with(key))
}

/// Where every file that the example names exists.
fn folder() -> Folder {
    let folder = Folder::new();
    for name in [
        "tls/fullchain.pem",
        "tls/private-key.pem",
        "tls/ca.pem",
        "theme/x.css",
        "secrets/arena",
        "secrets/mail",
    ] {
        folder.write(name, "x");
    }
    folder.write("secrets/expenses", GOOD_SECRET);
    folder.write("secrets/master-key", MASTER_KEY);
    folder.write("secrets/database", "postgres://u:p@h/d");
    folder
}

const MASTER_KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY";

/// TLS wants a public address with https.
fn https() -> Vec<(String, String)> {
    vec![("GUICHET__SERVER__PUBLIC_URL".to_owned(), "https://id.example".to_owned())]
}

/// Every key of a tree with the line where it first stands, `[]` for indices.
fn keys(table: &Table, path: &str, found: &mut BTreeMap<String, usize>) {
    for (key, node) in table {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        let Place::Line(line, _) = node.place else { panic!("{path} stands nowhere") };
        let first = found.entry(path.clone()).or_insert(line);
        *first = line.min(*first);
        match &node.value {
            Value::Table(table) => keys(table, &path, found),
            Value::List(items) => {
                for table in items.iter().filter_map(|item| item.value.as_table()) {
                    keys(table, &format!("{path}[]"), found);
                }
            }
            _ => {}
        }
    }
}

fn documented() -> BTreeMap<String, usize> {
    let parsed = syntax::parse(&uncommented(|_| true), "example.toml");
    assert!(parsed.faults.is_empty(), "{:#?}", parsed.faults);
    let mut found = BTreeMap::new();
    keys(&parsed.table, "", &mut found);
    found
}

#[test]
fn the_example_can_be_used_as_it_is() {
    let folder = Folder::new();
    let settings = parse(EXAMPLE, "example.toml", folder.path(), NO_ENVIRONMENT);
    assert!(settings.is_ok(), "{}", settings.unwrap_err());
}

#[test]
fn the_example_can_be_used_with_everything_uncommented() {
    let folder = folder();
    let by_file = uncommented(|line| !is_secret(line));
    let settings = parse(&by_file, "example.toml", folder.path(), https());
    assert!(settings.is_ok(), "{}", settings.unwrap_err());

    let direct = uncommented(|line| !is_secret_file(line))
        .replace("client_secret = \"…\"", &format!("client_secret = \"{GOOD_SECRET}\""))
        .replace("master_key = \"…\"", &format!("master_key = \"{MASTER_KEY}\""));
    let settings = parse(&direct, "example.toml", folder.path(), https());
    assert!(settings.is_ok(), "{}", settings.unwrap_err());
}

#[test]
fn the_example_offers_no_secret_that_would_be_accepted() {
    let folder = folder();
    let faults = parse(&uncommented(|line| !is_secret_file(line)), "example.toml", folder.path(), https())
        .unwrap_err();
    let keys: Vec<_> = faults.iter().map(|fault| fault.key().to_owned()).collect();
    assert_eq!(keys, ["keys.master_key", "clients[1].client_secret"], "{faults}");
}

#[test]
fn the_example_documents_exactly_the_keys_that_exist() {
    let (_, known) = understand(&uncommented(|_| true), "example.toml", folder().path(), &[]);
    let documented: BTreeSet<String> = documented().into_keys().collect();
    assert_eq!(known.difference(&documented).collect::<Vec<_>>(), Vec::<&String>::new(), "not documented");
    assert_eq!(documented.difference(&known).collect::<Vec<_>>(), Vec::<&String>::new(), "not known");
}

#[test]
fn the_example_says_in_words_what_each_key_is_for() {
    let lines: Vec<&str> = EXAMPLE.lines().collect();
    for (key, line) in documented() {
        if matches!(key.rsplit('.').next(), Some("fr" | "en")) {
            continue;
        }
        let words = lines[line - 2].strip_prefix("# ").unwrap_or_default().split_whitespace().count();
        assert!(words >= 3, "{key} at line {line} has no words above it");
    }
}

#[test]
fn the_example_shows_the_true_defaults() {
    let shows_default = |section: &str| {
        let mut current = String::new();
        let mut text = String::new();
        for line in EXAMPLE.lines() {
            if let Some(heading) = Some(commented(line).unwrap_or(line)).filter(|line| line.starts_with('['))
            {
                heading.clone_into(&mut current);
            }
            let is_wanted =
                current == section && !line.contains("concurrency") && !line.contains("trusted_proxies");
            let key = commented(line)
                .filter(|key| is_wanted && !key.starts_with('[') && !is_secret_file(key) && !is_secret(key));
            let is_tls = key.is_some_and(|key| key.contains("_file"));
            text.push_str(key.filter(|_| !is_tls).unwrap_or(line));
            text.push('\n');
        }
        assert_ne!(text.trim(), EXAMPLE.trim(), "{section} shows nothing");
        text
    };
    let folder = Folder::new();
    let debug =
        |text: &str| format!("{:?}", parse(text, "example.toml", folder.path(), NO_ENVIRONMENT).unwrap());
    for section in [
        "[server]",
        "[database]",
        "[keys]",
        "[passwords]",
        "[letters]",
        "[recovery]",
        "[throttling]",
        "[import.columns]",
        "[retention]",
        "[sessions]",
        "[tokens]",
        "[registration]",
        "[logs]",
    ] {
        assert_eq!(debug(&shows_default(section)), debug(EXAMPLE), "{section}");
    }
}
