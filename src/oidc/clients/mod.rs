//! Clients and their exact addresses; the registry of those that the configuration names, that operators add,
//! and that register themselves.
//!
//! The registry owns the tables `client` and `initial_access_token`. It knows what a client is, not what a
//! client may be told: the endpoints do.

mod operators;
mod registry;
pub(super) mod store;

pub use operators::{ClientError, Made, Shown};
pub use registry::Clients;
pub(super) use store::StoredClient;
pub use store::{purge_clients, purge_initial_tokens};

use super::ClientId;
use super::scopes::{Scope, Scopes};
use crate::config::{ClientSettings, GrantType, TokenEndpointAuthMethod};
use crate::kit::page::Localized;

/// A registered client (`OpenID` Connect Registration §2).
#[derive(Debug)]
pub struct Client {
    /// Its id.
    pub id: ClientId,
    /// Where it was registered.
    pub origin: Origin,
    /// The scopes it may ask for.
    pub scopes: Scopes,
    /// Everything that was registered of it.
    pub settings: ClientSettings,
}

/// Where a client was registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// In the configuration, where it is changed.
    Configuration,
    /// By an operator's command.
    Operator,
    /// By itself, with an initial access token.
    Registration,
    /// By itself, where anybody may: it expires.
    OpenRegistration,
}

impl Origin {
    /// The word that stands for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Operator => "operator",
            Self::Registration => "registration",
            Self::OpenRegistration => "open registration",
        }
    }

    /// Whether anybody may have made the client: then it crowds out its like alone.
    #[must_use]
    pub const fn is_strangers(self) -> bool {
        match self {
            Self::Configuration | Self::Operator | Self::Registration => false,
            Self::OpenRegistration => true,
        }
    }

    /// The origin that a stored word stands for; clients of the configuration are not stored.
    fn of_word(word: &str) -> Option<Self> {
        [Self::Operator, Self::Registration, Self::OpenRegistration]
            .into_iter()
            .find(|one| one.word() == word)
    }
}

/// A redirect URI that was found among a client's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectUri(String);

impl RedirectUri {
    /// The text, as the request had it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Where people go back to, in a word: the host of a site, the scheme of a native application.
    ///
    /// What such a scheme has where a site has its host is anybody's choice, and says nothing of where people go.
    #[must_use]
    pub fn place(&self) -> Option<String> {
        let uri = url::Url::parse(&self.0).ok()?;
        match uri.scheme() {
            "https" | "http" => uri.host_str().map(str::to_owned),
            native => Some(native.to_owned()),
        }
    }
}

impl Client {
    /// The client of these settings, which come from there.
    #[must_use]
    pub fn of(settings: ClientSettings, origin: Origin) -> Self {
        let id = ClientId::from(settings.client_id.as_str());
        Self { id, origin, scopes: scopes_of(&settings), settings }
    }

    /// Its name for people.
    #[must_use]
    pub fn name(&self) -> &Localized {
        &self.settings.about.client_name
    }

    /// Its home page.
    #[must_use]
    pub fn home(&self) -> Option<String> {
        self.settings.about.client_uri.as_ref().map(ToString::to_string)
    }

    /// The same as people read addresses: without what every one has.
    #[must_use]
    pub fn site(&self) -> Option<String> {
        let home = self.home()?;
        let bare = home.strip_prefix("https://").unwrap_or(&home);
        Some(bare.strip_suffix('/').unwrap_or(bare).to_owned())
    }

    /// Whether it must use PKCE.
    #[must_use]
    pub fn requires_pkce(&self) -> bool {
        self.settings.requests.require_pkce
    }

    /// The redirect URI of a request, if it is exactly one of this client's.
    ///
    /// Strings are compared before any parsing. Only the port of a loopback literal may vary, and only
    /// for a public client, which may be a native application (RFC 8252 §7.3).
    #[must_use]
    pub fn redirect_uri(&self, requested: &str) -> Option<RedirectUri> {
        let is_native = self.settings.token_endpoint_auth_method == TokenEndpointAuthMethod::None;
        let fits = |registered: &String| {
            registered == requested
                || is_native
                    && without_loopback_port(registered)
                        .zip(without_loopback_port(requested))
                        .is_some_and(|(registered, requested)| registered == requested)
        };
        self.settings.redirect_uris.iter().any(fits).then(|| RedirectUri(requested.to_owned()))
    }

