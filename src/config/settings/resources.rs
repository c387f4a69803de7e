//! Settings of resources: the APIs for which access tokens are made (RFC 8707).

use crate::kit::page::Localized;

/// One `[[resources]]` section.
#[derive(Clone, Debug)]
pub struct ResourceSettings {
    /// Its address: the audience of its access tokens, compared as an exact string.
    pub uri: String,
    /// Its name for people.
    pub name: Localized,
    /// What may be done there.
    pub scopes: Vec<ResourceScope>,
    /// The ids of the clients by which it asks us about tokens (RFC 7662).
    pub servers: Vec<String>,
}

/// One `[[resources.scopes]]` section.
#[derive(Clone, Debug)]
pub struct ResourceScope {
    /// Its name in requests.
    pub name: String,
    /// What people are asked to allow.
    pub description: Localized,
}
