//! `[[upstreams]]`: the providers of which Guichet is a client.

use std::collections::BTreeMap;

use super::document::Value;
use super::reader::{Names, Section};
use super::settings::{
    AuthorityId, ClaimMapping, IdentifierHints, UpstreamAuthMethod, UpstreamHelp, UpstreamId,
    UpstreamSettings,
};
use super::site::identifier;
use super::values::{Parsed, Problem, flag, issuer_address, page_address, text, text_that, word};
use crate::kit::secrets::Secret;

/// Names that Guichet alone gives a meaning to in tokens; an upstream must never speak for it.
const OURS_ALONE: [&str; 26] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "azp",
    "sid",
    "at_hash",
    "c_hash",
    "s_hash",
    "cnf",
    "act",
    "client_id",
    "scope",
    "active",
    "updated_at",
    "email_verified",
    "phone_number_verified",
    "situation",
    "authority",
];

/// Names that have a key of their own.
const MAPPED_ABOVE: [&str; 3] = ["given_name", "family_name", "email"];

/// Every upstream, and the ids of all of them, faulty ones too.
pub(super) fn read(root: &mut Section<'_>, authorities: &[AuthorityId]) -> (Vec<UpstreamSettings>, Names) {
    let mut ids = Names::default();
    let upstreams = root.sections("upstreams", |section| read_upstream(section, &mut ids, authorities));
    (upstreams, ids)
}

fn read_upstream(
    section: &mut Section<'_>,
    ids: &mut Names,
    authorities: &[AuthorityId],
) -> Option<UpstreamSettings> {
    let id = section.required("id", identifier);
    if let Some(id) = &id {
        ids.take(section, "id", id);
    }
    let name = section.required("name", text);
    let issuer = section.required("issuer", issuer_address);
    let client_id = section.required("client_id", text);
    let client_secret = section.required_secret("client_secret", |text| {
        // Its strength is for the upstream to judge.
        if text.trim().is_empty() {
            Err("the secret agreed with the upstream".to_owned())
        } else {
            Ok(Secret::new(text))
        }
    });
    let methods = [
        ("client_secret_basic", UpstreamAuthMethod::ClientSecretBasic),
        ("client_secret_post", UpstreamAuthMethod::ClientSecretPost),
    ];
    let method =
        section.or("token_endpoint_auth_method", UpstreamAuthMethod::ClientSecretBasic, word(&methods));
    let scopes = read_scopes(section);
    let acr_values = section.list("acr_values", token);
    let sign_out = section.or("sign_out", false, flag);
    let authority = read_authority(section, authorities);
    let claims = section.section("claims", read_claims);
    let help = section.optional_section("help", |section| {
        let label = section.localized("label");
        let url = section.required("url", page_address);
        Some(UpstreamHelp { label: label?, url: url? })
    });
    let hints = section.section("identifier_hints", |section| {
        let numen = section.or("numen", false, flag);
        let mail_domains = section.list("mail_domains", mail_domain);
        Some(IdentifierHints { numen: numen?, mail_domains: mail_domains? })
    });
    Some(UpstreamSettings {
        id: UpstreamId::from(id?),
        name: name?,
        issuer: issuer?,
        client_id: client_id?,
        client_secret: client_secret?,
        token_endpoint_auth_method: method?,
        scopes: scopes?,
        acr_values: acr_values?,
        sign_out: sign_out?,
        authority,
        claims: claims?,
        help,
        identifier_hints: hints?,
    })
}

/// The authority whose staff its people are: the one that is named, or the only one.
fn read_authority(section: &mut Section<'_>, authorities: &[AuthorityId]) -> Option<AuthorityId> {
    let named = section.optional("authority", identifier).map(AuthorityId::from);
    match (named, authorities) {
        (Some(named), _) => {
            if !authorities.contains(&named) {
                let ids: Vec<_> = authorities.iter().map(AuthorityId::as_str).collect();
                let expected = format!("the id of one of the [[authorities]]: {}", ids.join(", "));
                section.wrong("authority", super::document::quoted(named.as_str()), expected);
            }
            Some(named)
        }
        (None, [only]) => Some(only.clone()),
        (None, _) => None,
    }
}

fn read_scopes(section: &mut Section<'_>) -> Option<Vec<String>> {
    if section.node("scopes").is_none() {
        return Some(vec!["openid".to_owned()]);
    }
    let scopes = section.list("scopes", token)?;
    if !scopes.iter().any(|scope| scope == "openid") {
        section.wrong("scopes", format!("a list of {}", scopes.len()), "openid among the scopes");
    }
    Some(scopes)
}

/// A word without spaces, as scopes and `acr` values are (RFC 6749 §3.3).
fn token(value: &Value) -> Parsed<String> {
    text_that("a word without spaces", |text| {
        let is_word = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\');
        is_word.then(|| text.to_owned())
    })(value)
}

fn read_claims(section: &mut Section<'_>) -> Option<ClaimMapping> {
    let given_name = section.or("given_name", "given_name".to_owned(), text);
    let family_name = section.or("family_name", "family_name".to_owned(), text);
    let email = section.or("email", "email".to_owned(), text);
    let return_address = section.optional("return_address", text);
    let others = section.section("others", |section| {
        let keys = section.keys();
        let mut read = |ours: &str| Some((ours.to_owned(), section.optional(ours, claim_name(ours))?));
        let others: Vec<_> = keys.iter().map(|ours| read(ours)).collect();
        others.into_iter().collect::<Option<BTreeMap<_, _>>>()
    });
    Some(ClaimMapping {
        given_name: given_name?,
        family_name: family_name?,
        email: email?,
        return_address,
        others: others?,
    })
}

/// The name of an upstream claim that becomes `ours`, if that is for an upstream to give.
fn claim_name(ours: &str) -> impl Fn(&Value) -> Parsed<String> {
    move |value| {
        let is_name = |character: char| character.is_ascii_alphanumeric() || "_-.:/".contains(character);
        let found = || format!("the name {}", super::document::quoted(ours));
        if OURS_ALONE.contains(&ours) {
            return Err(Problem::found(found(), "a name that Guichet does not use itself"));
        }
        if MAPPED_ABOVE.contains(&ours) {
            return Err(Problem::found(found(), format!("it one level up, as claims.{ours}")));
        }
        if ours.is_empty() || !ours.chars().all(is_name) {
            return Err(Problem::found(found(), "a name of letters, digits and _ - . : /"));
        }
        text(value)
            .map_err(|problem| Problem { expected: "the name of a claim upstream".to_owned(), ..problem })
    }
}

fn mail_domain(value: &Value) -> Parsed<String> {
    text_that("a mail domain such as \"ac-lyon.fr\"", |text| {
        let domain = text.to_lowercase();
        let is_plain = |character: char| character.is_alphanumeric() || matches!(character, '-' | '.');
        let is_domain = domain.contains('.')
            && domain.chars().all(is_plain)
            && domain.split('.').all(|label| !label.is_empty() && !label.starts_with('-'));
        is_domain.then_some(domain)
    })(value)
}
