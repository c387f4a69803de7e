//! The application's API: expense sheets as JSON, for whoever holds an access token.
//!
//! A resource server in the sense of RFC 6749 §1.1: it knows no cookie, no session and no page.

use std::sync::Arc;

use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::kit::clock::Clock;
use crate::kit::random::Rng;

use super::access_token::{Bearer, TokenCheck, TokenRefusal};
use super::sheet::{Claim, Day, Draft, Field, Sheet, SheetId};
use super::store::Store;

/// What the API works with.
pub(super) struct Api {
    pub store: Store,
    pub tokens: Arc<TokenCheck>,
    pub clock: Clock,
    pub rng: Rng,
}

/// A claim as the API takes it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ClaimDocument {
    pub exam_centre: String,
    pub date: String,
    pub kilometres: u32,
    pub meals: u32,
}

/// A list of sheets as the API gives it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SheetsDocument {
    pub sheets: Vec<Sheet>,
}

/// The API's routes.
pub(super) fn routes(api: Arc<Api>) -> Router {
    Router::new()
        .route("/sheets", get(list_sheets).post(write_sheet))
        .route("/sheets/{id}/submit", post(submit_sheet))
        .fallback(|| async { ApiRefusal::NoSuchThing })
        .with_state(api)
}

async fn list_sheets(State(api): State<Arc<Api>>, headers: HeaderMap) -> Result<Response, ApiRefusal> {
    let bearer = api.admit(&headers).await?;
    let sheets = api.store.sheets(bearer.subject()).await?;
    Ok(Json(SheetsDocument { sheets }).into_response())
}

async fn write_sheet(
    State(api): State<Arc<Api>>,
    headers: HeaderMap,
    document: Result<Json<ClaimDocument>, JsonRejection>,
) -> Result<Response, ApiRefusal> {
    let bearer = api.admit(&headers).await?;
    let Json(document) = document.map_err(|_| ApiRefusal::Unreadable)?;
    let draft = Draft {
        exam_centre: document.exam_centre,
        date: document.date,
        kilometres: document.kilometres.to_string(),
        meals: document.meals.to_string(),
    };
    let now = api.clock.now();
    let claim = Claim::parse(&draft, Day::of(now)).map_err(ApiRefusal::WrongFields)?;
    let id = SheetId::from(api.rng.id());
    let sheet = api.store.write_sheet(&id, bearer.subject(), &claim, now).await?;
    Ok((StatusCode::CREATED, Json(sheet)).into_response())
}

async fn submit_sheet(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiRefusal> {
    let bearer = api.admit(&headers).await?;
    let sheet = api.store.submit_sheet(&id.into(), bearer.subject()).await?;
    Ok(Json(sheet.ok_or(ApiRefusal::NoSuchThing)?).into_response())
}

impl Api {
    /// Lets a request in by its access token (RFC 6750 §2.1), and by nothing else.
    async fn admit(&self, headers: &HeaderMap) -> Result<Bearer, ApiRefusal> {
        let token = bearer_token(headers)?;
        self.tokens.check(token).await.map_err(|refusal| {
            tracing::info!(%refusal, "an access token was refused");
            match refusal {
                TokenRefusal::ScopeMissing => ApiRefusal::ScopeMissing,
                TokenRefusal::KeysUnavailable => ApiRefusal::Unavailable,
                _ => ApiRefusal::TokenInvalid,
            }
        })
    }
}

/// The token of the one `Authorization` header; the scheme's name is case-insensitive.
fn bearer_token(headers: &HeaderMap) -> Result<&str, ApiRefusal> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Err(ApiRefusal::TokenAbsent) };
    if values.next().is_some() {
        return Err(ApiRefusal::Unreadable);
    }
    let (scheme, token) =
        value.to_str().ok().and_then(|value| value.split_once(' ')).ok_or(ApiRefusal::TokenAbsent)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(ApiRefusal::TokenAbsent);
    }
    Ok(token.trim())
}

/// Why the API refuses.
#[derive(Debug)]
enum ApiRefusal {
    TokenAbsent,
    TokenInvalid,
    ScopeMissing,
    Unreadable,
    WrongFields(Vec<Field>),
    NoSuchThing,
    Unavailable,
}

impl From<sqlx::Error> for ApiRefusal {
    fn from(error: sqlx::Error) -> Self {
        tracing::error!(%error, "the sheets could not be read or written");
        Self::Unavailable
    }
}

impl IntoResponse for ApiRefusal {
    fn into_response(self) -> Response {
        // RFC 6750 §3: no error code for a request that shows no token at all.
        let (status, challenge, body) = match self {
            Self::TokenAbsent => (
                StatusCode::UNAUTHORIZED,
                Some(r#"Bearer realm="expense sheets", scope="imagin""#),
                json!({"error": "unauthorized"}),
            ),
            Self::TokenInvalid => (
                StatusCode::UNAUTHORIZED,
                Some(r#"Bearer realm="expense sheets", error="invalid_token""#),
                json!({"error": "invalid_token"}),
            ),
            Self::ScopeMissing => (
                StatusCode::FORBIDDEN,
                Some(r#"Bearer realm="expense sheets", error="insufficient_scope", scope="imagin""#),
                json!({"error": "insufficient_scope"}),
            ),
            Self::Unreadable => (StatusCode::BAD_REQUEST, None, json!({"error": "invalid_request"})),
            Self::WrongFields(fields) => {
                (StatusCode::UNPROCESSABLE_ENTITY, None, json!({"error": "invalid_sheet", "fields": fields}))
            }
            Self::NoSuchThing => (StatusCode::NOT_FOUND, None, json!({"error": "not_found"})),
            Self::Unavailable => {
                (StatusCode::SERVICE_UNAVAILABLE, None, json!({"error": "temporarily_unavailable"}))
            }
        };
        let mut response = (status, Json(body)).into_response();
        if let Some(challenge) = challenge {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(values: &[&str]) -> HeaderMap {
        values.iter().map(|value| (AUTHORIZATION, HeaderValue::from_str(value).unwrap())).collect()
    }

    #[test]
    fn a_token_is_read_from_the_authorization_header_alone() {
        assert_eq!(bearer_token(&headers(&["bEaReR abc"])).unwrap(), "abc");
        assert!(matches!(bearer_token(&headers(&[])), Err(ApiRefusal::TokenAbsent)));
        assert!(matches!(bearer_token(&headers(&["Basic abc"])), Err(ApiRefusal::TokenAbsent)));
        assert!(matches!(bearer_token(&headers(&["Bearer"])), Err(ApiRefusal::TokenAbsent)));
    }

    #[test]
    fn two_tokens_at_once_are_refused() {
        let headers = headers(&["Bearer abc", "Bearer def"]);
        assert!(matches!(bearer_token(&headers), Err(ApiRefusal::Unreadable)));
    }
}
