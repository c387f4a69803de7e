//! Tokens taken back by their clients (RFC 7009).

use guichet::server::janitor::Matter;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Request};

use super::{authorization_header, basic, form_encoded, grant, impostor, refusal};
use crate::on_both_engines;
use crate::support::app::CLIENT_SECRET;
use crate::support::client::Answer;

fn is_done(answer: &Answer) -> bool {
    answer.status == 200 && answer.body.is_empty() && answer.headers["cache-control"] == "no-store"
}

/// How far the clock of another node may be behind, in seconds.
const CLOCKS_APART: u64 = 300;

on_both_engines! {
    async fn a_revoked_refresh_token_takes_its_grant_along(app: App) {
        let granted = grant(&app, "app", "openid offline_access").await;
        let client = &granted.client;
        let first = granted.refresh_token();
        let second = client.refresh(&first).await.text("refresh_token");
        // An older one is as good a name of the grant.
        assert!(is_done(&client.revoke(&first).await));
        assert_eq!(refusal(&client.refresh(&second).await), (400, "invalid_grant".to_owned()));
        assert_eq!(client.userinfo(&granted.access_token()).await.status, 401);
        assert!(is_done(&client.revoke(&second).await), "what is revoked can be revoked again");
    }

    async fn a_revoked_access_token_goes_alone(app: App) {
        let granted = grant(&app, "app", "openid").await;
        let client = &granted.client;
        let other = client.at(&app.another_node().await);
        assert!(is_done(&client.revoke(&granted.access_token()).await));
        for node in [client, &other] {
            assert_eq!(refusal(&node.userinfo(&granted.access_token()).await), (401, "invalid_token".to_owned()));
        }
        let answer = client.refresh(&granted.refresh_token()).await;
        assert_eq!(other.userinfo(&answer.text("access_token")).await.status, 200);
        assert!(is_done(&client.revoke(&granted.access_token()).await));
    }

    async fn what_was_revoked_is_forgotten_when_it_would_have_ended(app: App) {
        let granted = grant(&app, "app", "openid").await;
        granted.client.revoke(&granted.access_token()).await;
        let swept = async |app: &crate::support::App| app.janitor.sweep().await.unwrap().of(Matter::RevokedTokens);
        app.wait(599);
        assert_eq!(swept(&app).await, 0);
        app.wait(CLOCKS_APART + 1);
        assert_eq!(swept(&app).await, 1);
        // Nothing is written for one that ended by itself.
        assert!(is_done(&granted.client.revoke(&granted.access_token()).await));
        assert_eq!(app.count("SELECT COUNT(*) FROM revoked_access_token").await, 0);
    }

    async fn tokens_of_others_and_no_tokens_are_answered_alike_and_left_alone(app: App) {
        let granted = grant(&app, "app", "openid").await;
        let token = granted.refresh_token();
        for stranger in ["post", "native", "third"].map(|id| app.client(id)) {
            for text in [&token, &granted.access_token(), &granted.id_token(), "x", "..", "a.1.b"] {
                let answer = stranger.revoke(text).await;
                assert!(is_done(&answer), "{} {text}: {}", stranger.id, answer.body);
            }
        }
        assert_eq!(granted.client.userinfo(&granted.access_token()).await.status, 200);
        assert_eq!(granted.client.refresh(&token).await.status, 200);
        assert_eq!(app.count("SELECT COUNT(*) FROM revoked_access_token").await, 0);
    }

    async fn a_public_client_revokes_its_own(app: App) {
        let granted = grant(&app, "native", "openid").await;
        assert!(is_done(&granted.client.revoke(&granted.refresh_token()).await));
        assert_eq!(granted.client.refresh(&granted.refresh_token()).await.status, 400);
    }

    async fn a_hint_changes_nothing(app: App) {
        let granted = grant(&app, "app", "openid").await;
        for (token, hint) in [
            (granted.access_token(), "refresh_token"),
            (granted.refresh_token(), "access_token"),
            (granted.refresh_token(), "urn:unknown"),
        ] {
            let answer = granted.client.post("/revoke", &[("token", &token), ("token_type_hint", hint)]).await;
            assert!(is_done(&answer), "{hint}");
        }
        assert_eq!(granted.client.userinfo(&granted.access_token()).await.status, 401);
        assert_eq!(granted.client.refresh(&granted.refresh_token()).await.status, 400);
    }

    async fn an_id_token_cannot_be_taken_back(app: App) {
        let granted = grant(&app, "app", "openid").await;
        let answer = granted.client.revoke(&granted.id_token()).await;
        assert_eq!(refusal(&answer), (400, "unsupported_token_type".to_owned()));
    }

    async fn a_browser_application_may_revoke(app: App) {
        let client = app.client("native");
        let form = form_encoded(&[("client_id", "native"), ("token", "x")]);
        let request = Request::post("/revoke")
            .header("origin", "https://app.example")
            .header("sec-fetch-site", "cross-site")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let answer = client.ask(request.body(form.into()).unwrap()).await;
        assert_eq!((answer.status.as_u16(), &answer.headers["access-control-allow-origin"]), (200, &"*".parse().unwrap()));
    }

    async fn a_request_that_cannot_be_understood_is_refused(app: App) {
        let granted = grant(&app, "app", "openid").await;
        let client = &granted.client;
        let token = granted.refresh_token();
        for path in ["/revoke", "/introspect"] {
            let invalid = (400, "invalid_request".to_owned());
            let unproved = (401, "invalid_client".to_owned());
            let ours = || basic("app", CLIENT_SECRET);
            let twice = [("token", token.as_str()), ("token", "x")];
            assert_eq!(refusal(&client.post(path, &twice).await), invalid, "{path}");
            assert_eq!(refusal(&client.post(path, &[]).await), invalid, "{path}");
            assert_eq!(refusal(&client.post(path, &[("token", "")]).await), invalid, "{path}");
            assert_eq!(refusal(&client.post(path, &[("token", "a\0b")]).await), invalid, "{path}");
            let both = [("token", token.as_str()), ("client_id", "app"), ("client_secret", CLIENT_SECRET)];
            assert_eq!(refusal(&client.post(path, &both).await), invalid, "{path}");
            let mut headers = ours();
            headers.append("authorization", headers["authorization"].clone());
            assert_eq!(refusal(&client.post_raw(path, headers, &[("token", &token)]).await), invalid, "{path}");
            for headers in [HeaderMap::new(), basic("app", "wrong"), authorization_header("Bearer x")] {
                let answer = client.post_raw(path, headers, &[("token", &token)]).await;
                assert_eq!(refusal(&answer), unproved, "{path}");
                assert_eq!(answer.headers["cache-control"], "no-store");
            }
            for (content_type, body) in [
                ("application/json", format!("{{\"token\":\"{token}\"}}").into_bytes()),
                ("text/plain", form_encoded(&[("token", &token)]).into_bytes()),
                ("application/x-www-form-urlencoded", b"token=\xff\xfe".to_vec()),
                ("application/x-www-form-urlencoded", b"token=%FF".to_vec()),
            ] {
                let mut request = Request::post(path).header(CONTENT_TYPE, content_type);
                request.headers_mut().unwrap().extend(ours());
                assert_eq!(refusal(&client.ask(request.body(body.into()).unwrap()).await), invalid, "{path}");
            }
            let huge = client.post(path, &[("token", &"x".repeat(1 << 20))]).await;
            assert_eq!(huge.status, 413, "{path}");
            for method in ["GET", "PUT", "DELETE", "PATCH"] {
                let request = Request::builder().method(method).uri(path).body(String::new().into());
                assert_eq!(client.ask(request.unwrap()).await.status, 405, "{method} {path}");
            }
        }
        assert_eq!(client.refresh(&token).await.status, 200);
    }

    async fn a_database_that_fails_is_no_success(app: App) {
        let granted = grant(&app, "app", "openid").await;
        let foreign = grant(&impostor().await, "app", "openid").await.access_token();
        assert!(is_done(&granted.client.revoke(&foreign).await));
        app.wait(1);
        app.database.close().await;
        for token in [granted.refresh_token(), granted.access_token()] {
            let answer = granted.client.revoke(&token).await;
            assert_eq!(refusal(&answer), (503, "temporarily_unavailable".to_owned()));
            let told = granted.client.introspect(&token).await;
            assert_eq!(refusal(&told), (503, "temporarily_unavailable".to_owned()));
        }
        // Of a key that this node has not read yet: it may well be one of ours.
        for answer in [granted.client.revoke(&foreign).await, granted.client.introspect(&foreign).await] {
            assert_eq!(refusal(&answer), (503, "temporarily_unavailable".to_owned()));
        }
    }
}
