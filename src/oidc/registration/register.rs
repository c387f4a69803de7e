//! `POST /register`: a new client (RFC 7591 §3).

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::{Map, Value};
use url::Url;

use super::metadata::{Accepted, Members, accept};
use super::{Refusal, answer, bearer_token};
use crate::config::{GrantType, SubjectType};
use crate::kit::secrets::{Secret, TokenHash};
use crate::kit::visitor::Visitor;
use crate::oidc::clients::{Origin, StoredClient, store};
use crate::oidc::error::{ErrorCode, OAuthError, keep_from_caches};
use crate::oidc::{ClientId, Errand, Provider};
use crate::signin::throttling::NotTaken;

/// How many clients may have registered themselves without a token, and not have expired.
const MOST_OPEN: i64 = 1_000;

/// `POST /register`
pub async fn register(
    State(provider): State<Provider>,
    visitor: Visitor,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let token = match bearer_token(&headers) {
        Ok(None) if provider.0.registration.require_initial_access_token => return no_token(),
        Ok(token) => token.map(|token| TokenHash::of(token.expose())),
        Err(error) => return Refusal::from(error).into_response(),
    };
    match provider.register(token.as_ref(), &visitor, &headers, &body).await {
        Ok(information) => answer(StatusCode::CREATED, information),
        Err(refusal) => refusal.into_response(),
    }
}

impl Provider {
    async fn register(
        &self,
        token: Option<&TokenHash>,
        visitor: &Visitor,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Value, Refusal> {
        let now = self.0.clock.now();
        // Looked at before anything is fetched for whoever holds it; used up only with the client that it makes.
        if let Some(token) = token
            && !store::is_initial_token(&mut *self.0.database.read().await?, token, now).await?
        {
            return Err(Refusal::token("unknown, expired or used up initial access token"));
        }
        let given = read_members(headers, body)?;
        let id = ClientId::from(self.0.rng.id());
        let secret = self.0.clients.secret_for(&given);
        let accepted = accept(given, &self.0.clients, &self.0.registration, &id, secret.as_ref())?;
        let origin = if token.is_some() { Origin::Registration } else { Origin::OpenRegistration };
        if origin.is_strangers() {
            self.slow_down_registrations(visitor).await?;
        }
        self.check_sector(&id, origin, &accepted).await?;
        let management_token = Secret::new(self.0.rng.token());
        let client = StoredClient {
            sealed_secret: secret.as_ref().map(|secret| self.0.clients.seal_secret(&id, secret)),
            id,
            origin,
            metadata: accepted.metadata,
            management: Some(TokenHash::of(management_token.expose()).as_str().to_owned()),
            revision: self.0.clients.first_revision(),
            created_at: now,
            expires_at: token.is_none().then(|| now + self.0.registration.open_lifetime),
            disabled_at: None,
        };
        let mut transaction = self.0.database.write().await?;
        match token {
            Some(token) if !store::use_initial_token(&mut transaction, token, now).await? => {
                return Err(Refusal::token("an initial access token used up meanwhile"));
            }
            None if store::count(&mut transaction, Origin::OpenRegistration).await? >= MOST_OPEN => {
                return Err(OAuthError::unavailable(&"too many clients registered themselves").into());
            }
            _ => {}
        }
        if !store::insert(&mut transaction, &client).await? {
            return Err(OAuthError::unavailable(&"an id was drawn twice").into());
        }
        transaction.commit().await?;
        tracing::info!(client = %client.id, origin = client.origin.word(), "a client registered itself");
        Ok(self.information(&client, secret.as_ref(), &management_token))
    }

    /// Whoever has no token registers not all too often from one network, and has nothing fetched more often.
    pub(super) async fn slow_down_registrations(&self, visitor: &Visitor) -> Result<(), Refusal> {
        let description = "too many registrations of this network, try again later";
        match self.0.sign_in.throttle().take_registration(visitor).await {
            Ok(()) => Ok(()),
            Err(NotTaken::Wait(_)) => {
                Err(OAuthError::new(ErrorCode::TemporarilyUnavailable, description).into())
            }
            Err(NotTaken::Database(error)) => Err(error.into()),
        }
    }

    /// Sees that the document of a sector names every redirect URI (Registration §5).
    ///
    /// A device shows no such address, so nothing would show that the client is of the sector.
    pub(super) async fn check_sector(
        &self,
        client: &ClientId,
        origin: Origin,
        accepted: &Accepted,
    ) -> Result<(), Refusal> {
        let settings = &accepted.settings;
        let shows_nothing =
            settings.redirect_uris.is_empty() || settings.grant_types.contains(&GrantType::DeviceCode);
        if shows_nothing && settings.subject_type != SubjectType::Public {
            return Err(Refusal::metadata("subject_type: pairwise is for clients that get codes alone"));
        }
        let Some(uri) = accepted.sector() else {
            return Ok(());
        };
        let url =
            Url::parse(uri).map_err(|_| Refusal::metadata("sector_identifier_uri: expected an address"))?;
        let errand = if origin.is_strangers() { Errand::SectorsOfStrangers } else { Errand::Sectors };
        let fetcher = self.0.fetcher.on(errand).on_behalf_of(client);
        let document = fetcher.get_json(&url).await.map_err(|error| {
            tracing::info!(%url, %error, "a sector identifier could not be read");
            Refusal::metadata("sector_identifier_uri: it cannot be read")
        })?;
        let named = document.as_array().map(Vec::as_slice).unwrap_or_default();
        let is_named = |uri: &String| named.iter().any(|one| one == uri);
        if settings.redirect_uris.iter().all(is_named) {
            return Ok(());
        }
        Err(Refusal::metadata("sector_identifier_uri: it does not name every one of the redirect_uris"))
    }
}

/// The members of a JSON body.
pub(super) fn read_members(headers: &HeaderMap, body: &[u8]) -> Result<Map<String, Value>, Refusal> {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return Err(Refusal::metadata("the body must be application/json"));
    }
    let members = serde_json::from_slice::<Members>(body);
    members
        .map(|members| members.0)
        .map_err(|_| Refusal::metadata("the body must be a JSON object in which no member stands twice"))
}

/// Without a token there is no error code to give (RFC 6750 §3.1).
pub(super) fn no_token() -> Response {
    let mut response = StatusCode::UNAUTHORIZED.into_response();
    let challenge = HeaderValue::from_static("Bearer realm=\"guichet\"");
    response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    keep_from_caches(response.headers_mut());
    response
}
