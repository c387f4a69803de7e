//! Reads sources as a compiler would and names every rule of the house that they break.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemExternCrate, ItemMod, ItemUse, Lit, LitStr, Macro, UseTree};

use super::{KEPT_CRATES, LADDER, LONGEST_FILE, UNFINISHED};

/// One file of `src/`.
pub struct Source {
    /// Its path below `src/`, with `/`.
    pub file: String,
    /// What it holds.
    pub text: String,
}

/// One rule broken in one place.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The file, below `src/`.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The rule, and what breaks it.
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "src/{}:{}: {}", self.file, self.line, self.what)
    }
}

/// Every fault of these sources, in the order of files and lines.
pub fn inspect(sources: &[Source]) -> BTreeSet<Fault> {
    let mut faults = BTreeSet::new();
    let mut parsed = Vec::new();
    let mut macros = BTreeMap::new();
    for source in sources {
        let mut fault = |line, what| faults.insert(Fault { file: source.file.clone(), line, what });
        if !is_room(room_of(&source.file)) && source.file != "lib.rs" {
            fault(1, format!("`{}` is not a room of the ladder in tests/house.rs", room_of(&source.file)));
        }
        let lines = source.text.lines().count();
        if lines > LONGEST_FILE {
            fault(lines, format!("{lines} lines; a file stays under {LONGEST_FILE}"));
        }
        match syn::parse_file(&source.text) {
            Ok(tree) => {
                exported_macros(&tree.items, room_of(&source.file), &mut macros);
                parsed.push((source, tree));
            }
            Err(error) => {
                fault(error.span().start().line, format!("cannot be read: {error}"));
            }
        }
    }
    for (source, tree) in &parsed {
        let mut inspector = Inspector {
            file: &source.file,
            module: module_of(&source.file),
            macros: &macros,
            faults: &mut faults,
        };
        inspector.visit_file(tree);
    }
    faults
}

/// `#[macro_export]` puts a macro at the crate's root, whatever room wrote it.
fn exported_macros<'a>(items: &[Item], room: &'a str, macros: &mut BTreeMap<String, &'a str>) {
    for item in items {
        match item {
            Item::Macro(item)
                if item.attrs.iter().any(|attribute| attribute.path().is_ident("macro_export")) =>
            {
                if let Some(name) = &item.ident {
                    macros.insert(name.to_string(), room);
                }
            }
            Item::Mod(ItemMod { content: Some((_, items)), .. }) => exported_macros(items, room, macros),
            _ => {}
        }
    }
}

fn rung(room: &str) -> Option<usize> {
    LADDER.iter().position(|line| line.contains(&room))
}

fn is_room(name: &str) -> bool {
    rung(name).is_some()
}

/// `oidc/grants/mod.rs` → `oidc`, `main.rs` → `main`.
pub fn room_of(file: &str) -> &str {
    let first = file.split('/').next().unwrap_or(file);
    first.strip_suffix(".rs").unwrap_or(first)
}

/// `oidc/grants/mod.rs` → `oidc`, `grants`; `lib.rs` → the root.
fn module_of(file: &str) -> Vec<String> {
    let path = file.strip_suffix(".rs").unwrap_or(file);
    let path = path.strip_suffix("/mod").unwrap_or(path);
    if path == "lib" || path == "main" { Vec::new() } else { path.split('/').map(String::from).collect() }
}

/// Reads one file.
struct Inspector<'a> {
    file: &'a str,
    /// The module in which the reading stands, from the crate's root.
    module: Vec<String>,
    macros: &'a BTreeMap<String, &'a str>,
    faults: &'a mut BTreeSet<Fault>,
}

