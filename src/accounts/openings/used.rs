//! The first use of an access that a manager opened.

use super::{Network, Way, store};
use crate::accounts::{AccountId, Accounts};
use crate::audit::{Actor, Event};
use crate::database::Connection;
use crate::kit::clock::Timestamp;

impl Accounts {
    /// Notes, in the transaction that uses it, that an access opened in this way was used, and whether that came from the
    /// network from which it was opened: whoever opened it may be the one who uses it.
    pub(in crate::accounts) async fn note_opening_used(
        &self,
        connection: &mut Connection,
        account: &AccountId,
        way: Way,
        network: &Network,
        now: Timestamp,
    ) -> sqlx::Result<()> {
        let used_from = self.mark_of(network, account);
        let Some((id, opened_from)) = store::latest_unused(connection, account, way).await? else {
            return Ok(());
        };
        let is_same = opened_from == used_from;
        store::mark_used(connection, &id, is_same, now).await?;
        let detail = if is_same { format!("{} same-network", way.word()) } else { way.word().to_owned() };
        self.record(connection, account, now, &Actor::Person, (Event::OpeningUsed, &detail)).await
    }
}
