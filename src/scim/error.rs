//! What is answered when a request is refused (RFC 7644 §3.12).

use std::borrow::Cow;

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use serde_json::{Value, json};

use crate::oidc::BearerRefusal;

/// How SCIM calls its own kind of JSON (RFC 7644 §8.1).
pub const MEDIA_TYPE: &str = "application/scim+json";

const SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// When a request may be sent again that found too many at once.
const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("5");

/// What exactly is wrong with a request (RFC 7644 §3.12, table 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScimType {
    /// The filter cannot be read, or compares what cannot be compared.
    InvalidFilter,
    /// The filter would take more work than is done for one request.
    TooMany,
    /// A value is somebody's already.
    Uniqueness,
    /// An attribute cannot be changed.
    Mutability,
    /// The body is not what it should be.
    InvalidSyntax,
    /// A path of a change cannot be read, or leads nowhere.
    InvalidPath,
    /// A path of a change selects nothing.
    NoTarget,
    /// A value is missing, or is not one that the attribute can have.
    InvalidValue,
}

impl ScimType {
    /// Its registered name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::TooMany => "tooMany",
            Self::Uniqueness => "uniqueness",
            Self::Mutability => "mutability",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidPath => "invalidPath",
            Self::NoTarget => "noTarget",
            Self::InvalidValue => "invalidValue",
        }
    }
}

/// A refusal, in the words of SCIM.
#[derive(Clone, Debug)]
pub struct ScimError {
    status: StatusCode,
    scim_type: Option<ScimType>,
    detail: Cow<'static, str>,
    challenge: Option<HeaderValue>,
}

impl ScimError {
    /// A refusal with a status alone.
    #[must_use]
    pub fn new(status: StatusCode, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { status, scim_type: None, detail: detail.into(), challenge: None }
    }

    /// A request that cannot be done as it is.
    #[must_use]
    pub fn bad(scim_type: ScimType, detail: impl Into<Cow<'static, str>>) -> Self {
        let status =
            if scim_type == ScimType::Uniqueness { StatusCode::CONFLICT } else { StatusCode::BAD_REQUEST };
        Self { scim_type: Some(scim_type), ..Self::new(status, detail) }
    }

    /// Nobody here has this id: the same words for one of another authority and for one that never was.
    #[must_use]
    pub fn nobody() -> Self {
        Self::new(StatusCode::NOT_FOUND, "there is no such resource")
    }

    /// Somebody changed the resource since the version that the request names.
    #[must_use]
    pub fn stale() -> Self {
        Self::new(StatusCode::PRECONDITION_FAILED, "the resource was changed: read it again")
    }

    /// Too many at once; it will pass.
    #[must_use]
    pub fn busy() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "too many requests at once, try again later")
    }

    /// Something of ours failed; the log is told why, once.
    #[must_use]
    pub fn unavailable(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "a request of an application failed");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "the request could not be processed, try again later")
    }

    /// Its status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The refusal as it travels.
    #[must_use]
    pub fn body(&self) -> Value {
        let mut body = json!({ "schemas": [SCHEMA], "status": self.status.as_str(), "detail": self.detail });
        if let Some(scim_type) = self.scim_type {
            body["scimType"] = scim_type.name().into();
        }
        body
    }
}

impl From<sqlx::Error> for ScimError {
    fn from(error: sqlx::Error) -> Self {
        Self::unavailable(&error)
    }
}

impl From<BearerRefusal> for ScimError {
    fn from(refusal: BearerRefusal) -> Self {
        let BearerRefusal { status, description, challenge } = refusal;
        Self { challenge, ..Self::new(status, description) }
    }
}

impl IntoResponse for ScimError {
    fn into_response(self) -> Response {
        let mut response = (self.status, self.body().to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(challenge) = self.challenge {
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, RETRY_AFTER_SECONDS);
        }
        response
    }
}
