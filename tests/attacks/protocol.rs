//! What a certified client or a conformance suite would notice.

use axum::body::Body;
use http::Request;
use http::header::{AUTHORIZATION, ORIGIN};

use crate::on_both_engines;

on_both_engines! {
    async fn userinfo_under_another_scheme_is_asked_for_without_an_error(app: App) {
        let client = app.client("app");
        for value in ["Basic YTpi", "DPoP x", "Bearerx y"] {
            let request = Request::get("/userinfo").header(AUTHORIZATION, value);
            let answer = client.ask(request.body(Body::empty()).unwrap()).await;
            assert_eq!(answer.status, 401, "{value}");
            // RFC 6750 §3.1: no error code where no token was understood to be there.
            assert_eq!(answer.headers["www-authenticate"], "Bearer realm=\"guichet\"", "{value}");
        }
    }

    async fn a_page_of_another_origin_may_send_its_token_to_userinfo(app: App) {
        let request = Request::options("/userinfo")
            .header(ORIGIN, "https://spa.example")
            .header("access-control-request-method", "GET")
            .header("access-control-request-headers", "authorization");
        let answer = app.client("app").ask(request.body(Body::empty()).unwrap()).await;
        // `*` does not cover Authorization (Fetch, "CORS non-wildcard request-header name").
        let allowed = answer.headers["access-control-allow-headers"].to_str().unwrap();
        assert!(allowed.contains("authorization"), "{allowed}");
        let request = Request::get("/userinfo").header(ORIGIN, "https://spa.example");
        let answer = app.client("app").ask(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.headers["access-control-expose-headers"], "www-authenticate");
    }

    async fn token_answers_are_kept_by_no_cache(app: App) {
        app.person("elefevre").await;
        let client = app.client("app");
        let back = app.browser().sign_in(&client.authorization(&[]), "elefevre").await;
        // RFC 6749 §5.1 and §5.2 ask for both.
        for answer in [client.redeem(&back).await, client.redeem(&back).await] {
            assert_eq!(answer.headers["cache-control"], "no-store");
            assert_eq!(answer.headers["pragma"], "no-cache");
        }
    }

    async fn authorization_server_metadata_stands_at_its_own_path(app: App) {
        let client = app.client("app");
        let ask = |path: &str| Request::get(path).body(Body::empty()).unwrap();
        let openid = client.ask(ask("/.well-known/openid-configuration")).await;
        let oauth = client.ask(ask("/.well-known/oauth-authorization-server")).await;
        assert_eq!((oauth.status.as_u16(), &oauth.json), (200, &openid.json));
    }

    async fn a_wrong_method_is_told_the_right_ones(app: App) {
        let cases = [
            ("PUT", "/", "GET,HEAD", "text/html; charset=utf-8"),
            ("DELETE", "/first-sign-in", "GET,HEAD,POST", "text/html; charset=utf-8"),
            // Programs ask here: they need no page.
            ("GET", "/token", "POST", ""),
        ];
        for (method, address, allow, media_type) in cases {
            let request = Request::builder().method(method).uri(address).body(Body::empty()).unwrap();
            let answer = app.answer(request).await;
            assert_eq!(answer.status(), 405, "{address}");
            assert_eq!(answer.headers()["allow"], allow, "{address}");
            let found = answer.headers().get("content-type").map_or("", |value| value.to_str().unwrap());
            assert_eq!(found, media_type, "{address}");
        }
    }
}
