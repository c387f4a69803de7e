//! The new password of somebody who was helped by telephone.

use super::CallerPage;
use crate::accounts::store as people;
use crate::accounts::{AcceptedPassword, Account, Accounts, Network, ReplaceError, Way, letters, passwords};
use crate::audit::{Actor, Event};
use crate::kit::locale::Locale;
use crate::mail::{Address, Message};

impl Accounts {
    /// Sets the password that a caller chose, once their code was typed; every session and grant of the person ends, and
    /// every other way in that was open. A mail address that they give is to be confirmed.
    ///
    /// Every address known is told. Of two that race, one wins; any other change of the account in between wins too.
    pub async fn recover_by_telephone(
        &self,
        page: &CallerPage,
        accepted: &AcceptedPassword,
        address: Option<&Address>,
        (locale, network): (Locale, &Network),
    ) -> Result<Account, ReplaceError> {
        let id = accepted.account();
        let now = self.0.clock.now();
        let mut transaction = self.0.database.write().await?;
        people::lock(&mut transaction, id).await?;
        let before = self.proven(&mut transaction, page).await?;
        let before = before.filter(|account| account.id == *id).ok_or(ReplaceError::Stale)?;
        let known = passwords::of_account(&mut transaction, id).await?;
        if !self.install(&mut transaction, known.as_ref(), accepted, now).await? {
            return Err(ReplaceError::Stale);
        }
        // The request goes with it: nobody comes back to this page.
        self.end_access(&mut transaction, id, now).await?;
        for letter in letters::void_unused_passwords(&mut transaction, id, now).await? {
            self.record(&mut transaction, id, now, &Actor::Person, (Event::LetterVoided, letter.as_str()))
                .await?;
        }
        self.record(&mut transaction, id, now, &Actor::Person, (Event::PasswordReset, Way::Telephone.word()))
            .await?;
        self.note_opening_used(&mut transaction, id, Way::Telephone, network, now).await?;
        let pending =
            before.pending_email.as_deref().filter(|pending| before.email.as_deref() != Some(*pending));
        for told in [before.email.as_deref(), pending].into_iter().flatten() {
            self.tell(&mut transaction, &before, Some(told), locale, Message::PasswordChanged).await?;
        }
        people::note_seen(&mut transaction, id, now).await?;
        let account = people::by_id(&mut transaction, id).await?.ok_or(ReplaceError::Stale)?;
        if let Some(address) = address {
            self.take_address(&mut transaction, &account, address, locale, now).await?;
        }
        let account = people::by_id(&mut transaction, id).await?.ok_or(ReplaceError::Stale)?;
        transaction.commit().await?;
        self.0.mailer.wake();
        Ok(account)
    }
}
