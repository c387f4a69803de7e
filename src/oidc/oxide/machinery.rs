//! The traits by which oxide's token machines drive an [`Exchange`].

use async_trait::async_trait;
use oxide_auth::code_grant::accesstoken::Request as AccessRequest;
use oxide_auth::code_grant::extensions::Pkce;
use oxide_auth::primitives::grant::{Extensions, Grant as OxideGrant};
use oxide_auth::primitives::issuer::{IssuedToken, RefreshedToken, TokenType};
use oxide_auth::primitives::registrar::{BoundClient, ClientUrl, PreGrant, RegistrarError};
use oxide_auth::primitives::scope::Scope as OxideScope;
use oxide_auth_async::code_grant::{access_token, refresh};
use oxide_auth_async::primitives::{Authorizer, Issuer, Registrar};

use super::Exchange;
use crate::oidc::error::OAuthError;
use crate::oidc::id_token::Occasion;

impl access_token::Endpoint for Exchange<'_> {
    fn registrar(&self) -> &(dyn Registrar + Sync) {
        self
    }

    fn authorizer(&mut self) -> &mut (dyn Authorizer + Send) {
        self
    }

    fn issuer(&mut self) -> &mut (dyn Issuer + Send) {
        self
    }

    fn extension(&mut self) -> &mut (dyn access_token::Extension + Send) {
        self
    }
}

impl refresh::Endpoint for Exchange<'_> {
    fn registrar(&self) -> &(dyn Registrar + Sync) {
        self
    }

    fn issuer(&mut self) -> &mut (dyn Issuer + Send) {
        self
    }
}

#[async_trait]
impl Registrar for Exchange<'_> {
    async fn bound_redirect<'b>(&self, _: ClientUrl<'b>) -> Result<BoundClient<'b>, RegistrarError> {
        Err(RegistrarError::Unspecified)
    }

    async fn negotiate<'b>(
        &self,
        _: BoundClient<'b>,
        _: Option<OxideScope>,
    ) -> Result<PreGrant, RegistrarError> {
        Err(RegistrarError::Unspecified)
    }

    /// The client was proved before oxide ran; this confirms that it means the same one.
    async fn check(&self, client_id: &str, _: Option<&[u8]>) -> Result<(), RegistrarError> {
        if client_id == self.request.client.id.as_str() { Ok(()) } else { Err(RegistrarError::Unspecified) }
    }
}

#[async_trait]
impl Authorizer for Exchange<'_> {
    async fn authorize(&mut self, _: OxideGrant) -> Result<String, ()> {
        Err(())
    }

    async fn extract(&mut self, code: &str) -> Result<Option<OxideGrant>, ()> {
        let taken = self.take_code(code).await;
        let Some(grant) = self.keep(taken)? else { return Ok(None) };
        let oxide = self.as_oxide(&grant);
        self.grant = Some(grant);
        self.keep(oxide).map(Some)
    }
}

#[async_trait]
impl access_token::Extension for Exchange<'_> {
    /// PKCE: what was announced must be proved, and nothing else can be (RFC 9700 §2.1.1).
    async fn extend(
        &mut self,
        request: &(dyn AccessRequest + Sync),
        data: Extensions,
    ) -> Result<Extensions, ()> {
        let pkce = if self.request.client.requires_pkce() { Pkce::required() } else { Pkce::optional() };
        let mut kept = data.clone();
        let challenge = kept.remove(&pkce);
        let verifier = request.extension("code_verifier");
        if challenge.is_none() && verifier.is_some() {
            let error = OAuthError::invalid_grant("a code_verifier without a code_challenge");
            return self.keep(Err(error));
        }
        let outcome = pkce.verify(challenge, verifier);
        let refused = OAuthError::invalid_grant("the code_verifier does not match");
        self.keep(outcome.map_err(|()| refused)).map(|()| kept)
    }
}

#[async_trait]
impl Issuer for Exchange<'_> {
    async fn issue(&mut self, grant: OxideGrant) -> Result<IssuedToken, ()> {
        let minted = self.mint(&grant, Occasion::Authorization).await;
        let token = self.keep(minted)?;
        Ok(IssuedToken { token, refresh: None, until: grant.until, token_type: TokenType::Bearer })
    }

    async fn refresh(&mut self, _: &str, grant: OxideGrant) -> Result<RefreshedToken, ()> {
        let minted = self.mint(&grant, Occasion::Refresh).await;
        let token = self.keep(minted)?;
        Ok(RefreshedToken { token, refresh: None, until: grant.until, token_type: TokenType::Bearer })
    }

    async fn recover_token(&mut self, _: &str) -> Result<Option<OxideGrant>, ()> {
        Err(())
    }

    async fn recover_refresh(&mut self, _: &str) -> Result<Option<OxideGrant>, ()> {
        let taken = self.take_refresh_token().await;
        let Some(grant) = self.keep(taken)? else { return Ok(None) };
        let oxide = self.as_oxide(&grant);
        self.grant = Some(grant);
        self.keep(oxide).map(Some)
    }
}
