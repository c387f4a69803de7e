//! The rules of the house: which room may use which, and where SQL and the two protocol libraries may stand.
//!
//! `docs/architecture.md` says why. The sources are parsed, not searched, so comments and texts never count, and grouped,
//! nested, renamed and `super::` imports do, as do paths inside macros.

use std::path::{Path, PathBuf};

use inspector::{Source, inspect, room_of};

#[path = "support/inspector.rs"]
mod inspector;

/// The rooms, top to bottom. A room uses those on lines below its own, never those on its own line or above.
const LADDER: &[&[&str]] = &[
    &["main"],
    &["cli"],
    &["demo"],
    &["server"],
    &["desk", "my_account", "scim"],
    &["oidc"],
    &["signin"],
    &["federation"],
    &["accounts"],
    &["mail", "audit"],
    &["keys"],
    &["database"],
    &["config"],
    &["kit"],
];

/// Whether a file, by its path below `src/`, may use a crate.
type MayUse = fn(&str) -> bool;

/// Crates with one place each: their name, and whether a file may use them.
const KEPT_CRATES: &[(&str, MayUse)] = &[
    ("oxide_auth", is_oxide),
    ("oxide_auth_async", is_oxide),
    ("openidconnect", |file| matches!(room_of(file), "federation" | "demo")),
];

/// The one place that speaks with oxide-auth.
fn is_oxide(file: &str) -> bool {
    file == "oidc/oxide.rs" || file.starts_with("oidc/oxide/")
}

/// Macros that stand for work not done.
const UNFINISHED: &[&str] = &["todo", "unimplemented", "dbg"];

/// A file grows no longer than this.
const LONGEST_FILE: usize = 400;

#[test]
fn house_is_in_order() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    let sources: Vec<Source> = files
        .iter()
        .map(|path| Source {
            file: path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/"),
            text: std::fs::read_to_string(path).unwrap(),
        })
        .collect();
    assert!(
        sources.iter().any(|source| source.file == "lib.rs"),
        "no sources were found in {}",
        root.display()
    );
    let faults: Vec<String> = inspect(&sources).iter().map(ToString::to_string).collect();
    assert!(faults.is_empty(), "{} rules of the house are broken:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn every_test_belongs_to_a_module() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    for binary in ["browser", "clients", "integration", "torture"] {
        let mut files = Vec::new();
        collect(&root.join(binary), &mut files);
        for path in &files {
            let folder = path.parent().unwrap();
            let (module, holders) = match path.file_stem().unwrap().to_str().unwrap() {
                "main" => continue,
                "mod" => (folder.file_name().unwrap().to_str().unwrap(), [folder.parent(), None]),
                name => (name, [Some(folder), folder.parent()]),
            };
            let declaration = format!("mod {module};");
            let mut beside = files.iter().filter(|other| holders.contains(&other.parent()));
            let is_declared =
                beside.any(|other| std::fs::read_to_string(other).unwrap().contains(&declaration));
            assert!(is_declared, "{} is compiled nowhere: no `mod {module};`", path.display());
        }
    }
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

#[test]
fn conformance_names_tests_that_exist_and_leaves_no_cell_empty() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let document = std::fs::read_to_string(root.join("docs/conformance.md")).unwrap();
    let (_, tables) = document.split_once("\n## The tables\n").unwrap();
    let is_heading = |row: &str| row.starts_with("| section ") || row.starts_with("| ---");
    let rows: Vec<&str> = tables.lines().filter(|line| line.starts_with('|') && !is_heading(line)).collect();
    assert!(rows.len() > 300, "only {} requirements were found", rows.len());
    let mut faults = Vec::new();
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [_, _, shown] = cells[..] else { panic!("not three cells: {row}") };
        let tests: Vec<&str> = shown.split('`').filter(|text| text.contains("::")).collect();
        let has_reason = shown.starts_with("does not apply: ") || shown.starts_with("**not met");
        if cells.contains(&"") || tests.is_empty() && !has_reason {
            faults.push(format!("shown by nothing: {row}"));
        }
        let missing = tests.into_iter().filter(|test| !is_there(root, test));
        faults.extend(missing.map(|test| format!("there is no test {test}")));
    }
    assert!(faults.is_empty(), "{} faults in docs/conformance.md:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn threats_name_tests_that_exist_and_leave_no_cell_empty() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let document = std::fs::read_to_string(root.join("docs/security.md")).unwrap();
    let mut is_of_threats = false;
    let mut rows = Vec::new();
    for line in document.lines() {
        let is_heading = line.ends_with("| attacked by |");
        is_of_threats = is_heading || is_of_threats && line.starts_with('|');
        if is_of_threats && !is_heading && !line.starts_with("| ---") {
            rows.push(line);
        }
    }
    assert!(rows.len() > 100, "only {} threats were found", rows.len());
    let mut faults = Vec::new();
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [_, _, shown] = cells[..] else { panic!("not three cells: {row}") };
        // A name without a module is of the module that was named before.
        let mut module = None;
        let names: Vec<&str> = shown.split('`').skip(1).step_by(2).collect();
        if cells.contains(&"") || names.is_empty() {
            faults.push(format!("attacked by nothing: {row}"));
        }
        for name in names {
            let beside = module.map(|module| format!("{module}::{name}"));
            if is_module(root, name) {
                module = Some(name);
            } else if is_there(root, name) {
                module = name.rsplit_once("::").map(|(module, _)| module);
            } else if !beside.is_some_and(|name| is_there(root, &name)) && !is_elsewhere(root, name) {
                faults.push(format!("there is no test {name}"));
            }
        }
    }
    assert!(faults.is_empty(), "{} faults in docs/security.md:\n{}", faults.len(), faults.join("\n"));
}

