//! From what arrived to what may be granted: `Raw` → [`ClientBound`] → [`Valid`].
//!
//! Only a [`ClientBound`] request can have its errors sent to a client; only a [`Valid`] one can mint
//! a code.

use std::sync::Arc;

use super::clients::{Client, Clients, RedirectUri};
use super::error::{ErrorCode, OAuthError};
use super::resources::{self, RESOURCE, ResourceUri};
use super::scopes::{Scope, Scopes};
use crate::config::GrantType;
use crate::kit::parameters::{Parameters, with_query};

/// Why a request cannot even be answered to its client: the person gets a page, never a redirect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unbound {
    /// No `client_id`, or one that nobody has.
    UnknownClient,
    /// No `redirect_uri`, or none of this client's.
    UnregisteredRedirect,
    /// One of the two stands twice.
    Ambiguous,
}

/// A request whose client and redirect URI are certain.
#[derive(Debug)]
pub struct ClientBound {
    /// The client.
    pub client: Arc<Client>,
    /// Where it is answered.
    pub redirect_uri: RedirectUri,
    parameters: Parameters,
}

/// A request that passed every check.
#[derive(Debug)]
pub struct Valid {
    /// The client.
    pub client: Arc<Client>,
    /// Where it is answered.
    pub redirect_uri: RedirectUri,
    /// What is asked for, and may be.
    pub scopes: Scopes,
    /// For which resources.
    pub resources: Vec<ResourceUri>,
    /// What the person must be asked.
    pub prompts: Prompts,
    /// How old a sign-in may be, in seconds.
    pub max_age: Option<u64>,
    /// The `nonce`, echoed exactly.
    pub nonce: Option<String>,
    parameters: Parameters,
}

/// The values of `prompt` (Core §3.1.2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "a set: each value of the parameter is there or not")]
pub struct Prompts {
    /// Nothing may be shown.
    pub none: bool,
    /// A new sign-in is wanted.
    pub login: bool,
    /// Consent is to be asked again.
    pub consent: bool,
    /// The person may want to be somebody else.
    pub select_account: bool,
}

/// What the checks find out, one after the other.
#[derive(Default)]
struct Findings {
    scopes: Scopes,
    resources: Vec<ResourceUri>,
    prompts: Prompts,
    max_age: Option<u64>,
}

type Check = fn(&Client, &Parameters, &mut Findings) -> Result<(), OAuthError>;

/// Every check that a request must pass once its client is certain, in this order.
///
/// Pushed requests and signed request objects will run the same table.
const CHECKS: [Check; 11] = [
    parameters_are_text,
    no_parameter_stands_twice,
    no_request_object,
    response_type_is_code,
    response_mode_is_known,
    client_may_use_codes,
    scope_is_allowed,
    resources_are_the_clients,
    prompt_makes_sense,
    max_age_is_a_number,
    challenge_is_sound,
];

/// The longest `code_challenge`: S256 gives 43 characters.
const CHALLENGE_LENGTH: usize = 43;
/// What stands in a decoded text where bytes were none.
const REPLACEMENT: char = '\u{FFFD}';

impl ClientBound {
    /// Makes sure of the client and of where it is answered, before anything else is looked at.
    ///
    /// The outer error is the database's.
    pub async fn bind(parameters: Parameters, clients: &Clients) -> sqlx::Result<Result<Self, Unbound>> {
        if parameters.is_repeated("client_id") || parameters.is_repeated("redirect_uri") {
            return Ok(Err(Unbound::Ambiguous));
        }
        let client = match parameters.get("client_id") {
            Some(id) => clients.find(id).await?,
            None => None,
        };
        let Some(client) = client else { return Ok(Err(Unbound::UnknownClient)) };
        let redirect_uri = parameters.get("redirect_uri").and_then(|uri| client.redirect_uri(uri));
        let Some(redirect_uri) = redirect_uri else { return Ok(Err(Unbound::UnregisteredRedirect)) };
        Ok(Ok(Self { client, redirect_uri, parameters }))
    }

    /// Runs every check.
    pub fn validate(self) -> Result<Valid, Box<(Self, OAuthError)>> {
        let mut findings = Findings::default();
        for check in CHECKS {
            if let Err(error) = check(&self.client, &self.parameters, &mut findings) {
                return Err(Box::new((self, error)));
            }
        }
        let nonce = self.parameters.non_empty("nonce").map(str::to_owned);
        Ok(Valid {
            max_age: findings.max_age.or(self.client.settings.default_max_age),
            client: self.client,
            redirect_uri: self.redirect_uri,
            scopes: findings.scopes,
            resources: findings.resources,
            prompts: findings.prompts,
            nonce,
            parameters: self.parameters,
        })
    }

    /// Where an error goes: only standard members (RFC 6749 §4.1.2.1, RFC 9207).
    #[must_use]
    pub fn error_address(&self, issuer: &str, error: &OAuthError) -> String {
        error_address(&self.redirect_uri, &self.parameters, issuer, error)
    }
}

impl Valid {
    /// Where an error goes.
    #[must_use]
    pub fn error_address(&self, issuer: &str, error: &OAuthError) -> String {
        error_address(&self.redirect_uri, &self.parameters, issuer, error)
    }

