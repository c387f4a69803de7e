//! Logout tokens (`OpenID` Connect Back-Channel Logout §2.4).

use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

use super::super::Provider;
use super::super::clients::Client;
use super::store::Claimed;
use crate::keys::{KeyError, TokenType};

/// How long one counts: it is made when it is sent.
const LIFETIME: Duration = Duration::from_mins(2);

/// The claims of a logout token; it has no `nonce`, so that no ID token passes for one.
#[derive(Serialize)]
struct LogoutTokenClaims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    iat: i64,
    exp: i64,
    jti: String,
    events: Value,
    sid: &'a str,
}

impl Provider {
    /// Mints the logout token of one attempt, signed as the client's ID tokens are.
    ///
    /// Each attempt has its own `jti`: a client that noted the first and failed would refuse it as a repeat.
    pub(super) fn mint_logout_token(&self, client: &Client, notice: &Claimed) -> Result<String, KeyError> {
        let now = self.0.clock.now();
        let claims = LogoutTokenClaims {
            iss: &self.0.issuer,
            sub: &self.subject_for(client, &notice.account),
            aud: client.id.as_str(),
            iat: now.seconds(),
            exp: (now + LIFETIME).seconds(),
            jti: self.0.rng.id(),
            events: json!({ "http://schemas.openid.net/event/backchannel-logout": {} }),
            sid: &self.sid_for(client, &notice.sid),
        };
        self.0.keys.sign(client.settings.id_token_signed_response_alg, TokenType::LogoutToken, &claims)
    }
}
