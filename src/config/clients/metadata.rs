//! A client registered elsewhere than in the configuration, in JSON, by the rules of `[[clients]]`.

use std::path::Path;

use serde_json::{Map, Value as Json};
use url::Url;

use super::super::document::{Node, Table, Value};
use super::super::faults::{Faults, Place};
use super::super::reader::{Names, Reader};
use super::super::settings::ClientSettings;
use super::super::syntax::Lost;
use super::{Surroundings, read_client};
use crate::kit::locale::Locale;
use crate::kit::secrets::Secret;

/// The members of a client's metadata that mean something here; whatever else stands there is ignored.
///
/// Those of RFC 7591 and of `OpenID` Connect registration, and the last five of our own.
pub const CLIENT_MEMBERS: [&str; 33] = [
    "redirect_uris",
    "post_logout_redirect_uris",
    "token_endpoint_auth_method",
    "token_endpoint_auth_signing_alg",
    "jwks",
    "jwks_uri",
    "client_name",
    "client_uri",
    "logo_uri",
    "policy_uri",
    "tos_uri",
    "grant_types",
    "scope",
    "id_token_signed_response_alg",
    "userinfo_signed_response_alg",
    "introspection_signed_response_alg",
    "require_pushed_authorization_requests",
    "require_signed_request_object",
    "request_object_signing_alg",
    "request_uris",
    "subject_type",
    "sector_identifier_uri",
    "default_max_age",
    "default_acr_values",
    "backchannel_logout_uri",
    "backchannel_logout_session_required",
    "frontchannel_logout_uri",
    "frontchannel_logout_session_required",
    "require_pkce",
    "first_party",
    "resources",
    "onward_origins",
    "authority",
];

/// Understands a client's metadata, under the names of RFC 7591 §2, by the rules of the configuration.
///
/// A member that is `null` is absent (RFC 7592 §2.2). The name for people is `client_name`, with language tags
/// where there are any (`client_name#fr`), else the host of its addresses, else its id. The scopes that it may ask for are
/// those of the standard and of the resources around.
///
/// # Errors
/// Every fault, each under the name of its member.
pub fn read_client_metadata(
    client_id: &str,
    secret: Option<&Secret>,
    metadata: &Map<String, Json>,
    around: Surroundings<'_>,
) -> Result<ClientSettings, Faults> {
    let table = table_of(client_id, secret, metadata);
    let lost = Lost::default();
    let reader = Reader::new("client", Path::new(""), &lost, Vec::new());
    let client = reader.root(&table, |section| read_client(section, &mut Names::default(), around));
    let (faults, _) = reader.finish();
    match client {
        Some(client) if faults.is_empty() => Ok(client),
        _ => Err(Faults::new(faults)),
    }
}

fn table_of(client_id: &str, secret: Option<&Secret>, metadata: &Map<String, Json>) -> Table {
    let given = |name: &str| metadata.get(name).filter(|json| !json.is_null());
    let mut table: Table = Table::new();
    let mut put = |name: &str, value: Value| {
        table.insert(name.to_owned(), Node { value, place: Place::File });
    };
    for name in CLIENT_MEMBERS {
        let Some(json) = given(name) else { continue };
        let value = match name {
            // As JSON in one text: what a set holds beside keys that we know is not for the reader.
            "jwks" if json.is_object() => Value::Text(json.to_string()),
            _ => Value::of_json(json, &Place::File),
        };
        put(name, value);
    }
    let plain = given("client_name").cloned().unwrap_or_else(|| name_without_one(client_id, metadata).into());
    if plain.is_string() {
        let in_language = |locale| tagged_name(metadata, locale).unwrap_or(&plain).clone();
        let both = Locale::ALL.map(|locale| (locale.tag().to_owned(), in_language(locale)));
        put("client_name", Value::of_json(&Json::Object(both.into_iter().collect()), &Place::File));
    }
    put("client_id", Value::Text(client_id.to_owned()));
    if let Some(secret) = secret {
        put("client_secret", Value::Text(secret.expose().to_owned()));
    }
    table
}

