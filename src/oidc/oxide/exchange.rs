//! A token request: what it takes, mints and commits, in one transaction.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use oxide_auth::code_grant::extensions::Pkce;
use oxide_auth::primitives::grant::{Extensions, Grant as OxideGrant, Value};
use oxide_auth_async::code_grant::{access_token, refresh};

use super::forms::TokenForm;
use crate::database::Transaction;
use crate::kit::secrets::TokenHash;
use crate::oidc::error::{ErrorCode, OAuthError};
use crate::oidc::grants::{Issued, RefreshToken, TokenRequest};
use crate::oidc::id_token::Occasion;
use crate::oidc::scopes::Scopes;
use crate::oidc::{Grant, Stage, store};

/// One token request: it holds the transaction in which a code or a refresh token is used up, and
/// commits it only with what was minted.
pub(in crate::oidc) struct Exchange<'a> {
    pub(super) request: TokenRequest<'a>,
    /// A transaction is not `Sync`, which oxide asks of its endpoints; it is only reached by `&mut`.
    transaction: Mutex<Option<Transaction>>,
    refresh: Option<RefreshToken>,
    pub(super) grant: Option<Grant>,
    issued: Option<Issued>,
    refusal: Option<OAuthError>,
}

impl<'a> Exchange<'a> {
    /// Opens the transaction of a token request.
    pub async fn begin(request: TokenRequest<'a>) -> Result<Self, OAuthError> {
        let transaction = request.provider.0.database.write().await?;
        Ok(Self {
            request,
            transaction: Mutex::new(Some(transaction)),
            refresh: None,
            grant: None,
            issued: None,
            refusal: None,
        })
    }

    /// Redeems the code of the request.
    pub async fn redeem(mut self) -> Result<Issued, OAuthError> {
        let form = TokenForm(self.request);
        let outcome = access_token::access_token(&mut self, &form).await.map(drop).map_err(drop);
        self.finish(outcome, "the code is not valid")
    }

    /// Uses the refresh token of the request, whose MAC was checked.
    pub async fn refresh(mut self, token: RefreshToken) -> Result<Issued, OAuthError> {
        self.refresh = Some(token);
        let form = TokenForm(self.request);
        let outcome = refresh::refresh(&mut self, &form).await;
        let scope_refused = outcome.as_ref().is_err_and(|_| self.grant.is_some());
        if scope_refused && self.refusal.is_none() {
            let error = OAuthError::new(ErrorCode::InvalidScope, "the scope exceeds what was granted");
            self.refusal = Some(error);
        }
        self.finish(outcome.map(drop).map_err(drop), "the refresh token is not valid")
    }

    fn finish(self, outcome: Result<(), ()>, otherwise: &'static str) -> Result<Issued, OAuthError> {
        match (outcome, self.issued, self.refusal) {
            (Ok(()), Some(issued), None) => Ok(issued),
            (_, _, Some(refusal)) => Err(refusal),
            // Oxide calls an unknown code an invalid request; RFC 6749 §5.2 calls it an invalid grant.
            _ => Err(OAuthError::invalid_grant(otherwise)),
        }
    }

    fn transaction(&mut self) -> Result<&mut Transaction, OAuthError> {
        let held = self.transaction.get_mut().unwrap_or_else(PoisonError::into_inner);
        held.as_mut().ok_or_else(|| OAuthError::unavailable(&"the transaction is over"))
    }

    /// Takes the code, in the statement that matches client, redirect URI and time.
    pub(super) async fn take_code(&mut self, code: &str) -> Result<Option<Grant>, OAuthError> {
        let now = self.request.provider.0.clock.now();
        let redirect_uri = self.request.form.get("redirect_uri").unwrap_or_default();
        let client = &self.request.client.id;
        let taken =
            store::redeem_code(self.transaction()?, &TokenHash::of(code), client, redirect_uri, now).await?;
        // The session may have ended since the code was issued.
        Ok(taken.filter(|grant| grant.is_live(now)))
    }

    /// Takes the refresh token: the current generation moves on, the previous one within the grace
    /// period gets the same answer again.
    pub(super) async fn take_refresh_token(&mut self) -> Result<Option<Grant>, OAuthError> {
        let Some(token) = self.refresh.clone() else { return Ok(None) };
        let provider = self.request.provider;
        let now = provider.0.clock.now();
        let Some(before) = store::by_id(self.transaction()?, &token.grant).await? else { return Ok(None) };
        let is_idle = match before.stage {
            Stage::Active { rotated_at, .. } => now.since(rotated_at) > provider.0.tokens.refresh_idle,
            _ => true,
        };
        if is_idle || !before.is_live(now) || before.client_id != self.request.client.id {
            return Ok(None);
        }
        if let Some(rotated) = store::rotate(self.transaction()?, &token.grant, token.generation, now).await?
        {
            return Ok(Some(rotated).filter(|grant| grant.is_live(now)));
        }
        // Read again: whoever was quicker has committed by now.
        let current = store::by_id(self.transaction()?, &token.grant).await?;
        Ok(current.filter(|grant| grant.is_live(now) && provider.is_within_grace(grant, token.generation)))
    }

    /// Mints what the grant gives, and commits it with the use of the code or token.
    pub(super) async fn mint(
        &mut self,
        oxide: &OxideGrant,
        occasion: Occasion,
    ) -> Result<String, OAuthError> {
        let request = self.request;
        let grant = self.grant.clone().ok_or(OAuthError::invalid_grant("there is no grant"))?;
        let scopes = Scopes::parse(&oxide.scope.to_string());
        let transaction = self.transaction()?;
        let issued =
            request.provider.mint_from_grant(transaction, request, &grant, &scopes, occasion).await?;
        let held = self.transaction.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        held.ok_or_else(|| OAuthError::unavailable(&"the transaction is over"))?.commit().await?;
        request.provider.note_use_behind(&grant).await;
        let access_token = issued.access_token.clone();
        self.issued = Some(issued);
        Ok(access_token)
    }

    /// Keeps a cause for the end, since oxide's traits have no room for it.
    pub(super) fn keep<T>(&mut self, outcome: Result<T, OAuthError>) -> Result<T, ()> {
        outcome.map_err(|error| self.refusal = Some(error))
    }

    pub(super) fn as_oxide(&self, grant: &Grant) -> Result<OxideGrant, OAuthError> {
        let malformed = |()| OAuthError::unavailable(&"a stored grant is malformed");
        let mut extensions = Extensions::new();
        if let Some(challenge) = &grant.code_challenge {
            extensions.set(&Pkce::required(), Value::private(Some(challenge.clone())));
        }
        // The request's own address was matched in SQL; a refresh has none, whatever its form says.
        let redirect_uri = match self.refresh {
            None => self.request.form.get("redirect_uri").unwrap_or_default(),
            Some(_) => "urn:refresh",
        };
        Ok(OxideGrant {
            owner_id: grant.account.to_string(),
            client_id: grant.client_id.to_string(),
            scope: grant.scopes.to_string().parse().map_err(|_| malformed(()))?,
            redirect_uri: redirect_uri.parse().map_err(|_| malformed(()))?,
            until: not_oxides_to_judge(),
            extensions,
        })
    }
}

/// Oxide compares this with the system's clock; our own times were compared before.
fn not_oxides_to_judge() -> DateTime<Utc> {
    Utc::now() + TimeDelta::hours(1)
}
