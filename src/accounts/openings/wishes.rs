//! Openings that wait for a second manager.

use super::{WishId, store, wish_end};
use crate::accounts::{Account, AccountId, Accounts, Fingerprint, Jurisdiction, Mandate, NotHeld};
use crate::audit::{Acting, Event};
use crate::database::Connection;
use crate::kit::clock::Timestamp;

use super::Way;

/// How many are listed.
const MOST_LISTED: i64 = 50;

/// An opening that waits, as managers see it.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Its name.
    pub id: WishId,
    /// Whose access.
    pub person: Account,
    /// How it is to be opened.
    pub way: Way,
    /// Why, in the words of whoever asks.
    pub reason: String,
    /// Who asks.
    pub asked_by: AccountId,
    /// What they are called.
    pub asked_by_name: String,
    /// When they asked.
    pub asked_at: Timestamp,
    /// Until when it waits.
    pub expires_at: Timestamp,
    /// Whether a second manager agreed.
    pub is_agreed: bool,
}

/// What became of an agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// The first manager may go on.
    Given,
    /// It is this manager's own wish: another one must agree.
    Own,
    /// It is over: agreed to already, too old, or the account was changed meanwhile.
    Over,
}

impl Accounts {
    /// Who agreed to what this manager wants to open, which is used up by that; without it, it is asked.
    pub(super) async fn agreed(
        &self,
        connection: &mut Connection,
        account: &Account,
        (way, acting): (Way, &Acting),
        mandate: &Mandate,
    ) -> sqlx::Result<Option<String>> {
        let now = self.0.clock.now();
        let state = self.fingerprint(connection, account).await?;
        let wish = store::wish_of(connection, &account.id, way, &acting.who).await?;
        match wish.filter(|wish| wish.state == state.as_str() && now < wish.expires_at) {
            Some(store::Standing { agreed_by: Some(second), id, .. }) => {
                store::delete_wish(connection, &id).await?;
                Ok(Some(second))
            }
            Some(_) => Ok(None),
            None => {
                let wish = store::NewWish {
                    id: &self.0.rng.id(),
                    acting,
                    account: &account.id,
                    way,
                    state: state.as_str(),
                    asked_at: now,
                    expires_at: wish_end(now),
                };
                store::put_wish(connection, &wish).await?;
                let event = (Event::OpeningAsked, way.word());
                self.record(connection, &account.id, now, mandate.actor(), event).await?;
                Ok(None)
            }
        }
    }
}

impl Jurisdiction {
    /// What waits for a second manager, or for the first one to go on, oldest first.
    pub async fn wishes(&self) -> sqlx::Result<Vec<Wish>> {
        let accounts = self.accounts();
        let now = accounts.0.clock.now();
        let mut connection = accounts.0.database.read().await?;
        store::wishes(&mut connection, self.authority(), now, MOST_LISTED).await
    }

    /// Agrees, as a second manager, that an access be opened; a wish upon a state that is no more counts for nothing.
    pub async fn agree(&self, id: &WishId, acting: &Acting) -> sqlx::Result<Agreement> {
        let accounts = self.accounts();
        let now = accounts.0.clock.now();
        let mut transaction = accounts.0.database.write().await?;
        let Some(wish) = store::wish(&mut transaction, self.authority(), id, now).await? else {
            return Ok(Agreement::Over);
        };
        if wish.manager == acting.who {
            return Ok(Agreement::Own);
        }
        let mandate = Mandate::manager(acting.clone(), Fingerprint::from(wish.state));
        match accounts.hold(&mut transaction, &wish.account, &mandate).await {
            Ok(_) => {}
            Err(NotHeld::Gone | NotHeld::Stale) => return Ok(Agreement::Over),
            Err(NotHeld::Database(error)) => return Err(error),
        }
        if !store::agree(&mut transaction, id, &acting.who).await? {
            return Ok(Agreement::Over);
        }
        let event = (Event::OpeningAgreed, wish.way.word());
        accounts.record(&mut transaction, &wish.account, now, mandate.actor(), event).await?;
        transaction.commit().await?;
        Ok(Agreement::Given)
    }
}
