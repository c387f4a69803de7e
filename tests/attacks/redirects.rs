//! Addresses that are almost registered: hundreds made from each registered one, at every place that takes an address.

use std::collections::BTreeSet;

use serde_json::json;

use super::tokens::forge::signing_client;
use crate::federation::signing::Signer;
use crate::oidc::{assert_problem_page, form_encoded, grant, refusal};
use crate::on_both_engines;
use crate::support::app::{ISSUER, START};
use crate::support::client::{Client, VERIFIER, challenge};
use crate::support::{App, Browser};

/// The least that each registered address is turned into.
const LEAST: usize = 250;

/// What parsers disagree about, put in at each seam of an address.
const SEAMS: [&str; 34] = [
    "@",
    "\\",
    "/",
    "//",
    ".",
    "..",
    "/..",
    "/.",
    "..;/",
    ";",
    ";x=1",
    "?",
    "#",
    ":",
    "&",
    "%",
    "*",
    " ",
    "+",
    "\t",
    "\n",
    "\r\n",
    "\0",
    "%00",
    "%09",
    "%0d%0a",
    "%2e%2e%2f",
    "%2f",
    "%5c",
    "%252f",
    "\u{200b}",
    "\u{ad}",
    "\u{202e}",
    "\u{feff}",
];

/// Letters, and what looks like them or is made into them by IDNA and by Unicode's normalisation forms.
const LOOKALIKES: [(char, &[char]); 12] = [
    ('a', &['\u{430}', '\u{ff41}', '\u{aa}', '\u{1d41a}']),
    ('c', &['\u{441}', '\u{ff43}', '\u{217d}']),
    ('e', &['\u{435}', '\u{ff45}', '\u{212f}', '\u{e9}']),
    ('k', &['\u{212a}', '\u{ff4b}']),
    ('l', &['\u{ff4c}', '\u{217c}', 'I', '1']),
    ('o', &['\u{43e}', '\u{ff4f}', '0', '\u{ba}']),
    ('p', &['\u{440}', '\u{ff50}']),
    ('s', &['\u{17f}', '\u{ff53}']),
    ('x', &['\u{445}', '\u{ff58}', '\u{2179}']),
    ('.', &['\u{3002}', '\u{ff0e}', '\u{2024}', '\u{ff61}']),
    ('/', &['\u{ff0f}', '\u{2044}', '\u{2215}']),
    (':', &['\u{ff1a}', '\u{2236}']),
];

/// What an address is made of, as it is written.
struct Parts<'a> {
    scheme: &'a str,
    host: &'a str,
    path: &'a str,
    query: &'a str,
}

impl<'a> Parts<'a> {
    fn of(address: &'a str) -> Self {
        let (scheme, rest) = address.split_once("://").expect("a scheme");
        let (place, query) = rest.find('?').map_or((rest, ""), |at| rest.split_at(at));
        let (host, path) = place.split_at(place.find('/').expect("a path"));
        Self { scheme, host, path, query }
    }
}

