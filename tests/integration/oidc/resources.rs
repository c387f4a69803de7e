//! For which API a token is (RFC 8707), and the scopes of APIs.

use serde_json::{Value, json};

use super::{PERSON, form_encoded, grant, refusal};
use crate::on_both_engines;
use crate::support::app::ISSUER;
use crate::support::client::{Answer, VERIFIER, claims};
use crate::support::{App, Client};

const APP: &str = "https://app.example/api";
const LEDGER: &str = "https://ledger.example/api";

fn audience(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.json);
    claims(&answer.text("access_token"))["aud"].clone()
}

/// The address of an authorization request for resources.
fn request(client: &Client, scope: &str, resources: &[&str]) -> String {
    let named: Vec<_> = resources.iter().map(|uri| ("resource", *uri)).collect();
    let joint = if named.is_empty() { "" } else { "&" };
    format!("{}{joint}{}", client.authorization(&[("scope", scope)]), form_encoded(&named))
}

/// Signs in for resources and redeems the code for others.
async fn granted(app: &App, client: &Client, scope: &str, asked: &[&str], redeemed: &[&str]) -> Answer {
    let code = app.browser().sign_in(&request(client, scope, asked), PERSON).await.code();
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", client.redirect_uri.as_str()),
        ("code_verifier", VERIFIER),
    ];
    form.extend(redeemed.iter().map(|uri| ("resource", *uri)));
    client.token(&form).await
}

async fn refreshed(client: &Client, token: &str, more: &[(&str, &str)]) -> Answer {
    let form = [&[("grant_type", "refresh_token"), ("refresh_token", token)], more].concat();
    client.token(&form).await
}

