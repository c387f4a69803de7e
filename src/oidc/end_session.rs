//! Signing out (`OpenID` Connect RP-Initiated Logout 1.0).
//!
//! A hint that names the very session ends it at once. Anything less certain is asked on a page of ours,
//! and nothing that could not be verified is ever redirected to.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};

use super::clients::Client;
use super::id_token::{self, Hint};
use super::pages::{SignOutPage, SignedOutPage};
use super::{Provider, token};
use crate::kit::locale::Locale;
use crate::kit::page::see_other;
use crate::kit::parameters::{Parameters, with_query};
use crate::kit::problem::Problem;
use crate::kit::visitor::Visitor;
use crate::signin::{SIGN_OUT_PATH, SignedIn};

/// The endpoint.
pub const PATH: &str = SIGN_OUT_PATH;
/// The hidden field with what the person is asked to confirm.
const DECISION: &str = "decision";

/// `GET /logout`
pub async fn by_get(State(provider): State<Provider>, visitor: Visitor) -> Response {
    let parameters = visitor.query.clone();
    provider.end_session(visitor, &parameters).await
}

/// `POST /logout`: from a client, or the confirmation from our own page.
pub async fn by_post(
    State(provider): State<Provider>,
    visitor: Visitor,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !token::is_form(&headers) && !body.is_empty() {
        return provider.problem(&visitor, Problem::BadRequest);
    }
    if let Some(answer) = provider.asked_again(&visitor, PATH, &body) {
        return answer;
    }
    let parameters = Parameters::parse(&body);
    match parameters.non_empty(DECISION) {
        Some(decision) => provider.confirmed(&visitor, decision).await,
        None => provider.end_session(visitor, &parameters).await,
    }
}

/// What a request to sign out could be verified to be.
struct Wish {
    client: Option<Arc<Client>>,
    hint: Option<Hint>,
    return_to: Option<String>,
}

/// What a person is asked to confirm, sealed for their session alone.
#[derive(Serialize, Deserialize)]
struct Confirmation {
    client: Option<String>,
}

impl Provider {
    async fn end_session(&self, mut visitor: Visitor, parameters: &Parameters) -> Response {
        if parameters.repeated().is_some() {
            return self.problem(&visitor, Problem::BadRequest);
        }
        if let Some(locale) = parameters.get("ui_locales").and_then(Locale::from_ui_locales) {
            visitor.locale = locale;
        }
        let signed_in = match self.0.sign_in.signed_in(&visitor).await {
            Ok(signed_in) => signed_in,
            Err(error) => return self.database_problem(&visitor, &error),
        };
        let wish = match self.read_wish(parameters).await {
            Ok(wish) => wish,
            Err(error) => return self.database_problem(&visitor, &error),
        };
        let is_this_session = |person: &SignedIn| {
            wish.hint.as_ref().is_some_and(|hint| {
                let account = &person.account.id;
                // The hint of a client that is gone can only be told by the public name.
                wish.client.as_ref().map_or(hint.subject == account.as_str(), |client| {
                    self.is_subject(client, account, &hint.subject)
                }) && hint.sid.as_ref().is_none_or(|sid| sid == person.sid.as_str())
            })
        };
        match &signed_in {
            Some(person) if !is_this_session(person) => self.ask_first(&visitor, person, &wish),
            // Nobody is signed in, or the hint says whom to sign out.
            _ => self.sign_out(&visitor, &wish).await,
        }
    }

    /// Sees what of a request holds: the hint's signature, the client, the exact address.
    async fn read_wish(&self, parameters: &Parameters) -> sqlx::Result<Wish> {
        let hint = match parameters.non_empty("id_token_hint") {
            Some(hint) => id_token::read_hint(self, hint).await,
            None => None,
        };
        let named = parameters.non_empty("client_id");
        let agrees = |hint: &Hint| named.is_none_or(|id| id == hint.client());
        let hint = hint.filter(agrees);
        let client = match hint.as_ref().map(Hint::client).or(named) {
            Some(id) => self.0.clients.find(id).await?,
            None => None,
        };
        let address = parameters.non_empty("post_logout_redirect_uri");
        let verified = address
            .filter(|_| hint.is_some())
            .filter(|address| client.as_ref().is_some_and(|client| client.may_return_to(address)));
        let return_to = verified.map(|address| match parameters.get("state") {
            Some(state) => with_query(address, &[("state", state)]),
            None => address.to_owned(),
        });
        Ok(Wish { client, hint, return_to })
    }

    async fn sign_out(&self, visitor: &Visitor, wish: &Wish) -> Response {
        let forget = match self.0.sign_in.sign_out(visitor).await {
            Ok(cookie) => cookie,
            Err(error) => return self.database_problem(visitor, &error),
        };
        match &wish.return_to {
            Some(address) => see_other(address, &[forget]),
            None => self.signed_out_page(visitor, wish.client.as_deref(), &forget),
        }
    }

    fn ask_first(&self, visitor: &Visitor, person: &SignedIn, wish: &Wish) -> Response {
        let client = wish.client.as_deref();
        let asked = Confirmation { client: client.map(|client| client.id.to_string()) };
        let decision = self.0.decisions.seal_value(&self.0.rng, person.sign_in_id().as_bytes(), &asked);
        let pages = self.0.sign_in.pages();
        let page = SignOutPage {
            frame: pages.frame(visitor),
            action: PATH.to_owned(),
            client_name: client.map(|client| client.name().get(visitor.locale).to_owned()),
            account_name: Some(person.account.display_name()),
            hidden: vec![(DECISION.to_owned(), decision)],
        };
        pages.respond(visitor, StatusCode::OK, &page).into_response()
    }

    async fn confirmed(&self, visitor: &Visitor, decision: &str) -> Response {
        let signed_in = match self.0.sign_in.signed_in(visitor).await {
            Ok(signed_in) => signed_in,
            Err(error) => return self.database_problem(visitor, &error),
        };
        // A second click, or a page left open: the session is gone already.
        let Some(person) = signed_in else {
            return self.sign_out(visitor, &Wish { client: None, hint: None, return_to: None }).await;
        };
        let context = person.sign_in_id().as_bytes();
        let Some(asked) = self.0.decisions.open_value::<Confirmation>(context, decision) else {
            return self.ask_first(visitor, &person, &Wish { client: None, hint: None, return_to: None });
        };
        let found = match &asked.client {
            Some(id) => self.0.clients.find(id).await,
            None => Ok(None),
        };
        let client = match found {
            Ok(client) => client,
            Err(error) => return self.database_problem(visitor, &error),
        };
        self.sign_out(visitor, &Wish { client, hint: None, return_to: None }).await
    }

    fn signed_out_page(&self, visitor: &Visitor, client: Option<&Client>, forget: &str) -> Response {
        let pages = self.0.sign_in.pages();
        let home =
            client.and_then(|client| Some((client.name().get(visitor.locale).to_owned(), client.home()?)));
        let page = SignedOutPage { frame: pages.frame(visitor), return_to: home };
        pages.respond(visitor, StatusCode::OK, &page).cookie(forget).into_response()
    }
}
