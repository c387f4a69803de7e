//! The authorization code grant (RFC 6749 §4.1.3, RFC 7636 §4.6).

use super::{Issued, TokenRequest};
use crate::kit::secrets::TokenHash;
use crate::oidc::error::OAuthError;
use crate::oidc::oxide::Exchange;
use crate::oidc::store;

/// Redeems a code: it and what it gives are one transaction.
pub async fn redeem(request: TokenRequest<'_>) -> Result<Issued, OAuthError> {
    let code = request.form.non_empty("code").ok_or(OAuthError::invalid_request("code is missing"))?;
    if request.form.non_empty("redirect_uri").is_none() {
        return Err(OAuthError::invalid_request("redirect_uri is missing"));
    }
    let outcome = Exchange::redeem(request).await;
    if outcome.is_err() {
        revoke_if_replayed(&request, code).await?;
    }
    outcome
}

/// A code that comes back was stolen from the client, or by it: all that it gave is taken back
/// (RFC 6749 §4.1.2). The refused redemption itself left no trace, so a wrong verifier burns nothing.
async fn revoke_if_replayed(request: &TokenRequest<'_>, code: &str) -> Result<(), OAuthError> {
    let provider = &request.provider.0;
    let mut transaction = provider.database.write().await?;
    let now = provider.clock.now();
    if store::revoke_redeemed(&mut transaction, &TokenHash::of(code), &request.client.id, now).await? {
        transaction.commit().await?;
        tracing::warn!(client = %request.client.id, "a code was used again: its grant is revoked");
    }
    Ok(())
}
