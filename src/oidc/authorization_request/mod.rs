//! From what arrived to what may be granted: [`Raw`] → [`ClientBound`] → [`Valid`].
//!
//! Only a [`ClientBound`] request can have its errors sent to a client; only a [`Valid`] one can mint
//! a code. `arrival.rs` finds what is asked, `checks.rs` holds the checks of which the table here says the order.

mod arrival;
mod checks;

use std::ops::Deref;
use std::sync::Arc;

use super::authentication_context::ContextWish;
use super::claims_request::{ClaimsRequest, NamedClaims};
use super::clients::{Client, Clients, RedirectUri};
use super::error::OAuthError;
use super::resources::ResourceUri;
use super::response_mode::{AuthorizationResponse, ResponseMode};
use super::scopes::Scopes;
use crate::kit::parameters::Parameters;

pub use arrival::{Arrival, Raw, Signature, Ungathered, Way};

/// Why a request cannot even be answered to its client: the person gets a page, never a redirect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unbound {
    /// No `client_id`, or one that nobody has.
    UnknownClient,
    /// The client was disabled by an operator.
    DisabledClient,
    /// No `redirect_uri`, or none of this client's.
    UnregisteredRedirect,
    /// One of the two stands twice.
    Ambiguous,
    /// What was pushed is used, too old, another client's, or never was.
    UsedUp,
}

/// A request whose client and redirect URI are certain.
#[derive(Debug)]
pub struct ClientBound {
    /// The client.
    pub client: Arc<Client>,
    /// Where it is answered.
    pub redirect_uri: RedirectUri,
    /// How it is answered, errors too.
    mode: ResponseMode,
    parameters: Parameters,
    arrival: Arrival,
}

/// A request that passed every check.
#[derive(Debug)]
pub struct Valid {
    bound: ClientBound,
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
    /// The claims that are asked for one by one.
    pub claims: ClaimsRequest,
    /// How strongly the person should have signed in.
    pub context: ContextWish,
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
    claims: ClaimsRequest,
}

type Check = fn(&ClientBound, &mut Findings) -> Result<(), OAuthError>;

/// Every check that a request must pass once its client is certain, in this order.
///
/// Pushed requests and signed request objects run the same table.
const CHECKS: [Check; 14] = [
    checks::parameters_are_text,
    checks::no_parameter_stands_twice,
    checks::request_came_as_registered,
    checks::registration_is_elsewhere,
    checks::response_type_is_code,
    checks::response_mode_is_known,
    checks::client_may_use_codes,
    checks::scope_is_allowed,
    checks::resources_are_the_clients,
    checks::prompt_makes_sense,
    checks::max_age_is_a_number,
    checks::nonce_is_short,
    checks::challenge_is_sound,
    checks::claims_are_well_formed,
];

/// What stands in a decoded text where bytes were none.
const REPLACEMENT: char = '\u{FFFD}';

impl ClientBound {
    /// Makes sure of the client and of where it is answered, before anything else is looked at.
    ///
    /// The outer error is the database's.
    pub async fn bind(raw: Raw, clients: &Clients) -> sqlx::Result<Result<Self, Unbound>> {
        let Raw { parameters, arrival } = raw;
        if parameters.is_repeated("client_id") || parameters.is_repeated("redirect_uri") {
            return Ok(Err(Unbound::Ambiguous));
        }
        let Some(id) = parameters.get("client_id") else { return Ok(Err(Unbound::UnknownClient)) };
        let Some(client) = clients.find(id).await? else {
            let is_disabled = clients.is_disabled(id).await?;
            return Ok(Err(if is_disabled { Unbound::DisabledClient } else { Unbound::UnknownClient }));
        };
        let redirect_uri = parameters.get("redirect_uri").and_then(|uri| client.redirect_uri(uri));
        let Some(redirect_uri) = redirect_uri else { return Ok(Err(Unbound::UnregisteredRedirect)) };
        let mode = match parameters.get("response_mode").filter(|_| !parameters.is_repeated("response_mode"))
        {
            Some(name) => ResponseMode::from_name(name).unwrap_or_default(),
            None => ResponseMode::default(),
        };
        Ok(Ok(Self { client, redirect_uri, mode, parameters, arrival }))
    }

    /// Runs every check.
    pub fn validate(self) -> Result<Valid, Box<(Self, OAuthError)>> {
        let mut found = Findings::default();
        for check in CHECKS {
            if let Err(error) = check(&self, &mut found) {
                return Err(Box::new((self, error)));
            }
        }
        let acr_values = self.parameters.non_empty("acr_values");
        let by_default = &self.client.settings.default_acr_values;
        Ok(Valid {
            context: ContextWish::of(&found.claims, acr_values, by_default),
            claims: found.claims,
            scopes: found.scopes,
            resources: found.resources,
            prompts: found.prompts,
            max_age: found.max_age.or(self.client.settings.default_max_age),
            nonce: self.parameters.non_empty("nonce").map(str::to_owned),
            bound: self,
        })
    }

    /// Tells the client why not: only standard members (RFC 6749 §4.1.2.1, RFC 9207).
    #[must_use]
    pub fn refused(&self, issuer: &str, error: &OAuthError) -> AuthorizationResponse {
        let said = [("error", error.code.name()), ("error_description", error.description)];
        self.answer(issuer, said.map(|(name, value)| (name, value.to_owned())).to_vec())
    }

    fn answer(&self, issuer: &str, mut said: Vec<(&'static str, String)>) -> AuthorizationResponse {
        // Of two states none is certain, and a garbled one could not come back exactly: neither is sent.
        let is_uncertain = |state: &&str| {
            self.parameters.is_repeated("state")
                || self.parameters.is_garbled() && state.contains(REPLACEMENT)
        };
        let state = self.parameters.get("state").filter(|state| !is_uncertain(state));
        said.extend(state.map(|state| ("state", state.to_owned())));
        said.push(("iss", issuer.to_owned()));
        AuthorizationResponse {
            client: Arc::clone(&self.client),
            redirect_uri: self.redirect_uri.clone(),
            mode: self.mode,
            parameters: said,
        }
    }
}

impl Deref for Valid {
    type Target = ClientBound;

    /// What is valid is bound, and more.
    fn deref(&self) -> &ClientBound {
        &self.bound
    }
}

impl Valid {
    /// Gives the client its code (RFC 6749 §4.1.2).
    #[must_use]
    pub fn granted(&self, issuer: &str, code: String) -> AuthorizationResponse {
        self.answer(issuer, vec![("code", code)])
    }

    /// Everything that the person is asked to allow: what the scopes tell, and what is asked for by name.
    #[must_use]
    pub fn permissions(&self) -> Scopes {
        self.scopes.joined_with(&self.claims.scopes_within(&self.client.scopes))
    }

    /// What the grant keeps of the claims that are asked for by name.
    #[must_use]
    pub fn named_claims(&self) -> NamedClaims {
        self.claims.named_within(&self.client.scopes)
    }

    /// A parameter as it was sent, empty ones left out.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.non_empty(name)
    }

    /// The whole request, to be found again after the sign-in.
    #[must_use]
    pub fn carried(&self) -> String {
        Raw::carried(&self.parameters, &self.arrival)
    }

    /// Under the hash of which name it was pushed.
    #[must_use]
    pub fn pushed_as(&self) -> Option<&str> {
        match &self.arrival.way {
            Way::Pushed(reference_hash) => Some(reference_hash),
            Way::Direct | Way::Pushing => None,
        }
    }
}
