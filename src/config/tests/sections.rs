//! The rules of each section but the clients.

use std::path::Path;
use std::time::Duration;

use super::{Folder, LEAST, only_fault, read, read_with};
use crate::config::{
    AddressPolicy, Disclosure, Door, LogFormat, MonthDay, NO_ENVIRONMENT, PasswordRule, UpstreamAuthMethod,
    parse,
};
use crate::kit::locale::Locale;

const UPSTREAM: &str = "[[upstreams]]\nid = \"u\"\nname = \"U\"\nissuer = \"https://u.example\"\nclient_id = \"g\"\nclient_secret = \"s\"\n";

fn server(key: &str, value: &str) -> String {
    let line = LEAST.lines().find(|line| line.starts_with(key)).unwrap_or("[server]").to_owned();
    let new =
        if line == "[server]" { format!("[server]\n{key} = {value}") } else { format!("{key} = {value}") };
    LEAST.replace(&line, &new)
}

#[test]
fn what_is_left_out_has_its_default() {
    let settings = read(LEAST).unwrap();
    assert_eq!(settings.data_directory, Path::new("/etc/guichet/var"));
    assert!(settings.database.url.matches("sqlite:///etc/guichet/var/guichet.db"));
    assert_eq!(settings.database.max_connections, 10);
    assert_eq!(settings.server.max_connections, 10_000);
    assert_eq!(settings.server.max_connections_per_network, 256);
    assert_eq!(settings.server.drain, Duration::from_secs(20));
    assert_eq!(settings.keys.rotate_every, Duration::from_hours(90 * 24));
    assert_eq!(settings.keys.publish_before, Duration::from_hours(48));
    assert!(settings.server.tls.is_none() && settings.server.trusted_proxies.is_empty());
    assert_eq!(settings.site.default_locale, Locale::Fr);
    assert_eq!(settings.passwords.minimum_length, 12);
    assert_eq!(settings.passwords.rule, PasswordRule::WithThrottling);
    assert_eq!(settings.passwords.remembered, 5);
    assert_eq!(settings.letters.season_ends, MonthDay { month: 8, day: 31 });
    assert_eq!(settings.letters.shortest, Duration::from_hours(60 * 24));
    assert_eq!(settings.recovery.disclosure, Disclosure::Explicit);
    assert_eq!(settings.recovery.link_lifetime, Duration::from_hours(1));
    assert_eq!(settings.recovery.mail_address, AddressPolicy::Optional);
    assert_eq!(settings.throttling.network_per_hour, 100);
    assert_eq!(settings.retention.unused_accounts, Duration::from_hours(1_095 * 24));
    assert_eq!(settings.import.columns.family_name, "NOM");
    assert!(settings.mail.is_none() && settings.authorities.is_empty());
    assert_eq!((settings.passwords.argon2_memory, settings.passwords.argon2_passes), (19_456, 2));
    assert!(settings.passwords.concurrency >= 1);
    assert_eq!(settings.passwords.queue, 200);
    assert_eq!(settings.sessions.idle, Duration::from_hours(2));
    assert_eq!(settings.sessions.absolute, Duration::from_hours(12));
    assert_eq!(settings.tokens.access_token, Duration::from_mins(10));
    assert_eq!(settings.tokens.id_token, Duration::from_mins(10));
    assert_eq!(settings.tokens.code, Duration::from_mins(1));
    assert_eq!(settings.tokens.pushed_request, Duration::from_mins(1));
    assert_eq!(settings.tokens.refresh_idle, Duration::from_hours(14 * 24));
    assert_eq!(settings.tokens.refresh_absolute, Duration::from_hours(90 * 24));
    assert_eq!(settings.tokens.refresh_grace, Duration::from_secs(30));
    assert_eq!((settings.logs.filter.as_str(), settings.logs.format), ("info", LogFormat::Auto));
    assert!(settings.clients.is_empty() && settings.upstreams.is_empty());
}