/// Where tests stand that documents name by their modules.
const TESTS: [&str; 2] = ["tests/integration", "tests"];

/// The files in which a module of tests may stand.
fn files_of(root: &Path, module: &str) -> Vec<PathBuf> {
    let path = module.replace("::", "/");
    let folders = TESTS.iter().map(|folder| root.join(folder).join(&path));
    folders.flat_map(|module| [module.with_extension("rs"), module.join("mod.rs")]).collect()
}

/// Whether a name is that of a whole module of tests.
fn is_module(root: &Path, name: &str) -> bool {
    files_of(root, name).iter().any(|file| file.is_file())
}

/// Whether a name is that of something else that attacks: a file of the repository, or what `make` runs.
fn is_elsewhere(root: &Path, name: &str) -> bool {
    name.strip_prefix("make ").map_or_else(
        || name.contains('/') && root.join(name).exists(),
        |target| std::fs::read_to_string(root.join("Makefile")).unwrap().contains(&format!("\n{target}:")),
    )
}

/// Whether a test is there that a document names: below `tests/`, or behind `unit` below `src/`.
fn is_there(root: &Path, name: &str) -> bool {
    let path = name.strip_prefix("unit ").unwrap_or(name);
    let Some((module, test)) = path.rsplit_once("::") else { return false };
    let files = if path == name {
        files_of(root, module)
    } else {
        let module = root.join("src").join(module.replace("::", "/"));
        vec![module.with_extension("rs"), module.join("mod.rs")]
    };
    let declaration = format!("fn {test}(");
    files.iter().filter_map(|file| std::fs::read_to_string(file).ok()).any(|text| text.contains(&declaration))
}

#[test]
fn every_file_of_the_tests_is_part_of_a_binary() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut files = Vec::new();
    collect(&root, &mut files);
    let texts: Vec<String> = files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    let mut forgotten = Vec::new();
    for file in &files {
        let name = file.file_stem().unwrap().to_str().unwrap();
        // A module is declared beside it, or above its folder, or by its path.
        let (module, folder) = match name {
            "mod" => (file.parent().unwrap().file_name().unwrap().to_str().unwrap(), file.ancestors().nth(2)),
            _ => (name, file.parent()),
        };
        let path =
            file.strip_prefix(file.ancestors().nth(if name == "mod" { 2 } else { 1 }).unwrap()).unwrap();
        let by_path = format!("{}\"]", path.display());
        let by_name = format!("mod {module};");
        let is_declared = files.iter().zip(&texts).any(|(declaring, text)| {
            let beside = declaring.parent() == folder && text.lines().any(|line| line.ends_with(&by_name));
            beside && declaring != file || text.contains(&by_path)
        });
        let is_binary = folder == Some(root.as_path()) || name == "main";
        if !is_binary && !is_declared {
            forgotten.push(file.display().to_string());
        }
    }
    assert!(forgotten.is_empty(), "no binary has these tests: {forgotten:#?}");
}

/// What is wrong with these files, each given as its path below `src/` and its text.
fn faults(files: &[(&str, &str)]) -> Vec<String> {
    let sources: Vec<Source> = files
        .iter()
        .map(|(file, text)| Source { file: (*file).to_string(), text: (*text).to_string() })
        .collect();
    inspect(&sources).iter().map(ToString::to_string).collect()
}

#[track_caller]
fn assert_refused(file: &str, text: &str, why: &str) {
    let faults = faults(&[(file, text)]);
    assert!(
        faults.len() == 1 && faults[0].contains(why),
        "{text}\n  gave {faults:?}\n  instead of one with: {why}"
    );
}

#[track_caller]
fn assert_accepted(file: &str, text: &str) {
    assert_eq!(faults(&[(file, text)]), Vec::<String>::new(), "{text}");
}

