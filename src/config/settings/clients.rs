//! Settings of clients, with the member names of `OpenID` Connect Dynamic Registration §2 and RFC 7591 §2.

use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use serde_json::Value;
use url::Url;

use super::{AuthorityId, SigningAlgorithm};
use crate::kit::page::Localized;
use crate::kit::secrets::Secret;

/// One client: a `[[clients]]` section, or a registration.
#[derive(Clone, Debug)]
pub struct ClientSettings {
    /// Its id.
    pub client_id: String,
    /// Its secret; none for a public client, and for one that proves itself by a key.
    pub client_secret: Option<Secret>,
    /// What people are told of it.
    pub about: ClientAbout,
    /// Where codes may be sent, compared as exact strings.
    pub redirect_uris: Vec<String>,
    /// Where people may be sent after signing out, compared as exact strings.
    pub post_logout_redirect_uris: Vec<String>,
    /// How it proves itself.
    pub token_endpoint_auth_method: TokenEndpointAuthMethod,
    /// The one algorithm of the assertions with which it proves itself; any of ours when none.
    pub token_endpoint_auth_signing_alg: Option<SigningAlgorithm>,
    /// Its public keys.
    pub keys: ClientKeys,
    /// The grants it may use.
    pub grant_types: Vec<GrantType>,
    /// The scopes it may ask for.
    pub scope: Vec<String>,
    /// How its ID tokens are signed.
    pub id_token_signed_response_alg: SigningAlgorithm,
    /// How what userinfo tells it is signed; plain JSON when none.
    pub userinfo_signed_response_alg: Option<SigningAlgorithm>,
    /// How what introspection tells it is signed; plain JSON when none (RFC 9701 §6).
    pub introspection_signed_response_alg: Option<SigningAlgorithm>,
    /// How it may send authorization requests.
    pub requests: RequestRules,
    /// Which name people have for it.
    pub subject_type: SubjectType,
    /// A limit on the age of sign-ins when it asks for none, in seconds.
    pub default_max_age: Option<u64>,
    /// The authentication contexts that it wants when it asks for none, the best first.
    pub default_acr_values: Vec<String>,
    /// Whether people are asked for no consent.
    pub first_party: bool,
    /// The resources for which it may have access tokens (RFC 8707), the first one's being the default audience;
    /// the issuer when there are none.
    pub resources: Vec<String>,
    /// The authority whose people it manages, acting for itself; none for an application that manages nobody.
    pub authority: Option<AuthorityId>,
    /// Origins to which its redirect URI sends the browser on at once (for `form-action`).
    pub onward_origins: Vec<String>,
    /// How it is told from server to server that a session ended.
    pub backchannel_logout: Option<LogoutChannel>,
    /// How it is told through the browser that a session ended.
    pub frontchannel_logout: Option<LogoutChannel>,
}

impl ClientSettings {
    /// The algorithms with which something is signed for it.
    pub fn signed_with(&self) -> impl Iterator<Item = SigningAlgorithm> + use<> {
        let signed = [
            Some(self.id_token_signed_response_alg),
            self.userinfo_signed_response_alg,
            self.introspection_signed_response_alg,
        ];
        signed.into_iter().flatten()
    }
}

/// `[fetch]`: how far the addresses that clients name may lead.
#[derive(Clone, Debug, Default)]
pub struct FetchSettings {
    /// The networks that are reached beside the public Internet.
    pub allow_private_networks: Vec<IpNet>,
    /// More certificate authorities, PEM, beside the system's.
    pub ca_file: Option<PathBuf>,
}

/// `[registration]`: whether applications may register themselves, and as what.
#[derive(Clone, Debug)]
pub struct RegistrationSettings {
    /// Whether they may at all.
    pub enabled: bool,
    /// Whether they need a token that an operator made.
    pub require_initial_access_token: bool,
    /// For how long a client is kept that registered without one.
    pub open_lifetime: Duration,
    /// Whether they must use PKCE; public ones must.
    pub require_pkce: bool,
    /// The grants that they may use.
    pub grant_types: Vec<GrantType>,
    /// The scopes that they may have, and have when they ask for none.
    pub scope: Vec<String>,
}

