//! The `OpenID` Provider as its discovery document tells it: asked for when first needed, kept, renewed.

use std::sync::Arc;
use std::time::Duration;

use openidconnect::core::{
    CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClient, CoreClientAuthMethod, CoreGrantType,
    CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreResponseMode,
    CoreResponseType, CoreSubjectIdentifierType,
};
use openidconnect::{
    AdditionalProviderMetadata, ClientId, ClientSecret, DiscoveryError, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, IssuerUrl, LogoutProviderMetadata, ProviderMetadata, RedirectUrl,
};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use url::Url;

use crate::kit::clock::{Clock, Timestamp};

use super::ExpenseAppSettings;
use super::http_out::{OutboundError, OutboundHttp};

/// After how long the document is asked for again, in case an endpoint or a key changed.
const DOCUMENT_LIFETIME: Duration = Duration::from_hours(1);
/// After a failure, how long everyone is told of it before the provider is asked again.
const REST_AFTER_FAILURE: Duration = Duration::from_secs(1);
/// How old keys must be before an unknown key is a reason to ask for them again.
pub(super) const LEAST_AGE_OF_KEYS: Duration = Duration::from_mins(1);

/// The members of the discovery document that this application reads besides the crate's own.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct MoreMetadata {
    /// Whether every authorization response bears `iss` (RFC 9207 §3).
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for MoreMetadata {}

type Metadata = ProviderMetadata<
    LogoutProviderMetadata<MoreMetadata>,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// The crate's client, with the endpoints that discovery sets.
pub(super) type OpenIdClient = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// What is known of the provider at one moment.
pub(super) struct Known {
    /// The client that speaks to it.
    pub client: OpenIdClient,
    /// Its end-session endpoint (`OpenID` Connect RP-Initiated Logout §2.1).
    pub end_session_endpoint: Option<openidconnect::EndSessionUrl>,
    /// Where its keys are.
    pub jwks_uri: Url,
    /// Whether its authorization responses always bear `iss`.
    pub always_names_itself: bool,
    fetched_at: Timestamp,
}

/// Why nothing is known of the provider.
#[derive(Clone, Debug, thiserror::Error)]
pub(super) enum ProviderError {
    /// It does not answer.
    #[error("the provider does not answer")]
    Unreachable(#[source] Arc<DiscoveryError<OutboundError>>),
    /// It failed a moment ago and is left alone for a second.
    #[error("the provider did not answer a moment ago")]
    Resting,
}

/// The provider of this application.
pub(super) struct Provider {
    issuer: IssuerUrl,
    client_id: ClientId,
    client_secret: ClientSecret,
    redirect_uri: RedirectUrl,
    http: OutboundHttp,
    clock: Clock,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    known: Option<Arc<Known>>,
    failed_at: Option<Timestamp>,
}

impl Provider {
    pub(super) fn new(
        settings: &ExpenseAppSettings,
        http: OutboundHttp,
        clock: Clock,
    ) -> Result<Self, url::ParseError> {
        // An issuer is compared as text, and the URL type gives one without a path a slash of its own.
        let text = settings.issuer.as_str();
        let issuer = if settings.issuer.path() == "/" { text.trim_end_matches('/') } else { text }.to_owned();
        Ok(Self {
            issuer: IssuerUrl::new(issuer)?,
            client_id: ClientId::new(settings.client_id.clone()),
            client_secret: ClientSecret::new(settings.client_secret.expose().to_owned()),
            redirect_uri: RedirectUrl::new(settings.public_url.join("callback")?.into())?,
            http,
            clock,
            state: Mutex::default(),
        })
    }

    /// The issuer identifier, to be compared as a string.
    pub(super) fn issuer(&self) -> &str {
        self.issuer.as_str()
    }

    /// How requests reach it.
    pub(super) const fn http(&self) -> &OutboundHttp {
        &self.http
    }

    /// The time that everything about it is measured by.
    pub(super) const fn clock(&self) -> &Clock {
        &self.clock
    }

    /// What is known of it; asks when nothing is, or when it was learnt more than an hour ago.
    pub(super) async fn known(&self) -> Result<Arc<Known>, ProviderError> {
        self.known_within(DOCUMENT_LIFETIME).await
    }

    /// The same after a token bore an unknown key: asks again, at most once a minute.
    pub(super) async fn known_with_new_keys(&self) -> Result<Arc<Known>, ProviderError> {
        self.known_within(LEAST_AGE_OF_KEYS).await
    }

    /// One asks while the others wait: a crowd at the provider's restart makes a single request.
    async fn known_within(&self, age: Duration) -> Result<Arc<Known>, ProviderError> {
        let mut state = self.state.lock().await;
        let now = self.clock.now();
        if let Some(known) = &state.known
            && now.since(known.fetched_at) < age
        {
            return Ok(Arc::clone(known));
        }
        let resting = state.failed_at.is_some_and(|failed_at| now.since(failed_at) <= REST_AFTER_FAILURE);
        let found = if resting { Err(ProviderError::Resting) } else { self.discover(now).await };
        match found {
            Ok(known) => {
                let known = Arc::new(known);
                *state = State { known: Some(Arc::clone(&known)), failed_at: None };
                Ok(known)
            }
            Err(error) => {
                if !resting {
                    tracing::warn!(%error, issuer = self.issuer(), "discovery failed");
                    state.failed_at = Some(self.clock.now());
                }
                // What was true an hour ago is a better guess than nothing.
                state.known.clone().ok_or(error)
            }
        }
    }

    async fn discover(&self, now: Timestamp) -> Result<Known, ProviderError> {
        let metadata = Metadata::discover_async(self.issuer.clone(), &self.http)
            .await
            .map_err(|error| ProviderError::Unreachable(Arc::new(error)))?;
        let more = metadata.additional_metadata();
        Ok(Known {
            end_session_endpoint: more.end_session_endpoint.clone(),
            jwks_uri: metadata.jwks_uri().url().clone(),
            always_names_itself: more.additional_metadata.authorization_response_iss_parameter_supported,
            client: CoreClient::from_provider_metadata(
                metadata,
                self.client_id.clone(),
                Some(self.client_secret.clone()),
            )
            .set_redirect_uri(self.redirect_uri.clone()),
            fetched_at: now,
        })
    }
}
