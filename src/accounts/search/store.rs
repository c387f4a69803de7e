//! The table `search_word`, and the people to whom it leads.
//!
//! Each statement that finds people has their authority in it, and its limit in its text, so that no engine plans
//! for more rows than there will be.

use std::collections::BTreeSet;

use sqlx::Row;
use sqlx::any::AnyRow;

use super::spelling::{Range, Word};
use super::{Hit, Matched};
use crate::accounts::administration::{PasswordFacts, access_of};
use crate::accounts::letters::LetterNumber;
use crate::accounts::store::account;
use crate::accounts::{Account, AccountId, CaseNumber, LookupKey};
use crate::config::AuthorityId;
use crate::database::{Connection, own_key};
use crate::kit::clock::Timestamp;

/// How many patterns a scan of a range has.
pub const PATTERNS: usize = 5;

/// How many words one statement adds; places that are left over stay empty.
const AT_ONCE: usize = 8;

/// A person with their password's state; `$1` is the authority that looks after them.
macro_rules! people {
    ($from:literal, $($more:expr),*) => {
        concat!(
            "SELECT account.*, password.temporary, password.set_at, password.expires_at AS password_ends_at FROM ",
            $from,
            " LEFT JOIN password ON password.account_id = account.id \
             WHERE account.authority = $1 AND account.deleted_at IS NULL AND account.upstream IS NULL",
            $($more),*
        )
    };
}

/// The person of an identifier.
pub const BY_IDENTIFIER: &str = people!(
    "account",
    " AND account.lookup_key = ",
    own_key!("account", "lookup_key", "$2", " AND lookup_key IS NOT NULL")
);

/// The person of a letter.
pub const BY_LETTER: &str = people!(
    "letter JOIN account ON account.id = letter.account_id",
    " AND letter.number = ",
    own_key!("letter", "number", "$2")
);

/// The person of a live request for help with a password.
pub const BY_CASE: &str = people!(
    "recovery_case JOIN account ON account.id = recovery_case.account_id",
    " AND recovery_case.expires_at > $3 AND recovery_case.number = ",
    own_key!("recovery_case", "number", "$2")
);

/// The people to whom a range of words leads, in the order of the words; somebody may come more than once.
pub const BY_RANGE: &str = people!(
    "(SELECT word, account_id FROM search_word WHERE authority = $1 AND word >= $2 AND word < $3 \
     ORDER BY word, account_id LIMIT 64) AS found JOIN account ON account.id = found.account_id",
    " ORDER BY found.word, found.account_id"
);

/// The same for words that fit [`PATTERNS`] besides, among the first ten thousand of the range.
pub const BY_PATTERNS: &str = people!(
    "(SELECT word, account_id FROM (SELECT word, account_id FROM search_word \
     WHERE authority = $1 AND word >= $2 AND word < $3 ORDER BY word, account_id LIMIT 10000) AS ranged \
     WHERE word LIKE $4 AND word LIKE $5 AND word LIKE $6 AND word LIKE $7 AND word LIKE $8 \
     ORDER BY word, account_id LIMIT 64) AS found \
     JOIN account ON account.id = found.account_id",
    " ORDER BY found.word, found.account_id"
);

/// How many words a range has, counted no further than the last statement reads.
pub const COUNT: &str = "SELECT COUNT(*) FROM (SELECT 1 FROM search_word \
     WHERE authority = $1 AND word >= $2 AND word < $3 LIMIT 10000) AS counted";

/// The next people of an authority, by their ids.
macro_rules! listed {
    ($($only:expr),*) => {
        concat!(
            "SELECT account.* FROM account WHERE authority = $1 AND id > $2 AND deleted_at IS NULL \
             AND upstream IS NULL",
            $($only,)*
            " ORDER BY id LIMIT $3"
        )
    };
}

/// All people of an authority.
pub const EVERYBODY: &str = listed!();

/// Those who are not disabled.
pub const ENABLED: &str = listed!(" AND disabled_at IS NULL");

/// Those who are disabled.
pub const DISABLED: &str = listed!(" AND disabled_at IS NOT NULL");

/// The one of an identifier.
pub const OF_IDENTIFIER: &str =
    listed!(" AND lookup_key = ", own_key!("account", "lookup_key", "$4", " AND lookup_key IS NOT NULL"));

/// The one of a key in the authority's lists.
pub const OF_SOURCE_KEY: &str = listed!(" AND source_key = $4");

/// The last number to which [`COUNT`] counts.
pub const MOST_COUNTED: i64 = 10_000;

/// How many rows [`BY_RANGE`] and [`BY_PATTERNS`] give at the most.
pub const MOST_ROWS: usize = 64;

/// The person of an identifier.
pub async fn by_identifier(
    connection: &mut Connection,
    authority: &AuthorityId,
    key: &LookupKey,
    now: Timestamp,
) -> sqlx::Result<Option<Hit>> {
    let query = sqlx::query(BY_IDENTIFIER).bind(authority.as_str()).bind(key.as_str());
    query.fetch_optional(connection).await?.map(|row| hit(&row, Matched::Identifier, now)).transpose()
}

/// The person of a letter.
pub async fn by_letter(
    connection: &mut Connection,
    authority: &AuthorityId,
    number: &LetterNumber,
    now: Timestamp,
) -> sqlx::Result<Option<Hit>> {
    let query = sqlx::query(BY_LETTER).bind(authority.as_str()).bind(number.as_str());
    query.fetch_optional(connection).await?.map(|row| hit(&row, Matched::Letter, now)).transpose()
}