#[test]
fn the_public_url_is_an_https_origin_or_http_on_loopback() {
    for fine in [
        "https://id.example",
        "https://id.example/",
        "http://localhost:8080",
        "http://127.0.0.1:1",
        "http://[::1]:1",
    ] {
        let settings = read(&server("public_url", &format!("\"{fine}\""))).unwrap();
        assert_eq!(settings.server.issuer(), fine.trim_end_matches('/'));
    }
    for wrong in [
        "http://id.example",
        "https://id.example/x",
        "https://id.example?x",
        "https://id.example/?",
        "https://id.example#",
        "https://u@id.example",
        "id.example",
        "",
        "ftp://id.example",
        "https://",
    ] {
        let fault = only_fault(read(&server("public_url", &format!("\"{wrong}\""))));
        assert!(fault.starts_with("x.toml:5: server.public_url: found"), "{fault}");
    }
}

#[test]
fn numbers_are_bounded() {
    for (section, key, value) in [
        ("passwords", "argon2_memory", "7167"),
        ("passwords", "argon2_passes", "0"),
        ("passwords", "concurrency", "0"),
        ("passwords", "queue", "0"),
        ("passwords", "minimum_length", "7"),
        ("passwords", "minimum_length", "-12"),
        ("passwords", "rule", "\"weak\""),
        ("letters", "season_ends", "\"02-30\""),
        ("letters", "season_ends", "\"8-31\""),
        ("recovery", "link_lifetime", "\"25 h\""),
        ("recovery", "disclosure", "\"none\""),
        ("throttling", "network_per_hour", "0"),
        ("retention", "events", "\"1000 d\""),
        ("database", "max_connections", "0"),
        ("keys", "rotate_every", "\"12 h\""),
        ("keys", "publish_before", "\"9 min\""),
        ("keys", "publish_before", "\"31 d\""),
        ("tokens", "code", "\"11 min\""),
        ("tokens", "pushed_request", "\"4 s\""),
        ("tokens", "access_token", "0"),
        ("tokens", "refresh_grace", "\"6 min\""),
        ("sessions", "idle", "\"13 h\""),
        ("tokens", "refresh_idle", "\"91 d\""),
    ] {
        let fault = only_fault(read_with(&format!("[{section}]\n{key} = {value}\n")));
        assert!(fault.starts_with(&format!("x.toml:14: {section}.{key}: found ")), "{fault}");
    }
    for value in ["0", "1000001", "\"many\""] {
        assert!(only_fault(read(&server("max_connections", value))).contains("server.max_connections"));
    }
}

#[test]
fn an_idle_limit_left_out_fits_the_absolute_one() {
    let settings = read_with("[sessions]\nabsolute = \"1 h\"\n").unwrap();
    assert_eq!(settings.sessions.idle, Duration::from_hours(1));
}

#[test]
fn a_key_is_published_for_no_longer_than_one_signs() {
    let settings = read_with("[keys]\nrotate_every = \"1 d\"\n").unwrap();
    assert_eq!(settings.keys.publish_before, Duration::from_hours(24));
    let fault = only_fault(read_with("[keys]\nrotate_every = \"5 d\"\npublish_before = \"6 d\"\n"));
    assert!(fault.contains("keys.publish_before: found 6 d, expected at most 5 d"), "{fault}");
}

#[test]
fn tls_files_must_be_there_and_the_public_url_https() {
    let folder = Folder::new();
    folder.write("cert.pem", "x");
    folder.write("empty.pem", "");
    let with = |certificate: &str, key: &str| {
        let tls =
            format!("[server.tls]\ncertificate_file = \"{certificate}\"\nprivate_key_file = \"{key}\"\n");
        parse(&format!("{LEAST}{tls}"), "x.toml", folder.path(), NO_ENVIRONMENT)
    };
    let tls = with("cert.pem", "cert.pem").unwrap().server.tls.unwrap();
    assert_eq!(tls.certificate_file, folder.path().join("cert.pem"));
    assert!(
        only_fault(with("cert.pem", "none.pem"))
            .starts_with("x.toml:15: server.tls.private_key_file: found \"none.pem\", which cannot be read")
    );
    assert!(only_fault(with("empty.pem", "cert.pem")).contains("found \"empty.pem\", which is empty"));

    let half = read_with("[server.tls]\nprivate_key_file = \"/dev/null\"\n").unwrap_err();
    assert!(half.iter().any(|fault| fault.key() == "server.tls.certificate_file"), "{half}");

    let http = LEAST.replace("https://id.example", "http://localhost");
    let tls = "[server.tls]\ncertificate_file = \"cert.pem\"\nprivate_key_file = \"cert.pem\"\n";
    let fault = only_fault(parse(&format!("{http}{tls}"), "x.toml", folder.path(), NO_ENVIRONMENT));
    assert!(fault.contains("server.public_url: found an http address"), "{fault}");
}

