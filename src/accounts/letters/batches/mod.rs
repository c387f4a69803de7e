//! Batches: letters of one sender that print as one document.
//!
//! A batch is filled by an import, or with letters that take the place of those of another batch, when a printer
//! failed. The second is long work: one node has its lease, and goes on where another one stopped.

mod anew;
pub(in crate::accounts) mod store;

pub use store::purge as purge_batches;

use super::unprinted::{IN_A_BATCH, Keeping};
use super::{IssuedLetter, Letter, Sender};
use crate::accounts::{Account, AccountId, Accounts};
use crate::audit::{self, Acting, Actor, Event};
use crate::config::{AuthorityId, DeskId};
use crate::database::Connection;
use crate::id_type;
use crate::kit::clock::Timestamp;

id_type! {
    /// The id of a batch of letters.
    BatchId
}

/// A batch of letters.
#[derive(Clone, Debug)]
pub struct LetterBatch {
    /// Its id.
    pub id: BatchId,
    /// Who sends its letters.
    pub authority: AuthorityId,
    /// The desk whose contact they bear.
    pub desk: DeskId,
    /// The manager who asked for it.
    pub asked_by: AccountId,
    /// Why, in their words.
    pub reason: String,
    /// When.
    pub asked_at: Timestamp,
    /// How many letters it has so far.
    pub letters: u64,
    /// Since when it has all of them.
    pub complete_at: Option<Timestamp>,
    /// Which letters it takes the place of, if it does.
    pub anew: Option<Anew>,
}

/// Letters of a batch that are issued anew in another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anew {
    /// Of which batch.
    pub of: BatchId,
    /// From which place, counted from 1.
    pub from: u64,
    /// To which, which counts too.
    pub to: u64,
    /// Up to where that is done.
    pub done: u64,
}

/// What has become of the letters of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BatchCounts {
    /// They wait to be printed.
    pub waiting: u64,
    /// They are on paper, and not used.
    pub printed: u64,
    /// The person chose a password of their own.
    pub used: u64,
    /// Their season is over.
    pub expired: u64,
    /// They were not printed in time, were spoilt, or another one took their place.
    pub voided: u64,
}

impl BatchCounts {
    /// How many there are.
    #[must_use]
    pub const fn all(&self) -> u64 {
        self.waiting + self.printed + self.used + self.expired + self.voided
    }
}

/// A letter of a list, with whose it is.
#[derive(Clone, Debug)]
pub struct BatchLine {
    /// Its place in its batch; none for a letter alone.
    pub place: Option<u64>,
    /// The letter.
    pub letter: Letter,
    /// Whose.
    pub account: Account,
}

/// A letter to print, with its place in its batch.
#[derive(Debug)]
pub struct LetterOfBatch {
    /// From 1 on.
    pub place: u64,
    /// The letter.
    pub issued: IssuedLetter,
}

impl Accounts {
    /// Begins a batch, to which letters are added until it is closed.
    pub async fn begin_batch(
        &self,
        connection: &mut Connection,
        id: &BatchId,
        sender: &Sender,
        by: &Acting,
    ) -> sqlx::Result<()> {
        let batch = self.new_batch(id, sender.authority(), &sender.desk().id, by);
        store::insert(connection, &batch).await?;
        Ok(())
    }

    /// Adds letters to a batch, in the transaction that issues them.
    pub async fn add_to_batch(
        &self,
        connection: &mut Connection,
        batch: &BatchId,
        letters: &[IssuedLetter],
        by: &Acting,
    ) -> sqlx::Result<()> {
        let first = store::make_room(connection, batch, letters.len()).await?;
        let until = self.0.clock.now() + IN_A_BATCH;
        for (place, issued) in (first..).zip(letters) {
            let number = &issued.letter.number;
            store::put(connection, batch, place, number).await?;
            let keeping = Keeping { asked_by: &by.who, asked_upon: None, batch: Some((batch, place)), until };
            self.keep_unprinted(connection, number, issued.password.as_ref(), &keeping).await?;
        }
        Ok(())
    }

    /// Closes a batch: it has all its letters. One that has none is no batch.
    pub async fn close_batch(&self, connection: &mut Connection, batch: &BatchId) -> sqlx::Result<()> {
        if store::remove_empty(connection, batch).await? {
            return Ok(());
        }
        store::close(connection, batch, self.0.clock.now()).await
    }

    /// Asks for letters in the place of those of a batch of the same authority, from one place to another, as far as they
    /// were not used; `None` where there is no such batch. Asked twice under one id, it is done once.
    pub async fn ask_anew(
        &self,
        id: &BatchId,
        (of, from, to): (&BatchId, u64, u64),
        by: &Acting,
    ) -> sqlx::Result<Option<BatchId>> {
        let mut transaction = self.0.database.write().await?;
        let Some(source) = store::by_id(&mut transaction, &by.authority, of).await? else {
            return Ok(None);
        };
        let (from, to) = (from.max(1), to.min(source.letters));
        let anew = Anew { of: of.clone(), from, to, done: from - 1 };
        let batch = self.new_batch(id, &source.authority, &source.desk, by);
        let batch = LetterBatch { anew: Some(anew), ..batch };
        if store::insert(&mut transaction, &batch).await? {
            let (now, actor) = (self.0.clock.now(), Actor::Manager(by.clone()));
            let event = (Event::BatchAsked, id.as_str());
            let about = (None, &actor);
            audit::record_under(&mut transaction, &self.0.rng, now, &by.authority, about, event).await?;
        } else if store::by_id(&mut transaction, &by.authority, id)
            .await?
            .is_none_or(|known| known.asked_by.as_str() != by.who)
        {
            return Ok(None);
        }
        transaction.commit().await?;
        Ok(Some(id.clone()))
    }

    fn new_batch(&self, id: &BatchId, authority: &AuthorityId, desk: &DeskId, by: &Acting) -> LetterBatch {
        LetterBatch {
            id: id.clone(),
            authority: authority.clone(),
            desk: desk.clone(),
            asked_by: AccountId::from(by.who.as_str()),
            reason: by.reason.clone(),
            asked_at: self.0.clock.now(),
            letters: 0,
            complete_at: None,
            anew: None,
        }
    }
}