on_both_engines! {
    async fn the_resource_decides_the_audience(app: App) {
        app.person(PERSON).await;
        let client = app.client("app");
        let target = (400, "invalid_target".to_owned());
        // None named: the first one of the client, and userinfo.
        assert_eq!(audience(&granted(&app, &client, "openid", &[], &[]).await), json!([APP, ISSUER]));
        assert_eq!(audience(&granted(&app, &client, "openid", &[], &[LEDGER]).await), json!([LEDGER]));
        // One named is the only one.
        assert_eq!(audience(&granted(&app, &client, "openid", &[LEDGER], &[]).await), json!([LEDGER]));
        assert_eq!(audience(&granted(&app, &client, "openid", &[LEDGER], &[LEDGER, LEDGER]).await), json!([LEDGER]));
        assert_eq!(refusal(&granted(&app, &client, "openid", &[LEDGER], &[APP]).await), target);
        // Of several, one for each token.
        let both = granted(&app, &client, "openid", &[LEDGER, APP], &[]).await;
        assert_eq!(audience(&both), json!([LEDGER]));
        let other = refreshed(&client, &both.text("refresh_token"), &[("resource", APP)]).await;
        assert_eq!(audience(&other), json!([APP]));
        let two = refreshed(&client, &other.text("refresh_token"), &[("resource", APP), ("resource", LEDGER)]).await;
        assert_eq!(refusal(&two), target);
        // A refused one used nothing up.
        let again = refreshed(&client, &other.text("refresh_token"), &[]).await;
        assert_eq!(audience(&again), json!([LEDGER]));
    }

    async fn without_a_scope_of_people_a_token_is_for_the_api_alone(app: App) {
        app.person(PERSON).await;
        let client = app.client("app");
        let whole = granted(&app, &client, "openid expenses.read", &[], &[]).await;
        let narrow = refreshed(&client, &whole.text("refresh_token"), &[("scope", "expenses.read")]).await;
        assert_eq!(audience(&narrow), json!([APP]));
        let own = app.client("api").token(&[("grant_type", "client_credentials")]).await;
        assert_eq!(audience(&own), json!([APP]));
    }

    async fn without_resources_a_token_is_for_ourselves(app: App) {
        app.person(PERSON).await;
        let client = app.client("post");
        assert_eq!(audience(&granted(&app, &client, "openid", &[], &[]).await), json!([ISSUER]));
    }

    async fn an_unregistered_resource_is_refused_everywhere(app: App) {
        let granted = grant(&app, "app", "openid").await;
        let mut browser = granted.browser.clone();
        for uri in ["https://other.example/api", "https://app.example/api/", "HTTPS://app.example/api",
            "https://app.example/api#x", "/api", "app", "https://app.example/api https://ledger.example/api"] {
            let back = browser.get(&request(&granted.client, "openid", &[uri])).await;
            assert_eq!(back.error(), "invalid_target", "{uri}");
            assert_eq!(back.redirect_parameters()["state"], "the-state");
            let mixed = browser.get(&request(&granted.client, "openid", &[APP, uri])).await;
            assert_eq!(mixed.error(), "invalid_target", "{uri}");
            let target = (400, "invalid_target".to_owned());
            let answer = refreshed(&granted.client, &granted.refresh_token(), &[("resource", uri)]).await;
            assert_eq!(refusal(&answer), target, "{uri}");
            let form = [("grant_type", "client_credentials"), ("resource", uri)];
            assert_eq!(refusal(&app.client("api").token(&form).await), target, "{uri}");
        }
    }

    async fn only_resource_may_stand_twice(app: App) {
        let client = app.client("app");
        let twice = format!("{}&nonce=x", request(&client, "openid", &[APP, LEDGER]));
        assert_eq!(app.browser().get(&twice).await.error(), "invalid_request");
        let many = vec![APP; 101];
        assert_eq!(app.browser().get(&request(&client, "openid", &many)).await.error(), "invalid_request");
    }

    async fn scopes_of_an_api_count_at_that_api_alone(app: App) {
        app.person(PERSON).await;
        let client = app.client("app");
        let scope = "openid expenses.read ledger.read expenses.write";
        let answer = granted(&app, &client, scope, &[APP, LEDGER], &[]).await;
        assert_eq!(answer.text("scope"), "openid expenses.read expenses.write");
        let ledger = refreshed(&client, &answer.text("refresh_token"), &[("resource", LEDGER)]).await;
        assert_eq!(ledger.text("scope"), "openid ledger.read");
        assert_eq!(claims(&ledger.text("access_token"))["scope"], "openid ledger.read");
        let narrow = [("resource", LEDGER), ("scope", "expenses.read")];
        let nothing = refreshed(&client, &ledger.text("refresh_token"), &narrow).await;
        assert_eq!(refusal(&nothing), (400, "invalid_scope".to_owned()));
        // A scope alone says for which API.
        let by_scope = granted(&app, &client, "openid ledger.read", &[], &[]).await;
        assert_eq!((audience(&by_scope), by_scope.text("scope")), (json!([LEDGER, ISSUER]), "openid ledger.read".to_owned()));
        // What was not granted cannot be had by naming the resource.
        let wider = refreshed(&client, &by_scope.text("refresh_token"), &[("resource", APP), ("scope", "expenses.read")]).await;
        assert_eq!(refusal(&wider), (400, "invalid_scope".to_owned()));
    }

    async fn a_resource_that_is_taken_away_gives_nothing_more(app: App) {
        app.person(PERSON).await;
        let client = app.client("app");
        let answer = granted(&app, &client, "openid", &[LEDGER], &[]).await;
        let without = app.restarted_with(|settings| {
            let client = settings.clients.iter_mut().find(|client| client.client_id == "app").unwrap();
            client.resources.retain(|uri| uri != LEDGER);
        }).await;
        let later = refreshed(&client.at(&without), &answer.text("refresh_token"), &[]).await;
        assert_eq!(refusal(&later), (400, "invalid_target".to_owned()));
    }

    async fn people_are_told_what_may_be_done_at_an_api(app: App) {
        app.person(PERSON).await;
        let client = app.client("third");
        let mut browser = app.browser();
        let page = browser.sign_in(&client.authorization(&[("scope", "openid expenses.read expenses.write")]), PERSON).await;
        assert!(page.body.contains("consulter vos états de frais"), "{}", page.body);
        assert!(!page.body.contains("remplir vos états de frais"), "it is not this client's");
        let back = browser.submit(&page.form_action(), &[("decision", "allow")]).await;
        assert_eq!(client.redeem(&back).await.text("scope"), "openid expenses.read");
        let own = browser.open("/account").await;
        assert!(own.body.contains("consulter vos états de frais"), "{}", own.body);
    }
}
