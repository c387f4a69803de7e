//! The client's side of `OpenID` Connect: leaving for the provider, coming back, renewing, signing out.
//!
//! Knows nothing of browsers, pages or storage: what must be remembered between two steps is handed
//! out and comes back as an argument.

use std::sync::Arc;
use std::time::Duration;

use openidconnect::core::{
    CoreAuthPrompt, CoreAuthenticationFlow, CoreErrorResponseType, CoreIdToken, CoreIdTokenClaims,
    CoreIdTokenVerifier, CoreJwsSigningAlgorithm, CoreTokenResponse,
};
use openidconnect::{
    AccessTokenHash, AuthorizationCode, ClaimsVerificationError, CsrfToken, LanguageTag, LogoutRequest,
    Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, PostLogoutRedirectUrl, RefreshToken,
    RequestTokenError, Scope, SignatureVerificationError, StandardErrorResponse, TokenResponse,
};
use url::Url;

use crate::kit::encoding::from_base64url;
use crate::kit::locale::Locale;
use crate::kit::random::Rng;
use crate::kit::secrets::{Secret, same};

use super::http_out::OutboundError;
use super::person::{ImaginClaims, Person, Tokens};
use super::provider::{Known, OpenIdClient, Provider, ProviderError};

/// What is asked for besides `openid`, which the crate adds.
///
/// No `offline_access`: this application works while somebody is there, and its refresh token should
/// end with their session at the provider.
const SCOPES: [&str; 3] = ["profile", "email", "imagin"];
/// How long an access token is believed to live when the provider does not say.
const UNSTATED_LIFETIME: Duration = Duration::from_mins(5);

/// Whether the provider may show itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// The person asked to sign in: the provider shows what it needs to.
    Asked,
    /// Nobody asked: only if it takes no page at all (`prompt=none`).
    Silent,
}

/// A sign-in that has begun: where to send the browser, and what to remember until it returns.
pub(super) struct Departure {
    pub url: Url,
    pub state: Secret,
    pub remembered: Remembered,
}

/// What must be remembered between leaving and coming back.
#[derive(Clone, Debug)]
pub(super) struct Remembered {
    pub nonce: Secret,
    pub pkce_verifier: Secret,
    pub manner: Manner,
}

/// A finished sign-in.
pub(super) struct Arrival {
    pub person: Person,
    pub tokens: Tokens,
    /// The session at the provider (Back-Channel Logout §2.1).
    pub sid: Option<String>,
}

/// Why a step with the provider failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum RelyingPartyError {
    /// It cannot be reached, or fails; trying again later makes sense.
    #[error("the provider is unavailable")]
    ProviderUnavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It will not redeem this code, or renew these tokens: the person must sign in again.
    #[error("the provider refused the grant")]
    GrantRefused,
    /// It answered with another error, most often a mistake in the registration.
    #[error("the provider refused the request: {0}")]
    RequestRefused(String),
    /// It answered with something that is not a token response.
    #[error("the provider's answer is not usable: {0}")]
    AnswerUnusable(String),
    /// The ID token is not for us, not from it, not of now, or not of this sign-in.
    #[error("the ID token is not acceptable")]
    IdTokenUnacceptable(#[source] ClaimsVerificationError),
    /// Another person than before came with renewed tokens.
    #[error("the renewed ID token names another person")]
    AnotherPerson,
    /// The response names another issuer than the one asked (RFC 9207 §2.4).
    #[error("the response does not come from the provider that was asked")]
    AnotherIssuer,
}

impl From<ProviderError> for RelyingPartyError {
    fn from(error: ProviderError) -> Self {
        Self::ProviderUnavailable(Box::new(error))
    }
}

type TokenRequestError = RequestTokenError<OutboundError, StandardErrorResponse<CoreErrorResponseType>>;

impl From<TokenRequestError> for RelyingPartyError {
    fn from(error: TokenRequestError) -> Self {
        match error {
            RequestTokenError::ServerResponse(response) => match response.error() {
                CoreErrorResponseType::InvalidGrant => Self::GrantRefused,
                other => Self::RequestRefused(other.to_string()),
            },
            RequestTokenError::Request(error) => Self::ProviderUnavailable(Box::new(error)),
            // A proxy's error page, or a provider in trouble: no JSON, so no verdict on the grant.
            RequestTokenError::Parse(error, _) => Self::ProviderUnavailable(Box::new(error)),
            RequestTokenError::Other(what) => Self::AnswerUnusable(what),
        }
    }
}

/// This application at its provider.
pub(super) struct RelyingParty {
    provider: Arc<Provider>,
    signed_out_url: Url,
    rng: Rng,
}

