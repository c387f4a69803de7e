//! What is asked of a provider.

use std::path::Path;
use std::time::Duration;

use super::browser::{Browser, RESOURCE, Wish, credentials};
use super::load::{Measured, Request, closed_loop, single};
use super::providers::Provider;

const DISCOVERY: &str = "/.well-known/openid-configuration";
const JWKS: &str = "/jwks";

/// One thing that is asked again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Discovery,
    Jwks,
    ClientCredentials,
    Refresh,
    UserInfo,
    Introspection,
    CodeFlow,
    SignIn,
}

impl Operation {
    pub const ALL: [Self; 8] = [
        Self::Discovery,
        Self::Jwks,
        Self::ClientCredentials,
        Self::Refresh,
        Self::UserInfo,
        Self::Introspection,
        Self::CodeFlow,
        Self::SignIn,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Discovery => "discovery",
            Self::Jwks => "JWKS",
            Self::ClientCredentials => "client credentials, ES256",
            Self::Refresh => "refresh with rotation",
            Self::UserInfo => "userinfo",
            Self::Introspection => "introspection",
            Self::CodeFlow => "code flow with a session",
            Self::SignIn => "password sign-in, whole flow",
        }
    }

    /// The path of what is the same for everyone.
    pub const fn still_path(self) -> Option<&'static str> {
        match self {
            Self::Discovery => Some(DISCOVERY),
            Self::Jwks => Some(JWKS),
            _ => None,
        }
    }

    /// Drives a provider with it.
    pub async fn drive(
        self,
        folder: &Path,
        provider: &Provider,
        connections: usize,
        time: Duration,
    ) -> Measured {
        let port = provider.port;
        let request = match self {
            Self::Discovery => Request::get(DISCOVERY),
            Self::Jwks => Request::get(JWKS),
            Self::ClientCredentials => {
                let resource = RESOURCE.replace(':', "%3A").replace('/', "%2F");
                posted("/token", format!("grant_type=client_credentials&scope=api&resource={resource}"))
            }
            Self::UserInfo => {
                let token = access_token(port).await;
                Request {
                    headers: vec![("authorization", format!("Bearer {token}"))],
                    ..Request::get("/userinfo")
                }
            }
            Self::Introspection => posted("/introspect", format!("token={}", access_token(port).await)),
            Self::Refresh => return refresh(port, connections, time).await,
            Self::CodeFlow => return code_flow(port, connections, time).await,
            Self::SignIn => return sign_in(port, connections, time).await,
        };
        single(folder, port, &request, connections, time)
    }
}

/// A form that the client posts.
fn posted(path: &'static str, body: String) -> Request {
    let form = ("content-type", "application/x-www-form-urlencoded".to_owned());
    Request { method: "POST", path, headers: vec![("authorization", credentials()), form], body }
}

/// An access token that userinfo takes.
async fn access_token(port: u16) -> String {
    let mut browser = Browser::open(port).await;
    let code = browser.authorize("elefevre", Wish::UserInfo).await;
    text(&browser.redeem(&code).await, "access_token")
}

fn text(answer: &serde_json::Value, member: &str) -> String {
    answer[member].as_str().unwrap_or_else(|| panic!("no {member}: {answer}")).to_owned()
}

/// Each browser with a refresh token of its own, exchanged for the next one again and again.
async fn refresh(port: u16, connections: usize, time: Duration) -> Measured {
    let mut workers = Vec::new();
    for _ in 0..connections {
        let mut browser = Browser::open(port).await;
        let code = browser.authorize("elefevre", Wish::Api).await;
        let token = text(&browser.redeem(&code).await, "refresh_token");
        workers.push((browser, token));
    }
    let step = |(mut browser, token): (Browser, String)| async move {
        let answer = browser.token(&format!("grant_type=refresh_token&refresh_token={token}")).await;
        (browser, text(&answer, "refresh_token"))
    };
    closed_loop(workers, time, step).await.0
}

/// Each browser signed in once, then a code and its tokens again and again: two requests.
async fn code_flow(port: u16, connections: usize, time: Duration) -> Measured {
    let mut workers = Vec::new();
    for _ in 0..connections {
        let mut browser = Browser::open(port).await;
        browser.authorize("elefevre", Wish::Api).await;
        workers.push(browser);
    }
    let step = |mut browser: Browser| async move {
        let code = browser.authorize("elefevre", Wish::Api).await;
        browser.redeem(&code).await;
        browser
    };
    closed_loop(workers, time, step).await.0
}

/// Who signs in at a browser: of one person no more than a few passwords are tried at once.
pub fn person(number: usize) -> String {
    format!("elefevre{number}")
}

/// Each browser forgets whose it is, and its person signs in: from the application to its tokens.
async fn sign_in(port: u16, connections: usize, time: Duration) -> Measured {
    let mut workers = Vec::new();
    for number in 0..connections {
        workers.push((Browser::open(port).await, person(number)));
    }
    let step = |(mut browser, who): (Browser, String)| async move {
        browser.forget();
        let code = browser.authorize(&who, Wish::Api).await;
        browser.redeem(&code).await;
        (browser, who)
    };
    closed_loop(workers, time, step).await.0
}
