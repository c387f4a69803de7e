//! What certifiers look at, and no other test shows (`docs/conformance.md`).

use std::collections::BTreeSet;

use axum::body::Body;
use guichet::config::{ClientKeys, GrantType, TokenEndpointAuthMethod};
use http::header::{CONTENT_TYPE, ORIGIN};
use http::{HeaderMap, Request};
use serde_json::json;

use super::{PERSON, assert_asks_to_sign_in, assert_problem_page, basic, form_encoded, grant, refusal};
use crate::federation::signing::Signer;
use crate::on_both_engines;
use crate::support::Client;
use crate::support::app::{CLIENT_SECRET, ISSUER, START};
use crate::support::client::{Answer, claims};

/// Posts a form, authenticated by HTTP Basic.
async fn posted(client: &Client, path: &str, form: String) -> Answer {
    let mut request = Request::post(path).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    request.headers_mut().unwrap().extend(basic(&client.id, CLIENT_SECRET));
    client.ask(request.body(Body::from(form)).unwrap()).await
}

/// Pushes an authorization request as plain parameters.
async fn push(client: &Client) -> Answer {
    let address = client.authorization(&[]);
    let (_, parameters) = address.split_once('?').unwrap();
    posted(client, "/par", parameters.to_owned()).await
}

/// Whether a text holds what errors may hold only (RFC 6749 §4.1.2.1, §5.2, RFC 6750 §3).
fn is_allowed(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, 0x20..=0x21 | 0x23..=0x5B | 0x5D..=0x7E))
}

