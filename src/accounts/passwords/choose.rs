//! Choosing a personal password: at the first sign-in, and later by somebody who knows the present one.

use serde::{Deserialize, Serialize};

use super::super::{Account, AccountId, Accounts, LetterNumber, Network, Way, letters, recovery};
use super::judge::{About, judge};
use super::store::{self, StoredPassword};
use super::{Busy, CheckError, NewPasswordFault, ProvenTemporary};
use crate::audit::{Actor, Event};
use crate::database::Connection;
use crate::kit::clock::Timestamp;
use crate::kit::locale::Locale;
use crate::kit::secrets::Secret;
use crate::mail::{Address, Message};

/// A new password that follows every rule, hashed, for one account.
///
/// It can be sealed and carried by the browser while something else on the page is put right.
#[derive(Clone, Serialize, Deserialize)]
pub struct AcceptedPassword {
    account: AccountId,
    hash: String,
}

impl AcceptedPassword {
    /// For whom it was accepted.
    pub(in crate::accounts) const fn account(&self) -> &AccountId {
        &self.account
    }
}

/// Why a temporary password was not replaced.
#[derive(Debug, thiserror::Error)]
pub enum ReplaceError {
    /// The new one is not accepted.
    #[error("the new password is not accepted: {0:?}")]
    Fault(NewPasswordFault),
    /// What was proved earlier is no longer so.
    #[error("the password was replaced meanwhile, or the account is gone")]
    Stale,
    /// Too many at once, or the database failed.
    #[error(transparent)]
    Check(#[from] CheckError),
}

/// Why somebody's personal password was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The present password is another one.
    #[error("the present password is wrong")]
    WrongCurrent,
    /// The new one is not accepted.
    #[error("the new password is not accepted: {0:?}")]
    Fault(NewPasswordFault),
    /// It was changed meanwhile, or the account is gone or has no password here.
    #[error("the password was replaced meanwhile, or the account is gone")]
    Stale,
    /// Too many at once, or the database failed.
    #[error(transparent)]
    Check(#[from] CheckError),
}

impl From<Busy> for ReplaceError {
    fn from(busy: Busy) -> Self {
        Self::Check(busy.into())
    }
}

impl From<sqlx::Error> for ReplaceError {
    fn from(error: sqlx::Error) -> Self {
        Self::Check(error.into())
    }
}

impl From<sqlx::Error> for ChangeError {
    fn from(error: sqlx::Error) -> Self {
        Self::Check(error.into())
    }
}

impl From<ReplaceError> for ChangeError {
    fn from(error: ReplaceError) -> Self {
        match error {
            ReplaceError::Fault(fault) => Self::Fault(fault),
            ReplaceError::Stale => Self::Stale,
            ReplaceError::Check(error) => Self::Check(error),
        }
    }
}

impl Accounts {
    /// Judges a password that somebody chose for an account, and hashes it when it follows every rule.
    pub async fn accept_password(
        &self,
        account: &AccountId,
        chosen: &Secret,
    ) -> Result<AcceptedPassword, ReplaceError> {
        let remembered = i64::try_from(self.0.settings.remembered).unwrap_or(i64::MAX);
        let mut connection = self.0.database.read().await?;
        let person =
            super::super::store::by_id(&mut connection, account).await?.ok_or(ReplaceError::Stale)?;
        let current = store::of_account(&mut connection, account).await?;
        let former = store::former(&mut connection, account, remembered).await?;
        drop(connection);
        self.judge(&person, chosen).map_err(ReplaceError::Fault)?;
        // A temporary one cannot be meant: nothing with its shape came so far.
        let present = current
            .filter(|current| !current.temporary)
            .map(|current| (current.hash, NewPasswordFault::SameAsCurrent));
        let past = former.into_iter().map(|hash| (hash, NewPasswordFault::UsedBefore));
        for (hash, fault) in present.into_iter().chain(past) {
            if self.0.hasher.verify(chosen.clone(), Some(&hash)).await? {
                return Err(ReplaceError::Fault(fault));
            }
        }
        let hash = self.0.hasher.hash(chosen.clone()).await?;
        Ok(AcceptedPassword { account: account.clone(), hash })
    }

    /// Whether a password may become this person's own, as far as its text tells.
    pub(in crate::accounts) fn judge(
        &self,
        account: &Account,
        chosen: &Secret,
    ) -> Result<(), NewPasswordFault> {
        let names = [&account.given_name, &account.family_name, &account.email, &account.pending_email];
        self.judge_for(account.identifier(), &names, chosen)
    }

    /// The same for somebody who has no account yet, by what is known of them.
    pub(in crate::accounts) fn judge_for(
        &self,
        identifier: Option<&str>,
        names: &[&Option<String>],
        chosen: &Secret,
    ) -> Result<(), NewPasswordFault> {
        let site = &self.0.site;
        let place = [site.name.fr.as_str(), site.name.en.as_str(), site.operator.as_str()];
        let authorities = self.0.authorities.iter().map(|authority| authority.name.as_str());
        let words = names.iter().filter_map(|name| name.as_deref()).chain(place).chain(authorities);
        let about = About::of(identifier.unwrap_or_default(), words);
        judge(chosen.expose(), &about, &self.0.settings)
    }

