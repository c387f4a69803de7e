//! Claims asked for one by one, and how strongly somebody must have signed in (Core §5.5, §3.1.2.1).

use serde_json::{Value, json};

use super::{PERSON, assert_asks_to_sign_in, grant_again};
use crate::attacks::scene::{come_back, through_arena, with_arena};
use crate::on_both_engines;
use crate::support::App;
use crate::support::app::START;
use crate::support::client::{Answer, Client, claims};

const PASSWORD_ACR: &str = "urn:guichet:acr:password";

/// Signs in with a claims request and redeems the code.
async fn granted(app: &App, client: &Client, scope: &str, request: &Value) -> Answer {
    let asked = client.authorization(&[("scope", scope), ("claims", &request.to_string())]);
    let tokens = client.redeem(&app.browser().sign_in(&asked, PERSON).await).await;
    assert_eq!(tokens.status, 200, "{}", tokens.json);
    tokens
}

fn essential_acr(values: &[&str]) -> String {
    json!({ "id_token": { "acr": { "essential": true, "values": values } } }).to_string()
}

on_both_engines! {
    async fn a_claim_is_told_at_the_place_at_which_it_was_asked_for(app: App) {
        let person = app.person(PERSON).await;
        let client = app.client("app");
        let request = json!({
            "userinfo": { "name": { "essential": true }, "email": null, "unheard_of": null },
            "id_token": { "family_name": null, "email_verified": { "value": true } },
        });
        let tokens = granted(&app, &client, "openid", &request).await;
        let userinfo = client.userinfo(&tokens.text("access_token")).await.json;
        let (sub, email) = (person.id.as_str(), "elefevre@example.org");
        assert_eq!(userinfo, json!({ "sub": sub, "name": "Élodie Lefèvre", "email": email }));
        let told = claims(&tokens.text("id_token"));
        assert_eq!((&told["family_name"], &told["email_verified"]), (&json!("Lefèvre"), &json!(false)));
        assert!(told.get("name").is_none() && told.get("email").is_none(), "{told}");
        // The answer to a refresh tells the same.
        let again = client.refresh(&tokens.text("refresh_token")).await;
        assert_eq!(claims(&again.text("id_token"))["family_name"], "Lefèvre");
        let userinfo = client.userinfo(&again.text("access_token")).await.json;
        assert_eq!(userinfo["name"], "Élodie Lefèvre");
        // What was asked for once is not told to the next grant.
        let plain = grant_again(&app, "app", "openid").await;
        assert!(claims(&plain.id_token()).get("family_name").is_none());
        assert_eq!(client.userinfo(&plain.access_token()).await.json, json!({ "sub": sub }));
    }

    async fn nobody_is_told_more_than_the_scopes_of_their_registration(app: App) {
        app.person(PERSON).await;
        let client = app.client("post");
        let asked = json!({ "email": { "essential": true }, "phone_number": null, "situation": null, "nickname": null });
        let request = json!({ "userinfo": asked, "id_token": asked });
        let tokens = granted(&app, &client, "openid profile", &request).await;
        let told = claims(&tokens.text("id_token"));
        let userinfo = client.userinfo(&tokens.text("access_token")).await.json;
        for name in ["email", "phone_number", "situation"] {
            assert!(told.get(name).is_none() && userinfo.get(name).is_none(), "{name}");
        }
    }

    async fn a_person_allows_what_is_asked_for_by_name(app: App) {
        app.person(PERSON).await;
        let client = app.client("third");
        let mut browser = app.browser();
        let asked = browser.sign_in(&client.authorization(&[("scope", "openid")]), PERSON).await;
        let back = browser.submit(&asked.form_action(), &[("decision", "allow")]).await;
        back.code();
        let request = json!({ "userinfo": { "email": null } }).to_string();
        let more = client.authorization(&[("scope", "openid"), ("claims", &request)]);
        let asked = browser.open(&more).await;
        assert!(asked.body.contains("adresse électronique"), "{}", asked.body);
        let back = browser.submit(&asked.form_action(), &[("decision", "allow")]).await;
        let tokens = client.redeem(&back).await;
        assert_eq!(tokens.text("scope"), "openid");
        let userinfo = client.userinfo(&tokens.text("access_token")).await.json;
        assert_eq!(userinfo["email"], "elefevre@example.org");
        browser.get(&more).await.code();
    }

    async fn no_claim_says_who_vouches_but_ours(app: App) {
        let forged = json!({ "at_hash": "x", "aud": "evil", "nonce": "n", "sid": "s", "academy": "10" });
        let Value::Object(forged) = forged else { unreachable!() };
        app.person_with(PERSON, forged).await;
        let names = json!({ "at_hash": null, "aud": null, "nonce": null, "sid": null, "academy": null, "sub": null });
        let tokens = granted(&app, &app.client("app"), "openid", &json!({ "id_token": names })).await;
        let told = claims(&tokens.text("id_token"));
        assert_eq!((&told["aud"], &told["nonce"]), (&json!("app"), &json!("the-nonce")));
        assert_eq!(told["academy"], "10");
        assert_ne!(told["at_hash"], "x");
    }

    async fn what_is_no_claims_request_is_refused(app: App) {
        let client = app.client("app");
        let deep = "[".repeat(1_000);
        let long = "x".repeat(4_100);
        for wrong in ["{", "[]", "null", "{\"userinfo\":1}", "{\"id_token\":{\"acr\":7}}", &deep, &long] {
            let page = app.browser().get(&client.authorization(&[("claims", wrong)])).await;
            assert_eq!(page.error(), "invalid_request", "{wrong}");
        }
    }

    async fn what_a_national_federation_asks_for_just_comes(app: App) {
        app.person(PERSON).await;
        let client = app.client("no-pkce");
        let request = json!({ "id_token": { "amr": null, "acr": null } });
        let told = claims(&granted(&app, &client, "openid", &request).await.text("id_token"));
        assert_eq!((&told["acr"], &told["amr"]), (&json!(PASSWORD_ACR), &json!(["pwd"])));
    }

    async fn how_somebody_signed_in_is_told_at_userinfo_too(app: App) {
        app.person(PERSON).await;
        let client = app.client("app");
        let request = json!({ "userinfo": { "acr": null, "amr": null, "auth_time": { "essential": true } } });
        let tokens = granted(&app, &client, "openid", &request).await;
        let told = client.userinfo(&tokens.text("access_token")).await.json;
        assert_eq!(
            (&told["acr"], &told["amr"], &told["auth_time"]),
            (&json!(PASSWORD_ACR), &json!(["pwd"]), &json!(START))
        );
    }

    async fn an_essential_context_that_was_not_reached_is_an_error(app: App) {
        app.person(PERSON).await;
        let client = app.client("app");
        let mut browser = app.browser();
        browser.sign_in(&client.authorization(&[]), PERSON).await;
        let enough = essential_acr(&["urn:x", PASSWORD_ACR]);
        browser.get(&client.authorization(&[("claims", &enough), ("prompt", "none")])).await.code();
        let more = essential_acr(&["eidas3"]);
        let silent = client.authorization(&[("claims", &more), ("prompt", "none")]);
        assert_eq!(browser.get(&silent).await.error(), "login_required");
        // Perhaps through ARENA; not with a password.
        let stronger = client.authorization(&[("claims", &more)]);
        assert_asks_to_sign_in(&browser.get(&stronger).await, "stronger");
        let back = browser.sign_in(&stronger, PERSON).await;
        assert_eq!(back.error(), "unmet_authentication_requirements");
        assert_eq!(back.redirect_parameters()["state"], "the-state");
    }

    async fn nobody_signs_in_for_a_context_that_no_door_leads_to(app: App) {
        let app = app.restarted_with(|settings| settings.situations.truncate(1)).await;
        let client = app.client("app");
        let more = client.authorization(&[("claims", &essential_acr(&["eidas3"]))]);
        assert_eq!(app.browser().get(&more).await.error(), "unmet_authentication_requirements");
    }

    async fn a_wish_that_is_not_essential_is_no_claim(app: App) {
        app.person(PERSON).await;
        let client = app.client("app");
        let wish = json!({ "id_token": { "acr": { "values": ["eidas3"] } } }).to_string();
        let mut browser = app.browser();
        for more in [("acr_values", "eidas3 eidas2"), ("claims", wish.as_str())] {
            let back = browser.open(&client.authorization(&[more])).await;
            let back = if back.location().is_some() {
                back
            } else {
                browser.sign_in(&client.authorization(&[more]), PERSON).await
            };
            assert_eq!(claims(&client.redeem(&back).await.text("id_token"))["acr"], PASSWORD_ACR, "{more:?}");
        }
    }

    async fn a_subject_asked_for_is_the_only_one_answered_with(app: App) {
        let person = app.person(PERSON).await;
        let other = app.person("odupont").await;
        let client = app.client("app");
        let mut browser = app.browser();
        browser.sign_in(&client.authorization(&[]), PERSON).await;
        let asked = |subject: &str, more: &[(&str, &str)]| {
            let request = json!({ "id_token": { "sub": { "value": subject } } }).to_string();
            client.authorization(&[&[("claims", request.as_str())], more].concat())
        };
        browser.get(&asked(person.id.as_str(), &[])).await.code();
        let silent = asked(other.id.as_str(), &[("prompt", "none")]);
        assert_eq!(browser.get(&silent).await.error(), "login_required");
        let loud = asked(other.id.as_str(), &[]);
        assert_asks_to_sign_in(&browser.get(&loud).await, "somebody else is asked for");
        assert_eq!(browser.clone().sign_in(&loud, PERSON).await.error(), "login_required");
        browser.sign_in(&loud, "odupont").await.code();
    }
}

