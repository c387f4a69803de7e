//! The one place where a cause becomes a public code.

use std::borrow::Cow;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, HeaderValue, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, StatusCode};
use serde_json::json;

/// A registered error code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// RFC 6749 §4.1.2.1, §5.2
    InvalidRequest,
    /// The same, for one that is larger than what is taken (RFC 9126 §2.3)
    RequestTooLarge,
    /// RFC 6749 §5.2
    InvalidClient,
    /// RFC 6749 §5.2
    InvalidGrant,
    /// RFC 6749 §4.1.2.1, §5.2
    UnauthorizedClient,
    /// RFC 6749 §5.2
    UnsupportedGrantType,
    /// RFC 6749 §4.1.2.1
    UnsupportedResponseType,
    /// RFC 6749 §4.1.2.1, §5.2
    InvalidScope,
    /// RFC 6749 §4.1.2.1
    AccessDenied,
    /// RFC 6749 §4.1.2.1
    TemporarilyUnavailable,
    /// RFC 8628 §3.5
    AuthorizationPending,
    /// RFC 8628 §3.5
    SlowDown,
    /// RFC 8628 §3.5
    ExpiredToken,
    /// RFC 8707 §2
    InvalidTarget,
    /// RFC 7009 §2.2.1
    UnsupportedTokenType,
    /// RFC 6750 §3.1
    InvalidToken,
    /// RFC 6750 §3.1
    InsufficientScope,
    /// `OpenID` Connect Core §3.1.2.6
    LoginRequired,
    /// `OpenID` Connect Core §3.1.2.6
    ConsentRequired,
    /// `OpenID` Connect Core §3.1.2.6
    RequestNotSupported,
    /// `OpenID` Connect Core §3.1.2.6
    RequestUriNotSupported,
    /// `OpenID` Connect Core §3.1.2.6
    RegistrationNotSupported,
    /// `OpenID` Connect Core §3.1.2.6, RFC 9101 §7
    InvalidRequestUri,
    /// `OpenID` Connect Core §3.1.2.6, RFC 9101 §7
    InvalidRequestObject,
    /// `OpenID` Connect Core Error Code `unmet_authentication_requirements` §2
    UnmetAuthenticationRequirements,
}

impl ErrorCode {
    /// The code as it travels.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidRequest | Self::RequestTooLarge => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidScope => "invalid_scope",
            Self::AccessDenied => "access_denied",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::AuthorizationPending => "authorization_pending",
            Self::SlowDown => "slow_down",
            Self::ExpiredToken => "expired_token",
            Self::InvalidTarget => "invalid_target",
            Self::UnsupportedTokenType => "unsupported_token_type",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
            Self::LoginRequired => "login_required",
            Self::ConsentRequired => "consent_required",
            Self::RequestNotSupported => "request_not_supported",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::RegistrationNotSupported => "registration_not_supported",
            Self::InvalidRequestUri => "invalid_request_uri",
            Self::InvalidRequestObject => "invalid_request_object",
            Self::UnmetAuthenticationRequirements => "unmet_authentication_requirements",
        }
    }

    /// The status that goes with it.
    pub(super) const fn status(self) -> StatusCode {
        match self {
            Self::InvalidClient | Self::InvalidToken => StatusCode::UNAUTHORIZED,
            Self::InsufficientScope => StatusCode::FORBIDDEN,
            Self::RequestTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TemporarilyUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

/// A refusal in the words of the protocol, with the cause for the log.
#[derive(Clone, Debug)]
pub struct OAuthError {
    /// The public code.
    pub code: ErrorCode,
    /// The public sentence for the client's developer: ASCII, without quotes or backslashes.
    pub description: &'static str,
    /// Which authentication scheme to ask for, at the endpoints that use one.
    challenge: Option<&'static str>,
    cause: Option<Cow<'static, str>>,
}

impl OAuthError {
    /// A refusal.
    #[must_use]
    pub const fn new(code: ErrorCode, description: &'static str) -> Self {
        Self { code, description, challenge: None, cause: None }
    }

    /// `invalid_request`
    #[must_use]
    pub const fn invalid_request(description: &'static str) -> Self {
        Self::new(ErrorCode::InvalidRequest, description)
    }

    /// `invalid_grant`
    #[must_use]
    pub const fn invalid_grant(description: &'static str) -> Self {
        Self::new(ErrorCode::InvalidGrant, description)
    }

    /// Something of ours failed: nothing was done, and the same request may succeed later.
    #[must_use]
    pub fn unavailable(cause: &dyn std::fmt::Display) -> Self {
        let cause = Some(Cow::Owned(cause.to_string()));
        let description = "the request could not be processed, try again later";
        Self { cause, ..Self::new(ErrorCode::TemporarilyUnavailable, description) }
    }

    /// Adds what the log should know and the client should not.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Cow<'static, str>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// Answers with `WWW-Authenticate` for this scheme.
    #[must_use]
    pub const fn challenging(mut self, scheme: &'static str) -> Self {
        self.challenge = Some(scheme);
        self
    }

    /// The status of the answer.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.code.status()
    }

    /// What `WWW-Authenticate` says, if anything.
    #[must_use]
    pub fn challenge(&self) -> Option<HeaderValue> {
        let scheme = self.challenge?;
        let challenge = if scheme == "Bearer" {
            format!(
                "Bearer realm=\"guichet\", error=\"{}\", error_description=\"{}\"",
                self.code.name(),
                self.description
            )
        } else {
            format!("{scheme} realm=\"guichet\"")
        };
        HeaderValue::from_str(&challenge).ok()
    }

    /// Tells the log, once.
    pub fn log(&self, endpoint: &'static str) {
        let cause = self.cause.as_deref();
        if self.code == ErrorCode::TemporarilyUnavailable {
            tracing::error!(endpoint, error = self.code.name(), cause, "failed");
        } else {
            tracing::info!(
                endpoint,
                error = self.code.name(),
                description = self.description,
                cause,
                "refused"
            );
        }
    }
}

impl From<sqlx::Error> for OAuthError {
    fn from(error: sqlx::Error) -> Self {
        Self::unavailable(&error)
    }
}

/// Keeps an answer out of every cache, those of HTTP/1.0 too, as RFC 6749 §5.1 demands of tokens.
pub(super) fn keep_from_caches(headers: &mut HeaderMap) {
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        let challenge = self.challenge();
        let body = json!({ "error": self.code.name(), "error_description": self.description });
        let mut response = (self.code.status(), Json(body)).into_response();
        let headers = response.headers_mut();
        keep_from_caches(headers);
        if self.code == ErrorCode::TemporarilyUnavailable {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("5"));
        }
        if let Some(challenge) = challenge {
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
