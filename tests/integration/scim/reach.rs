//! Nothing of an authority is seen, changed, counted or told by applications of another, at any endpoint of SCIM.
//!
//! The endpoints are read from the sources, so that a new one is asked too. Each is asked by everybody with each method, while
//! path, query, headers and body name people of the other authority; what answers must be what answers for people that do not exist.

use std::collections::BTreeSet;

use http::Method;
use serde_json::{Value, json};

use super::{Application, BASE, BULK, EXTENSION, PATCH, USER, path, query, send, user};
use crate::desk::reach::{everything_of, sources};
use crate::desk::{MANAGER, signed_in, with_arena};
use crate::on_both_engines;
use crate::support::App;
use crate::support::client::Answer;

const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
/// What anybody may read: it tells of nobody.
const PUBLIC: [&str; 5] =
    ["/ServiceProviderConfig", "/ResourceTypes", "/ResourceTypes/{id}", "/Schemas", "/Schemas/{id}"];
/// What is there for nobody.
const NOT_HERE: [u16; 3] = [404, 405, 501];

fn methods() -> [Method; 7] {
    [Method::GET, Method::HEAD, Method::OPTIONS, Method::POST, Method::PUT, Method::PATCH, Method::DELETE]
}

/// Every path that the sources of SCIM route, as they write it.
fn templates() -> Vec<String> {
    let mut found = Vec::new();
    let mut count = 0;
    for text in sources("scim") {
        let routes = text.split(".route(").skip(1);
        count += routes.clone().count();
        let literal = routes.filter_map(|rest| rest.strip_prefix('"')?.split('"').next());
        found.extend(literal.map(str::to_owned));
    }
    // The API's bare path and its description, neither of which tells of anybody, are named otherwise.
    assert_eq!(found.len() + 2, count, "{found:?}");
    assert!(found.len() > 10, "{found:?}");
    found
}

/// What one person is known by.
struct Things {
    id: String,
    /// The id of a record that theirs took in.
    merged: String,
    user_name: String,
    external_id: String,
    email: String,
    letter: String,
    version: String,
    /// The name of an order for a letter.
    order: String,
    authority: &'static str,
    desk: &'static str,
    /// A name that no request ever says: who tells it has seen its bearer.
    mark: String,
}

impl Things {
    /// Those of a person whom an application makes, with a letter and a record that was merged.
    async fn of(application: &Application, authority: &'static str, desk: &'static str) -> Self {
        let name = |kind: &str| format!("{kind}-of-{authority}");
        let (user_name, external_id, order, mark) =
            (name("person"), name("key"), name("order"), name("mark"));
        let email = format!("{authority}@people.example");
        let mut new = user("Odile", &mark);
        new["userName"] = json!(user_name);
        new["externalId"] = json!(external_id);
        new["emails"] = json!([{ "value": email }]);
        let made = application.made(&new).await;
        let id = made["id"].as_str().unwrap().to_owned();
        let headers = [("idempotency-key", order.as_str())];
        let place = format!("{}/Letters", path(&made));
        let letter = application.ask(Method::POST, &place, &headers, Some(&json!({}))).await.text("number");
        let doubled = application.made(&user("Odile", &mark)).await;
        let merged = doubled["id"].as_str().unwrap().to_owned();
        let mut transaction = application.app.database.write().await.unwrap();
        let query = sqlx::query("UPDATE account SET merged_into = $1 WHERE id = $2").bind(&id).bind(&merged);
        query.execute(&mut *transaction).await.unwrap();
        transaction.commit().await.unwrap();
        let shown = application.get(&path(&made)).await.json;
        let version = shown["meta"]["version"].as_str().unwrap().to_owned();
        Self { id, merged, user_name, external_id, email, letter, version, order, authority, desk, mark }
    }