/// The person of a live request for help with a password.
pub async fn by_case(
    connection: &mut Connection,
    authority: &AuthorityId,
    number: &CaseNumber,
    now: Timestamp,
) -> sqlx::Result<Option<Hit>> {
    let query = sqlx::query(BY_CASE).bind(authority.as_str()).bind(number.as_str()).bind(now.seconds());
    query.fetch_optional(connection).await?.map(|row| hit(&row, Matched::Case, now)).transpose()
}

/// The people to whom a range of words leads; somebody may come more than once.
pub async fn by_range(
    connection: &mut Connection,
    authority: &AuthorityId,
    range: &Range,
    matched: Matched,
    now: Timestamp,
) -> sqlx::Result<Vec<Hit>> {
    let rows = sqlx::query(BY_RANGE)
        .bind(authority.as_str())
        .bind(&range.from)
        .bind(&range.to)
        .fetch_all(connection)
        .await?;
    rows.iter().map(|row| hit(row, matched, now)).collect()
}

/// The people to whom words of a range lead that fit every pattern; somebody may come more than once.
pub async fn by_patterns(
    connection: &mut Connection,
    authority: &AuthorityId,
    range: &Range,
    patterns: &[String; PATTERNS],
    now: Timestamp,
) -> sqlx::Result<Vec<Hit>> {
    let mut query = sqlx::query(BY_PATTERNS).bind(authority.as_str()).bind(&range.from).bind(&range.to);
    for pattern in patterns {
        query = query.bind(pattern);
    }
    let rows = query.fetch_all(connection).await?;
    rows.iter().map(|row| hit(row, Matched::Name, now)).collect()
}

/// How many words a range has, [`MOST_COUNTED`] at the most.
pub async fn count(connection: &mut Connection, authority: &AuthorityId, range: &Range) -> sqlx::Result<i64> {
    sqlx::query_scalar(COUNT)
        .bind(authority.as_str())
        .bind(&range.from)
        .bind(&range.to)
        .fetch_one(connection)
        .await
}

/// The next people of a list, after an id; `detail` is the fourth parameter of the statements that have one.
pub async fn list(
    connection: &mut Connection,
    statement: &'static str,
    authority: &AuthorityId,
    after: &str,
    most: i64,
    detail: Option<&str>,
) -> sqlx::Result<Vec<Account>> {
    let mut query = sqlx::query(statement).bind(authority.as_str()).bind(after).bind(most);
    if let Some(detail) = detail {
        query = query.bind(detail);
    }
    query.fetch_all(connection).await?.iter().map(account).collect()
}

/// The words that lead to an account, each with the authority for which it does.
pub async fn words(
    connection: &mut Connection,
    account: &AccountId,
) -> sqlx::Result<BTreeSet<(String, String)>> {
    let rows = sqlx::query("SELECT authority, word FROM search_word WHERE account_id = $1")
        .bind(account.as_str())
        .fetch_all(connection)
        .await?;
    rows.iter().map(|row| Ok((row.try_get("authority")?, row.try_get("word")?))).collect()
}

/// Lets words lead to an account.
pub async fn add(
    connection: &mut Connection,
    account: &AccountId,
    authority: &AuthorityId,
    words: &[&Word],
) -> sqlx::Result<()> {
    for some in words.chunks(AT_ONCE) {
        let mut query = sqlx::query(
            "INSERT INTO search_word (authority, word, account_id) SELECT $1, column1, $2 \
             FROM (VALUES ($3), ($4), ($5), ($6), ($7), ($8), ($9), ($10)) AS new_word \
             WHERE column1 IS NOT NULL ON CONFLICT DO NOTHING",
        )
        .bind(authority.as_str())
        .bind(account.as_str());
        for place in 0..AT_ONCE {
            query = query.bind(some.get(place).map(|word| word.as_str()));
        }
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

/// Lets a word lead to an account no more.
pub async fn remove(
    connection: &mut Connection,
    account: &AccountId,
    authority: &str,
    word: &str,
) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM search_word WHERE authority = $1 AND word = $2 AND account_id = $3")
        .bind(authority)
        .bind(word)
        .bind(account.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// Lets nothing lead to an account any more.
pub async fn remove_all(connection: &mut Connection, account: &AccountId) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM search_word WHERE account_id = $1")
        .bind(account.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// Accounts of which it is not known that the index has them, at most so many.
pub async fn unindexed(connection: &mut Connection, most: i64) -> sqlx::Result<Vec<AccountId>> {
    let ids: Vec<String> =
        sqlx::query_scalar("SELECT id FROM account WHERE indexed = 0 ORDER BY id LIMIT $1")
            .bind(most)
            .fetch_all(connection)
            .await?;
    Ok(ids.into_iter().map(AccountId::from).collect())
}

/// Notes that the index has an account, which is locked by that until the transaction ends.
pub async fn note_indexed(connection: &mut Connection, id: &AccountId) -> sqlx::Result<Option<Account>> {
    sqlx::query("UPDATE account SET indexed = 1 WHERE id = $1 RETURNING *")
        .bind(id.as_str())
        .fetch_optional(connection)
        .await?
        .map(|row| account(&row))
        .transpose()
}

fn hit(row: &AnyRow, matched: Matched, now: Timestamp) -> sqlx::Result<Hit> {
    let time = |column: &str| -> sqlx::Result<Option<Timestamp>> {
        Ok(row.try_get::<Option<i64>, _>(column)?.map(Timestamp::from_seconds))
    };
    let account = account(row)?;
    let password = match (row.try_get::<Option<i64>, _>("temporary")?, time("set_at")?) {
        (Some(temporary), Some(set_at)) => {
            Some(PasswordFacts { temporary: temporary != 0, set_at, expires_at: time("password_ends_at")? })
        }
        _ => None,
    };
    Ok(Hit { access: access_of(&account, None, password, now), account, matched })
}
