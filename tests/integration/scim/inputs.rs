//! What comes in that should not.

use axum::body::Body;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, Request};
use serde_json::json;

use super::{Application, USER, ask, refusal, user};
use crate::on_both_engines;
use crate::support::App;
use crate::support::client::Answer;

async fn send(app: &App, token: &str, content_type: Option<&str>, body: impl Into<Body>) -> Answer {
    let mut request = Request::post("/scim/v2/Users").header(AUTHORIZATION, format!("Bearer {token}"));
    if let Some(content_type) = content_type {
        request = request.header(CONTENT_TYPE, content_type);
    }
    ask(app, request.body(body.into()).unwrap()).await
}

on_both_engines! {
    async fn bodies_are_json_by_either_of_its_names(app: App) {
        let token = Application::imagin(&app).await.token;
        let body = user("Jean", "Dupont").to_string();
        for fine in ["application/scim+json", "application/json", "Application/JSON; charset=utf-8", "application/scim+json;charset=\"UTF-8\""] {
            assert_eq!(send(&app, &token, Some(fine), body.clone()).await.status, 201, "{fine}");
        }
        for wrong in [None, Some("text/plain"), Some("application/xml"), Some("application/json; charset=iso-8859-1"), Some("application/x-www-form-urlencoded")] {
            assert_eq!(refusal(&send(&app, &token, wrong, body.clone()).await), (415, ""), "{wrong:?}");
        }
    }

    async fn bodies_that_cannot_be_read_in_one_way_are_refused(app: App) {
        let token = Application::imagin(&app).await.token;
        let deep = format!("{{\"schemas\":[\"{USER}\"],\"x\":{}1{}}}", "[".repeat(1_000), "]".repeat(1_000));
        let twice = format!("{{\"schemas\":[\"{USER}\"],\"userName\":\"a\",\"userName\":\"b\",\"name\":{{\"familyName\":\"X\"}}}}");
        let nul = format!("{{\"schemas\":[\"{USER}\"],\"name\":{{\"familyName\":\"a\\u0000b\"}}}}");
        for body in ["", "{", "[]", "null", "\"x\"", "{} {}", "{\"a\":1,}", &deep, &twice, &nul] {
            assert_eq!(refusal(&send(&app, &token, Some("application/scim+json"), body.to_owned()).await), (400, "invalidSyntax"), "{body}");
        }
        let not_utf8 = b"{\"schemas\":[\"x\"],\"userName\":\"\xff\"}".to_vec();
        assert_eq!(refusal(&send(&app, &token, Some("application/json"), not_utf8).await), (400, "invalidSyntax"));
        assert_eq!(app.count("SELECT COUNT(*) FROM account").await, 0);
    }

    async fn a_body_that_is_too_large_is_refused_in_the_words_of_scim(app: App) {
        let token = Application::imagin(&app).await.token;
        let large = json!({ "schemas": [USER], "x": "x".repeat(1024 * 1024) }).to_string();
        assert_eq!(refusal(&send(&app, &token, Some("application/scim+json"), large).await), (413, ""));
    }

    async fn what_does_not_exist_is_refused_in_the_words_of_scim(app: App) {
        let imagin = Application::imagin(&app).await;
        for path in ["", "/", "/Groups", "/Users/x/y", "/Users/x/Letters/y", "/Users/", "/users", "/Schemas/x", "/ResourceTypes/Group"] {
            assert_eq!(refusal(&imagin.get(path).await), (404, ""), "{path}");
        }
        for (method, path) in [(Method::DELETE, "/Users"), (Method::POST, "/Users/x"), (Method::GET, "/Bulk"), (Method::GET, "/Users/x/Letters"), (Method::POST, "/Schemas")] {
            assert_eq!(refusal(&imagin.ask(method, path, &[], None).await), (405, ""), "{path}");
        }
        assert_eq!(refusal(&imagin.get("/Me").await), (501, ""));
    }

    async fn pages_of_other_sites_reach_nothing(app: App) {
        let imagin = Application::imagin(&app).await;
        let answer = imagin.ask(Method::POST, "/Users", &[("origin", "https://evil.example")], Some(&user("Jean", "Dupont"))).await;
        assert_eq!(refusal(&answer), (403, ""));
        assert_eq!(answer.headers.get("access-control-allow-origin"), None);
        assert_eq!(app.count("SELECT COUNT(*) FROM account").await, 0);
    }
}
