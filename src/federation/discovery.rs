//! What an upstream says of itself: its discovery document and its keys.

use openidconnect::core::{CoreClient, CoreJsonWebKeySet};
use openidconnect::{
    AuthType, AuthUrl, ClientId, ClientSecret, EndpointNotSet, EndpointSet, IssuerUrl, JsonWebKeySetUrl,
    RedirectUrl, TokenUrl, UserInfoUrl,
};
use serde::Deserialize;
use url::{Host, Url};

use super::errors::{Exchange, FederationError, Quoted};
use super::http::Outgoing;
use crate::config::{UpstreamAuthMethod, UpstreamSettings};
use crate::kit::clock::Timestamp;

/// The protocol client of an upstream whose authorization and token endpoints are known.
pub(super) type ProtocolClient =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet, EndpointNotSet>;

/// An upstream as it described itself at one moment.
pub(super) struct Provider {
    /// Its issuer identifier, exactly as every answer must bear it.
    pub(super) issuer: IssuerUrl,
    /// Speaks the protocol with it.
    pub(super) client: ProtocolClient,
    /// Where claims are asked, if anywhere.
    pub(super) userinfo_endpoint: Option<UserInfoUrl>,
    /// Where people sign out, if anywhere (RP-Initiated Logout §2.1).
    pub(super) end_session_endpoint: Option<Url>,
    /// Its signing keys.
    pub(super) keys: CoreJsonWebKeySet,
    /// Whether it promises `iss` in its answers (RFC 9207 §3).
    pub(super) promises_issuer: bool,
    /// When this was read.
    pub(super) read_at: Timestamp,
}