impl Inspector<'_> {
    fn fault(&mut self, span: Span, what: impl Into<String>) {
        self.faults.insert(Fault { file: self.file.to_string(), line: span.start().line, what: what.into() });
    }

    /// Judges a path as written. `whole` says that it names a module for further use (a rename, a glob), so that the
    /// crate's root itself is no acceptable target.
    fn path(&mut self, span: Span, segments: &[String], whole: bool) {
        let Some(first) = segments.first() else { return };
        if let Some((name, may_use)) = KEPT_CRATES.iter().find(|(name, _)| name == first)
            && !may_use(self.file)
        {
            self.fault(span, format!("`{name}` is not for this file"));
        }
        if first == "sqlx" && segments.iter().any(|segment| is_query_function(segment)) {
            self.sql(span);
        }
        let Some(target) = self.absolute(segments) else { return };
        let here = room_of(self.file);
        let room = match target.first().map(String::as_str) {
            None if whole => {
                return self.fault(span, "the whole crate under one name hides which rooms are used");
            }
            None => return,
            Some("*") => {
                return self.fault(span, "the whole crate under one name hides which rooms are used");
            }
            Some(name) if is_room(name) => name,
            Some(name) => match self.macros.get(name) {
                Some(room) => room,
                None => return self.fault(span, format!("`crate::{name}` is not a room of the ladder")),
            },
        };
        // lib.rs only lists the rooms.
        if here == "lib" {
            return self.fault(span, "lib.rs lists the rooms and uses none");
        }
        if here != room && rung(here) >= rung(room) {
            self.fault(span, format!("`{here}` must not use `{room}`: imports run down the ladder only"));
        }
    }

    /// The path from the crate's root, when it is one of this crate and says so.
    fn absolute(&self, segments: &[String]) -> Option<Vec<String>> {
        let mut module = match segments[0].as_str() {
            "crate" | "guichet" => Vec::new(),
            "self" | "super" => self.module.clone(),
            _ => return None,
        };
        for (index, segment) in segments.iter().enumerate() {
            match segment.as_str() {
                "crate" | "guichet" if index == 0 => {}
                "self" => {}
                "super" => {
                    module.pop();
                }
                name => module.push(name.to_string()),
            }
        }
        Some(module)
    }

    fn use_tree(&mut self, tree: &UseTree, before: &mut Vec<String>) {
        match tree {
            UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.use_tree(&path.tree, before);
                before.pop();
            }
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.use_tree(tree, before)),
            UseTree::Name(name) => self.use_leaf(name.ident.span(), name.ident.to_string(), before),
            UseTree::Rename(rename) => self.use_leaf(rename.ident.span(), rename.ident.to_string(), before),
            UseTree::Glob(glob) => self.use_leaf(glob.star_token.spans[0], "*".to_string(), before),
        }
    }

    fn use_leaf(&mut self, span: Span, leaf: String, before: &mut Vec<String>) {
        before.push(leaf);
        self.path(span, before, true);
        before.pop();
    }

    /// Paths, texts and unfinished work among the arguments or in the body of a macro.
    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let is = |index: usize, character| matches!(tokens.get(index), Some(TokenTree::Punct(p)) if p.as_char() == character);
        let mut index = 0;
        while index < tokens.len() {
            match &tokens[index] {
                TokenTree::Group(group) => {
                    let is_attribute = group.delimiter() == Delimiter::Bracket
                        && index > 0
                        && (is(index - 1, '#') || (index > 1 && is(index - 1, '!') && is(index - 2, '#')));
                    let opens_with_doc = matches!(
                        group.stream().into_iter().next(),
                        Some(TokenTree::Ident(ident)) if ident == "doc"
                    );
                    if !(is_attribute && opens_with_doc) {
                        self.tokens(group.stream());
                    }
                }
                TokenTree::Literal(literal) => {
                    if let Ok(Lit::Str(text)) = syn::parse_str::<Lit>(&literal.to_string()) {
                        self.text(literal.span(), &text.value());
                    }
                }
                TokenTree::Ident(ident) => {
                    if is(index + 1, '!') && UNFINISHED.iter().any(|name| ident == name) {
                        self.fault(ident.span(), format!("`{ident}!` stands for work not done"));
                    }
                    let mut segments = vec![ident.to_string()];
                    while is(index + 1, ':') && is(index + 2, ':') {
                        match tokens.get(index + 3) {
                            Some(TokenTree::Ident(next)) => segments.push(next.to_string()),
                            // `use crate::{…}` written by a macro: judged leaf by leaf.
                            Some(TokenTree::Group(group)) => {
                                self.grouped(&segments, group.stream());
                                break;
                            }
                            _ => break,
                        }
                        index += 3;
                    }
                    self.path(ident.span(), &segments, false);
                }
                TokenTree::Punct(_) => {}
            }
            index += 1;
        }
    }

    fn grouped(&mut self, before: &[String], group: TokenStream) {
        if let Ok(tree) = syn::parse2::<UseTree>(TokenTree::Group(Group::new(Delimiter::Brace, group)).into())
        {
            self.use_tree(&tree, &mut before.to_vec());
        }
    }

    fn text(&mut self, span: Span, text: &str) {
        if is_sql(text) {
            self.sql(span);
        }
    }

    fn sql(&mut self, span: Span) {
        if room_of(self.file) != "database" && self.file.rsplit('/').next() != Some("store.rs") {
            self.fault(span, "SQL stands in a store.rs or in src/database/ only");
        }
    }
}

