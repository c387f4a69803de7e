//! The device code grant (RFC 8628 §3.4, §3.5): a device polls until its person has decided.

use super::{Issued, TokenRequest};
use crate::kit::clock::Timestamp;
use crate::oidc::device::{self, AskedOfDevice, Decision, DeviceRequest, hash_of};
use crate::oidc::error::{ErrorCode, OAuthError};
use crate::oidc::id_token::Occasion;
use crate::oidc::store;

/// Redeems a device code, or tells the device what to wait for.
///
/// Anybody can have a code, and ask about it as often, and as often at once, as they like. So it is looked at first, by a
/// statement that waits for nobody and that those who ask at once share; its row is changed in the lane, once a second
/// for polls that come too soon.
pub async fn redeem(request: TokenRequest<'_>) -> Result<Issued, OAuthError> {
    let TokenRequest { provider, client, form } = request;
    let code = form.non_empty("device_code").ok_or(OAuthError::invalid_request("device_code is missing"))?;
    let code = hash_of(code);
    let look =
        || provider.0.devices.ask(AskedOfDevice { device_code: code.clone(), client: client.id.clone() });
    let now = provider.0.clock.now();
    let told = |found: Option<DeviceRequest>| found.filter(|found| found.is_told_without_note(now));
    if let Some(found) = told(look().await?) {
        return Err(answer_to_poll(&found, now));
    }
    let place = provider.0.database.place_in_lane().await?;
    if place.was_waited_for()
        && let Some(found) = told(look().await?)
    {
        return Err(answer_to_poll(&found, now));
    }
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
    Err(answer_to_poll(&found, now))
}

/// What a device hears that may not come in (RFC 8628 §3.5).
fn answer_to_poll(found: &DeviceRequest, now: Timestamp) -> OAuthError {
    match found.decision {
        Decision::Denied => OAuthError::new(ErrorCode::AccessDenied, "the person denied it"),
        _ if found.expires_at <= now => OAuthError::new(ErrorCode::ExpiredToken, "the codes have expired"),
        _ if found.polled_early => OAuthError::new(ErrorCode::SlowDown, "wait 5 seconds longer from now on"),
        _ => OAuthError::new(ErrorCode::AuthorizationPending, "the person has not decided yet"),
    }
}