impl RelyingParty {
    pub(super) fn new(provider: Arc<Provider>, public_url: &Url, rng: Rng) -> Self {
        let mut signed_out_url = public_url.clone();
        signed_out_url.set_path("/signed-out");
        Self { provider, signed_out_url, rng }
    }

    /// Begins a sign-in: code flow with PKCE, state and nonce (`OpenID` Connect Core §3.1.2.1).
    pub(super) async fn depart(
        &self,
        manner: Manner,
        locale: Locale,
    ) -> Result<Departure, RelyingPartyError> {
        let known = self.provider.known().await?;
        let verifier = self.rng.token();
        let challenge =
            PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(verifier.clone()));
        let state = CsrfToken::new(self.rng.token());
        let nonce = Nonce::new(self.rng.token());
        let mut request = known
            .client
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, || state, || nonce)
            .add_scopes(SCOPES.map(|scope| Scope::new(scope.to_owned())))
            .set_pkce_challenge(challenge)
            .add_ui_locale(LanguageTag::new(locale.tag().to_owned()));
        if manner == Manner::Silent {
            request = request.add_prompt(CoreAuthPrompt::None);
        }
        let (url, state, nonce) = request.url();
        Ok(Departure {
            url,
            state: Secret::new(state.into_secret()),
            remembered: Remembered {
                nonce: Secret::new(nonce.secret().clone()),
                pkce_verifier: Secret::new(verifier),
                manner,
            },
        })
    }

    /// Checks which provider a response says it comes from, against mix-up (RFC 9207 §2.4).
    pub(super) async fn check_issuer(&self, named: Option<&str>) -> Result<(), RelyingPartyError> {
        match named {
            Some(issuer) if issuer == self.provider.issuer() => Ok(()),
            Some(_) => Err(RelyingPartyError::AnotherIssuer),
            None if self.provider.known().await?.always_names_itself => Err(RelyingPartyError::AnotherIssuer),
            None => Ok(()),
        }
    }

    /// Finishes a sign-in: redeems the code, checks the ID token, asks who the person is.
    pub(super) async fn arrive(
        &self,
        code: &str,
        remembered: Remembered,
    ) -> Result<Arrival, RelyingPartyError> {
        let known = self.provider.known().await?;
        let response = known
            .client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(|error| RelyingPartyError::AnswerUnusable(error.to_string()))?
            .set_pkce_verifier(PkceCodeVerifier::new(remembered.pkce_verifier.expose().to_owned()))
            .request_async(self.provider.http())
            .await?;
        let expected = &remembered.nonce;
        let check_nonce = |nonce: Option<&Nonce>| match nonce {
            Some(nonce) if expected.matches(nonce.secret()) => Ok(()),
            _ => Err("the nonce is not the one sent".to_owned()),
        };
        let id_token = response.id_token().ok_or_else(no_id_token)?;
        let claims = self.verified_claims(&known, &response, id_token, check_nonce).await?;
        let about_person = known
            .client
            .user_info(response.access_token().clone(), Some(claims.subject().clone()))
            .map_err(|error| RelyingPartyError::AnswerUnusable(error.to_string()))?
            .request_async::<ImaginClaims, _, _>(self.provider.http())
            .await
            .map_err(|error| RelyingPartyError::ProviderUnavailable(Box::new(error)))?;
        Ok(Arrival {
            person: Person::from_claims(&about_person),
            tokens: self.tokens(&response, id_token.to_string(), None),
            sid: session_named_by(&id_token.to_string()),
        })
    }

    /// Renews the tokens of a person (RFC 6749 §6); a rotated refresh token replaces the one used.
    pub(super) async fn renew(
        &self,
        person: &Person,
        tokens: &Tokens,
        refresh_token: &Secret,
    ) -> Result<Tokens, RelyingPartyError> {
        let known = self.provider.known().await?;
        let response = known
            .client
            .exchange_refresh_token(&RefreshToken::new(refresh_token.expose().to_owned()))
            .map_err(|error| RelyingPartyError::AnswerUnusable(error.to_string()))?
            .request_async(self.provider.http())
            .await?;
        let mut id_token = tokens.id_token.expose().to_owned();
        if let Some(renewed) = response.id_token() {
            // The nonce belongs to the sign-in, not to what follows it (OpenID Connect Core §12.2).
            let claims = self.verified_claims(&known, &response, renewed, |_: Option<&Nonce>| Ok(())).await?;
            if claims.subject().as_str() != person.subject.as_str() {
                return Err(RelyingPartyError::AnotherPerson);
            }
            id_token = renewed.to_string();
        }
        Ok(self.tokens(&response, id_token, Some(refresh_token)))
    }

    /// Where to send the browser so that the session at the provider ends too (RP-Initiated Logout §2).
    ///
    /// `None` when the provider has no such endpoint.
    pub(super) async fn departure_for_good(
        &self,
        id_token: &Secret,
        state: &str,
        locale: Locale,
    ) -> Result<Option<Url>, RelyingPartyError> {
        let known = self.provider.known().await?;
        let Some(endpoint) = known.end_session_endpoint.clone() else { return Ok(None) };
        let mut request = LogoutRequest::from(endpoint)
            .set_post_logout_redirect_uri(PostLogoutRedirectUrl::from_url(self.signed_out_url.clone()))
            .set_client_id(known.client.client_id().clone())
            .set_state(CsrfToken::new(state.to_owned()))
            .add_ui_locale(LanguageTag::new(locale.tag().to_owned()));
        if let Ok(hint) = id_token.expose().parse::<CoreIdToken>() {
            request = request.set_id_token_hint(&hint);
        }
        Ok(Some(request.http_get_url()))
    }

    /// The claims of an ID token after every check (Core §3.1.3.7); an unknown key makes it ask for the
    /// keys again, once.
    async fn verified_claims<'t>(
        &self,
        known: &Known,
        response: &CoreTokenResponse,
        id_token: &'t CoreIdToken,
        check_nonce: impl Fn(Option<&Nonce>) -> Result<(), String> + Copy,
    ) -> Result<&'t CoreIdTokenClaims, RelyingPartyError> {
        match verify(&known.client, response, id_token, check_nonce) {
            Err(ClaimsVerificationError::SignatureVerification(
                SignatureVerificationError::NoMatchingKey,
            )) => {
                let renewed = self.provider.known_with_new_keys().await?;
                verify(&renewed.client, response, id_token, check_nonce)
            }
            other => other,
        }
        .map_err(RelyingPartyError::IdTokenUnacceptable)
    }

    fn tokens(&self, response: &CoreTokenResponse, id_token: String, previous: Option<&Secret>) -> Tokens {
        let lifetime = response.expires_in().unwrap_or(UNSTATED_LIFETIME);
        Tokens {
            id_token: Secret::new(id_token),
            access_token: Secret::new(response.access_token().secret().clone()),
            access_token_ends_at: self.provider.clock().now() + lifetime,
            refresh_token: response
                .refresh_token()
                .map(|token| Secret::new(token.secret().clone()))
                .or_else(|| previous.cloned()),
        }
    }
}

