//! Keys of another authority at the desk and at SCIM, beside keys of nobody: at each address that takes one.

use http::header::{AUTHORIZATION, COOKIE};

use crate::inside::{Asked, House, OwnDatabase, desk, fill};
use crate::shuffle;
use crate::welch::report;
use guichet::kit::random::Rng;

/// How many people, letters, batches and lists either authority has.
const THINGS: u32 = 20_000;
/// How often each address is asked; the first ones warm it up and are not counted.
const TIMES: usize = 10_000;
const WARM: usize = 500;
/// Keys are numbers of one length, by turns of another authority's, of one's own, and twice of nobody.
const FIRST: u32 = 200_000;
const KINDS: [(&str, u32); 2] = [("another authority's", 0), ("nobody's", 2)];

/// What is asked about the thing of a key.
struct Question {
    name: &'static str,
    method: &'static str,
    address: fn(u32) -> String,
    body: Option<&'static str>,
}

const QUESTIONS: [Question; 14] = [
    asked("the person's screen", |key| format!("/desk/lyon/people/account-{key}")),
    asked("a letter", |key| format!("/desk/lyon/letters/{}", desk::letter(key))),
    asked("a batch", |key| format!("/desk/lyon/letters/batches/batch-{key}")),
    asked("a list", |key| format!("/desk/lyon/imports/list-{key}")),
    asked("search by identifier", |key| format!("/desk/lyon/search?q=p{key}")),
    asked("search by letter", |key| format!("/desk/lyon/search?q={}", desk::letter(key))),
    asked("search by case", |key| format!("/desk/lyon/search?q={key}")),
    Question {
        name: "an act of the desk",
        method: "POST",
        address: |key| format!("/desk/lyon/people/account-{key}/disable"),
        body: Some("seen=x&shown=1&reason=pour%20voir"),
    },
    asked("news of a call", |key| format!("/desk/lyon/people/account-{key}/telephone/news")),
    Question {
        name: "a code for a call",
        method: "POST",
        address: |key| format!("/desk/lyon/people/account-{key}/telephone"),
        body: Some("seen=x&case=000000&attempt=1&codes-match=yes&identity-checked=yes"),
    },
    asked("the audit of one person", |key| format!("/desk/lyon/audit?person=account-{key}")),
    asked("SCIM, a user", |key| format!("/scim/v2/Users/account-{key}")),
    asked("SCIM, a search", |key| format!("/scim/v2/Users?filter=userName%20eq%20%22p{key}%22")),
    Question {
        name: "SCIM, a change",
        method: "PATCH",
        address: |key| format!("/scim/v2/Users/account-{key}"),
        body: Some(
            r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"active","value":false}]}"#,
        ),
    },
];

const fn asked(name: &'static str, address: fn(u32) -> String) -> Question {
    Question { name, method: "GET", address, body: None }
}

/// Probes everything on both engines, and prints what can be told.
pub async fn probe() {
    println!("SQLite");
    probe_all(&House::build_with("probes-desk", desk::CONFIGURATION, None).await).await;
    let Some(own) = OwnDatabase::make("probes").await else {
        println!("PostgreSQL is not probed: GUICHET_TEST_POSTGRES is not set");
        return;
    };
    println!("PostgreSQL");
    let house = House::build_with("probes-desk-postgres", desk::CONFIGURATION, Some(&own.url)).await;
    probe_all(&house).await;
    house.database.close().await;
    own.remove().await;
}

async fn probe_all(house: &House) {
    desk::name_supervisor(house).await;
    populate(house).await;
    let bearer = desk::bearer(house).await;
    for question in &QUESTIONS {
        let times = question.put(house, &bearer).await;
        println!("{} ({} times)", question.name, TIMES - WARM);
        report(&KINDS.map(|(kind, _)| kind), &times);
    }
}

