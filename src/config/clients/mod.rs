//! `[[clients]]`: the applications, with the member names of `OpenID` Connect registration.
//!
//! `proof.rs` reads how a client proves itself, `addresses.rs` where it is reached. `metadata.rs` reads a client that is
//! registered elsewhere, in JSON, by the same rules.

mod addresses;
mod metadata;
mod proof;

pub use metadata::{CLIENT_MEMBERS, read_client_metadata};

use super::document::{Value, quoted};
use super::reader::{Names, Section};
use super::resources::resource_uri;
use super::settings::{
    AuthorityId, AuthoritySettings, ClientAbout, ClientSettings, GrantType, RequestRules, ResourceSettings,
    SCIM_SCOPE, SigningAlgorithm, TokenEndpointAuthMethod,
};
use super::values::{Parsed, Problem, flag, is_presentable, origin, page_address, text_that, whole, word};
use addresses::{check_frame, distinct, logout_channel, read_redirect_uris, read_subject_type, request_uri};

/// The scopes that exist.
pub(super) const SCOPES: [&str; 7] =
    ["openid", "profile", "email", "phone", "address", "offline_access", "imagin"];

/// The longest `default_max_age`: a year.
const LONGEST_MAX_AGE: i64 = 31_536_000;

/// What a client may name besides what the standard has.
#[derive(Clone, Copy, Debug, Default)]
pub struct Surroundings<'a> {
    /// The APIs, whose scopes it may ask for.
    pub apis: &'a [ResourceSettings],
    /// The authorities, to one of which it may belong.
    pub authorities: &'a [AuthoritySettings],
}

/// Every client; the scopes that it may ask for are those of the standard and of the resources around.
pub(super) fn read(root: &mut Section<'_>, around: Surroundings<'_>) -> Vec<ClientSettings> {
    let mut ids = Names::default();
    root.sections("clients", |section| read_client(section, &mut ids, around))
}

fn read_client(
    section: &mut Section<'_>,
    ids: &mut Names,
    around: Surroundings<'_>,
) -> Option<ClientSettings> {
    let apis = around.apis;
    let client_id = section.required(
        "client_id",
        text_that("a text of visible ASCII characters", |text| {
            text.bytes().all(|byte| byte.is_ascii_graphic()).then(|| text.to_owned())
        }),
    );
    if let Some(id) = &client_id {
        ids.take(section, "client_id", id);
    }
    let method = proof::read_method(section);
    let client_secret = proof::read_secret(section, method);
    let token_endpoint_auth_signing_alg = algorithm(section, "token_endpoint_auth_signing_alg");
    let keys = proof::read_keys(section, method);
    let about = read_about(section);
    let grant_types = read_grant_types(section, method);
    let redirect_uris = read_redirect_uris(section, grant_types.as_deref());
    let post_logout_redirect_uris =
        distinct(section, "post_logout_redirect_uris", super::redirects::redirect_uri);
    let needs_openid = grant_types.as_ref().is_none_or(|types| types.contains(&GrantType::AuthorizationCode));
    let scope = section.or("scope", vec!["openid".to_owned()], scope(apis, needs_openid));
    let id_token_signed_response_alg =
        section.or("id_token_signed_response_alg", SigningAlgorithm::Rs256, word(&algorithms()));
    let userinfo_signed_response_alg = algorithm(section, "userinfo_signed_response_alg");
    let introspection_signed_response_alg = algorithm(section, "introspection_signed_response_alg");
    let requests = read_requests(section, method);
    let subject_type = read_subject_type(section, redirect_uris.as_deref(), grant_types.as_deref());
    let default_max_age = section.optional("default_max_age", whole(0..=LONGEST_MAX_AGE));
    let default_acr_values = section.list("default_acr_values", acr_value);
    let first_party = section.or("first_party", false, flag);
    let resources = distinct(section, "resources", resource_uri);
    if let (Some(scope), Some(resources)) = (&scope, &resources) {
        check_scope_has_its_resource(section, apis, scope, resources);
    }
    let authority = read_authority(section, around.authorities, scope.as_deref());
    let onward_origins = distinct(section, "onward_origins", origin);
    let backchannel_logout = logout_channel(section, "backchannel_logout");
    let frontchannel_logout = logout_channel(section, "frontchannel_logout");
    if let (Some(frame), Some(redirect_uris)) = (&frontchannel_logout, &redirect_uris) {
        check_frame(section, frame, redirect_uris);
    }
    Some(ClientSettings {
        client_id: client_id?,
        client_secret,
        about: about?,
        redirect_uris: redirect_uris?,
        post_logout_redirect_uris: post_logout_redirect_uris?,
        token_endpoint_auth_method: method?,
        token_endpoint_auth_signing_alg,
        keys: keys?,
        grant_types: grant_types?,
        scope: scope?,
        id_token_signed_response_alg: id_token_signed_response_alg?,
        userinfo_signed_response_alg,
        introspection_signed_response_alg,
        requests: requests?,
        subject_type: subject_type?,
        default_max_age,
        default_acr_values: default_acr_values?,
        first_party: first_party?,
        resources: resources?,
        authority,
        onward_origins: onward_origins?,
        backchannel_logout,
        frontchannel_logout,
    })
}