/// The `sid` of an ID token that was verified; the crate's own claims leave it out.
fn session_named_by(id_token: &str) -> Option<String> {
    let payload = from_base64url(id_token.split('.').nth(1)?)?;
    let claims: serde_json::Value = serde_json::from_slice(&payload).ok()?;
    claims.get("sid")?.as_str().map(str::to_owned)
}

fn no_id_token() -> RelyingPartyError {
    RelyingPartyError::AnswerUnusable("the token response holds no ID token".to_owned())
}

/// The checks themselves: signature, issuer, audience, time and nonce by the crate, `at_hash` here.
fn verify<'t>(
    client: &OpenIdClient,
    response: &CoreTokenResponse,
    id_token: &'t CoreIdToken,
    check_nonce: impl Fn(Option<&Nonce>) -> Result<(), String>,
) -> Result<&'t CoreIdTokenClaims, ClaimsVerificationError> {
    // Named here and not taken from the discovery document: an HMAC would be "signed" with our own secret.
    let verifier: CoreIdTokenVerifier<'_> = client.id_token_verifier().set_allowed_algs([
        CoreJwsSigningAlgorithm::EcdsaP256Sha256,
        CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    ]);
    let claims = id_token.claims(&verifier, check_nonce)?;
    if let Some(expected) = claims.access_token_hash() {
        let key = id_token.signing_key(&verifier).map_err(ClaimsVerificationError::SignatureVerification)?;
        let algorithm =
            id_token.signing_alg().map_err(|error| ClaimsVerificationError::Other(error.to_string()))?;
        let actual = AccessTokenHash::from_token(response.access_token(), algorithm, key)
            .map_err(|error| ClaimsVerificationError::Other(error.to_string()))?;
        if !same(actual.as_str().as_bytes(), expected.as_str().as_bytes()) {
            return Err(ClaimsVerificationError::Other("at_hash is of another access token".to_owned()));
        }
    }
    Ok(claims)
}
