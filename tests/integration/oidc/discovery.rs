//! The metadata and the public keys (Discovery §3, §4, RFC 7517).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::on_both_engines;
use crate::support::App;
use crate::support::app::ISSUER;
use crate::support::browser::Page;

const PATH: &str = "/.well-known/openid-configuration";

async fn document(app: &App, path: &str) -> (Page, Value) {
    let page = app.browser().get(path).await;
    assert_eq!(page.status, 200, "{path}");
    let json = serde_json::from_str(&page.body).unwrap();
    (page, json)
}

on_both_engines! {
    async fn the_metadata_says_what_is_so(app: App) {
        let (page, metadata) = document(&app, PATH).await;
        assert_eq!(page.header("content-type"), "application/json");
        assert_eq!(page.header("access-control-allow-origin"), "*");
        assert_eq!(
            metadata,
            json!({
                "issuer": "https://id.test",
                "authorization_endpoint": "https://id.test/authorize",
                "pushed_authorization_request_endpoint": "https://id.test/par",
                "token_endpoint": "https://id.test/token",
                "userinfo_endpoint": "https://id.test/userinfo",
                "jwks_uri": "https://id.test/jwks",
                "end_session_endpoint": "https://id.test/logout",
                "scopes_supported": ["openid", "profile", "email", "address", "phone", "offline_access", "imagin",
                    "expenses.read", "expenses.write", "ledger.read", "scim"],
                "revocation_endpoint": "https://id.test/revoke",
                "revocation_endpoint_auth_methods_supported":
                    ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"],
                "revocation_endpoint_auth_signing_alg_values_supported": ["RS256", "PS256", "ES256", "EdDSA"],
                "device_authorization_endpoint": "https://id.test/device_authorization",
                "introspection_endpoint": "https://id.test/introspect",
                "introspection_endpoint_auth_methods_supported":
                    ["client_secret_basic", "client_secret_post", "private_key_jwt"],
                "introspection_endpoint_auth_signing_alg_values_supported": ["RS256", "PS256", "ES256", "EdDSA"],
                "introspection_signing_alg_values_supported": ["RS256", "PS256", "ES256", "EdDSA"],
                "response_types_supported": ["code"],
                "response_modes_supported": ["query", "form_post"],
                "grant_types_supported": [
                    "authorization_code", "refresh_token", "client_credentials",
                    "urn:ietf:params:oauth:grant-type:device_code",
                    "urn:ietf:params:oauth:grant-type:token-exchange",
                ],
                "subject_types_supported": ["public", "pairwise"],
                "id_token_signing_alg_values_supported": ["RS256", "PS256", "ES256", "EdDSA"],
                "userinfo_signing_alg_values_supported": ["RS256", "PS256", "ES256", "EdDSA"],
                "token_endpoint_auth_methods_supported":
                    ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"],
                "token_endpoint_auth_signing_alg_values_supported": ["RS256", "PS256", "ES256", "EdDSA"],
                "acr_values_supported": ["urn:guichet:acr:password", "urn:guichet:acr:federated"],
                "claim_types_supported": ["normal"],
                "claims_supported": [
                    "sub", "name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile",
                    "picture", "website", "gender", "birthdate", "zoneinfo", "locale", "updated_at", "email",
                    "email_verified", "address", "phone_number", "phone_number_verified", "situation", "authority", "acr",
                    "amr", "auth_time",
                ],
                "claims_parameter_supported": true,
                "require_pushed_authorization_requests": false,
                "request_parameter_supported": true,
                "request_object_signing_alg_values_supported": ["RS256", "PS256", "ES256", "EdDSA"],
                "require_signed_request_object": false,
                "request_uri_parameter_supported": true,
                "require_request_uri_registration": true,
                "ui_locales_supported": ["fr", "en"],
                "code_challenge_methods_supported": ["S256"],
                "prompt_values_supported": ["none", "login", "consent", "select_account"],
                "authorization_response_iss_parameter_supported": true,
                "backchannel_logout_supported": true,
                "backchannel_logout_session_supported": true,
                "frontchannel_logout_supported": true,
                "frontchannel_logout_session_supported": true,
            })
        );
    }

    async fn the_issuer_does_not_depend_on_how_it_was_asked(app: App) {
        let mut browser = app.browser();
        for (name, value) in [
            ("host", "evil.example"),
            ("x-forwarded-host", "evil.example"),
            ("x-forwarded-proto", "http"),
            ("forwarded", "host=evil.example;proto=http"),
        ] {
            browser.headers.insert(name, value.parse().unwrap());
        }
        let page = browser.get(PATH).await;
        assert_eq!(page.body, document(&app, PATH).await.0.body);
        assert!(!page.body.contains("evil"));
    }

    async fn every_address_in_the_metadata_answers(app: App) {
        let (_, metadata) = document(&app, PATH).await;
        let addresses = metadata
            .as_object()
            .unwrap()
            .iter()
            .filter(|(name, _)| name.ends_with("_endpoint") || name.ends_with("_uri"));
        let mut found = 0;
        for (name, address) in addresses {
            let path = address.as_str().unwrap().strip_prefix(ISSUER).unwrap();
            let (got, posted) =
                (app.browser().get(path).await, app.browser().post(path, &[("x", "y")]).await);
            let is_there = |page: &Page| ![404, 405, 500, 503].contains(&page.status.as_u16());
            assert!(is_there(&got) || is_there(&posted), "{name}: {} {}", got.status, posted.status);
            found += 1;
        }
        assert_eq!(found, 9);
    }

    async fn the_keys_are_public_and_each_says_what_it_is(app: App) {
        let (page, jwks) = document(&app, "/jwks").await;
        assert_eq!(page.header("content-type"), "application/jwk-set+json");
        assert_eq!(page.header("access-control-allow-origin"), "*");
        assert!(page.header("cache-control").contains("max-age"));
        assert_eq!(jwks.as_object().unwrap().len(), 1);
        let keys = jwks["keys"].as_array().unwrap();
        let mut algorithms: Vec<_> = keys.iter().map(|key| key["alg"].as_str().unwrap()).collect();
        algorithms.sort_unstable();
        assert_eq!(algorithms, ["ES256", "EdDSA", "PS256", "RS256"]);
        let ids: BTreeSet<_> = keys.iter().map(|key| key["kid"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), 4);
        for key in keys {
            let mut members: Vec<_> = key.as_object().unwrap().keys().map(String::as_str).collect();
            members.sort_unstable();
            let expected: &[&str] = match key["kty"].as_str().unwrap() {
                "EC" => &["alg", "crv", "kid", "kty", "use", "x", "y"],
                "OKP" => &["alg", "crv", "kid", "kty", "use", "x"],
                _ => &["alg", "e", "kid", "kty", "n", "use"],
            };
            assert_eq!(members, expected);
            assert_eq!(key["use"], "sig");
        }
        // The same after a restart.
        assert_eq!(document(&app.another_node().await, "/jwks").await.1, jwks);
    }
}