#[test]
fn imports_down_the_ladder_are_accepted() {
    assert_accepted("oidc/token.rs", "use crate::{accounts::Account, kit::{clock::Clock, ids as names}};");
    assert_accepted(
        "oidc/token.rs",
        "use crate::oidc::store; pub use super::grants::Grant; use super::super::signin;",
    );
    assert_accepted("main.rs", "use guichet::cli; fn main() { guichet::demo::run() }");
    assert_accepted("kit/page.rs", "mod tests { use super::*; use super::super::page::Page; }");
    assert_accepted("cli/mod.rs", "use std::fmt; use serde::Deserialize; fn f() { crate::server::run(); }");
}

#[test]
fn import_turned_the_wrong_way_is_refused() {
    let up = "`kit` must not use `oidc`";
    assert_refused("kit/page.rs", "use crate::oidc::Grant;", up);
    assert_refused("kit/page.rs", "pub use crate::oidc::Grant as Thing;", up);
    assert_refused("kit/page.rs", "pub(crate) use crate::oidc::*;", up);
    assert_refused("kit/page.rs", "use {std::fmt, crate::{kit::{ids, clock::Clock}, oidc::{token}}};", up);
    assert_refused("kit/page.rs", "use super::super::oidc;", up);
    assert_refused("kit/mod.rs", "use super::oidc::Grant;", up);
    assert_refused("kit/page.rs", "mod tests { use super::super::super::oidc::Grant; }", up);
    assert_refused("kit/page.rs", "fn grant(grant: &crate::oidc::Grant) {}", up);
    assert_refused("kit/page.rs", "fn f() { match x { crate::oidc::Grant::Issued => 1, _ => 2 }; }", up);
    assert_refused("kit/page.rs", "impl From<crate::oidc::Grant> for Page {}", up);
    assert_refused("kit/page.rs", "fn f() { use crate::oidc; }", up);
    assert_refused("kit/page.rs", "fn f() { println!(\"{}\", crate::oidc::name()); }", up);
    assert_refused("kit/page.rs", "macro_rules! m { () => { use $crate::{kit, oidc::Grant}; } }", up);
    assert_refused("kit/page.rs", "macro_rules! m { () => { $crate::oidc::name() } }", up);
    assert_refused("kit/page.rs", "#[derive(crate::oidc::Mint)] struct Page;", up);
}

#[test]
fn neighbours_on_the_ladder_import_one_way() {
    assert_accepted("cli/demo.rs", "use crate::demo::Demo;");
    assert_refused("demo/mod.rs", "use crate::cli::Output;", "`demo` must not use `cli`");
    assert_accepted("database/open.rs", "use crate::config::DatabaseSettings;");
    assert_refused("config/mod.rs", "use crate::database::Database;", "`config` must not use `database`");
}

#[test]
fn fault_names_file_and_line() {
    assert_eq!(
        faults(&[("kit/page.rs", "//! A page.\n\nuse crate::{\n    kit::ids,\n    signin::Session,\n};\n")]),
        ["src/kit/page.rs:5: `kit` must not use `signin`: imports run down the ladder only"]
    );
}

#[test]
fn rooms_on_one_line_do_not_know_each_other() {
    assert_refused("audit/mod.rs", "use crate::mail;", "`audit` must not use `mail`");
    assert_refused("mail/mod.rs", "use crate::audit::Event;", "`mail` must not use `audit`");
    assert_refused("desk/mod.rs", "use crate::my_account;", "`desk` must not use `my_account`");
}

#[test]
fn comments_and_texts_are_no_imports() {
    assert_accepted(
        "kit/page.rs",
        "//! See [`crate::oidc`].\n/// Not `use crate::oidc;`, says crate::oidc::Grant.\n// crate::oidc::x()\n\
         fn f() -> &'static str { \"use crate::oidc::Grant;\" }\n\
         macro_rules! m { () => { #[doc = \"crate::oidc\"] struct S; } }",
    );
}

#[test]
fn whole_crate_under_one_name_is_refused() {
    let why = "the whole crate under one name";
    assert_refused("oidc/token.rs", "use crate as house;", why);
    assert_refused("oidc/token.rs", "use crate::*;", why);
    assert_refused("oidc/mod.rs", "use super::*;", why);
    assert_refused("oidc/token.rs", "use super::super::{self as house};", why);
    assert_refused("oidc/token.rs", "extern crate self as house;", why);
}

