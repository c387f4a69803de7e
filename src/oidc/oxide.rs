//! The only place that speaks to `oxide_auth`: its grant state machines over our store.
//!
//! Its traits give `Result<_, ()>`, so each struct here keeps the real cause, which wins over
//! oxide's own error. Clients are proved before it runs; its clock is the system's, so the times it
//! compares are ours to check first, in SQL.

use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use oxide_auth::code_grant::accesstoken::{Authorization, Request as AccessRequest};
use oxide_auth::code_grant::authorization::Request as AuthorizationRequest;
use oxide_auth::code_grant::extensions::Pkce;
use oxide_auth::code_grant::refresh::Request as RefreshRequest;
use oxide_auth::primitives::grant::{Extensions, Grant as OxideGrant, GrantExtension};
use oxide_auth::primitives::issuer::{IssuedToken, RefreshedToken, TokenType};
use oxide_auth::primitives::registrar::{BoundClient, ClientUrl, PreGrant, RegistrarError};
use oxide_auth::primitives::scope::Scope as OxideScope;
use oxide_auth_async::code_grant::{access_token, authorization, refresh};
use oxide_auth_async::primitives::{Authorizer, Issuer, Registrar};

use super::authorization_request::Valid;
use super::error::{ErrorCode, OAuthError};
use super::grants::{RefreshToken, TokenRequest, refresh_token};
use super::id_token::Occasion;
use super::scopes::{Scope, Scopes};
use super::store::{self, NewCode};
use super::token::Issued;
use super::{Grant, GrantId, Provider, Stage};
use crate::accounts;
use crate::config::GrantType;
use crate::database::Transaction;
use crate::kit::secrets::TokenHash;
use crate::signin::SignedIn;

/// Oxide compares this with the system's clock; our own times were compared before.
fn not_oxides_to_judge() -> DateTime<Utc> {
    Utc::now() + TimeDelta::hours(1)
}

/// The public key under which the PKCE challenge travels through oxide.
fn pkce_of(value: &Extensions) -> Option<String> {
    value
        .private()
        .find(|(name, _)| *name == Pkce::required().identifier())
        .and_then(|(_, value)| value.map(str::to_owned))
}

/// Issues a code for a valid request of a signed-in person.
pub(super) async fn issue_code(
    provider: &Provider,
    request: &Valid,
    person: &SignedIn,
    scopes: &Scopes,
) -> Result<String, OAuthError> {
    let mut issuance = Issuance { provider, request, person, scopes, refusal: None, code: None };
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

/// A valid authorization request, as oxide reads it.
struct AuthorizationForm<'a>(&'a Valid);

impl AuthorizationRequest for AuthorizationForm<'_> {
    fn valid(&self) -> bool {
        true
    }

    fn client_id(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self.0.client.id.as_str()))
    }

    fn scope(&self) -> Option<Cow<'_, str>> {
        None
    }

    fn redirect_uri(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self.0.redirect_uri.as_str()))
    }

    fn state(&self) -> Option<Cow<'_, str>> {
        None
    }

    fn response_type(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed("code"))
    }

    fn extension(&self, key: &str) -> Option<Cow<'_, str>> {
        self.0.parameter(key).map(Cow::Borrowed)
    }
}

/// One code being issued.
struct Issuance<'a> {
    provider: &'a Provider,
    request: &'a Valid,
    person: &'a SignedIn,
    scopes: &'a Scopes,
    refusal: Option<OAuthError>,
    code: Option<String>,
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
        let scope = self.scopes.to_string().parse().map_err(|_| RegistrarError::Unspecified)?;
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
        let pkce = if self.request.client.requires_pkce { Pkce::required() } else { Pkce::optional() };
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
        let offline = self.scopes.contains(Scope::OfflineAccess);
        let grant = Grant {
            id: GrantId::from(provider.rng.id()),
            client_id: self.request.client.id.clone(),
            account: self.person.account.id.clone(),
            sid: Some(self.person.sid.clone()),
            scopes: self.scopes.clone(),
            nonce: self.request.nonce.clone(),
            code_challenge: pkce_of(&oxide.extensions),
            auth_time: self.person.auth_time,
            acr: self.person.acr.clone(),
            amr: self.person.amr.clone(),
            expires_at: if offline { now + tokens.refresh_absolute } else { self.person.expires_at },
            stage: Stage::CodeIssued,
        };
        let code = provider.rng.token();
        let new = NewCode {
            hash: &TokenHash::of(&code),
            redirect_uri: self.request.redirect_uri.as_str(),
            expires_at: now + tokens.code,
        };
        let stored = async {
            let mut transaction = provider.database.write().await?;
            store::insert(&mut transaction, &grant, &new).await?;
            transaction.commit().await
        };
        stored.await.map_err(|error| self.refusal = Some(error.into()))?;
        self.code = Some(code.clone());
        Ok(code)
    }

    async fn extract(&mut self, _: &str) -> Result<Option<OxideGrant>, ()> {
        Err(())
    }
}

