//! What is read of the table `audit_event` for those who supervise.

use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

use super::{Cursor, Filter, Noted};
use crate::config::AuthorityId;
use crate::database::{Connection, own_key};
use crate::kit::clock::Timestamp;

/// What is compared with a column.
enum Operand<'a> {
    Text(&'a str),
    Number(i64),
}

/// Events about one account, `$2`, with which the authority, `$1`, has or had something to do: it is looked for among its
/// people, its managers, and those who acted under it. The index of events by account leads to those of everybody, and
/// must not be followed for somebody else's.
pub const OF_ONE: &str = concat!(
    "account_id = COALESCE(",
    own_key!("account", "id", "$2"),
    ", ",
    own_key!("manager", "account_id", "$2"),
    ", (SELECT actor_id FROM audit_event WHERE authority = $1 AND actor_id = $2 LIMIT 1))",
);

/// Events under an authority, looked for in no index: of one account, SQLite would otherwise read all of the authority.
pub const UNDER: &str = "authority || '' = ?";

/// The events that fit, the latest first, behind a cursor.
///
/// What is not asked for is not in the statement: the engines choose the index by what is, and each filter has one
/// that ends with the order, so that a page costs the same wherever it stands.
pub async fn noted(
    connection: &mut Connection,
    filter: &Filter,
    behind: Option<&Cursor>,
    most: i64,
) -> sqlx::Result<Vec<Noted>> {
    let moment = |condition, at: Option<Timestamp>| at.map(|at| (condition, Operand::Number(at.seconds())));
    let whose = if filter.account.is_some() { UNDER } else { "authority = ?" };
    let asked = [
        Some((whose, Operand::Text(AuthorityId::as_str(&filter.authority)))),
        filter.account.as_ref().map(|id| (OF_ONE, Operand::Text(id))),
        filter.actor_id.as_ref().map(|id| ("actor_id = ?", Operand::Text(id))),
        filter.event.map(|event| ("kind = ?", Operand::Text(event.word()))),
        moment("at >= ?", filter.from),
        moment("at < ?", filter.until),
        behind.map(|cursor| ("at <= ?", Operand::Number(cursor.at))),
        behind.map(|cursor| ("(at < ? OR ", Operand::Number(cursor.at))),
        behind.map(|cursor| ("id < ?)", Operand::Text(&cursor.id))),
    ];
    let mut conditions = String::new();
    let mut operands = Vec::new();
    for (condition, operand) in asked.into_iter().flatten() {
        operands.push(operand);
        let glue = if conditions.is_empty() || conditions.ends_with("OR ") { "" } else { " AND " };
        conditions.push_str(glue);
        conditions.push_str(&condition.replace('?', &format!("${}", operands.len())));
    }
    let limit = operands.len() + 1;
    let statement =
        format!("SELECT * FROM audit_event WHERE {conditions} ORDER BY at DESC, id DESC LIMIT ${limit}");
    let mut query = sqlx::query(AssertSqlSafe(statement));
    for operand in operands {
        query = match operand {
            Operand::Text(text) => query.bind(text),
            Operand::Number(number) => query.bind(number),
        };
    }
    let rows = query.bind(most).fetch_all(connection).await?;
    rows.iter().map(read).collect()
}

fn read(row: &AnyRow) -> sqlx::Result<Noted> {
    Ok(Noted {
        id: row.try_get("id")?,
        at: row.try_get("at")?,
        account_id: row.try_get("account_id")?,
        actor: row.try_get("actor")?,
        actor_id: row.try_get("actor_id")?,
        kind: row.try_get("kind")?,
        detail: row.try_get("detail")?,
        reason: row.try_get("reason")?,
        seq: row.try_get("seq")?,
        seal: row.try_get("seal")?,
    })
}
