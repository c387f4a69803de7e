//! Filling a batch with letters that take the place of those of another one.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::super::issue::{addressable, lacks_personal};
use super::super::{IssueError, IssuedLetter, LetterNumber, Order, Sender, put, standing};
use super::{Anew, LetterBatch, store};
use crate::accounts::import::Prepared;
use crate::accounts::openings;
use crate::accounts::store as people;
use crate::accounts::{Account, AccountId, Accounts};
use crate::audit::{Acting, Actor};
use crate::database::Connection;

/// For how long a node has a batch for itself; each letter begins it anew.
const LEASE: Duration = Duration::from_mins(2);
/// Letters whose passwords are hashed together.
const STRIDE: i64 = 20;
/// A batch that nobody could fill so often is left as it is.
const MOST_ATTEMPTS: i64 = 20;

/// A batch that this node works at.
struct Work {
    batch: LetterBatch,
    anew: Anew,
    sender: Sender,
    acting: Acting,
    claim: String,
}

/// What became of one letter of the older batch.
enum Step {
    /// It is done, whether a new one was due or not.
    Done,
    /// Somebody lost their own password meanwhile: one is to be drawn first.
    WantsPassword,
    /// Another node works at this batch now.
    Lost,
}

impl Accounts {
    /// Fills one batch that waits for it, until that is done or `stop` says to end; tells whether there was one.
    pub async fn fill_a_batch(&self, stop: &CancellationToken) -> Result<bool, IssueError> {
        let claim = self.0.rng.id();
        let now = self.0.clock.now();
        let mut transaction = self.0.database.write().await?;
        let found = store::claim(&mut transaction, &claim, now, now + LEASE).await?;
        let Some((batch, attempts)) = found else { return Ok(false) };
        let sender = self.sender(Some(batch.authority.as_str()), Some(batch.desk.as_str()));
        let (Some(anew), Ok(sender), true) = (batch.anew.clone(), sender, attempts <= MOST_ATTEMPTS) else {
            tracing::error!(batch = %batch.id, "a batch of letters cannot be filled and is left as it is");
            store::close(&mut transaction, &batch.id, now).await?;
            transaction.commit().await?;
            return Ok(true);
        };
        transaction.commit().await?;
        let acting = Acting {
            who: batch.asked_by.to_string(),
            authority: batch.authority.clone(),
            reason: batch.reason.clone(),
        };
        let mut work = Work { batch, anew, sender, acting, claim };
        tokio::select! {
            () = stop.cancelled() => {
                let mut transaction = self.0.database.write().await?;
                store::release(&mut transaction, &work.batch.id, &work.claim).await?;
                transaction.commit().await?;
                Ok(true)
            }
            filled = self.fill(&mut work) => filled.map(|()| true),
        }
    }

    async fn fill(&self, work: &mut Work) -> Result<(), IssueError> {
        loop {
            let mut reader = self.0.database.read().await?;
            let before = store::between(&mut reader, &work.anew, STRIDE).await?;
            let mut wanting = Vec::with_capacity(before.len());
            for (_, _, account) in &before {
                wanting.push(
                    lacks_personal(&mut reader, account, super::super::Replacing::OnlyTemporary).await?,
                );
            }
            drop(reader);
            let prepare =
                |wants: bool| async move { if wants { self.prepare().await.map(Some) } else { Ok(None) } };
            let prepared = futures_util::future::try_join_all(wanting.into_iter().map(prepare)).await?;
            if before.is_empty() {
                let mut transaction = self.0.database.write().await?;
                store::finish(&mut transaction, &work.batch.id, &work.claim, self.0.clock.now()).await?;
                transaction.commit().await?;
                return Ok(());
            }
            for ((place, number, account), mut prepared) in before.into_iter().zip(prepared) {
                loop {
                    match self.step(work, (place, &number, &account), prepared.as_ref()).await? {
                        Step::Done => break,
                        Step::WantsPassword => prepared = Some(self.prepare().await?),
                        Step::Lost => return Ok(()),
                    }
                }
                work.anew.done = place;
            }
        }
    }

    /// One letter, in one transaction: wholly or not at all.
    async fn step(
        &self,
        work: &Work,
        (place, number, id): (u64, &LetterNumber, &AccountId),
        prepared: Option<&Prepared>,
    ) -> Result<Step, IssueError> {
        let now = self.0.clock.now();
        let mut transaction = self.0.database.write().await?;
        if !store::advance(&mut transaction, &work.batch.id, &work.claim, place, now + LEASE).await? {
            return Ok(Step::Lost);
        }
        let account = people::lock(&mut transaction, id).await?;
        let due = match account {
            Some(account) if self.is_due(&mut transaction, &account, number, work).await? => Some(account),
            _ => None,
        };
        if let Some(account) = due {
            let needs_one =
                lacks_personal(&mut transaction, id, super::super::Replacing::OnlyTemporary).await?;
            if needs_one && openings::was_in_use(&mut transaction, id).await? {
                // Whoever had a password of their own gets another way in by hand alone, where it is counted and told.
                transaction.commit().await?;
                return Ok(Step::Done);
            }
            if needs_one && prepared.is_none() {
                return Ok(Step::WantsPassword);
            }
            let prepared = prepared.filter(|_| needs_one);
            let actor = Actor::Manager(work.acting.clone());
            let order = Order {
                account: id,
                sender: &work.sender,
                expires_at: self.season_end(),
                hash: prepared.map(|prepared| prepared.hash.as_str()),
                by: &actor,
            };
            let letter = put(&mut transaction, &self.0.rng, now, &order).await?;
            let password = prepared.map(|prepared| prepared.password.clone());
            let issued = [IssuedLetter { letter, account, password }];
            self.add_to_batch(&mut transaction, &work.batch.id, &issued, &work.acting).await?;
        }
        transaction.commit().await?;
        Ok(Step::Done)
    }

    /// Whether a letter is to be replaced: its person is there and reached, has not used it, and holds no later one.
    async fn is_due(
        &self,
        connection: &mut Connection,
        account: &Account,
        number: &LetterNumber,
        work: &Work,
    ) -> sqlx::Result<bool> {
        let reached = account.authority.as_ref() == Some(work.sender.authority());
        if !reached || addressable(account, &work.sender).is_err() {
            return Ok(false);
        }
        let Some(letter) = super::super::by_number(connection, number).await? else { return Ok(false) };
        let held = standing(connection, &account.id).await?;
        Ok(letter.used_at.is_none() && held.is_none_or(|held| held.number == *number))
    }
}
