//! The description of the API (`OpenAPI` 3.1): one document, written by hand and held against the routes by tests.

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

/// Where it stands.
pub const PATH: &str = "/api/openapi.json";

const DOCUMENT: &str = include_str!("openapi.json");

/// `GET /api/openapi.json`: the same for everyone.
pub async fn document() -> Response {
    let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "public, max-age=300")];
    (headers, DOCUMENT).into_response()
}
