//! The application's own sessions: who a browser belongs to, and a live access token for them.

use std::time::Duration;

use tokio::sync::Mutex;

use crate::kit::clock::{Clock, Timestamp};
use crate::kit::random::Rng;
use crate::kit::secrets::{Secret, TokenHash};

use super::person::{Person, Tokens};
use super::relying_party::{Arrival, RelyingParty, RelyingPartyError};
use super::store::Store;

/// How long a session lasts: a long working day.
pub(super) const SESSION_LIFETIME: Duration = Duration::from_hours(10);
/// How long before its end an access token is renewed.
const RENEWAL_MARGIN: Duration = Duration::from_secs(30);

/// A signed-in browser.
#[derive(Clone, Debug)]
pub(super) struct Session {
    /// The hash of what the browser's cookie holds.
    pub id_hash: TokenHash,
    pub person: Person,
    pub tokens: Tokens,
    pub signed_in_at: Timestamp,
}

impl Session {
    /// Whether its access token can still be shown to the API.
    fn is_live(&self, now: Timestamp) -> bool {
        now < self.tokens.access_token_ends_at
    }

    /// Whether it is time to renew the access token.
    pub(super) fn needs_renewal(&self, now: Timestamp) -> bool {
        now + RENEWAL_MARGIN >= self.tokens.access_token_ends_at
    }
}

/// Why there is no live access token.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoLiveToken {
    /// The provider ended the grant; only a new sign-in, silent perhaps, gives another.
    #[error("the person must sign in again")]
    SignInAgain,
    /// The provider gives no answer that decides; the session is kept.
    #[error("the provider could not renew the tokens")]
    ProviderUnavailable(#[source] RelyingPartyError),
    /// The application's own database failed.
    #[error("the sessions could not be read or written")]
    Store(#[from] sqlx::Error),
}

/// All sessions.
pub(super) struct Sessions {
    store: Store,
    clock: Clock,
    rng: Rng,
    /// Two tabs of one person must not spend the same refresh token: each session takes its turn here.
    turns: [Mutex<()>; 16],
}

impl Sessions {
    pub(super) fn new(store: Store, clock: Clock, rng: Rng) -> Self {
        Self { store, clock, rng, turns: Default::default() }
    }

    /// Begins a session under a new id, which the browser keeps and the database holds hashed.
    pub(super) async fn begin(&self, arrival: Arrival) -> sqlx::Result<Secret> {
        let id = self.rng.token();
        let now = self.clock.now();
        let session = Session {
            id_hash: TokenHash::of(&id),
            person: arrival.person,
            tokens: arrival.tokens,
            signed_in_at: now,
        };
        self.store.keep_session(&session, arrival.sid.as_deref(), now - SESSION_LIFETIME).await?;
        Ok(Secret::new(id))
    }

    /// The session whose id a browser presents.
    pub(super) async fn find(&self, id: Option<&str>) -> sqlx::Result<Option<Session>> {
        match id {
            Some(id) => self.store.session(&TokenHash::of(id), self.clock.now() - SESSION_LIFETIME).await,
            None => Ok(None),
        }
    }

    /// Ends a session here; the provider's own goes on.
    pub(super) async fn end(&self, id_hash: &TokenHash) -> sqlx::Result<()> {
        self.store.end_session(id_hash).await
    }

    /// The same session with an access token that is good for some time yet.
    ///
    /// Must run to its end once begun: a rotated refresh token that is not stored is lost.
    pub(super) async fn renew(
        &self,
        relying_party: &RelyingParty,
        id_hash: &TokenHash,
    ) -> Result<Session, NoLiveToken> {
        let turn = usize::from(id_hash.as_str().as_bytes().first().copied().unwrap_or(0)) % self.turns.len();
        let _turn = self.turns[turn].lock().await;
        // Whoever had the turn before may have renewed this very session.
        let now = self.clock.now();
        let kept = self.store.session(id_hash, now - SESSION_LIFETIME).await?;
        let mut session = kept.ok_or(NoLiveToken::SignInAgain)?;
        if !session.needs_renewal(now) {
            return Ok(session);
        }
        let Some(refresh_token) = session.tokens.refresh_token.clone() else {
            return if session.is_live(now) { Ok(session) } else { self.give_up(id_hash).await };
        };
        match relying_party.renew(&session.person, &session.tokens, &refresh_token).await {
            Ok(tokens) => {
                self.store.replace_tokens(id_hash, &tokens).await?;
                session.tokens = tokens;
                Ok(session)
            }
            Err(
                error @ (RelyingPartyError::GrantRefused
                | RelyingPartyError::IdTokenUnacceptable(_)
                | RelyingPartyError::AnotherPerson),
            ) => {
                tracing::info!(%error, "a session could not be renewed");
                self.give_up(id_hash).await
            }
            Err(error) if session.is_live(now) => {
                tracing::warn!(%error, "renewal failed; the access token is good a little longer");
                Ok(session)
            }
            Err(error) => Err(NoLiveToken::ProviderUnavailable(error)),
        }
    }

    async fn give_up(&self, id_hash: &TokenHash) -> Result<Session, NoLiveToken> {
        self.store.end_session(id_hash).await?;
        Err(NoLiveToken::SignInAgain)
    }
}
