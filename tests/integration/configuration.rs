//! The configuration as the command line reads it: from files, with the variables of a process.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use guichet::config::{NO_ENVIRONMENT, Place, What, load, parse};

const LEAST: &str = r#"data_directory = "data"
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

/// A file in a folder of its own, both removed at the end.
struct Written(PathBuf);

impl Written {
    fn new(test: &str, content: &[u8]) -> Self {
        let folder =
            std::env::temp_dir().join(format!("guichet-configuration-{test}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("guichet.toml");
        std::fs::write(&file, content).unwrap();
        Self(file)
    }

    fn folder(&self) -> &Path {
        self.0.parent().unwrap()
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(self.folder());
    }
}

fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("config").join(name)
}

#[test]
fn relative_paths_begin_at_the_folder_of_the_file() {
    let file = Written::new("relative", LEAST.as_bytes());
    let settings = load(Some(&file.0), NO_ENVIRONMENT).unwrap();
    assert_eq!(settings.data_directory, file.folder().join("data"));
    assert!(settings.database.url.expose().ends_with("/data/guichet.db"));
}

#[test]
fn the_example_loads_from_its_place() {
    let settings = load(Some(&shipped("example.toml")), NO_ENVIRONMENT);
    assert!(settings.is_ok(), "{}", settings.unwrap_err());
}

#[test]
fn lyon_loads_with_its_two_secrets_from_the_environment() {
    let secret = "0123456789abcdef0123456789abcdef";
    let environment =
        [("GUICHET__UPSTREAMS__0__CLIENT_SECRET", secret), ("GUICHET__CLIENTS__0__CLIENT_SECRET", secret)];
    let settings = load(Some(&shipped("lyon.toml")), environment);
    assert!(settings.is_ok(), "{}", settings.unwrap_err());
}

#[test]
fn no_secret_shows_when_settings_are_printed() {
    let environment = [
        ("GUICHET__DATABASE__URL", "postgres://u:hunter2@h/d"),
        ("GUICHET__KEYS__MASTER_KEY", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"),
    ];
    let settings = parse(LEAST, "x.toml", Path::new("/"), environment).unwrap();
    let printed = format!("{settings:?}");
    assert!(!printed.contains("hunter2") && !printed.contains("MDEy"), "{printed}");
}

#[test]
fn a_file_that_is_not_there_is_one_clear_fault() {
    let faults = load(Some(Path::new("nowhere/guichet.toml")), NO_ENVIRONMENT).unwrap_err();
    assert_eq!(faults.len(), 1);
    assert_eq!(
        faults.to_string(),
        "nowhere/guichet.toml: cannot be read: No such file or directory (os error 2)"
    );
}

#[test]
fn a_file_that_is_not_unicode_is_a_fault_at_its_line() {
    let file = Written::new("unicode", b"a = 1\nb = \"\xe9\"\n");
    let faults = load(Some(&file.0), NO_ENVIRONMENT).unwrap_err();
    let fault = faults.iter().next().unwrap();
    assert_eq!(fault.place(), &Place::Line(2, None));
    assert!(matches!(fault.what(), What::Unreadable(_)));
}

#[test]
fn without_a_file_the_environment_must_say_everything() {
    let faults = load(None, NO_ENVIRONMENT).unwrap_err();
    assert_eq!(faults.len(), 6, "{faults}");
    assert!(faults.iter().all(|fault| fault.line().is_none()));
}

#[test]
fn every_fault_of_a_file_is_reported_at_once() {
    let text = LEAST
        .replace("8080", "http")
        .replace("https://", "http://")
        .replace("operator", "operater")
        .replace("\"external\"", "\"External\"")
        .replace("\"password\"", "\"passwort\"");
    let file = Written::new("many", text.as_bytes());
    let faults = load(Some(&file.0), NO_ENVIRONMENT).unwrap_err();
    let lines: Vec<_> = faults.iter().map(|fault| fault.line().unwrap()).collect();
    assert_eq!(lines, [3, 4, 7, 9, 11], "{faults}");
    for line in faults.to_string().lines() {
        assert!(line.starts_with(&file.0.display().to_string()), "{line}");
    }
}

#[test]
fn the_same_text_gives_the_same_settings_each_time() {
    let read = || format!("{:?}", parse(LEAST, "x.toml", Path::new("/etc"), NO_ENVIRONMENT).unwrap());
    assert_eq!(read(), read());
}

#[test]
fn no_authority_has_an_id_that_the_desk_s_own_addresses_have() {
    /// The words that stand below `/desk/` in the sources, where others have the authority.
    fn words(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                words(&path, found);
                continue;
            }
            let text = std::fs::read_to_string(path).unwrap();
            let quoted = text.split('"').skip(1).step_by(2);
            let below = quoted.filter_map(|text| text.strip_prefix("/desk/")?.split('/').next());
            found.extend(below.filter(|word| !word.is_empty() && !word.starts_with('{')).map(str::to_owned));
        }
    }
    let mut found = BTreeSet::new();
    words(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/desk"), &mut found);
    assert!(found.contains("join"), "{found:?}");
    let authority = |id: &str| {
        format!(
            "{LEAST}[[authorities]]\nid = \"{id}\"\nname = \"x\"\n[[authorities.desks]]\nid = \"d\"\nname = \"d\"\n"
        )
    };
    for word in &found {
        let faults = parse(&authority(word), "x.toml", Path::new("/"), NO_ENVIRONMENT).unwrap_err();
        assert_eq!(faults.len(), 1, "{word}: {faults}");
    }
    assert!(parse(&authority("joint"), "x.toml", Path::new("/"), NO_ENVIRONMENT).is_ok());
}
