//! `guichet clients …`

use serde_json::{Value, json};

use super::{Installation, Outcome};

fn json_of(outcome: &Outcome) -> Value {
    assert_eq!((outcome.code, outcome.err.as_str()), (Some(0), ""), "{outcome:?}");
    serde_json::from_str(&outcome.out).unwrap_or_else(|_| panic!("{outcome:?}"))
}

const ADD: [&str; 5] = ["clients", "add", "--name", "Ajoutée", "--json"];

#[test]
fn a_client_is_added_shown_changed_and_switched_off() {
    let installation = Installation::new();
    let words = [&ADD[..], &["--redirect-uri", "https://added.example/cb", "--id", "added"]].concat();
    let made = json_of(&installation.run(&words));
    assert_eq!(made["client_id"], "added");
    let secret = made["client_secret"].as_str().unwrap().to_owned();
    assert_eq!(secret.len(), 43);

    let shown = installation.run(&["clients", "show", "added"]);
    for part in ["added", "added by an operator", "enabled", "Ajoutée", "https://added.example/cb"] {
        assert!(shown.out.contains(part), "{part}: {shown:?}");
    }
    assert!(!shown.out.contains(&secret));
    let shown = json_of(&installation.run(&["clients", "show", "added", "--json"]));
    assert_eq!(shown["metadata"]["grant_types"], json!(["authorization_code", "refresh_token"]));

    let rotated = json_of(&installation.run(&["clients", "rotate-secret", "added", "--json"]));
    assert_ne!(rotated["client_secret"], secret.as_str());

    for (command, changed, state) in [
        ("disable", true, "disabled"),
        ("disable", false, "disabled"),
        ("enable", true, "enabled"),
        ("enable", false, "enabled"),
    ] {
        let told = json_of(&installation.run(&["clients", command, "added", "--json"]));
        assert_eq!(told["changed"], changed, "{command}");
        let listed = installation.run(&["clients", "list"]);
        let line = listed.out.lines().find(|line| line.starts_with("added\t")).unwrap().to_owned();
        assert!(line.contains(state), "{line}");
    }
}

#[test]
fn clients_of_the_configuration_are_listed_and_changed_there() {
    let installation = Installation::new();
    let listed = installation.run(&["clients", "list"]);
    assert_eq!(listed.code, Some(0));
    let settings = installation.settings();
    for client in &settings.clients {
        let line = listed.out.lines().find(|line| line.starts_with(&format!("{}\t", client.client_id)));
        assert!(line.is_some_and(|line| line.contains("in the configuration, changed there")), "{listed:?}");
    }
    let id = settings.clients[0].client_id.as_str();
    for command in ["disable", "enable", "rotate-secret"] {
        installation.run(&["clients", command, id]).is_one_line_with(&["configuration", id]);
        installation
            .run(&["clients", command, "nobody"])
            .is_one_line_with(&["nobody", "guichet clients list"]);
    }
    let words = [&ADD[..], &["--redirect-uri", "https://x.example/", "--id", id]].concat();
    installation.run(&words).is_one_line_with(&["taken", id]);
}

#[test]
fn metadata_is_read_in_json_by_the_rules_of_the_configuration() {
    let installation = Installation::new();
    let words = ["clients", "add", "--metadata", "-", "--json"];
    let metadata = json!({
        "client_name": "Machine", "token_endpoint_auth_method": "private_key_jwt", "grant_types": ["client_credentials"],
        "jwks_uri": "https://machine.example/jwks",
    });
    let made = json_of(&installation.run_saying(&words, &metadata.to_string()));
    assert_eq!(made["client_secret"], Value::Null);
    for (text, part) in [
        ("{", "cannot be read"),
        ("[]", "cannot be read"),
        ("{\"redirect_uris\":[\"http://a.example\"]}", "redirect_uris[0]"),
        ("{\"redirect_uris\":[\"https://a.example/\"],\"scope\":\"openid admin\"}", "scope"),
    ] {
        installation.run_saying(&words, text).is_one_line_with(&[part]);
    }
    installation.run(&["clients", "add", "--metadata", "/nowhere"]).is_one_line_with(&["/nowhere"]);
}

#[test]
fn a_token_is_shown_once_and_says_when_nobody_can_use_it() {
    let installation = Installation::new();
    let told = installation.run(&["clients", "token", "--hours", "2", "--uses", "1", "--json"]);
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(told.err.contains("registration.enabled"), "{told:?}");
    let answer: Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!(answer["expires_in"], 7_200);
    assert_eq!(answer["initial_access_token"].as_str().unwrap().len(), 43);
    let enabled = Installation::new().with("REGISTRATION__ENABLED", "true");
    assert_eq!(enabled.run(&["clients", "token"]).err, "");
    assert_eq!(enabled.run(&["clients", "token", "--hours", "0"]).code, Some(2));
}
