//! A token request: what it takes and mints, and the one statement that commits it.

use chrono::{DateTime, TimeDelta, Utc};
use oxide_auth::code_grant::extensions::Pkce;
use oxide_auth::primitives::grant::{Extensions, Grant as OxideGrant, Value};
use oxide_auth_async::code_grant::{access_token, refresh};

use super::forms::TokenForm;
use crate::accounts::Account;
use crate::oidc::error::{ErrorCode, OAuthError};
use crate::oidc::grants::{Issued, RefreshToken, TokenRequest};
use crate::oidc::id_token::Occasion;
use crate::oidc::scopes::Scopes;
use crate::oidc::standing::Backed;
use crate::oidc::writing::Moved;
use crate::oidc::{Grant, Stage};
use crate::signin::SessionTimes;

/// One token request: a code or a refresh token is looked up, what it gives is made, and then it is used up.
///
/// Nobody else waits while it is looked at and while tokens are signed: what uses it up, if nobody else did meanwhile, is
/// one statement at the end.
pub(in crate::oidc) struct Exchange<'a> {
    pub(super) request: TokenRequest<'a>,
    refresh: Option<RefreshToken>,
    pub(super) grant: Option<Grant>,
    /// What stands behind the grant.
    backing: Option<(Account, Option<SessionTimes>)>,
    issued: Option<Issued>,
    refusal: Option<OAuthError>,
}

impl<'a> Exchange<'a> {
    /// Redeems the code of a request.
    pub async fn redeem(request: TokenRequest<'a>) -> Result<Issued, OAuthError> {
        let mut this = Self::of(request, None);
        let form = TokenForm(request);
        let outcome = access_token::access_token(&mut this, &form).await.map(drop).map_err(drop);
        this.finish(outcome, "the code is not valid")
    }

    /// Uses the refresh token of a request, whose MAC was checked.
    pub async fn refresh(request: TokenRequest<'a>, token: RefreshToken) -> Result<Issued, OAuthError> {
        let mut this = Self::of(request, Some(token));
        let form = TokenForm(request);
        let outcome = refresh::refresh(&mut this, &form).await;
        let scope_refused = outcome.as_ref().is_err_and(|_| this.grant.is_some());
        if scope_refused && this.refusal.is_none() {
            let error = OAuthError::new(ErrorCode::InvalidScope, "the scope exceeds what was granted");
            this.refusal = Some(error);
        }
        this.finish(outcome.map(drop).map_err(drop), "the refresh token is not valid")
    }

    const fn of(request: TokenRequest<'a>, refresh: Option<RefreshToken>) -> Self {
        Self { request, refresh, grant: None, backing: None, issued: None, refusal: None }
    }

    fn finish(self, outcome: Result<(), ()>, otherwise: &'static str) -> Result<Issued, OAuthError> {
        match (outcome, self.issued, self.refusal) {
            (Ok(()), Some(issued), None) => Ok(issued),
            (_, _, Some(refusal)) => Err(refusal),
            // Oxide calls an unknown code an invalid request; RFC 6749 §5.2 calls it an invalid grant.
            _ => Err(OAuthError::invalid_grant(otherwise)),
        }
    }

    /// Looks the code up: gives its grant as it will be once the code is redeemed.
    pub(super) async fn take_code(&mut self, code: &str) -> Result<Option<Grant>, OAuthError> {
        let provider = self.request.provider;
        let now = provider.0.clock.now();
        let client = &self.request.client.id;
        let Some(mut backed) = provider.0.behind.code(code, client, self.redirect_uri(), now).await? else {
            return Ok(None);
        };
        backed.grant.stage = Stage::Active { generation: 1, rotated_at: now };
        self.stood_behind(backed).map(Some)
    }

    /// Looks the refresh token up: gives its grant as it will be once the token is used, which for one that was used
    /// within the grace period it is already.
    pub(super) async fn take_refresh_token(&mut self) -> Result<Option<Grant>, OAuthError> {
        let Some(token) = self.refresh.clone() else { return Ok(None) };
        let provider = self.request.provider;
        let now = provider.0.clock.now();
        let found = provider.0.behind.refresh_token(token.grant).await?;
        let Some(backed) = found.filter(|found| found.grant.client_id == self.request.client.id) else {
            return Ok(None);
        };
        let mut grant = self.stood_behind(backed)?;
        let Stage::Active { generation, rotated_at } = grant.stage else { return Ok(None) };
        if now.since(rotated_at) > provider.0.tokens.refresh_idle {
            return Ok(None);
        }
        if generation == token.generation {
            grant.stage = Stage::Active { generation: generation + 1, rotated_at: now };
        } else if !provider.is_within_grace(&grant, token.generation) {
            return Ok(None);
        }
        Ok(Some(grant))
    }

    /// The grant, if its person and its session stand behind it; they are kept for what is minted.
    fn stood_behind(&mut self, backed: Backed) -> Result<Grant, OAuthError> {
        if let Some(cause) = self.request.provider.fault_of(&backed) {
            return Err(OAuthError::invalid_grant("the grant is not valid").because(cause));
        }
        self.backing = Some((backed.account, backed.session));
        Ok(backed.grant)
    }

    /// Where the code was sent, as the request says.
    fn redirect_uri(&self) -> &'a str {
        self.request.form.get("redirect_uri").unwrap_or_default()
    }

    /// Uses the code or the refresh token up, if nobody did since it was looked up; `grant` is as it will be.
    async fn use_up(&self, grant: &Grant) -> Result<(), OAuthError> {
        let provider = self.request.provider;
        let refused = || match self.refresh {
            None => OAuthError::invalid_grant("the code is not valid"),
            Some(_) => OAuthError::invalid_grant("the refresh token is not valid"),
        };
        let before = grant.stage.generation_before().ok_or_else(refused)?;
        let moved = provider.0.writing.move_on(&grant.id, before, provider.0.clock.now()).await?;
        match moved {
            Moved::On => Ok(()),
            // Whoever was quicker has got, within the grace period, the same next token.
            Moved::Not if self.refresh.is_some() && self.is_answered_again(grant, before).await? => Ok(()),
            Moved::Not => Err(refused()),
        }
    }

    /// Whether a grant was moved on from a generation so shortly ago that the answer may be given again.
    async fn is_answered_again(&self, grant: &Grant, generation: i64) -> sqlx::Result<bool> {
        let provider = self.request.provider;
        let found = provider.0.behind.refresh_token(grant.id.clone()).await?;
        let counts = |backed: &Backed| {
            provider.fault_of(backed).is_none() && provider.is_within_grace(&backed.grant, generation)
        };
        Ok(found.as_ref().is_some_and(counts))
    }

    /// Mints what the grant gives, and commits it with the use of the code or token.
    pub(super) async fn mint(
        &mut self,
        oxide: &OxideGrant,
        occasion: Occasion,
    ) -> Result<String, OAuthError> {
        let request = self.request;
        let provider = request.provider;
        let grant = self.grant.clone().ok_or(OAuthError::invalid_grant("there is no grant"))?;
        let scopes = Scopes::parse(&oxide.scope.to_string());
        let Some((account, session)) = &self.backing else {
            return Err(OAuthError::invalid_grant("nobody stands behind the grant"));
        };
        let issued = provider.mint(request, &grant, account, &scopes, occasion)?;
        self.use_up(&grant).await?;
        provider.note_use_behind(&grant, *session).await;
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
            None => self.redirect_uri(),
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
