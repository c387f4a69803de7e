//! SCIM 2.0 (RFC 7643, RFC 7644): how an application manages the people of its authority.
//!
//! The room owns no table. It shows the people of one authority in the words of SCIM and asks `accounts/` for every
//! change, under a mandate of that authority: nobody else's people are seen, changed or counted. It never knows how a
//! token came to be, nor what a password is.

mod access;
mod bulk;
mod discovery;
mod error;
mod filter;
mod json;
mod letters;
mod openapi;
mod patch;
mod precondition;
mod projection;
mod reply;
mod schema;
mod search;
mod user;
mod users;

use std::sync::Arc;

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use http::StatusCode;

use crate::accounts::Accounts;
use crate::config::SCIM_PATH;
use crate::kit::clock::Clock;
use crate::kit::tally::Tally;
use crate::oidc::{ClientId, Provider};

use error::ScimError;

/// The API by which applications manage people.
#[derive(Clone)]
pub struct Scim(Arc<Inner>);

struct Inner {
    provider: Provider,
    accounts: Accounts,
    /// The address below which everything is, which is the audience of its tokens too.
    base: String,
    /// The longest body that a request may have.
    most_body_bytes: u64,
    /// The searches under way that no index answers.
    searches: Tally<ClientId>,
    clock: Clock,
}

/// What the room is made of.
pub struct Parts<'a> {
    /// What knows whose token is shown.
    pub provider: Provider,
    /// The people.
    pub accounts: Accounts,
    /// The issuer, where every address begins.
    pub issuer: &'a str,
    /// The longest body that a request may have, in bytes.
    pub most_body_bytes: u64,
    /// The time.
    pub clock: Clock,
}

impl Scim {
    /// Puts the room together.
    #[must_use]
    pub fn new(parts: Parts<'_>) -> Self {
        let Parts { provider, accounts, issuer, most_body_bytes, clock } = parts;
        let base = format!("{issuer}{SCIM_PATH}");
        let searches = Tally::default();
        Self(Arc::new(Inner { provider, accounts, base, most_body_bytes, searches, clock }))
    }

    /// The endpoints, and their description.
    pub fn routes(&self) -> Router {
        let person = get(users::show).put(users::replace).patch(users::patch).delete(users::remove);
        let endpoints = Router::new()
            .route("/Users", get(search::by_query).post(users::create))
            .route("/Users/.search", post(search::by_message))
            .route("/.search", post(search::by_message))
            .route("/Users/{id}", person)
            .route("/Users/{id}/Letters", post(letters::order))
            .route("/Bulk", post(bulk::answer))
            .route("/Me", any(not_here))
            .route("/ServiceProviderConfig", get(discovery::configuration))
            .route("/ResourceTypes", get(discovery::resource_types))
            .route("/ResourceTypes/{id}", get(discovery::resource_type))
            .route("/Schemas", get(discovery::schemas))
            .route("/Schemas/{id}", get(discovery::schema))
            .fallback(async || refusal(StatusCode::NOT_FOUND))
            .method_not_allowed_fallback(async || refusal(StatusCode::METHOD_NOT_ALLOWED))
            .with_state(self.clone());
        Router::new()
            .nest(SCIM_PATH, endpoints)
            // The one path below that `nest` leaves out.
            .route(&format!("{SCIM_PATH}/"), any(async || refusal(StatusCode::NOT_FOUND)))
            .route(openapi::PATH, get(openapi::document))
    }
}

/// `/Me`: an application is no person (RFC 7644 §3.11).
async fn not_here() -> ScimError {
    ScimError::new(StatusCode::NOT_IMPLEMENTED, "an application acts for itself here, and is no person")
}

/// Whether what is answered at a path is answered in the words of SCIM, whoever answers.
#[must_use]
pub fn owns(path: &str) -> bool {
    path.strip_prefix(SCIM_PATH).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The answer to a request that no handler has seen.
#[must_use]
pub fn refusal(status: StatusCode) -> Response {
    let detail = match status {
        StatusCode::NOT_FOUND => "there is no such resource",
        StatusCode::METHOD_NOT_ALLOWED => "the resource does not have this method",
        StatusCode::PAYLOAD_TOO_LARGE => {
            "the request is too large; ServiceProviderConfig says what bulk takes"
        }
        StatusCode::INTERNAL_SERVER_ERROR => "the request could not be processed",
        _ => "the request cannot be understood",
    };
    ScimError::new(status, detail).into_response()
}