fn read_about(section: &mut Section<'_>) -> Option<ClientAbout> {
    let client_name = section.localized("client_name");
    if client_name.as_ref().is_some_and(|name| !is_presentable(&name.fr) || !is_presentable(&name.en)) {
        let found = "a name that is too long, or has characters that are not seen";
        section.wrong("client_name", found, "at most 200 visible characters");
    }
    Some(ClientAbout {
        client_uri: section.optional("client_uri", page_address),
        logo_uri: section.optional("logo_uri", page_address),
        policy_uri: section.optional("policy_uri", page_address),
        tos_uri: section.optional("tos_uri", page_address),
        client_name: client_name?,
    })
}

fn read_requests(section: &mut Section<'_>, method: Option<TokenEndpointAuthMethod>) -> Option<RequestRules> {
    let require_pkce = section.or("require_pkce", true, flag);
    if require_pkce == Some(false) && method == Some(TokenEndpointAuthMethod::None) {
        section.wrong("require_pkce", "false", "true, as a public client has no other protection");
    }
    let pushed = section.or("require_pushed_authorization_requests", false, flag);
    if pushed == Some(true) && method == Some(TokenEndpointAuthMethod::None) {
        let expected = "false, as a public client cannot push requests";
        section.wrong("require_pushed_authorization_requests", "true", expected);
    }
    let signed = section.or("require_signed_request_object", false, flag);
    let request_object_signing_alg = algorithm(section, "request_object_signing_alg");
    // Those that differ in their fragments are one address.
    let request_uris = section.list("request_uris", request_uri);
    Some(RequestRules {
        require_pkce: require_pkce?,
        require_pushed_authorization_requests: pushed?,
        require_signed_request_object: signed?,
        request_object_signing_alg,
        request_uris: request_uris?,
    })
}

fn algorithms() -> Vec<(&'static str, SigningAlgorithm)> {
    SigningAlgorithm::ALL.into_iter().map(|algorithm| (algorithm.name(), algorithm)).collect()
}

fn algorithm(section: &mut Section<'_>, key: &str) -> Option<SigningAlgorithm> {
    section.optional(key, word(&algorithms()))
}

fn read_grant_types(
    section: &mut Section<'_>,
    method: Option<TokenEndpointAuthMethod>,
) -> Option<Vec<GrantType>> {
    if section.node("grant_types").is_none() {
        return Some(vec![GrantType::AuthorizationCode]);
    }
    let known = GrantType::ALL.map(|grant_type| (grant_type.name(), grant_type));
    let grant_types = section.list("grant_types", word(&known))?;
    if grant_types.iter().all(|grant_type| *grant_type == GrantType::RefreshToken) {
        section.wrong("grant_types", "none of them", "a grant with which something begins among them");
    }
    let own = grant_types.iter().find(|grant_type| grant_type.is_for_confidential_clients());
    if let (Some(own), Some(TokenEndpointAuthMethod::None)) = (own, method) {
        let expected = "it for clients alone that prove themselves by a secret or a key";
        section.wrong("grant_types", quoted(own.name()), expected);
    }
    Some(grant_types)
}

/// The authority whose people an application manages; without one the scope for that opens nothing.
fn read_authority(
    section: &mut Section<'_>,
    authorities: &[AuthoritySettings],
    scope: Option<&[String]>,
) -> Option<AuthorityId> {
    let known: Vec<(&str, AuthorityId)> =
        authorities.iter().map(|authority| (authority.id.as_str(), authority.id.clone())).collect();
    let authority = section.optional("authority", word(&known));
    let manages = scope.is_some_and(|scope| scope.iter().any(|name| name == SCIM_SCOPE));
    if manages && section.node("authority").is_none() {
        section.missing("authority", "the id of one of [[authorities]], as scope has scim");
    }
    authority
}

/// An API's scope is of use with a token for that API alone.
fn check_scope_has_its_resource(
    section: &Section<'_>,
    apis: &[ResourceSettings],
    scope: &[String],
    resources: &[String],
) {
    let stranger = apis
        .iter()
        .find(|api| !resources.contains(&api.uri) && api.scopes.iter().any(|own| scope.contains(&own.name)));
    if let Some(api) = stranger {
        let expected = format!("{} too, whose scope stands in scope", quoted(&api.uri));
        section.wrong("resources", "fewer resources than scopes need", expected);
    }
}

/// One value of `acr_values`.
fn acr_value(value: &Value) -> Parsed<String> {
    text_that("an acr value: visible ASCII characters without spaces", |text| {
        text.bytes().all(|byte| byte.is_ascii_graphic()).then(|| text.to_owned())
    })(value)
}

/// Scopes in one text, as in registration (RFC 7591 §2).
pub(super) fn scope(apis: &[ResourceSettings], needs_openid: bool) -> impl Fn(&Value) -> Parsed<Vec<String>> {
    let of_apis = apis.iter().flat_map(|api| &api.scopes).map(|scope| scope.name.as_str());
    let known: Vec<&str> = SCOPES.into_iter().chain(of_apis).collect();
    move |value| {
        let expected =
            || format!("scopes in one text, such as \"openid profile\"; there are {}", known.join(", "));
        let text = value.as_text().ok_or_else(|| Problem::expected(expected()))?;
        let mut scopes: Vec<String> = Vec::new();
        for word in text.split_ascii_whitespace() {
            if !known.contains(&word) {
                return Err(Problem::found(quoted(word), expected()));
            }
            if !scopes.iter().any(|scope| scope == word) {
                scopes.push(word.to_owned());
            }
        }
        if needs_openid && !scopes.iter().any(|scope| scope == "openid") {
            return Err(Problem::expected("openid among the scopes"));
        }
        Ok(scopes)
    }
}
