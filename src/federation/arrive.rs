//! The way back: what must hold of the answer, the code's exchange, and the person behind it.

use std::sync::Arc;

use openidconnect::core::{CoreErrorResponseType, CoreTokenResponse, CoreTokenType};
use openidconnect::{
    AuthorizationCode, OAuth2TokenResponse, PkceCodeVerifier, RequestTokenError, StandardErrorResponse,
    TokenResponse,
};
use tokio::time::timeout;

use super::cache::Provenance;
use super::claims::Sources;
use super::discovery::Provider;
use super::errors::{Exchange, Quoted, TokenFault};
use super::http::{HttpError, Outgoing};
use super::id_token::{Expected, VerifiedIdToken, verify_id_token};
use super::userinfo::{UserInfoAnswer, ask_userinfo, verify_signed_userinfo};
use super::{Federation, FederationError, InFlight, Upstream, UpstreamIdentity};
use crate::kit::clock::Timestamp;
use crate::kit::parameters::Parameters;
use crate::kit::secrets;

impl Federation {
    /// Who came back, from what departed and the callback's query or form (`OpenID` Connect Core §3.1.2.5
    /// to §3.1.3.7, §5.3; RFC 9207).
    ///
    /// Takes at most five seconds. The caller has made sure that `in_flight` comes from the same browser,
    /// that the callback's path is this upstream's, and forgets `in_flight` whatever the outcome.
    ///
    /// # Errors
    /// When the answer is a refusal, is not the one waited for, cannot be believed, or the upstream fails.
    pub async fn arrive(
        &self,
        in_flight: InFlight,
        answer: &Parameters,
    ) -> Result<UpstreamIdentity, FederationError> {
        let upstream = self.known(&in_flight.upstream)?;
        check_state(&in_flight, answer, self.clock.now())?;
        timeout(self.patience, self.receive(upstream, &in_flight, answer))
            .await
            .unwrap_or(Err(FederationError::TimedOut))
    }

    async fn receive(
        &self,
        upstream: &Upstream,
        in_flight: &InFlight,
        answer: &Parameters,
    ) -> Result<UpstreamIdentity, FederationError> {
        let mut provider = upstream.cache.provider().await?;
        check_issuer(&provider, answer)?;
        let code = code_of(answer)?;
        let tokens = exchange_code(&self.http, &provider, code, &in_flight.code_verifier).await?;
        if *tokens.token_type() != CoreTokenType::Bearer {
            return Err(FederationError::NotBearer);
        }
        let id_token = tokens.id_token().ok_or(FederationError::MissingIdToken)?;

        let expected = Expected {
            client_id: &upstream.settings.client_id,
            access_token: tokens.access_token(),
            nonce: &in_flight.nonce,
            began: in_flight.began,
            max_age: in_flight.max_age,
            now: self.clock.now(),
        };
        let verified = with_newer_keys(upstream, &mut provider, Provenance::Fetched, |provider| {
            verify_id_token(provider, id_token, &expected)
        })
        .await
        .map_err(FederationError::IdToken)?;

        let userinfo = match &provider.userinfo_endpoint {
            None => None,
            Some(endpoint) => {
                let claims = match ask_userinfo(&self.http, endpoint.url(), tokens.access_token()).await? {
                    UserInfoAnswer::Plain(claims) => claims,
                    UserInfoAnswer::Signed(token) => {
                        with_newer_keys(upstream, &mut provider, Provenance::Fetched, |provider| {
                            verify_signed_userinfo(
                                provider,
                                &token,
                                &upstream.settings.client_id,
                                expected.now,
                            )
                        })
                        .await
                        .map_err(FederationError::SignedUserInfo)?
                    }
                };
                if claims.get("sub").and_then(|subject| subject.as_str()) != Some(&verified.subject) {
                    return Err(FederationError::ForeignUserInfo);
                }
                Some(claims)
            }
        };
        let sources = Sources { userinfo: userinfo.as_ref(), id_token: &verified.claims };
        Ok(identify(upstream, &sources, &verified, id_token.to_string()))
    }
}

/// Whether the answer belongs to what departed; nothing else of it is looked at before.
fn check_state(in_flight: &InFlight, answer: &Parameters, now: Timestamp) -> Result<(), FederationError> {
    if answer.repeated().is_some() {
        return Err(FederationError::RepeatedParameter);
    }
    let state = answer.get("state").unwrap_or_default();
    if in_flight.state.is_empty() || !secrets::same(state.as_bytes(), in_flight.state.as_bytes()) {
        return Err(FederationError::StateMismatch);
    }
    if now.since(in_flight.began) > InFlight::LIFETIME {
        return Err(FederationError::TooOld);
    }
    Ok(())
}

