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

/// So many turns each operation has at each size, and the median counts.
const TURNS: usize = 5;

/// The cost of each operation at each size, in microseconds.
///
/// The sizes stand beside one another and have their turns by rota, so that a machine that slows down does so for all.
pub async fn costs(folder: &Path, time: Duration, sizes: &[u32]) -> Vec<(&'static str, Vec<f64>)> {
    let mut houses = Vec::new();
    for size in sizes {
        houses.push(furnished(&folder.join(format!("crowd-{size}")), *size).await);
        eprintln!("{size} people are there");
    }
    let mut crowds = Vec::new();
    for (house, size) in houses.iter().zip(sizes) {
        crowds.push(Crowd::gather(house.open("a crowd").await, *size).await);
    }
    let mut table = Vec::new();
    for (name, step) in Step::ALL {
        let mut turns = vec![Vec::new(); sizes.len()];
        for _ in 0..TURNS {
            for (crowd, turns) in crowds.iter_mut().zip(&mut turns) {
                turns.push(crowd.cost(step, time).await);
            }
        }
        table.push((name, turns.into_iter().map(median).collect()));
    }
    table
}

fn median(mut turns: Vec<f64>) -> f64 {
    turns.sort_by(f64::total_cmp);
    turns[turns.len() / 2]
}

/// A house in which so many people are.
async fn furnished(folder: &Path, size: u32) -> House {
    let house = House::furnish(folder, SETTINGS).await;
    drop(house.open("a crowd").await);
    house.make_person("elefevre");
    fill(&folder.join("data/guichet.db"), size).await;
    house
}

/// So many people, and those of them who come.
struct Crowd {
    provider: Provider,
    visitors: Vec<Visitor>,
}

/// Somebody who came: signed in, with tokens.
struct Visitor {
    browser: Browser,
    name: String,
    tokens: Value,
}

impl Crowd {
    async fn gather(provider: Provider, size: u32) -> Self {
        let mut visitors = Vec::new();
        for number in 0..VISITORS {
            let name = format!("p{}", 1 + number * (size / VISITORS));
            let mut browser = Browser::open(provider.port).await;
            let code = browser.authorize(&name, Wish::UserInfo).await;
            let tokens = browser.redeem(&code).await;
            visitors.push(Visitor { browser, name, tokens });
        }
        Self { provider, visitors }
    }

    async fn cost(&mut self, step: Step, time: Duration) -> f64 {
        let before = self.provider.cpu();
        let visitors = std::mem::take(&mut self.visitors);
        let (measured, visitors) = closed_loop(visitors, time, move |visitor| step.take(visitor)).await;
        self.visitors = visitors;
        let steps = measured.rate * time.as_secs_f64();
        (self.provider.cpu() - before) / steps.max(1.0) * 1e6
    }
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
    const ALL: [(&'static str, Self); 5] = [
        ("refresh with rotation", Self::Refresh),
        ("userinfo", Self::UserInfo),
        ("introspection", Self::Introspection),
        ("code flow with a session", Self::CodeFlow),
        ("password sign-in, cheap hash", Self::SignIn),
    ];

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

/// Puts so many people there: each with a password, a letter, some history, and a grant that lives.
///
/// Nothing is left to be done with them in the background: they are in the index, their events are sealed.
async fn fill(file: &Path, size: u32) {
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
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {size}) {statement}"
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