    /// Where the code goes.
    #[must_use]
    pub fn code_address(&self, issuer: &str, code: &str) -> String {
        let mut pairs = vec![("code", code)];
        pairs.extend(self.parameters.get("state").map(|state| ("state", state)));
        pairs.push(("iss", issuer));
        with_query(self.redirect_uri.as_str(), &pairs)
    }

    /// A parameter as it was sent, empty ones left out.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.non_empty(name)
    }

    /// The whole request, to be found again after the sign-in.
    #[must_use]
    pub fn encode(&self) -> String {
        self.parameters.encode()
    }
}

fn error_address(to: &RedirectUri, parameters: &Parameters, issuer: &str, error: &OAuthError) -> String {
    let mut pairs = vec![("error", error.code.name()), ("error_description", error.description)];
    // Of two states none is certain, and a garbled one could not come back exactly: neither is sent.
    let is_uncertain = |state: &&str| {
        parameters.is_repeated("state") || parameters.is_garbled() && state.contains(REPLACEMENT)
    };
    let state = parameters.get("state").filter(|state| !is_uncertain(state));
    pairs.extend(state.map(|state| ("state", state)));
    pairs.push(("iss", issuer));
    with_query(to.as_str(), &pairs)
}

fn parameters_are_text(_: &Client, parameters: &Parameters, _: &mut Findings) -> Result<(), OAuthError> {
    if parameters.is_garbled() {
        return Err(OAuthError::invalid_request("a parameter is not UTF-8 text"));
    }
    Ok(())
}

fn no_parameter_stands_twice(
    _: &Client,
    parameters: &Parameters,
    _: &mut Findings,
) -> Result<(), OAuthError> {
    match parameters.repeated_but(RESOURCE) {
        None => Ok(()),
        Some(_) => Err(OAuthError::invalid_request("a parameter stands twice")),
    }
}

fn no_request_object(_: &Client, parameters: &Parameters, _: &mut Findings) -> Result<(), OAuthError> {
    let refusals = [
        ("request", ErrorCode::RequestNotSupported, "request objects are not supported"),
        ("request_uri", ErrorCode::RequestUriNotSupported, "request_uri is not supported"),
        ("registration", ErrorCode::RegistrationNotSupported, "registration is not supported"),
    ];
    match refusals.into_iter().find(|(name, ..)| parameters.non_empty(name).is_some()) {
        None => Ok(()),
        Some((_, code, description)) => Err(OAuthError::new(code, description)),
    }
}

fn response_type_is_code(_: &Client, parameters: &Parameters, _: &mut Findings) -> Result<(), OAuthError> {
    match parameters.non_empty("response_type") {
        Some("code") => Ok(()),
        None => Err(OAuthError::invalid_request("response_type is missing")),
        Some(_) => {
            Err(OAuthError::new(ErrorCode::UnsupportedResponseType, "the only response_type here is code"))
        }
    }
}

fn response_mode_is_known(_: &Client, parameters: &Parameters, _: &mut Findings) -> Result<(), OAuthError> {
    match parameters.non_empty("response_mode") {
        None | Some("query") => Ok(()),
        Some(_) => Err(OAuthError::invalid_request("the only response_mode here is query")),
    }
}

fn client_may_use_codes(client: &Client, _: &Parameters, _: &mut Findings) -> Result<(), OAuthError> {
    if client.may_use(GrantType::AuthorizationCode) {
        return Ok(());
    }
    Err(OAuthError::new(ErrorCode::UnauthorizedClient, "this client may not use authorization codes"))
}

fn scope_is_allowed(
    client: &Client,
    parameters: &Parameters,
    found: &mut Findings,
) -> Result<(), OAuthError> {
    let asked = Scopes::parse(parameters.get("scope").unwrap_or_default());
    if !asked.contains(Scope::OpenId) {
        return Err(OAuthError::new(ErrorCode::InvalidScope, "the scope must contain openid"));
    }
    found.scopes = asked.shared_with(&client.scopes);
    Ok(())
}

fn resources_are_the_clients(
    client: &Client,
    parameters: &Parameters,
    found: &mut Findings,
) -> Result<(), OAuthError> {
    found.resources = resources::named(client, parameters)?;
    Ok(())
}

fn prompt_makes_sense(_: &Client, parameters: &Parameters, found: &mut Findings) -> Result<(), OAuthError> {
    let values = parameters.non_empty("prompt").unwrap_or_default();
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

fn max_age_is_a_number(_: &Client, parameters: &Parameters, found: &mut Findings) -> Result<(), OAuthError> {
    let Some(text) = parameters.non_empty("max_age") else { return Ok(()) };
    // A sign before the digits would be read as well.
    let seconds = text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten();
    let error = OAuthError::invalid_request("max_age is not a number of seconds");
    found.max_age = Some(seconds.ok_or(error)?);
    Ok(())
}

fn challenge_is_sound(client: &Client, parameters: &Parameters, _: &mut Findings) -> Result<(), OAuthError> {
    let method = parameters.non_empty("code_challenge_method");
    let Some(challenge) = parameters.non_empty("code_challenge") else {
        if client.requires_pkce() || method.is_some() {
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
