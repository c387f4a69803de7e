//! The mark that a desk leaves in the browsers in which somebody of rank uses it.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use super::Desk;
use crate::kit::page::with_cookies;
use crate::kit::visitor::Visitor;

/// Marks a browser in which a manager comes to a desk: accesses that a desk opens are not used in it.
pub async fn mark(State(desk): State<Desk>, visitor: Visitor, request: Request, next: Next) -> Response {
    let cookie = desk.0.sign_in.mark_of_desk(&visitor);
    let response = next.run(request).await;
    match cookie {
        Some(cookie) if desk.is_visited_by_a_manager(&visitor).await => with_cookies(response, &[cookie]),
        _ => response,
    }
}

impl Desk {
    /// Whether somebody with a rank, anywhere, is signed in in this browser.
    async fn is_visited_by_a_manager(&self, visitor: &Visitor) -> bool {
        let Ok(Some(person)) = self.0.sign_in.signed_in(visitor).await else { return false };
        matches!(self.authorities_of(&person).await, Ok(authorities) if !authorities.is_empty())
    }
}
