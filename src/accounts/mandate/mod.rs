//! On whose behalf somebody else's account is changed, within which authority, and upon which state seen.

mod store;

pub(super) use store::passwords;

use super::letters::{self, Letter};
use super::{Account, AccountId, Accounts, Origin};
use crate::audit::{Acting, Actor};
use crate::config::AuthorityId;
use crate::database::Connection;
use crate::id_type;
use crate::kit::clock::Timestamp;
use crate::kit::secrets::TokenHash;

id_type! {
    /// What a person's state was: equal as long as nothing of it changed that a helper acts upon. It tells nothing
    /// of the state itself.
    Fingerprint
}

/// The right to change accounts: whose it is, how far it reaches, and what was seen before.
#[derive(Clone, Debug)]
pub struct Mandate {
    actor: Actor,
    seen: Option<Fingerprint>,
}

/// Why a mandate does not hold for an account.
#[derive(Debug, thiserror::Error)]
pub enum NotHeld {
    /// It is not there, or not within the mandate's authority: nobody is told which.
    #[error("there is no such account")]
    Gone,
    /// It is no longer as it was seen.
    #[error("the account was changed meanwhile")]
    Stale,
    /// The database failed.
    #[error("the account could not be locked: {0}")]
    Database(#[from] sqlx::Error),
}

impl Mandate {
    /// An operator's, through a command: it reaches everybody.
    #[must_use]
    pub const fn operator() -> Self {
        Self { actor: Actor::Operator, seen: None }
    }

    /// A manager's at the desk, upon the state that they had before their eyes.
    #[must_use]
    pub const fn manager(acting: Acting, seen: Fingerprint) -> Self {
        Self { actor: Actor::Manager(acting), seen: Some(seen) }
    }

    /// An application's, upon the state that it names, if it names one.
    #[must_use]
    pub const fn application(acting: Acting, seen: Option<Fingerprint>) -> Self {
        Self { actor: Actor::Application(acting), seen }
    }

    /// The state of the account upon which it is used, if one was seen.
    #[must_use]
    pub const fn seen(&self) -> Option<&Fingerprint> {
        self.seen.as_ref()
    }

    /// Who acts.
    #[must_use]
    pub const fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The authority beyond which it does not reach; `None` for operators.
    #[must_use]
    pub fn authority(&self) -> Option<&AuthorityId> {
        self.actor.acting().map(|acting| &acting.authority)
    }

    /// Whether it reaches an account: those of an authority are its external people, and nobody else. A record
    /// that another one took in is changed through that one alone.
    fn reaches(&self, account: &Account) -> bool {
        account.merged_into.is_none()
            && self.authority().is_none_or(|authority| {
                // One that is deleted has no identifier any more.
                let is_there =
                    matches!(&account.origin, Origin::Here { identifier } if !identifier.is_empty());
                is_there && account.authority.as_ref() == Some(authority)
            })
    }
}

impl Accounts {
    /// The account of an id, its row locked until the transaction ends, if the mandate holds for it.
    ///
    /// The one place where reach and state are checked, against what is locked and never against what a
    /// request says.
    pub async fn hold(
        &self,
        connection: &mut Connection,
        id: &AccountId,
        mandate: &Mandate,
    ) -> Result<Account, NotHeld> {
        let found = Self::lock_within(connection, id, mandate).await?;
        let account = found.filter(|account| mandate.reaches(account)).ok_or(NotHeld::Gone)?;
        if let Some(seen) = &mandate.seen
            && self.fingerprint(connection, &account).await? != *seen
        {
            return Err(NotHeld::Stale);
        }
        Ok(account)
    }

    /// The row of an account locked as far as a mandate reaches: what another authority has is not even waited for.
    pub(super) async fn lock_within(
        connection: &mut Connection,
        id: &AccountId,
        mandate: &Mandate,
    ) -> sqlx::Result<Option<Account>> {
        match mandate.authority() {
            Some(authority) => super::store::lock_own(connection, authority, id).await,
            None => super::store::lock(connection, id).await,
        }
    }

    /// What the state of an account is now.
    pub async fn fingerprint(
        &self,
        connection: &mut Connection,
        account: &Account,
    ) -> sqlx::Result<Fingerprint> {
        let id = &account.id;
        let password = store::passwords(connection, &[id]).await?.remove(id);
        let letter = letters::latest(connection, &[id]).await?.remove(id);
        Ok(Fingerprint::of(account, password.as_deref(), letter.as_ref()))
    }
}

impl Fingerprint {
    /// What the state of an account is, with the hash of its password and its latest letter.
    pub(super) fn of(account: &Account, password: Option<&str>, letter: Option<&Letter>) -> Self {
        let seconds = |at: Option<Timestamp>| at.map(Timestamp::seconds);
        let letter = letter.map(|letter| {
            let times = [letter.printed_at, letter.used_at, letter.voided_at].map(seconds);
            (letter.number.as_str(), times)
        });
        let state = serde_json::json!([
            account.identifier(),
            account.given_name,
            account.family_name,
            account.email,
            account.email_verified,
            account.claims,
            account.updated_at.seconds(),
            seconds(account.disabled_at),
            account.authority.as_ref().map(AuthorityId::as_str),
            account.source_key,
            account.pending_email,
            account.proposed_email,
            account.epoch.number(),
            password,
            letter,
        ]);
        Self::from(TokenHash::of(&state.to_string()).as_str())
    }
}
