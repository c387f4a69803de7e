//! Letters that were issued at a desk and are not on paper yet.
//!
//! What is to be printed on them is kept sealed, is given once, and is gone with that: the reading removes it, in one
//! transaction. What nobody prints in time is voided.

mod store;

use std::time::Duration;

pub(in crate::accounts) use store::{forget, waits};

use super::batches::{BatchId, LetterOfBatch};
use super::store as letter_store;
use super::{IssuedLetter, LetterNumber};
use crate::accounts::import::gave_way;
use crate::accounts::store as people;
use crate::accounts::{AccountId, Accounts, Change, Fingerprint, Mandate, NotHeld, TemporaryPassword};
use crate::audit::{Acting, Actor, Event};
use crate::database::Connection;
use crate::kit::clock::Timestamp;
use crate::kit::secrets::Secret;

/// How long a letter waits that is to be printed at once.
pub const AT_ONCE: Duration = Duration::from_mins(10);
/// How long the letters of a batch wait.
pub const IN_A_BATCH: Duration = Duration::from_hours(24);

/// How often printing is tried that the database gave up for the sake of somebody else.
const ATTEMPTS: u32 = 8;

/// On whose behalf a letter waits, and until when.
pub(in crate::accounts) struct Keeping<'a> {
    /// The account of whoever asked for it.
    pub asked_by: &'a str,
    /// The state of the person upon which they did.
    pub asked_upon: Option<&'a Fingerprint>,
    /// The batch that it is printed with, and its place there.
    pub batch: Option<(&'a BatchId, u64)>,
    /// Until when it waits.
    pub until: Timestamp,
}

/// Which letters may be taken: of which authority, by whom if not by anybody there.
struct Taking<'a> {
    by: &'a Acting,
    batch: Option<&'a BatchId>,
    now: Timestamp,
}

impl Accounts {
    /// Keeps what is to be printed on a letter, in the transaction that issues it.
    pub(in crate::accounts) async fn keep_unprinted(
        &self,
        connection: &mut Connection,
        number: &LetterNumber,
        password: Option<&TemporaryPassword>,
        keeping: &Keeping<'_>,
    ) -> sqlx::Result<()> {
        let printed = password.map(TemporaryPassword::printed);
        let sealed = self.0.unprinted.seal_value(&self.0.rng, number.as_str().as_bytes(), &printed);
        store::keep(connection, number, &sealed, keeping).await
    }

    /// Gives a letter to whoever asked for it by hand, once; `None` when it was given, is over, or is not theirs.
    pub async fn print_letter(
        &self,
        number: &LetterNumber,
        by: &Acting,
    ) -> sqlx::Result<Option<IssuedLetter>> {
        let taking = Taking { by, batch: None, now: self.0.clock.now() };
        let mut transaction = self.0.database.write().await?;
        let taken = self.take(&mut transaction, number, &taking).await?;
        transaction.commit().await?;
        Ok(taken)
    }

    /// Gives up to `most` of the letters of a batch that are still to be printed, in their order, each once.
    ///
    /// Whoever prints the same batch at the same moment gets others; an empty answer means that none is left.
    pub async fn print_some(
        &self,
        batch: &BatchId,
        most: i64,
        by: &Acting,
    ) -> sqlx::Result<Vec<LetterOfBatch>> {
        let now = self.0.clock.now();
        let taking = Taking { by, batch: Some(batch), now };
        let mut attempts = 0;
        loop {
            let mut reader = self.0.database.read().await?;
            let waiting = store::waiting(&mut reader, batch, now, most).await?;
            drop(reader);
            match self.take_all(&waiting, &taking).await {
                Ok(taken) if taken.is_empty() && !waiting.is_empty() => {}
                Ok(taken) => return Ok(taken),
                // Nothing was given yet: what the database gave up is done again.
                Err(error) if gave_way(&error) && attempts < ATTEMPTS => attempts += 1,
                Err(error) => return Err(error),
            }
        }
    }

