//! The revocation endpoint (RFC 7009): a client takes back a token of its own.
//!
//! A refresh token takes its whole grant with it. An access token goes alone, until it would have ended:
//! we refuse it at once, an API that checks it without asking us takes it until then.

mod store;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};

use super::client_auth::AuthenticatedClient;
use super::error::{ErrorCode, OAuthError, keep_from_caches};
use super::grants::RefreshToken;
use super::token::read_form;
use super::{Provider, id_token};
use crate::kit::clock::Timestamp;

pub(super) use store::is_revoked;
pub use store::purge_revoked_tokens;

/// The endpoint.
pub const PATH: &str = "/revoke";

/// `POST /revoke`
pub async fn answer(State(provider): State<Provider>, headers: HeaderMap, body: Bytes) -> Response {
    match provider.revoke(&headers, &body).await {
        Ok(()) => {
            let mut response = StatusCode::OK.into_response();
            keep_from_caches(response.headers_mut());
            response
        }
        Err(error) => {
            error.log("revocation");
            error.into_response()
        }
    }
}

impl Provider {
    async fn revoke(&self, headers: &HeaderMap, body: &[u8]) -> Result<(), OAuthError> {
        let form = read_form(headers, body)?;
        let client = self.authenticate(headers, &form).await?;
        let token = form.non_empty("token").ok_or(OAuthError::invalid_request("token is missing"))?;
        // Each of our tokens tells what it is: token_type_hint would only say it again, or wrongly (§2.1).
        if let Some(token) = RefreshToken::parse(token, &self.0.refresh_tokens) {
            return self.revoke_grant_of(&client, &token).await;
        }
        if let Some(claims) = self.recognise_access_token(token).await? {
            if claims.client_id() == client.id.as_str() {
                self.revoke_access_token(&client, claims.id(), claims.expires_at()).await?;
            }
            return Ok(());
        }
        let is_own_id_token =
            id_token::read_hint(self, token).await.is_some_and(|hint| hint.client() == client.id.as_str());
        if is_own_id_token {
            return Err(OAuthError::new(
                ErrorCode::UnsupportedTokenType,
                "an ID token cannot be revoked, end the session instead",
            ));
        }
        // An unknown token is as good as revoked (§2.2).
        Ok(())
    }

    async fn revoke_grant_of(
        &self,
        client: &AuthenticatedClient,
        token: &RefreshToken,
    ) -> Result<(), OAuthError> {
        let mut transaction = self.0.database.write().await?;
        let found = super::store::by_id(&mut transaction, &token.grant).await?;
        let Some(grant) = found.filter(|grant| grant.client_id == client.id) else { return Ok(()) };
        super::store::revoke(&mut transaction, &grant.id, self.0.clock.now()).await?;
        transaction.commit().await?;
        tracing::info!(client = %client.id, account = %grant.account, "a client revoked a grant");
        Ok(())
    }

    async fn revoke_access_token(
        &self,
        client: &AuthenticatedClient,
        jti: &str,
        expires_at: Timestamp,
    ) -> Result<(), OAuthError> {
        let mut transaction = self.0.database.write().await?;
        store::revoke(&mut transaction, jti, expires_at).await?;
        transaction.commit().await?;
        tracing::info!(client = %client.id, "a client revoked an access token");
        Ok(())
    }
}
