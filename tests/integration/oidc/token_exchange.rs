//! An API that calls another one in a person's name (RFC 8693).

use serde_json::json;

use super::{PERSON, grant, refusal};
use crate::on_both_engines;
use crate::support::Client;
use crate::support::app::START;
use crate::support::client::{Answer, claims};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const LEDGER: (&str, &str) = ("resource", "https://ledger.example/api");

async fn exchange(client: &Client, token: &str, more: &[(&str, &str)]) -> Answer {
    let mut form =
        vec![("grant_type", GRANT), ("subject_token", token), ("subject_token_type", ACCESS_TOKEN)];
    form.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
    form.extend(more);
    client.token(&form).await
}

on_both_engines! {
    async fn an_api_gets_a_token_of_its_own_for_the_next_one(app: App) {
        let granted = grant(&app, "app", "openid profile expenses.read").await;
        let api = app.client("api");
        app.wait(100);
        let answer = exchange(&api, &granted.access_token(), &[LEDGER]).await;
        assert_eq!(answer.status, 200, "{}", answer.json);
        let token = answer.text("access_token");
        assert_eq!(
            answer.json,
            json!({
                "access_token": token, "token_type": "Bearer", "issued_token_type": ACCESS_TOKEN, "expires_in": 500,
                "scope": "openid",
            })
        );
        let (before, after) = (claims(&granted.access_token()), claims(&token));
        for same in ["iss", "sub", "exp", "auth_time", "acr", "sid"] {
            assert_eq!(before[same], after[same], "{same}");
        }
        assert_eq!((&after["client_id"], &after["act"]), (&json!("api"), &json!({ "sub": "api" })));
        assert_eq!((&after["aud"], &after["iat"]), (&json!(["https://ledger.example/api"]), &json!(START + 100)));
        let told = claims(&app.client("ledger").introspect(&token).await.body);
        assert_eq!(told["token_introspection"]["act"]["sub"], "api");
        // It dies with what the person granted.
        granted.client.revoke(&granted.refresh_token()).await;
        assert_eq!(api.introspect(&token).await.json, json!({ "active": false }));
        assert_eq!(refusal(&exchange(&api, &granted.access_token(), &[LEDGER]).await), (400, "invalid_request".to_owned()));
    }

    async fn a_token_gains_nothing_by_it(app: App) {
        let granted = grant(&app, "app", "openid profile expenses.read ledger.read").await;
        let api = app.client("api");
        let token = granted.access_token();
        for scope in ["ledger.read", "openid profile", "openid expenses.read expenses.write"] {
            let answer = exchange(&api, &token, &[LEDGER, ("scope", scope)]).await;
            assert_eq!(refusal(&answer), (400, "invalid_scope".to_owned()), "{scope}");
        }
        let other = exchange(&api, &token, &[("resource", "https://other.example")]).await;
        assert_eq!(refusal(&other), (400, "invalid_target".to_owned()));
        // Whom the names were passed on to is kept, and it ends somewhere.
        let own = ("resource", "https://app.example/api");
        let mut token = token;
        for _ in 0..4 {
            token = exchange(&api, &token, &[own]).await.text("access_token");
        }
        assert_eq!(claims(&token)["act"], json!({ "sub": "api", "act": { "sub": "api", "act": { "sub": "api", "act": { "sub": "api" } } } }));
        assert_eq!(refusal(&exchange(&api, &token, &[own]).await), (400, "invalid_request".to_owned()));
    }

    async fn who_was_not_let_to_userinfo_is_not_let_there_by_it(app: App) {
        let granted = grant(&app, "app", "openid").await;
        let api = app.client("api");
        let own = ("resource", "https://app.example/api");
        let for_the_api = granted.client.token(&[
            ("grant_type", "refresh_token"), ("refresh_token", &granted.refresh_token()), own,
        ]).await.text("access_token");
        let at_userinfo = async |token: &str| {
            let answer = exchange(&api, token, &[]).await;
            assert_eq!(answer.text("scope"), "openid");
            api.userinfo(&answer.text("access_token")).await.status.as_u16()
        };
        assert_eq!(at_userinfo(&granted.access_token()).await, 200);
        assert_eq!(at_userinfo(&for_the_api).await, 401);
        // Nor where there is no API to which it could go.
        let bare = app.restarted_with(|settings| {
            let api = settings.clients.iter_mut().find(|client| client.client_id == "api").unwrap();
            api.resources.clear();
        }).await;
        let answer = exchange(&api.at(&bare), &for_the_api, &[]).await;
        assert_eq!(refusal(&answer), (400, "invalid_target".to_owned()));
    }

    async fn only_what_was_meant_for_it_is_exchanged(app: App) {
        let granted = grant(&app, "app", "openid").await;
        let api = app.client("api");
        let elsewhere = granted.client.token(&[
            ("grant_type", "refresh_token"), ("refresh_token", &granted.refresh_token()), LEDGER,
        ]).await;
        let own = api.token(&[("grant_type", "client_credentials")]).await;
        for token in [
            elsewhere.text("access_token"),
            own.text("access_token"),
            granted.id_token(),
            elsewhere.text("refresh_token"),
            "x".to_owned(),
            String::new(),
        ] {
            assert_eq!(refusal(&exchange(&api, &token, &[]).await), (400, "invalid_request".to_owned()), "{token}");
        }
        for more in [
            ("subject_token_type", ""),
            ("subject_token_type", "urn:ietf:params:oauth:token-type:refresh_token"),
            ("requested_token_type", "urn:ietf:params:oauth:token-type:id_token"),
            ("actor_token", "x"),
            ("audience", "ledger"),
        ] {
            let answer = exchange(&api, &granted.access_token(), &[more]).await;
            assert_eq!(refusal(&answer), (400, "invalid_request".to_owned()), "{more:?}");
        }
        for stranger in ["app", "native", "ledger"] {
            let answer = exchange(&app.client(stranger), &granted.access_token(), &[]).await;
            assert_eq!(refusal(&answer), (400, "unauthorized_client".to_owned()), "{stranger}");
        }
        app.wait(600);
        assert_eq!(exchange(&api, &granted.access_token(), &[]).await.status, 400);
    }

    async fn what_a_person_told_one_application_is_not_told_to_the_next(app: App) {
        let granted = grant(&app, "app", "openid profile email expenses.read").await;
        let api = app.client("api");
        let own = ("resource", "https://app.example/api");
        let answer = exchange(&api, &granted.access_token(), &[own]).await;
        assert_eq!(answer.json["scope"], "openid expenses.read");
        for scope in ["openid profile", "email"] {
            let refused = exchange(&api, &granted.access_token(), &[own, ("scope", scope)]).await;
            assert_eq!(refusal(&refused), (400, "invalid_scope".to_owned()), "{scope}");
        }
        // Without resources of its own, the next one would be at userinfo.
        let app = app.restarted_with(|settings| {
            let api = settings.clients.iter_mut().find(|client| client.client_id == "api").unwrap();
            api.resources.clear();
        }).await;
        let form = [("scope", "openid")];
        let asked = granted.client.token(&[
            ("grant_type", "refresh_token"), ("refresh_token", &granted.refresh_token()), own,
        ]).await;
        let refused = exchange(&app.client("api"), &asked.text("access_token"), &form).await;
        assert_eq!(refusal(&refused), (400, "invalid_target".to_owned()));
    }

    async fn it_dies_with_any_client_through_which_it_came(app: App) {
        let metadata = json!({
            "redirect_uris": ["https://made.example/cb"], "scope": "openid expenses.read", "first_party": true,
            "resources": ["https://app.example/api"],
        });
        let made = app.clients.add(Some("made"), metadata.as_object().unwrap().clone()).await.unwrap();
        let secret = made.secret.unwrap();
        let client = Client::registered(app.clone(), "made", "https://made.example/cb", secret.expose());
        app.person(PERSON).await;
        let address = client.authorization(&[("scope", "openid expenses.read")]);
        let tokens = client.redeem(&app.browser().sign_in(&address, PERSON).await).await;
        let api = app.client("api");
        let own = ("resource", "https://app.example/api");
        let token = exchange(&api, &tokens.text("access_token"), &[own]).await.text("access_token");
        assert_eq!(api.introspect(&token).await.json["active"], true);
        app.clients.disable("made").await.unwrap();
        assert_eq!(api.introspect(&token).await.json, json!({ "active": false }));
        assert_eq!(exchange(&api, &token, &[own]).await.status, 400);
    }
}
