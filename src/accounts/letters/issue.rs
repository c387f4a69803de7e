//! Issuing a letter: its temporary password, and the end of the letter before.

use super::unprinted::{self, AT_ONCE, Keeping};
use super::{Letter, LetterNumber, OrderKey, Sender, store};
use crate::accounts::passwords::of_account as stored_password;
use crate::accounts::recovery;
use crate::accounts::store as people;
use crate::accounts::{Account, AccountId, Accounts, Busy, Mandate, NotHeld, Origin, TemporaryPassword};
use crate::audit::{self, Actor, Event};
use crate::database::Connection;
use crate::kit::clock::Timestamp;
use crate::kit::random::Rng;
use crate::kit::secrets::Secret;

/// What happens to a personal password when a letter is issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replacing {
    /// It stays, and the letter has no password.
    OnlyTemporary,
    /// Nothing at all: the letter has no password, whether there is a personal one or not.
    Nothing,
    /// The letter's temporary password takes its place, and every session and grant ends.
    Personal,
}

/// What becomes of a letter that is issued.
#[derive(Clone, Copy, Debug)]
pub(super) enum Paper<'a> {
    /// It waits to be printed.
    Wanting,
    /// It is handed over to an application that prints it, which may have named its order.
    HandedOver(Option<&'a OrderKey>),
    /// It waits, sealed, until whoever asked for it at a desk prints it.
    AtTheDesk,
}

/// A letter as it was issued, with all that must be printed on it.
#[derive(Debug)]
pub struct IssuedLetter {
    /// The letter.
    pub letter: Letter,
    /// Whose.
    pub account: Account,
    /// The temporary password, given this once; `None` for somebody who has a personal one.
    pub password: Option<TemporaryPassword>,
}

/// Why a letter was not issued.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// There is no such account.
    #[error("there is no such account")]
    Unknown,
    /// The account is no longer as it was seen: no letter was issued.
    #[error("the account was changed meanwhile")]
    Stale,
    /// The key of the order was used for another one.
    #[error("the key was used for another order")]
    OtherOrder,
    /// The person signs in elsewhere.
    #[error("this person signs in at another provider, and gets no letter here")]
    Federated,
    /// The account is disabled or deleted.
    #[error("the account is disabled: enable it first")]
    Disabled,
    /// Another authority looks after the person.
    #[error("the account belongs to the authority {0}")]
    OtherAuthority(String),
    /// Too many at once.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// The database failed.
    #[error("the letter could not be stored: {0}")]
    Database(#[from] sqlx::Error),
}

/// What to write down for a letter.
pub struct Order<'a> {
    /// For whom.
    pub account: &'a AccountId,
    /// By whom it is sent.
    pub sender: &'a Sender,
    /// Until when it lasts.
    pub expires_at: Timestamp,
    /// The hash of its temporary password, if it has one.
    pub hash: Option<&'a str>,
    /// Who asked for it.
    pub by: &'a Actor,
}

/// Writes a letter down, in the caller's transaction, which has locked the account's row: the letter before
/// is voided, and a password that comes with this one takes the place of whatever was there.
pub async fn put(
    connection: &mut Connection,
    rng: &Rng,
    now: Timestamp,
    order: &Order<'_>,
) -> sqlx::Result<Letter> {
    let Order { account, sender, expires_at, hash, by } = *order;
    for voided in store::void_open(connection, account, now).await? {
        unprinted::forget(connection, &voided).await?;
        let event = (Event::LetterVoided, voided.as_str());
        audit::record(connection, rng, now, account.as_str(), by, event).await?;
    }
    let letter = loop {
        let letter = Letter {
            number: LetterNumber::draw(rng),
            account: account.clone(),
            authority: sender.authority().clone(),
            desk: sender.desk().id.clone(),
            with_password: hash.is_some(),
            issued_at: now,
            expires_at: Some(expires_at),
            printed_at: None,
            used_at: None,
            voided_at: None,
        };
        if store::insert(connection, &letter).await? {
            break letter;
        }
    };
    if let Some(hash) = hash {
        store::keep_former(connection, account, now).await?;
        store::put_password(connection, &letter, hash).await?;
        // Links and case numbers of the old password are of no more use, nor is an address that waits.
        people::begin_epoch(connection, account, now).await?;
        recovery::end_all(connection, account).await?;
    }
    let event = if letter.with_password { Event::LetterIssued } else { Event::LetterWithoutPassword };
    audit::record(connection, rng, now, account.as_str(), by, (event, letter.number.as_str())).await?;
    Ok(letter)
}

impl From<NotHeld> for IssueError {
    fn from(refused: NotHeld) -> Self {
        match refused {
            NotHeld::Gone => Self::Unknown,
            NotHeld::Stale => Self::Stale,
            NotHeld::Database(error) => Self::Database(error),
        }
    }
}

