//! An installation of its own for each thread, asked without a network.

use std::mem::ManuallyDrop;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::body::Body;
use guichet::accounts::{InitialPassword, NewAccount, NewIdentifier};
use guichet::config::{self, ClientKeys, Settings, TokenEndpointAuthMethod};
use guichet::kit::clock::{Clock, Timestamp};
use guichet::kit::random::Rng;
use guichet::kit::secrets::Secret;
use guichet::server::Installation;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION, SET_COOKIE};
use http::{Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Map, Value};
use tokio::runtime::Runtime;
use tower::ServiceExt;

use super::oauth::Key;

/// The issuer, as the configuration of the tests names it.
pub const ISSUER: &str = "https://id.test";
/// The secret of its confidential clients.
pub const CLIENT_SECRET: &str = "a-client-secret-of-the-tests-0123456789";
/// When everything happens.
pub const NOW: i64 = 1_800_000_000;
/// The client that signs with [`Key`].
pub const SIGNING_CLIENT: &str = "post";

const PASSWORD: &str = "Correct-Horse-7";

/// An installation in which a person is signed in and an application has its token.
pub struct House {
    pub runtime: Runtime,
    pub settings: Settings,
    pub installation: Installation,
    pub folder: PathBuf,
    /// The person's cookies.
    pub cookies: String,
    /// A sign-in in progress, in another browser.
    pub journey: Travel,
    /// A token with which the people of an authority are managed.
    pub scim_token: String,
    /// One of those people.
    pub managed: String,
    /// The key of [`SIGNING_CLIENT`].
    pub key: Key,
}

/// A journey as a browser has it.
#[derive(Default)]
pub struct Travel {
    /// What its pages' addresses end with.
    pub query: String,
    /// The cookies that bind it.
    pub cookies: String,
}

/// A whole answer.
pub struct Answer {
    pub status: StatusCode,
    pub headers: http::HeaderMap,
    pub body: Vec<u8>,
}

impl House {
    /// Does something at this thread's house.
    pub fn visit<T>(act: impl FnOnce(&Self) -> T) -> T {
        thread_local! {
            static HOUSE: Kept = Kept(ManuallyDrop::new(House::build()));
        }
        HOUSE.with(|kept| act(&kept.0))
    }

