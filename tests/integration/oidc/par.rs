//! Requests that clients leave here before they send the browser (RFC 9126).

use futures_util::future::join_all;
use guichet::server::janitor::Matter;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, Request};

use super::registration::{CALLBACK, client_of, open_to_anybody, register};
use super::{PERSON, assert_asks_to_sign_in, assert_problem_page, basic, form_encoded, refusal};
use crate::on_both_engines;
use crate::support::app::CLIENT_SECRET;
use crate::support::browser::Page;
use crate::support::client::{Answer, Client, claims};

const FORM: &str = "application/x-www-form-urlencoded";
const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";

/// The parameters of an authorization request.
fn parameters(client: &Client, more: &[(&str, &str)]) -> Vec<(String, String)> {
    let address = client.authorization(more);
    url::form_urlencoded::parse(address.split_once('?').unwrap().1.as_bytes()).into_owned().collect()
}

async fn posted(client: &Client, headers: HeaderMap, body: String) -> Answer {
    let mut request = Request::post("/par").header(CONTENT_TYPE, FORM).body(body.into()).unwrap();
    request.headers_mut().extend(headers);
    client.ask(request).await
}

/// Pushes a request of a client that authenticates by HTTP Basic.
async fn push(client: &Client, more: &[(&str, &str)]) -> Answer {
    let pairs = parameters(client, more);
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    posted(client, basic(&client.id, CLIENT_SECRET), form_encoded(&pairs)).await
}

async fn pushed(client: &Client, more: &[(&str, &str)]) -> String {
    let answer = push(client, more).await;
    assert_eq!(answer.status, 201, "{}", answer.json);
    answer.text("request_uri")
}

fn by_name(client: &str, request_uri: &str) -> String {
    format!("/authorize?{}", form_encoded(&[("client_id", client), ("request_uri", request_uri)]))
}

fn assert_is_used_up(page: &Page, case: &str) {
    assert_problem_page(page, case);
    assert!(
        page.body.contains("plus valable") || page.body.contains("no longer valid"),
        "{case}: {}",
        page.body
    );
}

