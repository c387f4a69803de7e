//! The costs at which passwords are stored: a sign-in pays each of them once, whoever asks, so that time does
//! not tell whose password is how old, nor who exists.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use super::super::{AccountId, Accounts};
use super::hashing::Cost;
use super::store;
use crate::kit::clock::Timestamp;
use crate::kit::secrets::Secret;

/// How long what was looked up counts: it changes when a configuration does, and when the last hash of an
/// old cost goes.
const LOOKED_UP_EVERY: Duration = Duration::from_hours(1);

/// What a node knows of the costs in use, and since when.
#[derive(Default)]
pub struct CostsInUse(Mutex<Option<(Timestamp, Arc<[Cost]>)>>);

impl Accounts {
    /// The present cost, then every other one at which a password is stored.
    ///
    /// Looked up now and then, on behalf of whoever signs in at that moment: it depends on no identifier.
    pub(super) async fn costs_in_use(&self) -> sqlx::Result<Arc<[Cost]>> {
        let mut known = self.0.costs.0.lock().await;
        let now = self.0.clock.now();
        if let Some((at, costs)) = known.as_ref()
            && now.since(*at) < LOOKED_UP_EVERY
        {
            return Ok(Arc::clone(costs));
        }
        let heads = store::heads(&mut *self.0.database.read().await?).await?;
        let mut costs = vec![self.0.hasher.cost()];
        for cost in heads.iter().filter_map(|head| Cost::of(head)) {
            if !costs.contains(&cost) {
                costs.push(cost);
            }
        }
        let costs: Arc<[Cost]> = costs.into();
        *known = Some((now, Arc::clone(&costs)));
        Ok(costs)
    }

    /// Sees that a cost which a node of another configuration brought is paid by everybody from now on.
    pub(super) async fn learn_cost(&self, costs: &[Cost], hash: &str) {
        if Cost::of(hash).is_some_and(|cost| !costs.contains(&cost)) {
            *self.0.costs.0.lock().await = None;
        }
    }

    /// Hashes a password that just proved right anew, if its hash has another cost than the present one.
    ///
    /// It stays the same password: nothing ends, and no link dies. While too many sign in it is left to the
    /// next sign-in.
    pub(super) async fn hash_anew(
        &self,
        account: &AccountId,
        known: &str,
        password: &Secret,
    ) -> sqlx::Result<()> {
        if Cost::of(known) == Some(self.0.hasher.cost()) {
            return Ok(());
        }
        let Ok(hash) = self.0.hasher.hash(password.clone()).await else { return Ok(()) };
        let mut transaction = self.0.database.write().await?;
        store::rehash(&mut transaction, account, known, &hash).await?;
        transaction.commit().await
    }
}