impl Accounts {
    /// Issues a letter to somebody who has an account; the one before is void from then on.
    ///
    /// It bears a temporary password, unless the person has a personal one that is not to be replaced.
    pub async fn issue_letter(
        &self,
        id: &AccountId,
        sender: &Sender,
        replacing: Replacing,
        mandate: &Mandate,
    ) -> Result<IssuedLetter, IssueError> {
        self.issue(id, sender, replacing, mandate, Paper::Wanting).await
    }

    /// The same at a desk: what is to be printed waits there, sealed, for whoever asked and for ten minutes.
    pub async fn issue_letter_to_print(
        &self,
        id: &AccountId,
        sender: &Sender,
        replacing: Replacing,
        mandate: &Mandate,
    ) -> Result<LetterNumber, IssueError> {
        let issued = self.issue(id, sender, replacing, mandate, Paper::AtTheDesk).await?;
        Ok(issued.letter.number)
    }

    /// The same, where what is done with the letter is said in the same transaction.
    pub(super) async fn issue(
        &self,
        id: &AccountId,
        sender: &Sender,
        replacing: Replacing,
        mandate: &Mandate,
        paper: Paper<'_>,
    ) -> Result<IssuedLetter, IssueError> {
        let drawn = TemporaryPassword::draw(&self.0.rng);
        let mut hash = None;
        loop {
            if hash.is_none() && self.needs_password(id, replacing).await? {
                let canonical = Secret::new(TemporaryPassword::canonical(drawn.printed()));
                hash = Some(self.0.hasher.hash(canonical).await?);
            }
            let now = self.0.clock.now();
            let mut transaction = self.0.database.write().await?;
            let account = self.hold(&mut transaction, id, mandate).await?;
            addressable(&account, sender)?;
            let needs_one = lacks_personal(&mut transaction, id, replacing).await?;
            if needs_one && hash.is_none() {
                // The personal password went away in between: once more, with a temporary one at hand.
                continue;
            }
            if account.authority.is_none() {
                people::adopt(&mut transaction, id, sender.authority()).await?;
                recovery::adopt(&mut transaction, id, sender.authority()).await?;
            }
            let order = Order {
                account: id,
                sender,
                expires_at: self.season_end(),
                hash: hash.as_deref().filter(|_| needs_one),
                by: mandate.actor(),
            };
            let mut letter = put(&mut transaction, &self.0.rng, now, &order).await?;
            let password = needs_one.then(|| drawn.clone());
            if let Paper::HandedOver(key) = paper {
                store::mark_printed(&mut transaction, &letter.number, now).await?;
                letter.printed_at = Some(now);
                if let Some(key) = key
                    && !store::note_order(&mut transaction, key, &letter, now).await?
                {
                    return Err(IssueError::OtherOrder);
                }
            }
            if let (Paper::AtTheDesk, Some(acting)) = (paper, mandate.actor().acting()) {
                let until = now + AT_ONCE;
                let keeping =
                    Keeping { asked_by: &acting.who, asked_upon: mandate.seen(), batch: None, until };
                let number = &letter.number;
                self.keep_unprinted(&mut transaction, number, password.as_ref(), &keeping).await?;
            }
            transaction.commit().await?;
            return Ok(IssuedLetter { letter, account, password });
        }
    }

    /// The letters of an account, newest first.
    pub async fn letters_of(&self, id: &AccountId) -> sqlx::Result<Vec<Letter>> {
        store::of(&mut *self.0.database.read().await?, id).await
    }

    /// Notes that letters are on paper; gives the numbers of those that were replaced meanwhile, whose
    /// passwords no longer work.
    pub async fn mark_letters_printed(&self, numbers: &[LetterNumber]) -> sqlx::Result<Vec<LetterNumber>> {
        let now = self.0.clock.now();
        let mut transaction = self.0.database.write().await?;
        let mut replaced = Vec::new();
        for number in numbers {
            if !store::mark_printed(&mut transaction, number, now).await? {
                replaced.push(number.clone());
            }
        }
        transaction.commit().await?;
        Ok(replaced)
    }

    pub(super) async fn needs_password(&self, id: &AccountId, replacing: Replacing) -> sqlx::Result<bool> {
        lacks_personal(&mut *self.0.database.read().await?, id, replacing).await
    }
}

/// Whether the letter must bear a password: the person has none of their own, or loses it.
pub(super) async fn lacks_personal(
    connection: &mut Connection,
    id: &AccountId,
    replacing: Replacing,
) -> sqlx::Result<bool> {
    match replacing {
        Replacing::Personal => return Ok(true),
        Replacing::Nothing => return Ok(false),
        Replacing::OnlyTemporary => {}
    }
    let password = stored_password(connection, id).await?;
    Ok(password.is_none_or(|password| password.temporary))
}

pub(super) fn addressable(account: &Account, sender: &Sender) -> Result<(), IssueError> {
    if matches!(account.origin, Origin::Upstream { .. }) {
        return Err(IssueError::Federated);
    }
    if account.disabled_at.is_some() || account.identifier().is_none_or(str::is_empty) {
        return Err(IssueError::Disabled);
    }
    match &account.authority {
        Some(other) if other != sender.authority() => Err(IssueError::OtherAuthority(other.to_string())),
        _ => Ok(()),
    }
}
