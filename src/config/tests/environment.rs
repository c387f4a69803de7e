//! Environment variables over the file.

use std::path::Path;
use std::time::Duration;

use super::{GOOD_SECRET, LEAST, lines, only_fault};
use crate::config::{Faults, Settings, parse};
use crate::kit::page::Localized;

fn read(text: &str, environment: &[(&str, &str)]) -> Result<Settings, Faults> {
    parse(text, "x.toml", Path::new("/etc/guichet"), environment.iter().copied())
}

#[test]
fn a_variable_overrides_a_key_and_adds_one() {
    let settings = read(
        LEAST,
        &[
            ("GUICHET__SERVER__LISTEN", "0.0.0.0:1"),
            ("GUICHET__SERVER__MAX_CONNECTIONS", "77"),
            ("GUICHET__SERVER__TRUSTED_PROXIES", "[\"10.0.0.0/8\"]"),
            ("GUICHET__SESSIONS__IDLE", "5 min"),
            ("GUICHET__SESSIONS__ABSOLUTE", "900"),
            ("GUICHET__SITE__NAME", "{ fr = \"Un\", en = \"One\" }"),
            ("GUICHET__SITE__OPERATOR", "42"),
            ("PATH", "/bin"),
            ("GUICHET_LOG", "x"),
        ],
    )
    .unwrap();
    assert_eq!(settings.server.listen.port(), 1);
    assert_eq!(settings.server.max_connections, 77);
    assert_eq!(settings.server.trusted_proxies.len(), 1);
    assert_eq!(settings.sessions.idle, Duration::from_mins(5));
    assert_eq!(settings.sessions.absolute, Duration::from_mins(15));
    assert_eq!(settings.site.name, Localized { fr: "Un".to_owned(), en: "One".to_owned() });
    assert_eq!(settings.site.operator, "42");
}

#[test]
fn variables_alone_can_configure_everything() {
    let settings = read(
        "",
        &[
            ("GUICHET__DATA_DIRECTORY", "/var/lib/guichet"),
            ("GUICHET__SERVER__LISTEN", "127.0.0.1:1"),
            ("GUICHET__SERVER__PUBLIC_URL", "https://id.example/"),
            ("GUICHET__SITE__NAME", "Guichet"),
            ("GUICHET__SITE__OPERATOR", "Académie"),
            ("GUICHET__SITUATIONS__0__ID", "external"),
            ("GUICHET__SITUATIONS__0__TITLE", "Extérieur"),
            ("GUICHET__SITUATIONS__0__DOOR", "password"),
            ("GUICHET__CLIENTS__0__CLIENT_ID", "app"),
            ("GUICHET__CLIENTS__0__CLIENT_NAME", "App"),
            ("GUICHET__CLIENTS__0__CLIENT_SECRET", GOOD_SECRET),
            ("GUICHET__CLIENTS__0__REDIRECT_URIS__0", "https://app.example/cb"),
            ("GUICHET__CLIENTS__0__REDIRECT_URIS__1", "https://app.example/cb2"),
            ("GUICHET__CLIENTS__0__FIRST_PARTY", "true"),
        ],
    )
    .unwrap();
    assert_eq!(settings.clients[0].redirect_uris.len(), 2);
    assert!(settings.clients[0].first_party);
    assert_eq!(settings.server.issuer(), "https://id.example");
}

#[test]
fn a_variable_reaches_into_lists_and_appends_to_them() {
    let text = format!(
        "{LEAST}[[clients]]\nclient_id = \"a\"\nclient_name = \"A\"\nclient_secret_file = \"nowhere\"\nredirect_uris = [\"https://a.example/\"]\n"
    );
    let settings = read(
        &text,
        &[
            ("GUICHET__CLIENTS__0__CLIENT_SECRET", GOOD_SECRET),
            ("GUICHET__CLIENTS__1__CLIENT_ID", "b"),
            ("GUICHET__CLIENTS__1__CLIENT_NAME", "B"),
            ("GUICHET__CLIENTS__1__TOKEN_ENDPOINT_AUTH_METHOD", "none"),
            ("GUICHET__CLIENTS__1__REDIRECT_URIS", "[\"https://b.example/\"]"),
        ],
    )
    .unwrap();
    assert_eq!(settings.clients.len(), 2);
    assert!(settings.clients[0].client_secret.as_ref().unwrap().matches(GOOD_SECRET));
    assert_eq!(settings.clients[1].client_id, "b");
}