    /// Those of nobody, in the form of those of somebody. Identifiers are everybody's: one that somebody had who is gone is
    /// as good as taken.
    async fn of_nobody(application: &Application) -> Self {
        let mut gone = user("Jean", "Dupont");
        gone["userName"] = json!("person-who-is-gone");
        let gone = application.made(&gone).await;
        application.delete(&path(&gone)).await;
        Self {
            id: "AAAAAAAAAAAAAAAAAAAAAA".to_owned(),
            merged: "BBBBBBBBBBBBBBBBBBBBBB".to_owned(),
            user_name: "person-who-is-gone".to_owned(),
            external_id: "key-of-nobody".to_owned(),
            email: "nobody@people.example".to_owned(),
            letter: "2222-2222".to_owned(),
            version: "W/\"CCCCCCCCCCCCCCCCCCCCCC\"".to_owned(),
            order: "order-of-nobody".to_owned(),
            authority: "nowhere",
            desk: "nothing",
            mark: "mark-of-nobody".to_owned(),
        }
    }

    /// What an answer may say again because it was asked.
    fn asked(&self) -> [(&str, &'static str); 8] {
        [
            (&self.email, "<email>"),
            (&self.id, "<id>"),
            (&self.merged, "<merged>"),
            (&self.user_name, "<name>"),
            (&self.external_id, "<key>"),
            (&self.letter, "<letter>"),
            (&self.version, "<version>"),
            (&self.order, "<order>"),
        ]
    }

    fn is_asked(&self, value: &str) -> bool {
        self.asked().iter().any(|(asked, _)| *asked == value)
    }

    /// Filters that name the person in every way that there is.
    fn filters(&self) -> Vec<String> {
        let Self { id, merged, user_name, external_id, email, letter, version, .. } = self;
        vec![
            format!("id eq \"{id}\""),
            format!("id eq \"{merged}\""),
            format!("userName eq \"{user_name}\""),
            format!("externalId eq \"{external_id}\""),
            format!("emails.value eq \"{email}\""),
            format!("emails[type eq \"work\" and value eq \"{email}\"]"),
            format!("id eq \"{id}\" or userName eq \"{user_name}\""),
            format!("id sw \"{id}\""),
            format!("{EXTENSION}:letter.number eq \"{letter}\""),
            format!("{EXTENSION}:mergedInto eq \"{id}\""),
            format!("meta.version eq {}", json!(version)),
            format!("meta.location eq \"{BASE}/Users/{id}\""),
        ]
    }

    /// A user with everything of theirs, but for the identifier.
    fn user(&self) -> Value {
        let mut new = user("Jean", "Dupont");
        new["schemas"] = json!([USER, EXTENSION]);
        new["id"] = json!(self.id);
        new["authority"] = json!(self.authority);
        new["externalId"] = json!(self.external_id);
        new["emails"] = json!([{ "value": self.email }]);
        new["meta"] = json!({ "location": format!("{BASE}/Users/{}", self.id), "version": self.version });
        new[EXTENSION] = json!({
            "authority": self.authority, "mergedInto": self.id, "letter": { "number": self.letter, "desk": self.desk },
        });
        new
    }

    fn named_user(&self) -> Value {
        let mut new = self.user();
        new["userName"] = json!(self.user_name);
        new["active"] = json!(false);
        new
    }

    /// Changes that name them, one for each request.
    fn changes(&self) -> Vec<Value> {
        let change = |op: &str, path: &str, value: Value| json!({ "op": op, "path": path, "value": value });
        let selected = format!("emails[value eq \"{}\"]", self.email);
        let changes = [
            json!({ "op": "replace", "value": self.user() }),
            json!({ "op": "add", "value": self.named_user() }),
            change("replace", "active", json!(false)),
            change("replace", "id", json!(self.id)),
            change("replace", "userName", json!(self.user_name)),
            change("add", "externalId", json!(self.external_id)),
            change("replace", "authority", json!(self.authority)),
            change("add", &format!("{EXTENSION}:mergedInto"), json!(self.id)),
            change("replace", &format!("{EXTENSION}:authority"), json!(self.authority)),
            change("add", &selected, json!({ "value": self.email })),
            json!({ "op": "remove", "path": selected }),
        ];
        changes.into_iter().map(|one| json!({ "schemas": [PATCH], "Operations": [one] })).collect()
    }

    /// Orders that name them.
    fn orders(&self) -> [Value; 3] {
        let whole = json!({
            "id": self.id, "user": format!("{BASE}/Users/{}", self.id), "userName": self.user_name, "number": self.letter,
            "authority": self.authority, "replacePersonal": true,
        });
        [json!({}), json!({ "desk": self.desk }), whole]
    }

    /// Requests of many operations that name them, about whoever is put in the place of `{id}`.
    fn bulks(&self) -> Vec<Value> {
        let change = &self.changes()[0];
        let named = format!("bulkId:{}", self.id);
        let one = |method: &str, path: &str, data: &Value| {
            let name = format!("{method} {}", path.replace("{id}", "target"));
            json!({ "method": method, "path": path, "bulkId": name, "data": data })
        };
        let everywhere = templates().into_iter().flat_map(|template| {
            ["POST", "PUT", "PATCH", "DELETE"].map(|method| one(method, &template, &self.named_user()))
        });
        let made = json!({ "method": "POST", "path": "/Users", "bulkId": self.id, "data": self.user() });
        let about = |person: &str, order: usize| {
            let (place, letters) = (format!("/Users/{person}"), format!("/Users/{person}/Letters"));
            let versioned = |mut operation: Value| {
                operation["version"] = json!(self.version);
                operation
            };
            vec![
                one("POST", &letters, &self.orders()[order]),
                versioned(one("PATCH", &place, change)),
                one("PUT", &place, &self.user()),
                versioned(one("DELETE", &place, &json!({}))),
                one("DELETE", &place, &json!({})),
            ]
        };
        let all = [
            everywhere.collect(),
            about("{id}", 0),
            // What names them while it is the name of what this bulk makes, or of nothing.
            [vec![made], about(&named, 2)].concat(),
            about(&named, 1),
        ];
        let mut bulks: Vec<_> = all
            .into_iter()
            .map(|operations| json!({ "schemas": [BULK], "Operations": operations }))
            .collect();
        let first = json!([
            one("DELETE", &format!("/Users/{}", self.id), &json!({})),
            one("POST", "/Users", &self.user())
        ]);
        bulks.push(json!({ "schemas": [BULK], "failOnErrors": 1, "Operations": first }));
        bulks
    }

    /// All that a request may say of them.
    fn sayings(&self, method: &Method) -> Vec<Saying> {
        let conflicting =
            [("id", self.id.as_str()), ("userName", &self.user_name), ("authority", self.authority)];
        let filters = self.filters().into_iter();
        let mut sayings: Vec<Saying> = if [Method::GET, Method::HEAD, Method::OPTIONS].contains(method) {
            let mut queries = vec![query(&conflicting)];
            queries.extend(
                filters.map(|filter| query(&[&[("filter", filter.as_str())], &conflicting[..]].concat())),
            );
            queries.into_iter().map(|query| Saying { query, ..Saying::default() }).collect()
        } else {
            let searches =
                filters.map(|filter| json!({ "schemas": [SEARCH], "filter": filter, "id": self.id }));
            let bodies = [vec![self.user(), self.named_user()], self.changes(), searches.collect()].concat();
            let bodies = bodies.into_iter().chain(self.orders()).chain(self.bulks());
            bodies
                .map(|body| Saying { query: query(&conflicting), body: Some(body), headers: vec![] })
                .collect()
        };
        let order = self.orders()[0].clone();
        let kinds = [sayings[0].clone(), Saying { body: Some(order), ..Saying::default() }];
        for (name, value) in
            [("if-match", &self.version), ("if-none-match", &self.version), ("idempotency-key", &self.order)]
        {
            sayings.extend(kinds.clone().map(|one| Saying { headers: vec![(name, value.clone())], ..one }));
        }
        sayings
    }
}

/// What a request says besides its path.
#[derive(Clone, Debug, Default)]
struct Saying {
    query: String,
    headers: Vec<(&'static str, String)>,
    body: Option<Value>,
}

impl Saying {
    /// Says it at a path, both about one person.
    async fn send(&self, visitor: &Visitor, method: &Method, (template, id): (&str, &str)) -> Answer {
        let mut headers: Vec<_> = self.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        headers
            .extend(visitor.authorization.as_deref().map(|authorization| ("authorization", authorization)));
        let path = format!("{}?{}", template.replace("{id}", id), self.query);
        let about = |body: &Value| serde_json::from_str(&body.to_string().replace("{id}", id)).unwrap();
        let body: Option<Value> = self.body.as_ref().map(about);
        send(&visitor.app, method.clone(), &path, &headers, body.as_ref()).await
    }
}

/// Whom the path of a request names.
#[derive(Clone, Copy, Debug)]
enum Target {
    /// Whom the rest of it names too.
    Named,
    /// One of the application's own people.
    Own,
}

/// Somebody who asks.
struct Visitor {
    name: &'static str,
    app: App,
    authorization: Option<String>,
}

impl Visitor {
    fn new(name: &'static str, app: &App, token: &str) -> Self {
        Self { name, app: app.clone(), authorization: Some(format!("Bearer {token}")) }
    }
}

/// An answer, without what it was asked for and what is drawn anew for each.
fn told(answer: &Answer, things: &Things) -> (u16, Vec<String>, String) {
    let unasked = |mut text: String| {
        for (value, name) in things.asked() {
            text = text.replace(value, name);
            // A version stands with its quotes escaped in JSON.
            let quoted = json!(value).to_string();
            text = text.replace(&quoted[1..quoted.len() - 1], name);
        }
        text
    };
    let drawn = ["content-length", "etag", "x-request-id"];
    let headers = answer.headers.iter().filter(|(name, _)| !drawn.contains(&name.as_str()));
    let headers = headers.map(|(name, value)| match value.to_str().unwrap() {
        place if name.as_str().ends_with("location") => {
            format!("{name}: {}", unnamed(&unasked(place.to_owned())))
        }
        text => format!("{name}: {text}"),
    });
    let body = unasked(answer.body.clone());
    let body = match serde_json::from_str::<Value>(&body) {
        Ok(mut json) => {
            forget_what_is_new(&mut json);
            json.to_string()
        }
        Err(_) => body,
    };
    (answer.status.as_u16(), headers.collect(), body)
}

/// A text that names somebody, if it is not somebody who was asked for.
fn unnamed(text: &str) -> &str {
    if text.contains('<') { text } else { "<new>" }
}

fn forget_what_is_new(json: &mut Value) {
    let new = ["id", "location", "user", "version", "userName", "number", "temporaryPassword"];
    match json {
        Value::Array(values) => values.iter_mut().for_each(forget_what_is_new),
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(text) if new.contains(&name.as_str()) => *text = unnamed(text).to_owned(),
                    value => forget_what_is_new(value),
                }
            }
        }
        _ => {}
    }
}

