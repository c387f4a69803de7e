//! Where a device asks for its two codes (RFC 8628 §3.1, §3.2).

use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use serde::Serialize;

use super::{Decision, DeviceRequest, DeviceRequestId, PATH, hash_of, store};
use crate::config::{GrantType, TokenEndpointAuthMethod};
use crate::kit::parameters::{Parameters, with_query};
use crate::kit::typed_code::TypedCode;
use crate::kit::visitor::Visitor;
use crate::oidc::client_auth::AuthenticatedClient;
use crate::oidc::clients::Client;
use crate::oidc::error::{ErrorCode, OAuthError, keep_from_caches};
use crate::oidc::scopes::{Scope, Scopes};
use crate::oidc::token::read_form;
use crate::oidc::{Provider, resources};
use crate::signin::throttling::NotTaken;

/// How long both codes count.
pub const LIFE: Duration = Duration::from_mins(10);
/// How long a device waits between two polls, and how much longer when it does not.
pub(super) const INTERVAL: Duration = Duration::from_secs(5);
/// How many devices of one client may wait at once: nobody has proved anything yet, and a row is written.
const MOST_WAITING: i64 = 10_000;
/// How often a code is drawn that another device has.
const MOST_DRAWN: u32 = 4;

/// What a device is told (§3.2).
#[derive(Serialize)]
struct DeviceAuthorization {
    device_code: String,
    user_code: String,
    verification_uri: String,
    verification_uri_complete: String,
    expires_in: u64,
    interval: u64,
}

/// `POST /device_authorization`
pub async fn answer(
    State(provider): State<Provider>,
    visitor: Visitor,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match provider.begin_device(&visitor, &headers, &body).await {
        Ok(authorization) => {
            let mut response = Json(authorization).into_response();
            keep_from_caches(response.headers_mut());
            response
        }
        Err(error) => {
            error.log("device authorization");
            error.into_response()
        }
    }
}

impl Provider {
    async fn begin_device(
        &self,
        visitor: &Visitor,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<DeviceAuthorization, OAuthError> {
        let form = read_form(headers, body)?;
        let client = self.authenticate(headers, &form).await?;
        if !client.may_use(GrantType::DeviceCode) {
            return Err(OAuthError::new(ErrorCode::UnauthorizedClient, "this client may not use this grant"));
        }
        let request = DeviceRequest {
            id: DeviceRequestId::from(self.0.rng.id()),
            client_id: client.id.clone(),
            scopes: scopes_of(&client, &form)?,
            resources: resources::named(&client, &form)?,
            expires_at: self.0.clock.now() + LIFE,
            polled_at: None,
            polled_early: false,
            decision: Decision::Waiting,
        };
        self.slow_down_strangers(&client, visitor).await?;
        let (device_code, user_code) = self.store_device(&request).await?;
        let verification_uri = format!("{}{PATH}", self.0.issuer);
        let user_code = user_code.to_string();
        Ok(DeviceAuthorization {
            device_code,
            verification_uri_complete: with_query(&verification_uri, &[("user_code", &user_code)]),
            user_code,
            verification_uri,
            expires_in: LIFE.as_secs(),
            interval: INTERVAL.as_secs(),
        })
    }

    /// Whoever knows a public client's id can ask in its name, and where anybody registers clients, their secrets prove
    /// nothing: not all too often from one network.
    async fn slow_down_strangers(
        &self,
        client: &AuthenticatedClient,
        visitor: &Visitor,
    ) -> Result<(), OAuthError> {
        let is_public = client.settings.token_endpoint_auth_method == TokenEndpointAuthMethod::None;
        if !is_public && !client.origin.is_strangers() {
            return Ok(());
        }
        match self.0.sign_in.throttle().take_device(visitor).await {
            Ok(()) => Ok(()),
            Err(NotTaken::Wait(_)) => Err(too_many("too many devices of this network, try again later")),
            Err(NotTaken::Database(error)) => Err(error.into()),
        }
    }

    async fn store_device(&self, request: &DeviceRequest) -> Result<(String, TypedCode), OAuthError> {
        let mut transaction = self.0.database.write().await?;
        let waiting = store::waiting(&mut transaction, &request.client_id, self.0.clock.now()).await?;
        if waiting >= MOST_WAITING {
            return Err(too_many("too many devices wait, try again later"));
        }
        let device_code = self.0.rng.token();
        for _ in 0..MOST_DRAWN {
            let user_code = TypedCode::draw(&self.0.rng);
            let name = self.name_of(&user_code);
            if store::insert(&mut transaction, request, &hash_of(&device_code), &name).await? {
                transaction.commit().await?;
                return Ok((device_code, user_code));
            }
        }
        Err(OAuthError::unavailable(&"every code drawn was taken"))
    }

    /// What is stored of a code that is short enough to be found out by trying: it takes our key to try.
    pub(super) fn name_of(&self, user_code: &TypedCode) -> String {
        self.0.user_codes.of(user_code.letters())
    }
}

/// What a device asks for, and may have; who they are when it does not say (§3.1 leaves it out).
fn scopes_of(client: &Client, form: &Parameters) -> Result<Scopes, OAuthError> {
    let asked = Scopes::parse(form.non_empty("scope").unwrap_or(Scope::OpenId.name()));
    let scopes = asked.shared_with(&client.scopes);
    if scopes.is_empty() {
        return Err(OAuthError::new(ErrorCode::InvalidScope, "this client may have nothing of this scope"));
    }
    Ok(scopes)
}

fn too_many(description: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::TemporarilyUnavailable, description)
}