#[test]
fn more_than_ten_items_come_in_the_order_of_their_numbers() {
    let variables: Vec<(String, String)> = (0..12)
        .map(|index| (format!("GUICHET__SERVER__TRUSTED_PROXIES__{index}"), format!("10.{index}.0.0/16")))
        .collect();
    let settings = parse(LEAST, "x.toml", Path::new("/"), variables).unwrap();
    assert_eq!(settings.server.trusted_proxies[11].to_string(), "10.11.0.0/16");
}

#[test]
fn a_whole_list_given_by_a_variable_can_be_refined_by_others() {
    let settings = read(LEAST, &[
        ("GUICHET__CLIENTS__0__CLIENT_NAME", "Autre nom"),
        (
            "GUICHET__CLIENTS",
            "[{ client_id = \"a\", client_name = \"A\", token_endpoint_auth_method = \"none\", redirect_uris = [\"https://a.example/\"] }]",
        ),
    ])
    .unwrap();
    assert_eq!(settings.clients[0].about.client_name.fr, "Autre nom");
}

#[test]
fn a_fault_of_a_variable_names_the_variable() {
    let fault = only_fault(read(LEAST, &[("GUICHET__SERVER__LISTEN", "8080")]));
    assert!(fault.starts_with("GUICHET__SERVER__LISTEN: server.listen: found \"8080\""), "{fault}");
    let fault = only_fault(read(LEAST, &[("GUICHET__SERVER__LISTN", "8080")]));
    assert_eq!(fault, "GUICHET__SERVER__LISTN: server.listn: unknown key, did you mean listen?");
    let fault = only_fault(read(LEAST, &[("GUICHET__CLIENTS", "[1")]));
    assert!(fault.starts_with("GUICHET__CLIENTS: clients: found \"[1\", expected sections"), "{fault}");
    let fault = only_fault(read(LEAST, &[("GUICHET__SERVER__TRUSTED_PROXIES", "10.0.0.0/8")]));
    assert!(fault.starts_with("GUICHET__SERVER__TRUSTED_PROXIES: server.trusted_proxies: "), "{fault}");
}

#[test]
fn a_variable_that_leads_nowhere_is_a_fault() {
    for (name, start) in [
        ("GUICHET__SERVER__LISTEN__PORT", "server.listen: found a key inside a key that holds a plain value"),
        (
            "GUICHET__SITUATIONS__2__ID",
            "situations: found item number 2, expected the items in a row; the next one is number 1",
        ),
        (
            "GUICHET__SITUATIONS__EXTERNAL__ID",
            "situations: found the name EXTERNAL, expected the number of an item",
        ),
        ("GUICHET__", "found a name with nothing between two __"),
        ("GUICHET__SERVER____LISTEN", "server: found a name with nothing between two __"),
        ("GUICHET__0", "0: unknown key"),
        ("GUICHET__SITUATIONS__99999999999999999999__ID", "situations: found the name 99999999999999999999"),
    ] {
        let fault = only_fault(read(LEAST, &[(name, "x")]));
        assert!(fault.starts_with(&format!("{name}: {start}")), "{fault}");
    }
}

#[test]
fn a_section_begun_by_a_variable_lacks_its_keys_under_its_name() {
    let lines = lines(read(LEAST, &[("GUICHET__CLIENTS__0__CLIENT_ID", "b")]));
    assert_eq!(lines.len(), 3, "{lines:#?}");
    assert!(
        lines.iter().all(|line| line.starts_with("GUICHET__CLIENTS__0__CLIENT_ID: clients[0].")),
        "{lines:#?}"
    );
}
