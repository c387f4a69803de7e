//! A desk in an installation that is driven in process, and its supervisor.

use guichet::kit::clock::Clock;
use guichet::kit::secrets::TokenHash;
use http::StatusCode;
use sqlx::AssertSqlSafe;

use super::{Asked, House};

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
[[clients]]
client_id = "imagin"
client_name = "IMAGIN"
client_secret = "a-client-secret-of-the-measures-01234567"
token_endpoint_auth_method = "client_secret_post"
grant_types = ["client_credentials"]
scope = "scim"
resources = ["https://id.example/scim/v2"]
authority = "lyon"
"#;

const SESSION: &str = "desk-measure-session";
/// By which the manager's browser is known.
pub const COOKIE: &str = "__Host-guichet-session=desk-measure-session";

/// A token of the application of the Académie de Lyon, as a header has it.
pub async fn bearer(house: &House) -> String {
    let form = "grant_type=client_credentials&client_id=imagin&client_secret=a-client-secret-of-the-measures-01234567";
    let (status, _, body) = house.ask(&Asked { body: Some(form), ..Asked::form("POST", "/token") }).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let answer: serde_json::Value = serde_json::from_str(&body).expect("JSON");
    format!("Bearer {}", answer["access_token"].as_str().expect("a token"))
}

/// What the numbers of letters are written with.
const ALPHABET: &str = "ABCDEFGHJKMNPQRSTUVWXYZ23456789";

/// The number of the letter of a place.
pub fn letter(place: u32) -> String {
    let digit = |power: u32| &ALPHABET[(place / 31_u32.pow(power) % 31) as usize..][..1];
    format!("ABC{}-{}{}{}{}", digit(4), digit(3), digit(2), digit(1), digit(0))
}

/// The same in SQL, of a place that is an expression there.
pub fn letter_in_sql(place: &str) -> String {
    let digit = |power: u32| format!("substr('{ALPHABET}', 1 + (({place}) / {}) % 31, 1)", 31_u32.pow(power));
    format!("'ABC' || {} || '-' || {} || {} || {} || {}", digit(4), digit(3), digit(2), digit(1), digit(0))
}

/// Makes a supervisor of the Académie de Lyon, signed in with [`COOKIE`].
pub async fn name_supervisor(house: &House) {
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
        "INSERT INTO manager (authority, account_id, rank, named_at) VALUES ('lyon', 'manager', 'supervisor', 1)",
        &session,
    ] {
        sqlx::query(AssertSqlSafe(statement)).execute(&mut *transaction).await.expect("stored");
    }
    transaction.commit().await.expect("committed");
}