#[tokio::test]
async fn an_upstream_is_asked_for_the_context_and_believed() {
    let (app, arena) = with_arena().await;
    let client = app.client("app");
    let through = |more: &[(&str, &str)]| client.authorization(&[&[("idp_hint", "staff")], more].concat());
    let enough = through(&[("claims", &essential_acr(&["eidas1", "eidas2"]))]);
    let away = app.browser().open(&enough).await;
    assert_eq!(away.redirect_parameters()["acr_values"], "eidas1 eidas2");
    let back = through_arena(&mut app.browser(), &arena, &enough, START).await;
    assert_eq!(claims(&client.redeem(&back).await.text("id_token"))["acr"], "eidas1");

    let mut browser = app.browser();
    let stronger = through(&[("claims", &essential_acr(&["eidas3"]))]);
    let away = browser.open(&stronger).await;
    assert_eq!(away.redirect_parameters()["acr_values"], "eidas3");
    let back = come_back(&mut browser, &arena, &away, START).await;
    assert_eq!(back.error(), "unmet_authentication_requirements");

    let away = app.browser().open(&through(&[("acr_values", &format!("eidas2 {PASSWORD_ACR}"))])).await;
    assert_eq!(away.redirect_parameters()["acr_values"], "eidas2");
    let always = app
        .restarted_with(|settings| {
            let client = settings.clients.iter_mut().find(|client| client.client_id == "app").unwrap();
            client.default_acr_values = vec!["eidas1-mfa".to_owned()];
        })
        .await;
    let away = always.browser().open(&through(&[])).await;
    assert_eq!(away.redirect_parameters()["acr_values"], "eidas1-mfa");
}