/// What people are told of a client.
#[derive(Clone, Debug)]
pub struct ClientAbout {
    /// Its name.
    pub client_name: Localized,
    /// Its home page.
    pub client_uri: Option<Url>,
    /// Its logo.
    pub logo_uri: Option<Url>,
    /// What it does with what it learns.
    pub policy_uri: Option<Url>,
    /// Its terms.
    pub tos_uri: Option<Url>,
}

/// How a client may send authorization requests.
#[derive(Clone, Debug, Default)]
pub struct RequestRules {
    /// Whether it must use PKCE.
    pub require_pkce: bool,
    /// Whether it must push its requests first (RFC 9126 §6).
    pub require_pushed_authorization_requests: bool,
    /// Whether its requests must be signed (RFC 9101 §10.5).
    pub require_signed_request_object: bool,
    /// The one algorithm of its request objects; any of ours when none.
    pub request_object_signing_alg: Option<SigningAlgorithm>,
    /// Where its request objects stand, compared as exact strings without their fragment.
    pub request_uris: Vec<String>,
}

/// The public keys of a client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ClientKeys {
    /// It has none.
    #[default]
    None,
    /// They stand here: a JWK set (`jwks`).
    Inline(Value),
    /// They stand there (`jwks_uri`).
    At(Url),
}

/// Which `sub` a client is told (Core §8).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SubjectType {
    /// The same as every other client.
    #[default]
    Public,
    /// One that only clients of the same sector share.
    Pairwise {
        /// The host that names the sector.
        sector: String,
    },
}

/// Where a client is told that a session ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutChannel {
    /// The address.
    pub uri: Url,
    /// Whether it must be told which session.
    pub session_required: bool,
}

/// How a client proves itself at the token endpoint (Registration §2, Core §9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenEndpointAuthMethod {
    /// `client_secret_basic`
    ClientSecretBasic,
    /// `client_secret_post`
    ClientSecretPost,
    /// `private_key_jwt`: an assertion signed with a key of its own (RFC 7523 §2.2).
    PrivateKeyJwt,
    /// `none`: a public client.
    None,
}

impl TokenEndpointAuthMethod {
    /// Every method.
    pub const ALL: [Self; 4] =
        [Self::ClientSecretBasic, Self::ClientSecretPost, Self::PrivateKeyJwt, Self::None];

    /// Its registered name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::PrivateKeyJwt => "private_key_jwt",
            Self::None => "none",
        }
    }

    /// Whether the client and we share a secret.
    #[must_use]
    pub const fn uses_secret(self) -> bool {
        matches!(self, Self::ClientSecretBasic | Self::ClientSecretPost)
    }
}

/// A grant that a client may use (RFC 7591 §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantType {
    /// `authorization_code`
    AuthorizationCode,
    /// `refresh_token`
    RefreshToken,
    /// `client_credentials`
    ClientCredentials,
    /// `urn:ietf:params:oauth:grant-type:device_code` (RFC 8628)
    DeviceCode,
    /// `urn:ietf:params:oauth:grant-type:token-exchange` (RFC 8693)
    TokenExchange,
}

impl GrantType {
    /// Every grant type.
    pub const ALL: [Self; 5] = [
        Self::AuthorizationCode,
        Self::RefreshToken,
        Self::ClientCredentials,
        Self::DeviceCode,
        Self::TokenExchange,
    ];

    /// Its registered name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
            Self::DeviceCode => "urn:ietf:params:oauth:grant-type:device_code",
            Self::TokenExchange => "urn:ietf:params:oauth:grant-type:token-exchange",
        }
    }

    /// Whether only a client may use it that proves itself: its tokens stand on nothing else.
    #[must_use]
    pub const fn is_for_confidential_clients(self) -> bool {
        matches!(self, Self::ClientCredentials | Self::TokenExchange)
    }
}
