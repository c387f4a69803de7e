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
use super::logout::{Came, Destination};
use super::pages::SignOutPage;
use super::{Provider, token};
use crate::kit::locale::Locale;
use crate::kit::page::with_cookies;
use crate::kit::parameters::{Parameters, with_query};
use crate::kit::problem::Problem;
use crate::kit::visitor::Visitor;
use crate::signin::{SIGN_OUT_PATH, SignedIn};

/// The endpoint.
pub const PATH: &str = SIGN_OUT_PATH;
/// The hidden field with what the person is asked to confirm.
const DECISION: &str = "decision";
/// The longest `state`, in bytes: on the way through an upstream the browser keeps it in a cookie.
const LONGEST_STATE: usize = 2048;

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
        Some(decision) if parameters.repeated().is_none() => provider.confirmed(&visitor, decision).await,
        _ => provider.end_session(visitor, &parameters).await,
    }
}

/// What a request to sign out could be verified to be.
#[derive(Default)]
struct Wish {
    client: Option<Arc<Client>>,
    hint: Option<Hint>,
    way_back: WayBack,
}

/// Where a request wants the browser to go in the end.
#[derive(Default)]
enum WayBack {
    /// Nowhere.
    #[default]
    None,
    /// To an address that the client registered, with the state that goes with it.
    Registered(Address),
    /// To one that nobody vouches for.
    Unverified,
}

/// An address and a state.
type Address = (String, Option<String>);

impl WayBack {
    const fn address(&self) -> Option<&Address> {
        match self {
            Self::Registered(address) => Some(address),
            Self::None | Self::Unverified => None,
        }
    }
}

/// What a person is asked to confirm, sealed for their session alone.
#[derive(Serialize, Deserialize)]
struct Confirmation {
    client: Option<String>,
    address: Option<Address>,
}

impl Wish {
    /// Whether it is certain that this person is to be signed out, without asking them.
    fn is_certain(&self, provider: &Provider, person: &SignedIn) -> bool {
        self.names(provider, person) && !matches!(self.way_back, WayBack::Unverified)
    }

    /// The one place where the names in a hint are compared with a person and their session.
    fn names(&self, provider: &Provider, person: &SignedIn) -> bool {
        let account = &person.account.id;
        self.hint.as_ref().is_some_and(|hint| {
            // The hint of a client that is gone can only be told by the public names.
            let is_person = match &self.client {
                Some(client) => provider.is_subject(client, account, &hint.subject),
                None => hint.subject == account.as_str(),
            };
            let is_session = |told: &String| match &self.client {
                Some(client) => provider.is_sid(client, &person.sid, told),
                None => told == person.sid.as_str(),
            };
            is_person && hint.sid.as_ref().is_none_or(is_session)
        })
    }

    fn destination(self) -> Destination {
        let registered = self.way_back.address().map(|(address, _)| address.clone());
        let return_to = self.way_back.address().map(|(address, state)| match state {
            Some(state) => with_query(address, &[("state", state)]),
            None => address.clone(),
        });
        let client = self.client.map(|client| client.id.clone());
        Destination { client, registered, return_to, otherwise: None }
    }
}