/// The members of the discovery document that matter here (`OpenID` Connect Discovery §3).
///
/// Only these are read, so that an oddity in a member without use here keeps nobody out.
#[derive(Deserialize)]
struct Announced {
    issuer: String,
    authorization_endpoint: AuthUrl,
    token_endpoint: TokenUrl,
    userinfo_endpoint: Option<UserInfoUrl>,
    jwks_uri: JsonWebKeySetUrl,
    end_session_endpoint: Option<String>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

/// Reads an upstream's metadata, then its keys.
pub(super) async fn read_provider(
    http: &Outgoing,
    settings: &UpstreamSettings,
    redirect_uri: &RedirectUrl,
    now: Timestamp,
) -> Result<Provider, FederationError> {
    let announced: Announced =
        http.read_json(&discovery_address(&settings.issuer)?, Exchange::Discovery).await?;
    let issuer = accept_issuer(settings, announced.issuer.clone())?;
    // Before any of them is used: a tampered document must not even make us ask for its keys.
    announced.check_endpoints(&settings.issuer)?;
    // What cannot be used of this one keeps nobody from signing in.
    let end_session_endpoint =
        announced.end_session_endpoint.as_deref().and_then(|text| Url::parse(text).ok());
    let end_session_endpoint = end_session_endpoint.filter(|url| is_safe_endpoint(url, &settings.issuer));
    let keys: CoreJsonWebKeySet = http.read_json(announced.jwks_uri.url(), Exchange::Keys).await?;
    let client = CoreClient::new(ClientId::new(settings.client_id.clone()), issuer.clone(), keys.clone())
        .set_client_secret(ClientSecret::new(settings.client_secret.expose().to_owned()))
        .set_auth_type(match settings.token_endpoint_auth_method {
            UpstreamAuthMethod::ClientSecretBasic => AuthType::BasicAuth,
            UpstreamAuthMethod::ClientSecretPost => AuthType::RequestBody,
        })
        .set_auth_uri(announced.authorization_endpoint)
        .set_token_uri(announced.token_endpoint)
        .set_redirect_uri(redirect_uri.clone());
    Ok(Provider {
        issuer,
        client,
        userinfo_endpoint: announced.userinfo_endpoint,
        end_session_endpoint,
        keys,
        promises_issuer: announced.authorization_response_iss_parameter_supported,
        read_at: now,
    })
}

impl Announced {
    fn check_endpoints(&self, issuer: &Url) -> Result<(), FederationError> {
        let endpoints = [
            ("authorization_endpoint", Some(self.authorization_endpoint.url())),
            ("token_endpoint", Some(self.token_endpoint.url())),
            ("userinfo_endpoint", self.userinfo_endpoint.as_ref().map(UserInfoUrl::url)),
            ("jwks_uri", Some(self.jwks_uri.url())),
        ];
        for (endpoint, url) in endpoints {
            if !url.is_none_or(|url| is_safe_endpoint(url, issuer)) {
                return Err(FederationError::UnsafeEndpoint { endpoint });
            }
        }
        Ok(())
    }
}

/// Where the document stands: the issuer and a fixed path (`OpenID` Connect Discovery §4.1).
fn discovery_address(issuer: &Url) -> Result<Url, FederationError> {
    let base = issuer.as_str().trim_end_matches('/');
    Url::parse(&format!("{base}/.well-known/openid-configuration")).map_err(|error| {
        FederationError::Unreadable { exchange: Exchange::Discovery, place: Quoted::new(&error.to_string()) }
    })
}

/// The announced issuer, if it is the configured one, character by character.
///
/// A parsed address always has a path, so that `https://arena.example` is held as `https://arena.example/`:
/// for such an issuer the form without the slash is the same identifier, and the announced form counts.
fn accept_issuer(settings: &UpstreamSettings, found: String) -> Result<IssuerUrl, FederationError> {
    let configured = settings.issuer.as_str();
    let is_same = found == configured
        || (settings.issuer.path() == "/" && configured.strip_suffix('/') == Some(found.as_str()));
    if !is_same {
        return Err(FederationError::OtherIssuer { found: Quoted::new(&found) });
    }
    IssuerUrl::new(found)
        .map_err(|error| FederationError::OtherIssuer { found: Quoted::new(&error.to_string()) })
}

/// Whether an issuer may be spoken with at all.
pub(super) fn is_safe_issuer(issuer: &Url) -> bool {
    (issuer.scheme() == "https" || is_loopback_http(issuer)) && bears_nothing_else(issuer)
}

/// Whether secrets and people may be sent to this address.
fn is_safe_endpoint(endpoint: &Url, issuer: &Url) -> bool {
    let is_private = endpoint.scheme() == "https" || (is_loopback_http(issuer) && is_loopback_http(endpoint));
    is_private && bears_nothing_else(endpoint)
}

fn bears_nothing_else(url: &Url) -> bool {
    url.username().is_empty() && url.password().is_none() && url.fragment().is_none()
}

/// Whether traffic to this address stays on this machine.
pub(super) fn is_loopback_http(url: &Url) -> bool {
    url.scheme() == "http"
        && match url.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            None => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn only_https_and_loopback_http_are_safe_issuers() {
        assert!(is_safe_issuer(&url("https://arena.example/oidc")));
        assert!(is_safe_issuer(&url("http://127.0.0.1:8082")));
        assert!(is_safe_issuer(&url("http://[::1]:8082")));
        assert!(is_safe_issuer(&url("http://localhost:8082")));
        assert!(!is_safe_issuer(&url("http://arena.example")));
        assert!(!is_safe_issuer(&url("http://10.0.0.1")));
        assert!(!is_safe_issuer(&url("http://localhost.evil.example")));
        assert!(!is_safe_issuer(&url("https://user:secret@arena.example")));
        assert!(!is_safe_issuer(&url("ftp://arena.example")));
    }

    #[test]
    fn an_https_issuer_cannot_send_anyone_to_http() {
        let issuer = url("https://arena.example");
        assert!(is_safe_endpoint(&url("https://login.arena.example/token"), &issuer));
        assert!(!is_safe_endpoint(&url("http://arena.example/token"), &issuer));
        assert!(!is_safe_endpoint(&url("http://127.0.0.1/token"), &issuer));
        assert!(!is_safe_endpoint(&url("http://arena.example/token"), &url("http://127.0.0.1:1")));
    }
}
