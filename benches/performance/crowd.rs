//! What an operation costs among a thousand people with their grants, and among a million.
//!
//! The cost is the server's own processor time, which what else the machine does changes least.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use sqlx::Connection as _;

use super::browser::{Browser, Wish, proof};
use super::load::{closed_loop, count};
use super::providers::{House, Provider};

/// So many people are there, one after the other.
pub const SIZES: [u32; 4] = [1_000, 10_000, 100_000, 1_000_000];
/// So many of them come, drawn over all that there are.
const VISITORS: u32 = 48;
/// A cheap hash: what is looked for is the cost beside it.
const SETTINGS: &str = "\n[passwords]\nargon2_memory = 7168\nargon2_passes = 1\n";

/// The cost of each operation at each size, in microseconds.
pub async fn costs(folder: &Path, time: Duration, sizes: &[u32]) -> Vec<(&'static str, Vec<f64>)> {
    let house = House::furnish(&folder.join("crowd"), SETTINGS).await;
    drop(house.open("a crowd").await);
    house.make_person("elefevre");
    let mut table = vec![
        ("refresh with rotation", Vec::new()),
        ("userinfo", Vec::new()),
        ("introspection", Vec::new()),
        ("code flow with a session", Vec::new()),
        ("password sign-in, cheap hash", Vec::new()),
    ];
    let mut before = 0;
    for size in sizes {
        fill(&folder.join("crowd/data/guichet.db"), before, *size).await;
        before = *size;
        let provider = house.open("a crowd").await;
        for (cost, (_, column)) in measure(&provider, *size, time).await.into_iter().zip(&mut table) {
            column.push(cost);
        }
        eprintln!("measured among {size} people");
    }
    table
}

/// Somebody who came: signed in, with tokens.
struct Visitor {
    browser: Browser,
    name: String,
    tokens: Value,
}

async fn measure(provider: &Provider, size: u32, time: Duration) -> Vec<f64> {
    let mut visitors = Vec::new();
    for number in 0..VISITORS {
        let name = format!("p{}", 1 + number * (size / VISITORS));
        let mut browser = Browser::open(provider.port).await;
        let code = browser.authorize(&name, Wish::UserInfo).await;
        let tokens = browser.redeem(&code).await;
        visitors.push(Visitor { browser, name, tokens });
    }
    let mut costs = Vec::new();
    let mut cost = async |visitors: Vec<Visitor>, step: Step| {
        let before = provider.cpu();
        let (measured, visitors) = closed_loop(visitors, time, move |visitor| step.take(visitor)).await;
        let steps = measured.rate * time.as_secs_f64();
        costs.push((provider.cpu() - before) / steps.max(1.0) * 1e6);
        visitors
    };
    for step in [Step::Refresh, Step::UserInfo, Step::Introspection, Step::CodeFlow, Step::SignIn] {
        visitors = cost(visitors, step).await;
    }
    costs
}

#[derive(Clone, Copy)]
enum Step {
    Refresh,
    UserInfo,
    Introspection,
    CodeFlow,
    SignIn,
}

impl Step {
    async fn take(self, mut visitor: Visitor) -> Visitor {
        let browser = &mut visitor.browser;
        let token = |member: &str| visitor.tokens[member].as_str().expect("a token").to_owned();
        match self {
            Self::Refresh => {
                let form = format!("grant_type=refresh_token&refresh_token={}", token("refresh_token"));
                visitor.tokens = browser.token(&form).await;
            }
            Self::UserInfo => {
                let bearer = format!("authorization: Bearer {}\r\n", token("access_token"));
                assert_eq!(browser.ask("GET", "/userinfo", &bearer, "").await.status, 200);
            }
            Self::Introspection => {
                let headers = format!("{}content-type: application/x-www-form-urlencoded\r\n", proof());
                let form = format!("token={}", token("access_token"));
                let answer = browser.ask("POST", "/introspect", &headers, &form).await;
                assert!(answer.body.contains("\"active\":true"), "{}", answer.body);
            }
            Self::CodeFlow | Self::SignIn => {
                if matches!(self, Self::SignIn) {
                    browser.forget();
                }
                let code = browser.authorize(&visitor.name, Wish::UserInfo).await;
                visitor.tokens = browser.redeem(&code).await;
            }
        }
        visitor
    }
}

/// Adds people until there are so many: each with a password, a letter, some history, and a grant that lives.
///
/// Nothing is left to be done with them in the background: they are in the index, their events are sealed.
async fn fill(file: &Path, before: u32, size: u32) {
    sqlx::any::install_default_drivers();
    let url = format!("sqlite://{}?mode=rw", file.display());
    let mut connection = sqlx::AnyConnection::connect(&url).await.expect("the database");
    let mut transaction = connection.begin().await.expect("a transaction");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("the time").as_secs();
    let statements = [
        format!(
            "INSERT INTO account (id, identifier, lookup_key, given_name, family_name, email, email_verified, claims, \
             created_at, updated_at, last_seen_at, indexed) SELECT 'account-' || i, 'p' || i, 'p' || i, 'Élodie', 'Lefèvre', \
             'p' || i || '@example.org', 1, '{{}}', {now}, {now}, {now}, 1 FROM n"
        ),
        "INSERT INTO taken_identifier (mark) SELECT 'p' || i FROM n".to_owned(),
        format!(
            "INSERT INTO password (account_id, hash, temporary, set_at) SELECT 'account-' || i, \
             (SELECT hash FROM password LIMIT 1), 0, {now} FROM n"
        ),
        format!(
            "INSERT INTO letter (number, account_id, authority, desk, with_password, issued_at) \
             SELECT 'letter-' || i, 'account-' || i, 'lyon', 'dec', 0, {now} FROM n"
        ),
        format!(
            "INSERT INTO audit_event (id, at, account_id, actor, kind, detail, authority, seq, seal) \
             SELECT 'event-' || i, {now}, 'account-' || i, 'person', 'signed-in', '', 'lyon', i, '' FROM n"
        ),
        format!(
            "INSERT INTO oauth_grant (id, client_id, account_id, scope, redirect_uri, code_hash, code_expires_at, \
             auth_time, acr, amr, redeemed_at, generation, rotated_at, expires_at, offline) \
             SELECT lower(hex(randomblob(11))), 'app', 'account-' || i, 'openid profile offline_access', \
             'https://app.example/callback', lower(hex(randomblob(32))), {now}, {now}, 'urn:guichet:acr:password', \
             'pwd', {now}, 1, {now}, {now} + 2592000, 1 FROM n"
        ),
    ];
    for statement in statements {
        let numbers = format!(
            "WITH RECURSIVE n(i) AS (SELECT {} UNION ALL SELECT i + 1 FROM n WHERE i < {size}) {statement}",
            before + 1
        );
        sqlx::query(sqlx::AssertSqlSafe(numbers)).execute(&mut *transaction).await.expect("filled");
    }
    transaction.commit().await.expect("committed");
    connection.close().await.expect("closed");
}

/// How much more it costs among the most people than among the fewest.
pub fn growth(costs: &[f64]) -> f64 {
    match costs {
        [first, .., last] => last / first,
        _ => 1.0,
    }
}

/// Sizes as places on an axis.
pub fn exponent(size: u32) -> f64 {
    count(size as usize).log10()
}
