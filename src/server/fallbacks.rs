//! What is answered where no room does: whether the node can serve, the pages of problems, refusals of the guard.

use std::time::Duration;

use axum::Router;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::request::Parts as RequestParts;

use super::guard::Refusal;
use crate::database::Database;
use crate::desk;
use crate::kit::page::Pages;
use crate::kit::problem::Problem;
use crate::kit::visitor::Visitor;
use crate::scim;

/// `GET /health`: whether this node can serve, for a balancer.
pub(super) fn health(database: Database) -> Router {
    let answer = async move || {
        let reached = tokio::time::timeout(Duration::from_secs(2), database.read()).await;
        match reached {
            Ok(Ok(_)) => (StatusCode::OK, "ok\n"),
            _ => (StatusCode::SERVICE_UNAVAILABLE, "the database cannot be reached\n"),
        }
    };
    Router::new().route("/health", axum::routing::get(answer))
}

/// The handler that answers every request with the page of a problem.
pub(super) fn always(
    pages: &Pages,
    problem: Problem,
) -> impl Fn(Visitor) -> std::future::Ready<Response> + Clone + Send + Sync + 'static {
    let pages = pages.clone();
    move |visitor| std::future::ready(problem.page(&pages, &visitor, None).into_response())
}

/// The page, or the answer of the API, with which the guard refuses a request.
pub(super) fn refusal_page(pages: &Pages, parts: &RequestParts, refusal: Refusal) -> Response {
    if scim::owns(parts.uri.path()) {
        return scim::refusal(refusal.status());
    }
    let problem = match refusal {
        Refusal::BodyTooLarge if desk::takes_files(parts.uri.path()) => Problem::FileTooLarge,
        Refusal::CrossSite => Problem::CrossSite,
        Refusal::BodyTooLarge | Refusal::AddressTooLong | Refusal::HeadersTooLarge => Problem::TooLarge,
        Refusal::BodyTooSlow | Refusal::NotOneHost | Refusal::MethodUnknown => Problem::BadRequest,
        Refusal::TooManyBodies => Problem::Busy,
        Refusal::Broken => Problem::Unavailable,
    };
    problem.page(pages, &Visitor::of(parts), None).into_response()
}
