//! What is known of an account, for somebody who helps on the telephone.

use super::super::letters::{self, Letter};
use super::super::{Account, AccountId, Accounts, Origin};
use super::store;
use crate::audit::{self, Entry};
use crate::config::AuthorityId;
use crate::kit::clock::Timestamp;

/// How many events are shown, the latest first.
const MOST_EVENTS: i64 = 20;

/// All that is known of an account here.
#[derive(Clone, Debug)]
pub struct Overview {
    /// Who.
    pub account: Account,
    /// Whether and how they can sign in.
    pub access: Access,
    /// When the account was made.
    pub created_at: Timestamp,
    /// The last sign-in, or the last list that named the person.
    pub last_seen_at: Option<Timestamp>,
    /// When it will be anonymised, if that was announced.
    pub anonymise_at: Option<Timestamp>,
    /// Its letters, the latest first.
    pub letters: Vec<Letter>,
    /// What happened lately, the latest first.
    pub events: Vec<Entry>,
}

/// Whether and how a person can sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// The account is anonymised.
    Deleted {
        /// Since when.
        at: Timestamp,
    },
    /// The account is disabled.
    Disabled {
        /// Since when.
        at: Timestamp,
    },
    /// At an upstream provider.
    Upstream,
    /// With a password of their own.
    Personal {
        /// Since when they have it.
        since: Timestamp,
    },
    /// With the password of a letter, not used so far.
    Temporary {
        /// When it was drawn.
        since: Timestamp,
        /// Until when it counts.
        until: Option<Timestamp>,
        /// Whether that is past.
        expired: bool,
    },
    /// Not at all: there is no password.
    NoPassword,
}

/// Which accounts are listed.
#[derive(Clone, Debug, Default)]
pub struct ListFilter {
    /// Those of one authority.
    pub authority: Option<AuthorityId>,
    /// Those that are disabled.
    pub disabled: bool,
    /// Those whose letter's password was not used so far.
    pub never_signed_in: bool,
    /// Those not seen since.
    pub unused_since: Option<Timestamp>,
    /// Those whose deletion was announced.
    pub announced: bool,
}

/// An account, as it is listed.
#[derive(Clone, Debug)]
pub struct ListLine {
    /// Who.
    pub account: Account,
    /// The last sign-in, or the last list that named the person.
    pub last_seen_at: Option<Timestamp>,
    /// When it will be anonymised, if that was announced.
    pub anonymise_at: Option<Timestamp>,
}

/// The password of an account, without itself.
pub(in crate::accounts) struct PasswordFacts {
    pub temporary: bool,
    pub set_at: Timestamp,
    pub expires_at: Option<Timestamp>,
}

/// What the account's row says beside the account.
pub struct RowFacts {
    pub created: Timestamp,
    pub last_seen: Option<Timestamp>,
    pub anonymise: Option<Timestamp>,
    pub deleted: Option<Timestamp>,
}

impl Accounts {
    /// All that is known of an account here.
    pub async fn overview(&self, account: Account) -> sqlx::Result<Option<Overview>> {
        let now = self.0.clock.now();
        let mut connection = self.0.database.read().await?;
        let Some(facts) = store::row_facts(&mut connection, &account.id).await? else { return Ok(None) };
        let password = store::password_facts(&mut connection, &account.id).await?;
        let letters = letters::of(&mut connection, &account.id).await?;
        let events = audit::recent(&mut connection, account.id.as_str(), MOST_EVENTS).await?;
        Ok(Some(Overview {
            access: access_of(&account, facts.deleted, password, now),
            created_at: facts.created,
            last_seen_at: facts.last_seen,
            anonymise_at: facts.anonymise,
            account,
            letters,
            events,
        }))
    }

    /// The next accounts of a list, in the order of their ids, after one.
    pub async fn list(
        &self,
        filter: &ListFilter,
        after: Option<&AccountId>,
        most: i64,
    ) -> sqlx::Result<Vec<ListLine>> {
        store::list(&mut *self.0.database.read().await?, filter, after, most).await
    }
}

/// Whether and how the person of an account can sign in, which was deleted at a moment or was not.
pub(in crate::accounts) fn access_of(
    account: &Account,
    deleted_at: Option<Timestamp>,
    password: Option<PasswordFacts>,
    now: Timestamp,
) -> Access {
    if let Some(at) = deleted_at {
        return Access::Deleted { at };
    }
    if let Some(at) = account.disabled_at {
        return Access::Disabled { at };
    }
    match (&account.origin, password) {
        (Origin::Upstream { .. }, _) => Access::Upstream,
        (_, None) => Access::NoPassword,
        (_, Some(password)) if password.temporary => Access::Temporary {
            since: password.set_at,
            until: password.expires_at,
            expired: password.expires_at.is_some_and(|until| until <= now),
        },
        (_, Some(password)) => Access::Personal { since: password.set_at },
    }
}
