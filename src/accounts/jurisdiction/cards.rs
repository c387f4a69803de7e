//! People as an application sees them: one by one, by what names them, page by page.

use super::{Jurisdiction, store};
use crate::accounts::letters::{self, Letter};
use crate::accounts::{Account, AccountId, Fingerprint, LookupKey, mandate};
use crate::audit::{Acting, Actor, Event};
use crate::database::Connection;
use crate::kit::clock::Timestamp;

/// How many people are asked about in one query.
const AT_ONCE: usize = 500;

/// A person as an application sees them.
#[derive(Clone, Debug)]
pub struct Card {
    /// Who.
    pub account: Account,
    /// When the account was made.
    pub created_at: Timestamp,
    /// The latest letter.
    pub letter: Option<Letter>,
    /// The state that changes are then made upon.
    pub version: Fingerprint,
}

/// What names a person at once.
#[derive(Clone, Debug)]
pub enum Sought {
    /// Their id.
    Id(AccountId),
    /// Their identifier.
    Identifier(LookupKey),
    /// Their key in the source that they come from.
    SourceKey(String),
    /// Their mail address, in any case.
    Email(String),
}

/// A row of a person, before its letter and its version are known.
pub(super) struct Row {
    pub account: Account,
    pub created_at: Timestamp,
}

impl Jurisdiction {
    /// One person.
    pub async fn card(&self, id: &AccountId) -> sqlx::Result<Option<Card>> {
        let cards = self.cards_of(&[Sought::Id(id.clone())]).await?;
        Ok(cards.into_iter().next())
    }

    /// The people whom any of this names, each once, in the order of their ids.
    pub async fn cards_of(&self, sought: &[Sought]) -> sqlx::Result<Vec<Card>> {
        let mut connection = self.accounts.0.database.read().await?;
        let mut rows = Vec::new();
        for one in sought {
            rows.extend(store::sought(&mut connection, &self.authority, one).await?);
        }
        rows.sort_by(|left: &Row, right| left.account.id.cmp(&right.account.id));
        rows.dedup_by(|left, right| left.account.id == right.account.id);
        complete(&mut connection, rows).await
    }

    /// So many people in the order of their ids, after one of them, `skip` more passed over.
    pub async fn cards(&self, after: Option<&AccountId>, skip: i64, most: i64) -> sqlx::Result<Vec<Card>> {
        let mut connection = self.accounts.0.database.read().await?;
        let rows = store::page(&mut connection, &self.authority, after, skip, most).await?;
        complete(&mut connection, rows).await
    }

    /// How many people there are; no more than `most` are counted.
    pub async fn count(&self, most: i64) -> sqlx::Result<i64> {
        store::count(&mut *self.accounts.0.database.read().await?, &self.authority, most).await
    }

    /// Notes that an application saw a person.
    pub async fn note_look(&self, acting: &Acting, id: &AccountId) -> sqlx::Result<()> {
        self.note(&Actor::Application(acting.clone()), Some(id), (Event::Looked, "")).await
    }

    /// Notes that an application searched, and how many people it was told of.
    pub async fn note_search(&self, acting: &Acting, told: usize) -> sqlx::Result<()> {
        self.note(&Actor::Application(acting.clone()), None, (Event::Searched, &told.to_string())).await
    }
}

/// Adds to rows what other tables say, in two queries for all of them.
async fn complete(connection: &mut Connection, rows: Vec<Row>) -> sqlx::Result<Vec<Card>> {
    let mut cards = Vec::with_capacity(rows.len());
    for rows in rows.chunks(AT_ONCE) {
        let ids: Vec<&AccountId> = rows.iter().map(|row| &row.account.id).collect();
        let mut letters = letters::latest(connection, &ids).await?;
        let mut passwords = mandate::passwords(connection, &ids).await?;
        for Row { account, created_at } in rows {
            let letter = letters.remove(&account.id);
            let password = passwords.remove(&account.id);
            let version = Fingerprint::of(account, password.as_deref(), letter.as_ref());
            cards.push(Card { account: account.clone(), created_at: *created_at, letter, version });
        }
    }
    Ok(cards)
}
