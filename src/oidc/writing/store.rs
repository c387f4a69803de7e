//! The table `oauth_grant`, as it is written by codes and refresh tokens.

use std::collections::HashSet;
use std::sync::LazyLock;

use futures_util::future::BoxFuture;
use sqlx::Row;

use super::{Moved, NewCode};
use crate::database::{Connection, Statement};
use crate::kit::clock::Timestamp;
use crate::oidc::store::{joined, written};
use crate::oidc::{Grant, GrantId};
use crate::signin::Sid;

/// The columns that a new grant has besides its session's other name and its generation.
const COLUMNS: [&str; 18] = [
    "id",
    "client_id",
    "account_id",
    "sid",
    "scope",
    "redirect_uri",
    "nonce",
    "code_hash",
    "code_challenge",
    "code_expires_at",
    "auth_time",
    "acr",
    "amr",
    "expires_at",
    "offline",
    "access_epoch",
    "claims",
    "resources",
];

/// A new grant, as the texts of its [`COLUMNS`].
pub type Columns = [Option<String>; COLUMNS.len()];

/// A grant that is to move on.
pub struct Move {
    pub grant: GrantId,
    /// Where it was found.
    pub generation: i64,
    pub now: Timestamp,
}

static ISSUE: LazyLock<Statement> = LazyLock::new(|| {
    let numbers = ["code_expires_at", "auth_time", "expires_at", "offline", "access_epoch"];
    let asked = COLUMNS.map(|column| {
        if numbers.contains(&column) {
            format!("CAST(asked.{column} AS BIGINT)")
        } else {
            format!("asked.{column}")
        }
    });
    let insert = format!(
        "INSERT INTO oauth_grant ({}, session_sid, generation) SELECT {}, asked.sid, 0 FROM asked \
         WHERE asked.id IS NOT NULL",
        COLUMNS.join(", "),
        asked.join(", ")
    );
    Statement::new(&COLUMNS, &insert)
});

/// The grant lives, as [`Grant::is_live`] says of one that was redeemed.
static MOVE_ON: LazyLock<Statement> = LazyLock::new(|| {
    Statement::new(
        &["grant_id", "generation", "now"],
        "UPDATE oauth_grant SET generation = oauth_grant.generation + 1, rotated_at = CAST(asked.now AS BIGINT), \
         redeemed_at = COALESCE(oauth_grant.redeemed_at, CAST(asked.now AS BIGINT)) FROM asked \
         WHERE oauth_grant.id = asked.grant_id \
         AND oauth_grant.generation = CAST(asked.generation AS BIGINT) AND oauth_grant.revoked_at IS NULL \
         AND oauth_grant.expires_at > CAST(asked.now AS BIGINT) \
         AND (oauth_grant.offline = 1 OR oauth_grant.sid IS NOT NULL) \
         AND (oauth_grant.redeemed_at IS NOT NULL OR oauth_grant.code_expires_at > CAST(asked.now AS BIGINT)) \
         RETURNING oauth_grant.id, oauth_grant.generation",
    )
});

/// What a new grant is stored as.
pub fn columns(grant: &Grant, code: &NewCode<'_>) -> sqlx::Result<Columns> {
    let seconds = |time: Timestamp| Some(time.seconds().to_string());
    Ok([
        Some(grant.id.to_string()),
        Some(grant.client_id.to_string()),
        Some(grant.account.to_string()),
        grant.sid.as_ref().map(Sid::to_string),
        Some(grant.scopes.to_string()),
        Some(code.redirect_uri.to_owned()),
        grant.nonce.clone(),
        Some(code.hash.as_str().to_owned()),
        grant.code_challenge.clone(),
        seconds(code.expires_at),
        seconds(grant.auth_time),
        Some(grant.acr.clone()),
        Some(grant.amr.join(" ")),
        seconds(grant.expires_at),
        Some(i64::from(grant.is_offline()).to_string()),
        Some(grant.epoch.number().to_string()),
        written(&grant.claims)?,
        Some(joined(&grant.resources)),
    ])
}

/// Stores new grants with their codes.
pub fn issue<'c>(connection: &'c mut Connection, new: &'c [Columns]) -> BoxFuture<'c, sqlx::Result<Vec<()>>> {
    Box::pin(async move {
        let asked = new.iter().map(|columns| columns.each_ref().map(Option::as_deref));
        ISSUE.rows(connection, asked).await?;
        Ok(vec![(); new.len()])
    })
}

/// Moves grants on. Of several that ask the same of one, the first has it.
pub fn move_on<'c>(
    connection: &'c mut Connection,
    moves: &'c [Move],
) -> BoxFuture<'c, sqlx::Result<Vec<Moved>>> {
    Box::pin(async move {
        let numbers: Vec<_> =
            moves.iter().map(|one| (one.generation.to_string(), one.now.seconds().to_string())).collect();
        let asked = moves
            .iter()
            .zip(&numbers)
            .map(|(one, (generation, now))| [one.grant.as_str(), generation.as_str(), now.as_str()]);
        let mut done = HashSet::new();
        for row in MOVE_ON.rows(connection, asked).await? {
            done.insert((row.try_get::<String, _>("id")?, row.try_get::<i64, _>("generation")?));
        }
        let outcome = |one: &Move| {
            let at = (one.grant.to_string(), one.generation + 1);
            if done.remove(&at) { Moved::On } else { Moved::Not }
        };
        Ok(moves.iter().map(outcome).collect())
    })
}
