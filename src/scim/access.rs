//! Who asks, and for whom.

use axum::extract::{FromRequestParts, Path};
use http::request::Parts;

use super::Scim;
use super::error::{ScimError, ScimType};
use crate::accounts::{AccountId, Fingerprint, Jurisdiction, Mandate};
use crate::audit::Acting;
use crate::config::SCIM_SCOPE;
use crate::kit::visitor::Visitor;
use crate::oidc::Application;

/// The longest id that is looked for.
const LONGEST_ID: usize = 64;

/// The application that asks: the proof that its token counts here and now.
pub struct Asking(pub Application);

impl FromRequestParts<Scim> for Asking {
    type Rejection = ScimError;

    async fn from_request_parts(parts: &mut Parts, scim: &Scim) -> Result<Self, ScimError> {
        let visitor = Visitor::of(parts);
        let provider = &scim.0.provider;
        let found = provider.application(&visitor.query, &parts.headers, &scim.0.base, SCIM_SCOPE).await;
        let application = found?;
        if visitor.query.repeated().is_some() || visitor.query.is_garbled() {
            return Err(ScimError::bad(ScimType::InvalidSyntax, "a parameter stands twice, or is no text"));
        }
        Ok(Self(application))
    }
}

impl Asking {
    /// The people whom it may see.
    pub fn jurisdiction(&self, scim: &Scim) -> Jurisdiction {
        scim.0.accounts.jurisdiction(&self.0.authority)
    }

    /// As whom it acts, in what is noted of it.
    pub fn acting(&self) -> Acting {
        Acting { who: self.0.client.to_string(), authority: self.0.authority.clone(), reason: String::new() }
    }

    /// Its right to change people, upon the version that it names, if it names one.
    pub fn mandate(&self, seen: Option<Fingerprint>) -> Mandate {
        Mandate::application(self.acting(), seen)
    }
}

/// The id of a person in the address of a request.
pub struct PersonId(pub AccountId);

impl PersonId {
    /// The id that a text is; what cannot be one is nobody's, and is not looked for.
    ///
    /// # Errors
    /// 404, as for one that nobody has.
    pub fn parse(text: &str) -> Result<Self, ScimError> {
        let is_id = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if text.is_empty() || text.len() > LONGEST_ID || !text.bytes().all(is_id) {
            return Err(ScimError::nobody());
        }
        Ok(Self(AccountId::from(text)))
    }
}

impl FromRequestParts<Scim> for PersonId {
    type Rejection = ScimError;

    async fn from_request_parts(parts: &mut Parts, scim: &Scim) -> Result<Self, ScimError> {
        let path = Path::<String>::from_request_parts(parts, scim).await;
        path.map_err(|_| ScimError::nobody()).and_then(|Path(text)| Self::parse(&text))
    }
}
