//! Who is let in, and whose people they see.

use axum::body::Body;
use http::header::AUTHORIZATION;
use http::{Method, Request};
use serde_json::{Value, json};

use super::{Application, BASE, PATCH, ask, path, refusal, user};
use crate::on_both_engines;
use crate::support::App;
use crate::support::client::Answer;

/// Every endpoint that tells of people, with a request that it would take.
fn endpoints(id: &str) -> Vec<(Method, String, Option<Value>)> {
    let patch =
        json!({ "schemas": [PATCH], "Operations": [{ "op": "replace", "path": "active", "value": false }] });
    let search = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"] });
    let bulk = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [] });
    vec![
        (Method::GET, "/Users".to_owned(), None),
        (Method::POST, "/Users".to_owned(), Some(user("Jean", "Dupont"))),
        (Method::POST, "/Users/.search".to_owned(), Some(search.clone())),
        (Method::POST, "/.search".to_owned(), Some(search)),
        (Method::POST, "/Bulk".to_owned(), Some(bulk)),
        (Method::GET, format!("/Users/{id}"), None),
        (Method::PUT, format!("/Users/{id}"), Some(user("Jean", "Dupont"))),
        (Method::PATCH, format!("/Users/{id}"), Some(patch)),
        (Method::POST, format!("/Users/{id}/Letters"), Some(json!({}))),
        (Method::DELETE, format!("/Users/{id}"), None),
    ]
}

async fn bare(app: &App, path: &str, authorization: Option<&str>) -> Answer {
    let mut request = Request::get(format!("/scim/v2{path}"));
    if let Some(authorization) = authorization {
        request = request.header(AUTHORIZATION, authorization);
    }
    ask(app, request.body(Body::empty()).unwrap()).await
}

/// What `WWW-Authenticate` gives as the reason, which must be there.
fn reason(answer: &Answer) -> String {
    let challenge = answer.headers["www-authenticate"].to_str().unwrap();
    assert!(challenge.starts_with("Bearer realm=\"guichet\""), "{challenge}");
    challenge.split_once("error=\"").map_or("", |(_, rest)| rest.split('"').next().unwrap()).to_owned()
}

