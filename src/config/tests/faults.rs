//! How faults are told.

use super::{LEAST, lines, only_fault, read, read_with};
use crate::config::{Place, What};

#[test]
fn five_different_faults_are_told_at_once_each_with_its_line() {
    let faults = read(
        r#"data_directory = "var"
[server]
listen = "8080"
public_url = "http://id.example"
drian = "20 s"
[site]
name = "Guichet"
[sessions]
idle = "2 hours"
[[situations]]
id = "external"
title = "Extérieur"
door = "password"
"#,
    )
    .unwrap_err();
    assert_eq!(faults.len(), 5);
    assert_eq!(
        faults.to_string(),
        "x.toml:3: server.listen: found \"8080\", expected an address and a port, such as \"127.0.0.1:8080\" or \"[::]:8080\"\n\
         x.toml:4: server.public_url: found \"http://id.example\", expected an https address (http is allowed on loopback only)\n\
         x.toml:5: server.drian: unknown key, did you mean drain?\n\
         x.toml:6: site.operator: missing, expected a text\n\
         x.toml:9: sessions.idle: found \"2 hours\", expected a duration from 1 s to 800 d, such as \"90 s\", \"15 min\", \"12 h\", \"7 d\""
    );
}

#[test]
fn a_fault_can_be_taken_apart() {
    let faults = read_with("[sessions]\nidle = 0\n").unwrap_err();
    let fault = faults.iter().next().unwrap();
    assert_eq!(fault.key(), "sessions.idle");
    assert_eq!(fault.line(), Some(14));
    assert_eq!(fault.place(), &Place::Line(14, None));
    assert!(matches!(fault.what(), What::Wrong { found, .. } if found == "0"));
}

#[test]
fn lines_that_are_not_toml_are_told_together_with_the_other_faults() {
    let text = "data_directory = \"var\"\n[server]\nlisten = 127.0.0.1:8080\npublic_url = \"ftp://x\"\n\
                [site]\nname = \"Guichet\"\noperator = \"A\n[[situations]]\nid = \"external\"\ntitle = \"T\"\ndoor = \"password\"\n";
    let lines = lines(read(text));
    assert_eq!(lines.len(), 3, "{lines:#?}");
    assert!(lines[0].starts_with("x.toml:3:"), "{lines:#?}");
    assert!(lines[1].starts_with("x.toml:4: server.public_url: found \"ftp://x\""), "{lines:#?}");
    assert!(lines[2].starts_with("x.toml:7:"), "{lines:#?}");
}

#[test]
fn a_broken_header_hides_its_section_only() {
    let text = LEAST.replace("[server]", "[server");
    let fault = only_fault(read(&text));
    assert!(fault.starts_with("x.toml:3:8: not valid TOML: unclosed table"), "{fault}");
}

#[test]
fn a_mistyped_key_that_is_required_is_one_fault() {
    let fault = only_fault(read(&LEAST.replace("listen", "lisen")));
    assert_eq!(fault, "x.toml:4: server.lisen: unknown key, did you mean listen?");
}

#[test]
fn a_mistyped_section_is_one_fault() {
    let fault = only_fault(read(&LEAST.replace("[server]", "[sever]")));
    assert_eq!(fault, "x.toml:3: sever: unknown key, did you mean server?");
}

#[test]
fn a_key_of_another_section_is_recognized() {
    let fault = only_fault(read(&format!(
        "public_url = \"x\"\n{}",
        LEAST.replace("public_url = \"https://id.example\"", "")
    )));
    assert_eq!(fault, "x.toml:1: public_url: unknown key, did you mean server.public_url?");
}

