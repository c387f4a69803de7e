//! Four algorithms, a key each, and kinds of tokens that are never taken for one another.

use aws_lc_rs::digest::{SHA256, SHA512, digest};
use data_encoding::BASE64URL_NOPAD;
use guichet::config::SigningAlgorithm;
use guichet::keys::TokenType;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{DecodingKey, Validation};
use serde_json::{Value, json};

use super::jwks;
use crate::on_both_engines;
use crate::support::App;
use crate::support::app::{ISSUER, START};
use crate::support::client::{claims, header};

/// The same installation, all of whose clients want one algorithm.
async fn signing_with(app: &App, algorithm: SigningAlgorithm) -> App {
    app.restarted_with(|settings| {
        for client in &mut settings.clients {
            client.id_token_signed_response_alg = algorithm;
        }
    })
    .await
}

/// Checks a token as a client does: by the published key that it names, for that key's one algorithm.
async fn verify(app: &App, jwt: &str, audience: &str) -> Result<Value, jsonwebtoken::errors::Error> {
    let published: JwkSet = serde_json::from_value(jwks(app).await).unwrap();
    let jwk = published.find(header(jwt)["kid"].as_str().unwrap()).expect("a published key");
    let named = jwk.common.key_algorithm.expect("the key says its algorithm");
    let mut validation = Validation::new(named.to_string().parse().unwrap());
    validation.set_audience(&[audience]);
    validation.set_issuer(&[ISSUER]);
    // The tests' own time stands still.
    validation.validate_exp = false;
    jsonwebtoken::decode(jwt, &DecodingKey::from_jwk(jwk).unwrap(), &validation).map(|data| data.claims)
}

on_both_engines! {
    async fn tokens_of_every_algorithm_hold_for_a_verifier_that_knows_the_published_keys_alone(app: App) {
        app.person("elefevre").await;
        for algorithm in SigningAlgorithm::ALL {
            let node = signing_with(&app, algorithm).await;
            let client = node.client("app");
            let back = node.browser().sign_in(&client.authorization(&[]), "elefevre").await;
            let tokens = client.redeem(&back).await;
            let (id_token, access_token) = (tokens.text("id_token"), tokens.text("access_token"));
            for (token, audience, kind) in
                [(&id_token, "app", "JWT"), (&access_token, "https://app.example/api", "at+jwt")]
            {
                assert_eq!(
                    (&header(token)["alg"], &header(token)["typ"]),
                    (&json!(algorithm.name()), &json!(kind))
                );
                verify(&node, token, audience).await.unwrap_or_else(|error| panic!("{algorithm:?}: {error}"));
            }
            // The hash of the algorithm (Core §3.1.3.6); Ed25519's own is SHA-512 (RFC 8032 §5.1).
            let (function, half) = match algorithm {
                SigningAlgorithm::EdDsa => (&SHA512, 32),
                _ => (&SHA256, 16),
            };
            let hash = digest(function, access_token.as_bytes());
            let expected = BASE64URL_NOPAD.encode(&hash.as_ref()[..half]);
            assert_eq!(claims(&id_token)["at_hash"], expected, "{algorithm:?}");
            assert_eq!(client.userinfo(&access_token).await.status, 200, "{algorithm:?}");
            // One bit more or less, and nothing holds.
            let (text, signature) = id_token.rsplit_once('.').unwrap();
            let mut bytes = BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap();
            bytes[10] ^= 1;
            let altered = format!("{text}.{}", BASE64URL_NOPAD.encode(&bytes));
            assert!(verify(&node, &altered, "app").await.is_err(), "{algorithm:?}");
        }
    }

    async fn a_key_counts_for_its_own_algorithm_alone(app: App) {
        // Both are RSA: what one signed must not be read as the other's (RFC 8725 §3.1).
        for (own, other) in [("PS256", "RS256"), ("RS256", "PS256")] {
            let algorithm = SigningAlgorithm::from_name(own).unwrap();
            let claims = json!({"iss": ISSUER, "sub": "x", "exp": START + 60});
            let token = app.keys.sign(algorithm, TokenType::IdToken, &claims).unwrap();
            let mut head = header(&token);
            head["alg"] = json!(other);
            let head = BASE64URL_NOPAD.encode(head.to_string().as_bytes());
            let renamed = format!("{head}.{}", token.split_once('.').unwrap().1);
            assert!(app.keys.verify::<Value>(TokenType::IdToken, ISSUER, &token).await.is_ok());
            assert!(app.keys.verify::<Value>(TokenType::IdToken, ISSUER, &renamed).await.is_err(), "{own}");
            let keys = jwks(&app).await["keys"].clone();
            let id = |name: &str| {
                keys.as_array().unwrap().iter().find(|key| key["alg"] == name).unwrap()["kid"].clone()
            };
            assert_ne!(id(own), id(other));
        }
    }

    async fn a_token_of_one_kind_is_never_taken_for_another(app: App) {
        let kinds = [
            (TokenType::IdToken, Some("JWT")),
            (TokenType::AccessToken, Some("at+jwt")),
            (TokenType::LogoutToken, Some("logout+jwt")),
            (TokenType::Introspection, Some("token-introspection+jwt")),
            (TokenType::UserInfo, None),
        ];
        // Claims that would do for any of them: the type alone decides.
        let claims = json!({"iss": ISSUER, "sub": "x", "aud": "app", "iat": START, "exp": START + 60});
        for (signed_as, typ) in kinds {
            let token = app.keys.sign(SigningAlgorithm::Es256, signed_as, &claims).unwrap();
            assert_eq!(header(&token).get("typ").and_then(Value::as_str), typ);
            for (read_as, _) in kinds {
                let outcome = app.keys.verify::<Value>(read_as, ISSUER, &token).await;
                assert_eq!(outcome.is_ok(), signed_as == read_as, "{signed_as:?} read as {read_as:?}");
            }
        }
        // An ID token without an end is none.
        let endless = json!({"iss": ISSUER, "sub": "x", "aud": "app", "iat": START});
        let token = app.keys.sign(SigningAlgorithm::Es256, TokenType::IdToken, &endless).unwrap();
        assert!(app.keys.verify::<Value>(TokenType::IdToken, ISSUER, &token).await.is_err());
    }
}
