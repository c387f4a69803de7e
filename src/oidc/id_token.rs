//! ID tokens (`OpenID` Connect Core §2).

use aws_lc_rs::digest::{SHA256, SHA512, digest};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::clients::Client;
use super::{Grant, Provider};
use crate::accounts::Account;
use crate::config::SigningAlgorithm;
use crate::keys::{KeyError, TokenType};
use crate::kit::encoding::base64url;

/// The claims of an ID token. What scopes allow is told at userinfo (Core §5.4), unless it was asked for here by
/// name.
#[derive(Debug, Serialize)]
struct IdTokenClaims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    exp: i64,
    iat: i64,
    auth_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
    acr: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    amr: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<&'a str>,
    at_hash: String,
    #[serde(flatten)]
    named: Map<String, Value>,
}

/// Whether an ID token answers an authorization request or a refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Occasion {
    /// It bears the request's nonce.
    Authorization,
    /// It bears none (Core §12.2).
    Refresh,
}

impl Provider {
    /// Mints an ID token beside an access token.
    pub(super) fn mint_id_token(
        &self,
        client: &Client,
        grant: &Grant,
        account: &Account,
        access_token: &str,
        occasion: Occasion,
    ) -> Result<String, KeyError> {
        let now = self.0.clock.now();
        let mut named = self.claims_named(&grant.claims.id_token, client, grant, account);
        for always_there in ["acr", "amr", "auth_time"] {
            named.remove(always_there);
        }
        let sid = grant.sid.as_ref().map(|sid| self.sid_for(client, sid));
        let claims = IdTokenClaims {
            iss: &self.0.issuer,
            sub: &self.subject_for(client, &grant.account),
            aud: client.id.as_str(),
            exp: (now + self.0.tokens.id_token).seconds(),
            iat: now.seconds(),
            auth_time: grant.auth_time.seconds(),
            nonce: grant.nonce.as_deref().filter(|_| occasion == Occasion::Authorization),
            acr: &grant.acr,
            amr: &grant.amr,
            sid: sid.as_deref(),
            at_hash: half_hash(client.settings.id_token_signed_response_alg, access_token),
            named,
        };
        self.0.keys.sign(client.settings.id_token_signed_response_alg, TokenType::IdToken, &claims)
    }
}

/// The left half of the hash that the signature uses: `at_hash` (Core §3.1.3.6).
///
/// `EdDSA` names none. Ed25519 hashes with SHA-512 (RFC 8032 §5.1), which is taken here too (connect issue 1125).
fn half_hash(algorithm: SigningAlgorithm, token: &str) -> String {
    let function = match algorithm {
        SigningAlgorithm::Rs256 | SigningAlgorithm::Ps256 | SigningAlgorithm::Es256 => &SHA256,
        SigningAlgorithm::EdDsa => &SHA512,
    };
    let hash = digest(function, token.as_bytes());
    let (left, _) = hash.as_ref().split_at(hash.as_ref().len() / 2);
    base64url(left)
}

/// What an ID token of ours tells when it comes back as a hint; it may have expired.
#[derive(Debug, Deserialize)]
pub(super) struct Hint {
    /// The person, by the name that the client knows.
    #[serde(rename = "sub")]
    pub subject: String,
    pub sid: Option<String>,
    aud: String,
}

impl Hint {
    /// The client to which the token was issued.
    pub fn client(&self) -> &str {
        &self.aud
    }
}

/// Reads a hint; `None` for anything that is not an ID token of ours.
pub(super) async fn read_hint(provider: &Provider, token: &str) -> Option<Hint> {
    provider.0.keys.verify(TokenType::IdToken, &provider.0.issuer, token).await.ok()
}