#[test]
fn unknown_keys_suggest_the_nearest_or_name_those_that_exist() {
    for (more, nearest) in [
        ("[logs]\nfromat = \"json\"\n", "format"),
        ("[passwords]\nminimum-length = 12\n", "minimum_length"),
        ("[tokens]\naccess_tokens = 12\n", "access_token"),
        ("[keys]\nmaster_key_fle = \"x\"\n", "master_key_file"),
        (
            "[[clients]]\nclient_id = \"a\"\nclient_name = \"A\"\ntoken_endpoint_auth_method = \"none\"\nredirect_uri = [\"https://a.example/\"]\n",
            "redirect_uris",
        ),
        (
            "[[clients]]\nid = \"a\"\nclient_name = \"A\"\ntoken_endpoint_auth_method = \"none\"\nredirect_uris = [\"https://a.example/\"]\n",
            "client_id",
        ),
    ] {
        let fault = only_fault(read_with(more));
        assert!(fault.ends_with(&format!("unknown key, did you mean {nearest}?")), "{fault}");
    }
    let fault = only_fault(read_with("[logs]\ncolour = true\n"));
    assert_eq!(fault, "x.toml:14: logs.colour: unknown key, expected one of filter, format");
}

#[test]
fn unknown_keys_are_found_at_every_depth() {
    let text = LEAST.replace("name = \"Guichet\"", "name = { fr = \"G\", en = \"G\", de = \"G\" }");
    let fault = only_fault(read(&text));
    assert!(fault.starts_with("x.toml:7: site.name.de: unknown key"), "{fault}");
}

#[test]
fn a_key_that_is_missing_is_told_at_the_line_of_its_section() {
    let fault = only_fault(read(&LEAST.replace("title = \"Extérieur\"\n", "")));
    assert!(fault.starts_with("x.toml:9: situations[0].title: missing, expected a text"), "{fault}");
    let lines = lines(read(""));
    for key in
        ["data_directory", "server.listen", "server.public_url", "site.name", "site.operator", "situations"]
    {
        assert!(
            lines.iter().any(|line| line.starts_with(&format!("x.toml: {key}: missing, expected "))),
            "{key}: {lines:#?}"
        );
    }
    assert_eq!(lines.len(), 6, "{lines:#?}");
}

#[test]
fn names_given_twice_are_told_with_both_lines() {
    let client = "[[clients]]\nclient_id = \"a\"\nclient_name = \"A\"\ntoken_endpoint_auth_method = \"none\"\nredirect_uris = [\"https://a.example/\"]\n";
    let fault = only_fault(read_with(&format!("{client}{client}")));
    assert_eq!(
        fault,
        "x.toml:19: clients[1].client_id: found \"a\", expected a name of its own: clients[0].client_id is the same at line 14"
    );

    let situation = "[[situations]]\nid = \"external\"\ntitle = \"T\"\ndoor = \"elsewhere\"\nurl = \"https://x.example\"\nbutton = \"B\"\n";
    let fault = only_fault(read_with(situation));
    assert_eq!(
        fault,
        "x.toml:14: situations[1].id: found \"external\", expected a name of its own: situations[0].id is the same at line 10"
    );

    let upstream = "[[upstreams]]\nid = \"u\"\nname = \"U\"\nissuer = \"https://u.example\"\nclient_id = \"g\"\nclient_secret = \"s\"\n";
    let fault = only_fault(read_with(&format!("{upstream}{upstream}")));
    assert!(fault.starts_with("x.toml:20: upstreams[1].id: found \"u\""), "{fault}");
}

#[test]
fn a_value_of_another_kind_is_told_as_what_it_is() {
    for (more, start) in [
        ("clients = 3\n", "x.toml:1: clients: found 3, expected sections, each under [[clients]]"),
        ("clients = [3]\n", "x.toml:1: clients[0]: found 3, expected sections"),
        ("logs = \"x\"\n", "x.toml:1: logs: found \"x\", expected a section, [logs]"),
        ("tokens = []\n", "x.toml:1: tokens: found an empty list, expected a section"),
        (
            "logs.format = 2026-01-01\n",
            "x.toml:1: logs.format: found the date 2026-01-01, expected \"auto\", \"human\" or \"json\"",
        ),
        (
            "passwords.queue = 1.5\n",
            "x.toml:1: passwords.queue: found 1.5, expected a whole number from 1 to 100000",
        ),
        (
            "passwords.queue = 99999999999999999999\n",
            "x.toml:1: passwords.queue: found 99999999999999999999, expected",
        ),
        ("logs.filter = true\n", "x.toml:1: logs.filter: found true, expected a text"),
    ] {
        let fault = only_fault(read(&format!("{more}{}", LEAST.trim_start())));
        assert!(fault.starts_with(start), "{fault}");
    }
}
