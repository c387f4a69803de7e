//! ID tokens: every check, by a token that fails it.

use std::time::Duration;

use guichet::federation::{FederationError, ProblemKind, TokenFault, Wishes};
use serde_json::{Value, json};

use crate::federation::scene::{NOW, Scene, id_token_fault};
use crate::federation::signing::{Signer, sign_hs256, unsigned};
use crate::federation::upstream::{CODE, Seal};

#[tokio::test]
async fn every_allowed_algorithm_signs_in() {
    for signer in [Signer::rs256("a"), Signer::ps256("b"), Signer::es256("c")] {
        let scene = Scene::new().await;
        scene.plan().keys = vec![Signer::es256("other").jwk(), signer.jwk()];
        scene.plan().signer = signer;
        scene.sign_in().await.unwrap();
    }
    let scene = Scene::new().await;
    let signer = Signer::eddsa("d");
    scene.plan().keys = vec![signer.jwk()];
    scene.plan().signer = signer;
    // The hash of at_hash is SHA-512 there.
    scene.sign_in_claiming(json!({"at_hash": null})).await.unwrap();
}

#[tokio::test]
async fn an_unsigned_token_is_refused() {
    let scene = Scene::new().await;
    scene.plan().seal = |_, claims| format!("{}.", unsigned(&json!({"alg": "none"}), claims));
    assert_eq!(id_token_fault(scene.sign_in().await), TokenFault::Unsigned);
    scene.plan().seal = |signer, claims| signer.sign_under(&json!({"alg": "none", "kid": "first"}), claims);
    assert_eq!(id_token_fault(scene.sign_in().await), TokenFault::Unsigned);
    scene.plan().seal =
        |_, claims| format!("{}.", unsigned(&json!({"alg": "RS256", "kid": "first"}), claims));
    assert_eq!(id_token_fault(scene.sign_in().await), TokenFault::Signature);
}

#[tokio::test]
async fn a_shared_secret_signs_nothing() {
    let scene = Scene::new().await;
    let seals: [Seal; 3] = [
        // With the public key.
        |signer, claims| {
            let header = json!({"alg": "HS256", "kid": "first"});
            sign_hs256(signer.jwk()["n"].as_str().unwrap().as_bytes(), &header, claims)
        },
        // With the client secret, which Core allows and we do not.
        |_, claims| sign_hs256("s3cret / é".as_bytes(), &json!({"alg": "HS256"}), claims),
        // With nothing.
        |_, claims| sign_hs256(b"", &json!({"alg": "HS256", "kid": "first"}), claims),
    ];
    for seal in seals {
        scene.plan().seal = seal;
        assert_eq!(id_token_fault(scene.sign_in().await), TokenFault::Algorithm);
    }
}

#[tokio::test]
async fn algorithms_outside_the_list_and_keys_of_another_kind_are_refused() {
    let scene = Scene::new().await;
    scene.plan().seal = |signer, claims| signer.sign_under(&json!({"alg": "RS512", "kid": "first"}), claims);
    assert_eq!(id_token_fault(scene.sign_in().await), TokenFault::Algorithm);
    scene.plan().seal = |signer, claims| signer.sign_under(&json!({"alg": "ES256", "kid": "first"}), claims);
    assert_eq!(id_token_fault(scene.sign_in().await), TokenFault::UnknownKey);
    scene.plan().seal = |signer, claims| signer.sign_under(&json!({"alg": "PS256", "kid": "first"}), claims);
    assert_eq!(id_token_fault(scene.sign_in().await), TokenFault::UnknownKey, "the key is for RS256");
}

#[tokio::test]
async fn a_key_in_the_header_is_not_looked_at() {
    let scene = Scene::new().await;
    scene.plan().seal = |_, claims| {
        let own = Signer::es256("first");
        let header = json!({"alg": "ES256", "kid": "first", "jwk": own.jwk(), "jku": "http://127.0.0.1:1/"});
        own.sign_under(&header, claims)
    };
    assert_eq!(id_token_fault(scene.sign_in().await), TokenFault::UnknownKey);
}

#[tokio::test]
async fn another_type_of_token_is_refused() {
    let scene = Scene::new().await;
    let seals: [Seal; 3] = [
        |signer, claims| {
            signer.sign_under(&json!({"alg": "RS256", "kid": "first", "typ": "logout+jwt"}), claims)
        },
        |signer, claims| signer.sign_under(&json!({"alg": "RS256", "kid": "first", "cty": "JWT"}), claims),
        |signer, claims| signer.sign_under(&json!({"alg": "RS256", "kid": "first", "crit": ["x"]}), claims),
    ];
    for seal in seals {
        scene.plan().seal = seal;
        assert_eq!(id_token_fault(scene.sign_in().await), TokenFault::Header);
    }
}

#[tokio::test]
async fn a_changed_signature_is_refused() {
    let scene = Scene::new().await;
    scene.plan().seal = |signer, claims| {
        let token = signer.sign(claims);
        let (signed, _) = token.rsplit_once('.').unwrap();
        let other = signer.sign(&json!({"sub": "somebody else"}));
        format!("{signed}.{}", other.rsplit_once('.').unwrap().1)
    };
    let error = scene.sign_in().await.unwrap_err();
    assert_eq!(error, FederationError::IdToken(TokenFault::Signature));
    assert_eq!(error.kind(), ProblemKind::Untrusted);
}

