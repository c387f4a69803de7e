//! The client credentials grant (RFC 6749 §4.4): a client asks for itself.
//!
//! Nothing is stored: the token is all there is, and one signature all that it costs. There is no person,
//! so there is no ID token, no refresh token, and no scope that is about one.

use super::{Issued, TokenRequest};
use crate::oidc::error::OAuthError;
use crate::oidc::oxide::OwnAccess;
use crate::oidc::resources;
use crate::oidc::scopes::Scopes;

/// Issues an access token in which the client stands for itself.
pub async fn issue(request: TokenRequest<'_>) -> Result<Issued, OAuthError> {
    let TokenRequest { provider, client, form } = request;
    let own = client.scopes.without_people();
    let asked = form.non_empty("scope").map_or(own.clone(), |list| Scopes::parse(list).shared_with(&own));
    let resources = resources::named(client, form)?;
    let audience = provider.audience(client, &[], &resources, &asked)?;
    let scopes = provider.scopes_at(&audience, &asked);
    OwnAccess::new(request, scopes, audience).issue().await
}
