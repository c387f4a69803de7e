//! The tables `recovery_case` and `mailed_link`.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::super::AccountId;
use super::super::telephone::TAKEN_FOR;
use super::links::{LinkPurpose, MailedLink};
use crate::config::AuthorityId;
use crate::database::Connection;
use crate::kit::clock::Timestamp;
use crate::mail::MailId;

/// A request of somebody who forgot a password.
pub struct StoredCase<'a> {
    pub number: &'a str,
    pub subject: &'a str,
    pub account: Option<&'a AccountId>,
    pub authority: Option<&'a AuthorityId>,
    /// The name of the caller's page.
    pub page: &'a str,
    /// Whether only a manager can help.
    pub by_telephone: bool,
    pub locale: &'a str,
    pub task: i64,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// A request with a task to be done.
pub struct OpenTask {
    pub number: String,
    pub subject: String,
    pub account: AccountId,
    pub locale: String,
    pub task: i64,
}

/// Whether somebody is on the telephone about a request, where the first parameter is now and the second the time since
/// which a manager who takes care of it still does.
macro_rules! in_call {
    () => {
        "((code IS NOT NULL AND code_expires_at > $1) OR (proven_until IS NOT NULL AND proven_until > $1) \
         OR (taken_by IS NOT NULL AND taken_at > $2))"
    };
}