/// The tokens that open nothing, whoever bears them.
async fn outsiders(app: &App) -> Vec<Visitor> {
    let (app, upstream) = with_arena(app).await;
    let app = app
        .restarted_with(|settings| {
            let client = settings.clients.iter_mut().find(|client| client.client_id == "app").unwrap();
            client.scope.push("scim".to_owned());
            client.resources.push(BASE.to_owned());
            client.authority = Some("lyon".into());
        })
        .await;
    let imagin = Application::imagin(&app).await;
    let without_scope = app
        .restarted_with(|settings| {
            let client = settings.clients.iter_mut().find(|client| client.client_id == "imagin").unwrap();
            client.scope.clear();
        })
        .await;
    let api = app.client("api").token(&[("grant_type", "client_credentials")]).await.text("access_token");
    let client = app.client("app");
    let address = client.authorization(&[("scope", "openid scim"), ("resource", BASE)]);
    app.person("elefevre").await;
    app.sql("UPDATE account SET authority = $1 WHERE identifier = 'elefevre'", "lyon").await;
    let person = client.redeem(&app.browser().sign_in(&address, "elefevre").await).await;
    let mut manager = signed_in(&app, &upstream, MANAGER, MANAGER).await;
    let manager = client.redeem(&manager.open(&address).await).await;
    vec![
        Visitor { name: "nobody", app: app.clone(), authorization: None },
        Visitor::new("garbage", &app, "AAAA.BBBB.CCCC"),
        Visitor {
            authorization: Some("Basic aW1hZ2luOng=".to_owned()),
            ..Visitor::new("a client's name", &app, "")
        },
        Visitor::new("an application of another API", &app, &api),
        Visitor::new("an application without the scope", &without_scope, &imagin.token),
        Visitor::new("a person", &app, &person.text("access_token")),
        Visitor::new("a manager", &app, &manager.text("access_token")),
    ]
}

