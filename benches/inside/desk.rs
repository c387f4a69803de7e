//! A desk in an installation that is driven in process, and its manager.

use guichet::kit::clock::Clock;
use guichet::kit::secrets::TokenHash;
use sqlx::AssertSqlSafe;

use super::House;

/// Two authorities, each with a desk.
pub const CONFIGURATION: &str = r#"
[[authorities]]
id = "lyon"
name = "Académie de Lyon"
[[authorities.desks]]
id = "dec"
name = "Division des examens"
telephone = "04 72 80 00 01"
[[authorities]]
id = "dgrh"
name = "Direction générale des ressources humaines"
[[authorities.desks]]
id = "dgrh"
name = "Bureau des examens"
telephone = "01 55 55 00 01"
"#;

const SESSION: &str = "desk-measure-session";
/// By which the manager's browser is known.
pub const COOKIE: &str = "__Host-guichet-session=desk-measure-session";

/// Makes a manager of the Académie de Lyon, signed in with [`COOKIE`].
pub async fn name_manager(house: &House) {
    let mut transaction = house.database.write().await.expect("a transaction");
    let session = format!(
        "INSERT INTO browser_session (id_hash, sid, account_id, auth_time, acr, amr, last_used_at, expires_at, \
         access_epoch, began_at) VALUES ('{}', 'sid', 'manager', {now}, 'x', '', {now}, 9999999999, 0, {now})",
        TokenHash::of(SESSION).as_str(),
        now = Clock::system().now().seconds(),
    );
    for statement in [
        "INSERT INTO account (id, upstream, upstream_subject, given_name, family_name, email_verified, claims, created_at, \
         updated_at, indexed) VALUES ('manager', 'arena', 'cgarnier', 'Chantal', 'Garnier', 0, '{}', 1, 1, 1)",
        "INSERT INTO manager (authority, account_id, rank, named_at) VALUES ('lyon', 'manager', 'manager', 1)",
        &session,
    ] {
        sqlx::query(AssertSqlSafe(statement)).execute(&mut *transaction).await.expect("stored");
    }
    transaction.commit().await.expect("committed");
}
