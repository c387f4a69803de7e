//! What stands behind a token or a code: its grant with the person and the session, all of one moment.

use std::sync::LazyLock;

use futures_util::future::BoxFuture;
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::accounts::{self, Account};
use crate::database::{Connection, Statement};
use crate::kit::clock::Timestamp;
use crate::kit::secrets::TokenHash;
use crate::oidc::store::{self, grant_columns};
use crate::oidc::{ClientId, Grant, GrantId};
use crate::signin::SessionTimes;

/// A grant and what stands behind it.
pub struct Backed {
    pub grant: Grant,
    pub account: Account,
    /// The session in which it was made, while that is there.
    pub session: Option<SessionTimes>,
    /// Whether the access token that was asked about was taken back.
    pub is_token_revoked: bool,
}

/// What is asked of a token.
pub struct AskedOfToken {
    pub grant: GrantId,
    /// The `jti` of the access token that may have been taken back; empty for a refresh token.
    pub access_token: String,
}

/// What is asked of a code.
pub struct AskedOfCode {
    pub hash: TokenHash,
    pub client: ClientId,
    pub redirect_uri: String,
    pub now: Timestamp,
}

/// The questions come first: whatever the engine guesses of their number, each is one look at an index.
macro_rules! backed_where {
    ($condition:literal) => {
        concat!(
            "SELECT asked.place, account.*, browser_session.last_used_at AS session_used_at, \
             browser_session.expires_at AS session_expires_at, revoked_access_token.jti AS revoked_token, ",
            grant_columns!(),
            " FROM asked CROSS JOIN oauth_grant JOIN account ON account.id = oauth_grant.account_id \
             LEFT JOIN browser_session ON browser_session.sid = oauth_grant.sid \
             LEFT JOIN revoked_access_token ON revoked_access_token.jti = asked.access_token WHERE ",
            $condition
        )
    };
}

static OF_TOKENS: LazyLock<Statement> = LazyLock::new(|| {
    Statement::new(&["grant_id", "access_token"], backed_where!("oauth_grant.id = asked.grant_id"))
});
static OF_CODES: LazyLock<Statement> = LazyLock::new(|| {
    let condition = backed_where!(
        "oauth_grant.code_hash = asked.code AND oauth_grant.client_id = asked.client \
         AND oauth_grant.redirect_uri = asked.redirect_uri AND oauth_grant.redeemed_at IS NULL \
         AND oauth_grant.revoked_at IS NULL AND oauth_grant.code_expires_at > CAST(asked.now AS BIGINT)"
    );
    Statement::new(&["code", "client", "redirect_uri", "now", "access_token"], condition)
});

/// What stands behind some tokens: what every use of one asks.
pub fn behind_tokens<'c>(
    connection: &'c mut Connection,
    asked: &'c [AskedOfToken],
) -> BoxFuture<'c, sqlx::Result<Vec<Option<Backed>>>> {
    Box::pin(async move {
        let columns = asked.iter().map(|asked| [asked.grant.as_str(), asked.access_token.as_str()]);
        OF_TOKENS.put(connection, columns, backed).await
    })
}

/// What stands behind some codes that these clients may redeem with these addresses at this moment.
pub fn behind_codes<'c>(
    connection: &'c mut Connection,
    asked: &'c [AskedOfCode],
) -> BoxFuture<'c, sqlx::Result<Vec<Option<Backed>>>> {
    Box::pin(async move {
        let times: Vec<_> = asked.iter().map(|asked| asked.now.seconds().to_string()).collect();
        let columns = asked.iter().zip(&times).map(|(asked, now)| {
            [asked.hash.as_str(), asked.client.as_str(), asked.redirect_uri.as_str(), now, ""]
        });
        OF_CODES.put(connection, columns, backed).await
    })
}

fn backed(row: &AnyRow) -> sqlx::Result<Backed> {
    let time = |column: &str| row.try_get::<Option<i64>, _>(column);
    let times = time("session_used_at")?.zip(time("session_expires_at")?);
    Ok(Backed {
        grant: store::grant(row)?,
        account: accounts::account_of_row(row)?,
        session: times.map(|(used, ends)| SessionTimes {
            last_used_at: Timestamp::from_seconds(used),
            expires_at: Timestamp::from_seconds(ends),
        }),
        is_token_revoked: row.try_get::<Option<String>, _>("revoked_token")?.is_some(),
    })
}
