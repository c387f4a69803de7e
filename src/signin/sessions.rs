//! Browser sessions: who is signed in, since when, and until when.

use std::time::Duration;

use super::departure::{CameFrom, SignedOut};
use super::store::{self, StoredSession};
use super::{OpenJourney, Sid, SignIn};
use crate::accounts::{self, Account};
use crate::audit::{self, Actor, Event, ProvedBy};
use crate::database::Transaction;
use crate::kit::clock::Timestamp;
use crate::kit::page::see_other;
use crate::kit::secrets::TokenHash;
use crate::kit::visitor::Visitor;

/// The short name of the session's cookie.
pub(super) const SESSION_COOKIE: &str = "session";
/// A session's last use is written at most this often.
pub(super) const USE_NOTED_EVERY: Duration = Duration::from_mins(1);

/// What identifies a session in storage: the hash of its cookie.
pub type SessionId = TokenHash;

/// The proof that this browser's person is signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who.
    pub account: Account,
    /// The session's public name.
    pub sid: Sid,
    /// When they proved who they are.
    pub auth_time: Timestamp,
    /// When the session ends at the latest.
    pub expires_at: Timestamp,
    /// How strong the proof was.
    pub acr: String,
    /// By what means (RFC 8176).
    pub amr: Vec<String>,
    /// What the session is stored under.
    pub(super) id: SessionId,
}

impl SignedIn {
    /// Names this very sign-in: another one, even in the same session, has another name.
    #[must_use]
    pub fn sign_in_id(&self) -> &str {
        self.id.as_str()
    }
}

/// A proof just given, not yet a session.
pub(super) struct Proof {
    pub account: Account,
    /// The id of the door that they came by.
    pub door: String,
    pub proved_by: ProvedBy,
    pub upstream: Option<CameFrom>,
    /// When it was given, where that was not just now.
    pub auth_time: Option<Timestamp>,
    pub acr: String,
    pub amr: Vec<String>,
    /// A page of ours that the person sees before going on.
    pub pause: Option<&'static str>,
}

/// What became of the session that a browser had before a sign-in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Previous {
    /// There was none.
    None,
    /// It was somebody else's, or over, and is ended.
    Ended,
    /// It goes on under a new secret.
    GoesOn,
}

/// The authentication context of a password checked here.
pub(super) const ACR_PASSWORD: &str = "urn:guichet:acr:password";
/// The authentication context of an upstream that names none.
pub(super) const ACR_FEDERATED: &str = "urn:guichet:acr:federated";

/// The authentication contexts that sessions can have without an upstream naming one.
pub const ACR_VALUES: [&str; 2] = [ACR_PASSWORD, ACR_FEDERATED];

impl SignIn {
    /// Who is signed in in this browser, if anyone.
    pub async fn signed_in(&self, visitor: &Visitor) -> sqlx::Result<Option<SignedIn>> {
        let Some(token) = self.session_token(visitor) else { return Ok(None) };
        let id = TokenHash::of(token);
        let Some((session, account)) = self.0.open_sessions.ask(id.clone()).await? else { return Ok(None) };
        let now = self.0.clock.now();
        if !self.is_alive(&session, now) || !account.honours(session.epoch) {
            return Ok(None);
        }
        if now.since(session.last_used_at) >= USE_NOTED_EVERY {
            let mut transaction = self.0.database.write().await?;
            store::note_use(&mut transaction, &id, now).await?;
            transaction.commit().await?;
        }
        Ok(Some(SignedIn {
            account,
            sid: session.sid,
            auth_time: session.auth_time,
            expires_at: session.expires_at,
            acr: session.acr,
            amr: session.amr,
            id,
        }))
    }

    /// Whether a request comes with the cookie of a session, alive or not.
    #[must_use]
    pub fn brings_session(&self, visitor: &Visitor) -> bool {
        self.session_token(visitor).is_some()
    }