/// Everything that an address is turned into; the address itself is not among it.
fn mutations(address: &str) -> BTreeSet<String> {
    let Parts { scheme, host, path, query } = Parts::of(address);
    let mut made = BTreeSet::new();
    each_character(address, &mut made);
    each_seam(address, &mut made);
    for other in [
        "http",
        "HTTP",
        "HTTPS",
        "Https",
        "ftp",
        "ws",
        "wss",
        "file",
        "javascript",
        "data",
        "vbscript",
        "view-source:https",
        "blob:https",
        "app",
        "intent",
        "",
        "https:https",
    ] {
        made.insert(format!("{other}://{host}{path}{query}"));
        made.insert(format!("{other}:{host}{path}{query}"));
    }
    for before in [
        "https:",
        "https:/",
        "https:///",
        "https:\\\\",
        "https:/\\",
        "//",
        "/",
        "\\\\",
        "",
        "https://https://",
        "url:https://",
    ] {
        made.insert(format!("{before}{host}{path}{query}"));
    }
    for user in
        ["u", "u:p", "", ":", "%40", "evil.example", "evil.example:443", "evil.example%2f", "evil.example\\"]
    {
        made.insert(format!("{scheme}://{user}@{host}{path}{query}"));
    }
    for evil in [
        "evil.example",
        "evil.example:443",
        "localhost",
        "127.0.0.1",
        "[::1]",
        "0x7f.1",
        "xn--pp-6kc.example",
        "169.254.169.254",
    ] {
        for between in ["/", "/?", "?", "#", "#@", "\\@", "/@", "%23@", "%2f@", ";@", "&@", " @", "\t@"] {
            made.insert(format!("{scheme}://{evil}{between}{host}{path}{query}"));
            made.insert(format!("{scheme}://{host}{between}{evil}{path}{query}"));
        }
        made.insert(format!("{scheme}://{host}.{evil}{path}{query}"));
        made.insert(format!("{scheme}://{host}@{evil}{path}{query}"));
        made.insert(format!("{scheme}://{evil}{path}{query}"));
    }
    for port in [
        ":443",
        ":80",
        ":0443",
        ":8443",
        ":",
        ":0",
        ":65536",
        ":-1",
        ":+443",
        ":443:443",
        ":4e2",
        ":\u{664}\u{664}\u{663}",
        ":443 ",
    ] {
        made.insert(format!("{scheme}://{host}{port}{path}{query}"));
    }
    for other in ["www.", "a.", "x", "*.", "-", "xn--", "."] {
        made.insert(format!("{scheme}://{other}{host}{path}{query}"));
    }
    for other in [
        "",
        "/",
        "/x",
        "/*",
        "/callback/callback",
        "/x/..",
        "/../",
        "/%2e/",
        "/;",
        "/callback.evil",
        "/callbac\u{212a}",
    ] {
        made.insert(format!("{scheme}://{host}{other}{query}"));
        made.insert(format!("{scheme}://{host}{other}{path}{query}"));
        made.insert(format!("{scheme}://{host}{path}{other}{query}x"));
    }
    for more in [
        "?",
        "?x",
        "?x=1",
        "?x=2",
        "?X=1",
        "?x=%31",
        "?x=1&",
        "?&x=1",
        "?x=1&x=1",
        "?y=2&x=1",
        "?x=1&y=2",
        "?x=1;y=2",
        "?x=1#",
        "?x=+1",
        "?code=stolen",
        "?state=x",
        "?iss=https://evil.example",
        "?error=access_denied",
        "#",
        "#x",
        "#?x=1",
        "#code=stolen",
    ] {
        made.insert(format!("{scheme}://{host}{path}{more}"));
        made.insert(format!("{address}{more}"));
    }
    let long = "a".repeat(2_100);
    for odd in [
        format!("{address} {address}"),
        format!("{address},{address}"),
        format!("[\"{address}\"]"),
        format!("\"{address}\""),
        format!("<{address}>"),
        format!("{address}{long}"),
        format!("{scheme}://{long}.{host}{path}{query}"),
        address.to_uppercase(),
        address.replace("://", "%3a%2f%2f"),
        form_encoded(&[("", address)])[1..].to_owned(),
        address.chars().rev().collect(),
        "javascript:alert(1)//".to_owned() + address,
        "data:text/html,".to_owned() + address,
        "null".to_owned(),
        "*".to_owned(),
        "urn:ietf:wg:oauth:2.0:oob".to_owned(),
        "postmessage".to_owned(),
    ] {
        made.insert(odd);
    }
    made.remove(address);
    // Absent, not wrong: what is said of that stands in `oidc::redirects`.
    made.remove("");
    assert!(made.len() >= LEAST, "only {} of {address}", made.len());
    made
}

/// Each character in turn left out, doubled, in the other case, percent-encoded once and twice, or replaced by its like.
fn each_character(address: &str, made: &mut BTreeSet<String>) {
    for (at, one) in address.char_indices() {
        let (before, after) = (&address[..at], &address[at + one.len_utf8()..]);
        let mut put = |text: &str| made.insert(format!("{before}{text}{after}"));
        put("");
        put(&format!("{one}{one}"));
        let upper = one.to_ascii_uppercase();
        put(&upper.to_string());
        put(&format!("%{:02x}", one as u32));
        put(&format!("%{:02X}", one as u32));
        put(&format!("%25{:02x}", one as u32));
        put(&format!("{one}\u{301}"));
        let likes = LOOKALIKES.iter().find(|(known, _)| *known == one).map_or(&[][..], |(_, likes)| likes);
        for like in likes {
            put(&like.to_string());
        }
    }
}

/// What parsers disagree about, at each seam.
fn each_seam(address: &str, made: &mut BTreeSet<String>) {
    let Parts { scheme, host, path, .. } = Parts::of(address);
    let host_at = scheme.len() + 3;
    let path_at = host_at + host.len();
    let seams = [
        0,
        scheme.len(),
        scheme.len() + 1,
        host_at,
        path_at,
        path_at + 1,
        path_at + path.len(),
        address.len(),
    ];
    for at in seams {
        for seam in SEAMS {
            made.insert(format!("{}{seam}{}", &address[..at], &address[at..]));
        }
    }
}

/// The same without those that a native client may use: its port varies.
fn without_ports(made: BTreeSet<String>) -> BTreeSet<String> {
    let is_port = |address: &String| {
        let rest = address.strip_prefix("http://127.0.0.1:").and_then(|rest| rest.strip_suffix("/callback"));
        rest.is_some_and(|port| {
            port.parse::<u16>().is_ok() && port.bytes().all(|digit| digit.is_ascii_digit())
        })
    };
    made.into_iter().filter(|address| !is_port(address)).collect()
}

