//! The provider.

pub mod assertions;
mod authorization;
mod backchannel;
mod claims_parameter;
mod client_credentials;
mod client_keys;
mod clients;
mod code_flow;
mod conformance;
mod consent;
mod device;
mod discovery;
mod end_session;
mod fates;
mod form_post;
mod frontchannel;
mod grants_model;
mod hints;
mod introspection;
mod nodes;
mod par;
mod prompts;
mod redirects;
mod refresh;
pub mod registration;
mod registration_management;
mod request_objects;
mod resources;
mod revocation;
mod rings;
mod soups;
mod subjects;
mod token;
mod token_exchange;
mod tokens;
mod userinfo;

use data_encoding::BASE64;
use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::support::browser::Page;
use crate::support::client::Answer;
use crate::support::{App, Browser, Client};

/// The identifier of the person of most tests.
pub const PERSON: &str = "elefevre";

/// A client's tokens, and the browser in which the person is signed in.
pub struct Granted {
    pub client: Client,
    pub browser: Browser,
    pub tokens: Answer,
}

impl Granted {
    pub fn access_token(&self) -> String {
        self.tokens.text("access_token")
    }

    pub fn id_token(&self) -> String {
        self.tokens.text("id_token")
    }

    pub fn refresh_token(&self) -> String {
        self.tokens.text("refresh_token")
    }
}

/// Makes [`PERSON`], who signs in for a first-party client and grants it scopes.
pub async fn grant(app: &App, client: &str, scope: &str) -> Granted {
    app.person(PERSON).await;
    grant_again(app, client, scope).await
}

/// The same for a [`PERSON`] who exists, in a new browser.
pub async fn grant_again(app: &App, client: &str, scope: &str) -> Granted {
    let client = app.client(client);
    let mut browser = app.browser();
    let back = browser.sign_in(&client.authorization(&[("scope", scope)]), PERSON).await;
    let tokens = client.redeem(&back).await;
    assert_eq!(tokens.status, 200, "{}", tokens.json);
    Granted { client, browser, tokens }
}

/// An installation that gives itself the same name, and signs with keys of its own.
async fn impostor() -> App {
    let app = App::start(None).await;
    app.sql("DELETE FROM signing_key WHERE kid <> $1", "").await;
    app.another_node().await
}

/// The status and the error code of a refusal.
pub fn refusal(answer: &Answer) -> (u16, String) {
    (answer.status.as_u16(), answer.text("error"))
}

/// Sees that a person got a page of ours that says what is wrong, and was sent nowhere.
pub fn assert_problem_page(page: &Page, case: &str) {
    assert!(page.status.is_client_error(), "{case}: {} {:?}", page.status, page.location());
    assert!(!page.headers.contains_key("location"), "{case}");
    assert!(page.header("content-type").starts_with("text/html"), "{case}");
}

/// Sees that a page is of the sign-in, not of an application.
fn assert_asks_to_sign_in(page: &Page, case: &str) {
    let location = page.location().unwrap_or_else(|| panic!("{case}: {} {}", page.status, page.body));
    assert!(location.starts_with("/sign-in?journey="), "{case}: {location}");
}

/// An Authorization header of HTTP Basic.
pub fn basic(id: &str, secret: &str) -> HeaderMap {
    let text = format!("Basic {}", BASE64.encode(format!("{id}:{secret}").as_bytes()));
    authorization_header(&text)
}

pub fn authorization_header(text: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, text.parse().expect("a header"));
    headers
}

/// The address of another page of the journey on which a redirect leads.
pub fn on_the_same_journey(page: &Page, path: &str) -> String {
    let location = page.location().unwrap_or_else(|| page.address.clone());
    let (_, query) = location.split_once('?').expect("an address with a journey");
    format!("{path}?{query}")
}

/// What a form sends.
pub fn form_encoded(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}