#[tokio::test]
async fn a_token_is_from_this_issuer_for_this_client_alone() {
    let scene = Scene::new().await;
    let base = scene.upstream.base.clone();
    for issuer in ["https://evil.example".to_owned(), format!("{base}/"), base.replace("http", "HTTP")] {
        assert_eq!(scene.fault_of(json!({"iss": issuer})).await, TokenFault::Issuer);
    }
    for audience in
        [json!("other"), json!([]), json!(["guichet", "other"]), json!("guichet "), json!("Guichet")]
    {
        assert_eq!(scene.fault_of(json!({"aud": audience})).await, TokenFault::Audience);
    }
    assert_eq!(scene.fault_of(json!({"aud": null})).await, TokenFault::Audience);
    assert_eq!(scene.fault_of(json!({"azp": "other"})).await, TokenFault::AuthorizedParty);
    scene.sign_in_claiming(json!({"aud": ["guichet"], "azp": "guichet"})).await.unwrap();
}

#[tokio::test]
async fn a_token_answers_this_very_question() {
    let scene = Scene::new().await;
    assert_eq!(scene.fault_of(json!({"nonce": null})).await, TokenFault::Nonce);
    assert_eq!(scene.fault_of(json!({"nonce": ""})).await, TokenFault::Nonce);
    assert_eq!(scene.fault_of(json!({"nonce": "of another sign-in"})).await, TokenFault::Nonce);
}

#[tokio::test]
async fn a_token_lives_now() {
    let scene = Scene::new().await;
    assert_eq!(scene.fault_of(json!({"exp": NOW - 31})).await, TokenFault::Expired);
    assert_eq!(scene.fault_of(json!({"iat": NOW + 31})).await, TokenFault::IssuedAt);
    assert_eq!(
        scene.fault_of(json!({"iat": NOW - 31})).await,
        TokenFault::IssuedAt,
        "older than the question"
    );
    assert_eq!(scene.fault_of(json!({"nbf": NOW + 31})).await, TokenFault::NotYet);
    assert_eq!(scene.fault_of(json!({"nbf": "now"})).await, TokenFault::Malformed);
    scene.sign_in_claiming(json!({"exp": NOW - 20, "iat": NOW + 20, "nbf": NOW + 20})).await.unwrap();
}

#[tokio::test]
async fn a_token_whose_necessary_claims_are_missing_or_of_another_type_is_refused() {
    let scene = Scene::new().await;
    for changes in [
        json!({"exp": null}),
        json!({"iat": null}),
        json!({"iss": null}),
        json!({"sub": null}),
        json!({"exp": "soon"}),
        json!({"exp": 1e300}),
        json!({"aud": 7}),
        json!({"sub": 7}),
        json!({"nonce": ["x"]}),
        json!({"auth_time": "yesterday"}),
    ] {
        let error = scene.sign_in_claiming(changes.clone()).await.unwrap_err();
        assert_eq!(error.kind(), ProblemKind::Untrusted, "{changes}: {error:?}");
    }
}

#[tokio::test]
async fn a_subject_is_usable_or_refused() {
    let scene = Scene::new().await;
    for subject in [String::new(), "a".repeat(256), "a\u{0}".to_owned(), "a\nb".to_owned()] {
        assert_eq!(scene.fault_of(json!({"sub": subject})).await, TokenFault::Subject);
    }
    let longest = "a".repeat(255);
    scene.plan().userinfo = json!({"sub": longest});
    assert_eq!(scene.sign_in_claiming(json!({"sub": longest})).await.unwrap().subject, longest);
}

#[tokio::test]
async fn another_access_token_is_noticed_by_its_hash() {
    let scene = Scene::new().await;
    assert_eq!(
        scene.fault_of(json!({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"})).await,
        TokenFault::AccessTokenHash
    );
    scene.sign_in_claiming(json!({"at_hash": null})).await.unwrap();
}

#[tokio::test]
async fn a_new_sign_in_that_was_asked_for_must_be_new() {
    let scene = Scene::new().await;
    let again = Wishes { prompt_login: true, max_age: Some(9_999), ..Wishes::default() };
    scene.sign_in_with(&again).await.unwrap();
    for auth_time in [json!(NOW - 31), json!(NOW + 31), Value::Null] {
        scene.plan().id_token = json!({"auth_time": auth_time});
        assert_eq!(id_token_fault(scene.sign_in_with(&again).await), TokenFault::AuthTime);
    }
    scene.sign_in().await.unwrap();
}

#[tokio::test]
async fn a_sign_in_may_be_as_old_as_asked_for() {
    let scene = Scene::new().await;
    let recent = Wishes { max_age: Some(600), ..Wishes::default() };
    scene.plan().id_token = json!({"auth_time": NOW - 600});
    scene.sign_in_with(&recent).await.unwrap();
    scene.plan().id_token = json!({"auth_time": NOW - 700});
    assert_eq!(id_token_fault(scene.sign_in_with(&recent).await), TokenFault::AuthTime);
    let any = Wishes { max_age: Some(u64::MAX), ..Wishes::default() };
    scene.sign_in_with(&any).await.unwrap();
}

#[tokio::test]
async fn a_person_who_takes_an_hour_upstream_is_still_welcome() {
    let scene = Scene::new().await;
    let departure = scene.depart().await;
    scene.advance(Duration::from_hours(1));
    let answer = format!("code={}&state={}", CODE, departure.in_flight.state());
    scene.arrive(departure.in_flight, &answer).await.unwrap();
}
