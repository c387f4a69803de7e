//! Parameters that are repeated, empty, endless, no text, or where they do not belong, at every endpoint.

use axum::body::Body;
use data_encoding::BASE64;
use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, ORIGIN};
use http::{Method, Request};

use super::endpoints::{self, CHANGING, Endpoint};
use super::scene::Faults;
use crate::desk::people::of_lyon;
use crate::desk::{SUPERVISOR, signed_in, with_arena};
use crate::oidc::PERSON;
use crate::oidc::registration::initial_token;
use crate::on_both_engines;
use crate::scim::Application;
use crate::support::app::{CLIENT_SECRET, ISSUER, PASSWORD};
use crate::support::client::Answer;
use crate::support::{App, Browser};

/// What no answer gives back when it was sent as a secret.
const UNSPOKEN: &str = "Say-Me-To-Nobody-7";

/// Parameters that hold secrets.
const SECRETS: [&str; 18] = [
    "password",
    "new-password",
    "current-password",
    "client_secret",
    "code_verifier",
    "refresh_token",
    "client_assertion",
    "token",
    "access_token",
    "subject_token",
    "actor_token",
    "device_code",
    "logout_token",
    "request",
    "id_token_hint",
    "session",
    "asked",
    "decision",
];

/// Where clients prove themselves.
const FOR_CLIENTS: [&str; 5] = ["/token", "/par", "/introspect", "/revoke", "/device_authorization"];

/// What must be as before: nothing here was asked for by anybody who may.
const KEPT: [&str; 14] = [
    "SELECT COUNT(*) FROM account",
    "SELECT COUNT(*) FROM account WHERE disabled_at IS NULL AND email IS NOT NULL",
    "SELECT COUNT(*) FROM password",
    "SELECT COUNT(*) FROM letter",
    "SELECT COUNT(*) FROM manager",
    "SELECT COUNT(*) FROM oauth_grant",
    "SELECT COUNT(*) FROM browser_session",
    "SELECT COUNT(*) FROM consent",
    "SELECT COUNT(*) FROM client",
    "SELECT COUNT(*) FROM mailed_link",
    "SELECT COUNT(*) FROM people_list",
    "SELECT COUNT(*) FROM device_request",
    "SELECT COUNT(*) FROM pushed_request",
    "SELECT COUNT(*) FROM outbox_mail",
];

/// Everybody who may ask for something, each with what proves it.
pub struct Visitors {
    pub person: Browser,
    pub supervisor: Browser,
    pub scim: String,
    pub access_token: String,
    pub registration: String,
    /// The person of the académie de Lyon whom the supervisor may see.
    pub account: String,
}

impl Visitors {
    pub async fn of(app: &App, upstream: &crate::federation::upstream::Upstream) -> Self {
        let supervisor = signed_in(app, upstream, "supervisor", SUPERVISOR).await;
        let account = of_lyon(app, PERSON).await.id.to_string();
        let client = app.client("app");
        let mut person = app.browser();
        let back = person.sign_in(&client.authorization(&[]), PERSON).await;
        let access_token = client.redeem(&back).await.text("access_token");
        let registration = initial_token(app, None).await;
        Self {
            person,
            supervisor,
            scim: Application::imagin(app).await.token,
            access_token,
            registration,
            account,
        }
    }