/// RFC 9207 §2.4: exact when present, required when promised; error answers bear it too.
fn check_issuer(provider: &Provider, answer: &Parameters) -> Result<(), FederationError> {
    match answer.get("iss") {
        Some(found) if found == provider.issuer.as_str() => Ok(()),
        Some(found) => Err(FederationError::ForeignAnswer { found: Quoted::new(found) }),
        None if provider.promises_issuer => Err(FederationError::MissingIssuer),
        None => Ok(()),
    }
}

/// The code, or why there is none (RFC 6749 §4.1.2.1).
fn code_of(answer: &Parameters) -> Result<&str, FederationError> {
    if let Some(error) = answer.get("error") {
        let is_passing = matches!(error, "server_error" | "temporarily_unavailable");
        let error = Quoted::new(error);
        return Err(if is_passing {
            FederationError::OutOfOrder { error }
        } else {
            let description = answer.non_empty("error_description").map(Quoted::new);
            FederationError::Refused { error, description }
        });
    }
    answer.non_empty("code").ok_or(FederationError::MissingCode)
}

/// RFC 6749 §4.1.3, with the code verifier of RFC 7636 §4.5.
async fn exchange_code(
    http: &Outgoing,
    provider: &Provider,
    code: &str,
    code_verifier: &str,
) -> Result<CoreTokenResponse, FederationError> {
    provider
        .client
        .exchange_code(AuthorizationCode::new(code.to_owned()))
        .set_pkce_verifier(PkceCodeVerifier::new(code_verifier.to_owned()))
        .request_async(http)
        .await
        .map_err(token_error)
}

type TokenError = RequestTokenError<HttpError, StandardErrorResponse<CoreErrorResponseType>>;

/// Keeps what can be logged: the protocol client's own error holds the whole answer, tokens included.
fn token_error(error: TokenError) -> FederationError {
    let exchange = Exchange::Token;
    match error {
        RequestTokenError::Request(cause) => FederationError::Exchange { exchange, cause },
        RequestTokenError::ServerResponse(answer) => {
            let error = Quoted::new(answer.error().as_ref());
            match answer.error() {
                CoreErrorResponseType::InvalidClient | CoreErrorResponseType::UnauthorizedClient => {
                    FederationError::ClientRefused { error }
                }
                _ => FederationError::CodeRefused { error },
            }
        }
        RequestTokenError::Parse(error, _) => {
            let place = format!(
                "{} (line {}, column {})",
                error.path(),
                error.inner().line(),
                error.inner().column()
            );
            FederationError::Unreadable { exchange, place: Quoted::new(&place) }
        }
        RequestTokenError::Other(text) => FederationError::Unreadable { exchange, place: Quoted::new(&text) },
    }
}

/// Checks a token, and once more when the upstream has newer keys that may fit.
pub(super) async fn with_newer_keys<T: Send>(
    upstream: &Upstream,
    provider: &mut Arc<Provider>,
    provenance: Provenance,
    check: impl Fn(&Provider) -> Result<T, TokenFault>,
) -> Result<T, TokenFault> {
    match check(provider) {
        Err(fault) if fault.may_be_cured_by_newer_keys() => {
            *provider = upstream.cache.newer_than(provider, provenance).await.ok_or(fault)?;
            check(provider)
        }
        outcome => outcome,
    }
}

fn identify(
    upstream: &Upstream,
    sources: &Sources<'_>,
    verified: &VerifiedIdToken,
    id_token: String,
) -> UpstreamIdentity {
    let mapping = &upstream.settings.claims;
    let mail = sources.mail(&mapping.email);
    UpstreamIdentity {
        upstream: upstream.settings.id.clone(),
        subject: verified.subject.clone(),
        given_name: sources.name(&mapping.given_name),
        family_name: sources.name(&mapping.family_name),
        email_verified: mail.as_ref().is_some_and(|mail| mail.is_verified),
        email: mail.map(|mail| mail.address),
        return_address: mapping.return_address.as_deref().and_then(|claim| sources.address(claim)),
        others: sources.others(&upstream.settings.id, &mapping.others),
        auth_time: verified.auth_time,
        acr: verified.acr(),
        amr: verified.amr(),
        sid: verified.sid(),
        id_token,
    }
}
