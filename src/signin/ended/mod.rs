//! Sessions that end by themselves: not used for too long, past their last hour, or of an epoch that is over;
//! and those that end by the word of an upstream provider.

mod store;

use super::{Sid, SignIn};
use crate::accounts::{self, Account, AccountId};
use crate::config::SessionSettings;
use crate::database::Connection;
use crate::federation::HeardLogout;
use crate::kit::clock::Timestamp;

use super::sessions::USE_NOTED_EVERY;
pub use store::{SessionLine, SessionTimes};

impl SignIn {
    /// The times of the session of a name, without counting as a use of it.
    pub async fn times_of(
        &self,
        connection: &mut Connection,
        sid: &Sid,
    ) -> sqlx::Result<Option<SessionTimes>> {
        store::times(connection, sid).await
    }

    /// Whether a session of these times goes on.
    #[must_use]
    pub fn goes_on(&self, times: SessionTimes) -> bool {
        times.are_alive(&self.0.sessions, self.0.clock.now())
    }

    /// Notes that an application goes on in the session of a name and of these times, for a person who is at work there.
    ///
    /// In a transaction of its own, after that of the tokens: whoever ends a session locks its row before those of
    /// its grants, and would wait in a ring for one who holds a grant and asks for the session.
    pub async fn note_use_of(&self, sid: &Sid, times: SessionTimes) -> sqlx::Result<()> {
        let now = self.0.clock.now();
        if times.are_alive(&self.0.sessions, now) && now.since(times.last_used_at) >= USE_NOTED_EVERY {
            let mut transaction = self.0.database.write().await?;
            store::note_use(&mut transaction, sid, now).await?;
            transaction.commit().await?;
        }
        Ok(())
    }

    /// Locks the session of a name until the transaction ends, for who takes rows next that go with it.
    pub async fn hold(&self, connection: &mut Connection, sid: &Sid) -> sqlx::Result<()> {
        store::lock(connection, sid).await
    }

    /// Locks every session of a person likewise, and first the person, as whoever ends several of their sessions does.
    pub async fn hold_all(&self, connection: &mut Connection, account: &AccountId) -> sqlx::Result<()> {
        accounts::lock(connection, account).await?;
        store::lock_all(connection, account).await
    }

    /// Ends the sessions of people whose accesses were ended or who were disabled, on whatever node or by
    /// whatever command; tells how many there were.
    ///
    /// They count no more as it is: this makes their end a fact that others can see.
    pub async fn end_dead_sessions(&self) -> sqlx::Result<u64> {
        // An account changes when its epoch does, and an older session is over by its age.
        let changed_since = self.0.clock.now() - self.0.sessions.absolute;
        let mut ended = 0;
        while store::are_there_dead(&mut *self.0.database.read().await?, changed_since).await? {
            let mut transaction = self.0.database.write().await?;
            let number = store::end_dead(&mut transaction, changed_since, DEAD_AT_ONCE).await?;
            transaction.commit().await?;
            ended += number;
            if number == 0 {
                break;
            }
        }
        Ok(ended)
    }

    /// Where a person is signed in, the latest used first, at most so many.
    pub async fn open_sessions(&self, account: &Account, most: i64) -> sqlx::Result<Vec<SessionLine>> {
        let now = self.0.clock.now();
        let mut connection = self.0.database.read().await?;
        sessions_of_account(&mut connection, account, &self.0.sessions, now, most).await
    }

    /// Tells this node that accesses were just ended, by whoever may end them: their clients are told at once.
    pub fn tell_session_ended(&self) {
        self.0.session_ended.notify_one();
    }

    /// Waits until a session ends at this node.
    pub async fn session_ended(&self) {
        self.0.session_ended.notified().await;
    }

    /// Ends the sessions that an upstream provider says are over; `None` when it was heard saying so before.
    pub(super) async fn end_at_upstreams_word(&self, heard: &HeardLogout) -> sqlx::Result<Option<u64>> {
        let mut transaction = self.0.database.write().await?;
        if !store::remember_heard(&mut transaction, heard).await? {
            return Ok(None);
        }
        let ended = store::end_of_upstream(&mut transaction, heard).await?;
        transaction.commit().await?;
        if ended > 0 {
            self.0.session_ended.notify_one();
        }
        Ok(Some(ended))
    }
}

/// How many sessions of epochs that are over are ended in one transaction.
const DEAD_AT_ONCE: i64 = 200;

impl SessionTimes {
    fn are_alive(self, sessions: &SessionSettings, now: Timestamp) -> bool {
        now < self.expires_at && now.since(self.last_used_at) < sessions.idle
    }
}

/// The sessions in which a person is signed in, the latest used first.
pub async fn sessions_of_account(
    connection: &mut Connection,
    account: &Account,
    sessions: &SessionSettings,
    now: Timestamp,
    most: i64,
) -> sqlx::Result<Vec<SessionLine>> {
    if !account.honours(account.epoch) {
        return Ok(Vec::new());
    }
    store::alive(connection, account, now, now - sessions.idle, most).await
}

/// Removes up to `most` sessions that have ended; tells how many went. The grants that named them are left
/// without one.
pub async fn purge_sessions(
    connection: &mut Connection,
    sessions: &SessionSettings,
    now: Timestamp,
    most: i64,
) -> sqlx::Result<u64> {
    store::purge(connection, now, now - sessions.idle, most).await
}

/// Forgets up to `most` logout tokens of upstreams that could not be believed any more; tells how many.
pub async fn purge_heard_logouts(
    connection: &mut Connection,
    now: Timestamp,
    most: i64,
) -> sqlx::Result<u64> {
    store::purge_heard(connection, now, most).await
}