/// `client_name#fr`, `client_name#fr-FR` and the like (Registration §2.1).
fn tagged_name(metadata: &Map<String, Json>, locale: Locale) -> Option<&Json> {
    let is_tagged = |name: &str| {
        name.strip_prefix("client_name#").is_some_and(|tag| Locale::from_tag(tag) == Some(locale))
    };
    metadata.iter().find(|(name, json)| is_tagged(name) && json.is_string()).map(|(_, json)| json)
}

fn name_without_one(client_id: &str, metadata: &Map<String, Json>) -> String {
    let first = metadata.get("redirect_uris").and_then(|uris| uris.get(0));
    let addresses = [metadata.get("client_uri"), first].into_iter().flatten().filter_map(Json::as_str);
    let mut hosts = addresses.filter_map(|text| Url::parse(text).ok()?.host_str().map(str::to_owned));
    hosts.next().unwrap_or_else(|| client_id.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::{GrantType, TokenEndpointAuthMethod};

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    fn read(metadata: &Json) -> Result<ClientSettings, Faults> {
        read_client_metadata(
            "c",
            Some(&Secret::new(SECRET)),
            metadata.as_object().unwrap(),
            Surroundings::default(),
        )
    }

    #[test]
    fn json_is_read_by_the_rules_of_the_configuration() {
        let client = read(&json!({
            "redirect_uris": ["https://a.example/cb"], "client_name": "A", "client_name#fr": "Â", "client_uri": null,
            "grant_types": ["authorization_code", "refresh_token"], "default_max_age": 60, "unheard_of": { "x": [null] },
        }))
        .unwrap();
        assert_eq!((client.client_id.as_str(), client.default_max_age), ("c", Some(60)));
        assert_eq!(client.token_endpoint_auth_method, TokenEndpointAuthMethod::ClientSecretBasic);
        assert_eq!(client.grant_types, [GrantType::AuthorizationCode, GrantType::RefreshToken]);
        let name = &client.about.client_name;
        assert_eq!((name.fr.as_str(), name.en.as_str()), ("Â", "A"));
        assert!(client.client_secret.is_some_and(|secret| secret.matches(SECRET)));
    }

    #[test]
    fn a_client_without_a_name_is_called_by_its_host() {
        let client = read(&json!({ "redirect_uris": ["https://a.example/cb"] })).unwrap();
        assert_eq!(client.about.client_name.fr, "a.example");
    }

    #[test]
    fn faults_bear_the_names_of_members() {
        let wrong = [
            (json!({}), "redirect_uris"),
            (json!({ "redirect_uris": "https://a.example/cb" }), "redirect_uris"),
            (json!({ "redirect_uris": ["https://a.example/cb", 1] }), "redirect_uris[1]"),
            (json!({ "redirect_uris": ["javascript:alert(1)"] }), "redirect_uris[0]"),
            (json!({ "redirect_uris": ["https://a.example/cb"], "jwks": 1 }), "jwks"),
            (json!({ "redirect_uris": ["https://a.example/cb"], "client_name": 1 }), "client_name"),
            (json!({ "redirect_uris": ["https://a.example/cb"], "default_max_age": 1.5 }), "default_max_age"),
        ];
        for (metadata, key) in wrong {
            let faults = read(&metadata).expect_err(key);
            assert_eq!(faults.iter().next().unwrap().key(), key, "{faults}");
        }
    }

    #[test]
    fn every_member_that_the_rules_ask_for_is_understood() {
        let lost = Lost::default();
        let reader = Reader::new("client", Path::new(""), &lost, Vec::new());
        let table = Table::new();
        let _ = reader
            .root(&table, |section| read_client(section, &mut Names::default(), Surroundings::default()));
        let (_, known) = reader.finish();
        let secret = ["client_id", "client_secret", "client_secret_file"];
        let missing: Vec<_> = known
            .iter()
            .filter(|name| !CLIENT_MEMBERS.contains(&name.as_str()) && !secret.contains(&name.as_str()))
            .collect();
        assert_eq!(missing, Vec::<&String>::new());
    }
}