on_both_engines! {
    async fn error_texts_hold_the_allowed_characters_only(app: App) {
        let client = app.client("app");
        for more in [
            ("response_type", "token"),
            ("scope", ""),
            ("prompt", "none"),
            ("prompt", "\"\\\u{e9}"),
            ("max_age", "\""),
            ("code_challenge", "\\\r\n"),
        ] {
            let page = app.browser().get(&client.authorization(&[more])).await;
            let parameters = page.redirect_parameters();
            for name in ["error", "error_description"] {
                assert!(is_allowed(&parameters[name]), "{more:?}: {parameters:?}");
            }
        }
        for form in [
            vec![],
            vec![("grant_type", "\"\\\u{e9}")],
            vec![("grant_type", "authorization_code"), ("code", "\"")],
            vec![("grant_type", "refresh_token"), ("refresh_token", "\\")],
        ] {
            let answer = client.token(&form).await;
            let is_fine = is_allowed(&answer.text("error")) && is_allowed(&answer.text("error_description"));
            assert!(is_fine, "{form:?}: {}", answer.json);
        }
        let answer = client.userinfo("x\\y").await;
        let challenge = answer.headers["www-authenticate"].to_str().unwrap();
        // What stands between quotes.
        let mut values = challenge.split('"').skip(1).step_by(2);
        assert!(values.clone().count() >= 3 && values.all(is_allowed), "{challenge}");
    }

    async fn scripts_of_other_origins_cannot_read_the_authorization_endpoint(app: App) {
        for method in ["GET", "POST", "OPTIONS"] {
            let request = Request::builder()
                .method(method)
                .uri("/authorize?client_id=app")
                .header(ORIGIN, "https://spa.example")
                .header("access-control-request-method", "GET");
            let answer = app.answer(request.body(Body::empty()).unwrap()).await;
            let is_open = answer.headers().keys().any(|name| name.as_str().starts_with("access-control-"));
            assert!(!is_open, "{method}: {:?}", answer.headers());
        }
    }

    async fn consent_names_offline_access(app: App) {
        let app = app
            .restarted_with(|settings| {
                let third = settings.clients.iter_mut().find(|client| client.client_id == "third").unwrap();
                third.grant_types.push(GrantType::RefreshToken);
                third.scope.push("offline_access".to_owned());
            })
            .await;
        app.person(PERSON).await;
        let client = app.client("third");
        let mut browser = app.browser();
        let asked = client.authorization(&[("scope", "openid offline_access")]);
        let page = browser.sign_in(&asked, PERSON).await;
        assert!(page.body.contains("quand vous n’êtes pas là"), "{}", page.body);
        // Whoever allowed to know them did not allow that.
        let plain = browser.open(&client.authorization(&[("scope", "openid")])).await;
        browser.submit(&plain.form_action(), &[("decision", "allow")]).await.code();
        let silent = client.authorization(&[("scope", "openid offline_access"), ("prompt", "none")]);
        assert_eq!(browser.get(&silent).await.error(), "consent_required");
    }

    async fn codes_are_long_and_never_the_same(app: App) {
        let mut granted = grant(&app, "app", "openid").await;
        let mut codes = BTreeSet::new();
        for _ in 0..20 {
            let code = granted.browser.get(&granted.client.authorization(&[])).await.code();
            assert_eq!(code.len(), 43, "256 bits in base64url");
            assert!(codes.insert(code));
        }
    }

    async fn a_refreshed_access_token_keeps_when_and_how_somebody_signed_in(app: App) {
        let granted = grant(&app, "app", "openid").await;
        app.wait(100);
        let answer = granted.client.refresh(&granted.refresh_token()).await;
        let (before, after) = (claims(&granted.access_token()), claims(&answer.text("access_token")));
        for same in ["iss", "sub", "aud", "client_id", "scope", "auth_time", "acr"] {
            assert_eq!(before[same], after[same], "{same}");
        }
        assert_eq!((&after["iat"], &after["auth_time"]), (&(START + 100).into(), &START.into()));
    }

    async fn a_public_clients_refresh_token_is_replaced_and_its_reuse_revokes_the_grant(app: App) {
        let granted = grant(&app, "native", "openid").await;
        let first = granted.refresh_token();
        let second = granted.client.refresh(&first).await.text("refresh_token");
        assert_ne!(second, first);
        app.wait(31);
        for token in [first, second] {
            let answer = granted.client.refresh(&token).await;
            assert_eq!(refusal(&answer), (400, "invalid_grant".to_owned()), "{token}");
        }
    }

    async fn a_wrong_hint_hinders_no_introspection(app: App) {
        let granted = grant(&app, "app", "openid").await;
        for (token, hint) in [
            (granted.access_token(), "refresh_token"),
            (granted.refresh_token(), "access_token"),
            (granted.access_token(), "urn:unknown"),
        ] {
            let form = form_encoded(&[("token", &token), ("token_type_hint", hint)]);
            let answer = posted(&granted.client, "/introspect", form).await;
            assert_eq!(answer.json["active"], true, "{hint}: {}", answer.json);
        }
    }

    async fn a_pushed_request_is_checked_anew_when_it_is_used(app: App) {
        let client = app.client("app");
        let answer = push(&client).await;
        assert_eq!(answer.status, 201, "{}", answer.json);
        let named = form_encoded(&[("client_id", "app"), ("request_uri", &answer.text("request_uri"))]);
        let address = format!("/authorize?{named}");
        assert_asks_to_sign_in(&app.browser().get(&address).await, "as it was pushed");
        let app = app
            .restarted_with(|settings| {
                settings.clients[0].redirect_uris.retain(|uri| *uri != client.redirect_uri);
            })
            .await;
        assert_problem_page(&app.browser().get(&address).await, "its address was withdrawn");
    }

    async fn a_client_that_must_sign_pushes_nothing_plain(app: App) {
        let app = app
            .restarted_with(|settings| settings.clients[0].requests.require_signed_request_object = true)
            .await;
        let answer = push(&app.client("app")).await;
        assert_eq!(refusal(&answer), (400, "invalid_request".to_owned()));
    }

    async fn assertions_count_under_each_algorithm(app: App) {
        for signer in [Signer::rs256("a"), Signer::ps256("b"), Signer::es256("c"), Signer::eddsa("d")] {
            let app = app
                .restarted_with(|settings| {
                    let client = &mut settings.clients[0];
                    client.token_endpoint_auth_method = TokenEndpointAuthMethod::PrivateKeyJwt;
                    client.client_secret = None;
                    client.keys = ClientKeys::Inline(json!({ "keys": [signer.jwk()] }));
                })
                .await;
            let assertion = signer.sign(&json!({
                "iss": "app", "sub": "app", "aud": ISSUER, "iat": START, "exp": START + 60, "jti": signer.kid,
            }));
            let form = [
                ("grant_type", "refresh_token"),
                ("refresh_token", "x"),
                ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                ("client_assertion", assertion.as_str()),
            ];
            // It is the refresh token that is wrong, not the client.
            let answer = app.client("post").token_raw(HeaderMap::new(), &form).await;
            assert_eq!(refusal(&answer), (400, "invalid_grant".to_owned()), "{}", signer.alg);
        }
    }
}
