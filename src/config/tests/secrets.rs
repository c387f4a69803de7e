//! Secrets: where they may stand, and that no fault shows one.

use std::path::Path;

use super::{Folder, GOOD_SECRET, LEAST, lines, only_fault, read_with};
use crate::config::{Faults, MasterKeySource, NO_ENVIRONMENT, Settings, parse};

const KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY";

fn client(secret: &str) -> String {
    format!(
        "[[clients]]\nclient_id = \"a\"\nclient_name = \"A\"\nredirect_uris = [\"https://a.example/\"]\n{secret}\n"
    )
}

fn read_in(folder: &Folder, more: &str) -> Result<Settings, Faults> {
    parse(&format!("{LEAST}{more}"), "x.toml", folder.path(), NO_ENVIRONMENT)
}

#[test]
fn a_secret_is_read_from_its_file_without_the_newline_at_its_end() {
    let folder = Folder::new();
    folder.write("secrets/a", &format!("{GOOD_SECRET}\n"));
    folder.write("secrets/key", &format!("{KEY}\r\n"));
    folder.write("secrets/db", "postgres://u:p@h/d\n");
    let settings = read_in(
        &folder,
        &format!(
            "[keys]\nmaster_key_file = \"secrets/key\"\n[database]\nurl_file = \"secrets/db\"\n{}",
            client("client_secret_file = \"secrets/a\"")
        ),
    )
    .unwrap();
    assert!(settings.clients[0].client_secret.as_ref().unwrap().matches(GOOD_SECRET));
    assert!(settings.database.url.matches("postgres://u:p@h/d"));
    assert!(matches!(settings.keys.master_key, MasterKeySource::Given(key) if key.matches(KEY)));
}

#[test]
fn a_secret_file_that_is_missing_empty_or_weak_is_a_fault_without_its_name_or_content() {
    let folder = Folder::new();
    folder.write("empty", "\n");
    folder.write("weak", "hunter2\n");
    for (file, found) in [
        ("hunter2", "a path that cannot be read (No such file"),
        (".", "a path that cannot be read (Is a directory"),
        ("", "no path"),
        ("empty", "a file that holds an empty text"),
        ("weak", "a file that holds a text of 7 characters"),
    ] {
        let fault = only_fault(read_in(&folder, &client(&format!("client_secret_file = \"{file}\""))));
        assert!(
            fault.starts_with(&format!("x.toml:17: clients[0].client_secret_file: found {found}")),
            "{fault}"
        );
        assert!(!fault.contains("hunter2"), "{fault}");
    }
}

#[test]
fn no_fault_ever_shows_a_secret() {
    let secret = "s3cr3t-of-25-characters!!";
    for more in [
        client(&format!("client_secret = \"{secret}\"")),
        client(&format!("client_secret = [\"{secret}\"]")),
        client(&format!("client_secret = {{ x = \"{secret}\" }}")),
        client(&format!("client_secrt = \"{secret}\"")),
        client(&format!("client_secret = \"{secret}\"\nclient_secret_file = \"{secret}\"")),
        client(&format!("client_secret = \"{secret}\"\ntoken_endpoint_auth_method = \"none\"")),
        client(&format!("client_secret = \"{secret}")),
        client(&format!("client_secret = {secret}")),
        client(&format!("client_secret \"{secret}\"")),
        format!("[keys]\nmaster_key = \"{secret}\"\n"),
        format!("[keys]\nmaster_key_file = \"{secret}\"\n"),
        format!("[keys]\nmaster = \"{secret}\"\n"),
        format!("[database]\nurl = \"mysql://u:{secret}@h/d\"\n"),
        format!("[database]\nurl = \"{secret}\"\n"),
        format!("[[upstreams]]\nid = \"U\"\nclient_secret_file = \"{secret}\"\n"),
        format!(
            "[[upstreams]]\nid = \"U\"\nissuer = \"https://u:{secret}@h\"\nclient_secret = \"{secret}\"\n"
        ),
    ] {
        let lines = lines(read_with(&more));
        assert!(!lines.is_empty(), "{more}");
        assert!(lines.iter().all(|line| !line.contains("s3cr3t")), "{lines:#?}");
    }
}

#[test]
fn a_weak_client_secret_is_a_fault() {
    for weak in [
        "short",
        "0123456789abcdef0123456789abcde",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "a text with spaces that is long enough ok",
    ] {
        let fault = only_fault(read_with(&client(&format!("client_secret = \"{weak}\""))));
        let length = weak.len();
        let start = format!(
            "x.toml:17: clients[0].client_secret: found a text of {length} characters, expected at least 32"
        );
        assert!(fault.starts_with(&start), "{fault}");
    }
}

#[test]
fn a_master_key_is_32_bytes_in_base64url() {
    let read = |key: &str| read_with(&format!("[keys]\nmaster_key = \"{key}\"\n"));
    assert!(read(KEY).is_ok());
    for wrong in ["", "x", &KEY[1..], &format!("{KEY}="), &KEY.replace('M', "+"), &"A".repeat(43)] {
        let fault = only_fault(read(wrong));
        assert!(fault.contains("keys.master_key: found a") && fault.contains("43 characters"), "{fault}");
    }
}

#[test]
fn without_a_master_key_one_is_kept_in_the_data_directory() {
    let settings = read_with("").unwrap();
    let MasterKeySource::Generated(path) = settings.keys.master_key else { panic!("a key was given") };
    assert_eq!(path, Path::new("/etc/guichet/var/master.key"));
}

#[test]
fn both_a_secret_and_its_file_is_one_fault_unless_the_environment_decides() {
    let both = client(&format!("client_secret = \"{GOOD_SECRET}\"\nclient_secret_file = \"x\""));
    let fault = only_fault(read_with(&both));
    assert_eq!(
        fault,
        "x.toml:18: clients[0].client_secret_file: found both, expected either client_secret or client_secret_file"
    );

    let folder = Folder::new();
    folder.write("other", "fedcba9876543210fedcba9876543210");
    let text = format!("{LEAST}{}", client(&format!("client_secret = \"{GOOD_SECRET}\"")));
    let environment = [("GUICHET__CLIENTS__0__CLIENT_SECRET_FILE", "other")];
    let settings = parse(&text, "x.toml", folder.path(), environment).unwrap();
    assert!(settings.clients[0].client_secret.as_ref().unwrap().matches("fedcba9876543210fedcba9876543210"));
}
