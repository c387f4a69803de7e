//! Clients that look after their own registration (RFC 7592).

use std::time::Duration;

use serde_json::{Value, json};

use super::registration::{CALLBACK, client_of, initial_token, open_to_tokens, register, send};
use super::{PERSON, assert_problem_page, refusal};
use crate::on_both_engines;
use crate::support::App;
use crate::support::client::Answer;

/// A client that registered itself, as it was told of itself.
async fn registered(app: &App) -> Answer {
    let token = initial_token(app, None).await;
    let metadata = json!({
        "redirect_uris": [CALLBACK], "client_name": "Before", "contacts": ["a@rp.example"],
        "grant_types": ["authorization_code", "refresh_token"],
    });
    let answer = register(app, Some(&token), &metadata).await;
    assert_eq!(answer.status, 201, "{}", answer.json);
    answer
}

fn path_of(answer: &Answer) -> String {
    format!("/register/{}", answer.text("client_id"))
}

async fn manage(app: &App, method: &str, client: &Answer, body: &Value) -> Answer {
    let token = client.text("registration_access_token");
    send(app, method, &path_of(client), Some(&token), body.to_string().as_bytes()).await
}

on_both_engines! {
    async fn a_client_reads_what_is_registered_of_it(app: App) {
        let app = open_to_tokens(&app).await;
        let client = registered(&app).await;
        let read = manage(&app, "GET", &client, &json!({})).await;
        assert_eq!((read.status.as_u16(), &read.json), (200, &client.json));
        assert_eq!(read.headers["cache-control"], "no-store");
        assert_eq!(manage(&app, "POST", &client, &json!({})).await.status, 405);
        assert_eq!(manage(&app, "PATCH", &client, &json!({})).await.status, 405);
    }

    async fn only_the_token_of_its_registration_opens_it(app: App) {
        let app = open_to_tokens(&app).await;
        let (client, other) = (registered(&app).await, registered(&app).await);
        let initial = initial_token(&app, None).await;
        let own = client.text("registration_access_token");
        let change = json!({ "client_id": client.text("client_id"), "redirect_uris": ["https://evil.example/"] });
        let body = change.to_string();
        for method in ["GET", "PUT", "DELETE"] {
            let none = send(&app, method, &path_of(&client), None, body.as_bytes()).await;
            assert_eq!(none.status, 401, "{method}");
            assert_eq!(none.headers["www-authenticate"], "Bearer realm=\"guichet\"");
            let secret = client.text("client_secret");
            for wrong in [other.text("registration_access_token"), initial.clone(), secret, own[1..].to_owned(), "x".to_owned()] {
                let answer = send(&app, method, &path_of(&client), Some(&wrong), body.as_bytes()).await;
                assert_eq!(refusal(&answer), (401, "invalid_token".to_owned()), "{method} {wrong}");
            }
            // A client of the configuration, one that nobody has, and none at all, are told alike.
            for id in ["app", "nobody", "%00", "%C3%A9", &"x".repeat(3_000)] {
                let answer = send(&app, method, &format!("/register/{id}"), Some(&own), body.as_bytes()).await;
                assert_eq!(refusal(&answer), (401, "invalid_token".to_owned()), "{method} {id}");
            }
        }
        assert_eq!(manage(&app, "GET", &client, &json!({})).await.json, client.json);
        app.clients.disable(&client.text("client_id")).await.unwrap();
        assert_eq!(manage(&app, "GET", &client, &json!({})).await.status, 401);
    }

    async fn a_change_replaces_everything(app: App) {
        app.person(PERSON).await;
        let app = open_to_tokens(&app).await;
        let another = app.another_node().await;
        let client = registered(&app).await;
        assert!(another.clients.find(&client.text("client_id")).await.unwrap().is_some());
        let moved = "https://rp.example/moved";
        let change = json!({
            "client_id": client.text("client_id"), "client_secret": client.text("client_secret"),
            "redirect_uris": [moved], "client_name": "After", "first_party": true,
        });
        let answer = manage(&app, "PUT", &client, &change).await;
        assert_eq!(answer.status, 200, "{}", answer.json);
        assert_eq!(answer.json["redirect_uris"], json!([moved]));
        assert_eq!(answer.json["grant_types"], json!(["authorization_code"]), "the default again");
        assert!(answer.json.get("contacts").is_none());
        for kept in ["client_id", "client_secret", "registration_access_token", "client_id_issued_at"] {
            assert_eq!(answer.json[kept], client.json[kept], "{kept}");
        }
        assert_eq!(manage(&app, "GET", &client, &json!({})).await.json, answer.json);
        let client = client_of(&app, &client);
        assert_problem_page(&another.browser().get(&client.authorization(&[])).await, "the address before");
        let page = another.browser().sign_in(&client.authorization(&[("redirect_uri", moved)]), PERSON).await;
        assert!(page.body.contains("After") && page.body.contains("consent-allow"), "{}", page.body);
    }

    async fn a_change_that_races_an_operators_new_secret_does_not_undo_it(app: App) {
        let app = open_to_tokens(&app).await;
        let client = registered(&app).await;
        let id = client.text("client_id");
        let sealed = async || -> String {
            let mut connection = app.database.read().await.unwrap();
            sqlx::query_scalar("SELECT sealed_secret FROM client").fetch_one(&mut *connection).await.unwrap()
        };
        let before = sealed().await;
        let fresh = app.clients.rotate_secret(&id).await.unwrap();
        let after = sealed().await;
        app.sql("UPDATE client SET sealed_secret = $1, revision = revision + 1", &before).await;
        // The operator is about to commit; the change has read what was before, and waits.
        let mut rotation = app.database.write().await.unwrap();
        sqlx::query("UPDATE client SET sealed_secret = $1, revision = revision + 1")
            .bind(&after).execute(&mut *rotation).await.unwrap();
        let change = json!({ "client_id": id, "redirect_uris": [CALLBACK], "client_name": "After" });
        let changing = {
            let (app, client, change) = (app.clone(), client.clone(), change.clone());
            tokio::spawn(async move { manage(&app, "PUT", &client, &change).await })
        };
        tokio::time::sleep(Duration::from_millis(700)).await;
        rotation.commit().await.unwrap();
        let refused = changing.await.unwrap();
        assert_eq!(refusal(&refused), (503, "temporarily_unavailable".to_owned()));
        let now = manage(&app, "GET", &client, &json!({})).await;
        assert_eq!(now.text("client_name"), "Before");
        assert_eq!(now.text("client_secret"), fresh.expose());
        let again = manage(&app, "PUT", &client, &change).await;
        assert_eq!((again.status.as_u16(), again.text("client_secret").as_str()), (200, fresh.expose()));
    }

    async fn a_change_that_is_wrong_changes_nothing(app: App) {
        let app = open_to_tokens(&app).await;
        let client = registered(&app).await;
        let id = client.text("client_id");
        let cases = [
            (json!({ "redirect_uris": [CALLBACK] }), "invalid_client_metadata"),
            (json!({ "client_id": "app", "redirect_uris": [CALLBACK] }), "invalid_client_metadata"),
            (json!({ "client_id": id, "client_secret": "x", "redirect_uris": [CALLBACK] }), "invalid_client_metadata"),
            (json!({ "client_id": id, "client_secret": null, "redirect_uris": [CALLBACK] }), "invalid_client_metadata"),
            (json!({ "client_id": id }), "invalid_redirect_uri"),
            (json!({ "client_id": id, "redirect_uris": ["http://rp.example/"] }), "invalid_redirect_uri"),
            (json!({ "client_id": id, "redirect_uris": [CALLBACK], "scope": 1 }), "invalid_client_metadata"),
            (json!([]), "invalid_client_metadata"),
        ];
        for (change, code) in cases {
            let answer = manage(&app, "PUT", &client, &change).await;
            assert_eq!(refusal(&answer), (400, code.to_owned()), "{change}");
        }
        assert_eq!(manage(&app, "GET", &client, &json!({})).await.json, client.json);
    }

    async fn a_secret_comes_and_goes_with_the_method_that_uses_it(app: App) {
        let app = open_to_tokens(&app).await;
        let client = registered(&app).await;
        let change = |method: &str| json!({
            "client_id": client.text("client_id"), "redirect_uris": [CALLBACK], "token_endpoint_auth_method": method,
        });
        let public = manage(&app, "PUT", &client, &change("none")).await;
        assert_eq!(public.status, 200, "{}", public.json);
        assert!(public.json.get("client_secret").is_none());
        assert!(public.json.get("client_secret_expires_at").is_none());
        let again = manage(&app, "PUT", &client, &change("client_secret_basic")).await;
        assert_ne!(again.text("client_secret"), client.text("client_secret"));
        let form = [("grant_type", "authorization_code"), ("code", "x"), ("redirect_uri", CALLBACK)];
        let old = client_of(&app, &client).token(&form).await;
        assert_eq!(refusal(&old), (401, "invalid_client".to_owned()));
        assert_eq!(refusal(&client_of(&app, &again).token(&form).await), (400, "invalid_grant".to_owned()));
    }

    async fn a_deleted_client_takes_its_grants_with_it(app: App) {
        app.person(PERSON).await;
        let app = open_to_tokens(&app).await;
        let another = app.another_node().await;
        let registration = registered(&app).await;
        let client = client_of(&app, &registration);
        let mut browser = app.browser();
        let page = browser.sign_in(&client.authorization(&[("scope", "openid offline_access")]), PERSON).await;
        let back = browser.submit(&page.form_action(), &[("decision", "allow")]).await;
        let tokens = client.redeem(&back).await;
        let pushed = "INSERT INTO pushed_request (reference_hash, client_id, parameters, signed, expires_at) \
                      VALUES ('h', $1, '', 0, 9999999999)";
        app.sql(pushed, &client.id).await;
        let gone = manage(&app, "DELETE", &registration, &json!({})).await;
        assert_eq!(app.count("SELECT COUNT(*) FROM pushed_request").await, 0);
        assert_eq!((gone.status.as_u16(), &gone.json), (204, &Value::Null));
        for client in [client.clone(), client.at(&another)] {
            assert_eq!(refusal(&client.refresh(&tokens.text("refresh_token")).await).1, "invalid_client");
            assert_eq!(client.userinfo(&tokens.text("access_token")).await.status, 401);
            assert_problem_page(&browser.get(&client.authorization(&[])).await, "gone");
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM oauth_grant WHERE revoked_at IS NULL").await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM consent").await, 0);
        assert_eq!(manage(&app, "GET", &registration, &json!({})).await.status, 401);
        assert_eq!(manage(&app, "DELETE", &registration, &json!({})).await.status, 401);
    }
}
