//! Access tokens: JWTs by RFC 9068, which resource servers check without asking us.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::clients::Client;
use super::error::{ErrorCode, OAuthError};
use super::resources::Audience;
use super::scopes::Scopes;
use super::{Grant, GrantId, Provider};
use crate::keys::{KeyError, TokenType, VerifyError};
use crate::kit::clock::Timestamp;

/// The claims of an access token (RFC 9068 §2.2).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccessTokenClaims {
    iss: String,
    sub: String,
    aud: Vec<String>,
    client_id: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    scope: String,
    jti: String,
    iat: i64,
    exp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acr: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    act: Option<Actor>,
}

/// Who acts in a person's name, and for whom that one did before (RFC 8693 §4.1).
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Actor {
    sub: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    act: Option<Box<Actor>>,
}

impl AccessTokenClaims {
    /// Its own name.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.jti
    }

    /// The grant from which it came: its id is the first part of `jti`. None when a client has it for itself.
    #[must_use]
    pub fn grant(&self) -> Option<GrantId> {
        self.jti.split_once('.').map(|(grant, _)| GrantId::from(grant))
    }

    /// To whom it was issued.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// For whom it is.
    #[must_use]
    pub fn audiences(&self) -> &[String] {
        &self.aud
    }

    /// Whether somebody is among those for whom it is.
    #[must_use]
    pub fn is_for(&self, audience: &str) -> bool {
        self.aud.iter().any(|member| member == audience)
    }

    /// How many act in the person's name, one for the other.
    #[must_use]
    pub fn actors(&self) -> usize {
        self.acting_clients().count()
    }

    /// The clients that act in the person's name, the latest first.
    pub fn acting_clients(&self) -> impl Iterator<Item = &str> {
        std::iter::successors(self.act.as_ref(), |actor| actor.act.as_deref()).map(|actor| actor.sub.as_str())
    }

    /// When it ends.
    #[must_use]
    pub const fn expires_at(&self) -> Timestamp {
        Timestamp::from_seconds(self.exp)
    }

    /// What it is good for: perhaps less than the grant.
    #[must_use]
    pub fn scopes(&self) -> Scopes {
        Scopes::parse(&self.scope)
    }

    /// The same token, good for these scopes alone.
    #[must_use]
    pub fn good_for(&self, scopes: &Scopes) -> Self {
        Self { scope: scopes.to_string(), ..self.clone() }
    }
}

impl Provider {
    /// Mints an access token for some or all scopes of a grant.
    pub(super) fn mint_access_token(
        &self,
        client: &Client,
        grant: &Grant,
        scopes: &Scopes,
        audience: &Audience,
    ) -> Result<String, KeyError> {
        let claims = AccessTokenClaims {
            sub: self.subject_for(client, &grant.account).into_owned(),
            client_id: client.id.to_string(),
            jti: format!("{}.{}", grant.id, self.0.rng.id()),
            auth_time: Some(grant.auth_time.seconds()),
            acr: Some(grant.acr.clone()),
            sid: grant.sid.as_ref().map(|sid| self.sid_for(client, sid).into_owned()),
            ..self.claims_for(scopes, audience)
        };
        self.0.keys.sign(client.settings.id_token_signed_response_alg, TokenType::AccessToken, &claims)
    }

    /// Mints an access token in which a client stands for itself: `sub` is its id (RFC 9068 §2.2).
    pub(super) fn mint_own_access_token(
        &self,
        client: &Client,
        scopes: &Scopes,
        audience: &Audience,
    ) -> Result<String, KeyError> {
        let claims = AccessTokenClaims {
            sub: client.id.to_string(),
            client_id: client.id.to_string(),
            jti: self.0.rng.id(),
            ..self.claims_for(scopes, audience)
        };
        self.0.keys.sign(client.settings.id_token_signed_response_alg, TokenType::AccessToken, &claims)
    }

    /// Mints an access token in which a client acts for the person of one that it received; it lives no
    /// longer than that one.
    pub(super) fn mint_exchanged_token(
        &self,
        client: &Client,
        subject: &AccessTokenClaims,
        scopes: &Scopes,
        audience: &Audience,
    ) -> Result<(String, Duration), KeyError> {
        let fresh = self.claims_for(scopes, audience);
        let grant = subject.grant().unwrap_or_else(|| GrantId::from(""));
        let claims = AccessTokenClaims {
            client_id: client.id.to_string(),
            jti: format!("{grant}.{}", self.0.rng.id()),
            exp: fresh.exp.min(subject.exp),
            act: Some(Actor { sub: client.id.to_string(), act: subject.act.clone().map(Box::new) }),
            aud: fresh.aud,
            scope: fresh.scope,
            iat: fresh.iat,
            ..subject.clone()
        };
        let lifetime = claims.expires_at().since(self.0.clock.now());
        let algorithm = client.settings.id_token_signed_response_alg;
        self.0.keys.sign(algorithm, TokenType::AccessToken, &claims).map(|token| (token, lifetime))
    }

    /// The claims that do not depend on who stands behind the token.
    fn claims_for(&self, scopes: &Scopes, audience: &Audience) -> AccessTokenClaims {
        let now = self.0.clock.now();
        AccessTokenClaims {
            iss: self.0.issuer.clone(),
            sub: String::new(),
            aud: audience.as_slice().to_vec(),
            client_id: String::new(),
            scope: scopes.to_string(),
            jti: String::new(),
            iat: now.seconds(),
            exp: (now + self.0.tokens.access_token).seconds(),
            auth_time: None,
            acr: None,
            sid: None,
            act: None,
        }
    }

    /// The claims of an access token of ours that has not expired. Call it without holding a connection.
    pub(super) async fn read_access_token(&self, token: &str) -> Result<AccessTokenClaims, OAuthError> {
        let refused = OAuthError::new(ErrorCode::InvalidToken, "the access token is not valid");
        let claims: AccessTokenClaims =
            self.0.keys.verify(TokenType::AccessToken, &self.0.issuer, token).await.map_err(|error| {
                match error {
                    VerifyError::Unavailable => OAuthError::unavailable(&error),
                    _ => refused.clone().because("not an access token of ours"),
                }
            })?;
        if claims.exp <= self.0.clock.now().seconds() {
            return Err(refused.because("expired"));
        }
        Ok(claims)
    }

    /// The same where anything may be shown: none for what is not one, an error when nobody could tell.
    pub(super) async fn recognise_access_token(
        &self,
        text: &str,
    ) -> Result<Option<AccessTokenClaims>, OAuthError> {
        match self.read_access_token(text).await {
            Ok(claims) => Ok(Some(claims)),
            Err(error) if error.code == ErrorCode::TemporarilyUnavailable => Err(error),
            Err(_) => Ok(None),
        }
    }
}
