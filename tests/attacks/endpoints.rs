//! Every endpoint, read from the sources: one that is added is attacked without being named here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use http::Method;

use crate::desk::people::ACTS;

/// The methods that change something, or might.
pub const CHANGING: [Method; 4] = [Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

/// A path as it is routed, and where in the sources.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Endpoint {
    /// With names in braces.
    pub path: String,
    /// The folder of its source below `src/`.
    pub folder: String,
}

impl Endpoint {
    /// The room that answers.
    pub fn room(&self) -> &str {
        self.folder.split('/').next().unwrap_or_default()
    }

    /// Addresses of it, with what is known in the place of names.
    pub fn addresses(&self, known: &[(&str, &str)]) -> Vec<String> {
        let mut filled = self.path.clone();
        for (name, value) in known {
            filled = filled.replace(&format!("{{{name}}}"), value);
        }
        let one = |action: &str| -> String {
            let parts = filled.split('/').map(|part| match part {
                "{action}" => action,
                unknown if unknown.starts_with('{') => "unknown",
                part => part,
            });
            parts.collect::<Vec<_>>().join("/")
        };
        if filled.contains("{action}") { ACTS.map(one).to_vec() } else { vec![one("")] }
    }
}

/// The sources of what answers, without their tests: each file with its text.
struct Sources(Vec<(String, String)>);

static SOURCES: LazyLock<Sources> = LazyLock::new(Sources::read);
static CONSTANTS: LazyLock<BTreeMap<(&'static str, &'static str), &'static str>> =
    LazyLock::new(|| SOURCES.constants());
static ENDPOINTS: LazyLock<BTreeSet<Endpoint>> = LazyLock::new(|| SOURCES.endpoints());

impl Sources {
    fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let (mut found, mut folders) = (Vec::new(), vec![root.clone()]);
        while let Some(folder) = folders.pop() {
            let entries: Vec<PathBuf> =
                std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
            for path in entries {
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
                if path.is_dir() {
                    if name != "demo" {
                        folders.push(path);
                    }
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    let text = std::fs::read_to_string(path).unwrap();
                    let text = text.split("\n#[cfg(test)]\n").next().unwrap_or_default().to_owned();
                    found.push((name, text));
                }
            }
        }
        Self(found)
    }

    /// Texts that have a name: the file, the name, the text or the name of another.
    fn constants(&self) -> BTreeMap<(&str, &str), &str> {
        let mut constants = BTreeMap::new();
        for (file, text) in &self.0 {
            for line in text.lines() {
                let Some((_, rest)) = line.split_once("const ") else { continue };
                let Some((name, value)) = rest.split_once(": &str = ") else { continue };
                constants.insert((file.as_str(), name), value.trim_end_matches(';'));
            }
        }
        constants
    }

    fn endpoints(&self) -> BTreeSet<Endpoint> {
        let mut found = BTreeSet::new();
        for (file, text) in &self.0 {
            let nest = text.split(".nest(").nth(1).and_then(|rest| rest.split(',').next());
            let nest = nest.map(|expression| text_of(file, expression).expect("where it is nested"));
            for rest in text.split(".route(").skip(1) {
                let expression = rest.split(',').next().unwrap_or_default().trim();
                let path = text_of(file, expression);
                let path = path.unwrap_or_else(|| panic!("{file}: what is {expression}?"));
                let is_nested = expression.starts_with('"');
                let path = match &nest {
                    Some(nest) if is_nested => format!("{nest}{path}"),
                    _ => path,
                };
                assert!(path.starts_with('/'), "{file}: {path}");
                let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
                found.insert(Endpoint { path, folder });
            }
        }
        assert!(found.len() > 90, "only {} endpoints were found", found.len());
        found
    }
}

/// What an expression of a route is, as seen from a file.
fn text_of(file: &str, expression: &str) -> Option<String> {
    if let Some(literal) = expression.strip_prefix('"') {
        return literal.strip_suffix('"').map(str::to_owned);
    }
    if let Some(format) = expression.strip_prefix("&format!(\"{") {
        let (name, rest) = format.split_once('}')?;
        return Some(text_of(file, name)? + rest.trim_end_matches("\")"));
    }
    let (module, name) = expression.rsplit_once("::").unwrap_or(("", expression));
    let room = file.split('/').next()?;
    let candidates = CONSTANTS.iter().filter(|((_, known), _)| *known == name);
    // The one of this file or of the module that is named, else of this room, else of any.
    let rank = |of: &str| {
        let stem =
            of.trim_end_matches("/mod.rs").trim_end_matches(".rs").rsplit('/').next().unwrap_or_default();
        match () {
            () if module.is_empty() && of == file => 0,
            () if stem == module && of.starts_with(room) => 1,
            () if of.starts_with(room) && module.is_empty() => 2,
            () => 3,
        }
    };
    let ((of, _), value) = candidates.min_by_key(|((of, _), _)| rank(of))?;
    text_of(of, value)
}

/// Every endpoint.
pub fn all() -> &'static BTreeSet<Endpoint> {
    &ENDPOINTS
}

/// The names of parameters that sources beside an endpoint read; those of a room's own folder count for its endpoints alone.
pub fn names_beside(endpoint: &Endpoint) -> BTreeSet<String> {
    let is_beside = |file: &&(String, String)| {
        let folder = file.0.rsplit_once('/').map_or("", |(folder, _)| folder);
        // A room may keep a flow of its own folder's endpoints in a folder below.
        folder == endpoint.folder
            || endpoint.folder == endpoint.room() && folder.starts_with(&format!("{}/", endpoint.room()))
    };
    let mut names = BTreeSet::new();
    for (_, text) in SOURCES.0.iter().filter(is_beside) {
        for call in [".get(\"", ".non_empty(\"", ".values(\"", ".is_repeated(\"", ": &str = \""] {
            for rest in text.split(call).skip(1) {
                let name = rest.split('"').next().unwrap_or_default();
                let is_name = |letter: char| letter.is_ascii_lowercase() || "_-".contains(letter);
                if (1..=32).contains(&name.len()) && name.chars().all(is_name) {
                    names.insert(name.to_owned());
                }
            }
        }
    }
    names
}

#[test]
fn endpoints_of_every_room_are_found() {
    let found: BTreeSet<String> = all().iter().map(|endpoint| endpoint.path.clone()).collect();
    for known in [
        "/",
        "/token",
        "/par",
        "/userinfo",
        "/authorize",
        "/authorize/resume",
        "/consent",
        "/logout",
        "/logout/returned",
        "/device",
        "/device/confirm",
        "/device_authorization",
        "/register",
        "/register/{client_id}",
        "/sign-in/{situation}",
        "/first-sign-in",
        "/forgotten-password/telephone/password",
        "/reset-password",
        "/mail-address/confirm",
        "/federation/{upstream}/callback",
        "/account/sessions/end",
        "/desk",
        "/desk/join",
        "/desk/{authority}/imports",
        "/desk/{authority}/people/{id}/{action}",
        "/scim/v2/Users/{id}/Letters",
        "/scim/v2/",
        "/assets/{name}",
        "/api/openapi.json",
        "/.well-known/security.txt",
    ] {
        assert!(found.contains(known), "{known} is not among {found:?}");
    }
}
