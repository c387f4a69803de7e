//! Naming and dismissing.
//!
//! Whoever is to be named draws a code, and reads it to a supervisor, who sees name and address as the provider tells
//! them before they confirm. A code is used once, by whoever types it first; it is kept as a keyed hash.

use std::time::Duration;

use super::store::{self, StoredManager};
use super::{CODE_HOURS, Managers};
use crate::accounts::{self, Account, AccountId, Origin};
use crate::audit::{self, Acting, Actor, Event};
use crate::config::{AuthorityId, Rank};
use crate::database::Connection;
use crate::kit::typed_code::TypedCode;

/// How often a code is drawn until nobody else has it.
const MOST_DRAWS: usize = 10;

/// Why somebody was not named.
#[derive(Debug, thiserror::Error)]
pub enum NamingError {
    /// The code is nobody's, used, or too old.
    #[error("the code leads to nobody")]
    UnknownCode,
    /// It is the supervisor's own.
    #[error("nobody names themselves")]
    Oneself,
    /// Whoever names lost their own rank meanwhile.
    #[error("whoever names has no such rank any more")]
    NotEntitled,
    /// The database failed.
    #[error("the manager could not be named: {0}")]
    Database(#[from] sqlx::Error),
}

/// What became of a dismissal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dismissal {
    /// They were named no more from now on.
    Made,
    /// They had not been named, or are dismissed already.
    NotNamed,
    /// Nobody dismisses themselves: so the last supervisor stays.
    Oneself,
    /// Whoever dismisses lost their own rank meanwhile.
    NotEntitled,
}

impl Managers {
    /// Draws the code by which somebody can be named; the one before counts no more.
    pub(super) async fn draw_code(&self, account: &AccountId) -> sqlx::Result<TypedCode> {
        let expires_at = self.0.clock.now() + Duration::from_hours(CODE_HOURS);
        let mut transaction = self.0.database.write().await?;
        for _ in 0..MOST_DRAWS {
            let code = TypedCode::draw(&self.0.rng);
            if store::keep_code(&mut transaction, account, &self.0.codes.of(code.letters()), expires_at)
                .await?
            {
                transaction.commit().await?;
                return Ok(code);
            }
        }
        Err(sqlx::Error::Protocol("every code drawn is somebody's".to_owned()))
    }

    /// Who reads a code aloud, before they are named.
    pub(super) async fn look_up(
        &self,
        supervisor: &Account,
        code: &TypedCode,
    ) -> Result<Account, NamingError> {
        let mac = self.0.codes.of(code.letters());
        let now = self.0.clock.now();
        let mut connection = self.0.database.read().await?;
        let id = store::account_of_code(&mut connection, &mac, now).await?.ok_or(NamingError::UnknownCode)?;
        let found = accounts::by_id(&mut connection, &id).await?;
        nameable(supervisor, found)
    }

    /// Names whoever reads a code aloud; the code is used up with it.
    pub(super) async fn name_by_code(
        &self,
        supervisor: &Account,
        (code, rank): (&TypedCode, Rank),
        acting: Acting,
    ) -> Result<Account, NamingError> {
        let authority = acting.authority.clone();
        let mut transaction = self.0.database.write().await?;
        store::lock(&mut transaction, &authority).await?;
        if !self.is_supervisor(&mut transaction, &supervisor.id, &authority).await? {
            return Err(NamingError::NotEntitled);
        }
        let mac = self.0.codes.of(code.letters());
        let id = store::use_code(&mut transaction, &mac, self.0.clock.now()).await?;
        let found = accounts::by_id(&mut transaction, &id.ok_or(NamingError::UnknownCode)?).await?;
        let account = nameable(supervisor, found)?;
        let by = Some(supervisor.id.clone());
        self.write_name(&mut transaction, &authority, (&account.id, rank, by), &Actor::Manager(acting))
            .await?;
        transaction.commit().await?;
        Ok(account)
    }

