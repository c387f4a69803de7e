//! The OpenID Provider: clients, authorization requests, grants, tokens.
//!
//! One file per endpoint (`authorize`, `token`, `userinfo`, `end_session`, `discovery`), one per grant
//! (`grants/`), one per kind of token. It asks the sign-in who is there, and never how they
//! proved it. `oxide.rs` alone speaks to the state machines of `oxide_auth`.

mod access_token;
mod authentication_context;
mod authorization_request;
mod authorize;
mod bearer;
mod claims;
mod claims_request;
mod client_assertion;
mod client_auth;
mod client_keys;
mod clients;
mod consent;
mod crossing;
mod device;
mod discovery;
mod end_session;
mod error;
mod fetch;
mod grants;
mod id_token;
mod introspection;
mod logout;
mod minting;
mod oxide;
pub mod pages;
mod par;
mod registration;
mod request_object;
mod resources;
mod response_mode;
mod retention;
mod revocation;
pub mod scopes;
mod standing;
mod store;
mod subjects;
mod token;
mod userinfo;
mod writing;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::routing::{get, post};
use http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{Method, StatusCode};
use tower_http::cors::{Any, CorsLayer};

use crate::accounts::{AccessEpoch, AccountId};
use crate::config::{
    Door, RegistrationSettings, ResourceSettings, SituationSettings, TokenSettings, UpstreamId,
};
use crate::database::{Database, Together};
use crate::id_type;
use crate::keys::{Mac, MasterKey, Purpose, Sealer, SigningKeys};
use crate::kit::clock::{Clock, Timestamp};
use crate::kit::random::Rng;
use crate::signin::{Sid, SignIn};

pub use bearer::{Application, BearerRefusal};
pub use client_assertion::purge_assertions;
pub use clients::{ClientError, Clients, Made, Origin, Shown, purge_clients, purge_initial_tokens};
pub use consent::GivenConsent;
pub use device::purge_device_requests;
pub use discovery::JWKS_PATH;
pub use fetch::{Errand, FetchError, Fetcher, FetcherError};
pub use logout::{Audience, Told, purge_notices};
pub use par::purge_pushed_requests;
pub use retention::{purge_consents, purge_grants};
pub use revocation::purge_revoked_tokens;

use claims_request::NamedClaims;
use client_keys::KeyRing;
use device::{AskedOfDevice, DeviceRequest};
use resources::{ResourceUri, Resources};
use scopes::Scopes;
use standing::Behind;
use writing::Writing;

id_type! {
    /// The id of a client.
    ClientId
}

id_type! {
    /// The id of a grant: part of its refresh tokens and of the `jti` of its access tokens.
    GrantId
}

/// The paths that other sites' pages or programs may post to: each checks for itself who asks.
pub const CROSS_SITE_PATHS: &[&str] = &[
    authorize::PATH,
    par::PATH,
    token::PATH,
    userinfo::PATH,
    end_session::PATH,
    revocation::PATH,
    introspection::PATH,
    device::AUTHORIZATION_PATH,
];

/// The paths whose answers depend on nothing and never change while the process lives.
pub const UNCHANGING_PATHS: &[&str] =
    &["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"];

/// The OpenID Provider of an installation.
#[derive(Clone)]
pub struct Provider(Arc<Inner>);

struct Inner {
    issuer: String,
    tokens: TokenSettings,
    database: Database,
    behind: Behind,
    writing: Writing,
    /// Who asks what waits under the code of a device.
    devices: Together<AskedOfDevice, Option<DeviceRequest>>,
    sign_in: SignIn,
    keys: SigningKeys,
    clients: Clients,
    resources: Resources,
    client_keys: KeyRing,
    fetcher: Fetcher,
    registration: RegistrationSettings,
    situations: Vec<SituationSettings>,
    refresh_tokens: Mac,
    decisions: Sealer,
    metadata: Bytes,
    pairwise_subjects: Mac,
    pairwise_sessions: Mac,
    user_codes: Mac,
    clock: Clock,
    rng: Rng,
}

/// What the provider is made of.
pub struct Parts<'a> {
    /// The issuer identifier.
    pub issuer: &'a str,
    /// How long tokens live.
    pub tokens: TokenSettings,
    /// The APIs of the settings.
    pub resources: Vec<ResourceSettings>,
    /// The clients.
    pub clients: Clients,
    /// What asks the addresses that they name.
    pub fetcher: Fetcher,
    /// Whether they may register themselves.
    pub registration: RegistrationSettings,
    /// The doors, for the `situation` claim.
    pub situations: Vec<SituationSettings>,
    /// Where grants are kept.
    pub database: Database,
    /// The sign-in.
    pub sign_in: SignIn,
    /// What signs.
    pub keys: SigningKeys,
    /// What seals and authenticates.
    pub master_key: &'a MasterKey,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub rng: Rng,
}

