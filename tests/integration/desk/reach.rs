//! Nothing of an authority is seen, changed or told by anybody else, at any address of the desk.
//!
//! The addresses are read from the sources, so that a new one is asked too. Each is asked by everybody, for each authority and for
//! objects of each, while query and body name others; what answers must be what answers for things that do not exist.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::time::Duration;

use guichet::accounts::{Account, Mandate, Replacing};
use guichet::database::Engine;
use http::Method;
use serde_json::json;
use sqlx::{Column, Row};

use super::people::ACTS;
use super::{MANAGER, OTHER_MANAGER, OTHER_SUPERVISOR, STAFF, SUPERVISOR, person_of, signed_in, with_arena};
use crate::on_both_engines;
use crate::recovery::{ask, case_of};
use crate::scim::{Application, PATCH};
use crate::support::browser::Page;
use crate::support::{App, Browser};

/// An authority that is not there.
const NOWHERE: &str = "nowhere";
/// An object that is not there.
const UNKNOWN: &str = "unknownunknown";
/// Another one.
const ELSEWHERE: &str = "unknownelsewhere";
/// Things that are not there, each in the form of what is: person, letter, case, batch, list, wish, manager.
const NOTHING: [&str; 7] = [UNKNOWN, "2222-2222", "000000", UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN];
/// What names the people of the two authorities on pages.
const OURS: &str = "ours-of-lyon";
const THEIRS: &str = "theirs-of-dgrh";

/// The texts of all sources of a room.
pub fn sources(room: &str) -> Vec<String> {
    let mut texts = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(room)];
    while let Some(folder) = folders.pop() {
        let entries: Vec<PathBuf> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        for path in entries {
            if path.is_dir() {
                folders.push(path);
            } else {
                texts.push(std::fs::read_to_string(path).unwrap());
            }
        }
    }
    texts
}

/// Every address that the desk's sources route, as they write it.
fn templates() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for text in sources("desk") {
        let quoted = text.split('"').skip(1).step_by(2);
        for word in quoted.filter(|word| word.starts_with("/desk/{authority}")) {
            if word.contains("{action}") {
                found.extend(ACTS.map(|act| word.replace("{action}", act)));
            } else {
                found.insert(word.to_owned());
            }
        }
    }
    assert!(found.len() > 20, "only {} addresses were found", found.len());
    found
}

/// An address with its authority, and one id in the place of every other name.
fn address(template: &str, authority: &str, id: &str) -> String {
    let filled = template.replace("{authority}", authority);
    let mut address = String::new();
    for part in filled.split('/').skip(1) {
        address.push('/');
        address.push_str(if part.starts_with('{') { id } else { part });
    }
    address
}

/// All that the database has of an authority, as text: whatever changes, changes it.
pub async fn everything_of(app: &App, authority: &str) -> String {
    let own = "SELECT id FROM account WHERE authority = $1";
    let mut all = String::new();
    for (table, condition) in [
        ("account", "authority = $1".to_owned()),
        ("letter", "authority = $1".to_owned()),
        ("manager", "authority = $1".to_owned()),
        ("audit_event", format!("authority = $1 OR account_id IN ({own})")),
        ("letter_batch", "authority = $1".to_owned()),
        ("people_list", "authority = $1".to_owned()),
        ("opening_wish", "authority = $1".to_owned()),
        ("access_opening", "authority = $1".to_owned()),
        ("unprinted_letter", "asked_by IN (SELECT account_id FROM manager WHERE authority = $1)".to_owned()),
        ("password", format!("account_id IN ({own})")),
        ("mailed_link", format!("account_id IN ({own})")),
        ("recovery_case", format!("account_id IN ({own})")),
        ("browser_session", format!("account_id IN ({own})")),
        ("oauth_grant", format!("account_id IN ({own})")),
        ("search_word", format!("account_id IN ({own})")),
    ] {
        let mut connection = app.database.read().await.unwrap();
        let sample = format!("SELECT * FROM {table} LIMIT 1");
        let sample = sqlx::query(sqlx::AssertSqlSafe(sample)).fetch_optional(&mut *connection).await.unwrap();
        let Some(sample) = sample else { continue };
        // What is noted once a minute of a session, and of the chain afterwards, is nobody's doing.
        let left_out = ["last_used_at", "sequence", "seal"];
        let columns: Vec<String> = sample
            .columns()
            .iter()
            .filter(|column| !left_out.contains(&column.name()))
            .map(|column| format!("COALESCE(CAST({} AS TEXT), '-')", column.name()))
            .collect();
        let columns = columns.join(" || ' ' || ");
        let query = format!("SELECT {columns} FROM {table} WHERE {condition} ORDER BY 1");
        let rows = sqlx::query(sqlx::AssertSqlSafe(query)).bind(authority).fetch_all(&mut *connection).await;
        for row in rows.unwrap() {
            let _ = writeln!(all, "{table}: {}", row.get::<String, _>(0));
        }
    }
    all
}

