//! Access tokens: JWTs by RFC 9068, which resource servers check without asking us.

use serde::{Deserialize, Serialize};

use super::clients::Client;
use super::error::{ErrorCode, OAuthError};
use super::scopes::Scopes;
use super::{Grant, GrantId, Provider};
use crate::config::SigningAlgorithm;
use crate::keys::{KeyError, TokenType};

/// The claims of an access token (RFC 9068 §2.2).
#[derive(Debug, Serialize, Deserialize)]
pub struct AccessTokenClaims {
    iss: String,
    sub: String,
    aud: Vec<String>,
    client_id: String,
    scope: String,
    jti: String,
    iat: i64,
    exp: i64,
    auth_time: i64,
    acr: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<String>,
}

impl AccessTokenClaims {
    /// The grant from which it came: its id is the first part of `jti`.
    #[must_use]
    pub fn grant(&self) -> GrantId {
        GrantId::from(self.jti.split('.').next().unwrap_or_default())
    }

    /// What it is good for: perhaps less than the grant.
    #[must_use]
    pub fn scopes(&self) -> Scopes {
        Scopes::parse(&self.scope)
    }
}

impl Provider {
    /// Mints an access token for some or all scopes of a grant.
    pub(super) fn mint_access_token(
        &self,
        client: &Client,
        grant: &Grant,
        scopes: &Scopes,
        resource: Option<&str>,
        algorithm: SigningAlgorithm,
    ) -> Result<String, KeyError> {
        let now = self.0.clock.now();
        let claims = AccessTokenClaims {
            iss: self.0.issuer.clone(),
            sub: self.subject_for(client, &grant.account).into_owned(),
            aud: vec![resource.unwrap_or(&self.0.issuer).to_owned()],
            client_id: grant.client_id.to_string(),
            scope: scopes.to_string(),
            jti: format!("{}.{}", grant.id, self.0.rng.id()),
            iat: now.seconds(),
            exp: (now + self.0.tokens.access_token).seconds(),
            auth_time: grant.auth_time.seconds(),
            acr: grant.acr.clone(),
            sid: grant.sid.as_ref().map(ToString::to_string),
        };
        self.0.keys.sign(algorithm, TokenType::AccessToken, &claims)
    }

    /// The claims of an access token of ours that has not expired. Call it without holding a connection.
    pub(super) async fn read_access_token(&self, token: &str) -> Result<AccessTokenClaims, OAuthError> {
        let refused = OAuthError::new(ErrorCode::InvalidToken, "the access token is not valid");
        let claims: AccessTokenClaims = self
            .0
            .keys
            .verify(TokenType::AccessToken, &self.0.issuer, token)
            .await
            .map_err(|_| refused.clone().because("not an access token of ours"))?;
        if claims.exp <= self.0.clock.now().seconds() {
            return Err(refused.because("expired"));
        }
        Ok(claims)
    }
}
