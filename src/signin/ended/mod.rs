//! Sessions that end by themselves: not used for too long, or past their last hour.

mod store;

use super::{Sid, SignIn};
use crate::accounts::Account;
use crate::config::SessionSettings;
use crate::database::Connection;
use crate::kit::clock::Timestamp;

pub use store::SessionLine;
use store::StoredTimes;

impl SignIn {
    /// Whether the session of a name goes on at this moment: there, in use, and not past its end.
    ///
    /// What was granted in a session counts no longer than that, even before its row is swept away.
    pub async fn goes_on(&self, connection: &mut Connection, sid: &Sid) -> sqlx::Result<bool> {
        let now = self.0.clock.now();
        let times = store::times(connection, sid).await?;
        Ok(times.is_some_and(|times| times.are_alive(&self.0.sessions, now)))
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
