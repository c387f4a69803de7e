//! What an application says of people (RFC 7643, RFC 7644): filters, paths, changes, people, bulks.

use axum::body::Body;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, Request};

use super::house::House;

/// Anything that is asked is done, or refused in the words of RFC 7644.
///
/// The first line tells what is asked, by its first letter: a search (`s`), a new person (`c`), a change (`p`), another person
/// in the place of one (`r`), several at once (`b`), some attributes alone (`a`); the rest is
/// the filter or the body.
pub fn scim(input: &[u8]) {
    let [kind, text] = super::lines(input);
    House::visit(|house| {
        let query = || url::form_urlencoded::byte_serialize(text).collect::<String>();
        let person = format!("/Users/{}", house.managed);
        let (method, path, body) = match kind.first() {
            Some(b'c') => (Method::POST, "/Users".to_owned(), text.to_vec()),
            Some(b'p') => (Method::PATCH, person, text.to_vec()),
            Some(b'r') => (Method::PUT, person, text.to_vec()),
            Some(b'b') => (Method::POST, "/Bulk".to_owned(), text.to_vec()),
            Some(b'a') => (Method::GET, format!("/Users?attributes={}", query()), Vec::new()),
            _ => (Method::GET, format!("/Users?filter={}", query()), Vec::new()),
        };
        let request = Request::builder()
            .method(method.clone())
            .uri(format!("/scim/v2{path}"))
            .header(AUTHORIZATION, format!("Bearer {}", house.scim_token))
            .header(CONTENT_TYPE, "application/scim+json");
        let answer = house.ask(request.body(Body::from(body)).expect("a request"));
        if answer.body.is_empty() {
            return;
        }
        let json = answer.json();
        let schemas = json["schemas"].as_array().expect("an answer tells its schema");
        let is_error = schemas.iter().any(|schema| schema == "urn:ietf:params:scim:api:messages:2.0:Error");
        assert_eq!(is_error, !answer.status.is_success(), "{method} {path}: {json}");
        assert!(answer.header("content-type").starts_with("application/scim+json"));
    });
}
