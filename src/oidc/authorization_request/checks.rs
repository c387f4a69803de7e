//! The checks of an authorization request, each for itself; the table of them stands in `mod.rs`.

use super::{ClientBound, Findings, Signature, Way};
use crate::config::GrantType;
use crate::oidc::claims_request::ClaimsRequest;
use crate::oidc::error::{ErrorCode, OAuthError};
use crate::oidc::resources::{self, RESOURCE};
use crate::oidc::response_mode::ResponseMode;
use crate::oidc::scopes::{Scope, Scopes};

/// The longest `code_challenge`: S256 gives 43 characters.
const CHALLENGE_LENGTH: usize = 43;
/// The longest `nonce`, in bytes: it is kept with the code, unlike `state`, which only goes through.
const LONGEST_NONCE: usize = 512;

pub(super) fn parameters_are_text(request: &ClientBound, _: &mut Findings) -> Result<(), OAuthError> {
    if request.parameters.is_garbled() {
        return Err(OAuthError::invalid_request("a parameter is not UTF-8 text"));
    }
    Ok(())
}

pub(super) fn no_parameter_stands_twice(request: &ClientBound, _: &mut Findings) -> Result<(), OAuthError> {
    match request.parameters.repeated_but(RESOURCE) {
        None => Ok(()),
        Some(_) => Err(OAuthError::invalid_request("a parameter stands twice")),
    }
}

/// RFC 9126 §6, RFC 9101 §10.5
pub(super) fn request_came_as_registered(request: &ClientBound, _: &mut Findings) -> Result<(), OAuthError> {
    let rules = &request.client.settings.requests;
    if rules.require_pushed_authorization_requests && request.arrival.way == Way::Direct {
        return Err(OAuthError::invalid_request("this client must push its requests"));
    }
    if rules.require_signed_request_object && request.arrival.signature == Signature::Absent {
        return Err(OAuthError::invalid_request("this client must sign its requests"));
    }
    Ok(())
}

pub(super) fn registration_is_elsewhere(request: &ClientBound, _: &mut Findings) -> Result<(), OAuthError> {
    if request.parameters.non_empty("registration").is_none() {
        return Ok(());
    }
    Err(OAuthError::new(ErrorCode::RegistrationNotSupported, "registration is not supported"))
}

pub(super) fn response_type_is_code(request: &ClientBound, _: &mut Findings) -> Result<(), OAuthError> {
    match request.parameters.non_empty("response_type") {
        Some("code") => Ok(()),
        None => Err(OAuthError::invalid_request("response_type is missing")),
        Some(_) => {
            Err(OAuthError::new(ErrorCode::UnsupportedResponseType, "the only response_type here is code"))
        }
    }
}

pub(super) fn response_mode_is_known(request: &ClientBound, _: &mut Findings) -> Result<(), OAuthError> {
    match request.parameters.non_empty("response_mode").map(ResponseMode::from_name) {
        None | Some(Some(_)) => Ok(()),
        Some(None) => Err(OAuthError::invalid_request("response_mode is query or form_post here")),
    }
}

pub(super) fn client_may_use_codes(request: &ClientBound, _: &mut Findings) -> Result<(), OAuthError> {
    if request.client.may_use(GrantType::AuthorizationCode) {
        return Ok(());
    }
    Err(OAuthError::new(ErrorCode::UnauthorizedClient, "this client may not use authorization codes"))
}

pub(super) fn scope_is_allowed(request: &ClientBound, found: &mut Findings) -> Result<(), OAuthError> {
    let asked = Scopes::parse(request.parameters.get("scope").unwrap_or_default());
    if !asked.contains(Scope::OpenId) {
        return Err(OAuthError::new(ErrorCode::InvalidScope, "the scope must contain openid"));
    }
    found.scopes = asked.shared_with(&request.client.scopes);
    Ok(())
}

pub(super) fn resources_are_the_clients(
    request: &ClientBound,
    found: &mut Findings,
) -> Result<(), OAuthError> {
    found.resources = resources::named(&request.client, &request.parameters)?;
    Ok(())
}

pub(super) fn prompt_makes_sense(request: &ClientBound, found: &mut Findings) -> Result<(), OAuthError> {
    let values = request.parameters.non_empty("prompt").unwrap_or_default();
    for value in values.split(' ').filter(|value| !value.is_empty()) {
        match value {
            "none" => found.prompts.none = true,
            "login" => found.prompts.login = true,
            "consent" => found.prompts.consent = true,
            "select_account" => found.prompts.select_account = true,
            _ => return Err(OAuthError::invalid_request("unknown prompt value")),
        }
    }
    let others = found.prompts.login || found.prompts.consent || found.prompts.select_account;
    if found.prompts.none && others {
        return Err(OAuthError::invalid_request("prompt none excludes every other value"));
    }
    Ok(())
}

pub(super) fn max_age_is_a_number(request: &ClientBound, found: &mut Findings) -> Result<(), OAuthError> {
    let Some(text) = request.parameters.non_empty("max_age") else { return Ok(()) };
    // A sign before the digits would be read as well.
    let seconds = text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten();
    let error = OAuthError::invalid_request("max_age is not a number of seconds");
    found.max_age = Some(seconds.ok_or(error)?);
    Ok(())
}

pub(super) fn nonce_is_short(request: &ClientBound, _: &mut Findings) -> Result<(), OAuthError> {
    if request.parameters.get("nonce").is_some_and(|nonce| nonce.len() > LONGEST_NONCE) {
        return Err(OAuthError::invalid_request("nonce is longer than 512 bytes"));
    }
    Ok(())
}

pub(super) fn challenge_is_sound(request: &ClientBound, _: &mut Findings) -> Result<(), OAuthError> {
    let method = request.parameters.non_empty("code_challenge_method");
    let Some(challenge) = request.parameters.non_empty("code_challenge") else {
        if request.client.requires_pkce() || method.is_some() {
            return Err(OAuthError::invalid_request("code_challenge is missing (PKCE is required)"));
        }
        return Ok(());
    };
    if method != Some("S256") {
        return Err(OAuthError::invalid_request("the only code_challenge_method here is S256"));
    }
    let is_base64url = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if challenge.len() != CHALLENGE_LENGTH || !challenge.bytes().all(is_base64url) {
        return Err(OAuthError::invalid_request("code_challenge is not a base64url SHA-256"));
    }
    Ok(())
}

pub(super) fn claims_are_well_formed(request: &ClientBound, found: &mut Findings) -> Result<(), OAuthError> {
    if let Some(text) = request.parameters.non_empty("claims") {
        found.claims = ClaimsRequest::parse(text)?;
    }
    Ok(())
}
