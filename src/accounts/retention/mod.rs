//! What is not kept for ever: letters, links, requests, and accounts that nobody uses.
//!
//! Each function does one small batch and tells how much it did; the janitor asks again as long as there is
//! more. Doing one twice, or on two nodes at once, changes nothing.

mod store;

pub use store::purge_cases;

use std::time::Duration;

use super::{Accounts, store as account_store};
use crate::audit::{Actor, Event};
use crate::database::Connection;
use crate::kit::clock::Timestamp;

/// No mail waits longer than this for its server.
const MAIL_ON_ITS_WAY: Duration = Duration::from_hours(30 * 24);

impl Accounts {
    /// Removes letters that ended before a moment; each account keeps its newest.
    pub async fn purge_letters(&self, before: Timestamp, most: i64) -> sqlx::Result<u64> {
        // Looked for without the lock of the one writer: most letters are their account's newest.
        let mut reader = self.0.database.read().await?;
        let numbers = store::ended_letters(&mut reader, before, most).await?;
        drop(reader);
        let mut transaction = self.0.database.write().await?;
        for number in &numbers {
            store::delete_letter(&mut transaction, number).await?;
        }
        transaction.commit().await?;
        Ok(numbers.len() as u64)
    }

    /// Removes links that cannot have lived until a moment.
    pub async fn purge_links(
        &self,
        connection: &mut Connection,
        ended_before: Timestamp,
        most: i64,
    ) -> sqlx::Result<u64> {
        // A link lives from the moment its mail leaves, which may be days later.
        let longest =
            self.0.recovery.link_lifetime.max(self.0.recovery.confirmation_lifetime) + MAIL_ON_ITS_WAY;
        store::purge_links(connection, ended_before - longest, most).await
    }

    /// Announces that accounts not seen since a moment will be anonymised, once the notice is over.
    pub async fn announce_unused(
        &self,
        unused_since: Timestamp,
        notice: Duration,
        most: i64,
    ) -> sqlx::Result<u64> {
        let now = self.0.clock.now();
        let mut transaction = self.0.database.write().await?;
        let ids = store::announce(&mut transaction, unused_since, now + notice, most).await?;
        for id in &ids {
            let event = (Event::DeletionAnnounced, "");
            self.record(&mut transaction, id, now, &Actor::Retention, event).await?;
        }
        transaction.commit().await?;
        Ok(ids.len() as u64)
    }

    /// Anonymises accounts for which that was announced and whose notice is over, if nobody used them
    /// meanwhile.
    pub async fn anonymise_unused(&self, unused_since: Timestamp, most: i64) -> sqlx::Result<u64> {
        let now = self.0.clock.now();
        let mut transaction = self.0.database.write().await?;
        let due = store::due(&mut transaction, unused_since, now, most).await?;
        let mut done = 0;
        for id in &due {
            // Locked, then asked again: somebody may be signing in at this very moment.
            let Some(account) = account_store::lock(&mut transaction, id).await? else { continue };
            if !store::is_due(&mut transaction, id, unused_since, now).await? {
                continue;
            }
            if self.anonymise(&mut transaction, &account, now, &Actor::Retention).await? {
                done += 1;
            }
        }
        transaction.commit().await?;
        Ok(done)
    }
}