    /// Replaces the temporary password that was proved by one of the person's own, and takes in the mail
    /// address given with it.
    ///
    /// Of two that race, one wins; any other change of the password in between wins too.
    pub async fn replace_temporary(
        &self,
        proven: &ProvenTemporary,
        accepted: &AcceptedPassword,
        address: Option<&Address>,
        (locale, network): (Locale, &Network),
    ) -> Result<Account, ReplaceError> {
        let id = &proven.account;
        let now = self.0.clock.now();
        let mut transaction = self.0.database.write().await?;
        // Locked first, and asked in which epoch it is: what ended all accesses ended this one too.
        let person = super::super::store::lock(&mut transaction, id).await?;
        let account = person.filter(|person| person.honours(proven.epoch)).ok_or(ReplaceError::Stale)?;
        let current = store::of_account(&mut transaction, id).await?;
        let current = current
            .filter(|password| proven.is_of(password) && accepted.account == *id)
            .ok_or(ReplaceError::Stale)?;
        if !self.install(&mut transaction, Some(&current), accepted, now).await? {
            return Err(ReplaceError::Stale);
        }
        let number = current.letter.as_deref().unwrap_or_default();
        if !number.is_empty() {
            letters::mark_used(&mut transaction, &LetterNumber::from(number), now).await?;
        }
        self.record(&mut transaction, id, now, &Actor::Person, (Event::LetterUsed, number)).await?;
        self.note_opening_used(&mut transaction, id, Way::Letter, network, now).await?;
        super::super::store::note_seen(&mut transaction, id, now).await?;
        // A letter may be in other hands than its person's, who reads their mails.
        let known = account.email.as_deref();
        self.tell(&mut transaction, &account, known, locale, Message::PasswordChanged).await?;
        if let Some(address) = address {
            self.take_address(&mut transaction, &account, address, locale, now).await?;
        }
        let account = super::super::store::by_id(&mut transaction, id).await?.ok_or(ReplaceError::Stale)?;
        transaction.commit().await?;
        self.0.mailer.wake();
        Ok(account)
    }

    /// Changes the personal password of somebody who knows it; every access made before ends.
    ///
    /// The account comes back with its new epoch: a session that is to go on must be stamped with it.
    pub async fn change_password(
        &self,
        account: &AccountId,
        current: &Secret,
        chosen: &Secret,
        locale: Locale,
    ) -> Result<Account, ChangeError> {
        let known = store::of_account(&mut *self.0.database.read().await?, account).await?;
        let known = known.filter(|password| !password.temporary).ok_or(ChangeError::Stale)?;
        if !self.0.hasher.verify(current.clone(), Some(&known.hash)).await.map_err(CheckError::from)? {
            return Err(ChangeError::WrongCurrent);
        }
        let accepted = self.accept_password(account, chosen).await?;
        let now = self.0.clock.now();
        let mut transaction = self.0.database.write().await?;
        super::super::store::lock(&mut transaction, account).await?;
        if !self.install(&mut transaction, Some(&known), &accepted, now).await? {
            return Err(ChangeError::Stale);
        }
        self.end_access(&mut transaction, account, now).await?;
        let changed = super::super::store::by_id(&mut transaction, account).await?;
        let changed = changed.filter(Account::is_open).ok_or(ChangeError::Stale)?;
        self.record(&mut transaction, account, now, &Actor::Person, (Event::PasswordChanged, "")).await?;
        self.tell(&mut transaction, &changed, changed.email.as_deref(), locale, Message::PasswordChanged)
            .await?;
        transaction.commit().await?;
        self.0.mailer.wake();
        Ok(changed)
    }

    /// Puts an accepted password in the place of a known one, which is remembered if it was the person's
    /// own; `false` when the known one, or that there is none, is no longer so.
    pub(in crate::accounts) async fn install(
        &self,
        connection: &mut Connection,
        known: Option<&StoredPassword>,
        accepted: &AcceptedPassword,
        now: Timestamp,
    ) -> sqlx::Result<bool> {
        let id = &accepted.account;
        let is_installed = match known {
            None => store::insert_first(connection, id, &accepted.hash, now).await?,
            Some(known) => store::replace(connection, id, &known.hash, &accepted.hash, now).await?,
        };
        if !is_installed {
            return Ok(false);
        }
        super::super::store::note_in_use(connection, id, now).await?;
        let Some(known) = known else { return Ok(true) };
        if !known.temporary {
            let most = i64::try_from(self.0.settings.remembered).unwrap_or(i64::MAX);
            store::remember(connection, id, &known.hash, most, now).await?;
        }
        Ok(true)
    }

    /// Ends every session and grant, and whatever link, case number or unconfirmed address is under way:
    /// whoever made them may not be the one who has the new password.
    pub async fn end_access(
        &self,
        connection: &mut Connection,
        id: &AccountId,
        now: Timestamp,
    ) -> sqlx::Result<()> {
        super::super::store::begin_epoch(connection, id, now).await?;
        recovery::end_all(connection, id).await
    }
}