#[test]
fn an_upstream_left_plain_has_standard_claims() {
    let upstream = &read_with(UPSTREAM).unwrap().upstreams[0];
    assert_eq!(upstream.scopes, ["openid"]);
    assert_eq!(upstream.token_endpoint_auth_method, UpstreamAuthMethod::ClientSecretBasic);
    assert_eq!(
        (upstream.claims.given_name.as_str(), upstream.claims.family_name.as_str()),
        ("given_name", "family_name")
    );
    assert!(upstream.help.is_none() && !upstream.identifier_hints.numen);
}

#[test]
fn an_upstream_never_speaks_for_guichet() {
    for ours in ["sub", "iss", "acr", "situation", "authority", "given_name", "\"a b\""] {
        let fault = only_fault(read_with(&format!("{UPSTREAM}[upstreams.claims.others]\n{ours} = \"x\"\n")));
        let key = ours.trim_matches('"');
        assert!(
            fault.starts_with(&format!("x.toml:20: upstreams[0].claims.others.{key}: found the name")),
            "{fault}"
        );
    }
    let others = format!("{UPSTREAM}[upstreams.claims.others]\nacademy = \"codaca\"\n");
    assert_eq!(read_with(&others).unwrap().upstreams[0].claims.others["academy"], "codaca");
}

#[test]
fn an_upstream_has_a_safe_issuer_and_asks_for_openid() {
    for issuer in ["http://u.example", "https://u.example/?x", "https://u.example/#", "u.example"] {
        let fault = only_fault(read_with(&UPSTREAM.replace("https://u.example", issuer)));
        assert!(fault.starts_with("x.toml:16: upstreams[0].issuer: found"), "{fault}");
    }
    assert!(read_with(&UPSTREAM.replace("https://u.example", "http://127.0.0.1:9/realm")).is_ok());
    let fault = only_fault(read_with(&format!("{UPSTREAM}scopes = [\"profile\"]\n")));
    assert!(fault.contains("upstreams[0].scopes") && fault.contains("openid"), "{fault}");
    let fault =
        only_fault(read_with(&format!("{UPSTREAM}identifier_hints = {{ mail_domains = [\"@x\"] }}\n")));
    assert!(fault.contains("upstreams[0].identifier_hints.mail_domains[0]"), "{fault}");
}

#[test]
fn each_door_has_its_own_keys() {
    let door = |keys: &str| read_with(&format!("[[situations]]\nid = \"b\"\ntitle = \"B\"\n{keys}\n"));
    assert!(matches!(
        &door("door = \"elsewhere\"\nurl = \"https://x.example/\"\nbutton = \"Go\"").unwrap().situations[1].door,
        Door::Elsewhere { explanation, .. } if explanation.is_empty()
    ));
    let fault = only_fault(door("door = \"password\""));
    assert!(
        fault.starts_with("x.toml:16: situations[1].door: found \"password\", expected a name of its own"),
        "{fault}"
    );
    let fault = only_fault(door("door = \"upstream\"\nupstream = \"arena\""));
    assert_eq!(
        fault,
        "x.toml:17: situations[1].upstream: found \"arena\", expected the id of one of the [[upstreams]]: none is configured"
    );
    let fault = only_fault(door(
        "door = \"elsewhere\"\nurl = \"https://x.example/\"\nbutton = \"Go\"\nupstream = \"arena\"",
    ));
    assert!(
        fault.starts_with("x.toml:19: situations[1].upstream: found a key that does not belong here"),
        "{fault}"
    );
    let fault = only_fault(door("door = \"open\"\nurl = \"https://x.example/\""));
    assert!(
        fault.ends_with("found \"open\", expected \"password\", \"upstream\" or \"elsewhere\""),
        "{fault}"
    );
    let fault = only_fault(read(&LEAST.replace("\"external\"", "\"Extérieur\"")));
    assert!(fault.contains("situations[0].id: found \"Extérieur\""), "{fault}");
}

