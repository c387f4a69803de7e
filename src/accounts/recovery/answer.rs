//! What a request about a known account brings, done after its answer: time tells nobody who exists.

use tokio::sync::futures::Notified;

use super::super::Accounts;
use super::ask::TASK_MAIL;
use super::links::LinkPurpose;
use super::store::{self, OpenTask};
use crate::audit::{Actor, Event};
use crate::kit::locale::Locale;
use crate::mail::Address;

/// How many requests one round answers.
const ROUND: i64 = 50;

impl Accounts {
    /// Completes when somebody on this node asked for recovery since the last round.
    pub fn recovery_wanted(&self) -> Notified<'_> {
        self.0.recovery_wanted.notified()
    }

    /// Answers the requests that wait, at most a few dozen; gives how many this node answered.
    ///
    /// Of several nodes, each request is answered by one.
    pub async fn answer_recovery_cases(&self) -> sqlx::Result<usize> {
        let waiting = store::open_tasks(&mut *self.0.database.read().await?, ROUND).await?;
        let mut answered = 0;
        for task in waiting {
            answered += usize::from(self.answer(&task).await?);
        }
        if answered > 0 {
            self.0.mailer.wake();
        }
        Ok(answered)
    }

    async fn answer(&self, task: &OpenTask) -> sqlx::Result<bool> {
        let now = self.0.clock.now();
        let mut transaction = self.0.database.write().await?;
        // Locked first, as everywhere: an account that is being deleted gets no mail.
        let account = super::super::store::lock(&mut transaction, &task.account).await?;
        if !store::claim(&mut transaction, task).await? {
            return Ok(false);
        }
        if let Some(account) = account {
            let event = (Event::RecoveryAsked, "");
            self.record(&mut transaction, &account.id, now, &Actor::Person, event).await?;
            let address = account.email.as_deref().and_then(Address::parse);
            // The account may have changed since the request, or been mailed through another one.
            if let Some(address) = address
                && task.task == TASK_MAIL
                && self.may_be_mailed(&account)
                && !self.was_mailed_lately(&mut transaction, &account).await?
            {
                let locale = Locale::from_tag(&task.locale).unwrap_or_default();
                let purpose = LinkPurpose::Reset;
                self.mail_link(&mut transaction, &account, purpose, &address, locale).await?;
            }
        }
        transaction.commit().await?;
        Ok(true)
    }
}
