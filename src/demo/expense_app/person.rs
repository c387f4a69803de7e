//! Who is signed in, and the tokens that came with them.

use openidconnect::core::CoreGenderClaim;
use openidconnect::{AdditionalClaims, UserInfoClaims};
use serde::{Deserialize, Serialize};

use crate::id_type;
use crate::kit::clock::Timestamp;
use crate::kit::secrets::Secret;

id_type! {
    /// A person's stable name at the provider (`sub`): what their expense sheets are kept under.
    Subject
}

/// The claims of the `imagin` scope that are not among the standard ones.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct ImaginClaims {
    /// By which door the person came.
    pub situation: Option<String>,
    /// To which authority (academy, ministry) their account belongs.
    pub authority: Option<String>,
}

impl AdditionalClaims for ImaginClaims {}

/// What the provider's userinfo says of a person.
pub(super) type PersonClaims = UserInfoClaims<ImaginClaims, CoreGenderClaim>;

/// A person as this application shows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Person {
    pub subject: Subject,
    /// The best name there is: full, assembled, or the identifier.
    pub name: String,
    /// The identifier on the convocation letter.
    pub identifier: Option<String>,
    pub situation: Option<String>,
    pub authority: Option<String>,
}

impl Person {
    /// Reads the claims; whatever is missing is left out of the pages.
    pub(super) fn from_claims(claims: &PersonClaims) -> Self {
        let given = claims.given_name().and_then(|name| name.get(None)).map(|name| name.as_str());
        let family = claims.family_name().and_then(|name| name.get(None)).map(|name| name.as_str());
        let whole = claims.name().and_then(|name| name.get(None)).map(|name| name.as_str().to_owned());
        let assembled = match (given, family) {
            (Some(given), Some(family)) => Some(format!("{given} {family}")),
            (one, other) => one.or(other).map(str::to_owned),
        };
        let identifier = claims.preferred_username().map(|name| name.as_str().to_owned());
        let more = claims.additional_claims();
        Self {
            subject: claims.subject().as_str().into(),
            name: whole
                .or(assembled)
                .or_else(|| identifier.clone())
                .unwrap_or_else(|| claims.subject().as_str().to_owned()),
            identifier,
            situation: more.situation.clone(),
            authority: more.authority.clone(),
        }
    }
}

/// The tokens of a signed-in person.
#[derive(Clone, Debug)]
pub(super) struct Tokens {
    /// Kept to be shown at sign-out (`id_token_hint`).
    pub id_token: Secret,
    /// What opens the API.
    pub access_token: Secret,
    /// When the access token ends.
    pub access_token_ends_at: Timestamp,
    /// What renews the access token, when the provider gave one.
    pub refresh_token: Option<Secret>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(claims: &serde_json::Value) -> Person {
        let json = claims.to_string();
        Person::from_claims(&PersonClaims::from_json::<std::io::Error>(json.as_bytes(), None).unwrap())
    }

    #[test]
    fn a_person_without_a_full_name_is_shown_by_the_parts_of_it() {
        let claims = serde_json::json!({"sub": "s", "given_name": "Awa", "family_name": "N’Diaye"});
        assert_eq!(person(&claims).name, "Awa N’Diaye");
    }

    #[test]
    fn a_person_without_any_name_is_shown_by_the_identifier() {
        let claims = serde_json::json!({
            "sub": "s", "preferred_username": "andiaye", "situation": "external", "authority": "lyon"
        });
        let person = person(&claims);
        assert_eq!(person.name, "andiaye");
        assert_eq!(person.situation.as_deref(), Some("external"));
        assert_eq!(person.authority.as_deref(), Some("lyon"));
    }
}
