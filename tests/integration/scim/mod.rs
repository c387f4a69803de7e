//! Applications that manage the people of their authority (RFC 7643, RFC 7644).

mod access;
mod bulk;
mod changes;
mod discovery;
mod inputs;
mod letters;
mod races;
mod reach;
mod searches;
mod users;

use axum::body::Body;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, Request};
use serde_json::{Value, json};

use crate::support::App;
use crate::support::client::Answer;

pub const BASE: &str = "https://id.test/scim/v2";
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub const EXTENSION: &str = "urn:guichet:params:scim:schemas:extension:2.0:User";
pub const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const BULK: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

/// An application with a token of its own.
#[derive(Clone)]
pub struct Application {
    app: App,
    pub token: String,
}

impl Application {
    /// One of the configured clients, which asks for a token.
    pub async fn new(app: &App, id: &str) -> Self {
        let answer = app.client(id).token(&[("grant_type", "client_credentials")]).await;
        assert_eq!(answer.status, 200, "{}", answer.json);
        Self { app: app.clone(), token: answer.text("access_token") }
    }

    /// The application of the authority `lyon`.
    pub async fn imagin(app: &App) -> Self {
        Self::new(app, "imagin").await
    }

    /// Asks with a body, or without.
    pub async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let headers = [&[(AUTHORIZATION.as_str(), bearer.as_str())], headers].concat();
        send(&self.app, method, path, &headers, body).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, &[], None).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask(Method::POST, path, &[], Some(body)).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.ask(Method::PUT, path, &[], Some(body)).await
    }

    pub async fn patch(&self, path: &str, operations: &Value) -> Answer {
        self.ask(Method::PATCH, path, &[], Some(&json!({ "schemas": [PATCH], "Operations": operations })))
            .await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.ask(Method::DELETE, path, &[], None).await
    }

    pub async fn bulk(&self, operations: &Value) -> Answer {
        self.post("/Bulk", &json!({ "schemas": [BULK], "Operations": operations })).await
    }

    /// Makes a person and gives what is told of them.
    pub async fn made(&self, user: &Value) -> Value {
        let answer = self.post("/Users", user).await;
        assert_eq!(answer.status, 201, "{}", answer.json);
        answer.json
    }

    /// The identifiers of those whom a filter finds.
    pub async fn found(&self, filter: &str) -> Vec<String> {
        let answer = self.get(&format!("/Users?{}", query(&[("filter", filter)]))).await;
        assert_eq!(answer.status, 200, "{filter}: {}", answer.json);
        names(&answer.json)
    }
}

/// Asks below the API's path, with no token but one that the headers have.
pub async fn send(
    app: &App,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: Option<&Value>,
) -> Answer {
    let mut request = Request::builder().method(method).uri(format!("/scim/v2{path}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = match body {
        None => Body::empty(),
        Some(body) => {
            request = request.header(CONTENT_TYPE, "application/scim+json");
            Body::from(body.to_string())
        }
    };
    ask(app, request.body(body).expect("a request")).await
}

/// Sends a request; what is not JSON counts as null.
pub async fn ask(app: &App, request: Request<Body>) -> Answer {
    app.client("imagin").ask(request).await
}

/// A user to be.
pub fn user(given_name: &str, family_name: &str) -> Value {
    json!({ "schemas": [USER], "name": { "givenName": given_name, "familyName": family_name } })
}

/// The path of a person.
pub fn path(user: &Value) -> String {
    format!("/Users/{}", user["id"].as_str().expect("an id"))
}

/// The identifiers of a list, in alphabetical order.
pub fn names(list: &Value) -> Vec<String> {
    let users = list["Resources"].as_array().cloned().unwrap_or_default();
    let mut names: Vec<_> =
        users.iter().map(|user| user["userName"].as_str().unwrap_or("?").to_owned()).collect();
    names.sort();
    names
}

pub fn query(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// Status and `scimType` of a refusal, which must be one in every other way.
#[track_caller]
pub fn refusal(answer: &Answer) -> (u16, &str) {
    let status = answer.status.as_u16();
    assert!(status >= 400, "not refused: {status} {}", answer.json);
    assert_eq!(
        answer.json["schemas"],
        json!(["urn:ietf:params:scim:api:messages:2.0:Error"]),
        "{}",
        answer.body
    );
    assert_eq!(answer.json["status"], json!(status.to_string()));
    assert_eq!(answer.headers["content-type"], "application/scim+json");
    assert_eq!(answer.headers["cache-control"], "no-store");
    (status, answer.json["scimType"].as_str().unwrap_or_default())
}
