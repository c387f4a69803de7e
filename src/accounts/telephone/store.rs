//! What of the table `recovery_case` is for help by telephone.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::{CallerPage, StoredCall, Taken};
use crate::accounts::recovery::MOST_CASES;
use crate::accounts::store::account;
use crate::accounts::{Account, AccountId, CaseNumber};
use crate::config::AuthorityId;
use crate::database::{Connection, own_key};
use crate::kit::clock::Timestamp;

/// A request with whoever asks, as it is listed.
pub struct OpenRow {
    pub call: StoredCall,
    pub person: Account,
    pub taken: Option<Taken>,
}

/// A request that an act is about.
pub struct Case {
    pub account: AccountId,
    pub page: String,
    pub attempt: i64,
    pub taken_by: Option<String>,
}

/// A code that may be guessed, once the guess is counted.
pub struct Guess {
    pub code: String,
    pub state: Option<String>,
    /// How many were counted, this one included.
    pub failures: i64,
}

/// A code to be kept.
pub struct NewCode<'a> {
    /// Its keyed hash.
    pub code: &'a str,
    /// What the account is.
    pub state: &'a str,
    pub expires_at: Timestamp,
}

/// What a listed request consists of, where the first parameter is the authority and the second now.
macro_rules! open_cases {
    ($($condition:expr),+ $(,)?) => {
        concat!(
            "SELECT account.*, recovery_case.number, recovery_case.account_id, recovery_case.page, \
             recovery_case.created_at AS asked_at, recovery_case.expires_at, recovery_case.attempt, \
             recovery_case.code, recovery_case.code_expires_at, recovery_case.proven_until, \
             recovery_case.code_state, recovery_case.taken_by, recovery_case.taken_at, \
             manager.given_name AS manager_given, manager.family_name AS manager_family \
             FROM recovery_case JOIN account ON account.id = recovery_case.account_id \
             LEFT JOIN account manager ON manager.id = recovery_case.taken_by \
             WHERE account.authority = $1 AND account.upstream IS NULL AND account.deleted_at IS NULL \
             AND recovery_case.expires_at > $2 AND recovery_case.page IS NOT NULL AND ",
            $($condition),+
        )
    };
}

/// The live request of a page.
pub async fn by_page(
    connection: &mut Connection,
    page: &CallerPage,
    now: Timestamp,
) -> sqlx::Result<Option<StoredCall>> {
    sqlx::query("SELECT *, created_at AS asked_at FROM recovery_case WHERE page = $1 AND expires_at > $2")
        .bind(page.as_str())
        .bind(now.seconds())
        .fetch_optional(connection)
        .await?
        .map(|row| call(&row))
        .transpose()
}

/// The live requests of an authority's people that no mail answered, oldest first, after one.
pub async fn open(
    connection: &mut Connection,
    authority: &AuthorityId,
    (now, taken_since): (Timestamp, Timestamp),
    after: Option<(Timestamp, CaseNumber)>,
    most: i64,
) -> sqlx::Result<Vec<OpenRow>> {
    let (at, number) =
        after.map_or((i64::MIN, String::new()), |(at, number)| (at.seconds(), number.as_str().to_owned()));
    let rows = sqlx::query(open_cases!(
        "recovery_case.authority = $1 AND recovery_case.by_telephone = 1 \
         AND (recovery_case.created_at, recovery_case.number) > ($3, $4) \
         ORDER BY recovery_case.created_at, recovery_case.number LIMIT $5"
    ))
    .bind(authority.as_str())
    .bind(now.seconds())
    .bind(at)
    .bind(number)
    .bind(most)
    .fetch_all(connection)
    .await?;
    rows.iter().map(|row| open_row(row, taken_since)).collect()
}

/// How many those are, counted up to a number.
pub async fn count_open(
    connection: &mut Connection,
    authority: &AuthorityId,
    now: Timestamp,
    most: i64,
) -> sqlx::Result<i64> {
    sqlx::query_scalar(
        "SELECT COUNT(*) FROM (SELECT recovery_case.number FROM recovery_case \
         JOIN account ON account.id = recovery_case.account_id \
         WHERE recovery_case.authority = $1 AND recovery_case.by_telephone = 1 AND account.authority = $1 \
         AND account.upstream IS NULL AND account.deleted_at IS NULL AND recovery_case.expires_at > $2 \
         AND recovery_case.page IS NOT NULL LIMIT $3) AS counted",
    )
    .bind(authority.as_str())
    .bind(now.seconds())
    .bind(most)
    .fetch_one(connection)
    .await
}

/// The live requests about a person of an authority, the newest first.
pub async fn of_person(
    connection: &mut Connection,
    authority: &AuthorityId,
    person: &AccountId,
    (now, taken_since): (Timestamp, Timestamp),
) -> sqlx::Result<Vec<OpenRow>> {
    let rows = sqlx::query(open_cases!(
        "recovery_case.account_id = ",
        own_key!("account", "id", "$3"),
        " ORDER BY recovery_case.created_at DESC, recovery_case.number LIMIT $4"
    ))
    .bind(authority.as_str())
    .bind(now.seconds())
    .bind(person.as_str())
    .bind(2 * MOST_CASES)
    .fetch_all(connection)
    .await?;
    rows.iter().map(|row| open_row(row, taken_since)).collect()
}

