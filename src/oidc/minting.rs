//! What a live grant gives: an access token, an ID token, a refresh token.

use super::grants::{Issued, TokenRequest, refresh_token};
use super::id_token::Occasion;
use super::scopes::{Scope, Scopes};
use super::{Grant, Provider, Stage, resources};
use crate::accounts::{self, Account};
use crate::config::GrantType;
use crate::database::Connection;
use crate::keys::KeyError;
use crate::oidc::error::{ErrorCode, OAuthError};
use crate::signin::SessionTimes;

impl Provider {
    /// Mints what a grant gives for some or all of its scopes, if its person and its session still stand behind it;
    /// gives the times of that session too.
    ///
    /// It looks in the transaction that uses the grant up: a second connection held by each request would
    /// exhaust the pool.
    pub(super) async fn mint_from_grant(
        &self,
        connection: &mut Connection,
        request: TokenRequest<'_>,
        grant: &Grant,
        scopes: &Scopes,
        occasion: Occasion,
    ) -> Result<(Issued, Option<SessionTimes>), OAuthError> {
        let account = accounts::by_id(connection, &grant.account).await?;
        let Some(account) = account.filter(|account| account.honours(grant.epoch)) else {
            let cause = "its account is disabled, or ended its accesses";
            return Err(OAuthError::invalid_grant("the grant is not valid").because(cause));
        };
        let session = match &grant.sid {
            Some(sid) => self.0.sign_in.times_of(connection, sid).await?,
            None => None,
        };
        // A session that ended by itself may not have been swept away yet.
        if !grant.is_offline() && !session.is_some_and(|times| self.0.sign_in.goes_on(times)) {
            return Err(OAuthError::invalid_grant("the grant is not valid").because("its session ended"));
        }
        Ok((self.mint(request, grant, &account, scopes, occasion)?, session))
    }

    /// Mints what a grant gives for some or all of its scopes; that its person and its session stand behind it is known.
    pub(super) fn mint(
        &self,
        request: TokenRequest<'_>,
        grant: &Grant,
        account: &Account,
        scopes: &Scopes,
        occasion: Occasion,
    ) -> Result<Issued, OAuthError> {
        let TokenRequest { client, form, .. } = request;
        // What was taken away from the client since it was granted counts no more.
        if grant.is_offline() && !client.scopes.contains(Scope::OfflineAccess) {
            let cause = "its client may not outlive sessions any more";
            return Err(OAuthError::invalid_grant("the grant is not valid").because(cause));
        }
        let scopes = scopes.shared_with(&client.scopes);
        let asked = resources::named(client, form)?;
        let audience = self.audience(client, &grant.resources, &asked, &scopes)?;
        let scopes = self.scopes_at(&audience, &scopes);
        if scopes.is_empty() {
            return Err(OAuthError::new(ErrorCode::InvalidScope, "no scope is left for this resource"));
        }
        let unusable = |error: KeyError| OAuthError::unavailable(&error);
        let access_token = self.mint_access_token(client, grant, &scopes, &audience).map_err(unusable)?;
        let id_token = if scopes.contains(Scope::OpenId) {
            let minted = self.mint_id_token(client, grant, account, &access_token, occasion);
            Some(minted.map_err(unusable)?)
        } else {
            None
        };
        let refresh_token = match grant.stage {
            Stage::Active { generation, .. } if client.may_use(GrantType::RefreshToken) => {
                Some(refresh_token(&self.0.refresh_tokens, &grant.id, generation))
            }
            _ => None,
        };
        Ok(Issued {
            access_token,
            lifetime: self.0.tokens.access_token,
            scopes,
            id_token,
            refresh_token,
            kind: None,
        })
    }

    /// Notes, once what was minted is committed, that the session behind it was used.
    ///
    /// Nobody loses their tokens when that fails: the session is only taken to be idle a little longer.
    pub(super) async fn note_use_behind(&self, grant: &Grant, session: Option<SessionTimes>) {
        if let (false, Some(sid), Some(times)) = (grant.is_offline(), &grant.sid, session)
            && let Err(error) = self.0.sign_in.note_use_of(sid, times).await
        {
            tracing::warn!(%error, "the use of a session could not be noted");
        }
    }
}
