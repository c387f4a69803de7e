//! The people of one authority, as those who look after them may see them.
//!
//! Desk and applications read people through a [`Jurisdiction`] and in no other way: every look takes the authority
//! into its query, so that nobody else's people can be seen, counted or told from people who do not exist; also not by
//! the time that it takes, since a key is looked for among the authority's own (`database::own_key`).

mod cards;
mod papers;
mod store;
mod timeline;

pub use timeline::{Mark, Moment, Timeline};

pub use cards::{Card, Sought};

use std::collections::HashMap;

use super::{
    Account, AccountId, Accounts, CaseNumber, Fingerprint, LetterNumber, LookupKey, Naming, Overview,
};
use crate::audit::{self, Actor, Event};
use crate::config::AuthorityId;

/// The statements by which one person is looked up, so that a test can ask both engines how they run them.
pub const PERSON_STATEMENTS: [&str; 2] = [store::BY_ID, store::BY_IDENTIFIER];

/// The external people of one authority; nobody of an upstream provider, nobody who is deleted.
#[derive(Clone)]
pub struct Jurisdiction {
    pub(super) accounts: Accounts,
    pub(super) authority: AuthorityId,
}

impl Accounts {
    /// The people of an authority.
    #[must_use]
    pub fn jurisdiction(&self, authority: &AuthorityId) -> Jurisdiction {
        Jurisdiction { accounts: self.clone(), authority: authority.clone() }
    }
}

impl Jurisdiction {
    /// All people, for what this room does within the authority.
    pub(super) const fn accounts(&self) -> &Accounts {
        &self.accounts
    }

    /// Whose people they are.
    #[must_use]
    pub const fn authority(&self) -> &AuthorityId {
        &self.authority
    }

    /// The person of an id; a record that another one took in says so (`merged_into`).
    pub async fn person(&self, id: &AccountId) -> sqlx::Result<Option<Account>> {
        let mut connection = self.accounts.0.database.read().await?;
        store::by_id(&mut connection, &self.authority, id).await
    }

    /// The person whom somebody names.
    pub async fn find(&self, naming: &Naming) -> sqlx::Result<Option<Account>> {
        let mut connection = self.accounts.0.database.read().await?;
        let within = &self.authority;
        match naming {
            Naming::Sub(id) => store::by_id(&mut connection, within, id).await,
            Naming::Identifier(typed) => store::by_key(&mut connection, within, &LookupKey::of(typed)).await,
            Naming::Letter(typed) => match LetterNumber::parse(typed) {
                Some(number) => store::by_letter(&mut connection, within, &number).await,
                None => Ok(None),
            },
            Naming::Case(typed) => match CaseNumber::parse(typed) {
                Some(number) => {
                    let now = self.accounts.0.clock.now();
                    store::by_case(&mut connection, within, &number, now).await
                }
                None => Ok(None),
            },
        }
    }

    /// The identifiers of some of these people, by their id; whoever is not of the authority is left out.
    pub async fn identifiers(&self, ids: &[AccountId]) -> sqlx::Result<HashMap<AccountId, String>> {
        let mut connection = self.accounts.0.database.read().await?;
        store::identifiers(&mut connection, &self.authority, ids).await
    }

    /// Notes in the audit what somebody who looks after these people saw, of one of them or of all, where nothing changes.
    pub async fn note(
        &self,
        actor: &Actor,
        whom: Option<&AccountId>,
        event: (Event, &str),
    ) -> sqlx::Result<()> {
        let inner = &self.accounts.0;
        let mut transaction = inner.database.write().await?;
        let (now, whom) = (inner.clock.now(), (whom.map(AccountId::as_str), actor));
        audit::record_under(&mut transaction, &inner.rng, now, &self.authority, whom, event).await?;
        transaction.commit().await
    }

    /// All that is known of a person, and the state that changes are then made upon.
    pub async fn overview(&self, id: &AccountId) -> sqlx::Result<Option<(Overview, Fingerprint)>> {
        let Some(account) = self.person(id).await? else { return Ok(None) };
        let mut connection = self.accounts.0.database.read().await?;
        let state = self.accounts.fingerprint(&mut connection, &account).await?;
        // A request holds one connection at a time.
        drop(connection);
        let overview = self.accounts.overview(account).await?;
        Ok(overview.map(|overview| (overview, state)))
    }
}
