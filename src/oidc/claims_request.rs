//! The `claims` parameter: claims asked for one by one (`OpenID` Connect Core §5.5).
//!
//! A claim that is asked for is told only where a scope of the client's registration would tell it, and,
//! to a third party, only once the person has allowed that scope. `acr`, `amr`, `auth_time` and `sub` need none.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::claims::scopes_telling;
use super::error::OAuthError;
use super::scopes::{Scope, Scopes};

/// The longest text of the parameter, in bytes.
const LONGEST: usize = 4 * 1024;
/// How many claims one place may name.
const MOST_CLAIMS: usize = 64;
/// How many values one claim may list.
const MOST_VALUES: usize = 16;
/// How deep the values may nest.
const DEEPEST: usize = 8;

/// What was asked of each place.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClaimsRequest {
    id_token: BTreeMap<String, Wish>,
    userinfo: BTreeMap<String, Wish>,
}

/// What was asked of one claim.
#[derive(Clone, Debug, Default, PartialEq)]
struct Wish {
    is_essential: bool,
    /// The values that are wanted, the best first; any when none.
    values: Vec<Value>,
}

/// The names of the claims that were asked for and may be told: what a grant keeps of the request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedClaims {
    /// In ID tokens.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub id_token: BTreeSet<String>,
    /// At userinfo.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub userinfo: BTreeSet<String>,
}

impl NamedClaims {
    /// Whether none was asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.id_token.is_empty() && self.userinfo.is_empty()
    }
}

impl ClaimsRequest {
    /// Reads the parameter; members that are not known mean nothing.
    pub fn parse(text: &str) -> Result<Self, OAuthError> {
        let malformed = OAuthError::invalid_request("claims is not a claims request (Core 5.5)");
        if text.len() > LONGEST {
            return Err(OAuthError::invalid_request("claims is too long"));
        }
        let Ok(Value::Object(places)) = serde_json::from_str(text) else { return Err(malformed) };
        let place = |name| match places.get(name) {
            None => Some(BTreeMap::new()),
            Some(claims) => read_place(claims),
        };
        match (place("id_token"), place("userinfo")) {
            (Some(id_token), Some(userinfo)) => Ok(Self { id_token, userinfo }),
            _ => Err(malformed),
        }
    }

    /// The claims that a client with these scopes may be told.
    #[must_use]
    pub fn named_within(&self, scopes: &Scopes) -> NamedClaims {
        let names = |place: &BTreeMap<String, Wish>| {
            place.keys().filter(|name| scope_for(name, scopes).is_some()).cloned().collect()
        };
        NamedClaims { id_token: names(&self.id_token), userinfo: names(&self.userinfo) }
    }

    /// The scopes whose claims are asked for one by one, among those of a client.
    #[must_use]
    pub fn scopes_within(&self, scopes: &Scopes) -> Scopes {
        let names = self.id_token.keys().chain(self.userinfo.keys());
        let needed: Vec<_> = names.filter_map(|name| scope_for(name, scopes)).map(Scope::name).collect();
        Scopes::from_names(needed)
    }

    /// The only subjects that may be answered with, where the request names any (Core §5.5.1, §3.1.2.2).
    #[must_use]
    pub fn subjects(&self) -> Option<Vec<&str>> {
        let wishes = [&self.id_token, &self.userinfo].into_iter().filter_map(|place| place.get("sub"));
        let named = wishes.filter(|wish| !wish.values.is_empty());
        // Whoever fits must fit both places.
        named
            .map(|wish| wish.values.iter().filter_map(Value::as_str).collect::<Vec<_>>())
            .reduce(|left, right| left.into_iter().filter(|subject| right.contains(subject)).collect())
    }

    /// The authentication contexts that are wanted, and whether nothing else will do (Core §5.5.1.1).
    #[must_use]
    pub fn contexts(&self) -> Option<(bool, Vec<String>)> {
        let wish = self.id_token.get("acr").filter(|wish| !wish.values.is_empty())?;
        let values = wish.values.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        Some((wish.is_essential, values))
    }
}

/// The first scope among a client's own that tells a claim.
fn scope_for(claim: &str, scopes: &Scopes) -> Option<Scope> {
    scopes_telling(claim).iter().copied().find(|scope| scopes.contains(*scope))
}