on_both_engines! {
    async fn without_a_token_that_counts_nothing_is_said(app: App) {
        let imagin = Application::imagin(&app).await;
        let person = imagin.made(&user("Élodie", "Lefèvre")).await;
        let other_api = app.client("api").token(&[("grant_type", "client_credentials")]).await.text("access_token");
        let taken_back = Application::imagin(&app).await;
        app.client("imagin").revoke(&taken_back.token).await;
        let tokens = ["", "nonsense", &other_api, &taken_back.token];
        for (method, path, body) in endpoints(person["id"].as_str().unwrap()) {
            let answer = bare(&app, &path, None).await;
            if method == Method::GET {
                assert_eq!((refusal(&answer), reason(&answer)), ((401, ""), String::new()), "{path}");
            }
            for token in tokens {
                let application = Application { token: token.to_owned(), ..imagin.clone() };
                let answer = application.ask(method.clone(), &path, &[], body.as_ref()).await;
                let expected = if token.is_empty() { (400, "invalid_request") } else { (401, "invalid_token") };
                assert_eq!((refusal(&answer).0, reason(&answer).as_str()), expected, "{method} {path} {token}");
            }
        }
        let basic = bare(&app, "/Users", Some("Basic aW1hZ2luOng=")).await;
        assert_eq!((refusal(&basic).0, reason(&basic)), (401, String::new()));
        let in_query = bare(&app, &format!("/Users?access_token={}", imagin.token), None).await;
        assert_eq!(refusal(&in_query).0, 400);
        assert_eq!(imagin.get(&path(&person)).await.json, person);
    }

    async fn a_token_without_the_scope_or_without_an_authority_opens_nothing(app: App) {
        let imagin = Application::imagin(&app).await;
        let person = imagin.made(&user("Élodie", "Lefèvre")).await;
        // The client lost the one, then the other, after it had its token.
        let no_scope = app.restarted_with(|settings| {
            let client = settings.clients.iter_mut().find(|client| client.client_id == "imagin").unwrap();
            client.scope.clear();
        }).await;
        let no_authority = app.restarted_with(|settings| {
            let client = settings.clients.iter_mut().find(|client| client.client_id == "imagin").unwrap();
            client.authority = None;
        }).await;
        for changed in [no_scope, no_authority] {
            let application = Application { app: changed, ..imagin.clone() };
            for (method, path, body) in endpoints(person["id"].as_str().unwrap()) {
                let answer = application.ask(method.clone(), &path, &[], body.as_ref()).await;
                assert_eq!((refusal(&answer).0, reason(&answer).as_str()), (403, "insufficient_scope"), "{method} {path}");
            }
        }
        // One that asked for the API without its scope.
        let bare = app.client("imagin").token(&[("grant_type", "client_credentials"), ("resource", BASE), ("scope", "")]).await;
        assert_eq!(bare.text("scope"), "scim");
        assert_eq!(imagin.get(&path(&person)).await.json, person);
    }

    async fn a_client_that_is_switched_off_is_out_at_its_next_use(app: App) {
        let metadata = json!({
            "client_name": "Another", "grant_types": ["client_credentials"], "scope": "scim", "resources": [BASE],
            "authority": "lyon", "token_endpoint_auth_method": "client_secret_basic",
        });
        let made = app.clients.add(Some("another"), metadata.as_object().unwrap().clone()).await.unwrap();
        let client = crate::support::Client::registered(app.clone(), "another", "", made.secret.unwrap().expose());
        let token = client.token(&[("grant_type", "client_credentials")]).await.text("access_token");
        let another = Application { token, ..Application::imagin(&app).await };
        assert_eq!(another.get("/Users").await.status, 200);
        app.clients.disable("another").await.unwrap();
        assert_eq!(refusal(&another.get("/Users").await).0, 401);
    }

    async fn a_person_cannot_use_a_scope_that_is_for_applications(app: App) {
        let app = app.restarted_with(|settings| {
            let client = settings.clients.iter_mut().find(|client| client.client_id == "app").unwrap();
            client.scope.push("scim".to_owned());
            client.resources.push(BASE.to_owned());
            client.authority = Some("lyon".into());
        }).await;
        app.person("elefevre").await;
        let client = app.client("app");
        let address = client.authorization(&[("scope", "openid scim"), ("resource", BASE)]);
        let page = app.browser().sign_in(&address, "elefevre").await;
        let token = client.redeem(&page).await.text("access_token");
        let application = Application { app: app.clone(), token };
        let answer = application.get("/Users").await;
        assert_eq!((refusal(&answer).0, reason(&answer).as_str()), (401, "invalid_token"));
    }

    async fn another_authoritys_people_are_as_if_they_were_not(app: App) {
        let imagin = Application::imagin(&app).await;
        let centrale = Application::new(&app, "imagin-centrale").await;
        let mut new = user("Élodie", "Lefèvre");
        new["externalId"] = json!("7");
        new["emails"] = json!([{ "value": "elodie@example.org" }]);
        let theirs = centrale.made(&new).await;
        let nobodys = app.person("nobodys").await;
        for id in [theirs["id"].as_str().unwrap(), nobodys.id.as_str(), "AAAAAAAAAAAAAAAAAAAAAA", "%00", "%ff", "..", "a%2fb", &"x".repeat(65)] {
            for (method, path, body) in endpoints(id).into_iter().skip(5) {
                let answer = imagin.ask(method.clone(), &path, &[], body.as_ref()).await;
                assert_eq!(refusal(&answer), (404, ""), "{method} {path}");
                assert_eq!(answer.json["detail"], "there is no such resource", "{method} {path}");
            }
        }
        for filter in ["userName eq \"elefevre\"", "externalId eq \"7\"", "emails.value eq \"elodie@example.org\"", "name.familyName sw \"L\"", &format!("id eq \"{}\"", theirs["id"].as_str().unwrap())] {
            assert_eq!(imagin.found(filter).await, [""; 0], "{filter}");
            assert_eq!(centrale.found(filter).await, ["elefevre"], "{filter}");
        }
        assert_eq!(imagin.get("/Users").await.json["totalResults"], 0);
        assert_eq!(centrale.get(&path(&theirs)).await.json, theirs);
        assert_eq!(app.count("SELECT COUNT(*) FROM account WHERE disabled_at IS NOT NULL OR given_name = 'Jean'").await, 0);
    }
}
