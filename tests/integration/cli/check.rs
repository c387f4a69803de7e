//! `guichet check`, and what every command says of a configuration that is wrong.

use std::path::Path;
use std::process::Command;

use super::{Installation, Outcome};

fn check(file: &Path, environment: &[(&str, &str)]) -> Outcome {
    let mut command = Command::new(env!("CARGO_BIN_EXE_guichet"));
    command.arg("check").arg("--config").arg(file).envs(environment.iter().copied());
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Outcome { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

fn shipped(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("config").join(name)
}

#[test]
fn the_configurations_that_are_shipped_are_sound() {
    let secret = "0123456789abcdef0123456789abcdef";
    let secrets =
        [("GUICHET__UPSTREAMS__0__CLIENT_SECRET", secret), ("GUICHET__CLIENTS__0__CLIENT_SECRET", secret)];
    // Whoever runs the official tests makes the certificates first: any file that can be read stands for them here.
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let certificates = [
        ("GUICHET__SERVER__TLS__CERTIFICATE_FILE", file),
        ("GUICHET__SERVER__TLS__PRIVATE_KEY_FILE", file),
        ("GUICHET__FETCH__CA_FILE", file),
    ];
    let mut seen = 0;
    for entry in std::fs::read_dir(shipped("")).unwrap() {
        let path = entry.unwrap().path();
        let environment: &[_] = if path.ends_with("lyon.toml") {
            &secrets
        } else if path.ends_with("conformance.toml") {
            &certificates
        } else {
            &[]
        };
        let outcome = check(&path, environment);
        assert_eq!((outcome.code, outcome.err.as_str()), (Some(0), ""), "{}", path.display());
        assert!(outcome.out.contains("sound"), "{outcome:?}");
        seen += 1;
    }
    assert!(seen >= 3);
}

#[test]
fn five_faults_are_named_in_one_go() {
    let installation = Installation::new();
    let text = std::fs::read_to_string(installation.config()).unwrap();
    let broken = text
        .replacen("drain = \"10 s\"", "drain = \"10 parsecs\"", 1)
        .replacen("operator =", "operater =", 1)
        .replacen("door = \"upstream\"", "door = \"window\"", 1)
        .replacen(
            "client_secret = \"a-client-secret-of-the-tests-0123456789\"",
            "client_secret = \"short\"",
            1,
        )
        .replacen("http://127.0.0.1:8089/callback", "http://app.example/callback", 1);
    std::fs::write(installation.config(), broken).unwrap();
    for command in ["check", "serve", "migrate"] {
        let outcome = installation.run(&[command]);
        assert_eq!(outcome.code, Some(2), "{command}: {outcome:?}");
        assert_eq!(outcome.out, "");
        let name = installation.config().display().to_string();
        for key in [
            "server.drain: ",
            "site.operater: ",
            "situations[1].door: ",
            "clients[0].client_secret: ",
            "clients[0].redirect_uris[0]: ",
        ] {
            let line = outcome.err.lines().find(|line| line.contains(key));
            let line = line.unwrap_or_else(|| panic!("{key} is not named: {}", outcome.err));
            assert!(line.starts_with(&format!("{name}:")), "no place: {line}");
        }
        assert!(outcome.err.contains("did you mean operator"), "{}", outcome.err);
        assert!(!outcome.err.contains("\"short\""), "a secret is not repeated: {}", outcome.err);
    }
    assert!(!installation.scratch.path().join("data").exists(), "nothing is made by a wrong configuration");
}

#[test]
fn a_file_that_is_absent_or_no_toml_is_a_fault_of_the_configuration() {
    let installation = Installation::new();
    std::fs::write(installation.config(), "[server\nlisten = ").unwrap();
    let outcome = installation.run(&["serve"]);
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    assert!(outcome.err.contains("guichet.toml:1"), "{outcome:?}");
    std::fs::remove_file(installation.config()).unwrap();
    for command in [&["serve"][..], &["account", "create", "--identifier", "x", "--temporary"]] {
        let outcome = installation.run(command);
        assert_eq!(outcome.code, Some(2), "{outcome:?}");
        assert!(outcome.err.contains("guichet.toml: cannot be read"), "{outcome:?}");
    }
}

#[test]
fn a_command_line_that_is_wrong_is_told_with_code_2() {
    let installation = Installation::new();
    for words in [
        &["nonsense"][..],
        &["account", "create", "--identifier", "x"],
        &["account", "create", "--identifier", "x", "--temporary", "--password-stdin"],
        &["account", "create", "--identifier", "x", "--temporary", "--claim", "address=Lyon"],
        &["account", "create", "--identifier", "x", "--temporary", "--claim", "sub=me"],
        &["account", "create", "--temporary"],
        &["serve", "--password", "hunter2"],
    ] {
        let outcome = installation.run(words);
        assert_eq!(outcome.code, Some(2), "{words:?}: {outcome:?}");
        assert!(!outcome.err.is_empty());
    }
}