/// Things of either authority, at keys of their own.
async fn populate(house: &House) {
    for (authority, place) in [("dgrh", 0), ("lyon", 1)] {
        let key = format!("({FIRST} + 4 * i + {place})");
        let name = format!("CAST({key} AS TEXT)");
        let statements = [
            format!(
                "INSERT INTO account (id, identifier, lookup_key, given_name, family_name, email_verified, claims, \
                 created_at, updated_at, authority) SELECT 'account-' || {name}, 'p' || {name}, 'p' || {name}, 'Zoé', \
                 'Roux', 0, '{{}}', 1, 1, '{authority}' FROM n"
            ),
            format!(
                "INSERT INTO letter (number, account_id, authority, desk, with_password, issued_at) \
                 SELECT {}, 'account-' || {name}, '{authority}', 'dec', 0, 1 FROM n",
                desk::letter_in_sql(&key)
            ),
            format!(
                "INSERT INTO recovery_case (number, subject, account_id, locale, mail_wanted, created_at, expires_at, authority) \
                 SELECT {name}, {name}, 'account-' || {name}, 'fr', 0, 1, 9999999999, '{authority}' FROM n"
            ),
            format!(
                "INSERT INTO audit_event (id, at, account_id, actor, kind, detail, authority) SELECT 'event-' || {name}, i, \
                 'account-' || {name}, 'person', 'signed-in', '', '{authority}' FROM n"
            ),
            format!(
                "INSERT INTO letter_batch (id, authority, desk, asked_by, reason, asked_at, letters, complete_at, attempts) \
                 SELECT 'batch-' || {name}, '{authority}', 'dec', 'manager', 'x', 1, 1, 1, 0 FROM n"
            ),
            format!(
                "INSERT INTO people_list (id, authority, name, reason, brought_by, brought_at, bytes, lines, state, \
                 done_line, attempts) SELECT 'list-' || {name}, '{authority}', 'x', 'x', 'manager', 1, 1, 1, 'foreseen', \
                 0, 0 FROM n"
            ),
        ];
        fill(&house.database, THINGS, &statements.each_ref().map(String::as_str)).await;
    }
    while house.accounts.index_people(5_000).await.expect("indexed") > 0 {}
    if house.database.engine() == guichet::database::Engine::Postgres {
        let mut connection = house.database.read().await.expect("a connection");
        sqlx::query("VACUUM ANALYZE").execute(&mut *connection).await.expect("analysed");
    }
}

impl Question {
    /// Asks about things of each kind, in random order.
    async fn put(&self, house: &House, bearer: &str) -> Vec<Vec<f64>> {
        let rng = Rng::system();
        let mut kinds: Vec<usize> = (0..TIMES).map(|turn| turn % KINDS.len()).collect();
        shuffle(&mut kinds);
        let content = if self.method == "PATCH" {
            "application/scim+json"
        } else {
            "application/x-www-form-urlencoded"
        };
        let headers = [(COOKIE, desk::COOKIE), (AUTHORIZATION, bearer)];
        let is_scim = self.name.starts_with("SCIM");
        let headers = if is_scim { &headers[1..] } else { &headers[..1] };
        let mut times = vec![Vec::new(); KINDS.len()];
        let mut statuses = Vec::new();
        for (turn, kind) in kinds.into_iter().enumerate() {
            let drawn = rng.below(THINGS);
            let address = (self.address)(FIRST + 4 * (1 + drawn) + KINDS[kind].1);
            let asked = Asked { content, headers, body: self.body, ..Asked::form(self.method, &address) };
            let (status, time, body) = house.ask(&asked).await;
            assert!(status != 401 && status != 403, "{address}: {status} {body}");
            if !statuses.contains(&status) {
                statuses.push(status);
            }
            if turn >= WARM {
                times[kind].push(time.as_secs_f64() * 1e6);
            }
        }
        assert_eq!(statuses.len(), 1, "{}: {statuses:?}", self.name);
        times
    }
}
