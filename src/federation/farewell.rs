//! Goodbyes: where a browser signs out upstream, and what an upstream says of sessions that are over.

use std::time::Duration;

use serde_json::{Map, Value};
use tokio::time::timeout;
use url::Url;

use super::arrive::with_newer_keys;
use super::cache::Provenance;
use super::discovery::Provider;
use super::errors::TokenFault;
use super::id_token::{CLOCK_LEEWAY, check_not_before, is_subject, payload_of, seconds_of, session_of};
use super::userinfo::{check_signature, is_audience};
use super::{Federation, FederationError};
use crate::config::UpstreamId;
use crate::kit::clock::Timestamp;

/// The member of `events` that makes a token a logout token (Back-Channel Logout §2.4).
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// How old a logout token may be: an upstream may try for a while to reach us.
const OLDEST: Duration = Duration::from_hours(1);
/// The longest `jti` that is remembered, in bytes.
const LONGEST_JTI: usize = 255;

/// What goes with a browser that signs out upstream (RP-Initiated Logout §2).
pub struct Farewell<'a> {
    /// The ID token that the upstream gave at the sign-in.
    pub id_token: Option<&'a str>,
    /// Where the browser comes back to, as registered there.
    pub back: &'a str,
    /// With what.
    pub state: &'a str,
    /// The language of the pages.
    pub ui_locale: &'a str,
}

/// A logout token that was believed: of a session there, of a person, or of both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeardLogout {
    /// Who says it.
    pub upstream: UpstreamId,
    /// The session that is over; every session of the subject when none is named.
    pub sid: Option<String>,
    /// Whose it was.
    pub subject: Option<String>,
    /// The token's own name, by which it counts once.
    pub jti: String,
    /// When it could not be believed any more, and its name can be forgotten.
    pub expires_at: Timestamp,
}

impl Federation {
    /// Where to send a browser so that the session upstream ends too; `None` when there is no such place.
    ///
    /// Takes at most five seconds; usually none, because the upstream's metadata is known.
    ///
    /// # Errors
    /// When the upstream is not configured, or cannot be read and was not known before.
    pub async fn depart_for_good(
        &self,
        id: &UpstreamId,
        farewell: &Farewell<'_>,
    ) -> Result<Option<Url>, FederationError> {
        let upstream = self.known(id)?;
        let provider = timeout(self.patience, upstream.cache.provider())
            .await
            .unwrap_or(Err(FederationError::TimedOut))?;
        let Some(endpoint) = &provider.end_session_endpoint else { return Ok(None) };
        let mut url = endpoint.clone();
        let mut query = url.query_pairs_mut();
        if let Some(hint) = farewell.id_token {
            query.append_pair("id_token_hint", hint);
        }
        query
            .append_pair("client_id", &upstream.settings.client_id)
            .append_pair("post_logout_redirect_uri", farewell.back)
            .append_pair("state", farewell.state)
            .append_pair("ui_locales", farewell.ui_locale);
        drop(query);
        Ok(Some(url))
    }

    /// Believes a logout token, or says why not (Back-Channel Logout §2.6).
    ///
    /// That it was not heard before is for whoever remembers such things to see.
    ///
    /// # Errors
    /// When the token fails a check, or the upstream's keys cannot be had.
    pub async fn hear_logout(&self, id: &UpstreamId, token: &str) -> Result<HeardLogout, FederationError> {
        let upstream = self.known(id)?;
        let hear = async {
            let mut provider = upstream.cache.provider().await?;
            let (client_id, now) = (&upstream.settings.client_id, self.clock.now());
            let check = |provider: &Provider| verify(provider, token, client_id, now);
            with_newer_keys(upstream, &mut provider, Provenance::Posted, check)
                .await
                .map_err(FederationError::LogoutToken)
        };
        let verified = timeout(self.patience, hear).await.unwrap_or(Err(FederationError::TimedOut))?;
        let Verified { sid, subject, jti, expires_at } = verified;
        Ok(HeardLogout { upstream: id.clone(), sid, subject, jti, expires_at })
    }
}

struct Verified {
    sid: Option<String>,
    subject: Option<String>,
    jti: String,
    expires_at: Timestamp,
}

fn verify(provider: &Provider, token: &str, client_id: &str, now: Timestamp) -> Result<Verified, TokenFault> {
    check_signature(provider, token, &["logout+jwt", "JWT"])?;
    let claims = payload_of(token).ok_or(TokenFault::Malformed)?;
    if claims.get("iss").and_then(Value::as_str) != Some(provider.issuer.as_str()) {
        return Err(TokenFault::Issuer);
    }
    if !is_audience(&claims, client_id) {
        return Err(TokenFault::Audience);
    }
    let expires_at = check_times(&claims, now)?;
    // A nonce is what an ID token has: it must never pass for this.
    let events = claims.get("events").and_then(Value::as_object);
    let is_event = events.and_then(|events| events.get(EVENT)).is_some_and(Value::is_object);
    if !is_event || claims.contains_key("nonce") {
        return Err(TokenFault::NoLogout);
    }
    let jti = claims.get("jti").and_then(Value::as_str).unwrap_or_default();
    if jti.is_empty() || jti.len() > LONGEST_JTI || jti.contains('\0') {
        return Err(TokenFault::Malformed);
    }
    let sid = named(&claims, "sid", session_of)?;
    let subject = named(&claims, "sub", |subject| is_subject(subject).then(|| subject.to_owned()))?;
    if sid.is_none() && subject.is_none() {
        return Err(TokenFault::NoLogout);
    }
    Ok(Verified { sid, subject, jti: jti.to_owned(), expires_at })
}

/// Who or what a claim names; one that is there and names nothing usable must not count as absent, which would
/// end more than was meant.
fn named(
    claims: &Map<String, Value>,
    claim: &str,
    read: impl Fn(&str) -> Option<String>,
) -> Result<Option<String>, TokenFault> {
    match claims.get(claim) {
        None => Ok(None),
        Some(value) => value.as_str().and_then(read).map(Some).ok_or(TokenFault::Subject),
    }
}

/// `iat` and `exp` are required; gives when the token cannot be believed any more.
fn check_times(claims: &Map<String, Value>, now: Timestamp) -> Result<Timestamp, TokenFault> {
    check_not_before(claims, now)?;
    let time = |claim: &str| claims.get(claim).and_then(seconds_of).ok_or(TokenFault::Malformed);
    let (issued, end) = (time("iat")?, time("exp")?);
    if end <= now - CLOCK_LEEWAY {
        return Err(TokenFault::Expired);
    }
    if issued > now + CLOCK_LEEWAY || issued < now - OLDEST {
        return Err(TokenFault::IssuedAt);
    }
    Ok(end.min(issued + OLDEST) + CLOCK_LEEWAY + CLOCK_LEEWAY)
}
