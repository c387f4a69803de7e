//! Clients that operators add: they live in the database, and what is done to them counts everywhere at once.

use serde_json::{Map, Value, json};

use super::{PERSON, assert_problem_page, basic, refusal};
use crate::on_both_engines;
use crate::support::{App, Client};

const CALLBACK: &str = "https://added.example/callback";

fn metadata(members: &Value) -> Map<String, Value> {
    members.as_object().unwrap().clone()
}

/// Adds a first-party client.
async fn added(app: &App) -> Client {
    let members = metadata(&json!({
        "client_name": "Added", "redirect_uris": [CALLBACK], "scope": "openid profile offline_access",
        "grant_types": ["authorization_code", "refresh_token"], "first_party": true,
    }));
    let made = app.clients.add(None, members).await.expect("a client");
    let secret = made.secret.expect("a secret");
    Client::registered(app.clone(), made.id.as_str(), CALLBACK, secret.expose())
}

on_both_engines! {
    async fn a_client_that_was_added_is_served_by_every_node(app: App) {
        app.person(PERSON).await;
        let another = app.another_node().await;
        let client = added(&app).await;
        for client in [client.clone(), client.at(&another)] {
            let back = app.browser().sign_in(&client.authorization(&[]), PERSON).await;
            let tokens = client.redeem(&back).await;
            assert_eq!(tokens.status, 200, "{}", tokens.json);
            assert_eq!(client.userinfo(&tokens.text("access_token")).await.status, 200);
        }
        assert_eq!(app.clients.list().await.unwrap().last().unwrap().id.as_str(), client.id);
    }

    async fn the_next_use_of_a_disabled_client_fails_everywhere(app: App) {
        app.person(PERSON).await;
        let another = app.another_node().await;
        let client = added(&app).await;
        let mut browser = app.browser();
        let back = browser.sign_in(&client.authorization(&[("scope", "openid offline_access")]), PERSON).await;
        let tokens = client.redeem(&back).await;
        let code = browser.get(&client.authorization(&[])).await.code();
        assert!(app.clients.disable(&client.id).await.unwrap());
        assert!(!another.clients.disable(&client.id).await.unwrap(), "it is so already");
        for (node, client) in [(&app, client.clone()), (&another, client.at(&another))] {
            for request in [client.authorization(&[]), client.authorization(&[("request", "x")])] {
                let page = browser.at(node).get(&request).await;
                assert_problem_page(&page, &request);
                assert_eq!(page.status, 403, "{request}");
                assert!(page.body.contains("Application fermée"), "{}", page.body);
            }
            let silent = browser.at(node).get(&client.authorization(&[("prompt", "none")])).await;
            assert_problem_page(&silent, "silently");
            let unproved = (401, "invalid_client".to_owned());
            assert_eq!(refusal(&client.redeem_code(&code).await), unproved);
            assert_eq!(refusal(&client.refresh(&tokens.text("refresh_token")).await), unproved);
            let told = client.userinfo(&tokens.text("access_token")).await;
            assert_eq!(refusal(&told), (401, "invalid_token".to_owned()));
        }
        assert!(another.clients.enable(&client.id).await.unwrap());
        assert_eq!(client.refresh(&tokens.text("refresh_token")).await.status, 200);
        assert_eq!(client.redeem_code(&code).await.status, 200);
    }

    async fn a_scope_that_is_given_later_is_not_in_what_was_granted_before(app: App) {
        app.person(PERSON).await;
        let without = app.restarted_with(|settings| {
            let client = settings.clients.iter_mut().find(|client| client.client_id == "app").unwrap();
            client.scope.retain(|scope| scope != "email");
        }).await;
        let client = app.client("app");
        let ask = client.authorization(&[("scope", "openid email")]);
        let back = without.browser().sign_in(&ask, PERSON).await;
        let tokens = client.at(&without).redeem(&back).await;
        assert_eq!(tokens.text("scope"), "openid");
        let later = client.refresh(&tokens.text("refresh_token")).await;
        assert_eq!(later.text("scope"), "openid");
    }

    async fn a_scope_that_was_taken_away_counts_no_more(app: App) {
        app.person(PERSON).await;
        let client = app.client("app");
        let mut browser = app.browser();
        let scope = "openid email offline_access expenses.read";
        let back = browser.sign_in(&client.authorization(&[("scope", scope)]), PERSON).await;
        let tokens = client.redeem(&back).await;
        let (access, refresh) = (tokens.text("access_token"), tokens.text("refresh_token"));
        let ask = [("scope", scope), ("resource", "https://app.example/api")];
        let of_api = client.redeem(&browser.get(&client.authorization(&ask)).await).await;
        let form = [
            ("grant_type", "refresh_token"), ("refresh_token", &of_api.text("refresh_token")),
            ("resource", "https://app.example/api"), ("scope", "expenses.read"),
        ];
        let narrow = client.token(&form).await;
        assert_eq!(narrow.text("scope"), "expenses.read", "{}", narrow.json);
        let without = async |taken: &[&str]| {
            app.restarted_with(|settings| {
                let client = settings.clients.iter_mut().find(|client| client.client_id == "app").unwrap();
                client.scope.retain(|scope| !taken.contains(&scope.as_str()));
            }).await
        };

        let app_without = without(&["email", "expenses.read"]).await;
        let narrowed = client.at(&app_without);
        let worth = async |token: &str| narrowed.introspect(token).await.json["scope"].as_str().map(str::to_owned);
        assert_eq!(worth(&access).await.as_deref(), Some("openid offline_access"));
        assert_eq!(worth(&refresh).await.as_deref(), Some("openid offline_access"));
        assert_eq!(worth(&narrow.text("access_token")).await, None, "nothing is left of it");
        let exchange = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("subject_token", &of_api.text("access_token")),
            ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"), ("scope", "expenses.read"),
        ];
        assert_eq!(app.client("api").token(&exchange).await.status, 200);
        let passed_on = app.client("api").at(&app_without).token(&exchange).await;
        assert_eq!(refusal(&passed_on), (400, "invalid_scope".to_owned()));
        let told = narrowed.userinfo(&access).await;
        assert_eq!((told.status.as_u16(), told.json.get("email")), (200, None), "{}", told.json);
        let renewed = narrowed.refresh(&refresh).await;
        assert_eq!(renewed.text("scope"), "openid offline_access", "{}", renewed.json);
        assert!(narrowed.userinfo(&renewed.text("access_token")).await.json.get("email").is_none());
        assert_eq!(refusal(&narrowed.token(&form).await), (400, "invalid_scope".to_owned()));

        // What is left for a session's time alone does not outlive it.
        let bound = client.at(&without(&["offline_access"]).await);
        assert_eq!(bound.introspect(&renewed.text("refresh_token")).await.body, "{\"active\":false}");
        let refused = bound.refresh(&renewed.text("refresh_token")).await;
        assert_eq!(refusal(&refused), (400, "invalid_grant".to_owned()));
    }

    async fn a_new_secret_counts_at_once_and_the_old_one_no_more(app: App) {
        let another = app.another_node().await;
        let client = added(&app).await;
        let form = [("grant_type", "refresh_token"), ("refresh_token", "x")];
        let proved = (400, "invalid_grant".to_owned());
        // Both nodes have read the client.
        assert_eq!(refusal(&client.token(&form).await), proved);
        assert_eq!(refusal(&client.at(&another).token(&form).await), proved);
        let fresh = app.clients.rotate_secret(&client.id).await.unwrap();
        for node in [&app, &another] {
            assert_eq!(refusal(&client.at(node).token(&form).await), (401, "invalid_client".to_owned()));
            let headers = basic(&client.id, fresh.expose());
            assert_eq!(refusal(&client.at(node).token_raw(headers, &form).await), proved);
        }
        // What is stored is sealed.
        let mut connection = app.database.read().await.unwrap();
        let stored: String = sqlx::query_scalar("SELECT sealed_secret FROM client")
            .fetch_one(&mut *connection).await.unwrap();
        assert!(!stored.contains(fresh.expose()));
    }

    async fn an_id_that_comes_again_is_not_taken_for_the_client_before_it(app: App) {
        let another = app.another_node().await;
        let form = [("grant_type", "refresh_token"), ("refresh_token", "x")];
        let mut former: Option<Client> = None;
        for _ in 0..3 {
            let members = json!({
                "redirect_uris": [CALLBACK], "grant_types": ["authorization_code", "refresh_token"],
            });
            let made = app.clients.add(Some("again"), metadata(&members)).await.unwrap();
            let secret = made.secret.unwrap();
            let client = Client::registered(another.clone(), "again", CALLBACK, secret.expose());
            assert_eq!(refusal(&client.token(&form).await), (400, "invalid_grant".to_owned()));
            if let Some(former) = former {
                assert_eq!(refusal(&former.token(&form).await), (401, "invalid_client".to_owned()));
            }
            former = Some(client);
            app.sql("DELETE FROM client WHERE id = $1", "again").await;
        }
    }

    async fn what_breaks_the_rules_of_the_configuration_is_not_added(app: App) {
        let cases = [
            (json!({}), "redirect_uris"),
            (json!({ "redirect_uris": ["http://added.example/"] }), "redirect_uris[0]"),
            (json!({ "redirect_uris": [CALLBACK], "scope": "openid admin" }), "scope"),
            (json!({ "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "private_key_jwt" }), "jwks"),
            (json!({ "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none", "require_pkce": false }), "require_pkce"),
        ];
        for (members, key) in cases {
            let refused = app.clients.add(None, metadata(&members)).await.unwrap_err();
            assert!(refused.to_string().contains(key), "{refused}");
        }
        let good = metadata(&json!({ "redirect_uris": [CALLBACK] }));
        for id in ["app", "", "with space", "é", &"x".repeat(201)] {
            assert!(app.clients.add(Some(id), good.clone()).await.is_err(), "{id}");
        }
        app.clients.add(Some("mine"), good.clone()).await.unwrap();
        assert!(app.clients.add(Some("mine"), good).await.is_err(), "it is taken");
        assert_eq!(app.count("SELECT COUNT(*) FROM client").await, 1);
        for id in ["app", "nobody"] {
            assert!(app.clients.disable(id).await.is_err(), "{id}");
            assert!(app.clients.rotate_secret(id).await.is_err(), "{id}");
        }
    }

    async fn ids_that_nobody_has_are_unknown_clients(app: App) {
        for id in ["nobody", &"x".repeat(5_000), "\u{e9}", "a b", "%00"] {
            let address = format!("/authorize?client_id={id}&redirect_uri={CALLBACK}&response_type=code&scope=openid");
            assert_problem_page(&app.browser().get(&address.replace(' ', "%20").replace('\u{e9}', "%C3%A9")).await, id);
        }
    }
}
