//! Resources: for which API an access token is (RFC 8707), and which of its scopes count there.
//!
//! A token is for one API. A request may name several resources at the authorization endpoint, and gets
//! a token for one of them at a time: an API that could use a token elsewhere would be everybody's key.
//! Where no resource was named, a token is for userinfo too.

use super::clients::Client;
use super::error::{ErrorCode, OAuthError};
use super::scopes::{ApiScope, Scopes};
use super::{ClientId, Provider};
use crate::config::ResourceSettings;
use crate::id_type;
use crate::kit::page::Localized;
use crate::kit::parameters::Parameters;

/// The one parameter that may stand several times.
pub(super) const RESOURCE: &str = "resource";

id_type! {
    /// The address of a resource, compared as an exact string.
    ResourceUri
}

/// For whom an access token is: an API, ourselves, or, where nobody named a resource, both.
#[derive(Clone, Debug)]
pub(super) struct Audience(Vec<String>);

impl Audience {
    fn of(one: &str) -> Self {
        Self(vec![one.to_owned()])
    }

    fn and(mut self, other: &str) -> Self {
        if !self.includes(other) {
            self.0.push(other.to_owned());
        }
        self
    }

    /// The audience without one of it, if anybody is left.
    pub fn without(mut self, one: &str) -> Option<Self> {
        self.0.retain(|member| member != one);
        (!self.0.is_empty()).then_some(self)
    }

    /// Whether a token with this audience is for somebody.
    pub fn includes(&self, uri: &str) -> bool {
        self.0.iter().any(|member| member == uri)
    }

    /// Everyone for whom it is: the API first.
    pub fn as_slice(&self) -> &[String] {
        &self.0
    }
}

/// The resources of the settings.
#[derive(Clone, Debug)]
pub(super) struct Resources(Vec<ResourceSettings>);

impl Resources {
    pub const fn new(resources: Vec<ResourceSettings>) -> Self {
        Self(resources)
    }

    /// The address of the resource to which a scope belongs.
    fn of_scope(&self, scope: &ApiScope) -> Option<&str> {
        let has_it =
            |resource: &&ResourceSettings| resource.scopes.iter().any(|known| known.name == scope.as_str());
        self.0.iter().find(has_it).map(|resource| resource.uri.as_str())
    }

    /// Whether a client speaks for a resource.
    pub fn is_served_by(&self, uri: &str, client: &ClientId) -> bool {
        let speaks = |resource: &ResourceSettings| {
            resource.uri == uri && resource.servers.iter().any(|server| server == client.as_str())
        };
        self.0.iter().any(speaks)
    }

    /// The names of every scope.
    pub fn scope_names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(|resource| &resource.scopes).map(|scope| scope.name.as_str())
    }

    /// What people are told of scopes of APIs; one that is gone meanwhile is told by its name.
    pub fn describe(&self, scopes: &Scopes) -> Vec<Localized> {
        let describe = |scope: &ApiScope| {
            let mut known = self.0.iter().flat_map(|resource| &resource.scopes);
            let found = known.find(|known| known.name == scope.as_str());
            let nameless = || Localized { fr: scope.to_string(), en: scope.to_string() };
            found.map_or_else(nameless, |known| known.description.clone())
        };
        scopes.of_apis().map(describe).collect()
    }
}

/// The resources that a request names, each once: all of them must be this client's.
pub(super) fn named(client: &Client, parameters: &Parameters) -> Result<Vec<ResourceUri>, OAuthError> {
    let mut resources = Vec::new();
    for uri in parameters.values(RESOURCE).map(ResourceUri::from) {
        if !client.may_reach(&uri) {
            return Err(invalid_target("the resource is not one of this client's"));
        }
        if !resources.contains(&uri) {
            resources.push(uri);
        }
    }
    Ok(resources)
}

impl Client {
    /// Whether it may have access tokens for a resource.
    pub(super) fn may_reach(&self, uri: &ResourceUri) -> bool {
        self.settings.resources.iter().any(|own| own == uri.as_str())
    }
}

impl Provider {
    /// The audience of one access token: the resource asked for, or else the first one granted, that of
    /// the first API whose scope is there, the client's first one, ourselves.
    ///
    /// Where none was named, neither now nor when it was granted, a token with a scope that is about a person is
    /// for ourselves besides: userinfo takes no other (RFC 9068 §4).
    pub(super) fn audience(
        &self,
        client: &Client,
        granted: &[ResourceUri],
        asked: &[ResourceUri],
        scopes: &Scopes,
    ) -> Result<Audience, OAuthError> {
        match asked {
            [one] if granted.is_empty() || granted.contains(one) => return Ok(Audience::of(one.as_str())),
            [_] => return Err(invalid_target("the resource was not granted")),
            [] => {}
            _ => return Err(invalid_target("an access token is for one resource")),
        }
        if !granted.is_empty() {
            let still = granted.iter().find(|uri| client.may_reach(uri));
            let still = still.ok_or(invalid_target("no granted resource is left"))?;
            return Ok(Audience::of(still.as_str()));
        }
        let of_scope = scopes.of_apis().find_map(|scope| self.0.resources.of_scope(scope));
        let own = || client.settings.resources.first().map(String::as_str);
        let audience = Audience::of(of_scope.or_else(own).unwrap_or(&self.0.issuer));
        Ok(if scopes.iter().next().is_some() { audience.and(&self.0.issuer) } else { audience })
    }

    /// The scopes that count at an audience: those of other APIs do not.
    pub(super) fn scopes_at(&self, audience: &Audience, scopes: &Scopes) -> Scopes {
        scopes.with_apis(|scope| self.0.resources.of_scope(scope).is_some_and(|uri| audience.includes(uri)))
    }
}

fn invalid_target(description: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidTarget, description)
}