/// An answer without what differs from one request to the next, and without the ids that were asked for.
fn told(page: &Page, ids: &[&str]) -> (u16, String, String) {
    let mut body = page.body.clone();
    if let Some(start) = body.find("guichet-reference") {
        let end = body[start..].find("</p>").map_or(body.len(), |end| start + end);
        body.replace_range(start..end, "");
    }
    let location = page.location().unwrap_or_default();
    let location = location.split('?').next().unwrap_or_default().to_owned();
    let without = |text: String| ids.iter().fold(text, |text, id| text.replace(id, "ID"));
    (page.status.as_u16(), without(location), without(body))
}

/// One authority's person, with a letter and a case, and what else its desk has: a batch, a list, a wish, a manager.
struct Objects {
    account: Account,
    letter: String,
    case: String,
    batch: String,
    list: String,
    wish: String,
    manager: String,
}

impl Objects {
    async fn of(app: &App, identifier: &str, authority: &'static str) -> Self {
        let account = person_of(app, identifier, authority).await;
        let sender = app.accounts.sender(Some(authority), None).unwrap();
        let operator = Mandate::operator();
        let issued = app.accounts.issue_letter(&account.id, &sender, Replacing::OnlyTemporary, &operator);
        let letter = issued.await.unwrap().letter.number.to_string();
        let case = case_of(&ask(&mut app.browser(), identifier).await).expect("a case");
        let name = |kind: &str| format!("{kind}of{identifier}").replace('-', "");
        let (batch, list, wish, manager) = (name("batch"), name("list"), name("wish"), name("manager"));
        let mut transaction = app.database.write().await.unwrap();
        for (statement, values) in [
            (
                "INSERT INTO account (id, upstream, upstream_subject, family_name, email_verified, claims, created_at, \
                 updated_at) VALUES ($1, 'arena', $1, $2, 0, '{}', 1, 1)",
                vec![manager.as_str(), identifier],
            ),
            (
                "INSERT INTO letter_batch (id, authority, desk, asked_by, reason, asked_at, letters, complete_at, \
                 attempts) VALUES ($1, $2, 'dec', $3, $4, 1, 1, 1, 0)",
                vec![&batch, authority, &manager, identifier],
            ),
            (
                "INSERT INTO people_list (id, authority, name, reason, brought_by, brought_at, bytes, lines, state, \
                 done_line, attempts) VALUES ($1, $2, $4, $4, $3, 1, 1, 1, 'foreseen', 0, 0)",
                vec![&list, authority, &manager, identifier],
            ),
            (
                "INSERT INTO opening_wish (id, authority, account_id, manager, way, reason, state, asked_at, \
                 expires_at) VALUES ($1, $2, $5, $3, 'letter', $4, 'x', 1, 9000000000)",
                vec![&wish, authority, &manager, identifier, account.id.as_str()],
            ),
            (
                "INSERT INTO manager (authority, account_id, rank, named_at) VALUES ($1, $2, 'manager', 1)",
                vec![authority, &manager],
            ),
            ("UPDATE letter SET batch = $1, place = 1 WHERE number = $2", vec![&batch, &letter]),
        ] {
            let query = values.into_iter().fold(sqlx::query(statement), sqlx::query::Query::bind);
            query.execute(&mut *transaction).await.unwrap();
        }
        transaction.commit().await.unwrap();
        Self { account, letter, case, batch, list, wish, manager }
    }

    fn all(&self) -> [&str; 7] {
        [
            self.account.id.as_str(),
            &self.letter,
            &self.case,
            &self.batch,
            &self.list,
            &self.wish,
            &self.manager,
        ]
    }

