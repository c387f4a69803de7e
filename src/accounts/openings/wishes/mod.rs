//! Openings that wait for a second manager.

mod store;

pub(in crate::accounts) use store::forget;
pub(super) use store::purge;

use super::{NotOpened, Way, WishId, wish_end};
use crate::accounts::{Account, AccountId, Accounts, Fingerprint, Jurisdiction, Mandate, NotHeld};
use crate::audit::{Acting, Event};
use crate::database::Connection;
use crate::kit::clock::Timestamp;

/// How many are listed.
const MOST_LISTED: i64 = 50;
/// How many of one manager wait at a time: nobody's hide everybody else's.
const MOST_WAITING: i64 = 10;

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
    /// The record that would stay, where two are to be merged; the person's is the other one.
    pub other: Option<OtherRecord>,
}

/// The record that a merge would keep.
#[derive(Clone, Debug)]
pub struct OtherRecord {
    /// Its id.
    pub id: AccountId,
    /// What its person is called.
    pub name: String,
    /// Its identifier.
    pub identifier: String,
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

/// What a manager wants to do alone, and may not.
pub struct Wanted<'a> {
    /// With which way into an access.
    pub way: Way,
    /// Who wants it, and why.
    pub acting: &'a Acting,
    /// The record that a merge would keep.
    pub other: Option<&'a AccountId>,
}

impl Accounts {
    /// Who agreed to what this manager wants, which is used up by that; without it, it is asked, and refused until then.
    pub(in crate::accounts) async fn agreed(
        &self,
        connection: &mut Connection,
        account: &Account,
        wanted: &Wanted<'_>,
        mandate: &Mandate,
    ) -> Result<String, NotOpened> {
        let Wanted { way, acting, other } = *wanted;
        let now = self.0.clock.now();
        let state = self.fingerprint(connection, account).await?;
        let wish = store::wish_of(connection, &account.id, way, &acting.who).await?;
        let is_this = |wish: &store::Standing| {
            wish.state == state.as_str() && wish.other.as_ref() == other && now < wish.expires_at
        };
        match wish.filter(is_this) {
            Some(store::Standing { agreed_by: Some(second), id, .. }) => {
                store::delete_wish(connection, &id).await?;
                Ok(second)
            }
            Some(_) => Err(NotOpened::SecondManager),
            None => {
                let this = (&account.id, way);
                let (waiting, first_end) = store::waiting_of(connection, &acting.who, this, now).await?;
                if let Some(end) = first_end.filter(|_| waiting >= MOST_WAITING) {
                    return Err(NotOpened::TooMany { wait: end.since(now) });
                }
                let wish = store::NewWish {
                    id: &self.0.rng.id(),
                    acting,
                    account: &account.id,
                    way,
                    state: state.as_str(),
                    other,
                    asked_at: now,
                    expires_at: wish_end(now),
                };
                store::put_wish(connection, &wish).await?;
                let event = (Event::OpeningAsked, way.word());
                self.record(connection, &account.id, now, mandate.actor(), event).await?;
                Err(NotOpened::SecondManager)
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
