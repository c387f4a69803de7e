//! The pages' way to the API: over HTTP, with the person's access token, like any other client of it.

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, StatusCode};
use serde::de::DeserializeOwned;
use url::Url;

use crate::kit::secrets::Secret;

use super::api::{ClaimDocument, SheetsDocument};
use super::http_out::{OutboundError, OutboundHttp};
use super::sheet::{Claim, Sheet, SheetId};

/// The API, seen from outside.
pub(super) struct ApiClient {
    http: OutboundHttp,
    base: Url,
}

/// Why a call came to nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum CallError {
    /// The access token was refused.
    #[error("the API refused the access token")]
    TokenRefused,
    /// There is no such sheet of this person's.
    #[error("there is no such sheet")]
    NoSuchSheet,
    /// The API answered in another way than expected.
    #[error("the API answered {0}")]
    Unexpected(StatusCode),
    /// The API did not answer.
    #[error("the API did not answer")]
    NoAnswer(#[from] OutboundError),
    /// What was sent or received is not a proper message.
    #[error("the message could not be made or read: {0}")]
    Unreadable(String),
}

impl ApiClient {
    pub(super) const fn new(http: OutboundHttp, base: Url) -> Self {
        Self { http, base }
    }

    /// The sheets of the person whose token it is.
    pub(super) async fn sheets(&self, token: &Secret) -> Result<Vec<Sheet>, CallError> {
        let document: SheetsDocument = self.call(Method::GET, &["sheets"], token, Vec::new()).await?;
        Ok(document.sheets)
    }

    /// Writes a new sheet.
    pub(super) async fn write(&self, token: &Secret, claim: &Claim) -> Result<Sheet, CallError> {
        let document = ClaimDocument {
            exam_centre: claim.exam_centre().to_owned(),
            date: claim.day().to_string(),
            kilometres: claim.kilometres(),
            meals: claim.meals(),
        };
        let body = serde_json::to_vec(&document).map_err(|error| CallError::Unreadable(error.to_string()))?;
        self.call(Method::POST, &["sheets"], token, body).await
    }

    /// Hands a sheet in.
    pub(super) async fn submit(&self, token: &Secret, id: &SheetId) -> Result<Sheet, CallError> {
        self.call(Method::POST, &["sheets", id.as_str(), "submit"], token, Vec::new()).await
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &[&str],
        token: &Secret,
        body: Vec<u8>,
    ) -> Result<T, CallError> {
        let unreadable = |what: &str| CallError::Unreadable(what.to_owned());
        let mut url = self.base.clone();
        // Segment by segment, so that an id with a slash in it stays an id.
        url.path_segments_mut().map_err(|()| unreadable("base address"))?.clear().push("api").extend(path);
        let mut authorization = HeaderValue::from_str(&format!("Bearer {}", token.expose()))
            .map_err(|_| unreadable("access token"))?;
        authorization.set_sensitive(true);
        let mut request = http::Request::builder()
            .method(method)
            .uri(url.as_str())
            .header(ACCEPT, "application/json")
            .header(AUTHORIZATION, authorization);
        if !body.is_empty() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let request = request.body(body).map_err(|error| CallError::Unreadable(error.to_string()))?;
        let answer = self.http.send(request).await?;
        match answer.status() {
            status if status.is_success() => serde_json::from_slice(answer.body())
                .map_err(|error| CallError::Unreadable(error.to_string())),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(CallError::TokenRefused),
            StatusCode::NOT_FOUND => Err(CallError::NoSuchSheet),
            other => Err(CallError::Unexpected(other)),
        }
    }
}