on_both_engines! {
    async fn other_authorities_people_are_as_if_they_were_not_there(app: App) {
        let (imagin, centrale) = (Application::imagin(&app).await, Application::new(&app, "imagin-centrale").await);
        let theirs = Things::of(&centrale, "dgrh", "concours").await;
        let nobodys = Things::of_nobody(&imagin).await;
        let visitor = Visitor::new("imagin", &app, &imagin.token);
        let before = everything_of(&app, "dgrh").await;
        let mut statuses = BTreeSet::new();
        for method in methods() {
            let named = [&theirs, &nobodys].map(|things| (things, things.sayings(&method)));
            for template in templates() {
                let is_about_one = template.contains("{id}") || template == "/Bulk";
                for target in [Target::Named, Target::Own].into_iter().take(1 + usize::from(is_about_one)) {
                    for turn in 0..named[0].1.len() {
                        let mut answers = Vec::new();
                        for (things, sayings) in &named {
                            let id = match target {
                                Target::Named => things.id.clone(),
                                Target::Own => imagin.made(&user("Jeanne", "Martin")).await["id"].as_str().unwrap().to_owned(),
                            };
                            let answer = sayings[turn].send(&visitor, &method, (&template, &id)).await;
                            let tells = |secret: &str| answer.body.contains(secret) && !things.is_asked(secret);
                            let is_silent = !tells(&theirs.mark) && !tells(&theirs.id);
                            assert!(is_silent, "{method} {template} {target:?} {:?}: {}", sayings[turn], answer.body);
                            answers.push(told(&answer, things));
                            // A key that was taken is free for the next.
                            app.sql("UPDATE account SET source_key = NULL WHERE authority = $1", "lyon").await;
                        }
                        assert_eq!(answers[0], answers[1], "{method} {template} {target:?} {:?}", named[0].1[turn]);
                        statuses.insert(answers[0].0);
                        // Nobody reads what is said to a resource that is not there.
                        if [405, 501].contains(&answers[0].0) {
                            break;
                        }
                    }
                }
            }
        }
        // What is asked of one's own people is done, and refused, in every way that there is.
        let expected = [200, 201, 204, 400, 404, 405, 409, 412, 501];
        assert!(statuses.is_superset(&BTreeSet::from(expected)), "{statuses:?}");
        let after = everything_of(&app, "dgrh").await;
        assert_eq!(after, before);
        // Whatever was sought above is there for those whose it is.
        for filter in theirs.filters() {
            assert_ne!(centrale.found(&filter).await, [""; 0], "{filter}");
        }
    }

    async fn whoever_is_no_application_of_an_authority_learns_nothing(app: App) {
        let (imagin, centrale) = (Application::imagin(&app).await, Application::new(&app, "imagin-centrale").await);
        let nobodys = Things::of_nobody(&imagin).await;
        let people = [nobodys, Things::of(&imagin, "lyon", "dec").await, Things::of(&centrale, "dgrh", "concours").await];
        let visitors = outsiders(&app).await;
        let before = (everything_of(&app, "lyon").await, everything_of(&app, "dgrh").await);
        for visitor in visitors {
            for method in methods() {
                let named: Vec<_> = people.iter().map(|things| (things, things.sayings(&method))).collect();
                for template in templates() {
                    // Nothing that is said is read, so that a few of each kind are enough.
                    for turn in (0..named[0].1.len()).step_by(7) {
                        let mut answers = Vec::new();
                        for (things, sayings) in &named {
                            let answer = sayings[turn].send(&visitor, &method, (&template, &things.id)).await;
                            answers.push(told(&answer, things));
                        }
                        let (name, status) = (visitor.name, answers[0].0);
                        assert!(answers.iter().all(|one| *one == answers[0]), "{name}: {method} {template} {answers:?}");
                        let is_refused = [401, 403].contains(&status) || NOT_HERE.contains(&status);
                        let is_public = PUBLIC.contains(&template.as_str()) && method.is_safe();
                        assert!(is_refused || is_public, "{name}: {method} {template} {answers:?}");
                        if NOT_HERE.contains(&status) {
                            break;
                        }
                    }
                }
            }
        }
        let after = (everything_of(&app, "lyon").await, everything_of(&app, "dgrh").await);
        assert_eq!(after, before);
    }
}
