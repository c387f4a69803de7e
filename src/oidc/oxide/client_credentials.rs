//! A client that asks for itself, through oxide's machine for client credentials.

use std::borrow::Cow;

use async_trait::async_trait;
use oxide_auth::code_grant::client_credentials::Request as ClientCredentialsRequest;
use oxide_auth::primitives::grant::{Extensions, Grant as OxideGrant};
use oxide_auth::primitives::issuer::{IssuedToken, RefreshedToken, TokenType};
use oxide_auth::primitives::registrar::{BoundClient, ClientUrl, PreGrant, RegisteredUrl, RegistrarError};
use oxide_auth::primitives::scope::Scope as OxideScope;
use oxide_auth_async::code_grant::client_credentials;
use oxide_auth_async::primitives::{Authorizer, Issuer, Registrar};

use super::forms::TokenForm;
use crate::oidc::error::{ErrorCode, OAuthError};
use crate::oidc::grants::{Issued, TokenRequest};
use crate::oidc::resources::Audience;
use crate::oidc::scopes::Scopes;

/// One request of a client for itself.
pub(in crate::oidc) struct OwnAccess<'a> {
    request: TokenRequest<'a>,
    /// What it may have of what it asks for.
    scopes: Scopes,
    audience: Audience,
    issued: Option<Issued>,
    refusal: Option<OAuthError>,
}

impl<'a> OwnAccess<'a> {
    /// The request of a proved client, for the scopes and the audience that it may have.
    pub const fn new(request: TokenRequest<'a>, scopes: Scopes, audience: Audience) -> Self {
        Self { request, scopes, audience, issued: None, refusal: None }
    }

    /// Issues the token.
    pub async fn issue(mut self) -> Result<Issued, OAuthError> {
        let form = TokenForm(self.request);
        let pending = client_credentials::client_credentials(&mut self, &form).await;
        let client = self.request.client.id.to_string();
        let outcome = match pending {
            Ok(pending) => pending.issue(&mut self, client, false).await.map(drop).map_err(drop),
            Err(_) => Err(()),
        };
        match (outcome, self.issued, self.refusal) {
            (Ok(()), Some(issued), None) => Ok(issued),
            (_, _, Some(refusal)) => Err(refusal),
            // Oxide refuses what is no scope, and what the registrar would not negotiate.
            _ => Err(OAuthError::new(ErrorCode::InvalidScope, "this client may have nothing of this scope")),
        }
    }
}

impl client_credentials::Endpoint for OwnAccess<'_> {
    fn registrar(&self) -> &(dyn Registrar + Sync) {
        self
    }

    fn authorizer(&mut self) -> &mut (dyn Authorizer + Send) {
        self
    }

    fn issuer(&mut self) -> &mut (dyn Issuer + Send) {
        self
    }

    fn extension(&mut self) -> &mut (dyn client_credentials::Extension + Send) {
        self
    }
}

#[async_trait]
impl client_credentials::Extension for OwnAccess<'_> {
    async fn extend(&mut self, _: &(dyn ClientCredentialsRequest + Sync)) -> Result<Extensions, ()> {
        Ok(Extensions::new())
    }
}

#[async_trait]
impl Registrar for OwnAccess<'_> {
    /// Oxide binds every client to an address; no answer goes to this one.
    async fn bound_redirect<'b>(&self, bound: ClientUrl<'b>) -> Result<BoundClient<'b>, RegistrarError> {
        let nowhere = "urn:nowhere".parse().map_err(|_| RegistrarError::PrimitiveError)?;
        Ok(BoundClient {
            client_id: bound.client_id,
            redirect_uri: Cow::Owned(RegisteredUrl::Exact(nowhere)),
        })
    }

    /// Who asks for scopes and may have none of them gets no token; who asks for none gets what there is.
    async fn negotiate<'b>(
        &self,
        client: BoundClient<'b>,
        asked: Option<OxideScope>,
    ) -> Result<PreGrant, RegistrarError> {
        if asked.is_some() && self.scopes.is_empty() {
            return Err(RegistrarError::Unspecified);
        }
        Ok(PreGrant {
            client_id: client.client_id.into_owned(),
            redirect_uri: client.redirect_uri.into_owned(),
            scope: self.scopes.to_string().parse().map_err(|_| RegistrarError::PrimitiveError)?,
        })
    }

    /// The client was proved before oxide ran; this confirms that it means the same one.
    async fn check(&self, client_id: &str, _: Option<&[u8]>) -> Result<(), RegistrarError> {
        if client_id == self.request.client.id.as_str() { Ok(()) } else { Err(RegistrarError::Unspecified) }
    }
}

#[async_trait]
impl Authorizer for OwnAccess<'_> {
    async fn authorize(&mut self, _: OxideGrant) -> Result<String, ()> {
        Err(())
    }

    async fn extract(&mut self, _: &str) -> Result<Option<OxideGrant>, ()> {
        Err(())
    }
}

#[async_trait]
impl Issuer for OwnAccess<'_> {
    async fn issue(&mut self, grant: OxideGrant) -> Result<IssuedToken, ()> {
        let TokenRequest { provider, client, .. } = self.request;
        let minted = provider.mint_own_access_token(client, &self.scopes, &self.audience);
        let token = minted.map_err(|error| self.refusal = Some(OAuthError::unavailable(&error)))?;
        self.issued = Some(Issued {
            access_token: token.clone(),
            lifetime: provider.0.tokens.access_token,
            scopes: self.scopes.clone(),
            id_token: None,
            refresh_token: None,
            kind: None,
        });
        Ok(IssuedToken { token, refresh: None, until: grant.until, token_type: TokenType::Bearer })
    }

    async fn refresh(&mut self, _: &str, _: OxideGrant) -> Result<RefreshedToken, ()> {
        Err(())
    }

    async fn recover_token(&mut self, _: &str) -> Result<Option<OxideGrant>, ()> {
        Err(())
    }

    async fn recover_refresh(&mut self, _: &str) -> Result<Option<OxideGrant>, ()> {
        Err(())
    }
}
