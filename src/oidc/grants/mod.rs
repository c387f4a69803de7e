//! The grant types of the token endpoint: a file each, and a line in [`GRANTS`].

mod authorization_code;
mod client_credentials;
mod device_code;
mod refresh_token;
mod token_exchange;

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use super::Provider;
use super::client_auth::AuthenticatedClient;
use super::error::OAuthError;
use super::scopes::Scopes;
use crate::config::GrantType;
use crate::kit::parameters::Parameters;

pub(super) use refresh_token::{RefreshToken, refresh_token};

/// What a grant gave, minted and committed.
pub(super) struct Issued {
    /// The access token.
    pub access_token: String,
    /// How long it lives.
    pub lifetime: Duration,
    /// What it is good for.
    pub scopes: Scopes,
    /// The ID token, when `openid` was granted.
    pub id_token: Option<String>,
    /// The next refresh token, when the client may use one.
    pub refresh_token: Option<String>,
    /// What kind of token it is, where that could be another (RFC 8693 §2.2.1).
    pub kind: Option<&'static str>,
}

/// A token request whose client is proved and may use the grant.
#[derive(Clone, Copy)]
pub(super) struct TokenRequest<'a> {
    pub provider: &'a Provider,
    pub client: &'a AuthenticatedClient,
    pub form: &'a Parameters,
}

type Run =
    for<'a> fn(TokenRequest<'a>) -> Pin<Box<dyn Future<Output = Result<Issued, OAuthError>> + Send + 'a>>;

/// A grant type: its registered name, the permission it needs, and what it does.
pub(super) struct GrantHandler {
    pub name: &'static str,
    pub grant_type: GrantType,
    pub run: Run,
}

/// Every grant type that the token endpoint knows.
pub(super) const GRANTS: &[GrantHandler] = &[
    GrantHandler {
        name: "authorization_code",
        grant_type: GrantType::AuthorizationCode,
        run: |request| Box::pin(authorization_code::redeem(request)),
    },
    GrantHandler {
        name: "refresh_token",
        grant_type: GrantType::RefreshToken,
        run: |request| Box::pin(refresh_token::refresh(request)),
    },
    GrantHandler {
        name: "client_credentials",
        grant_type: GrantType::ClientCredentials,
        run: |request| Box::pin(client_credentials::issue(request)),
    },
    GrantHandler {
        name: "urn:ietf:params:oauth:grant-type:device_code",
        grant_type: GrantType::DeviceCode,
        run: |request| Box::pin(device_code::redeem(request)),
    },
    GrantHandler {
        name: "urn:ietf:params:oauth:grant-type:token-exchange",
        grant_type: GrantType::TokenExchange,
        run: |request| Box::pin(token_exchange::exchange(request)),
    },
];
