//! The refresh token grant (RFC 6749 §6), with rotation (RFC 9700 §4.14).
//!
//! A refresh token is `<grant id>.<generation>.<MAC>`: nothing of it is stored but the generation. An
//! answer that was lost can be asked for again within the grace period, and is the same token again.

use super::{Issued, TokenRequest};
use crate::keys::Mac;
use crate::oidc::error::OAuthError;
use crate::oidc::oxide::Exchange;
use crate::oidc::{Grant, GrantId, Provider, Stage, store};

/// A refresh token whose MAC holds.
#[derive(Clone, Debug)]
pub(in crate::oidc) struct RefreshToken {
    pub grant: GrantId,
    pub generation: i64,
}

/// Rotates a refresh token and mints anew.
pub async fn refresh(request: TokenRequest<'_>) -> Result<Issued, OAuthError> {
    let text = request
        .form
        .non_empty("refresh_token")
        .ok_or(OAuthError::invalid_request("refresh_token is missing"))?;
    let token = RefreshToken::parse(text, &request.provider.0.refresh_tokens)
        .ok_or(OAuthError::invalid_grant("the refresh token is not valid").because("malformed or forged"))?;
    let outcome = Exchange::refresh(request, token.clone()).await;
    if outcome.is_err() {
        request.provider.revoke_if_stale(&request, &token).await?;
    }
    outcome
}

/// The text of a refresh token.
pub(in crate::oidc) fn refresh_token(mac: &Mac, grant: &GrantId, generation: i64) -> String {
    let body = format!("{grant}.{generation}");
    let code = mac.of(&body);
    format!("{body}.{code}")
}

impl RefreshToken {
    /// Reads one, whether or not its grant still lives; `None` for anything that we did not make.
    pub(in crate::oidc) fn parse(text: &str, mac: &Mac) -> Option<Self> {
        let (body, code) = text.rsplit_once('.')?;
        if !mac.verify(body, code) {
            return None;
        }
        let (grant, generation) = body.split_once('.')?;
        Some(Self { grant: GrantId::from(grant), generation: generation.parse().ok()? })
    }
}

impl Provider {
    /// Whether a token of the previous generation may still have the answer that it already had.
    pub(in crate::oidc) fn is_within_grace(&self, grant: &Grant, generation: i64) -> bool {
        match grant.stage {
            Stage::Active { generation: current, rotated_at } => {
                generation + 1 == current
                    && self.0.clock.now().since(rotated_at) <= self.0.tokens.refresh_grace
            }
            _ => false,
        }
    }

    /// A token that was replaced long ago comes back: two hold it, and one is a thief.
    async fn revoke_if_stale(
        &self,
        request: &TokenRequest<'_>,
        token: &RefreshToken,
    ) -> Result<(), OAuthError> {
        let mut transaction = self.0.database.write().await?;
        let Some(grant) = store::by_id(&mut transaction, &token.grant).await? else { return Ok(()) };
        let is_stale = match grant.stage {
            Stage::Active { generation, .. } => {
                token.generation < generation && !self.is_within_grace(&grant, token.generation)
            }
            _ => false,
        };
        if is_stale && grant.client_id == request.client.id {
            store::revoke(&mut transaction, &grant.id, self.0.clock.now()).await?;
            transaction.commit().await?;
            tracing::warn!(client = %request.client.id, "a replaced refresh token was used: its grant is revoked");
        }
        Ok(())
    }
}