async fn is_let_through(browser: &mut Browser, client: &Client, address: &str) -> bool {
    let page = browser.get(&client.authorization(&[("redirect_uri", address), ("prompt", "none")])).await;
    page.location()
        .is_some_and(|to| to.starts_with(&format!("{address}?")) || to.starts_with(&format!("{address}&")))
}

/// What is pushed, signed or asked for with an address.
async fn assert_leads_nowhere(app: &App, client: &Client, signer: &Signer, address: &str) {
    let mut browser = app.browser();
    let pushed =
        [("response_type", "code"), ("client_id", "app"), ("scope", "openid"), ("redirect_uri", address)];
    let answer = client.post("/par", &pushed).await;
    assert_eq!(refusal(&answer), (400, "invalid_request".to_owned()), "{address:?}");
    let object = |redirect_uri: &str| {
        signer.sign(&json!({
            "iss": "app", "aud": ISSUER, "exp": START + 60, "client_id": "app", "response_type": "code", "scope": "openid",
            "code_challenge": challenge(VERIFIER), "code_challenge_method": "S256", "redirect_uri": redirect_uri, "prompt": "none",
        }))
    };
    let asked = object(address);
    for outside in [vec![], vec![("redirect_uri", client.redirect_uri.as_str())]] {
        let pairs = [&[("client_id", "app"), ("request", asked.as_str())], &outside[..]].concat();
        let page = browser.get(&format!("/authorize?{}", form_encoded(&pairs))).await;
        // Too long for an address, or refused for what it says: nowhere is gone.
        assert_problem_page(&page, address);
    }
    // What is signed counts, whatever stands beside it.
    let pairs = [("client_id", "app"), ("request", &object(&client.redirect_uri)), ("redirect_uri", address)];
    let page = browser.get(&format!("/authorize?{}", form_encoded(&pairs))).await;
    assert!(
        page.location().is_none_or(|to| to.starts_with(&client.redirect_uri)),
        "{address:?}: {:?}",
        page.location()
    );
}

on_both_engines! {
    async fn no_address_that_is_almost_registered_is_redirected_to(app: App) {
        let signer = Signer::es256("a");
        let app = signing_client(&app, &signer).await;
        let mut browser = app.browser();
        for (id, registered) in [
            ("app", "https://app.example/callback"),
            ("app", "https://app.example/other?x=1"),
            ("native", "http://127.0.0.1/callback"),
        ] {
            let client = app.client(id);
            assert!(is_let_through(&mut browser, &client, registered).await, "{registered} itself");
            for address in without_ports(mutations(registered)) {
                let asked = client.authorization(&[("redirect_uri", &address), ("prompt", "none")]);
                let page = browser.get(&asked).await;
                assert_problem_page(&page, &address);
                assert!(!page.headers.contains_key("refresh"), "{address:?}");
            }
        }
    }

    async fn nor_by_a_form_a_push_or_a_signed_request(app: App) {
        let signer = Signer::es256("a");
        let app = signing_client(&app, &signer).await;
        let client = app.client("app");
        let challenge = challenge(VERIFIER);
        for address in mutations(&client.redirect_uri) {
            let form = [
                ("client_id", "app"), ("response_type", "code"), ("scope", "openid"), ("code_challenge", challenge.as_str()),
                ("code_challenge_method", "S256"), ("redirect_uri", address.as_str()),
            ];
            assert_problem_page(&app.browser().submit("/authorize", &form).await, &address);
            assert_leads_nowhere(&app, &client, &signer, &address).await;
        }
    }

    async fn nobody_is_led_away_after_a_sign_out(app: App) {
        let mut granted = grant(&app, "app", "openid").await;
        let hint = granted.id_token();
        let registered = "https://app.example/signed-out";
        for (number, address) in mutations(registered).into_iter().enumerate() {
            // With a hint of the session, or with the name of the client.
            let named = [("id_token_hint", hint.as_str()), ("client_id", "app")][number % 2];
            let query = form_encoded(&[named, ("post_logout_redirect_uri", &address), ("state", "x")]);
            let asked = granted.browser.get(&format!("/logout?{query}")).await;
            assert_eq!(asked.location(), None, "{address:?}");
            // What is no text is no request.
            let is_asked = asked.status == 200 && asked.body.contains("logout-confirm");
            assert!(is_asked || asked.status == 400 && address.contains('\0'), "{address:?}: {}", asked.body);
            let policy = asked.header("content-security-policy");
            assert!(!policy.contains("app.example"), "{address:?}: {policy}");
            let nobody = app.browser().get(&format!("/logout?{query}")).await;
            let status = if address.contains('\0') { 400 } else { 200 };
            assert_eq!((nobody.status.as_u16(), nobody.location()), (status, None), "{address:?}");
            assert!(!nobody.headers.contains_key("refresh"), "{address:?}");
        }
        let query = form_encoded(&[("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", registered)]);
        assert_eq!(granted.browser.get(&format!("/logout?{query}")).await.location().as_deref(), Some(registered));
        assert_eq!(app.count("SELECT COUNT(*) FROM browser_session").await, 0);
    }
}
