//! Making a person what an application says that they should be.

use super::store;
use crate::accounts::{Account, AccountId, Accounts, Mandate, NotHeld};
use crate::audit::Event;
use crate::mail::Address;

/// How a person should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// Given name.
    pub given_name: Option<String>,
    /// Family name.
    pub family_name: Option<String>,
    /// The application's own key for the person.
    pub source_key: Option<String>,
    /// Mail address, vouched for by the application.
    pub email: Option<Address>,
    /// Whether they have access; as it is when none.
    pub active: Option<bool>,
}

/// Why a person stayed as they were.
#[derive(Debug, thiserror::Error)]
pub enum ReviseError<E> {
    /// Whoever planned the revision refused when they saw the person.
    #[error("the revision was refused")]
    Refused(E),
    /// The mandate does not hold.
    #[error(transparent)]
    NotHeld(#[from] NotHeld),
    /// The application's key is somebody else's.
    #[error("somebody of this authority has this key of the source already")]
    KnownSource,
    /// The database failed.
    #[error("the person could not be revised: {0}")]
    Database(#[from] sqlx::Error),
}

impl Accounts {
    /// Makes a person what `plan` says when it sees them, their row locked: nobody changes them in between.
    ///
    /// # Errors
    /// As [`ReviseError`] says; nothing of it was done then.
    pub async fn revise<E>(
        &self,
        id: &AccountId,
        mandate: &Mandate,
        plan: impl FnOnce(&Account) -> Result<Revision, E> + Send,
    ) -> Result<(), ReviseError<E>> {
        let (now, actor) = (self.0.clock.now(), mandate.actor());
        let mut transaction = self.0.database.write().await?;
        let account = self.hold(&mut transaction, id, mandate).await?;
        let revision = plan(&account).map_err(ReviseError::Refused)?;
        let is_renamed = account.given_name != revision.given_name
            || account.family_name != revision.family_name
            || account.source_key != revision.source_key;
        if is_renamed {
            match store::rename(&mut transaction, id, &revision, now).await {
                Ok(()) => {}
                Err(error) if is_taken(&error) => return Err(ReviseError::KnownSource),
                Err(error) => return Err(error.into()),
            }
            self.record(&mut transaction, id, now, actor, (Event::Updated, "")).await?;
        }
        let address = revision.email.as_ref();
        let is_readdressed = account.email.as_deref() != address.map(Address::as_str);
        if is_readdressed {
            self.readdress(&mut transaction, &account, address, now, actor).await?;
        }
        match (revision.active, account.disabled_at) {
            (Some(false), None) => self.shut(&mut transaction, id, now, actor).await?,
            (Some(true), Some(_)) => self.reopen(&mut transaction, id, now, actor).await?,
            _ => false,
        };
        transaction.commit().await?;
        if is_readdressed {
            self.0.mailer.wake();
        }
        Ok(())
    }
}

fn is_taken(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation)
}
