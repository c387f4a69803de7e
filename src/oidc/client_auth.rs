//! Every way in which a client can prove itself (RFC 6749 §2.3, `OpenID` Connect Core §9).

use std::sync::Arc;

use data_encoding::BASE64;
use http::HeaderMap;
use http::header::AUTHORIZATION;

use super::Provider;
use super::clients::Client;
use super::error::{ErrorCode, OAuthError};
use crate::config::TokenEndpointAuthMethod;
use crate::kit::parameters::Parameters;
use crate::kit::secrets::{Secret, same};

/// The proof that a client is the one it says: only [`Provider::authenticate`] makes it.
#[derive(Clone, Debug)]
pub struct AuthenticatedClient(Arc<Client>);

impl std::ops::Deref for AuthenticatedClient {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.0
    }
}

/// What a request brought to prove who the client is.
struct Credentials {
    client_id: String,
    secret: Option<Secret>,
    method: TokenEndpointAuthMethod,
}

impl Provider {
    /// Authenticates the client of a request: one method, the registered one.
    pub(super) async fn authenticate(
        &self,
        headers: &HeaderMap,
        form: &Parameters,
    ) -> Result<AuthenticatedClient, OAuthError> {
        let credentials = Credentials::read(headers, form)?;
        let refused = OAuthError::new(ErrorCode::InvalidClient, "client authentication failed");
        let refused =
            if headers.contains_key(AUTHORIZATION) { refused.challenging("Basic") } else { refused };
        let Some(client) = self.0.clients.find(&credentials.client_id).await? else {
            return Err(refused.because("unknown client"));
        };
        if client.settings.token_endpoint_auth_method != credentials.method {
            return Err(refused.because("another authentication method than the registered one"));
        }
        let is_proved = match (&client.settings.client_secret, &credentials.secret) {
            (Some(known), Some(presented)) => same(known.expose().as_bytes(), presented.expose().as_bytes()),
            (None, None) => true,
            _ => false,
        };
        if is_proved { Ok(AuthenticatedClient(client)) } else { Err(refused.because("wrong secret")) }
    }
}

impl Credentials {
    fn read(headers: &HeaderMap, form: &Parameters) -> Result<Self, OAuthError> {
        let mut authorizations = headers.get_all(AUTHORIZATION).iter();
        let header = authorizations.next();
        if authorizations.next().is_some() {
            return Err(OAuthError::invalid_request("several Authorization headers"));
        }
        let in_body = form.non_empty("client_secret");
        match header {
            Some(_) if in_body.is_some() => {
                Err(OAuthError::invalid_request("client credentials both in the header and in the body"))
            }
            Some(value) => {
                let malformed = OAuthError::new(ErrorCode::InvalidClient, "malformed Authorization header")
                    .challenging("Basic");
                let credentials = value.to_str().ok().and_then(Self::from_basic).ok_or(malformed)?;
                match form.non_empty("client_id") {
                    Some(id) if id != credentials.client_id => {
                        Err(OAuthError::invalid_request("client_id differs from the authenticated client"))
                    }
                    _ => Ok(credentials),
                }
            }
            None => {
                let client_id = form
                    .non_empty("client_id")
                    .ok_or(OAuthError::new(ErrorCode::InvalidClient, "no client authentication"))?;
                Ok(Self {
                    client_id: client_id.to_owned(),
                    secret: in_body.map(Secret::new),
                    method: match in_body {
                        Some(_) => TokenEndpointAuthMethod::ClientSecretPost,
                        None => TokenEndpointAuthMethod::None,
                    },
                })
            }
        }
    }

    /// Id and secret are form-encoded before they are joined (RFC 6749 §2.3.1).
    fn from_basic(header: &str) -> Option<Self> {
        let (scheme, encoded) = header.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let joined = String::from_utf8(BASE64.decode(encoded.trim().as_bytes()).ok()?).ok()?;
        let (id, secret) = joined.split_once(':')?;
        Some(Self {
            client_id: form_decoded(id)?,
            secret: Some(Secret::new(form_decoded(secret)?)),
            method: TokenEndpointAuthMethod::ClientSecretBasic,
        })
    }
}

fn form_decoded(text: &str) -> Option<String> {
    let pair = format!("x={}", text.replace('&', "%26").replace('=', "%3D"));
    let (_, value) = url::form_urlencoded::parse(pair.as_bytes()).next()?;
    Some(value.into_owned())
}
