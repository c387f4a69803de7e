//! A code being issued, through oxide's authorization machine.

use std::borrow::Cow;

use async_trait::async_trait;
use oxide_auth::code_grant::authorization::Request as AuthorizationRequest;
use oxide_auth::code_grant::extensions::Pkce;
use oxide_auth::primitives::grant::{Extensions, Grant as OxideGrant, GrantExtension};
use oxide_auth::primitives::registrar::{BoundClient, ClientUrl, PreGrant, RegistrarError};
use oxide_auth::primitives::scope::Scope as OxideScope;
use oxide_auth_async::code_grant::authorization;
use oxide_auth_async::primitives::{Authorizer, Registrar};

use super::forms::AuthorizationForm;
use crate::kit::secrets::TokenHash;
use crate::oidc::authorization_request::Valid;
use crate::oidc::error::{ErrorCode, OAuthError};
use crate::oidc::scopes::Scope;
use crate::oidc::writing::{NewCode, Writing};
use crate::oidc::{Grant, GrantId, Provider, Stage, par};
use crate::signin::SignedIn;

/// Issues a code for a valid request of a signed-in person.
pub(in crate::oidc) async fn issue_code(
    provider: &Provider,
    request: &Valid,
    person: &SignedIn,
) -> Result<String, OAuthError> {
    let mut issuance = Issuance { provider, request, person, refusal: None, code: None };
    let pending = authorization::authorization_code(&mut issuance, &AuthorizationForm(request)).await;
    let authorized = match pending {
        Ok(pending) => {
            let owner = Cow::Owned(person.account.id.to_string());
            pending.authorize(&mut issuance, owner).await.map(drop).map_err(drop)
        }
        Err(_) => Err(()),
    };
    match (authorized, issuance.code) {
        (Ok(()), Some(code)) => Ok(code),
        _ => Err(issuance.refusal.unwrap_or(OAuthError::invalid_request("the request is malformed"))),
    }
}

/// One code being issued.
struct Issuance<'a> {
    provider: &'a Provider,
    request: &'a Valid,
    person: &'a SignedIn,
    refusal: Option<OAuthError>,
    code: Option<String>,
}

impl Issuance<'_> {
    /// Stores a grant with its code; with it, what was pushed is used up, and what the person allows is looked at again.
    async fn store(&self, grant: &Grant, code: &NewCode<'_>) -> Result<(), OAuthError> {
        let provider = &self.provider.0;
        let pushed_as = self.request.pushed_as();
        let needs_consent = !self.request.client.settings.first_party;
        if pushed_as.is_none() && !needs_consent {
            return provider.writing.issue(grant, code).await.map_err(why_not_stored);
        }
        let mut transaction = provider.database.write().await?;
        // Whoever withdraws a consent comes before, and then there is none, or after, and then finds the grant.
        if needs_consent && !self.provider.still_allows(&mut transaction, self.person, self.request).await? {
            return Err(OAuthError::new(ErrorCode::ConsentRequired, "the consent was just withdrawn"));
        }
        // What was pushed gives one code, whatever races.
        if let Some(reference_hash) = pushed_as
            && !par::consume(&mut transaction, reference_hash, &grant.client_id).await?
        {
            return Err(used_up());
        }
        Writing::issue_within(&mut transaction, grant, code).await.map_err(why_not_stored)?;
        Ok(transaction.commit().await?)
    }
}

impl authorization::Endpoint for Issuance<'_> {
    fn registrar(&self) -> &(dyn Registrar + Sync) {
        self
    }

    fn authorizer(&mut self) -> &mut (dyn Authorizer + Send) {
        self
    }

    fn extension(&mut self) -> &mut (dyn authorization::Extension + Send) {
        self
    }
}

