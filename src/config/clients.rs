//! `[[clients]]`: the applications, with the member names of `OpenID` Connect registration.

use std::collections::BTreeSet;

use super::document::{Value, quoted};
use super::reader::{Names, Section};
use super::redirects::redirect_uri;
use super::secrets::is_repetitive;
use super::settings::{ClientSettings, GrantType, SigningAlgorithm, TokenEndpointAuthMethod};
use super::values::{Parsed, Problem, flag, origin, page_address, text_that, whole, word};
use crate::kit::secrets::Secret;

/// The scopes that exist.
const SCOPES: [&str; 7] = ["openid", "profile", "email", "phone", "address", "offline_access", "imagin"];

/// The least length of a client secret: 32 characters of hexadecimal are 128 bits.
const SHORTEST_SECRET: usize = 32;

/// Every client.
pub(super) fn read(root: &mut Section<'_>) -> Vec<ClientSettings> {
    let mut ids = Names::default();
    root.sections("clients", |section| read_client(section, &mut ids))
}

fn read_client(section: &mut Section<'_>, ids: &mut Names) -> Option<ClientSettings> {
    let client_id = section.required(
        "client_id",
        text_that("a text of visible ASCII characters", |text| {
            text.bytes().all(|byte| byte.is_ascii_graphic()).then(|| text.to_owned())
        }),
    );
    if let Some(id) = &client_id {
        ids.take(section, "client_id", id);
    }
    let method = read_method(section);
    let client_secret = read_secret(section, method);
    let client_name = section.localized("client_name");
    let client_uri = section.optional("client_uri", page_address);
    let grant_types = read_grant_types(section);
    let redirect_uris = read_redirect_uris(section, grant_types.as_deref());
    let post_logout_redirect_uris = distinct(section, "post_logout_redirect_uris", redirect_uri);
    let scope = section.or("scope", vec!["openid".to_owned()], scope);
    let algorithms = SigningAlgorithm::ALL.map(|algorithm| (algorithm.name(), algorithm));
    let algorithm = section.or("id_token_signed_response_alg", SigningAlgorithm::Rs256, word(&algorithms));
    let default_max_age = section.optional("default_max_age", whole(0..=31_536_000));
    let require_pkce = section.or("require_pkce", true, flag);
    if require_pkce == Some(false) && method == Some(TokenEndpointAuthMethod::None) {
        section.wrong("require_pkce", "false", "true, as a public client has no other protection");
    }
    let first_party = section.or("first_party", false, flag);
    let resource = section.optional(
        "resource",
        text_that("an absolute address without fragment", |text| {
            let url = url::Url::parse(text).ok().filter(|url| url.fragment().is_none());
            url.map(|_| text.to_owned())
        }),
    );
    let onward_origins = distinct(section, "onward_origins", origin);
    Some(ClientSettings {
        client_id: client_id?,
        client_secret,
        client_name: client_name?,
        client_uri,
        redirect_uris: redirect_uris?,
        post_logout_redirect_uris: post_logout_redirect_uris?,
        token_endpoint_auth_method: method?,
        grant_types: grant_types?,
        scope: scope?,
        id_token_signed_response_alg: algorithm?,
        default_max_age,
        require_pkce: require_pkce?,
        first_party: first_party?,
        resource,
        onward_origins: onward_origins?,
    })
}

fn read_method(section: &mut Section<'_>) -> Option<TokenEndpointAuthMethod> {
    if section.node("token_endpoint_auth_method").is_none()
        && section.seems_lost("token_endpoint_auth_method")
    {
        return None;
    }
    let methods = [
        ("client_secret_basic", TokenEndpointAuthMethod::ClientSecretBasic),
        ("client_secret_post", TokenEndpointAuthMethod::ClientSecretPost),
        ("none", TokenEndpointAuthMethod::None),
    ];
    section.or("token_endpoint_auth_method", TokenEndpointAuthMethod::ClientSecretBasic, word(&methods))
}

fn read_secret(section: &mut Section<'_>, method: Option<TokenEndpointAuthMethod>) -> Option<Secret> {
    match method {
        Some(TokenEndpointAuthMethod::None) => {
            for key in ["client_secret", "client_secret_file"] {
                section.forbid(key, "none with token_endpoint_auth_method = \"none\", a public client");
            }
            None
        }
        Some(TokenEndpointAuthMethod::ClientSecretBasic | TokenEndpointAuthMethod::ClientSecretPost) => {
            section.required_secret("client_secret", client_secret)
        }
        // When the method is wrong, nobody knows whether a secret is needed.
        None => section.secret("client_secret", client_secret),
    }
}

/// A secret of visible ASCII characters (RFC 6749 appendix A.2), long and varied enough to be random.
fn client_secret(text: &str) -> Result<Secret, String> {
    let is_visible = text.bytes().all(|byte| byte.is_ascii_graphic());
    if is_visible && text.len() >= SHORTEST_SECRET && !is_repetitive(text) {
        return Ok(Secret::new(text));
    }
    Err(format!(
        "at least {SHORTEST_SECRET} random characters of visible ASCII, such as `openssl rand -hex 32` makes"
    ))
}

fn read_grant_types(section: &mut Section<'_>) -> Option<Vec<GrantType>> {
    if section.node("grant_types").is_none() {
        return Some(vec![GrantType::AuthorizationCode]);
    }
    let known =
        [("authorization_code", GrantType::AuthorizationCode), ("refresh_token", GrantType::RefreshToken)];
    let grant_types = section.list("grant_types", word(&known))?;
    if !grant_types.contains(&GrantType::AuthorizationCode) {
        section.wrong(
            "grant_types",
            "none of it",
            "\"authorization_code\" among them, with which everything begins",
        );
    }
    Some(grant_types)
}

fn read_redirect_uris(section: &mut Section<'_>, grant_types: Option<&[GrantType]>) -> Option<Vec<String>> {
    let expected = "at least one address to which codes are sent";
    let needs_one = grant_types.is_none_or(|types| types.contains(&GrantType::AuthorizationCode));
    match section.node("redirect_uris") {
        None if needs_one => section.missing("redirect_uris", expected),
        Some(node) if needs_one && node.value.as_list().is_some_and(<[_]>::is_empty) => {
            section.wrong("redirect_uris", "an empty list", expected);
        }
        _ => {}
    }
    distinct(section, "redirect_uris", redirect_uri)
}

/// A list in which nothing stands twice.
fn distinct(
    section: &mut Section<'_>,
    key: &str,
    check: impl Fn(&Value) -> Parsed<String>,
) -> Option<Vec<String>> {
    let items = section.list(key, check)?;
    let mut seen = BTreeSet::new();
    for item in &items {
        if !seen.insert(item) {
            section.wrong(key, format!("{} twice", quoted(item)), "each once");
        }
    }
    Some(items)
}

/// Scopes in one text, as in registration (RFC 7591 §2).
fn scope(value: &Value) -> Parsed<Vec<String>> {
    let expected =
        || format!("scopes in one text, such as \"openid profile\"; there are {}", SCOPES.join(", "));
    let text = value.as_text().ok_or_else(|| Problem::expected(expected()))?;
    let mut scopes: Vec<String> = Vec::new();
    for word in text.split_ascii_whitespace() {
        if !SCOPES.contains(&word) {
            return Err(Problem::found(quoted(word), expected()));
        }
        if !scopes.iter().any(|scope| scope == word) {
            scopes.push(word.to_owned());
        }
    }
    if !scopes.iter().any(|scope| scope == "openid") {
        return Err(Problem::expected("openid among the scopes"));
    }
    Ok(scopes)
}