#[test]
fn room_off_the_ladder_is_refused() {
    assert_refused("lib.rs", "pub mod kit; pub mod utils;", "`utils` is not a room");
    assert_refused("utils/mod.rs", "", "`utils` is not a room");
    assert_refused("utils.rs", "", "`utils` is not a room");
    assert_refused("oidc/token.rs", "use crate::utils::join;", "`crate::utils` is not a room");
    assert_refused("oidc/token.rs", "#[path = \"../kit/page.rs\"] mod page;", "#[path] is for tests");
    assert_refused("oidc/token.rs", "#[path = \"page.rs\"] mod page;", "#[path] is for tests");
    assert_refused("oidc/token.rs", "#[cfg(test)] #[path = \"../x.rs\"] mod tests;", "#[path] is for tests");
    assert_accepted("oidc/token.rs", "#[cfg(test)] #[path = \"token_tests.rs\"] mod tests;");
}

#[test]
fn exported_macro_belongs_to_the_room_that_wrote_it() {
    let ids = ("kit/ids.rs", "#[macro_export] macro_rules! id_type { () => {} }");
    assert_eq!(
        faults(&[ids, ("oidc/mod.rs", "use crate::id_type; crate::id_type! {}")]),
        Vec::<String>::new()
    );
    let mint = ("oidc/mod.rs", "#[macro_export] macro_rules! mint { () => {} }");
    assert_eq!(
        faults(&[mint, ("kit/ids.rs", "use crate::mint;")]),
        ["src/kit/ids.rs:1: `kit` must not use `oidc`: imports run down the ladder only"]
    );
}

#[test]
fn protocol_libraries_keep_to_their_rooms() {
    assert_accepted(
        "oidc/oxide.rs",
        "use oxide_auth::code_grant; use oxide_auth_async::code_grant as other;",
    );
    assert_accepted("oidc/oxide/issuer.rs", "use oxide_auth::primitives::issuer::IssuedToken;");
    assert_accepted("federation/upstream.rs", "use openidconnect::{Nonce, core::CoreClient};");
    assert_accepted("demo/expense_app.rs", "fn f(nonce: openidconnect::Nonce) {}");
    assert_refused("oidc/token.rs", "use oxide_auth::code_grant;", "`oxide_auth` is not for this file");
    assert_refused("oidc/oxide_stages.rs", "use oxide_auth::endpoint;", "`oxide_auth` is not for this file");
    assert_refused(
        "oidc/grants/oxide.rs",
        "use ::oxide_auth_async::x;",
        "`oxide_auth_async` is not for this file",
    );
    assert_refused(
        "oidc/discovery.rs",
        "fn f(nonce: openidconnect::Nonce) {}",
        "`openidconnect` is not for this file",
    );
    assert_refused(
        "signin/mod.rs",
        "fn f() { vec![openidconnect::Nonce::new(x)]; }",
        "`openidconnect` is not",
    );
}

#[test]
fn sql_keeps_to_the_stores() {
    let statement = "fn f() { g(\"SELECT id FROM grants WHERE id = $1\") }";
    let why = "SQL stands in a store.rs";
    assert_accepted("oidc/store.rs", statement);
    assert_accepted("database/migrations.rs", statement);
    assert_refused("oidc/token.rs", statement, why);
    assert_refused("oidc/token.rs", "fn f() { format!(\"update grants set stage = {}\", x) }", why);
    assert_refused("oidc/token.rs", "const S: &str = \"\n  INSERT INTO grants\n  (id)\";", why);
    assert_refused("oidc/token.rs", "const S: &str = \"AND stage = 1 RETURNING id\";", why);
    assert_refused("oidc/token.rs", "use sqlx::{Row, query_as};", why);
    assert_refused("oidc/token.rs", "fn f() { sqlx::query(text); }", why);
    assert_refused("cli/mod.rs", "fn f() { vec![sqlx::QueryBuilder::new(text)]; }", why);
    assert_accepted("oidc/token.rs", "fn f(connection: &mut sqlx::AnyConnection) { g(\"DELETE\") }");
    assert_accepted(
        "cli/mod.rs",
        "const S: &str = \"Select a person from the list, create table by table\";",
    );
    assert_accepted("cli/mod.rs", "const S: &str = \"create database tables with guichet migrate\";");
}

#[test]
fn long_files_and_unfinished_work_are_refused() {
    assert_refused("kit/page.rs", &"// a line\n".repeat(LONGEST_FILE + 1), "a file stays under 400");
    assert_accepted("kit/page.rs", &"// a line\n".repeat(LONGEST_FILE));
    assert_refused("kit/page.rs", "fn f() { todo!() }", "`todo!` stands for work not done");
    assert_refused("kit/page.rs", "fn f() { std::unimplemented!(\"later\") }", "`unimplemented!` stands");
    assert_refused("kit/page.rs", "fn f() { vec![dbg!(1)]; }", "`dbg!` stands");
    assert_refused("kit/page.rs", "fn f( {", "cannot be read");
}