impl Provider {
    async fn end_session(&self, mut visitor: Visitor, parameters: &Parameters) -> Response {
        if parameters.repeated().is_some() || parameters.is_garbled() {
            return self.problem(&visitor, Problem::BadRequest);
        }
        if parameters.get("state").is_some_and(|state| state.len() > LONGEST_STATE) {
            return self.problem(&visitor, Problem::TooLarge);
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
        match &signed_in {
            Some(person) if !wish.is_certain(self, person) => self.ask_first(&visitor, person, &wish),
            // Nobody is signed in, or the hint says whom to sign out and all else holds.
            _ => self.sign_out(&visitor, signed_in.as_ref(), wish, Came::FromOutside).await,
        }
    }

    /// Sees what of a request holds: the hint's signature, the client, the exact address (§2, §3).
    ///
    /// A hint that does not hold makes the whole request worth nothing. Without one, the client that is named
    /// and an address that it registered are enough to come back, though not to sign anybody out. An address
    /// that nobody registered makes even a good hint doubtful: the person is asked.
    async fn read_wish(&self, parameters: &Parameters) -> sqlx::Result<Wish> {
        let named = parameters.non_empty("client_id");
        let hint = match parameters.non_empty("id_token_hint") {
            None => None,
            Some(text) => {
                let read = id_token::read_hint(self, text).await;
                let agrees = |hint: &Hint| named.is_none_or(|id| id == hint.client());
                let Some(hint) = read.filter(agrees) else { return Ok(Wish::default()) };
                Some(hint)
            }
        };
        let client = match hint.as_ref().map(Hint::client).or(named) {
            Some(id) => self.0.clients.find(id).await?,
            None => None,
        };
        let way_back = match parameters.non_empty("post_logout_redirect_uri") {
            None => WayBack::None,
            Some(address) if client.as_ref().is_some_and(|client| client.may_return_to(address)) => {
                WayBack::Registered((address.to_owned(), parameters.get("state").map(str::to_owned)))
            }
            Some(_) => WayBack::Unverified,
        };
        Ok(Wish { client, hint, way_back })
    }

    /// Ends the session, tells the clients that took part in it, and leads the browser on.
    async fn sign_out(
        &self,
        visitor: &Visitor,
        person: Option<&SignedIn>,
        wish: Wish,
        came: Came,
    ) -> Response {
        let ended = async {
            let frames = match person {
                Some(person) => self.frames_of(&person.sid).await?,
                None => Vec::new(),
            };
            let signed_out = self.0.sign_in.sign_out(visitor).await?;
            let destination = Destination { otherwise: signed_out.return_to, ..wish.destination() };
            let response = self.lead_on(visitor, destination, frames, signed_out.left, came).await?;
            Ok(with_cookies(response, &[signed_out.forget]))
        };
        ended.await.unwrap_or_else(|error: sqlx::Error| self.database_problem(visitor, &error))
    }

    fn ask_first(&self, visitor: &Visitor, person: &SignedIn, wish: &Wish) -> Response {
        let client = wish.client.as_deref();
        let asked = Confirmation {
            client: client.map(|client| client.id.to_string()),
            address: wish.way_back.address().cloned(),
        };
        let decision = self.0.decisions.seal_value(&self.0.rng, person.sign_in_id().as_bytes(), &asked);
        let pages = self.0.sign_in.pages();
        let page = SignOutPage {
            frame: pages.frame(visitor),
            action: PATH.to_owned(),
            client_name: client.map(|client| client.name().get(visitor.locale).to_owned()),
            account_name: Some(person.account.display_name()),
            hidden: vec![(DECISION.to_owned(), decision)],
        };
        let origins = match (client, wish.way_back.address()) {
            (Some(client), Some((address, _))) => client.origins_after(address),
            _ => Vec::new(),
        };
        pages.respond(visitor, StatusCode::OK, &page).forms_lead_to(&origins).into_response()
    }

    async fn confirmed(&self, visitor: &Visitor, decision: &str) -> Response {
        let signed_in = match self.0.sign_in.signed_in(visitor).await {
            Ok(signed_in) => signed_in,
            Err(error) => return self.database_problem(visitor, &error),
        };
        // A second click, or a page left open: the session is gone already.
        let Some(person) = signed_in else {
            return self.sign_out(visitor, None, Wish::default(), Came::ByOurForm).await;
        };
        let context = person.sign_in_id().as_bytes();
        let Some(asked) = self.0.decisions.open_value::<Confirmation>(context, decision) else {
            return self.ask_first(visitor, &person, &Wish::default());
        };
        let found = match &asked.client {
            Some(id) => self.0.clients.find(id).await,
            None => Ok(None),
        };
        let client = match found {
            Ok(client) => client,
            Err(error) => return self.database_problem(visitor, &error),
        };
        // As it is registered now: the page may have been open for long.
        let registered = |address: &str| client.as_ref().is_some_and(|client| client.may_return_to(address));
        let way_back = match asked.address {
            Some(address) if registered(&address.0) => WayBack::Registered(address),
            Some(_) => WayBack::Unverified,
            None => WayBack::None,
        };
        let wish = Wish { client, hint: None, way_back };
        self.sign_out(visitor, Some(&person), wish, Came::ByOurForm).await
    }
}
