//! What certifiers look at, and no other test shows (`docs/conformance.md`).

use std::collections::BTreeSet;

use axum::body::Body;
use guichet::config::GrantType;
use http::Request;
use http::header::ORIGIN;

use super::{PERSON, grant, refusal};
use crate::on_both_engines;
use crate::support::app::START;
use crate::support::client::claims;

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
}