impl Provider {
    /// Puts the provider together.
    #[must_use]
    pub fn new(parts: Parts<'_>) -> Self {
        let resources = Resources::new(parts.resources);
        Self(Arc::new(Inner {
            metadata: discovery::metadata_of(parts.issuer, &resources, &parts.registration),
            issuer: parts.issuer.to_owned(),
            tokens: parts.tokens,
            clients: parts.clients,
            client_keys: KeyRing::new(parts.fetcher.clone(), parts.clock.clone()),
            resources,
            fetcher: parts.fetcher,
            registration: parts.registration,
            situations: parts.situations,
            refresh_tokens: parts.master_key.mac(Purpose::RefreshTokens),
            decisions: parts.master_key.sealer(Purpose::Decision),
            pairwise_subjects: parts.master_key.mac(Purpose::PairwiseSubjects),
            pairwise_sessions: parts.master_key.mac(Purpose::PairwiseSessions),
            user_codes: parts.master_key.mac(Purpose::UserCodes),
            behind: Behind::new(&parts.database),
            writing: Writing::new(&parts.database),
            devices: Together::reading(parts.database.clone(), device::by_device_codes),
            database: parts.database,
            sign_in: parts.sign_in,
            keys: parts.keys,
            clock: parts.clock,
            rng: parts.rng,
        }))
    }

    /// The endpoints of the protocol.
    pub fn routes(&self) -> Router {
        // Applications that run in a browser read these from their own origin; no cookie counts here.
        // `*` would not cover `Authorization` (Fetch, "CORS non-wildcard request-header name").
        let open = CorsLayer::new()
            .allow_origin(Any)
            .allow_methods([Method::GET, Method::POST])
            .allow_headers([AUTHORIZATION, CONTENT_TYPE])
            .expose_headers([WWW_AUTHENTICATE]);
        let documents = Router::new()
            .route("/.well-known/openid-configuration", get(discovery::configuration))
            .route("/.well-known/oauth-authorization-server", get(discovery::configuration))
            .route(discovery::JWKS_PATH, get(discovery::jwks))
            .route(par::PATH, post(par::answer))
            .route(token::PATH, post(token::answer))
            .route(userinfo::PATH, get(userinfo::answer).post(userinfo::answer))
            .route(revocation::PATH, post(revocation::answer))
            .route(device::AUTHORIZATION_PATH, post(device::answer))
            // Within the layer, which answers preflights: the pages' own fallback would take its place.
            .method_not_allowed_fallback(async || StatusCode::METHOD_NOT_ALLOWED)
            .layer(open);
        // Asked by servers alone, never by a page.
        let for_servers = Router::new()
            .route(introspection::PATH, post(introspection::answer))
            .method_not_allowed_fallback(async || StatusCode::METHOD_NOT_ALLOWED);
        Router::new()
            .route(authorize::PATH, get(authorize::by_get).post(authorize::by_post))
            .route(authorize::RESUME_PATH, get(authorize::resume))
            .route(consent::PATH, get(consent::ask).post(consent::decide))
            .route(end_session::PATH, get(end_session::by_get).post(end_session::by_post))
            .merge(device::pages())
            .route(logout::RETURNED_PATH, get(logout::returned))
            .merge(documents)
            .merge(for_servers)
            .merge(self.registration_routes())
            .with_state(self.clone())
    }

    /// The endpoints at which clients register themselves, where they may.
    fn registration_routes(&self) -> Router<Self> {
        if !self.0.registration.enabled {
            return Router::new();
        }
        let client = get(registration::show).put(registration::change).delete(registration::remove);
        Router::new()
            .route(registration::PATH, post(registration::register))
            .route(registration::CLIENT_PATH, client)
    }

    /// The name of the situation through which an account comes in.
    fn situation_of(&self, upstream: Option<&UpstreamId>) -> Option<&str> {
        let leads = |door: &Door| match (door, upstream) {
            (Door::Password { .. }, None) => true,
            (Door::Upstream(id), Some(upstream)) => id == upstream,
            _ => false,
        };
        self.0.situations.iter().find(|one| leads(&one.door)).map(|one| one.id.as_str())
    }
}

/// What a person granted a client: one row for its whole life.
#[derive(Clone, Debug)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// To whom.
    pub client_id: ClientId,
    /// By whom.
    pub account: AccountId,
    /// The session in which it was made; none once that has ended.
    pub sid: Option<Sid>,
    /// For what.
    pub scopes: Scopes,
    /// What was asked for by name besides.
    pub claims: NamedClaims,
    /// For which resources; as the client is registered when none was named.
    pub resources: Vec<ResourceUri>,
    /// The `nonce` of the request.
    pub nonce: Option<String>,
    /// The PKCE challenge, in the form that oxide-auth encodes.
    pub code_challenge: Option<String>,
    /// When the person proved who they are.
    pub auth_time: Timestamp,
    /// How strongly.
    pub acr: String,
    /// By what means.
    pub amr: Vec<String>,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
    /// In which epoch of the person's accesses it was made; it dies with that.
    pub epoch: AccessEpoch,
    /// Where it stands.
    pub stage: Stage,
}

/// Where a grant stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// A code was issued and not yet redeemed.
    CodeIssued,
    /// The code was redeemed.
    Active {
        /// The number of the refresh token in use, from 1.
        generation: i64,
        /// When the one before was replaced, or the code redeemed.
        rotated_at: Timestamp,
    },
    /// It was taken back.
    Revoked,
}

impl Grant {
    /// Whether it outlives the session (`offline_access`).
    #[must_use]
    pub fn is_offline(&self) -> bool {
        self.scopes.contains(scopes::Scope::OfflineAccess)
    }

    /// Whether its tokens count at this moment: redeemed, not revoked, not past its end, and its
    /// session still there unless it is offline.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        matches!(self.stage, Stage::Active { .. })
            && now < self.expires_at
            && (self.is_offline() || self.sid.is_some())
    }
}
