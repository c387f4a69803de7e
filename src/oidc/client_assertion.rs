//! Assertions by which clients prove themselves with a key of their own (RFC 7523 §3, Core §9).
//!
//! What an assertion must say, and that it says so once: its `jti` counts for one request on all nodes, and is
//! noted only when everything else was found good.

mod store;

pub use store::purge_assertions;

use std::time::Duration;

use serde_json::{Map, Value};

use super::clients::Client;
use super::error::OAuthError;
use super::{Provider, client_keys::ClientSigned};
use crate::kit::clock::Timestamp;
use crate::kit::secrets::TokenHash;

/// The only type of assertion (RFC 7523 §2.2).
pub(super) const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// How far the clock of a client may be ahead of ours.
const AHEAD: Duration = Duration::from_mins(1);
/// How long an assertion may live: an hour is what some libraries give, and their clock may be ahead.
const LONGEST_LIFE: Duration = Duration::from_mins(61);
/// The longest `jti`, in bytes.
const LONGEST_ID: usize = 255;

/// What is checked of an assertion once its signature holds.
struct Checked {
    id: TokenHash,
    expires_at: Timestamp,
}

/// Whose an assertion says it is, unverified: what finds the keys that verify it.
pub(super) fn subject_of(assertion: &str) -> Option<String> {
    let claims: Map<String, Value> = jsonwebtoken::dangerous::insecure_decode(assertion).ok()?.claims;
    claims.get("sub").and_then(Value::as_str).map(str::to_owned)
}

impl Provider {
    /// Sees that an assertion is this client's, is meant for us, is young, and was never used.
    ///
    /// The inner error is what the log is told.
    pub(super) async fn accept_assertion(
        &self,
        client: &Client,
        assertion: &str,
    ) -> Result<Result<(), &'static str>, OAuthError> {
        let registered = client.settings.token_endpoint_auth_signing_alg;
        let signed = match self.0.client_keys.verify(client, registered, assertion).await {
            Ok(signed) => signed,
            Err(fault) => {
                tracing::info!(client = %client.id, %fault, "an assertion does not hold");
                return Ok(Err("the assertion's signature does not hold"));
            }
        };
        let checked = match check(&signed, client.id.as_str(), &self.0.issuer, self.0.clock.now()) {
            Ok(checked) => checked,
            Err(fault) => return Ok(Err(fault)),
        };
        let mut transaction = self.0.database.write().await?;
        if !store::note_used(&mut transaction, &checked.id, checked.expires_at).await? {
            return Ok(Err("the assertion was used before"));
        }
        transaction.commit().await?;
        Ok(Ok(()))
    }
}

/// Every check of RFC 7523 §3, as strict as FAPI 2.0 §5.3.2.1 wants them.
fn check(signed: &ClientSigned, client: &str, issuer: &str, now: Timestamp) -> Result<Checked, &'static str> {
    // Nothing that a client signs for another purpose is an assertion.
    let is_assertion = signed.header.typ.as_deref().is_none_or(|typ| {
        ["JWT", "client-authentication+jwt"].iter().any(|known| typ.eq_ignore_ascii_case(known))
    });
    if !is_assertion {
        return Err("a JWT of another type");
    }
    let text = |name: &str| signed.claims.get(name).and_then(Value::as_str);
    if text("iss") != Some(client) || text("sub") != Some(client) {
        return Err("iss and sub are not the client's id");
    }
    if text("aud") != Some(issuer) {
        return Err("aud is not the issuer, as one text");
    }
    let expires_at = time(&signed.claims, "exp")?.ok_or("there is no exp")?;
    if expires_at <= now {
        return Err("it has expired");
    }
    if expires_at > now + LONGEST_LIFE {
        return Err("it lives too long");
    }
    for name in ["iat", "nbf"] {
        if time(&signed.claims, name)?.is_some_and(|at| at > now + AHEAD) {
            return Err("it is of the future");
        }
    }
    match text("jti") {
        Some(id) if (1..=LONGEST_ID).contains(&id.len()) => {
            // No id of a client holds a space.
            Ok(Checked { id: TokenHash::of(&format!("{client} {id}")), expires_at })
        }
        _ => Err("there is no jti, or a long one"),
    }
}

/// A `NumericDate` (RFC 7519 §2), which may have decimals; one of another type is a fault, not absent.
fn time(claims: &Map<String, Value>, name: &str) -> Result<Option<Timestamp>, &'static str> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    let seconds = value.as_i64().or_else(|| {
        let number = value.as_f64().filter(|number| number.abs() < 1e15)?;
        #[expect(clippy::cast_possible_truncation, reason = "bounded above; the decimals are meant to go")]
        Some(number as i64)
    });
    seconds.map(|seconds| Some(Timestamp::from_seconds(seconds))).ok_or("a time is not a number")
}