/// Takes the request of a subject out of its place if somebody is on the telephone about it, other than at the page of
/// whoever asks anew: it goes on, and no request takes its place any more.
pub async fn spare_calls(
    connection: &mut Connection,
    subject: &str,
    own_page: &str,
    now: Timestamp,
) -> sqlx::Result<()> {
    sqlx::query(concat!(
        "UPDATE recovery_case SET subject = number WHERE subject = $3 AND (page IS NULL OR page <> $4) AND ",
        in_call!()
    ))
    .bind(now.seconds())
    .bind((now - TAKEN_FOR).seconds())
    .bind(subject)
    .bind(own_page)
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes away the requests about the account of a new one, but so many with that and the newest others, and those about which
/// somebody is on the telephone.
pub async fn keep_newest(connection: &mut Connection, new: &StoredCase<'_>, most: i64) -> sqlx::Result<()> {
    sqlx::query(concat!(
        "DELETE FROM recovery_case WHERE account_id = $3 AND number <> $4 AND number NOT IN (\
         SELECT number FROM recovery_case WHERE account_id = $3 AND number <> $4 \
         ORDER BY created_at DESC, number LIMIT $5) AND NOT ",
        in_call!()
    ))
    .bind(new.created_at.seconds())
    .bind((new.created_at - TAKEN_FOR).seconds())
    .bind(new.account.map(AccountId::as_str))
    .bind(new.number)
    .bind(most - 1)
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes away the request of a subject, and the one that holds a number it may not keep: an expired one,
/// or with `unknown_too` one that leads to nobody.
pub async fn make_room(
    connection: &mut Connection,
    subject: &str,
    number: &str,
    unknown_too: bool,
    now: Timestamp,
) -> sqlx::Result<()> {
    sqlx::query(
        "DELETE FROM recovery_case WHERE subject = $1 OR (number = $2 AND (expires_at <= $3 \
         OR (account_id IS NULL AND $4 = 1)))",
    )
    .bind(subject)
    .bind(number)
    .bind(now.seconds())
    .bind(i64::from(unknown_too))
    .execute(connection)
    .await?;
    Ok(())
}

/// Gives the requests of somebody to the authority that looks after them from now on.
pub async fn adopt(
    connection: &mut Connection,
    account: &AccountId,
    authority: &AuthorityId,
) -> sqlx::Result<()> {
    sqlx::query("UPDATE recovery_case SET authority = $1 WHERE account_id = $2")
        .bind(authority.as_str())
        .bind(account.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// Stores a request; `false` when its number, or its subject, is there.
pub async fn insert_case(connection: &mut Connection, case: &StoredCase<'_>) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "INSERT INTO recovery_case (number, subject, account_id, locale, mail_wanted, created_at, expires_at, \
         authority, page, by_telephone) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING",
    )
    .bind(case.number)
    .bind(case.subject)
    .bind(case.account.map(AccountId::as_str))
    .bind(case.locale)
    .bind(case.task)
    .bind(case.created_at.seconds())
    .bind(case.expires_at.seconds())
    .bind(case.authority.map(AuthorityId::as_str))
    .bind(case.page)
    .bind(i64::from(case.by_telephone))
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The account of a live request.
pub async fn account_of_case(
    connection: &mut Connection,
    number: &str,
    now: Timestamp,
) -> sqlx::Result<Option<AccountId>> {
    let id: Option<Option<String>> =
        sqlx::query_scalar("SELECT account_id FROM recovery_case WHERE number = $1 AND expires_at > $2")
            .bind(number)
            .bind(now.seconds())
            .fetch_optional(connection)
            .await?;
    Ok(id.flatten().map(AccountId::from))
}

/// The oldest requests with a task.
pub async fn open_tasks(connection: &mut Connection, most: i64) -> sqlx::Result<Vec<OpenTask>> {
    let rows = sqlx::query(
        "SELECT number, subject, account_id, locale, mail_wanted FROM recovery_case \
         WHERE mail_wanted > 0 AND account_id IS NOT NULL ORDER BY created_at, number LIMIT $1",
    )
    .bind(most)
    .fetch_all(connection)
    .await?;
    let task = |row: &AnyRow| {
        Ok(OpenTask {
            number: row.try_get("number")?,
            subject: row.try_get("subject")?,
            account: AccountId::from(row.try_get::<String, _>("account_id")?),
            locale: row.try_get("locale")?,
            task: row.try_get("mail_wanted")?,
        })
    };
    rows.iter().map(task).collect()
}

/// Takes a task on; `false` when another node did, or the request is gone.
pub async fn claim(connection: &mut Connection, task: &OpenTask) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "UPDATE recovery_case SET mail_wanted = 0 WHERE number = $1 AND subject = $2 AND mail_wanted = $3",
    )
    .bind(&task.number)
    .bind(&task.subject)
    .bind(task.task)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Takes away every link and request of an account.
pub async fn end_all(connection: &mut Connection, account: &AccountId) -> sqlx::Result<()> {
    for statement in
        ["DELETE FROM mailed_link WHERE account_id = $1", "DELETE FROM recovery_case WHERE account_id = $1"]
    {
        sqlx::query(statement).bind(account.as_str()).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Stores a link in the place of the account's other one of the same purpose.
pub async fn put_link(connection: &mut Connection, token_hash: &str, link: &MailedLink) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO mailed_link (token_hash, account_id, purpose, address, state, mail_id, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (account_id, purpose) DO UPDATE SET token_hash = excluded.token_hash, \
         address = excluded.address, state = excluded.state, mail_id = excluded.mail_id, \
         created_at = excluded.created_at",
    )
    .bind(token_hash)
    .bind(link.account.as_str())
    .bind(link.purpose.word())
    .bind(&link.address)
    .bind(&link.state)
    .bind(link.mail.as_str())
    .bind(link.created_at.seconds())
    .execute(connection)
    .await?;
    Ok(())
}

/// The link of a token, alive or not.
pub async fn link_by_hash(
    connection: &mut Connection,
    token_hash: &str,
    purpose: LinkPurpose,
) -> sqlx::Result<Option<MailedLink>> {
    sqlx::query("SELECT * FROM mailed_link WHERE token_hash = $1 AND purpose = $2")
        .bind(token_hash)
        .bind(purpose.word())
        .fetch_optional(connection)
        .await?
        .map(|row| link(&row, purpose))
        .transpose()
}

/// The link of an account, alive or not.
pub async fn link_of_account(
    connection: &mut Connection,
    account: &AccountId,
    purpose: LinkPurpose,
) -> sqlx::Result<Option<MailedLink>> {
    sqlx::query("SELECT * FROM mailed_link WHERE account_id = $1 AND purpose = $2")
        .bind(account.as_str())
        .bind(purpose.word())
        .fetch_optional(connection)
        .await?
        .map(|row| link(&row, purpose))
        .transpose()
}

/// Takes a link away; `false` when it is gone, or another stands in its place.
pub async fn delete_link(connection: &mut Connection, link: &MailedLink) -> sqlx::Result<bool> {
    let done = sqlx::query("DELETE FROM mailed_link WHERE account_id = $1 AND purpose = $2 AND mail_id = $3")
        .bind(link.account.as_str())
        .bind(link.purpose.word())
        .bind(link.mail.as_str())
        .execute(connection)
        .await?;
    Ok(done.rows_affected() == 1)
}

fn link(row: &AnyRow, purpose: LinkPurpose) -> sqlx::Result<MailedLink> {
    Ok(MailedLink {
        account: AccountId::from(row.try_get::<String, _>("account_id")?),
        purpose,
        address: row.try_get("address")?,
        state: row.try_get("state")?,
        mail: MailId::from(row.try_get::<String, _>("mail_id")?),
        created_at: Timestamp::from_seconds(row.try_get("created_at")?),
    })
}
