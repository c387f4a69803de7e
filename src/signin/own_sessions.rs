//! A person's own sessions: listed, and ended by them, here or on any device.

use super::sessions::SESSION_COOKIE;
use super::store::{self, StoredSession};
use super::{Sid, SignIn, SignedIn};
use crate::accounts::{self, Account};
use crate::audit::{self, Actor, Event};
use crate::database::Connection;
use crate::kit::clock::Timestamp;
use crate::kit::secrets::TokenHash;

/// How many sessions a person is shown; the others still end with all.
const MOST_SHOWN: i64 = 50;

/// A session, as its person may know it.
#[derive(Clone, Debug)]
pub struct OwnSession {
    /// Its public name.
    pub sid: Sid,
    /// What the browser called itself.
    pub user_agent: String,
    /// When it began.
    pub began_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_used_at: Timestamp,
    /// Whether it is the one that asks.
    pub is_current: bool,
}

impl SignIn {
    /// The sessions in which a person is signed in, this one first.
    pub async fn sessions_of(&self, person: &SignedIn) -> sqlx::Result<Vec<OwnSession>> {
        let now = self.0.clock.now();
        let times = (now, now - self.0.sessions.idle);
        let mut connection = self.0.database.read().await?;
        let account = &person.account;
        let found =
            store::sessions_of(&mut connection, &account.id, account.epoch, times, MOST_SHOWN).await?;
        let own = |session: StoredSession| OwnSession {
            is_current: session.sid == person.sid,
            sid: session.sid,
            user_agent: session.user_agent,
            began_at: session.began_at,
            last_used_at: session.last_used_at,
        };
        let mut sessions: Vec<OwnSession> = found.into_iter().map(own).collect();
        sessions.sort_by_key(|session| !session.is_current);
        Ok(sessions)
    }

    /// Ends one of a person's sessions, and what was granted in it; `false` when they have none of that name.
    pub async fn end_session(&self, person: &SignedIn, sid: &str) -> sqlx::Result<bool> {
        let mut transaction = self.0.database.write().await?;
        if !store::end_of(&mut transaction, &person.account.id, sid).await? {
            return Ok(false);
        }
        self.note(&mut transaction, person, (Event::SessionEnded, "")).await?;
        transaction.commit().await?;
        self.0.session_ended.notify_one();
        Ok(true)
    }

    /// Ends a person's sessions but this one, and what was granted in them; `false` when there was none.
    pub async fn end_other_sessions(&self, person: &SignedIn) -> sqlx::Result<bool> {
        let mut transaction = self.0.database.write().await?;
        accounts::lock(&mut transaction, &person.account.id).await?;
        if store::end_others(&mut transaction, &person.account.id, &person.sid).await? == 0 {
            return Ok(false);
        }
        self.note(&mut transaction, person, (Event::SessionEnded, "others")).await?;
        transaction.commit().await?;
        self.0.session_ended.notify_one();
        Ok(true)
    }

    /// Ends every session of a person and every grant, those that outlive sessions included.
    ///
    /// Gives the `Set-Cookie` value that makes the browser forget its own.
    pub async fn end_every_access(&self, person: &SignedIn) -> sqlx::Result<String> {
        let id = &person.account.id;
        let mut transaction = self.0.database.write().await?;
        self.0.accounts.end_access(&mut transaction, id, self.0.clock.now()).await?;
        store::end_all(&mut transaction, id).await?;
        self.note(&mut transaction, person, (Event::AccessEnded, "")).await?;
        transaction.commit().await?;
        self.0.session_ended.notify_one();
        Ok(self.0.pages.cookies().clear(SESSION_COOKIE))
    }

    /// Goes on with this session alone when all else has just ended by the person's own doing: it bears
    /// the epoch of `account`, as it now is, and a new secret.
    ///
    /// Gives the `Set-Cookie` value with that; `None` when the session was ended meanwhile.
    pub async fn carry_on(&self, person: &SignedIn, account: &Account) -> sqlx::Result<Option<String>> {
        let token = self.0.rng.token();
        let id = TokenHash::of(&token);
        let now = self.0.clock.now();
        let mut transaction = self.0.database.write().await?;
        accounts::lock(&mut transaction, &account.id).await?;
        if !store::carry_over(&mut transaction, &person.id, &id, account.epoch, now).await? {
            return Ok(None);
        }
        store::end_others(&mut transaction, &account.id, &person.sid).await?;
        transaction.commit().await?;
        self.0.session_ended.notify_one();
        Ok(Some(self.0.pages.cookies().set(SESSION_COOKIE, &token, None)))
    }

    async fn note(
        &self,
        connection: &mut Connection,
        person: &SignedIn,
        event: (Event, &str),
    ) -> sqlx::Result<()> {
        let account = person.account.id.as_str();
        audit::record(connection, &self.0.rng, self.0.clock.now(), account, &Actor::Person, event).await
    }
}