    /// The ids with which an address is asked: of what it names, and of something else, another for each address.
    fn ids(&self, template: &str, turn: usize) -> BTreeSet<&str> {
        let [person, letter, _, batch, list, _, manager] = self.all();
        let named = [
            ("{person}", person),
            ("/people/{id}", person),
            ("{number}", letter),
            ("{batch}", batch),
            ("{list}", list),
            ("{account}", manager),
        ];
        let natural = named.into_iter().filter(|(place, _)| template.contains(place)).map(|(_, id)| id);
        natural.chain([self.all()[turn % self.all().len()]]).collect()
    }
}

/// The public name of the session of somebody of ARENA.
async fn session_of(app: &App, subject: &str) -> String {
    sqlx::query_scalar(
        "SELECT sid FROM browser_session JOIN account ON account.id = account_id WHERE upstream_subject = $1",
    )
    .bind(subject)
    .fetch_optional(&mut *app.database.read().await.unwrap())
    .await
    .unwrap()
    .unwrap_or_default()
}

/// Fields that name somebody else's things, under every name that a form of the desk uses: each by what its name says,
/// but `id`, and those that may be anything, which are the id of the address.
fn conflicting(session: &str, id: &str, things: &[&str; 7]) -> Vec<(&'static str, String)> {
    let [person, letter, case, batch, list, wish, manager] = *things;
    let named = [
        ("id", id),
        ("person", person),
        ("account", person),
        ("sub", person),
        ("letter", letter),
        ("number", letter),
        ("mail", id),
        ("list", list),
        ("batch", batch),
        ("wish", wish),
        ("other", person),
        ("manager", manager),
        ("code", id),
        ("who", manager),
        ("form", "AAAAAAAAAAAAAAAAAAAAAA"),
    ];
    let mut fields: Vec<_> = named.into_iter().map(|(name, value)| (name, value.to_owned())).collect();
    for (name, value) in [
        ("session", session),
        ("authority", "dgrh"),
        ("case", case),
        ("seen", "x"),
        ("reason", "pour voir"),
        ("act", "take"),
        ("rank", "supervisor"),
        ("role", "supervisor"),
        ("confirm", "yes"),
        ("email", "attacker@example.org"),
        ("desk", "concours"),
        ("attempt", "1"),
        ("codes-match", "yes"),
        ("identity-checked", "yes"),
    ] {
        fields.push((name, value.to_owned()));
    }
    fields
}

