//! What tokens say, and who signed them (Core §2, RFC 9068).

use std::collections::BTreeSet;

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};

use super::{Granted, PERSON, grant, grant_again};
use crate::on_both_engines;
use crate::support::App;
use crate::support::app::{ISSUER, START};
use crate::support::client::{claims, header};

/// Checks a signature by the published keys, as any client would.
pub(super) async fn verified(app: &App, jwt: &str, audience: &str) -> Value {
    let published: JwkSet = serde_json::from_str(&app.browser().get("/jwks").await.body).unwrap();
    let header = jsonwebtoken::decode_header(jwt).unwrap();
    let key = DecodingKey::from_jwk(published.find(&header.kid.unwrap()).unwrap()).unwrap();
    let mut validation = Validation::new(header.alg);
    validation.set_audience(&[audience]);
    validation.set_issuer(&[ISSUER]);
    validation.set_required_spec_claims(&["iss", "aud"]);
    // The tests' own time stands still.
    validation.validate_exp = false;
    jsonwebtoken::decode(jwt, &key, &validation).unwrap().claims
}

fn members(object: &Value) -> BTreeSet<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

async fn granted_by(app: &App, client: &str) -> Granted {
    grant_again(app, client, "openid profile").await
}

on_both_engines! {
    async fn an_id_token_says_who_signed_in_when_and_how(app: App) {
        let person = app.person(PERSON).await;
        app.wait(100);
        let granted = grant_again(&app, "app", "openid profile email imagin").await;
        let told = verified(&app, &granted.id_token(), "app").await;
        // What the scopes allow is told at userinfo (Core §5.4).
        let expected =
            ["acr", "amr", "at_hash", "aud", "auth_time", "exp", "iat", "iss", "nonce", "sid", "sub"];
        assert_eq!(members(&told), BTreeSet::from(expected));
        let hash = digest(&SHA256, granted.access_token().as_bytes());
        assert_eq!(told["at_hash"], BASE64URL_NOPAD.encode(&hash.as_ref()[..16]));
        let (now, id) = (START + 100, person.id.as_str());
        assert_eq!(
            json!([
                told["iss"],
                told["sub"],
                told["aud"],
                told["iat"],
                told["exp"],
                told["auth_time"],
                told["nonce"]
            ]),
            json!([ISSUER, id, "app", now, now + 600, now, "the-nonce"])
        );
        assert_eq!((&told["acr"], &told["amr"]), (&json!("urn:guichet:acr:password"), &json!(["pwd"])));
    }

    async fn an_access_token_is_what_rfc_9068_says(app: App) {
        let person = app.person(PERSON).await;
        let granted = grant_again(&app, "app", "openid email").await;
        let told = verified(&app, &granted.access_token(), "https://app.example/api").await;
        let expected =
            ["acr", "aud", "auth_time", "client_id", "exp", "iat", "iss", "jti", "scope", "sid", "sub"];
        assert_eq!(members(&told), BTreeSet::from(expected));
        assert_eq!(
            json!([
                told["iss"],
                told["sub"],
                told["client_id"],
                told["scope"],
                told["iat"],
                told["exp"],
                told["auth_time"]
            ]),
            json!([ISSUER, person.id.as_str(), "app", "openid email", START, START + 600, START])
        );
        let mut ids = BTreeSet::from([told["jti"].to_string()]);
        let mut refresh = granted.refresh_token();
        for _ in 0..3 {
            let answer = granted.client.refresh(&refresh).await;
            refresh = answer.text("refresh_token");
            assert!(ids.insert(claims(&answer.text("access_token"))["jti"].to_string()));
        }
    }

    async fn without_a_resource_the_audience_is_the_issuer(app: App) {
        app.person(PERSON).await;
        verified(&app, &granted_by(&app, "post").await.access_token(), ISSUER).await;
    }

    async fn each_client_has_its_algorithm_and_each_token_its_type(app: App) {
        app.person(PERSON).await;
        for (client, algorithm) in [("app", "ES256"), ("post", "RS256")] {
            let granted = granted_by(&app, client).await;
            for (token, kind) in [(granted.id_token(), "JWT"), (granted.access_token(), "at+jwt")] {
                let header = header(&token);
                assert_eq!(members(&header), BTreeSet::from(["alg", "kid", "typ"]));
                assert_eq!((&header["alg"], &header["typ"]), (&json!(algorithm), &json!(kind)));
            }
            verified(&app, &granted.id_token(), client).await;
        }
    }

    async fn a_signature_holds_for_one_text_alone(app: App) {
        let granted = grant(&app, "app", "openid").await;
        let token = granted.id_token();
        let published: JwkSet = serde_json::from_str(&app.browser().get("/jwks").await.body).unwrap();
        let key =
            DecodingKey::from_jwk(published.find(header(&token)["kid"].as_str().unwrap()).unwrap()).unwrap();
        let signature = token.rsplit_once('.').unwrap().1;
        let mut other = claims(&token);
        other["sub"] = json!("somebody-else");
        let other = BASE64URL_NOPAD.encode(other.to_string().as_bytes());
        let changed = format!("{}.{other}.{signature}", token.split('.').next().unwrap());
        let mut validation = Validation::new(Algorithm::ES256);
        validation.set_audience(&["app"]);
        validation.validate_exp = false;
        assert!(jsonwebtoken::decode::<Value>(&token, &key, &validation).is_ok());
        assert!(jsonwebtoken::decode::<Value>(&changed, &key, &validation).is_err());
    }

    async fn a_request_without_nonce_gives_an_id_token_without(app: App) {
        app.person(PERSON).await;
        let client = app.client("app");
        let back = app.browser().sign_in(&client.authorization(&[("nonce", "")]), PERSON).await;
        assert_eq!(claims(&client.redeem(&back).await.text("id_token")).get("nonce"), None);
    }

    async fn the_subject_is_stable_and_says_nothing(app: App) {
        let person = app.person(PERSON).await;
        let first = claims(&granted_by(&app, "app").await.id_token())["sub"].clone();
        let second = claims(&granted_by(&app, "post").await.id_token())["sub"].clone();
        assert_eq!((&first, &second), (&json!(person.id.as_str()), &json!(person.id.as_str())));
        assert!(!person.id.as_str().contains(PERSON));
        let other = app.person("odupont").await;
        assert_ne!(other.id, person.id);
    }
}