/// One token request: it holds the transaction in which a code or a refresh token is used up, and
/// commits it only with what was minted.
pub(super) struct Exchange<'a> {
    request: TokenRequest<'a>,
    /// A transaction is not `Sync`, which oxide asks of its endpoints; it is only reached by `&mut`.
    transaction: Mutex<Option<Transaction>>,
    refresh: Option<RefreshToken>,
    grant: Option<Grant>,
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
    async fn take_code(&mut self, code: &str) -> Result<Option<Grant>, OAuthError> {
        let now = self.request.provider.0.clock.now();
        let redirect_uri = self.request.form.get("redirect_uri").unwrap_or_default();
        let client = &self.request.client.id;
        Ok(store::redeem_code(self.transaction()?, &TokenHash::of(code), client, redirect_uri, now).await?)
    }

    /// Takes the refresh token: the current generation moves on, the previous one within the grace
    /// period gets the same answer again.
    async fn take_refresh_token(&mut self) -> Result<Option<Grant>, OAuthError> {
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
            return Ok(Some(rotated));
        }
        // Read again: whoever was quicker has committed by now.
        let current = store::by_id(self.transaction()?, &token.grant).await?;
        Ok(current.filter(|grant| provider.is_within_grace(grant, token.generation)))
    }

    /// Mints what the grant gives, and commits it with the use of the code or token.
    async fn mint(&mut self, oxide: &OxideGrant, occasion: Occasion) -> Result<String, OAuthError> {
        let TokenRequest { provider, client, .. } = self.request;
        let grant = self.grant.clone().ok_or(OAuthError::invalid_grant("there is no grant"))?;
        // In this same transaction: a second connection held by each request would exhaust the pool.
        let account = accounts::by_id(self.transaction()?, &grant.account).await?;
        if account.is_none_or(|account| account.disabled_at.is_some()) {
            return Err(
                OAuthError::invalid_grant("the grant is not valid").because("its account is disabled")
            );
        }
        let scopes = Scopes::parse(&oxide.scope.to_string());
        let algorithm = client.id_token_alg;
        let resource = client.resource.as_deref();
        let unusable = |error: crate::keys::KeyError| OAuthError::unavailable(&error);
        let access_token =
            provider.mint_access_token(&grant, &scopes, resource, algorithm).map_err(unusable)?;
        let id_token = match scopes.contains(Scope::OpenId) {
            true => Some(provider.mint_id_token(client, &grant, &access_token, occasion).map_err(unusable)?),
            false => None,
        };
        let refresh_token = match grant.stage {
            Stage::Active { generation, .. } if client.may_use(GrantType::RefreshToken) => {
                Some(refresh_token(&provider.0.refresh_tokens, &grant.id, generation))
            }
            _ => None,
        };
        let held = self.transaction.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        held.ok_or_else(|| OAuthError::unavailable(&"the transaction is over"))?.commit().await?;
        self.issued = Some(Issued { access_token: access_token.clone(), scopes, id_token, refresh_token });
        Ok(access_token)
    }

    /// Keeps a cause for the end, since oxide's traits have no room for it.
    fn keep<T>(&mut self, outcome: Result<T, OAuthError>) -> Result<T, ()> {
        outcome.map_err(|error| self.refusal = Some(error))
    }

    fn as_oxide(&self, grant: &Grant) -> Result<OxideGrant, OAuthError> {
        let malformed = |_| OAuthError::unavailable(&"a stored grant is malformed");
        let mut extensions = Extensions::new();
        if let Some(challenge) = &grant.code_challenge {
            use oxide_auth::primitives::grant::Value;
            extensions.set(&Pkce::required(), Value::private(Some(challenge.clone())));
        }
        // The request's own address was matched in SQL; for a refresh there is none to compare.
        let redirect_uri = self.request.form.get("redirect_uri").unwrap_or("urn:refresh");
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

/// The form of a token request, as oxide reads it.
struct TokenForm<'a>(TokenRequest<'a>);

impl AccessRequest for TokenForm<'_> {
    fn valid(&self) -> bool {
        true
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        self.0.form.non_empty("code").map(Cow::Borrowed)
    }

    fn authorization(&self) -> Authorization<'_> {
        Authorization::Username(Cow::Borrowed(self.0.client.id.as_str()))
    }

    fn client_id(&self) -> Option<Cow<'_, str>> {
        None
    }

    fn redirect_uri(&self) -> Option<Cow<'_, str>> {
        self.0.form.non_empty("redirect_uri").map(Cow::Borrowed)
    }

    fn grant_type(&self) -> Option<Cow<'_, str>> {
        self.0.form.non_empty("grant_type").map(Cow::Borrowed)
    }

    fn extension(&self, key: &str) -> Option<Cow<'_, str>> {
        self.0.form.non_empty(key).map(Cow::Borrowed)
    }
}

impl RefreshRequest for TokenForm<'_> {
    fn valid(&self) -> bool {
        true
    }

    fn refresh_token(&self) -> Option<Cow<'_, str>> {
        self.0.form.non_empty("refresh_token").map(Cow::Borrowed)
    }

    fn scope(&self) -> Option<Cow<'_, str>> {
        self.0.form.non_empty("scope").map(Cow::Borrowed)
    }

    fn grant_type(&self) -> Option<Cow<'_, str>> {
        self.0.form.non_empty("grant_type").map(Cow::Borrowed)
    }

    fn authorization(&self) -> Option<(Cow<'_, str>, Cow<'_, [u8]>)> {
        Some((Cow::Borrowed(self.0.client.id.as_str()), Cow::Borrowed(&[])))
    }

    fn extension(&self, key: &str) -> Option<Cow<'_, str>> {
        self.0.form.non_empty(key).map(Cow::Borrowed)
    }
}

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
        let pkce = if self.request.client.requires_pkce { Pkce::required() } else { Pkce::optional() };
        let mut kept = data.clone();
        let challenge = kept.remove(&pkce);
        let verifier = request.extension("code_verifier");
        if challenge.is_none() && verifier.is_some() {
            let error = OAuthError::invalid_grant("a code_verifier without a code_challenge");
            return self.keep(Err(error));
        }
        let verified = pkce.verify(challenge, verifier);
        let refused = OAuthError::invalid_grant("the code_verifier does not match");
        self.keep(verified.map_err(|()| refused)).map(|()| kept)
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
