//! Sessions that end by themselves: not used for too long, or past their last hour.

mod store;

use super::{Sid, SignIn};
use crate::accounts::Account;
use crate::config::SessionSettings;
use crate::database::Connection;
use crate::kit::clock::Timestamp;

use super::sessions::USE_NOTED_EVERY;
pub use store::SessionLine;
use store::StoredTimes;

impl SignIn {
    /// Whether the session of a name goes on, without counting as a use of it.
    pub async fn is_open(&self, connection: &mut Connection, sid: &Sid) -> sqlx::Result<bool> {
        let times = store::times(connection, sid).await?;
        Ok(times.is_some_and(|times| times.are_alive(&self.0.sessions, self.0.clock.now())))
    }

    /// Notes that an application goes on in the session of a name, for a person who is at work there;
    /// `false` when the session has ended.
    ///
    /// What was granted in a session counts no longer than that, even before its row is swept away.
    pub async fn goes_on(&self, connection: &mut Connection, sid: &Sid) -> sqlx::Result<bool> {
        let now = self.0.clock.now();
        let Some(times) = store::times(connection, sid).await? else { return Ok(false) };
        if !times.are_alive(&self.0.sessions, now) {
            return Ok(false);
        }
        if now.since(times.last_used_at) >= USE_NOTED_EVERY {
            store::note_use(connection, sid, now).await?;
        }
        Ok(true)
    }
}

impl StoredTimes {
    fn are_alive(&self, sessions: &SessionSettings, now: Timestamp) -> bool {
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
