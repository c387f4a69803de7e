//! Pushed authorization requests (RFC 9126): a client leaves its request here and sends the browser with a name for it.
//!
//! Only a client that has proved who it is may leave one, since it is stored. It is bound to that client, may begin
//! a sign-in for a minute, as often as a page is reloaded, and gives one code. One with which no browser comes
//! within that minute goes. A client has so many at most of those with which none has come yet, and so many of those with
//! which one came and that wait for the end of a sign-in: of the latter, a newer one takes the place of the oldest.

mod store;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde::Serialize;

use super::Provider;
use super::authorization_request::{Arrival, ClientBound, Raw, Signature, Unbound, Ungathered, Way};
use super::authorize::LONGEST_REQUEST;
use super::client_auth::AuthenticatedClient;
use super::clients::Client;
use super::error::{ErrorCode, OAuthError, keep_from_caches};
use super::token::read_form;
use crate::config::TokenEndpointAuthMethod;
use crate::kit::parameters::Parameters;
use crate::kit::secrets::TokenHash;

pub use store::{consume, forget_requests, purge as purge_pushed_requests};

/// The endpoint.
pub const PATH: &str = "/par";
/// What the name of a pushed request begins with (RFC 9126 §2.2).
pub const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";
/// What proves the client and is no part of its request.
const CREDENTIALS: [&str; 3] = ["client_secret", "client_assertion", "client_assertion_type"];

/// A request as it is kept.
pub struct PushedRequest {
    /// Its parameters, form-encoded.
    pub parameters: String,
    /// Whether the client had signed it.
    pub signature: Signature,
}

/// Whether a browser came with a request before.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Begun {
    /// This is the first time.
    Now,
    /// It did.
    Before,
}

/// How many requests of one client may lie here that no browser has come with, and how many with which one has.
const MOST: i64 = 10_000;
/// The same of a client that anybody may have registered.
const MOST_OF_STRANGERS: i64 = 200;

/// A successful answer (RFC 9126 §2.2).
#[derive(Serialize)]
struct Pushed {
    request_uri: String,
    expires_in: u64,
}

/// `POST /par`
pub async fn answer(State(provider): State<Provider>, headers: HeaderMap, body: Bytes) -> Response {
    match provider.push(&headers, &body).await {
        Ok(pushed) => {
            let mut response = (StatusCode::CREATED, Json(pushed)).into_response();
            keep_from_caches(response.headers_mut());
            response
        }
        Err(error) => {
            error.log("par");
            error.into_response()
        }
    }
}

impl Provider {
    async fn push(&self, headers: &HeaderMap, body: &[u8]) -> Result<Pushed, OAuthError> {
        let form = read_form(headers, body)?;
        let client = self.authenticate(headers, &form).await?;
        must_be_proved(&client)?;
        if form.get("request_uri").is_some() {
            return Err(OAuthError::invalid_request("request_uri cannot be pushed"));
        }
        let raw = self.gather(request_of(&client, &form), Way::Pushing).await.map_err(why_not_gathered)?;
        let request = PushedRequest { parameters: raw.parameters.encode(), signature: raw.arrival.signature };
        if request.parameters.len() > LONGEST_REQUEST {
            return Err(OAuthError::new(ErrorCode::RequestTooLarge, "the request is larger than 8 kB"));
        }
        let bound = ClientBound::bind(raw, &self.0.clients).await?.map_err(why_not_bound)?;
        bound.validate().map_err(|refused| refused.1)?;
        let reference = self.0.rng.token();
        let lifetime = self.0.tokens.pushed_request;
        let mut transaction = self.0.database.write().await?;
        let now = self.0.clock.now();
        let expires_at = now + lifetime;
        if store::unbegun(&mut transaction, &client.id).await? >= most_of(&client)
            && !store::make_room(&mut transaction, &client.id, now).await?
        {
            let error =
                OAuthError::new(ErrorCode::TemporarilyUnavailable, "too many requests wait, try again later");
            return Err(error);
        }
        store::insert(&mut transaction, &TokenHash::of(&reference), &client.id, &request, expires_at).await?;
        transaction.commit().await?;
        Ok(Pushed { request_uri: format!("{PREFIX}{reference}"), expires_in: lifetime.as_secs() })
    }

    /// The request that a client left under a name; `None` for one that is used, too old, another client's or none.
    pub(super) async fn pushed(&self, client: &Client, request_uri: &str) -> sqlx::Result<Option<Raw>> {
        let Some(reference) = request_uri.strip_prefix(PREFIX) else { return Ok(None) };
        let hash = TokenHash::of(reference);
        let now = self.0.clock.now();
        let found = store::find(&mut *self.0.database.read().await?, &hash, &client.id, now).await?;
        let Some((request, begun)) = found else { return Ok(None) };
        if begun == Begun::Now {
            let mut transaction = self.0.database.write().await?;
            store::note_begun(&mut transaction, &hash, now).await?;
            store::let_oldest_go(&mut transaction, &client.id, most_of(client)).await?;
            transaction.commit().await?;
        }
        Ok(Some(Raw {
            parameters: Parameters::parse(request.parameters.as_bytes()),
            arrival: Arrival { way: Way::Pushed(hash.as_str().to_owned()), signature: request.signature },
        }))
    }
}

/// Nothing is stored for somebody who has proved nothing, and whoever knows a public client's id can name it.
fn must_be_proved(client: &AuthenticatedClient) -> Result<(), OAuthError> {
    if client.settings.token_endpoint_auth_method == TokenEndpointAuthMethod::None {
        return Err(OAuthError::new(ErrorCode::UnauthorizedClient, "a public client cannot push requests"));
    }
    Ok(())
}

/// How many requests a client may have here, of those begun and of those not.
fn most_of(client: &Client) -> i64 {
    if client.origin.is_strangers() { MOST_OF_STRANGERS } else { MOST }
}

/// What of a form is the request: all but the credentials, and the client that they proved.
fn request_of(client: &Client, form: &Parameters) -> Parameters {
    let rest = form.iter().filter(|(name, _)| !CREDENTIALS.contains(name) && *name != "client_id");
    Parameters::from_pairs([("client_id", client.id.as_str())].into_iter().chain(rest))
}

fn why_not_gathered(fault: Ungathered) -> OAuthError {
    match fault {
        Ungathered::Database(error) => error.into(),
        Ungathered::Unbound(fault) => why_not_bound(fault),
        Ungathered::Refused(_, error) => error,
    }
}

fn why_not_bound(fault: Unbound) -> OAuthError {
    match fault {
        Unbound::UnregisteredRedirect => {
            OAuthError::invalid_request("redirect_uri is missing, or is none of this client")
        }
        Unbound::UnknownClient | Unbound::DisabledClient | Unbound::Ambiguous | Unbound::UsedUp => {
            OAuthError::invalid_request("client_id is not the authenticated client")
        }
    }
}
