//! `config/lyon.toml` is the academy of the seed.

use std::path::Path;

use super::GOOD_SECRET;
use crate::config::{Door, NO_ENVIRONMENT, Settings, parse};

const LYON: &str = include_str!("../../../config/lyon.toml");

fn lyon(more: &[(&str, &str)]) -> Settings {
    let secrets = [
        ("GUICHET__UPSTREAMS__0__CLIENT_SECRET", GOOD_SECRET),
        ("GUICHET__CLIENTS__0__CLIENT_SECRET", GOOD_SECRET),
    ];
    let environment = secrets.into_iter().chain(more.iter().copied());
    parse(LYON, "config/lyon.toml", Path::new("/etc/guichet"), environment)
        .unwrap_or_else(|faults| panic!("{faults}"))
}

#[test]
fn lyon_lacks_nothing_but_its_two_secrets() {
    let faults = parse(LYON, "config/lyon.toml", Path::new("/nowhere"), NO_ENVIRONMENT).unwrap_err();
    let keys: Vec<_> = faults.iter().map(|fault| fault.key().to_owned()).collect();
    assert_eq!(keys, ["upstreams[0].client_secret_file", "clients[0].client_secret_file"], "{faults}");
}

#[test]
fn lyon_opens_the_three_doors_of_the_seed() {
    let settings = lyon(&[]);
    let doors: Vec<_> =
        settings.situations.iter().map(|situation| (situation.id.as_str(), &situation.door)).collect();
    let [
        ("academy-staff", Door::Upstream(arena)),
        ("external", Door::Password { letters: true }),
        ("imagin-centrale", Door::Elsewhere { url, explanation, .. }),
    ] = doors.as_slice()
    else {
        panic!("{doors:?}")
    };
    assert_eq!(arena.as_str(), "arena");
    assert_eq!(url.as_str(), "https://ecc.orion.education.fr/imagin/intervenant");
    assert_eq!(explanation.len(), 3);
    let counts: Vec<_> = settings.situations.iter().map(|situation| situation.people.len()).collect();
    assert_eq!(counts, [2, 6, 2]);
    assert_eq!(settings.site.telephone.as_deref(), Some("04.72.80.64.88"));
    let arena = &settings.upstreams[0];
    assert_eq!(arena.help.as_ref().unwrap().url.as_str(), "https://assistance.ac-lyon.fr/aida/");
    assert_eq!((arena.claims.given_name.as_str(), arena.claims.family_name.as_str()), ("ctfn", "ctln"));
    assert_eq!(arena.claims.email, "ctemail");
    assert_eq!(arena.claims.others["academy"], "codaca");
    assert!(arena.identifier_hints.numen);
    assert_eq!(arena.identifier_hints.mail_domains, ["ac-lyon.fr"]);
}

#[test]
fn lyon_can_be_moved_to_one_machine_by_variables() {
    let settings = lyon(&[
        ("GUICHET__DATA_DIRECTORY", "/tmp/demo"),
        ("GUICHET__SERVER__LISTEN", "127.0.0.1:8080"),
        ("GUICHET__SERVER__PUBLIC_URL", "http://127.0.0.1:8080"),
        ("GUICHET__SERVER__TRUSTED_PROXIES", "[]"),
        ("GUICHET__UPSTREAMS__0__ISSUER", "http://127.0.0.1:8082"),
        ("GUICHET__CLIENTS__0__CLIENT_URI", "http://127.0.0.1:8081/"),
        ("GUICHET__CLIENTS__0__REDIRECT_URIS", "[\"http://127.0.0.1:8081/callback\"]"),
        ("GUICHET__CLIENTS__0__POST_LOGOUT_REDIRECT_URIS", "[\"http://127.0.0.1:8081/\"]"),
        ("GUICHET__CLIENTS__1__CLIENT_ID", "try-it"),
        ("GUICHET__CLIENTS__1__CLIENT_NAME", "Essai"),
        ("GUICHET__CLIENTS__1__CLIENT_SECRET", GOOD_SECRET),
        ("GUICHET__CLIENTS__1__REDIRECT_URIS", "[\"http://127.0.0.1:8089/callback\"]"),
    ]);
    assert_eq!(settings.server.issuer(), "http://127.0.0.1:8080");
    assert!(settings.database.url.matches("sqlite:///tmp/demo/guichet.db"));
    assert_eq!(settings.clients.len(), 2);
    assert!(settings.server.trusted_proxies.is_empty());
}

#[test]
fn lyon_is_set_in_good_french_typography() {
    for (index, line) in LYON.lines().enumerate() {
        assert!(!line.contains('\''), "line {}: a straight apostrophe", index + 1);
        for wrong in [" :", " ;", " ?", " !", "« ", " »"] {
            assert!(!line.contains(wrong), "line {}: an ordinary space in {wrong:?}", index + 1);
        }
    }
}

#[test]
fn lyon_speaks_both_languages() {
    for situation in lyon(&[]).situations {
        let texts = [&situation.title, &situation.description].into_iter().chain(&situation.people);
        for text in texts {
            assert_ne!(text.fr, text.en);
        }
    }
}
