//! The new password that a link sets.

use super::super::passwords::{self, ReplaceError};
use super::super::{Account, Accounts, CheckError, Network, NewPasswordFault, Way, letters};
use super::links::{self, LinkPurpose};
use crate::audit::{Actor, Event};
use crate::kit::locale::Locale;
use crate::kit::secrets::Secret;
use crate::mail::Message;

/// What the form behind a live link needs to know.
#[derive(Clone, Debug)]
pub struct ResetForm {
    /// Whose password it sets, told to password managers.
    pub identifier: String,
}

/// Why a link set no password.
#[derive(Debug, thiserror::Error)]
pub enum ResetError {
    /// The link was used, is too old, was overtaken, or never was one.
    #[error("the link is dead")]
    DeadLink,
    /// The new password is not accepted; the link lives on.
    #[error("the new password is not accepted: {0:?}")]
    Fault(NewPasswordFault),
    /// Too many at once, or the database failed.
    #[error(transparent)]
    Check(#[from] CheckError),
}

impl From<sqlx::Error> for ResetError {
    fn from(error: sqlx::Error) -> Self {
        Self::Check(error.into())
    }
}

impl From<ReplaceError> for ResetError {
    fn from(error: ReplaceError) -> Self {
        match error {
            ReplaceError::Fault(fault) => Self::Fault(fault),
            ReplaceError::Stale => Self::DeadLink,
            ReplaceError::Check(error) => Self::Check(error),
        }
    }
}

impl Accounts {
    /// What is behind a link, if it is alive; nothing changes, however often it is looked at.
    pub async fn reset_form(&self, token: &str) -> sqlx::Result<Option<ResetForm>> {
        let mut connection = self.0.database.read().await?;
        let found = self.live_link(&mut connection, LinkPurpose::Reset, token).await?;
        Ok(found.map(|(_, account)| ResetForm {
            identifier: account.identifier().unwrap_or_default().to_owned(),
        }))
    }

    /// Sets a new password by a link, or a first one; the link is used up, every session and grant of the person ends, and
    /// every other way in that was open.
    pub async fn reset_password(
        &self,
        token: &str,
        chosen: &Secret,
        (locale, network): (Locale, &Network),
    ) -> Result<Account, ResetError> {
        let mut connection = self.0.database.read().await?;
        let found = self.live_link(&mut connection, LinkPurpose::Reset, token).await?;
        drop(connection);
        let (_, account) = found.ok_or(ResetError::DeadLink)?;
        let accepted = self.accept_password(&account.id, chosen).await?;

        let id = &account.id;
        let now = self.0.clock.now();
        let mut transaction = self.0.database.write().await?;
        let found = self.lock_live_link(&mut transaction, LinkPurpose::Reset, token).await?;
        let (link, account) = found.ok_or(ResetError::DeadLink)?;
        if !links::use_up(&mut transaction, &link).await? {
            return Err(ResetError::DeadLink);
        }
        // Somebody whom a list made without a letter sets their first one here.
        let known = passwords::of_account(&mut transaction, id).await?;
        if !self.install(&mut transaction, known.as_ref(), &accepted, now).await? {
            return Err(ResetError::DeadLink);
        }
        self.end_access(&mut transaction, id, now).await?;
        // Who had the link reads the mails that go to its address.
        super::super::store::set_address(&mut transaction, id, Some(&link.address), now).await?;
        for letter in letters::void_unused_passwords(&mut transaction, id, now).await? {
            self.record(&mut transaction, id, now, &Actor::Person, (Event::LetterVoided, letter.as_str()))
                .await?;
        }
        self.record(&mut transaction, id, now, &Actor::Person, (Event::PasswordReset, "")).await?;
        self.note_opening_used(&mut transaction, id, Way::Address, network, now).await?;
        self.tell(&mut transaction, &account, Some(&link.address), locale, Message::PasswordChanged).await?;
        super::super::store::note_seen(&mut transaction, id, now).await?;
        let account = super::super::store::by_id(&mut transaction, id).await?.ok_or(ResetError::DeadLink)?;
        transaction.commit().await?;
        self.0.mailer.wake();
        Ok(account)
    }
}