async fn send(
    browser: &mut Browser,
    method: &Method,
    address: &str,
    fields: &[(&'static str, String)],
) -> Page {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    if *method == Method::POST {
        return browser.post(address, &fields).await;
    }
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    browser.get(&format!("{address}?{query}")).await
}

on_both_engines! {
    async fn other_authorities_are_as_if_they_were_not_there(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let ours = Objects::of(&app, OURS, "lyon").await;
        let theirs = Objects::of(&app, THEIRS, "dgrh").await;
        let mut external = app.browser();
        person_of(&app, "external-person", "lyon").await;
        external.sign_in(&app.client("app").authorization(&[]), "external-person").await.code();
        let mut visitors = vec![("nobody", app.browser(), false), ("external", external, false)];
        for (function, is_ours) in
            [(STAFF, false), (MANAGER, true), (SUPERVISOR, true), (OTHER_MANAGER, false), (OTHER_SUPERVISOR, false)]
        {
            visitors.push((function, signed_in(&app, &upstream, function, function).await, is_ours));
        }
        // Only those of the DGRH may do anything there: they are asked about Lyon.
        for (name, browser, is_ours) in &mut visitors {
            let is_theirs = [OTHER_MANAGER, OTHER_SUPERVISOR].contains(name);
            let (strange, own, objects) = if is_theirs { ("lyon", "dgrh", &ours) } else { ("dgrh", "lyon", &theirs) };
            let before = everything_of(&app, strange).await;
            let session = session_of(&app, name).await;
            for (turn, template) in templates().into_iter().enumerate() {
                for method in [Method::GET, Method::POST] {
                    for id in objects.ids(&template, turn) {
                        // Their address, and one of an authority that is not there.
                        let fields = conflicting(&session, id, &objects.all());
                        let answer = send(browser, &method, &address(&template, strange, id), &fields).await;
                        let nothing = send(browser, &method, &address(&template, NOWHERE, UNKNOWN), &fields).await;
                        let ids = [objects.all().as_slice(), &[id, UNKNOWN, strange, NOWHERE]].concat();
                        let (answer, nothing) = (told(&answer, &ids), told(&nothing, &ids));
                        assert_eq!(answer, nothing, "{name}: {method} {template} of {strange} with {id}");
                        if !*is_ours && !is_theirs {
                            continue;
                        }
                        // Their things below one's own address.
                        let answer = send(browser, &method, &address(&template, own, id), &fields).await;
                        // Where address and body name two things, so do they here.
                        let absent = if id == objects.account.id.as_str() { UNKNOWN } else { ELSEWHERE };
                        let unknown = conflicting(&session, absent, &NOTHING);
                        let nothing = send(browser, &method, &address(&template, own, absent), &unknown).await;
                        let marks = [THEIRS, OURS];
                        let mark = marks[usize::from(is_theirs)];
                        assert!(!answer.body.contains(mark), "{name}: {method} {template} tells of {mark}");
                        let (answer, nothing) = (told(&answer, &ids), told(&nothing, &ids));
                        assert_eq!(answer.0, nothing.0, "{name}: {method} {template} with {id}");
                    }
                }
            }
            let after = everything_of(&app, strange).await;
            assert_eq!(after, before, "{name} changed something of {strange}");
        }
    }

    /// On PostgreSQL, where a row can be held while others work; the embedded engine has one writer for all.
    async fn what_another_authority_changes_keeps_nobody_waiting(app: App) {
        if app.database.engine() != Engine::Postgres {
            return;
        }
        let (app, upstream) = with_arena(&app).await;
        let (ours, theirs) = (Objects::of(&app, OURS, "lyon").await, Objects::of(&app, THEIRS, "dgrh").await);
        let mut manager = signed_in(&app, &upstream, SUPERVISOR, SUPERVISOR).await;
        let session = session_of(&app, SUPERVISOR).await;
        let imagin = Application::imagin(&app).await;
        // The state of one's own person, so that what is about two goes on to the other one.
        let screen = manager.get(&format!("/desk/lyon/people/{}", ours.account.id)).await;
        let seen = screen.hidden("seen");
        let mut held = app.database.write().await.unwrap();
        for table in ["account", "letter", "letter_batch", "people_list", "opening_wish", "recovery_case", "manager"] {
            let lock = format!("SELECT 1 AS locked FROM {table} WHERE authority = 'dgrh' FOR UPDATE");
            let rows = sqlx::query(sqlx::AssertSqlSafe(lock)).fetch_all(&mut *held).await.unwrap();
            assert!(!rows.is_empty(), "nothing of {table} is held");
        }
        let within = async |asked: String, answer: Pin<Box<dyn Future<Output = u16> + '_>>| {
            let answer = tokio::time::timeout(Duration::from_secs(20), answer).await;
            answer.unwrap_or_else(|_| panic!("{asked} waits for another authority"))
        };
        // Their things in the address, or one's own there and theirs in the form.
        let own = ours.account.id.as_str();
        let mut templates: Vec<String> = templates().into_iter().collect();
        // What is about two comes first: other acts change what was seen.
        templates.sort_by_key(|template| !["/merge", "/separate"].iter().any(|end| template.ends_with(end)));
        for (turn, template) in templates.into_iter().enumerate() {
            for method in [Method::GET, Method::POST] {
                for id in theirs.ids(&template, turn).into_iter().chain([own]) {
                    let (place, mut fields) = (address(&template, "lyon", id), conflicting(&session, id, &theirs.all()));
                    if id == own {
                        fields.iter_mut().filter(|(name, _)| *name == "seen").for_each(|(_, value)| value.clone_from(&seen));
                    }
                    let answer = async { send(&mut manager, &method, &place, &fields).await.status.as_u16() };
                    within(format!("{method} {place}"), Box::pin(answer)).await;
                }
            }
        }
        let place = format!("/Users/{}", theirs.account.id);
        let change = json!({ "schemas": [PATCH], "Operations": [{ "op": "replace", "path": "active", "value": false }] });
        for method in [Method::GET, Method::PUT, Method::PATCH, Method::DELETE] {
            let body = (method != Method::GET).then_some(&change);
            let answer = async { imagin.ask(method.clone(), &place, &[], body).await.status.as_u16() };
            let status = within(format!("{method} {place}"), Box::pin(answer)).await;
            assert!([400, 404].contains(&status), "{method}: {status}");
        }
    }
}