    async fn take_all(
        &self,
        waiting: &[(u64, LetterNumber)],
        taking: &Taking<'_>,
    ) -> sqlx::Result<Vec<LetterOfBatch>> {
        let mut transaction = self.0.database.write().await?;
        let mut taken = Vec::with_capacity(waiting.len());
        for (place, number) in waiting {
            if let Some(issued) = self.take(&mut transaction, number, taking).await? {
                taken.push(LetterOfBatch { place: *place, issued });
            }
        }
        transaction.commit().await?;
        Ok(taken)
    }

    /// The letter that somebody asked for upon this very state of a person, as long as it waits to be printed: a
    /// form that is sent twice leads to the same one.
    pub async fn asked_for_already(
        &self,
        account: &AccountId,
        by: &Acting,
        seen: &Fingerprint,
    ) -> sqlx::Result<Option<LetterNumber>> {
        let now = self.0.clock.now();
        store::asked_upon(&mut *self.0.database.read().await?, account, &by.who, seen, now).await
    }

    /// Voids a letter that was spoilt or lost: its temporary password opens nothing any more.
    pub async fn void_letter(&self, number: &LetterNumber, mandate: &Mandate) -> sqlx::Result<Change> {
        let mut transaction = self.0.database.write().await?;
        let Some(letter) = letter_store::by_number(&mut transaction, number).await? else {
            return Ok(Change::Gone);
        };
        match self.hold(&mut transaction, &letter.account, mandate).await {
            Ok(_) => {}
            Err(NotHeld::Gone) => return Ok(Change::Gone),
            Err(NotHeld::Stale) => return Ok(Change::Stale),
            Err(NotHeld::Database(error)) => return Err(error),
        }
        if !self.void(&mut transaction, &letter.account, number, mandate.actor()).await? {
            return Ok(Change::AlreadySo);
        }
        transaction.commit().await?;
        Ok(Change::Made)
    }

    /// Voids up to `most` letters that nobody printed in time; tells how many waited too long.
    pub async fn void_unprinted(&self, most: i64) -> sqlx::Result<u64> {
        let mut reader = self.0.database.read().await?;
        let late = store::late(&mut reader, self.0.clock.now(), most).await?;
        drop(reader);
        for (number, account) in &late {
            let mut transaction = self.0.database.write().await?;
            // The account first, as everywhere; then whether it was printed at the last moment.
            people::lock(&mut transaction, account).await?;
            if store::forget(&mut transaction, number).await? {
                self.void(&mut transaction, account, number, &Actor::Retention).await?;
            }
            transaction.commit().await?;
        }
        Ok(late.len() as u64)
    }

    /// Voids a letter whose account's row is locked; `false` when it is over already.
    async fn void(
        &self,
        connection: &mut Connection,
        account: &AccountId,
        number: &LetterNumber,
        by: &Actor,
    ) -> sqlx::Result<bool> {
        let now = self.0.clock.now();
        store::forget(connection, number).await?;
        if !store::void(connection, number, now).await? {
            return Ok(false);
        }
        store::forget_password(connection, account, number).await?;
        self.record(connection, account, now, by, (Event::LetterVoided, number.as_str())).await?;
        Ok(true)
    }

    /// The letter is marked before what is to be printed goes, as whoever voids one does: nobody waits in a ring.
    async fn take(
        &self,
        connection: &mut Connection,
        number: &LetterNumber,
        taking: &Taking<'_>,
    ) -> sqlx::Result<Option<IssuedLetter>> {
        if !store::mark(connection, number, taking).await? {
            return Ok(None);
        }
        let Some(sealed) = store::take(connection, number).await? else { return Ok(None) };
        let Some(letter) = letter_store::by_number(connection, number).await? else { return Ok(None) };
        let Some(account) = people::by_id(connection, &letter.account).await? else { return Ok(None) };
        let actor = Actor::Manager(taking.by.clone());
        let event = (Event::LetterPrinted, number.as_str());
        self.record(connection, &letter.account, taking.now, &actor, event).await?;
        let opened = self.0.unprinted.open_value::<Option<String>>(number.as_str().as_bytes(), &sealed);
        let Some(printed) = opened else {
            tracing::error!(letter = %number, "a letter cannot be printed: it was sealed with another master key");
            return Ok(None);
        };
        let password = printed.map(|printed| TemporaryPassword::of_print(Secret::new(printed)));
        Ok(Some(IssuedLetter { letter, account, password }))
    }
}
