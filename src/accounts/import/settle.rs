//! Finding out what a row means for the account that it names, and doing it.

use std::collections::HashSet;

use super::decision::{Decision, Kept, settled};
use super::need::{Holding, Need};
use super::person::{Listed, Word, bring_up_to_date, new_person};
use super::report::{ListedAddress, Outcome, Refusal};
use super::store;
use crate::accounts::create;
use crate::accounts::letters::{self, IssuedLetter, LetterNumber, Order, Sender};
use crate::accounts::openings;
use crate::accounts::passwords::of_account as stored_password;
use crate::accounts::recovery;
use crate::accounts::store as people;
use crate::accounts::{Account, AccountId, Accounts, CreateError, Origin, TemporaryPassword, identifiers};
use crate::audit::{self, Acting, Actor, Event};
use crate::config::SecondManager;
use crate::database::{Connection, Transaction};
use crate::kit::clock::Timestamp;
use crate::mail::Address;

/// How often a row is looked at again after somebody else changed what it is about.
const ATTEMPTS: usize = 5;

/// A temporary password, drawn and hashed before its row is settled.
#[derive(Clone)]
pub struct Prepared {
    pub password: TemporaryPassword,
    pub hash: String,
}

/// How settling a row ended.
pub enum Done {
    /// It is settled.
    Settled(Outcome, Option<Box<IssuedLetter>>),
    /// It turned out to need a password, and none was prepared.
    WantsPassword,
}

/// Whether a row is only looked at, or its account's row is locked for what follows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    Only,
    AndLock,
}

/// What the rows of one batch are settled with.
pub struct Batch<'a> {
    pub accounts: &'a Accounts,
    pub sender: &'a Sender,
    /// Whether letters are issued.
    pub with_letters: bool,
    /// On whose behalf.
    pub by: &'a Actor,
    /// How far a manager alone opens accesses.
    pub rule: SecondManager,
    pub now: Timestamp,
    pub expires_at: Timestamp,
    /// The letters of this batch: on their way to be printed.
    pub issued: HashSet<LetterNumber>,
}

