//! Settings of resources: the APIs for which access tokens are made (RFC 8707).

use crate::kit::page::Localized;

/// Where the API is, below the issuer, by which applications manage the people of their authority.
pub const SCIM_PATH: &str = "/scim/v2";
/// The scope that opens it.
pub const SCIM_SCOPE: &str = "scim";

/// One `[[resources]]` section, or the one API of this house.
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

impl ResourceSettings {
    /// The API of this house (SCIM), which no section names.
    #[must_use]
    pub fn scim(issuer: &str) -> Self {
        let description = Localized {
            fr: "gérer les accès des intervenants de son autorité".to_owned(),
            en: "manage the access of the people of its authority".to_owned(),
        };
        Self {
            uri: format!("{issuer}{SCIM_PATH}"),
            name: Localized { fr: "SCIM".to_owned(), en: "SCIM".to_owned() },
            scopes: vec![ResourceScope { name: SCIM_SCOPE.to_owned(), description }],
            servers: Vec::new(),
        }
    }

    /// Whether it is the API of this house.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        self.scopes.iter().any(|scope| scope.name == SCIM_SCOPE)
    }
}

/// One `[[resources.scopes]]` section.
#[derive(Clone, Debug)]
pub struct ResourceScope {
    /// Its name in requests.
    pub name: String,
    /// What people are asked to allow.
    pub description: Localized,
}