/// A live request of an authority's people by its number.
pub async fn case(
    connection: &mut Connection,
    authority: &AuthorityId,
    number: &CaseNumber,
    now: Timestamp,
) -> sqlx::Result<Option<Case>> {
    let row = sqlx::query(concat!(
        "SELECT recovery_case.account_id, recovery_case.page, recovery_case.attempt, recovery_case.taken_by \
         FROM recovery_case JOIN account ON account.id = recovery_case.account_id \
         WHERE account.authority = $1 AND account.upstream IS NULL AND account.deleted_at IS NULL \
         AND recovery_case.expires_at > $3 AND recovery_case.page IS NOT NULL AND recovery_case.number = ",
        own_key!("recovery_case", "number", "$2"),
    ))
    .bind(authority.as_str())
    .bind(number.as_str())
    .bind(now.seconds())
    .fetch_optional(connection)
    .await?;
    row.map(|row| {
        Ok(Case {
            account: AccountId::from(row.try_get::<String, _>("account_id")?),
            page: row.try_get("page")?,
            attempt: row.try_get("attempt")?,
            taken_by: row.try_get("taken_by")?,
        })
    })
    .transpose()
}

/// Makes a case a manager's, unless it is another's who did something about it since.
pub async fn take(
    connection: &mut Connection,
    number: &CaseNumber,
    manager: &str,
    (now, taken_since): (Timestamp, Timestamp),
) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "UPDATE recovery_case SET taken_by = $1, taken_at = $2 WHERE number = $3 \
         AND (taken_by IS NULL OR taken_by = $1 OR taken_at <= $4)",
    )
    .bind(manager)
    .bind(now.seconds())
    .bind(number.as_str())
    .bind(taken_since.seconds())
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Makes a case nobody's; `false` when it is not this manager's.
pub async fn release(connection: &mut Connection, number: &CaseNumber, manager: &str) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "UPDATE recovery_case SET taken_by = NULL, taken_at = NULL WHERE number = $1 AND taken_by = $2",
    )
    .bind(number.as_str())
    .bind(manager)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Keeps a code in the place of any other, for one pair of matching codes; `false` when that pair had its own.
pub async fn put_code(
    connection: &mut Connection,
    (number, attempt): (&CaseNumber, i64),
    new: &NewCode<'_>,
) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "UPDATE recovery_case SET code = $1, code_state = $2, code_expires_at = $3, code_failures = 0, \
         proven_until = NULL, attempt = attempt + 1 WHERE number = $4 AND attempt = $5",
    )
    .bind(new.code)
    .bind(new.state)
    .bind(new.expires_at.seconds())
    .bind(number.as_str())
    .bind(attempt)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Counts a guess, and gives the code that it is about; `None` when no code counts on this page.
pub async fn take_guess(
    connection: &mut Connection,
    page: &CallerPage,
    most: i64,
    now: Timestamp,
) -> sqlx::Result<Option<Guess>> {
    let row = sqlx::query(
        "UPDATE recovery_case SET code_failures = code_failures + 1 WHERE page = $1 AND code IS NOT NULL \
         AND code_expires_at > $2 AND code_failures < $3 RETURNING code, code_state, code_failures",
    )
    .bind(page.as_str())
    .bind(now.seconds())
    .bind(most)
    .fetch_optional(connection)
    .await?;
    row.map(|row| {
        Ok(Guess {
            code: row.try_get("code")?,
            state: row.try_get("code_state")?,
            failures: row.try_get("code_failures")?,
        })
    })
    .transpose()
}

/// Takes a code away.
pub async fn forget_code(connection: &mut Connection, page: &CallerPage) -> sqlx::Result<()> {
    sqlx::query("UPDATE recovery_case SET code = NULL, code_expires_at = NULL WHERE page = $1")
        .bind(page.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// Notes that the code of a page was typed, which uses it up.
pub async fn prove(connection: &mut Connection, page: &CallerPage, until: Timestamp) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE recovery_case SET code = NULL, code_expires_at = NULL, proven_until = $1 WHERE page = $2",
    )
    .bind(until.seconds())
    .bind(page.as_str())
    .execute(connection)
    .await?;
    Ok(())
}

fn open_row(row: &AnyRow, taken_since: Timestamp) -> sqlx::Result<OpenRow> {
    let by: Option<String> = row.try_get("taken_by")?;
    let taken = match (by, moment(row, "taken_at")?) {
        (Some(by), Some(at)) if at > taken_since => {
            let name: [Option<String>; 2] = [row.try_get("manager_given")?, row.try_get("manager_family")?];
            let name = name.into_iter().flatten().collect::<Vec<_>>().join(" ");
            Some(Taken { by: AccountId::from(by), name, at })
        }
        _ => None,
    };
    Ok(OpenRow { call: call(row)?, person: account(row)?, taken })
}

fn call(row: &AnyRow) -> sqlx::Result<StoredCall> {
    Ok(StoredCall {
        number: CaseNumber::stored(row.try_get("number")?),
        account: row.try_get::<Option<String>, _>("account_id")?.map(AccountId::from),
        page: row.try_get("page")?,
        asked_at: Timestamp::from_seconds(row.try_get("asked_at")?),
        expires_at: Timestamp::from_seconds(row.try_get("expires_at")?),
        attempt: row.try_get("attempt")?,
        has_code: row.try_get::<Option<String>, _>("code")?.is_some(),
        code_expires_at: moment(row, "code_expires_at")?,
        proven_until: moment(row, "proven_until")?,
        code_state: row.try_get("code_state")?,
    })
}

fn moment(row: &AnyRow, column: &str) -> sqlx::Result<Option<Timestamp>> {
    Ok(row.try_get::<Option<i64>, _>(column)?.map(Timestamp::from_seconds))
}
