//! Token exchange (RFC 8693): an API that was called in a person's name calls the next one in that name.
//!
//! It shows the access token that it received and gets one for itself, for another API: for no more
//! scopes, for no longer, and with `act` saying who acts. It dies with the grant of the first one, and of
//! the person it tells who they are at the most.

use super::{Issued, TokenRequest};
use crate::oidc::Provider;
use crate::oidc::access_token::AccessTokenClaims;
use crate::oidc::client_auth::AuthenticatedClient;
use crate::oidc::error::{ErrorCode, OAuthError};
use crate::oidc::resources::{self, Audience};
use crate::oidc::scopes::Scopes;
use crate::oidc::standing::Standing;

/// The one type of token that is taken and given (RFC 8693 §3).
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
/// How many may have passed a person's name on.
const LONGEST_CHAIN: usize = 4;

/// Gives an API a token of its own for the one that it received.
pub async fn exchange(request: TokenRequest<'_>) -> Result<Issued, OAuthError> {
    let TokenRequest { provider, client, form } = request;
    let given =
        form.non_empty("subject_token").ok_or(OAuthError::invalid_request("subject_token is missing"))?;
    let is_access_token = |name| form.non_empty(name).is_none_or(|value| value == ACCESS_TOKEN);
    if form.non_empty("subject_token_type").is_none()
        || !is_access_token("subject_token_type")
        || !is_access_token("requested_token_type")
    {
        return Err(OAuthError::invalid_request("access tokens alone are exchanged, for access tokens"));
    }
    if form.non_empty("actor_token").is_some() || form.non_empty("audience").is_some() {
        return Err(OAuthError::invalid_request(
            "actor_token and audience are not supported, name a resource",
        ));
    }
    let (subject, still_good_for) = subject_of(provider, client, given).await?;
    // What the person told one application is not told to the next: nobody asked them.
    let ceiling = still_good_for.shared_with(&client.scopes).with_openid_alone();
    let asked = form.non_empty("scope").map_or(ceiling.clone(), Scopes::parse);
    if !asked.is_within(&ceiling) {
        return Err(OAuthError::new(ErrorCode::InvalidScope, "the scope exceeds what the token has"));
    }
    let audience = provider.audience(client, &[], &resources::named(client, form)?, &asked)?;
    let audience = no_wider(provider, &subject, audience)?;
    let scopes = provider.scopes_at(&audience, &asked);
    if scopes.is_empty() {
        return Err(OAuthError::new(ErrorCode::InvalidScope, "no scope is left for this resource"));
    }
    let minted = provider.mint_exchanged_token(client, &subject, &scopes, &audience);
    let (access_token, lifetime) = minted.map_err(|error| OAuthError::unavailable(&error))?;
    Ok(Issued {
        access_token,
        lifetime,
        scopes,
        id_token: None,
        refresh_token: None,
        kind: Some(ACCESS_TOKEN),
    })
}

/// An audience without ourselves, unless the first token was for us too: what somebody gave an API alone
/// does not open userinfo once it is passed on.
fn no_wider(
    provider: &Provider,
    subject: &AccessTokenClaims,
    audience: Audience,
) -> Result<Audience, OAuthError> {
    if subject.is_for(&provider.0.issuer) {
        return Ok(audience);
    }
    let nobody = OAuthError::new(ErrorCode::InvalidTarget, "the subject_token is for an API alone");
    audience.without(&provider.0.issuer).ok_or(nobody)
}

/// What a token says that counts, and that was meant for who shows it, and what it is still good for; anything
/// else is an invalid request, whatever the reason (RFC 8693 §2.2.2).
async fn subject_of(
    provider: &Provider,
    client: &AuthenticatedClient,
    token: &str,
) -> Result<(AccessTokenClaims, Scopes), OAuthError> {
    let refused = |cause| OAuthError::invalid_request("subject_token is not valid here").because(cause);
    let claims =
        provider.read_access_token(token).await.map_err(|_| refused("not an access token of ours"))?;
    if !provider.is_for(client, &claims) {
        return Err(refused("it is for another API"));
    }
    if claims.actors() >= LONGEST_CHAIN {
        return Err(refused("it was passed on too often"));
    }
    let standing = provider.standing_of(&claims).await?.map_err(refused)?;
    let scopes = standing.scopes_of(&claims);
    match standing {
        Standing::Person(_) => Ok((claims, scopes)),
        Standing::Client(_) => Err(refused("no person stands behind it")),
    }
}
