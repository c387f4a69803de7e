//! The way out: where the browser is sent, and what is remembered of it.

use std::time::Duration;

use openidconnect::core::{CoreAuthPrompt, CoreAuthenticationFlow};
use openidconnect::{
    AuthenticationContextClass, CsrfToken, LanguageTag, LoginHint, Nonce, PkceCodeChallenge,
    PkceCodeVerifier, Scope,
};
use tokio::time::timeout;

use super::discovery::Provider;
use super::{Departure, Federation, FederationError, InFlight, Wishes};
use crate::config::{UpstreamId, UpstreamSettings};

impl Federation {
    /// Where to send the browser, and what must come back with it (`OpenID` Connect Core §3.1.2.1).
    ///
    /// Takes at most five seconds; usually none, because the upstream's metadata is known.
    ///
    /// # Errors
    /// When the upstream is not configured, or cannot be read and was not known before.
    pub async fn depart(&self, id: &UpstreamId, wishes: &Wishes) -> Result<Departure, FederationError> {
        let upstream = self.known(id)?;
        let provider = timeout(self.patience, upstream.cache.provider())
            .await
            .unwrap_or(Err(FederationError::TimedOut))?;
        let in_flight = InFlight {
            upstream: id.clone(),
            state: self.rng.token(),
            nonce: self.rng.token(),
            code_verifier: self.rng.token(),
            began: self.clock.now(),
            max_age: if wishes.prompt_login { Some(0) } else { wishes.max_age },
        };
        Ok(Departure {
            url: authorization_url(&provider, upstream.settings(), wishes, &in_flight),
            in_flight,
        })
    }
}

fn authorization_url(
    provider: &Provider,
    settings: &UpstreamSettings,
    wishes: &Wishes,
    in_flight: &InFlight,
) -> url::Url {
    let challenge =
        PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(in_flight.code_verifier.clone()));
    let (state, nonce) = (CsrfToken::new(in_flight.state.clone()), Nonce::new(in_flight.nonce.clone()));
    let mut request = provider
        .client
        .authorize_url(CoreAuthenticationFlow::AuthorizationCode, move || state, move || nonce)
        .set_pkce_challenge(challenge);
    // The protocol client itself adds `openid`.
    for scope in settings.scopes.iter().filter(|scope| *scope != "openid") {
        request = request.add_scope(Scope::new(scope.clone()));
    }
    if wishes.prompt_login {
        request = request.add_prompt(CoreAuthPrompt::Login);
    }
    // Also with `prompt=login`: only `max_age` obliges the upstream to tell `auth_time` (Core §2), without
    // which nobody could see that the prompt was ignored.
    if let Some(seconds) = in_flight.max_age {
        request = request.set_max_age(Duration::from_secs(seconds));
    }
    if let Some(hint) = &wishes.login_hint {
        request = request.set_login_hint(LoginHint::new(hint.clone()));
    }
    for locale in &wishes.ui_locales {
        request = request.add_ui_locale(LanguageTag::new(locale.clone()));
    }
    let contexts = if wishes.acr_values.is_empty() { &settings.acr_values } else { &wishes.acr_values };
    for context in contexts {
        request = request.add_auth_context_value(AuthenticationContextClass::new(context.clone()));
    }
    request.url().0
}
