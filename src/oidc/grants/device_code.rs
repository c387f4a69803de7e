//! The device code grant (RFC 8628 §3.4, §3.5): a device polls until its person has decided.

use super::{Issued, TokenRequest};
use crate::oidc::device::{self, Decision, hash_of};
use crate::oidc::error::{ErrorCode, OAuthError};
use crate::oidc::id_token::Occasion;
use crate::oidc::store;

/// Redeems a device code, or tells the device what to wait for.
pub async fn redeem(request: TokenRequest<'_>) -> Result<Issued, OAuthError> {
    let TokenRequest { provider, client, form } = request;
    let code = form.non_empty("device_code").ok_or(OAuthError::invalid_request("device_code is missing"))?;
    let code = hash_of(code);
    let now = provider.0.clock.now();
    let mut transaction = provider.0.database.write().await?;
    // Whoever ends a session locks its row before those of its devices: in another order two would wait in a ring.
    if let Some(sid) = device::session_behind(&mut transaction, &code, &client.id).await? {
        provider.0.sign_in.hold(&mut transaction, &sid).await?;
    }
    if let Some(mut taken) = device::take_allowed(&mut transaction, &code, &client.id, now).await?
        && let Decision::Allowed(approval) = std::mem::replace(&mut taken.decision, Decision::Waiting)
    {
        let grant = approval.into_grant(taken, provider, now);
        if !grant.is_live(now) {
            return Err(OAuthError::invalid_grant("the grant is not valid").because("its session ended"));
        }
        device::insert_grant(&mut transaction, &grant, &code, now).await?;
        let scopes = grant.scopes.clone();
        let (issued, session) = provider
            .mint_from_grant(&mut transaction, request, &grant, &scopes, Occasion::Authorization)
            .await?;
        transaction.commit().await?;
        provider.note_use_behind(&grant, session).await;
        return Ok(issued);
    }
    let Some(found) = device::poll(&mut transaction, &code, &client.id, now).await? else {
        // A code that comes back is in two hands, as one of an authorization is (RFC 6749 §4.1.2).
        if store::revoke_redeemed(&mut transaction, &code, &client.id, now).await? {
            transaction.commit().await?;
            tracing::warn!(client = %client.id, "a device code was used again: its grant is revoked");
        }
        return Err(OAuthError::invalid_grant("the device code is not valid"));
    };
    transaction.commit().await?;
    Err(match found.decision {
        Decision::Denied => OAuthError::new(ErrorCode::AccessDenied, "the person denied it"),
        _ if found.expires_at <= now => OAuthError::new(ErrorCode::ExpiredToken, "the codes have expired"),
        _ if found.polled_early => OAuthError::new(ErrorCode::SlowDown, "wait 5 seconds longer from now on"),
        _ => OAuthError::new(ErrorCode::AuthorizationPending, "the person has not decided yet"),
    })
}
