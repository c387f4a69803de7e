//! Refused sign-ins, noted in the history of those whose they were.

use std::time::Duration;

use super::{Accounts, LookupKey, store};
use crate::audit::{self, Actor, Event, Refusal};
use crate::kit::clock::Timestamp;

/// A refusal that nothing else bounds is noted at most this often for an account.
const NOTED_EVERY: Duration = Duration::from_hours(1);

/// A sign-in that was refused.
#[derive(Clone, Debug)]
pub struct Refused {
    /// When.
    pub at: Timestamp,
    /// Which identifier was typed, somebody's or nobody's.
    pub key: LookupKey,
    /// Why.
    pub refusal: Refusal,
}

impl Accounts {
    /// Notes refused sign-ins in one transaction; those of identifiers that nobody has are dropped here.
    ///
    /// Passwords that were looked at are bounded by the throttle. What was refused before that, or proved right too late,
    /// may be repeated without end: of each such reason an account is told once in a while.
    pub async fn note_refused(&self, all: &[Refused]) -> sqlx::Result<u64> {
        let mut transaction = self.0.database.write().await?;
        let mut noted = 0;
        for refused in all {
            let Some(account) = store::by_key(&mut transaction, &refused.key).await? else { continue };
            let event = (Event::SignInFailed, refused.refusal.word());
            let is_bounded = matches!(refused.refusal, Refusal::WrongPassword | Refusal::Disabled);
            let since = refused.at - NOTED_EVERY;
            if !is_bounded
                && audit::happened_since(&mut transaction, account.id.as_str(), event, since).await?
            {
                continue;
            }
            self.record(&mut transaction, &account.id, refused.at, &Actor::Person, event).await?;
            noted += 1;
        }
        transaction.commit().await?;
        Ok(noted)
    }
}
