//! What a client that registers itself may be: the defaults of the standards, and what is refused.

use std::collections::HashSet;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};
use url::Url;

use super::Refusal;
use crate::config::{CLIENT_MEMBERS, ClientSettings, Faults, RegistrationSettings};
use crate::kit::secrets::Secret;
use crate::oidc::{ClientId, Clients};

/// The members of our own, which are decided here and not asked for.
pub(super) const OUR_OWN: [&str; 5] =
    ["require_pkce", "first_party", "resources", "onward_origins", "authority"];

/// The members that mean nothing here but are kept and given back.
const KEPT: [&str; 8] = [
    "application_type",
    "response_types",
    "contacts",
    "initiate_login_uri",
    "require_auth_time",
    "software_id",
    "software_version",
    "default_locale",
];

/// The members that may be told in several languages (Registration §2.1).
const IN_LANGUAGES: [&str; 5] = ["client_name", "client_uri", "logo_uri", "policy_uri", "tos_uri"];

/// How many of those, languages counted, are kept.
const MOST_IN_LANGUAGES: usize = 40;

/// The members by which answers would be encrypted: to leave them out would send in clear what the client
/// believes sealed.
const ENCRYPTED: [&str; 6] = [
    "id_token_encrypted_response_alg",
    "id_token_encrypted_response_enc",
    "userinfo_encrypted_response_alg",
    "userinfo_encrypted_response_enc",
    "introspection_encrypted_response_alg",
    "authorization_encrypted_response_alg",
];

