//! Every way in which a client can prove itself (RFC 6749 §2.3, `OpenID` Connect Core §9).

use std::sync::Arc;

use data_encoding::BASE64;
use http::HeaderMap;
use http::header::AUTHORIZATION;

use super::Provider;
use super::client_assertion::{ASSERTION_TYPE, subject_of};
use super::clients::Client;
use super::error::{ErrorCode, OAuthError};
use crate::config::{SigningAlgorithm, TokenEndpointAuthMethod};
use crate::kit::parameters::Parameters;
use crate::kit::secrets::Secret;

/// The methods of authentication, for the metadata of each endpoint that uses [`Provider::authenticate`].
pub(super) fn method_names() -> Vec<&'static str> {
    TokenEndpointAuthMethod::ALL.into_iter().map(TokenEndpointAuthMethod::name).collect()
}

/// Those that prove something.
pub(super) fn proving_method_names() -> Vec<&'static str> {
    let proves = |method: &TokenEndpointAuthMethod| *method != TokenEndpointAuthMethod::None;
    TokenEndpointAuthMethod::ALL.into_iter().filter(proves).map(TokenEndpointAuthMethod::name).collect()
}

/// The algorithms of assertions, for the same.
pub(super) fn algorithm_names() -> Vec<&'static str> {
    SigningAlgorithm::ALL.into_iter().map(SigningAlgorithm::name).collect()
}

/// The proof that a client is the one it says: only [`Provider::authenticate`] makes it.
#[derive(Clone, Debug)]
pub struct AuthenticatedClient {
    client: Arc<Client>,
    proof: Proof,
}

/// By what a client proved itself.
///
/// A certificate (RFC 8705) would be one more, with its thumbprint, to which tokens can be bound. A proof by `DPoP`
/// (RFC 9449) is none: it tells who holds a key, not who the client is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// By nothing: a public client, whose id anybody may say.
    Nothing,
    /// By the secret that it shares with us.
    Secret,
    /// By an assertion signed with its own key.
    Assertion,
}

impl AuthenticatedClient {
    /// By what it proved itself.
    #[must_use]
    pub const fn proof(&self) -> Proof {
        self.proof
    }
}

impl std::ops::Deref for AuthenticatedClient {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

/// What a request brought to prove who the client is.
struct Credentials {
    client_id: String,
    evidence: Evidence,
}

enum Evidence {
    None,
    BasicSecret(Secret),
    PostedSecret(Secret),
    Assertion(String),
}

impl Evidence {
    const fn method(&self) -> TokenEndpointAuthMethod {
        match self {
            Self::None => TokenEndpointAuthMethod::None,
            Self::BasicSecret(_) => TokenEndpointAuthMethod::ClientSecretBasic,
            Self::PostedSecret(_) => TokenEndpointAuthMethod::ClientSecretPost,
            Self::Assertion(_) => TokenEndpointAuthMethod::PrivateKeyJwt,
        }
    }
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
            return Err(refused.because("unknown or disabled client"));
        };
        if client.settings.token_endpoint_auth_method != credentials.evidence.method() {
            return Err(refused.because("another authentication method than the registered one"));
        }
        let proof = match (&credentials.evidence, &client.settings.client_secret) {
            (Evidence::None, None) => Ok(Proof::Nothing),
            (Evidence::BasicSecret(presented) | Evidence::PostedSecret(presented), Some(known))
                if known.matches(presented.expose()) =>
            {
                Ok(Proof::Secret)
            }
            (Evidence::Assertion(assertion), _) => {
                self.accept_assertion(&client, assertion).await?.map(|()| Proof::Assertion)
            }
            _ => Err("wrong secret"),
        };
        match proof {
            Ok(proof) => {
                let client = AuthenticatedClient { client, proof };
                tracing::debug!(client = %client.id, by = ?client.proof(), "a client proved itself");
                Ok(client)
            }
            Err(cause) => Err(refused.because(cause)),
        }
    }
}

impl Credentials {
    fn read(headers: &HeaderMap, form: &Parameters) -> Result<Self, OAuthError> {
        let mut authorizations = headers.get_all(AUTHORIZATION).iter();
        let header = authorizations.next();
        if authorizations.next().is_some() {
            return Err(OAuthError::invalid_request("several Authorization headers"));
        }
        let secret = form.non_empty("client_secret");
        let assertion = form.non_empty("client_assertion");
        let assertion_type = form.non_empty("client_assertion_type");
        let is_asserted = assertion.is_some() || assertion_type.is_some();
        match (header, secret) {
            (Some(_), Some(_)) => {
                Err(OAuthError::invalid_request("client credentials both in the header and in the body"))
            }
            (Some(_), _) | (_, Some(_)) if is_asserted => {
                Err(OAuthError::invalid_request("a client assertion beside other client credentials"))
            }
            (Some(value), None) => {
                let malformed = OAuthError::new(ErrorCode::InvalidClient, "malformed Authorization header")
                    .challenging("Basic");
                let credentials = value.to_str().ok().and_then(Self::from_basic).ok_or(malformed)?;
                credentials.agreeing_with(form)
            }
            _ if is_asserted => Self::from_assertion(assertion, assertion_type)?.agreeing_with(form),
            _ => {
                let client_id = form
                    .non_empty("client_id")
                    .ok_or(OAuthError::new(ErrorCode::InvalidClient, "no client authentication"))?;
                let evidence =
                    secret.map_or(Evidence::None, |text| Evidence::PostedSecret(Secret::new(text)));
                Ok(Self { client_id: client_id.to_owned(), evidence })
            }
        }
    }

    /// A `client_id` beside credentials that tell it already must be the same.
    fn agreeing_with(self, form: &Parameters) -> Result<Self, OAuthError> {
        match form.non_empty("client_id") {
            Some(id) if id != self.client_id => {
                Err(OAuthError::invalid_request("client_id differs from the authenticated client"))
            }
            _ => Ok(self),
        }
    }

    /// An assertion and its type (RFC 7521 §4.2); whose it is stands in it.
    fn from_assertion(assertion: Option<&str>, assertion_type: Option<&str>) -> Result<Self, OAuthError> {
        let (Some(assertion), Some(assertion_type)) = (assertion, assertion_type) else {
            return Err(OAuthError::invalid_request(
                "client_assertion needs client_assertion_type, and vice versa",
            ));
        };
        let refused = |description| OAuthError::new(ErrorCode::InvalidClient, description);
        if assertion_type != ASSERTION_TYPE {
            return Err(refused("this client_assertion_type is not supported"));
        }
        let client_id = subject_of(assertion).ok_or(refused("client_assertion is not a JWT with a sub"))?;
        Ok(Self { client_id, evidence: Evidence::Assertion(assertion.to_owned()) })
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
            evidence: Evidence::BasicSecret(Secret::new(form_decoded(secret)?)),
        })
    }
}

fn form_decoded(text: &str) -> Option<String> {
    let pair = format!("x={}", text.replace('&', "%26").replace('=', "%3D"));
    let (_, value) = url::form_urlencoded::parse(pair.as_bytes()).next()?;
    Some(value.into_owned())
}
