//! Clients that ask for themselves (RFC 6749 §4.4).

use serde_json::json;

use super::refusal;
use crate::on_both_engines;
use crate::support::Client;
use crate::support::app::START;
use crate::support::client::{Answer, claims, header};

async fn ask(client: &Client, more: &[(&str, &str)]) -> Answer {
    client.token(&[&[("grant_type", "client_credentials")], more].concat()).await
}

on_both_engines! {
    async fn a_client_stands_for_itself(app: App) {
        let client = app.client("api");
        let answer = ask(&client, &[]).await;
        assert_eq!(answer.status, 200, "{}", answer.json);
        assert_eq!(answer.headers["cache-control"], "no-store");
        let token = answer.text("access_token");
        assert_eq!(
            answer.json,
            json!({ "access_token": token, "token_type": "Bearer", "expires_in": 600, "scope": "expenses.read" })
        );
        assert_eq!(header(&token)["typ"], "at+jwt");
        let inside = claims(&token);
        assert_eq!(
            inside,
            json!({
                "iss": "https://id.test", "sub": "api", "client_id": "api", "aud": ["https://app.example/api"],
                "scope": "expenses.read", "jti": inside["jti"], "iat": START, "exp": START + 600,
            })
        );
        // No person stands behind it, so there is nobody to tell of.
        assert_eq!(refusal(&client.userinfo(&token).await), (401, "invalid_token".to_owned()));
        assert_eq!(app.count("SELECT COUNT(*) FROM oauth_grant").await, 0);
    }

    async fn what_is_about_people_is_left_out(app: App) {
        let client = app.client("api");
        for (asked, told) in [
            ("ledger.read", "ledger.read"),
            ("openid ledger.read offline_access", "ledger.read"),
            ("ledger.read expenses.write unknown", "ledger.read"),
        ] {
            let answer = ask(&client, &[("scope", asked), ("resource", "https://ledger.example/api")]).await;
            assert_eq!(answer.text("scope"), told, "{asked}");
            assert_eq!((answer.json.get("id_token"), answer.json.get("refresh_token")), (None, None));
        }
        let invalid = (400, "invalid_scope".to_owned());
        for asked in ["openid", "profile email", "expenses.write", "unknown", "\"", "\u{e9}", "a\u{b}b"] {
            assert_eq!(refusal(&ask(&client, &[("scope", asked)]).await), invalid, "{asked}");
        }
        // One that has no scopes has a token that says who it is, and no more.
        let bare = ask(&app.client("ledger"), &[]).await;
        assert_eq!((bare.status.as_u16(), bare.json.get("scope")), (200, None));
        assert_eq!(claims(&bare.text("access_token")).get("scope"), None);
    }

    async fn it_counts_until_it_is_taken_back(app: App) {
        let client = app.client("api");
        let token = ask(&client, &[]).await.text("access_token");
        let told = client.introspect(&token).await;
        assert_eq!((&told.json["active"], &told.json["sub"]), (&json!(true), &json!("api")));
        client.revoke(&token).await;
        assert_eq!(client.introspect(&token).await.json, json!({ "active": false }));
        let other = ask(&client, &[]).await.text("access_token");
        assert_eq!(client.introspect(&other).await.json["active"], true);
    }

    async fn who_may_not_gets_nothing(app: App) {
        for id in ["app", "native", "third"] {
            let answer = ask(&app.client(id), &[]).await;
            assert_eq!(refusal(&answer), (400, "unauthorized_client".to_owned()), "{id}");
        }
        // Not even a public client that was registered for it.
        let changed = app.restarted_with(|settings| {
            let client = settings.clients.iter_mut().find(|client| client.client_id == "native").unwrap();
            client.grant_types.push(guichet::config::GrantType::ClientCredentials);
        }).await;
        let answer = ask(&app.client("native").at(&changed), &[]).await;
        assert_eq!(refusal(&answer), (400, "unauthorized_client".to_owned()));
    }
}