fn read_place(claims: &Value) -> Option<BTreeMap<String, Wish>> {
    let claims = claims.as_object().filter(|claims| claims.len() <= MOST_CLAIMS)?;
    claims.iter().map(|(name, wish)| Some((name.clone(), read_wish(wish)?))).collect()
}

fn read_wish(wish: &Value) -> Option<Wish> {
    if wish.is_null() {
        return Some(Wish::default());
    }
    let members = wish.as_object()?;
    let is_essential = match members.get("essential") {
        None => false,
        Some(essential) => essential.as_bool()?,
    };
    let values = match (members.get("value"), members.get("values")) {
        (None, None) => Vec::new(),
        (Some(value), None) => vec![value.clone()],
        (None, Some(values)) => values.as_array().filter(|values| values.len() <= MOST_VALUES)?.clone(),
        (Some(_), Some(_)) => return None,
    };
    values.iter().all(|value| is_within(value, DEEPEST)).then_some(Wish { is_essential, values })
}

/// Whether a value nests no deeper than so many levels.
fn is_within(value: &Value, levels: usize) -> bool {
    let Some(below) = levels.checked_sub(1) else { return false };
    match value {
        Value::Array(items) => items.iter().all(|item| is_within(item, below)),
        Value::Object(members) => members.values().all(|member| is_within(member, below)),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scopes(list: &str) -> Scopes {
        Scopes::parse(list)
    }

    #[test]
    fn what_is_no_claims_request_is_refused() {
        let nested = format!("{{\"userinfo\":{{\"x\":{{\"value\":{}1{}}}}}}}", "[".repeat(9), "]".repeat(9));
        let bottomless = "[".repeat(2_000);
        let many: Vec<_> = (0..65).map(|number| format!("\"x{number}\":null")).collect();
        let many = format!("{{\"id_token\":{{{}}}}}", many.join(","));
        let long = format!("{{\"x\":\"{}\"}}", "x".repeat(LONGEST));
        for wrong in [
            "",
            "nonsense",
            "null",
            "[]",
            "\"userinfo\"",
            r#"{"userinfo":[]}"#,
            r#"{"userinfo":null}"#,
            r#"{"id_token":{"acr":true}}"#,
            r#"{"id_token":{"acr":"x"}}"#,
            r#"{"id_token":{"acr":{"essential":"true"}}}"#,
            r#"{"id_token":{"acr":{"values":"x"}}}"#,
            r#"{"id_token":{"acr":{"value":"x","values":["x"]}}}"#,
            nested.as_str(),
            bottomless.as_str(),
            many.as_str(),
            long.as_str(),
        ] {
            assert!(ClaimsRequest::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn unknown_members_mean_nothing() {
        let request = r#"{"verified":{"x":1},"userinfo":{"name":{"purpose":"why"}}}"#;
        let request = ClaimsRequest::parse(request).unwrap();
        let names: Vec<_> = request.named_within(&scopes("openid profile")).userinfo.into_iter().collect();
        assert_eq!(names, ["name"]);
    }

    #[test]
    fn a_client_gets_no_claim_that_none_of_its_scopes_tells() {
        let request = r#"{"id_token":{"email":null,"acr":null,"iss":null},"userinfo":{"phone_number":null}}"#;
        let request = ClaimsRequest::parse(request).unwrap();
        let named = request.named_within(&scopes("openid email imagin"));
        assert_eq!(named.id_token.into_iter().collect::<Vec<_>>(), ["acr", "email"]);
        assert!(named.userinfo.is_empty());
        assert_eq!(request.scopes_within(&scopes("openid email phone")), scopes("openid email phone"));
    }

    #[test]
    fn subjects_of_both_places_must_agree() {
        let both = r#"{"id_token":{"sub":{"value":"a"}},"userinfo":{"sub":{"values":["a","b"]}}}"#;
        assert_eq!(ClaimsRequest::parse(both).unwrap().subjects(), Some(vec!["a"]));
        assert_eq!(ClaimsRequest::parse(r#"{"id_token":{"sub":null}}"#).unwrap().subjects(), None);
        let odd = ClaimsRequest::parse(r#"{"id_token":{"sub":{"value":1}}}"#).unwrap();
        assert_eq!(odd.subjects(), Some(vec![]), "nobody is called 1");
    }
}
