//! Answers in SCIM's own kind of JSON, out of every cache.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_LOCATION, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, LOCATION};
use serde_json::{Map, Value};

use super::Scim;
use super::error::MEDIA_TYPE;
use super::precondition::etag;
use super::projection::Projection;
use super::user;
use crate::accounts::Card;

/// An answer with a body.
#[must_use]
pub fn json(status: StatusCode, body: &Value) -> Response {
    let mut response = (status, body.to_string()).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    keep_from_caches(&mut response);
    response
}

/// An answer that says nothing but its status.
#[must_use]
pub fn bare(status: StatusCode) -> Response {
    let mut response = status.into_response();
    keep_from_caches(&mut response);
    response
}

fn keep_from_caches(response: &mut Response) {
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
}

impl Scim {
    /// A person as they are told, as far as they were asked for.
    #[must_use]
    pub(super) fn tell(&self, card: &Card, projection: &Projection) -> Map<String, Value> {
        projection.apply(user::render(card, &self.0.base, self.0.clock.now()))
    }

    /// The answer that tells of one person.
    #[must_use]
    pub(super) fn person(&self, status: StatusCode, card: &Card, projection: &Projection) -> Response {
        let mut response = json(status, &Value::Object(self.tell(card, projection)));
        let location = user::location(&self.0.base, &card.account.id);
        let name = if status == StatusCode::CREATED { LOCATION } else { CONTENT_LOCATION };
        for (name, text) in [(name, location), (ETAG, etag(card.version.as_str()))] {
            say(&mut response, name, &text);
        }
        response
    }
}

/// Adds a header.
pub fn say(response: &mut Response, name: HeaderName, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        response.headers_mut().insert(name, value);
    }
}