    /// Dismisses somebody who was named.
    pub(super) async fn dismiss(
        &self,
        supervisor: &AccountId,
        account: &AccountId,
        acting: Acting,
    ) -> sqlx::Result<Dismissal> {
        if supervisor == account {
            return Ok(Dismissal::Oneself);
        }
        let authority = acting.authority.clone();
        let mut transaction = self.0.database.write().await?;
        store::lock(&mut transaction, &authority).await?;
        if !self.is_supervisor(&mut transaction, supervisor, &authority).await? {
            return Ok(Dismissal::NotEntitled);
        }
        let actor = Actor::Manager(acting);
        let was_named = self.write_dismissal(&mut transaction, &authority, account, &actor).await?;
        transaction.commit().await?;
        Ok(if was_named { Dismissal::Made } else { Dismissal::NotNamed })
    }

    /// Names somebody, as an operator; tells whether that changed anything.
    pub async fn grant(&self, authority: &AuthorityId, account: &Account, rank: Rank) -> sqlx::Result<bool> {
        let mut transaction = self.0.database.write().await?;
        store::lock(&mut transaction, authority).await?;
        if store::rank(&mut transaction, &account.id, authority).await? == Some(rank) {
            return Ok(false);
        }
        self.write_name(&mut transaction, authority, (&account.id, rank, None), &Actor::Operator).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Dismisses somebody, as an operator; tells whether they had been named.
    pub async fn revoke(&self, authority: &AuthorityId, account: &AccountId) -> sqlx::Result<bool> {
        let mut transaction = self.0.database.write().await?;
        store::lock(&mut transaction, authority).await?;
        let was_named = self.write_dismissal(&mut transaction, authority, account, &Actor::Operator).await?;
        transaction.commit().await?;
        Ok(was_named)
    }

    async fn is_supervisor(
        &self,
        connection: &mut Connection,
        id: &AccountId,
        authority: &AuthorityId,
    ) -> sqlx::Result<bool> {
        let Some(account) = accounts::by_id(connection, id).await? else { return Ok(false) };
        let named = store::rank(connection, id, authority).await?;
        Ok(self.rank_with(&account, authority, named) == Some(Rank::Supervisor))
    }

    async fn write_name(
        &self,
        connection: &mut Connection,
        authority: &AuthorityId,
        (account, rank, named_by): (&AccountId, Rank, Option<AccountId>),
        actor: &Actor,
    ) -> sqlx::Result<()> {
        let now = self.0.clock.now();
        let manager = StoredManager { account: account.clone(), rank, named_at: now, named_by };
        store::name(connection, authority, &manager).await?;
        let event = (Event::ManagerNamed, rank.word());
        let whom = (Some(account.as_str()), actor);
        audit::record_under(connection, &self.0.rng, now, authority, whom, event).await
    }

    async fn write_dismissal(
        &self,
        connection: &mut Connection,
        authority: &AuthorityId,
        account: &AccountId,
        actor: &Actor,
    ) -> sqlx::Result<bool> {
        let was_named = store::dismiss(connection, authority, account).await?;
        if was_named {
            let now = self.0.clock.now();
            let whom = (Some(account.as_str()), actor);
            let event = (Event::ManagerDismissed, "");
            audit::record_under(connection, &self.0.rng, now, authority, whom, event).await?;
        }
        Ok(was_named)
    }
}

/// Whoever drew a code, if they can still be named by this supervisor.
fn nameable(supervisor: &Account, found: Option<Account>) -> Result<Account, NamingError> {
    let is_staff = |account: &Account| {
        matches!(account.origin, Origin::Upstream { .. }) && account.disabled_at.is_none()
    };
    let account = found.filter(is_staff).ok_or(NamingError::UnknownCode)?;
    if account.id == supervisor.id { Err(NamingError::Oneself) } else { Ok(account) }
}
