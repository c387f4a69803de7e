//! `GET`, `PUT`, `DELETE /register/{client_id}`: a client looks after its own registration (RFC 7592 §2).
//!
//! It proves itself by the token that it was given when it registered. The token stays the same for the
//! client's whole life (`docs/decisions/0025-clients-that-register-themselves.md`).

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde_json::Value;

use super::metadata::accept;
use super::register::{no_token, read_members};
use super::{Refusal, answer, bearer_token};
use crate::kit::secrets::{Secret, TokenHash, same};
use crate::kit::visitor::Visitor;
use crate::oidc::clients::{StoredClient, store};
use crate::oidc::error::{OAuthError, keep_from_caches};
use crate::oidc::{ClientId, Provider};

/// A client that showed the token of its registration.
struct Manager {
    client: StoredClient,
    token: Secret,
}

/// `GET /register/{client_id}`
pub async fn show(State(provider): State<Provider>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let manager = match provider.manager(&id, &headers).await {
        Ok(manager) => manager,
        Err(refusal) => return *refusal,
    };
    match provider.0.clients.open_secret(&manager.client) {
        Ok(secret) => {
            answer(StatusCode::OK, provider.information(&manager.client, secret.as_ref(), &manager.token))
        }
        Err(error) => Refusal::from(error).into_response(),
    }
}

/// `PUT /register/{client_id}`
pub async fn change(
    State(provider): State<Provider>,
    Path(id): Path<String>,
    visitor: Visitor,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let manager = match provider.manager(&id, &headers).await {
        Ok(manager) => manager,
        Err(refusal) => return *refusal,
    };
    match provider.replace(manager, &visitor, &headers, &body).await {
        Ok(information) => answer(StatusCode::OK, information),
        Err(refusal) => refusal.into_response(),
    }
}

/// `DELETE /register/{client_id}`
pub async fn remove(
    State(provider): State<Provider>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let manager = match provider.manager(&id, &headers).await {
        Ok(manager) => manager,
        Err(refusal) => return *refusal,
    };
    if let Err(error) = provider.forget(&manager.client.id).await {
        return Refusal::from(error).into_response();
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    keep_from_caches(response.headers_mut());
    response
}

impl Provider {
    /// The client of an address, if this is its token; unknown, disabled and wrong are told alike.
    async fn manager(&self, id: &str, headers: &HeaderMap) -> Result<Manager, Box<Response>> {
        let refuse = |refusal: Refusal| Box::new(refusal.into_response());
        let token = bearer_token(headers).map_err(|error| refuse(error.into()))?;
        let token = token.ok_or_else(|| Box::new(no_token()))?;
        // What PostgreSQL cannot hold is nobody's.
        let found = if id.contains('\0') { Ok(None) } else { self.stored(&ClientId::from(id)).await };
        let client = found.map_err(|error| refuse(error.into()))?;
        let is_its_own = |client: &StoredClient| {
            let presented = TokenHash::of(token.expose());
            let known = client.management.as_deref();
            known.is_some_and(|known| same(known.as_bytes(), presented.as_str().as_bytes()))
        };
        match client.filter(|client| client.is_usable(self.0.clock.now()) && is_its_own(client)) {
            Some(client) => Ok(Manager { client, token }),
            None => Err(refuse(Refusal::token("unknown client, or not its registration access token"))),
        }
    }

    async fn stored(&self, id: &ClientId) -> sqlx::Result<Option<StoredClient>> {
        store::by_id(&mut *self.0.database.read().await?, id).await
    }

    /// Replaces all that a client says of itself; what it leaves out is deleted (RFC 7592 §2.2).
    async fn replace(
        &self,
        Manager { mut client, token }: Manager,
        visitor: &Visitor,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Value, Refusal> {
        let given = read_members(headers, body)?;
        if given.get("client_id").and_then(Value::as_str) != Some(client.id.as_str()) {
            return Err(Refusal::metadata("client_id: it must be the client's own"));
        }
        let known = self.0.clients.open_secret(&client)?;
        if let Some(presented) = given.get("client_secret") {
            let is_known = known.as_ref().zip(presented.as_str());
            if !is_known.is_some_and(|(known, presented)| known.matches(presented)) {
                return Err(Refusal::metadata("client_secret: it must be the one that was issued"));
            }
        }
        // A client that proves itself otherwise from now on has no secret; one that had none gets one.
        let secret = self.0.clients.secret_for(&given).map(|fresh| known.unwrap_or(fresh));
        let accepted = accept(given, &self.0.clients, &self.0.registration, &client.id, secret.as_ref())?;
        // Whoever registered without a token has nothing fetched more often than by registering anew.
        if client.origin.is_strangers() && accepted.sector().is_some() {
            self.slow_down_registrations(visitor).await?;
        }
        self.check_sector(&client.id, client.origin, &accepted).await?;
        client.metadata = accepted.metadata;
        client.sealed_secret = secret.as_ref().map(|secret| self.0.clients.seal_secret(&client.id, secret));
        let mut transaction = self.0.database.write().await?;
        // What somebody else did meanwhile, an operator to the secret perhaps, must not be undone unseen.
        if !store::replace(&mut transaction, &client).await? {
            return Err(OAuthError::unavailable(&"the registration was changed or deleted meanwhile").into());
        }
        transaction.commit().await?;
        tracing::info!(client = %client.id, "a client changed its registration");
        Ok(self.information(&client, secret.as_ref(), &token))
    }

    /// Deletes a client, and ends what was granted to it.
    async fn forget(&self, id: &ClientId) -> sqlx::Result<()> {
        let mut transaction = self.0.database.write().await?;
        store::delete(&mut transaction, id, self.0.clock.now()).await?;
        transaction.commit().await?;
        tracing::info!(client = %id, "a client deleted its registration");
        Ok(())
    }
}