    /// Whether people may be sent there after signing out.
    #[must_use]
    pub fn may_return_to(&self, post_logout_redirect_uri: &str) -> bool {
        self.settings
            .post_logout_redirect_uris
            .iter()
            .any(|registered| registered == post_logout_redirect_uri)
    }

    /// Whether it may use a grant.
    #[must_use]
    pub fn may_use(&self, grant_type: GrantType) -> bool {
        self.settings.grant_types.contains(&grant_type)
    }

    /// The origins to which a form leads that ends at this redirect URI.
    #[must_use]
    pub fn return_origins(&self, redirect_uri: &RedirectUri) -> Vec<String> {
        self.origins_after(redirect_uri.as_str())
    }

    /// The same for any of its addresses.
    #[must_use]
    pub fn origins_after(&self, address: &str) -> Vec<String> {
        let mut origins = self.settings.onward_origins.clone();
        origins.extend(origin_of(address));
        origins
    }
}

/// How a page's policy names where an address leads: its origin, or a native application's own scheme.
fn origin_of(address: &str) -> Option<String> {
    let url = url::Url::parse(address).ok()?;
    let origin = url.origin();
    Some(if origin.is_tuple() { origin.ascii_serialization() } else { format!("{}:", url.scheme()) })
}

/// The scopes of a client: `offline_access` means nothing to one that may not refresh.
fn scopes_of(settings: &ClientSettings) -> Scopes {
    let may_refresh = settings.grant_types.contains(&GrantType::RefreshToken);
    let names = settings.scope.iter().map(String::as_str);
    Scopes::from_names(names.filter(|name| may_refresh || *name != Scope::OfflineAccess.name()))
}

/// What remains of a loopback address when its port is left out: literal and path.
fn without_loopback_port(uri: &str) -> Option<(&str, &str)> {
    for literal in ["http://127.0.0.1", "http://[::1]"] {
        let Some(rest) = uri.strip_prefix(literal) else { continue };
        let Some(after_colon) = rest.strip_prefix(':') else {
            return rest.starts_with('/').then_some((literal, rest));
        };
        let digits = after_colon.bytes().take_while(u8::is_ascii_digit).count();
        let is_port = after_colon[..digits].parse::<u16>().is_ok();
        return (is_port && after_colon[digits..].starts_with('/'))
            .then_some((literal, &after_colon[digits..]));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_told_the_host_of_a_site_and_the_scheme_of_an_application() {
        for (uri, place) in [
            ("https://app.example:8443/cb", "app.example"),
            ("http://127.0.0.1:1/cb", "127.0.0.1"),
            ("fr.evil.app://bank.example/cb", "fr.evil.app"),
            ("fr.example.app:/cb", "fr.example.app"),
        ] {
            assert_eq!(RedirectUri(uri.to_owned()).place().as_deref(), Some(place), "{uri}");
        }
    }

    #[test]
    fn a_form_leads_to_the_origin_of_a_site_or_to_the_scheme_of_an_application() {
        for (address, origin) in [
            ("https://app.example:8443/cb?a=b", "https://app.example:8443"),
            ("https://app.example/cb", "https://app.example"),
            ("http://[::1]:7/cb", "http://[::1]:7"),
            ("fr.example.app:/cb", "fr.example.app:"),
            ("fr.example.app://cb", "fr.example.app:"),
        ] {
            assert_eq!(origin_of(address).as_deref(), Some(origin), "{address}");
        }
        assert_eq!(origin_of("/cb"), None);
    }

    #[test]
    fn only_the_port_of_a_loopback_literal_varies() {
        let bare = without_loopback_port("http://127.0.0.1/cb");
        assert!(bare.is_some());
        assert_eq!(without_loopback_port("http://127.0.0.1:49152/cb"), bare);
        for other in [
            "http://127.0.0.1:49152/cb2",
            "http://127.0.0.1:x/cb",
            "http://127.0.0.1:1@evil.example/cb",
            "http://127.0.0.1:99999/cb",
            "http://127.0.0.1.evil.example/cb",
            "http://127.0.0.1@evil.example/cb",
            "http://localhost:1/cb",
            "https://127.0.0.1:1/cb",
        ] {
            assert_ne!(without_loopback_port(other), bare, "{other}");
        }
    }
}