    fn build() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        // In memory, where there is such a place: the person's sign-in is written for each code.
        let shared = PathBuf::from("/dev/shm");
        let parent = if shared.is_dir() { shared } else { std::env::temp_dir() };
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = parent.join(format!("guichet-fuzz-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let key = Key::new();
        let mut settings = settings(&folder);
        let client = settings.clients.iter_mut().find(|client| client.client_id == SIGNING_CLIENT);
        let client = client.expect("a client of the tests");
        client.token_endpoint_auth_method = TokenEndpointAuthMethod::PrivateKeyJwt;
        client.client_secret = None;
        client.keys = ClientKeys::Inline(key.set());
        let clock = Clock::held(Timestamp::from_seconds(NOW));
        let assembled = Installation::assemble(&settings, clock, Rng::system());
        let installation = runtime.block_on(assembled).unwrap_or_else(|error| panic!("{error}"));
        let person = |identifier: &str| {
            let new = NewAccount {
                identifier: NewIdentifier::Given(identifier.to_owned()),
                given_name: Some("Élodie".to_owned()),
                family_name: Some("Lefèvre".to_owned()),
                email: Some(format!("{identifier}@example.org")),
                claims: Map::new(),
                authority: Some("lyon".into()),
                source_key: Some(identifier.to_uppercase()),
                password: InitialPassword::Personal(Secret::new(PASSWORD)),
            };
            let (account, _) = runtime.block_on(installation.accounts.create(new)).expect("a person");
            account.id.to_string()
        };
        person("elefevre");
        let managed = person("jdupont");
        let mut house = Self {
            runtime,
            settings,
            installation,
            folder,
            cookies: String::new(),
            journey: Travel::default(),
            scim_token: String::new(),
            managed,
            key,
        };
        house.cookies = house.sign_in();
        house.journey = house.set_out();
        house.scim_token = house.new_scim_token();
        house
    }

    /// Answers a request as the listener would; nothing that anybody sends is a fault of ours.
    pub fn ask(&self, request: Request<Body>) -> Answer {
        let said = format!("{} {}", request.method(), request.uri());
        let answer = self.ask_too_often(request);
        assert!(!answer.status.is_server_error(), "{said}: {} {}", answer.status, answer.text());
        answer
    }

    /// The same where whoever asks often is sent away.
    pub fn ask_too_often(&self, request: Request<Body>) -> Answer {
        let router = self.installation.router.clone();
        let (parts, body) = self.runtime.block_on(async {
            let response: Response<Body> = router.oneshot(request).await.expect("the router always answers");
            let (parts, body) = response.into_parts();
            (parts, body.collect().await.expect("a whole body").to_bytes())
        });
        let answer = Answer { status: parts.status, headers: parts.headers, body: body.to_vec() };
        let is_away = answer.status == StatusCode::SERVICE_UNAVAILABLE;
        assert!(is_away || !answer.status.is_server_error(), "{} {}", answer.status, answer.text());
        answer.assert_stays_here();
        answer
    }

    /// Asks for a code without being signed in.
    fn set_out(&self) -> Travel {
        let request = Request::get(asking_for_a_code()).body(Body::empty()).expect("a request");
        let answer = self.ask(request);
        let cookies =
            answer.headers.get_all(SET_COOKIE).iter().map(|cookie| {
                cookie.to_str().expect("text").split(';').next().unwrap_or_default().to_owned()
            });
        let location = answer.location().expect("the way to the sign-in");
        Travel {
            query: location.split_once('?').map_or_else(String::new, |(_, query)| query.to_owned()),
            cookies: cookies.collect::<Vec<_>>().join("; "),
        }
    }

    /// Goes through the sign-in once; gives the cookies of the browser.
    fn sign_in(&self) -> String {
        let mut cookies: Vec<(String, String)> = Vec::new();
        let mut address = asking_for_a_code();
        let mut form = None;
        for _ in 0..8 {
            let sent: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let mut request = Request::builder()
                .method(if form.is_some() { Method::POST } else { Method::GET })
                .uri(&address)
                .header("cookie", sent.join("; "))
                .header("sec-fetch-site", "same-origin");
            if form.is_some() {
                request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
            }
            let body = form.take().map_or_else(Body::empty, Body::from);
            let answer = self.ask(request.body(body).expect("a request"));
            for cookie in answer.headers.get_all(SET_COOKIE) {
                let pair = cookie.to_str().expect("text").split(';').next().unwrap_or_default();
                let (name, value) = pair.split_once('=').expect("a pair");
                cookies.retain(|(known, _)| known != name);
                cookies.push((name.to_owned(), value.to_owned()));
            }
            let text = answer.text();
            if let Some(location) = answer.location() {
                if !location.starts_with('/') {
                    return cookies
                        .iter()
                        .map(|(name, value)| format!("{name}={value}"))
                        .collect::<Vec<_>>()
                        .join("; ");
                }
                address = location;
            } else if text.contains("name=\"password\"") {
                address = attribute(&text, "action=\"", "/");
                form = Some(format!("username=elefevre&password={PASSWORD}"));
            } else {
                address = attribute(&text, "href=\"", "/sign-in/external");
            }
        }
        panic!("the sign-in did not end: {address}");
    }

    fn new_scim_token(&self) -> String {
        let form = format!(
            "grant_type=client_credentials&client_id=imagin&client_secret={CLIENT_SECRET}&scope=scim"
        );
        let request = Request::post("/token").header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let answer = self.ask(request.body(Body::from(form)).expect("a request")).json();
        answer["access_token"].as_str().expect("a token").to_owned()
    }
}

/// A house until its thread ends: then there is no runtime any more in which its connections could be closed, so that its
/// folder alone goes.
struct Kept(ManuallyDrop<House>);

impl Drop for Kept {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0.folder);
    }
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub fn location(&self) -> Option<String> {
        self.headers.get(LOCATION).map(|value| value.to_str().expect("an address is text").to_owned())
    }

    /// Nobody is led anywhere but to a page of ours or to an address that a client registered; whatever tells of a
    /// person is kept by no cache.
    fn assert_stays_here(&self) {
        let Some(location) = self.location().filter(|_| self.status.is_redirection()) else { return };
        let registered = [
            "https://app.example/callback?",
            "https://app.example/other?x=1&",
            "https://app.example/signed-out",
            "https://third.example/callback?",
            "https://third.example/bye",
            "https://post.example/callback?",
            "https://federation.example/callback?",
            "https://pairwise.example/",
            "http://127.0.0.1/callback?",
        ];
        let is_ours =
            location.starts_with('/') && !location.starts_with("//") && !location.starts_with("/\\");
        let is_native = location.strip_prefix("http://127.0.0.1:").is_some_and(|rest| {
            rest.split_once('/')
                .is_some_and(|(port, rest)| port.parse::<u16>().is_ok() && rest.starts_with("callback?"))
        });
        assert!(
            is_ours || is_native || registered.iter().any(|start| location.starts_with(start)),
            "{location}"
        );
        assert_eq!(self.header(CACHE_CONTROL.as_str()), "no-store", "{location}");
    }
}

fn asking_for_a_code() -> String {
    format!(
        "/authorize?client_id=app&redirect_uri=https%3A%2F%2Fapp.example%2Fcallback&response_type=code\
         &scope=openid&code_challenge={}&code_challenge_method=S256",
        "A".repeat(43)
    )
}

fn settings(folder: &std::path::Path) -> Settings {
    let text = include_str!("../../tests/integration/support/app.toml");
    let environment = [
        ("GUICHET__DATA_DIRECTORY", folder.display().to_string()),
        ("GUICHET__REGISTRATION__ENABLED", "true".to_owned()),
        ("GUICHET__REGISTRATION__REQUIRE_INITIAL_ACCESS_TOKEN", "false".to_owned()),
    ];
    config::parse(text, "app.toml", folder, environment).unwrap_or_else(|faults| panic!("{faults}"))
}

fn attribute(page: &str, name: &str, start: &str) -> String {
    let mut values = page.split(name).skip(1).filter_map(|rest| rest.split('"').next());
    let found = values.find(|value| value.starts_with(start));
    found.unwrap_or_else(|| panic!("no {name}{start} in {page}")).replace("&#38;", "&").replace("&amp;", "&")
}