    /// What is known in the place of names in a path.
    pub fn known(&self) -> [(&'static str, &str); 7] {
        [
            ("authority", "lyon"),
            ("id", self.account.as_str()),
            ("person", self.account.as_str()),
            ("upstream", "arena"),
            ("situation", "external"),
            ("client_id", "app"),
            ("name", "guichet.css"),
        ]
    }

    /// A request as whoever may ask for it would send it.
    pub fn request(
        &self,
        endpoint: &Endpoint,
        method: &Method,
        address: &str,
        kind: &str,
        body: Vec<u8>,
    ) -> Request<Body> {
        let mut request = Request::builder().method(method).uri(address);
        let browser = if endpoint.room() == "desk" { &self.supervisor } else { &self.person };
        let basic = || format!("Basic {}", BASE64.encode(format!("app:{CLIENT_SECRET}").as_bytes()));
        let proof = match endpoint.path.as_str() {
            path if FOR_CLIENTS.contains(&path) => Some(basic()),
            "/userinfo" => Some(format!("Bearer {}", self.access_token)),
            path if path.starts_with("/register") => Some(format!("Bearer {}", self.registration)),
            path if path.starts_with("/scim") => Some(format!("Bearer {}", self.scim)),
            _ => None,
        };
        if let Some(proof) = proof {
            request = request.header(AUTHORIZATION, proof);
        }
        let cookies: Vec<_> = browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        request = request
            .header(COOKIE, cookies.join("; "))
            .header("sec-fetch-site", "same-origin")
            .header(ORIGIN, ISSUER);
        if !kind.is_empty() {
            request = request.header(CONTENT_TYPE, kind);
        }
        request.body(Body::from(body)).expect("a request")
    }

    /// What no answer may tell anybody.
    fn secrets(&self) -> Vec<&str> {
        let cookies = [&self.person, &self.supervisor].into_iter().flat_map(|browser| &browser.cookies);
        let cookies = cookies.filter(|(name, _)| name.ends_with("session") || name.ends_with("known"));
        let mut secrets: Vec<&str> = cookies.map(|(_, value)| value.as_str()).collect();
        secrets.extend([
            self.scim.as_str(),
            &self.access_token,
            &self.registration,
            PASSWORD,
            CLIENT_SECRET,
            UNSPOKEN,
        ]);
        secrets
    }
}

/// The installation with everything that can be switched on, an ARENA, and whoever may ask.
pub async fn with_visitors(app: &App) -> (App, Visitors) {
    let app = app.with_mail().await.restarted_with(|settings| settings.registration.enabled = true).await;
    let (app, upstream) = with_arena(&app).await;
    let visitors = Visitors::of(&app, &upstream).await;
    (app, visitors)
}

/// Bad forms, each with all names in it.
fn forms(names: &[&str]) -> Vec<(&'static str, Vec<u8>)> {
    let each = |value: &str, more: &str| {
        let pairs = names.iter().map(|name| format!("{name}={value}{}", more.replace("{}", name)));
        pairs.collect::<Vec<_>>().join("&").into_bytes()
    };
    let fill = "x".repeat(60_000 / (names.len() + 1));
    let told: Vec<String> = names
        .iter()
        .map(|name| format!("{name}={}", if SECRETS.contains(name) { UNSPOKEN } else { "x" }))
        .collect();
    vec![
        ("nothing", Vec::new()),
        ("told", told.join("&").into_bytes()),
        ("empty", each("", "")),
        ("twice", each("x", "&{}=x")),
        ("NUL", each("%00", "")),
        ("no text", each("%ff%fe", "")),
        ("half a letter", each("%ed%a0%80", "")),
        ("markup", each("%22%27%3E%3Cscript%3Ealert(1)%3C/script%3E", "")),
        ("a line", each("x%0d%0aSet-Cookie:%20evil=1", "")),
        ("long", each(&fill, "")),
        ("a megabyte", each(&"x".repeat((1 << 20) / (names.len() + 1) + 1), "")),
        ("no names", b"%00=x&%ff=y&=&&&==&%&%zz=%zz".to_vec()),
        ("many", (0..2_000).map(|number| format!("p{number}=x")).collect::<Vec<_>>().join("&").into_bytes()),
        ("JSON", b"{\"a\":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]],\"a\":\"\\u0000\\ud800\"}".to_vec()),
    ]
}

/// Whether this method is one of the endpoint's.
async fn is_answered(
    app: &App,
    visitors: &Visitors,
    endpoint: &Endpoint,
    method: &Method,
    address: &str,
) -> bool {
    let request = visitors.request(endpoint, method, address, "", Vec::new());
    app.client("app").ask(request).await.status != 405
}

fn see_harmless(faults: &mut Faults, answer: &Answer, visitors: &Visitors, case: &str) {
    let status = answer.status.as_u16();
    faults.see(status < 500 || status == 501 && case.contains("/scim/v2/Me"), format!("{case}: {status}"));
    // The links of a page that lead to it in another language repeat its address.
    let is_address = |secret: &str| secret == UNSPOKEN && case.contains("in the query");
    for secret in visitors.secrets().into_iter().filter(|secret| !is_address(secret)) {
        faults.see(!answer.body.contains(secret), format!("{case} tells {secret}"));
    }
    faults.see(!answer.body.contains("<script>alert"), format!("{case} writes markup"));
    let cookies = answer.headers.get_all("set-cookie").iter();
    let is_evil = cookies.into_iter().any(|cookie| cookie.as_bytes().starts_with(b"evil="));
    faults.see(!is_evil, format!("{case} sets a cookie"));
    let location = answer.headers.get("location").map_or("", |location| location.to_str().unwrap_or("code="));
    let tells = location.contains(UNSPOKEN) && !is_address(UNSPOKEN);
    faults.see(!location.contains("code=") && !tells, format!("{case} leads to {location}"));
}

async fn kept(app: &App) -> Vec<i64> {
    let mut counts = Vec::new();
    for statement in KEPT {
        counts.push(app.count(statement).await);
    }
    counts
}

on_both_engines! {
    async fn no_endpoint_breaks_tells_or_does_anything_by_parameters_that_are_wrong(app: App) {
        let (app, visitors) = with_visitors(&app).await;
        let before = kept(&app).await;
        let client = app.client("app");
        let (mut asked, mut faults) = (0, Faults::default());
        for endpoint in endpoints::all() {
            let names = endpoints::names_beside(endpoint);
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let forms = forms(&names);
            for address in endpoint.addresses(&visitors.known()) {
                for method in [Method::GET, Method::HEAD].iter().chain(&CHANGING) {
                    // Whoever may take a person out of the directory says whom by the address alone, and it is done.
                    if *method == Method::DELETE && endpoint.room() == "scim" {
                        continue;
                    }
                    if *method == Method::HEAD || !is_answered(&app, &visitors, endpoint, method, &address).await {
                        continue;
                    }
                    for (form, bytes) in &forms {
                        let case = format!("{method} {address}, {form}");
                        let query = String::from_utf8_lossy(bytes);
                        let in_query = format!("{address}?{query}");
                        if in_query.len() < 60_000 && *form != "JSON" {
                            let request = visitors.request(endpoint, method, &in_query, "", Vec::new());
                            see_harmless(&mut faults, &client.ask(request).await, &visitors, &format!("{case} in the query"));
                        }
                        if *method == Method::GET {
                            continue;
                        }
                        let kinds = ["application/x-www-form-urlencoded", "application/json"];
                        let is_tried_as_both = ["JSON", "nothing", "twice", "no text"].contains(form);
                        for kind in &kinds[..if is_tried_as_both { 2 } else { 1 }] {
                            let request = visitors.request(endpoint, method, &address, kind, bytes.clone());
                            let answer = client.ask(request).await;
                            see_harmless(&mut faults, &answer, &visitors, &format!("{case} as {kind}"));
                            if bytes.len() > 65_536 && !address.ends_with("/imports") {
                                faults.see(answer.status == 413, format!("{case}: {}", answer.status));
                            }
                            asked += 1;
                        }
                    }
                }
            }
        }
        assert!(asked > 1_000, "only {asked} were asked");
        faults.assert_none();
        assert_eq!(kept(&app).await, before, "{KEPT:?}");
        for browser in [&visitors.person, &visitors.supervisor] {
            assert_eq!(browser.clone().get("/account").await.status, 200, "still signed in");
        }
    }

    async fn no_parameter_stands_twice(app: App) {
        let (app, visitors) = with_visitors(&app).await;
        let before = kept(&app).await;
        let client = app.client("app");
        let mut faults = Faults::default();
        for endpoint in endpoints::all() {
            let names = endpoints::names_beside(endpoint);
            let address = endpoint.addresses(&visitors.known()).remove(0);
            let method = if is_answered(&app, &visitors, endpoint, &Method::POST, &address).await { Method::POST } else { Method::GET };
            for name in names {
                for twice in [format!("{name}=x&{name}=x"), format!("{name}=x&{name}="), format!("{name}=%00")] {
                    let request = if method == Method::GET {
                        visitors.request(endpoint, &method, &format!("{address}?{twice}"), "", Vec::new())
                    } else {
                        let form = "application/x-www-form-urlencoded";
                        visitors.request(endpoint, &method, &address, form, twice.clone().into_bytes())
                    };
                    see_harmless(&mut faults, &client.ask(request).await, &visitors, &format!("{method} {address} with {twice}"));
                }
            }
        }
        faults.assert_none();
        assert_eq!(kept(&app).await, before, "{KEPT:?}");
    }
}