#[async_trait]
impl Registrar for Issuance<'_> {
    /// Client and redirect URI are certain already: this only says so again.
    async fn bound_redirect<'b>(&self, bound: ClientUrl<'b>) -> Result<BoundClient<'b>, RegistrarError> {
        let requested = bound.redirect_uri.ok_or(RegistrarError::Unspecified)?;
        if requested.as_str() != self.request.redirect_uri.as_str() {
            return Err(RegistrarError::Unspecified);
        }
        Ok(BoundClient {
            client_id: bound.client_id,
            redirect_uri: Cow::Owned(requested.into_owned().into()),
        })
    }

    async fn negotiate<'b>(
        &self,
        client: BoundClient<'b>,
        _: Option<OxideScope>,
    ) -> Result<PreGrant, RegistrarError> {
        let scope = self.request.scopes.to_string().parse().map_err(|_| RegistrarError::Unspecified)?;
        Ok(PreGrant {
            client_id: client.client_id.into_owned(),
            redirect_uri: client.redirect_uri.into_owned(),
            scope,
        })
    }

    async fn check(&self, _: &str, _: Option<&[u8]>) -> Result<(), RegistrarError> {
        Err(RegistrarError::Unspecified)
    }
}

#[async_trait]
impl authorization::Extension for Issuance<'_> {
    async fn extend(&mut self, request: &(dyn AuthorizationRequest + Sync)) -> Result<Extensions, ()> {
        let pkce = if self.request.client.requires_pkce() { Pkce::required() } else { Pkce::optional() };
        let method = request.extension("code_challenge_method");
        let mut extensions = Extensions::new();
        if let Some(challenge) = pkce.challenge(method, request.extension("code_challenge"))? {
            extensions.set(&pkce, challenge);
        }
        Ok(extensions)
    }
}

#[async_trait]
impl Authorizer for Issuance<'_> {
    async fn authorize(&mut self, oxide: OxideGrant) -> Result<String, ()> {
        let provider = &self.provider.0;
        let now = provider.clock.now();
        let tokens = &provider.tokens;
        let offline = self.request.scopes.contains(Scope::OfflineAccess);
        let grant = Grant {
            id: GrantId::from(provider.rng.id()),
            client_id: self.request.client.id.clone(),
            account: self.person.account.id.clone(),
            sid: Some(self.person.sid.clone()),
            scopes: self.request.scopes.clone(),
            claims: self.request.named_claims(),
            resources: self.request.resources.clone(),
            nonce: self.request.nonce.clone(),
            code_challenge: pkce_of(&oxide.extensions),
            auth_time: self.person.auth_time,
            acr: self.person.acr.clone(),
            amr: self.person.amr.clone(),
            expires_at: if offline { now + tokens.refresh_absolute } else { self.person.expires_at },
            epoch: self.person.account.epoch,
            stage: Stage::CodeIssued,
        };
        let code = provider.rng.token();
        let new = NewCode {
            hash: &TokenHash::of(&code),
            redirect_uri: self.request.redirect_uri.as_str(),
            expires_at: now + tokens.code,
        };
        self.store(&grant, &new).await.map_err(|error| self.refusal = Some(error))?;
        self.code = Some(code.clone());
        Ok(code)
    }

    async fn extract(&mut self, _: &str) -> Result<Option<OxideGrant>, ()> {
        Err(())
    }
}

fn used_up() -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequestUri, "the pushed request was used already")
}

/// A grant refers to its session: when that is gone, somebody signed out at this very moment.
fn why_not_stored(error: sqlx::Error) -> OAuthError {
    match error.as_database_error() {
        Some(refused) if refused.is_foreign_key_violation() => {
            OAuthError::new(ErrorCode::LoginRequired, "the session has just ended")
        }
        _ => error.into(),
    }
}

/// The PKCE challenge among what oxide carries along, in the form that it encodes.
fn pkce_of(value: &Extensions) -> Option<String> {
    value
        .private()
        .find(|(name, _)| *name == Pkce::required().identifier())
        .and_then(|(_, value)| value.map(str::to_owned))
}
