//! What tokens are worth, told to those whom it concerns (RFC 7662, RFC 9701).

use http::Request;
use http::header::{ACCEPT, CONTENT_TYPE};
use serde_json::json;

use super::{Granted, PERSON, basic, form_encoded, grant, grant_again, refusal};
use crate::on_both_engines;
use crate::support::app::{CLIENT_SECRET, START};
use crate::support::client::{Answer, claims, header};
use crate::support::{App, Client};

fn assert_unknown(answer: &Answer) {
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, "{\"active\":false}"));
    assert_eq!(answer.headers["cache-control"], "no-store");
}

async fn is_active(client: &Client, token: &str) -> bool {
    let answer = client.introspect(token).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json["active"] == true
}

async fn assert_both_dead(granted: &Granted) {
    for token in [granted.access_token(), granted.refresh_token()] {
        assert_unknown(&granted.client.introspect(&token).await);
    }
}

async fn at(app: &App, client: &str, scope: &str) -> Granted {
    grant_again(app, client, scope).await
}

on_both_engines! {
    async fn an_access_token_is_told_to_its_client_and_its_audience(app: App) {
        let granted = grant(&app, "app", "openid expenses.read").await;
        let token = granted.access_token();
        let inside = claims(&token);
        for asker in ["app", "api"] {
            let told = app.client(asker).introspect(&token).await;
            assert_eq!(told.headers["content-type"], "application/json");
            assert_eq!(told.headers["cache-control"], "no-store");
            assert_eq!(
                told.json,
                json!({
                    "active": true, "token_type": "Bearer", "client_id": "app", "scope": "openid expenses.read",
                    "iss": "https://id.test", "aud": ["https://app.example/api", "https://id.test"], "sub": inside["sub"],
                    "jti": inside["jti"], "iat": START, "exp": START + 600, "auth_time": START,
                    "acr": "urn:guichet:acr:password", "sid": inside["sid"],
                }),
                "{asker}"
            );
        }
        for stranger in ["post", "third"] {
            assert_unknown(&app.client(stranger).introspect(&token).await);
        }
    }

    async fn a_refresh_token_is_told_to_its_client_alone(app: App) {
        let granted = grant(&app, "app", "openid").await;
        let told = granted.client.introspect(&granted.refresh_token()).await;
        assert_eq!(
            told.json,
            json!({
                "active": true, "client_id": "app", "scope": "openid", "iss": "https://id.test",
                "sub": claims(&granted.id_token())["sub"], "exp": START + 12 * 3600,
            })
        );
        for stranger in ["api", "post", "third"] {
            assert_unknown(&app.client(stranger).introspect(&granted.refresh_token()).await);
        }
        let next = granted.client.refresh(&granted.refresh_token()).await.text("refresh_token");
        assert!(is_active(&granted.client, &granted.refresh_token()).await, "within its grace");
        app.wait(31);
        assert_unknown(&granted.client.introspect(&granted.refresh_token()).await);
        assert!(is_active(&granted.client, &next).await, "to look is no use");
        let idle = at(&app, "app", "openid offline_access").await;
        app.wait(14 * 24 * 3600 + 1);
        assert_unknown(&idle.client.introspect(&idle.refresh_token()).await);
    }

    async fn what_is_no_token_is_unknown(app: App) {
        let granted = grant(&app, "app", "openid").await;
        let token = granted.access_token();
        let id_token = granted.id_token();
        for text in [id_token.as_str(), "x", "..", "a.1.b", "\u{e9}", &token[1..], &format!("{token}A")] {
            assert_unknown(&granted.client.introspect(text).await);
        }
        app.wait(600);
        assert_unknown(&granted.client.introspect(&token).await);
    }

    async fn a_token_counts_as_long_as_all_behind_it(app: App) {
        let person = app.person(PERSON).await;
        let revoked = at(&app, "app", "openid offline_access").await;
        revoked.client.revoke(&revoked.refresh_token()).await;
        assert_both_dead(&revoked).await;

        let mut ended = at(&app, "app", "openid").await;
        ended.browser.get(&format!("/logout?id_token_hint={}", ended.id_token())).await;
        assert_both_dead(&ended).await;

        let long = app.restarted_with(|settings| {
            settings.tokens.access_token = std::time::Duration::from_hours(20);
        }).await;
        let unused = at(&long, "app", "openid").await;
        app.wait(2 * 3600 - 1);
        assert!(is_active(&unused.client, &unused.access_token()).await);
        app.wait(1);
        assert_both_dead(&unused).await;
        assert_eq!(unused.client.userinfo(&unused.access_token()).await.status, 401);

        let gone = at(&app, "post", "openid").await;
        let without = app.restarted_with(|settings| {
            settings.clients.retain(|client| client.client_id != "post");
        }).await;
        let api = Granted { client: app.client("api").at(&without), ..at(&app, "app", "openid").await };
        assert!(is_active(&api.client, &api.access_token()).await);
        assert_unknown(&api.client.introspect(&gone.access_token()).await);

        app.disable(&person).await;
        assert_unknown(&api.client.introspect(&api.access_token()).await);
        assert_both_dead(&Granted { client: app.client("app"), ..api }).await;
    }

    async fn a_token_whose_scopes_were_all_taken_away_is_told_of_to_nobody(app: App) {
        let granted = grant(&app, "app", "openid expenses.read").await;
        for (left, is_told) in [(vec!["openid".to_owned()], true), (Vec::new(), false)] {
            let app = app
                .restarted_with(|settings| {
                    let client = settings.clients.iter_mut().find(|client| client.client_id == "app").expect("app");
                    client.scope.clone_from(&left);
                })
                .await;
            let answer = app.client("api").introspect(&granted.access_token()).await;
            assert_eq!(answer.json["active"], is_told, "{left:?}: {}", answer.json);
            if is_told {
                assert_eq!(answer.json["scope"], "openid");
            } else {
                assert_unknown(&answer);
            }
        }
    }

    async fn a_public_client_asks_nothing(app: App) {
        let granted = grant(&app, "native", "openid").await;
        let answer = granted.client.introspect(&granted.access_token()).await;
        assert_eq!(refusal(&answer), (401, "invalid_client".to_owned()));
    }

    async fn a_signed_answer_is_given_to_who_wants_one(app: App) {
        app.person(PERSON).await;
        let granted = at(&app, "app", "openid").await;
        let token = granted.access_token();
        let ask = async |accept: &str| {
            let mut request = Request::post("/introspect")
                .header(ACCEPT, accept)
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
            request.headers_mut().unwrap().extend(basic("app", CLIENT_SECRET));
            granted.client.ask(request.body(form_encoded(&[("token", &token)]).into()).unwrap()).await
        };
        for accept in ["application/token-introspection+jwt", "text/html, Application/Token-Introspection+JWT;q=0.9"] {
            let signed = ask(accept).await;
            assert_eq!(signed.headers["content-type"], "application/token-introspection+jwt");
            assert_eq!(signed.headers["cache-control"], "no-store");
            assert_eq!(header(&signed.body)["typ"], "token-introspection+jwt");
            assert_eq!(header(&signed.body)["alg"], "RS256");
            let told = claims(&signed.body);
            assert_eq!((&told["iss"], &told["aud"], &told["iat"]), (&json!("https://id.test"), &json!("app"), &json!(START)));
            assert_eq!(told["token_introspection"]["active"], true);
            assert_eq!((told.get("sub"), told.get("exp")), (None, None));
            // It opens nothing.
            assert_eq!(granted.client.userinfo(&signed.body).await.status, 401);
            assert_unknown(&granted.client.introspect(&signed.body).await);
        }
        assert_eq!(ask("application/json").await.json["active"], true);
        // Registered so: always, and in the algorithm registered.
        let registered = app.client("ledger").introspect(&token).await;
        assert_eq!(header(&registered.body)["alg"], "ES256");
        assert_eq!(claims(&registered.body)["token_introspection"], json!({ "active": false }));
        let to_ledger = granted.client.token(&[
            ("grant_type", "refresh_token"),
            ("refresh_token", &granted.refresh_token()),
            ("resource", "https://ledger.example/api"),
        ]).await;
        let told = claims(&app.client("ledger").introspect(&to_ledger.text("access_token")).await.body);
        assert_eq!(told["token_introspection"]["aud"], json!(["https://ledger.example/api"]));
    }
}