/// The members of a registration as they came: a JSON object in which nothing stands twice.
pub(super) struct Members(pub Map<String, Value>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each;
        impl<'de> Visitor<'de> for Each {
            type Value = Members;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Members, A::Error> {
                let mut members = Map::new();
                while let Some((name, value)) = access.next_entry::<String, Value>()? {
                    if members.insert(name, value).is_some() {
                        return Err(serde::de::Error::custom("a member stands twice"));
                    }
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Each)
    }
}

/// A registration that keeps every rule.
pub(super) struct Accepted {
    /// What is kept of it, defaults filled in.
    pub metadata: Map<String, Value>,
    /// What it means.
    pub settings: ClientSettings,
}

impl Accepted {
    /// Where its sector's document stands, if it names one.
    pub fn sector(&self) -> Option<&str> {
        self.metadata.get("sector_identifier_uri").and_then(Value::as_str)
    }
}

/// Takes what may be taken of a registration, fills in the defaults, and checks it all.
pub(super) fn accept(
    given: Map<String, Value>,
    clients: &Clients,
    rules: &RegistrationSettings,
    id: &ClientId,
    secret: Option<&Secret>,
) -> Result<Accepted, Refusal> {
    if let Some(name) = ENCRYPTED.iter().find(|name| given.get(**name).is_some_and(|value| !value.is_null()))
    {
        return Err(Refusal::metadata(format!("{name}: answers are not encrypted here")));
    }
    let mut in_languages = 0;
    let mut metadata: Map<String, Value> = given
        .into_iter()
        .filter(|(name, value)| !value.is_null() && is_taken(name, &mut in_languages))
        .collect();
    let defaults = [
        ("token_endpoint_auth_method", json!("client_secret_basic")),
        ("application_type", json!("web")),
        ("id_token_signed_response_alg", json!("RS256")),
        ("subject_type", json!("public")),
        ("grant_types", json!(["authorization_code"])),
    ];
    for (name, value) in defaults {
        metadata.entry(name).or_insert(value);
    }
    check_flow(&mut metadata)?;
    check_application_type(&metadata)?;
    check_kept(&metadata)?;
    limit_scope(&mut metadata, rules)?;
    let is_public = metadata["token_endpoint_auth_method"] == "none";
    metadata.insert("require_pkce".to_owned(), (rules.require_pkce || is_public).into());
    let settings = clients.read(id, secret, &metadata).map_err(|faults| refusal(&faults))?;
    if let Some(grant_type) = settings.grant_types.iter().find(|asked| !rules.grant_types.contains(asked)) {
        return Err(Refusal::metadata(format!(
            "grant_types: {} is not for registered clients",
            grant_type.name()
        )));
    }
    Ok(Accepted { metadata, settings })
}

fn is_taken(name: &str, in_languages: &mut usize) -> bool {
    if let Some((member, tag)) = name.split_once('#') {
        let is_tag =
            !tag.is_empty() && tag.len() <= 35 && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        *in_languages += 1;
        return is_tag && IN_LANGUAGES.contains(&member) && *in_languages <= MOST_IN_LANGUAGES;
    }
    (CLIENT_MEMBERS.contains(&name) && !OUR_OWN.contains(&name)) || KEPT.contains(&name)
}

/// `response_types` and `grant_types` must say the same (Registration §2), and codes are the only answer here.
fn check_flow(metadata: &mut Map<String, Value>) -> Result<(), Refusal> {
    let uses_codes = metadata["grant_types"]
        .as_array()
        .is_some_and(|types| types.iter().any(|one| one == "authorization_code"));
    let default = if uses_codes { json!(["code"]) } else { json!([]) };
    let response_types = metadata.entry("response_types").or_insert(default);
    let types = response_types.as_array().map(Vec::as_slice);
    match types {
        Some([only]) if only == "code" && uses_codes => Ok(()),
        Some([]) if !uses_codes => Ok(()),
        Some([only]) if only == "code" => {
            Err(Refusal::metadata("response_types: code needs authorization_code among the grant_types"))
        }
        _ => Err(Refusal::metadata("response_types: the only one here is code, with authorization_code")),
    }
}

/// Where web and native applications may be sent codes (Registration §2, RFC 8252 §7).
fn check_application_type(metadata: &Map<String, Value>) -> Result<(), Refusal> {
    match metadata["application_type"].as_str() {
        Some("native") => return Ok(()),
        Some("web") => {}
        _ => return Err(Refusal::metadata("application_type: web or native")),
    }
    let uris = metadata.get("redirect_uris").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    match uris.iter().filter_map(Value::as_str).find(|uri| !uri.starts_with("https://")) {
        None => Ok(()),
        Some(_) => Err(Refusal::redirect_uri("redirect_uris: those of a web application are https")),
    }
}

type Check = fn(&Value) -> bool;

fn is_texts(value: &Value) -> bool {
    value.as_array().is_some_and(|all| all.iter().all(Value::is_string))
}

fn is_https(value: &Value) -> bool {
    let url = value.as_str().and_then(|text| Url::parse(text).ok());
    url.is_some_and(|url| url.scheme() == "https" && url.host_str().is_some())
}

/// What is only kept must at least be what its name says.
fn check_kept(metadata: &Map<String, Value>) -> Result<(), Refusal> {
    let checks: [(&str, Check, &str); 6] = [
        ("contacts", is_texts, "a list of texts"),
        ("initiate_login_uri", is_https, "an https address"),
        ("require_auth_time", Value::is_boolean, "true or false"),
        ("software_id", Value::is_string, "a text"),
        ("software_version", Value::is_string, "a text"),
        ("default_locale", Value::is_string, "a text"),
    ];
    for (name, is_right, expected) in checks {
        if metadata.get(name).is_some_and(|value| !is_right(value)) {
            return Err(Refusal::metadata(format!("{name}: expected {expected}")));
        }
    }
    let tagged = metadata.iter().filter(|(name, _)| name.contains('#'));
    for (name, value) in tagged {
        let is_right = if name.starts_with("client_name#") { value.is_string() } else { is_https(value) };
        if !is_right {
            return Err(Refusal::metadata(format!("{name}: expected a text, or an https address")));
        }
    }
    Ok(())
}

/// The scopes asked for, as far as clients that register themselves may have them; all those when none is asked for.
fn limit_scope(metadata: &mut Map<String, Value>, rules: &RegistrationSettings) -> Result<(), Refusal> {
    let granted = match metadata.get("scope") {
        None => rules.scope.clone(),
        Some(Value::String(asked)) => {
            let asked: HashSet<&str> = asked.split_ascii_whitespace().chain(["openid"]).collect();
            rules.scope.iter().filter(|scope| asked.contains(scope.as_str())).cloned().collect()
        }
        Some(_) => return Err(Refusal::metadata("scope: expected scopes in one text")),
    };
    metadata.insert("scope".to_owned(), granted.join(" ").into());
    Ok(())
}

/// The first fault, in the words of the protocol.
fn refusal(faults: &Faults) -> Refusal {
    let Some(fault) = faults.iter().next() else { return Refusal::metadata("the metadata cannot be used") };
    let description = format!("{}: {}", fault.key(), fault.what());
    if fault.key().starts_with("redirect_uris") {
        Refusal::redirect_uri(description)
    } else {
        Refusal::metadata(description)
    }
}
