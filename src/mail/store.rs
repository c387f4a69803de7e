//! The table `outbox_mail`.

use super::{MailId, Outgoing};
use crate::database::Connection;
use crate::kit::clock::Timestamp;

/// Stores a mail that waits to be sent.
pub async fn insert(
    connection: &mut Connection,
    id: &MailId,
    mail: &Outgoing<'_>,
    sealed: &str,
    now: Timestamp,
) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO outbox_mail (id, account_id, kind, recipient, content, state, attempts, created_at, \
         next_attempt_at) VALUES ($1, $2, $3, $4, $5, 'waiting', 0, $6, $6)",
    )
    .bind(id.as_str())
    .bind(mail.account)
    .bind(mail.message.kind())
    .bind(mail.to.as_str())
    .bind(sealed)
    .bind(now.seconds())
    .execute(connection)
    .await?;
    Ok(())
}

/// When a mail was settled or, if that is unknown, last attempted; `None` before the first attempt.
pub async fn left_at(connection: &mut Connection, id: &MailId) -> sqlx::Result<Option<Timestamp>> {
    let settled: Option<Option<i64>> = sqlx::query_scalar("SELECT settled_at FROM outbox_mail WHERE id = $1")
        .bind(id.as_str())
        .fetch_optional(connection)
        .await?;
    Ok(settled.flatten().map(Timestamp::from_seconds))
}