#[test]
fn a_door_to_a_faulty_upstream_is_no_second_fault() {
    let text = format!(
        "{}[[situations]]\nid = \"b\"\ntitle = \"B\"\ndoor = \"upstream\"\nupstream = \"u\"\n",
        UPSTREAM.replace("https://u.example", "x")
    );
    assert!(only_fault(read_with(&text)).contains("upstreams[0].issuer"));
}

#[test]
fn links_of_the_site_lead_nowhere_dangerous() {
    let site = |line: &str| LEAST.replace("[site]", &format!("[site]\n{line}"));
    for fine in ["/x", "https://x.example/", "mailto:a@x.example"] {
        assert!(
            read(&site(&format!("footer_links = [{{ label = \"L\", href = \"{fine}\" }}]"))).is_ok(),
            "{fine}"
        );
    }
    for wrong in [
        "javascript:alert(1)",
        "//evil.example",
        "/\\\\evil.example",
        "x",
        "http://x.example",
        "data:text/html,x",
        "mailto:",
    ] {
        let fault =
            only_fault(read(&site(&format!("footer_links = [{{ label = \"L\", href = \"{wrong}\" }}]"))));
        assert!(fault.starts_with("x.toml:7: site.footer_links[0].href: found"), "{fault}");
    }
    assert!(only_fault(read(&site("logo = \"https://x.example/logo.svg\""))).contains("site.logo"));
    assert!(
        only_fault(read(&site("theme_directory = \"nowhere\"")))
            .contains("which cannot be read at /etc/guichet/nowhere")
    );
    assert!(
        only_fault(read(&site("default_locale = \"de\"")))
            .ends_with("found \"de\", expected \"fr\" or \"en\"")
    );
    let fault = only_fault(read(&LEAST.replace("name = \"Guichet\"", "name = { fr = \"G\" }")));
    assert!(fault.starts_with("x.toml:7: site.name.en: missing"), "{fault}");
    assert!(
        only_fault(read(&LEAST.replace("\"Guichet\"", "\" \"")))
            .contains("site.name: found \" \", expected a text, or { fr")
    );
}

#[test]
fn a_log_filter_must_be_one() {
    assert!(read_with("[logs]\nfilter = \"guichet=debug,info\"\n").is_ok());
    assert!(only_fault(read_with("[logs]\nfilter = \"guichet=loud\"\n")).contains("logs.filter"));
}

#[test]
fn an_upstream_s_people_are_noted_under_the_authority_it_names_or_the_only_one() {
    let desks = "[[authorities.desks]]\nid = \"d\"\nname = \"D\"\n";
    let lyon = format!("[[authorities]]\nid = \"lyon\"\nname = \"Lyon\"\n{desks}");
    let dgrh = format!("[[authorities]]\nid = \"dgrh\"\nname = \"DGRH\"\n{desks}");
    let authority_of = |text: &str| {
        let settings = read_with(text).unwrap();
        settings.upstreams[0].authority.as_ref().map(|id| id.as_str().to_owned())
    };
    assert_eq!(authority_of(UPSTREAM), None);
    assert_eq!(authority_of(&format!("{UPSTREAM}{lyon}")).as_deref(), Some("lyon"));
    assert_eq!(authority_of(&format!("{UPSTREAM}{lyon}{dgrh}")), None);
    let named = format!("{UPSTREAM}authority = \"dgrh\"\n{lyon}{dgrh}");
    assert_eq!(authority_of(&named).as_deref(), Some("dgrh"));
    let fault = only_fault(read_with(&format!("{UPSTREAM}authority = \"nowhere\"\n{lyon}")));
    assert!(fault.contains("nowhere") && fault.contains("lyon"), "{fault}");
}