impl<'ast> Visit<'ast> for Inspector<'_> {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.use_tree(&item.tree, &mut Vec::new());
    }

    fn visit_item_extern_crate(&mut self, item: &'ast ItemExternCrate) {
        let name = item.ident.to_string();
        let name = if name == "self" { "crate".to_string() } else { name };
        self.path(item.ident.span(), &[name], true);
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        let is_test = item.attrs.iter().any(|attribute| {
            attribute.path().is_ident("cfg")
                && attribute.parse_args::<syn::Ident>().is_ok_and(|condition| condition == "test")
        });
        for attribute in item.attrs.iter().filter(|attribute| attribute.path().is_ident("path")) {
            if !(is_test && names_a_neighbour(attribute)) {
                self.fault(attribute.pound_token.spans[0], "#[path] is for tests in the same directory only");
            }
        }
        let name = item.ident.to_string();
        if self.module.is_empty() && self.file == "lib.rs" && !is_room(&name) {
            self.fault(item.ident.span(), format!("`{name}` is not a room of the ladder in tests/house.rs"));
        }
        self.module.push(name);
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if let Some(first) = path.segments.first() {
            self.path(first.ident.span(), &segments, false);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, invocation: &'ast Macro) {
        if let Some(name) = invocation.path.segments.last()
            && UNFINISHED.iter().any(|unfinished| name.ident == unfinished)
        {
            self.fault(name.ident.span(), format!("`{}!` stands for work not done", name.ident));
        }
        self.tokens(invocation.tokens.clone());
        visit::visit_macro(self, invocation);
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if attribute.path().is_ident("doc") {
            return;
        }
        if let syn::Meta::List(list) = &attribute.meta {
            self.tokens(list.tokens.clone());
        }
        visit::visit_attribute(self, attribute);
    }

    fn visit_lit_str(&mut self, text: &'ast LitStr) {
        self.text(text.span(), &text.value());
    }
}

/// Whether a `#[path]` stays in its directory.
fn names_a_neighbour(attribute: &Attribute) -> bool {
    let syn::Meta::NameValue(pair) = &attribute.meta else { return false };
    matches!(&pair.value, syn::Expr::Lit(syn::ExprLit { lit: Lit::Str(file), .. }) if !file.value().contains('/'))
}

fn is_query_function(name: &str) -> bool {
    name.starts_with("query") || name == "raw_sql" || name == "QueryBuilder"
}

/// The clauses of SQL that no sentence has in capitals.
const CLAUSES: &[&str] = &[
    " WHERE ",
    " ORDER BY ",
    " GROUP BY ",
    " ON CONFLICT",
    " RETURNING ",
    " VALUES (",
    " LEFT JOIN ",
    " INNER JOIN ",
];

/// Whether a text is SQL: it opens like a statement (all in capitals or all in small letters, unlike a sentence), or
/// holds a clause in capitals.
fn is_sql(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let plain = format!(" {} ", words.join(" "));
    let in_capitals =
        words.first().is_some_and(|word| word.chars().all(|letter| letter.is_ascii_uppercase()));
    let in_small = words.first().is_some_and(|word| word.chars().all(|letter| letter.is_ascii_lowercase()));
    let opening: Vec<String> = words.iter().take(3).map(|word| word.to_ascii_uppercase()).collect();
    let opening: Vec<&str> = opening.iter().map(String::as_str).collect();
    let opens = match opening.as_slice() {
        ["INSERT" | "REPLACE", "INTO" | "OR", ..] | ["DELETE", "FROM", ..] | ["UPDATE", _, "SET", ..] => {
            in_capitals || in_small
        }
        ["SELECT", _, ..] => in_capitals || (in_small && plain.contains(" from ")),
        ["WITH", _, "AS", ..] => in_capitals || (in_small && plain.contains(" as (")),
        ["CREATE" | "ALTER" | "DROP", _, ..] => in_capitals,
        ["PRAGMA", _, ..] => true,
        _ => false,
    };
    opens || CLAUSES.iter().any(|clause| plain.contains(clause))
}
