//! How a client proves itself: a secret, or keys of its own.

use serde_json::Value as Json;

use super::super::document::Value;
use super::super::reader::Section;
use super::super::secrets::is_repetitive;
use super::super::settings::{ClientKeys, TokenEndpointAuthMethod};
use super::super::values::{Parsed, Problem, page_address, word};
use crate::kit::secrets::Secret;

/// The least length of a client secret: 32 characters of hexadecimal are 128 bits.
const SHORTEST_SECRET: usize = 32;

/// The members of a JWK that are secret (RFC 7518 §6).
const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// `token_endpoint_auth_method`
pub(super) fn read_method(section: &mut Section<'_>) -> Option<TokenEndpointAuthMethod> {
    if section.node("token_endpoint_auth_method").is_none()
        && section.seems_lost("token_endpoint_auth_method")
    {
        return None;
    }
    let methods = TokenEndpointAuthMethod::ALL.map(|method| (method.name(), method));
    section.or("token_endpoint_auth_method", TokenEndpointAuthMethod::ClientSecretBasic, word(&methods))
}

/// `client_secret`, where the method uses one.
pub(super) fn read_secret(
    section: &mut Section<'_>,
    method: Option<TokenEndpointAuthMethod>,
) -> Option<Secret> {
    match method {
        Some(method) if method.uses_secret() => section.required_secret("client_secret", client_secret),
        Some(method) => {
            for key in ["client_secret", "client_secret_file"] {
                section.forbid(key, &format!("none with token_endpoint_auth_method = \"{}\"", method.name()));
            }
            None
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

/// `jwks` or `jwks_uri`, never both (RFC 7591 §2).
pub(super) fn read_keys(
    section: &mut Section<'_>,
    method: Option<TokenEndpointAuthMethod>,
) -> Option<ClientKeys> {
    let inline = section.node("jwks").is_some();
    let at = section.node("jwks_uri").is_some();
    if inline && at {
        section.wrong("jwks_uri", "both", "either jwks or jwks_uri");
        return None;
    }
    if inline {
        return section.optional("jwks", jwk_set).map(ClientKeys::Inline);
    }
    if at {
        return section.optional("jwks_uri", page_address).map(ClientKeys::At);
    }
    if method == Some(TokenEndpointAuthMethod::PrivateKeyJwt) {
        section.missing("jwks", "its public keys, or jwks_uri, with \"private_key_jwt\"");
        return None;
    }
    Some(ClientKeys::None)
}

/// A JWK set of public keys (RFC 7517 §5), whole or as JSON in one text.
fn jwk_set(value: &Value) -> Parsed<Json> {
    let expected = "a JWK set of public keys, { keys = [ … ] }, or the same as JSON in one text";
    let json = match value.as_table() {
        Some(_) => value.to_json(),
        None => value.as_text().and_then(|text| serde_json::from_str(text).ok()),
    };
    let json = json.ok_or_else(|| Problem::found("something else", expected))?;
    let keys = json.get("keys").and_then(Json::as_array).filter(|keys| !keys.is_empty());
    let keys = keys.ok_or_else(|| Problem::found("no keys", expected))?;
    let is_private = |key: &Json| PRIVATE_MEMBERS.iter().any(|member| key.get(member).is_some());
    if keys.iter().any(is_private) {
        return Err(Problem::found(
            "a private key",
            "public keys alone: the private ones stay at the client",
        ));
    }
    if serde_json::from_value::<jsonwebtoken::jwk::JwkSet>(json.clone()).is_err() {
        return Err(Problem::found("a key that cannot be read", expected));
    }
    Ok(json)
}
