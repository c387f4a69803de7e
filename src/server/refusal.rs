//! What the guard answers itself, without asking a handler.

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::request::Parts;

/// Why a request got no answer from a handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// A form or a script of another site sent it.
    CrossSite,
    /// Its body is longer than [`MOST_BODY_BYTES`](super::guard::MOST_BODY_BYTES).
    BodyTooLarge,
    /// Its body took longer to come than [`BODY_PATIENCE`](super::guard::BODY_PATIENCE).
    BodyTooSlow,
    /// Too many bodies of requests are on their way at once.
    TooManyBodies,
    /// Its address is longer than [`MOST_ADDRESS_BYTES`](super::guard::MOST_ADDRESS_BYTES).
    AddressTooLong,
    /// Its headers are longer than [`MOST_HEADER_BYTES`](super::guard::MOST_HEADER_BYTES) all told.
    HeadersTooLarge,
    /// It names no host, or several (RFC 9112 §3.2).
    NotOneHost,
    /// Its method means nothing here.
    MethodUnknown,
    /// The handler failed; the log says how, under the request's reference.
    Broken,
}

impl Refusal {
    /// Every refusal there is.
    pub const ALL: [Self; 9] = [
        Self::CrossSite,
        Self::BodyTooLarge,
        Self::BodyTooSlow,
        Self::TooManyBodies,
        Self::AddressTooLong,
        Self::HeadersTooLarge,
        Self::NotOneHost,
        Self::MethodUnknown,
        Self::Broken,
    ];

    /// The status of the answer.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::CrossSite => StatusCode::FORBIDDEN,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BodyTooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::TooManyBodies => StatusCode::SERVICE_UNAVAILABLE,
            Self::AddressTooLong => StatusCode::URI_TOO_LONG,
            Self::HeadersTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::NotOneHost => StatusCode::BAD_REQUEST,
            Self::MethodUnknown => StatusCode::NOT_IMPLEMENTED,
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// The bare answer: a status and no body.
impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        self.status().into_response()
    }
}

/// Makes the answer to a refused request.
///
/// The request's head is given as far as a page needs it: method, address, language, cookies, and the
/// extensions that `kit::visitor::Visitor` reads. The guard sets the status and the protective headers.
pub type RenderRefusal = Arc<dyn Fn(&Parts, Refusal) -> Response + Send + Sync>;