    /// Opens a session for a proof just given, under a new id, and sends the person on their way.
    pub(super) async fn establish(
        &self,
        visitor: &Visitor,
        journey: &OpenJourney,
        proof: Proof,
        mut cookies: Vec<String>,
    ) -> sqlx::Result<axum::response::Response> {
        let now = self.0.clock.now();
        let token = self.0.rng.token();
        let mut session = StoredSession {
            sid: Sid::from(self.0.rng.id()),
            account: proof.account.id.clone(),
            upstream: proof.upstream.map(|came| came.sealed(|hint| self.seal_hint(&proof.account.id, hint))),
            // An upstream's clock may be ahead of ours: nobody signs in in the future.
            auth_time: proof.auth_time.map_or(now, |time| time.min(now)),
            acr: proof.acr,
            amr: proof.amr,
            last_used_at: now,
            expires_at: now + self.0.sessions.absolute,
            epoch: proof.account.epoch,
            began_at: now,
            user_agent: visitor.user_agent.clone(),
        };
        let id = TokenHash::of(&token);
        let mut transaction = self.0.database.write().await?;
        // First of all: the account's row is what others lock, the janitor among them.
        accounts::note_seen(&mut transaction, &session.account, now).await?;
        let previous = self.renew_or_end(&mut transaction, visitor, &id, &mut session).await?;
        if previous != Previous::GoesOn {
            store::insert(&mut transaction, &id, &session).await?;
        }
        let detail = audit::signed_in_by(&proof.door, proof.proved_by);
        self.record_sign_in(&mut transaction, &session, &detail).await?;
        transaction.commit().await?;
        if previous == Previous::Ended {
            self.0.session_ended.notify_one();
        }
        tracing::info!(
            account = %session.account,
            upstream = session.upstream.as_ref().map(|came| tracing::field::display(&came.upstream)),
            "signed in"
        );
        cookies.push(self.0.pages.cookies().set(SESSION_COOKIE, &token, None));
        let onward = match proof.pause {
            Some(path) => self.pause_at(path, journey, &id),
            None => self.onward(journey, &id),
        };
        Ok(see_other(&onward, &cookies))
    }

    /// Staff are nobody's people: their provider's authority is told of them.
    async fn record_sign_in(
        &self,
        transaction: &mut Transaction,
        session: &StoredSession,
        detail: &str,
    ) -> sqlx::Result<()> {
        let (rng, now, event) = (&self.0.rng, session.last_used_at, (Event::SignedIn, detail));
        let (account, actor) = (session.account.as_str(), &Actor::Person);
        let upstream =
            session.upstream.as_ref().and_then(|came| self.0.federation.upstream(came.upstream.as_str()));
        match upstream.and_then(|upstream| upstream.settings().authority.as_ref()) {
            Some(authority) => {
                audit::record_under(transaction, rng, now, authority, (Some(account), actor), event).await
            }
            None => audit::record(transaction, rng, now, account, actor, event).await,
        }
    }

    /// The same person again: the session goes on under a new secret, so that what was granted in it
    /// still ends with it. Anyone else's is ended.
    async fn renew_or_end(
        &self,
        transaction: &mut Transaction,
        visitor: &Visitor,
        id: &SessionId,
        session: &mut StoredSession,
    ) -> sqlx::Result<Previous> {
        let Some(previous) = self.session_token(visitor).map(TokenHash::of) else {
            return Ok(Previous::None);
        };
        let before = store::session(transaction, &previous).await?;
        let goes_on = |before: &StoredSession| {
            before.account == session.account
                && before.epoch == session.epoch
                && self.is_alive(before, session.last_used_at)
        };
        let Some(before) = before.filter(goes_on) else {
            let ended = store::end(transaction, &previous).await?;
            return Ok(if ended.is_some() { Previous::Ended } else { Previous::None });
        };
        let fresh_sid = std::mem::replace(&mut session.sid, before.sid);
        if store::renew(transaction, &previous, id, session).await? {
            return Ok(Previous::GoesOn);
        }
        session.sid = fresh_sid;
        Ok(Previous::None)
    }

    /// Ends the browser's session; whatever was granted in it and is not offline ends too.
    pub async fn sign_out(&self, visitor: &Visitor) -> sqlx::Result<SignedOut> {
        let mut ended = None;
        if let Some(token) = self.session_token(visitor) {
            let mut transaction = self.0.database.write().await?;
            ended = store::end(&mut transaction, &TokenHash::of(token)).await?;
            transaction.commit().await?;
        }
        if ended.is_some() {
            self.0.session_ended.notify_one();
        }
        let forget = self.0.pages.cookies().clear(SESSION_COOKIE);
        Ok(self.signed_out(forget, ended))
    }

    fn session_token<'v>(&self, visitor: &'v Visitor) -> Option<&'v str> {
        let token = visitor.cookies.get(&self.0.pages.cookies().name(SESSION_COOKIE))?;
        (!token.is_empty() && token.len() <= 64).then_some(token)
    }

    fn is_alive(&self, session: &StoredSession, now: Timestamp) -> bool {
        now < session.expires_at && now.since(session.last_used_at) < self.0.sessions.idle
    }
}