impl Batch<'_> {
    /// What a row means as things stand; it writes nothing.
    pub async fn foresee(&self, connection: &mut Connection, listed: &Listed) -> sqlx::Result<Decision> {
        self.decide(connection, listed, Look::Only).await
    }

    /// Settles a row within the batch's transaction, wholly or not at all.
    pub async fn settle(
        &mut self,
        transaction: &mut Transaction,
        listed: &Listed,
        prepared: Option<&Prepared>,
    ) -> sqlx::Result<Done> {
        let mut attempts = 0;
        loop {
            transaction.begin_part().await?;
            match self.attempt(transaction, listed, prepared).await {
                Ok(Some(done)) => {
                    // A refused row leaves no trace, not even that it was looked at.
                    let keeps =
                        matches!(&done, Done::Settled(outcome, _) if !matches!(outcome, Outcome::Refused(_)));
                    if keeps {
                        transaction.keep_part().await?;
                    } else {
                        transaction.undo_part().await?;
                    }
                    if let Done::Settled(_, Some(issued)) = &done {
                        self.issued.insert(issued.letter.number.clone());
                    }
                    return Ok(done);
                }
                Ok(None) => transaction.undo_part().await?,
                Err(error) if is_taken_meanwhile(&error) && attempts < ATTEMPTS => {
                    transaction.undo_part().await?;
                }
                Err(error) => return Err(error),
            }
            attempts += 1;
            if attempts > ATTEMPTS {
                return Err(sqlx::Error::Protocol(
                    "somebody else changes the same accounts again and again".to_owned(),
                ));
            }
        }
    }

    /// `None` when somebody else took what this needed at the same moment.
    async fn attempt(
        &self,
        connection: &mut Connection,
        listed: &Listed,
        prepared: Option<&Prepared>,
    ) -> sqlx::Result<Option<Done>> {
        let decision = self.decide(connection, listed, Look::AndLock).await?;
        let password = prepared.filter(|_| decision.wants_password());
        if self.with_letters && decision.wants_password() && password.is_none() {
            return Ok(Some(Done::WantsPassword));
        }
        match decision {
            Decision::Refuse(refusal) => Ok(Some(Done::Settled(Outcome::Refused(refusal), None))),
            Decision::Create => {
                let word = self.word(false);
                let person = new_person(listed, self.sender, word);
                let (marks, rng) = (&self.accounts.0.marks, &self.accounts.0.rng);
                match create::insert(connection, marks, rng, self.now, person, self.by).await {
                    Ok(account) => {
                        let proposed = listed.email.as_ref().filter(|_| word == Word::Proposes);
                        if let Some(address) = proposed {
                            let (now, desk) = (self.now, Some(self.sender.desk()));
                            let accounts = self.accounts;
                            accounts
                                .note_proposal(connection, &account, (address, desk), self.by, now)
                                .await?;
                        }
                        let issued =
                            self.issue(connection, account.clone(), Need::WithPassword, password).await?;
                        let letter = Need::WithPassword.told(issued.as_ref());
                        let address = proposed.map_or(ListedAddress::Followed, |_| ListedAddress::Proposed);
                        let outcome = Outcome::Created(settled(&account, letter, address));
                        Ok(Some(Done::Settled(outcome, issued.map(Box::new))))
                    }
                    Err(CreateError::Database(error)) => Err(error),
                    Err(_) => Ok(None),
                }
            }
            Decision::Keep(kept) => {
                let changes = kept.changes();
                if changes {
                    self.update(connection, &kept).await?;
                }
                let need = kept.letter;
                let issued = self.issue(connection, kept.after.clone(), need, password).await?;
                let outcome = kept.outcome(need.told(issued.as_ref()), changes || issued.is_some());
                Ok(Some(Done::Settled(outcome, issued.map(Box::new))))
            }
        }
    }

    async fn issue(
        &self,
        connection: &mut Connection,
        account: Account,
        need: Need,
        prepared: Option<&Prepared>,
    ) -> sqlx::Result<Option<IssuedLetter>> {
        if !need.is_met() || !self.with_letters {
            return Ok(None);
        }
        let order = Order {
            account: &account.id,
            sender: self.sender,
            expires_at: self.expires_at,
            hash: prepared.map(|prepared| prepared.hash.as_str()),
            by: self.by,
        };
        let letter = letters::put(connection, &self.accounts.0.rng, self.now, &order).await?;
        let password = prepared.map(|prepared| prepared.password.clone());
        Ok(Some(IssuedLetter { letter, account, password }))
    }

    async fn update(&self, connection: &mut Connection, kept: &Kept) -> sqlx::Result<()> {
        let after = &kept.after;
        store::update(connection, after, self.now).await?;
        if kept.before.authority.is_none() {
            recovery::adopt(connection, &after.id, self.sender.authority()).await?;
        }
        let (rng, id) = (&self.accounts.0.rng, after.id.as_str());
        if let Some(proposed) = kept.new_proposal().and_then(Address::parse) {
            audit::record(connection, rng, self.now, id, self.by, (Event::AddressProposed, "")).await?;
            return self.accounts.tell_proposed(connection, after, &proposed, Some(self.sender.desk())).await;
        }
        let Some(new) = kept.new_address() else {
            return audit::record(connection, rng, self.now, id, self.by, (Event::Updated, "")).await;
        };
        audit::record(connection, rng, self.now, id, self.by, (Event::AddressSet, "")).await?;
        // Nobody proved the address before: only the new one is told.
        if let Some(new) = Address::parse(new) {
            self.accounts.tell_registered(connection, after, &new, Some(self.sender.desk())).await?;
        }
        Ok(())
    }

    async fn decide(
        &self,
        connection: &mut Connection,
        listed: &Listed,
        look: Look,
    ) -> sqlx::Result<Decision> {
        let authority = self.sender.authority();
        let by_identifier = match &listed.identifier {
            Some((_, key)) => store::by_identifier(connection, key).await?,
            None => None,
        };
        let by_source_key = match &listed.source_key {
            Some(key) => store::by_source_key(connection, authority, key).await?,
            None => None,
        };
        // A key of a record that the person's own took in stays with that one.
        let without_key = by_source_key
            .as_ref()
            .filter(|found| found.by_alias)
            .map(|_| Listed { source_key: None, ..listed.clone() });
        let listed = without_key.as_ref().unwrap_or(listed);
        let by_source_key = by_source_key.map(|found| found.id);
        let id = match (by_identifier, by_source_key, &listed.identifier) {
            (Some(one), Some(other), _) if one != other => {
                return Ok(Decision::Refuse(Refusal::Disagreement));
            }
            (None, Some(_), Some(_)) => return Ok(Decision::Refuse(Refusal::Disagreement)),
            (Some(id), ..) | (None, Some(id), None) => id,
            (None, None, None) => return Ok(Decision::Create),
            (None, None, Some((given, key))) => {
                let gone = identifiers::is_taken(connection, &self.accounts.0.marks, key).await?;
                return Ok(if gone {
                    Decision::Refuse(self.of_nobody_here(Refusal::Deleted(given.clone())))
                } else {
                    Decision::Create
                });
            }
        };
        self.decide_known(connection, &id, listed, look).await
    }

    async fn decide_known(
        &self,
        connection: &mut Connection,
        id: &AccountId,
        listed: &Listed,
        look: Look,
    ) -> sqlx::Result<Decision> {
        let authority = self.sender.authority();
        // Whom another authority looks after is not waited for by a manager's list.
        if self.acting().is_some()
            && matches!(look, Look::AndLock)
            && let Some(seen) = people::by_id(connection, id).await?
            && let Some(refusal) = self.of_another(&seen)
        {
            return Ok(Decision::Refuse(refusal));
        }
        let found = match look {
            Look::Only => people::by_id(connection, id).await?,
            // The lock comes before the letter and the password are read: two imports wait for each other.
            Look::AndLock => people::see(connection, id, self.now).await?,
        };
        let Some(before) = found else { return Ok(Decision::Create) };
        let Origin::Here { identifier } = &before.origin else {
            return Ok(Decision::Refuse(self.of_nobody_here(Refusal::Disagreement)));
        };
        if let Some(refusal) = self.of_another(&before) {
            return Ok(Decision::Refuse(refusal));
        }
        // Whom nobody looks after, operators alone give to an authority.
        if before.authority.is_none() && self.acting().is_some() {
            return Ok(Decision::Refuse(Refusal::Unavailable));
        }
        if before.disabled_at.is_some() {
            return Ok(Decision::Refuse(Refusal::Disabled(identifier.clone())));
        }
        let keys = (&before.source_key, &listed.source_key);
        if matches!(keys, (Some(kept), Some(listed)) if kept != listed) {
            return Ok(Decision::Refuse(Refusal::Disagreement));
        }
        let password = stored_password(connection, id).await?;
        let letter = letters::standing(connection, id).await?;
        let waits = match &letter {
            Some(letter) => letters::waits(connection, &letter.number, self.now).await?,
            None => false,
        };
        // What a manager's list says opens no access that was ever in use: not by a letter, not by an address.
        let is_closed = self.acting().is_some() && openings::was_in_use(connection, id).await?;
        let holding = Holding {
            password: password.as_ref(),
            is_on_its_way: waits || letter.as_ref().is_some_and(|one| self.issued.contains(&one.number)),
            letter: letter.as_ref(),
            is_closed,
        };
        let letter = Need::of(&holding, self.now);
        let mut after = before.clone();
        after.authority = Some(authority.clone());
        let address = bring_up_to_date(&mut after, listed, self.word(is_closed));
        Ok(Decision::Keep(Box::new(Kept { before, after, letter, address })))
    }

    /// How far the list's word goes on an address of somebody whose access was in use, or was not.
    fn word(&self, is_closed: bool) -> Word {
        let opens_nothing = self.rule == SecondManager::Always && self.acting().is_some();
        if is_closed || opens_nothing { Word::Proposes } else { Word::Vouches }
    }

    /// Who acts for an authority, and must not be told of anybody else's people.
    const fn acting(&self) -> Option<&Acting> {
        self.by.acting()
    }

    /// Why somebody whom another authority looks after is left alone.
    fn of_another(&self, account: &Account) -> Option<Refusal> {
        let other = account.authority.as_ref().filter(|other| *other != self.sender.authority())?;
        Some(self.of_nobody_here(Refusal::OtherAuthority(other.to_string())))
    }

    /// Why an identifier cannot be had: whoever acts for an authority is told the same, whosever it is or was.
    fn of_nobody_here(&self, refusal: Refusal) -> Refusal {
        if self.acting().is_some() { Refusal::Unavailable } else { refusal }
    }
}

/// Whether another transaction took a key between our look and our write.
fn is_taken_meanwhile(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation)
}