on_both_engines! {
    async fn a_pushed_request_is_named_and_gives_a_code(app: App) {
        app.person(PERSON).await;
        let client = app.client("app");
        let answer = push(&client, &[("max_age", "300")]).await;
        assert_eq!((answer.status.as_u16(), &answer.json["expires_in"]), (201, &60.into()));
        assert_eq!(answer.headers["cache-control"], "no-store");
        let request_uri = answer.text("request_uri");
        // 256 bits behind the prefix of the standard.
        assert_eq!(request_uri.strip_prefix(PREFIX).map(str::len), Some(43));
        assert_eq!(answer.json.as_object().unwrap().len(), 2);
        let back = app.browser().sign_in(&by_name("app", &request_uri), PERSON).await;
        assert_eq!(back.redirect_parameters()["state"], "the-state");
        let tokens = client.redeem(&back).await;
        assert_eq!(claims(&tokens.text("id_token"))["nonce"], "the-nonce");
    }

    async fn nothing_outside_counts_but_the_client(app: App) {
        app.person(PERSON).await;
        let client = app.client("app");
        let request_uri = pushed(&client, &[]).await;
        let more = [
            ("redirect_uri", "https://evil.example/"),
            ("state", "another"),
            ("scope", "openid email phone"),
            ("prompt", "none"),
            ("response_mode", "form_post"),
            ("code_challenge", ""),
        ];
        let address = format!("{}&{}", by_name("app", &request_uri), form_encoded(&more));
        let back = app.browser().sign_in(&address, PERSON).await;
        assert!(back.location().unwrap().starts_with(&client.redirect_uri));
        assert_eq!(back.redirect_parameters()["state"], "the-state");
        assert_eq!(client.redeem(&back).await.text("scope"), "openid profile");
    }

    async fn a_name_is_good_for_its_client_for_a_minute_and_for_one_code(app: App) {
        app.person(PERSON).await;
        let client = app.client("app");
        let request_uri = pushed(&client, &[]).await;
        let address = by_name("app", &request_uri);
        for wrong in [
            by_name("post", &request_uri),
            by_name("third", &request_uri),
            by_name("app", &request_uri[..request_uri.len() - 1]),
            by_name("app", &format!("{request_uri}A")),
            by_name("app", PREFIX),
        ] {
            assert_is_used_up(&app.browser().get(&wrong).await, &wrong);
        }
        assert_problem_page(&app.browser().get(&by_name("", &request_uri)).await, "no client");

        app.wait(59);
        let mut browser = app.browser();
        // A page may be loaded again.
        for _ in 0..3 {
            assert_asks_to_sign_in(&browser.get(&address).await, "within the minute");
        }
        let form = browser.password_form(&address).await;
        let mut elsewhere = app.browser();
        let other_form = elsewhere.password_form(&address).await;
        app.wait(1);
        assert_is_used_up(&app.browser().get(&address).await, "after the minute");
        // Whoever has begun has time.
        app.wait(3_600);
        let credentials = [("username", PERSON), ("password", crate::support::app::PASSWORD)];
        let back = browser.submit(&form.form_action(), &credentials).await;
        back.code();
        // Of two who began, one gets a code.
        let late = elsewhere.submit(&other_form.form_action(), &credentials).await;
        assert_eq!(late.error(), "invalid_request_uri");
        assert_eq!(app.count("SELECT COUNT(*) FROM pushed_request").await, 0);
    }

    async fn of_many_who_use_a_name_at_once_one_gets_a_code(app: App) {
        app.person(PERSON).await;
        let client = app.client("app");
        let mut browser = app.browser();
        browser.sign_in(&client.authorization(&[]), PERSON).await;
        let address = by_name("app", &pushed(&client, &[]).await);
        let second = app.another_node().await;
        let racers = (0..12).map(|number| {
            let mut racer = browser.at(if number % 2 == 0 { &app } else { &second });
            let address = address.clone();
            async move { racer.get(&address).await }
        });
        let pages = join_all(racers).await;
        let codes = pages.iter().filter(|page| {
            page.location().is_some_and(|location| location.contains("code="))
        });
        assert_eq!(codes.count(), 1);
        for page in &pages {
            let late = page.location().is_none_or(|location| {
                location.contains("code=") || location.contains("error=invalid_request_uri")
            });
            assert!(late, "{:?}", page.location());
        }
    }

    async fn a_request_pushed_at_one_node_is_known_at_the_other(app: App) {
        app.person(PERSON).await;
        let client = app.client("app");
        let request_uri = pushed(&client, &[]).await;
        let second = app.another_node().await;
        second.browser().sign_in(&by_name("app", &request_uri), PERSON).await.code();
        assert_is_used_up(&app.browser().get(&by_name("app", &request_uri)).await, "used there");
    }

    async fn what_is_wrong_with_a_request_is_told_at_once_and_not_kept(app: App) {
        let client = app.client("app");
        let cases: [(&[(&str, &str)], &str); 11] = [
            (&[("response_type", "token")], "unsupported_response_type"),
            (&[("response_type", "")], "invalid_request"),
            (&[("scope", "profile")], "invalid_scope"),
            (&[("code_challenge", "")], "invalid_request"),
            (&[("response_mode", "fragment")], "invalid_request"),
            (&[("claims", "{")], "invalid_request"),
            (&[("prompt", "none login")], "invalid_request"),
            (&[("redirect_uri", "https://evil.example/")], "invalid_request"),
            (&[("redirect_uri", "")], "invalid_request"),
            (&[("request_uri", "urn:ietf:params:oauth:request_uri:x")], "invalid_request"),
            (&[("request", "eyJhbGciOiJub25lIn0.e30.")], "request_not_supported"),
        ];
        for (more, error) in cases {
            let answer = push(&client, more).await;
            assert_eq!(refusal(&answer), (400, error.to_owned()), "{more:?}");
            assert_eq!(answer.headers["cache-control"], "no-store");
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM pushed_request").await, 0);
    }

    async fn only_a_client_that_proved_itself_leaves_anything(app: App) {
        let client = app.client("app");
        let pairs = parameters(&client, &[]);
        let form = form_encoded(&pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect::<Vec<_>>());
        let none = posted(&client, HeaderMap::new(), form.clone()).await;
        assert_eq!(refusal(&none), (401, "invalid_client".to_owned()));
        let wrong = posted(&client, basic("app", "wrong"), form.clone()).await;
        assert_eq!(refusal(&wrong), (401, "invalid_client".to_owned()));
        assert!(wrong.headers.contains_key("www-authenticate"));
        // Another client cannot push for this one.
        let other = posted(&client, basic("third", CLIENT_SECRET), form.clone()).await;
        assert_eq!(refusal(&other), (400, "invalid_request".to_owned()));
        let both = format!("{form}&client_secret={CLIENT_SECRET}");
        let both = posted(&client, basic("app", CLIENT_SECRET), both).await;
        assert_eq!(refusal(&both), (400, "invalid_request".to_owned()));
        // Everybody knows the id of a public client.
        let native = app.client("native");
        let pairs = parameters(&native, &[]);
        let public = form_encoded(&pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect::<Vec<_>>());
        let public = posted(&native, HeaderMap::new(), public).await;
        assert_eq!(refusal(&public), (400, "unauthorized_client".to_owned()));
        assert_eq!(app.count("SELECT COUNT(*) FROM pushed_request").await, 0);

        let post = app.client("post");
        let pairs = parameters(&post, &[("client_secret", CLIENT_SECRET)]);
        let by_body = form_encoded(&pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect::<Vec<_>>());
        assert_eq!(posted(&post, HeaderMap::new(), by_body).await.status, 201);
        let secrets = "SELECT COUNT(*) FROM pushed_request WHERE parameters LIKE '%secret%'";
        assert_eq!(app.count(secrets).await, 0, "credentials are no part of a request");
    }

    async fn malformed_pushes_are_refused(app: App) {
        let client = app.client("app");
        let headers = || basic("app", CLIENT_SECRET);
        let good = parameters(&client, &[]);
        let good = form_encoded(&good.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect::<Vec<_>>());
        for wrong in ["&state=again", "&x=1&x=2", "&client_id=app", "&nonce2=%FF", "&login_hint=%00"] {
            let answer = posted(&client, headers(), format!("{good}{wrong}")).await;
            assert_eq!(refusal(&answer), (400, "invalid_request".to_owned()), "{wrong}");
        }
        let mut twice = headers();
        twice.append(AUTHORIZATION, "Basic eDp5".parse().unwrap());
        assert_eq!(refusal(&posted(&client, twice, good.clone()).await).0, 400);
        let mut json = Request::post("/par").header(CONTENT_TYPE, "application/json");
        json.headers_mut().unwrap().extend(headers());
        let answer = client.ask(json.body("{}".into()).unwrap()).await;
        assert_eq!(refusal(&answer), (400, "invalid_request".to_owned()));
        // More than a sign-in can carry, and more than anybody reads.
        let large = format!("{good}&login_hint={}", "x".repeat(8 * 1024));
        assert_eq!(refusal(&posted(&client, headers(), large).await), (413, "invalid_request".to_owned()));
        let huge = format!("{good}&login_hint={}", "x".repeat(1024 * 1024));
        assert_eq!(posted(&client, headers(), huge).await.status, 413);
        for method in ["GET", "PUT", "DELETE"] {
            let mut request = Request::builder().method(method).uri("/par");
            request.headers_mut().unwrap().extend(headers());
            let answer = client.ask(request.body(String::new().into()).unwrap()).await;
            assert_eq!(answer.status, 405, "{method}");
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM pushed_request").await, 0);
    }

    async fn a_client_may_be_held_to_push(app: App) {
        let app = app
            .restarted_with(|settings| {
                let client = settings.clients.iter_mut().find(|client| client.client_id == "app").unwrap();
                client.requests.require_pushed_authorization_requests = true;
            })
            .await;
        app.person(PERSON).await;
        let client = app.client("app");
        assert_eq!(app.browser().get(&client.authorization(&[])).await.error(), "invalid_request");
        let request_uri = pushed(&client, &[]).await;
        app.browser().sign_in(&by_name("app", &request_uri), PERSON).await.code();
    }

    async fn what_never_begins_goes_after_its_minute(app: App) {
        let client = app.client("app");
        pushed(&client, &[]).await;
        // Another client that asks for it begins nothing.
        let request_uri = pushed(&client, &[]).await;
        assert_is_used_up(&app.browser().get(&by_name("third", &request_uri)).await, "another client");
        app.wait(59);
        assert_eq!(app.janitor.sweep().await.unwrap().of(Matter::PushedRequests), 0);
        app.wait(1);
        assert_eq!(app.janitor.sweep().await.unwrap().of(Matter::PushedRequests), 2);
    }

    async fn a_client_leaves_so_many_requests_and_no_more(app: App) {
        let client = app.client("app");
        let begun = pushed(&client, &[]).await;
        assert_asks_to_sign_in(&app.browser().get(&by_name("app", &begun)).await, "begun");
        let others = "WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 9999) \
            INSERT INTO pushed_request (reference_hash, client_id, parameters, signed, expires_at) \
            SELECT CAST(n AS TEXT), 'app', $1, 0, 1800000060 FROM number";
        app.sql(others, "x").await;
        pushed(&client, &[]).await;
        for _ in 0..2 {
            assert_eq!(refusal(&push(&client, &[]).await), (503, "temporarily_unavailable".to_owned()));
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM pushed_request").await, 10_001);
        // What cannot begin any more makes room, one for one, before anybody sweeps.
        app.wait(60);
        for _ in 0..3 {
            pushed(&client, &[]).await;
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM pushed_request").await, 10_001);
        assert_eq!(app.janitor.sweep().await.unwrap().of(Matter::PushedRequests), 9_997);
    }

    async fn of_what_begins_and_never_ends_the_oldest_makes_room(app: App) {
        app.person(PERSON).await;
        let client = app.client("app");
        let others = "WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 10000) \
            INSERT INTO pushed_request (reference_hash, client_id, parameters, signed, expires_at, begun_at) \
            SELECT CAST(n AS TEXT), 'app', $1, 0, 1800000060, 1799980000 + n FROM number";
        app.sql(others, "x").await;
        app.sql("INSERT INTO pushed_request (reference_hash, client_id, parameters, signed, expires_at, begun_at) \
            VALUES ('another', 'third', $1, 0, 1800000060, 1)", "x").await;
        let mut last = None;
        for _ in 0..3 {
            let request_uri = pushed(&client, &[]).await;
            let mut browser = app.browser();
            let form = browser.password_form(&by_name("app", &request_uri)).await;
            last = Some((browser, form.form_action()));
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM pushed_request WHERE client_id = 'app'").await, 10_000);
        let oldest = "SELECT COUNT(*) FROM pushed_request WHERE reference_hash IN ('1', '2', '3')";
        assert_eq!(app.count(oldest).await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM pushed_request WHERE client_id = 'third'").await, 1);
        let (mut browser, action) = last.unwrap();
        let credentials = [("username", PERSON), ("password", crate::support::app::PASSWORD)];
        browser.submit(&action, &credentials).await.code();
    }

    async fn a_client_that_anybody_may_have_registered_leaves_few(app: App) {
        let app = open_to_anybody(&app).await;
        let stranger = register(&app, None, &serde_json::json!({ "redirect_uris": [CALLBACK] })).await;
        assert_eq!(stranger.status, 201, "{}", stranger.json);
        let (client, secret) = (client_of(&app, &stranger), stranger.text("client_secret"));
        let push = async || {
            let pairs = parameters(&client, &[]);
            let pairs: Vec<_> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            posted(&client, basic(&client.id, &secret), form_encoded(&pairs)).await
        };
        let begun = "WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 200) \
            INSERT INTO pushed_request (reference_hash, client_id, parameters, signed, expires_at, begun_at) \
            SELECT 'begun' || CAST(n AS TEXT), CAST($1 AS TEXT), 'x', 0, 1800000060, 1799990000 + n FROM number";
        app.sql(begun, &client.id).await;
        let answer = push().await;
        assert_eq!(answer.status, 201, "{}", answer.json);
        let address = by_name(&client.id, &answer.text("request_uri"));
        assert_asks_to_sign_in(&app.browser().get(&address).await, "begun");
        assert_eq!(app.count("SELECT COUNT(*) FROM pushed_request").await, 200);
        let waiting = "WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 200) \
            INSERT INTO pushed_request (reference_hash, client_id, parameters, signed, expires_at) \
            SELECT CAST(n AS TEXT), CAST($1 AS TEXT), 'x', 0, 1800000060 FROM number";
        app.sql(waiting, &client.id).await;
        assert_eq!(refusal(&push().await), (503, "temporarily_unavailable".to_owned()));
        assert_eq!(app.count("SELECT COUNT(*) FROM pushed_request").await, 400);
    }

    async fn what_is_never_used_goes_within_a_day(app: App) {
        let client = app.client("app");
        for _ in 0..3 {
            let request_uri = pushed(&client, &[]).await;
            assert_asks_to_sign_in(&app.browser().get(&by_name("app", &request_uri)).await, "begun");
        }
        app.wait(20 * 3_600 + 60);
        assert_eq!(app.janitor.sweep().await.unwrap().of(Matter::PushedRequests), 0);
        app.wait(3_601);
        assert_eq!(app.janitor.sweep().await.unwrap().of(Matter::PushedRequests), 3);
        assert_eq!(app.count("SELECT COUNT(*) FROM pushed_request").await, 0);
    }
}
