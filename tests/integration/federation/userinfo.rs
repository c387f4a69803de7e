//! Userinfo: always asked, in JSON or signed, and about the same person.

use std::time::Duration;

use guichet::federation::{Exchange, FederationError, HttpError, ProblemKind, TokenFault};
use serde_json::{Value, json};

use crate::federation::scene::{NOW, Scene};
use crate::federation::signing::{Signer, sign_hs256, unsigned};
use crate::federation::upstream::{Canned, Seal};

/// Lets userinfo be answered as a signed token with these claims.
fn answer_signed(scene: &Scene, changes: &Value) {
    let mut claims =
        json!({"iss": scene.upstream.base, "aud": "guichet", "sub": "person-1", "ctln": "Signée"});
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    let mut plan = scene.plan();
    plan.userinfo = claims;
    plan.userinfo_seal = Some(Signer::sign);
}

async fn signed_fault(scene: &Scene) -> TokenFault {
    match scene.sign_in().await {
        Err(FederationError::SignedUserInfo(fault)) => fault,
        other => panic!("not a fault of signed userinfo: {other:?}"),
    }
}

#[tokio::test]
async fn another_persons_userinfo_is_refused() {
    let scene = Scene::new().await;
    for userinfo in [json!({"sub": "person-2"}), json!({"ctfn": "Nobody"}), json!({"sub": ["person-1"]})] {
        scene.plan().userinfo = userinfo;
        let error = scene.sign_in().await.unwrap_err();
        assert_eq!((error.kind(), error), (ProblemKind::Untrusted, FederationError::ForeignUserInfo));
    }
    answer_signed(&scene, &json!({"sub": "person-2"}));
    assert_eq!(scene.sign_in().await.unwrap_err(), FederationError::ForeignUserInfo);
}

#[tokio::test]
async fn without_an_endpoint_the_id_token_speaks_alone() {
    let scene = Scene::new().await;
    scene.plan().metadata = json!({"userinfo_endpoint": null});
    let person =
        scene.sign_in_claiming(json!({"ctln": "Martin", "ctfn": 7, "email_verified": "true"})).await.unwrap();
    assert_eq!((person.family_name.as_deref(), person.given_name), (Some("Martin"), None));
    assert_eq!(person.email, None);
    assert_eq!(scene.upstream.visits("/userinfo"), 0);
}

#[tokio::test]
async fn userinfo_wins_and_protocol_claims_come_from_the_id_token_alone() {
    let scene = Scene::new().await;
    scene.plan().userinfo = json!({
        "sub": "person-1", "ctln": "Nouveau", "acr": "eidas3", "amr": ["mfa"], "sid": "x", "auth_time": 1,
        "ctemail": "a@ac-lyon.fr", "email_verified": true, "address": "an oddity", "locale": 7,
    });
    let person = scene.sign_in_claiming(json!({"ctln": "Ancien", "ctfn": "Zoé"})).await.unwrap();
    assert_eq!(person.family_name.as_deref(), Some("Nouveau"));
    assert_eq!(person.given_name.as_deref(), Some("Zoé"));
    assert!(person.email_verified);
    assert_eq!((person.acr.as_deref(), person.sid.as_deref()), (Some("eidas1"), Some("session-1")));
    assert_eq!(person.auth_time.unwrap().seconds(), NOW);
}

#[tokio::test]
async fn signed_userinfo_is_verified_with_the_same_keys() {
    for signer in [Signer::rs256("a"), Signer::ps256("b"), Signer::es256("c")] {
        let scene = Scene::new().await;
        scene.plan().keys = vec![signer.jwk()];
        scene.plan().signer = signer;
        answer_signed(&scene, &json!({}));
        assert_eq!(scene.sign_in().await.unwrap().family_name.as_deref(), Some("Signée"));
    }
}

#[tokio::test]
async fn signed_userinfo_with_a_rotated_key_is_verified_after_reading_the_keys_again() {
    let scene = Scene::new().await;
    answer_signed(&scene, &json!({}));
    scene.sign_in().await.unwrap();
    {
        let mut plan = scene.plan();
        plan.keys.push(json!({"kty": "EC", "kid": "broken"}));
        plan.keys.push(Signer::es256("third").jwk());
        plan.userinfo_seal = Some(|_, claims| {
            let header = json!({"alg": "RS256", "kid": "second"});
            Signer::rs256("second").sign_under(&header, claims)
        });
        plan.keys.push(Signer::rs256("second").jwk());
    }
    scene.sign_in().await.unwrap();
    assert_eq!(scene.upstream.visits("/keys"), 2);
}

#[tokio::test]
async fn signed_userinfo_is_from_this_issuer_for_this_client_now() {
    let scene = Scene::new().await;
    for (changes, fault) in [
        (json!({"iss": "https://evil.example"}), TokenFault::Issuer),
        (json!({"iss": null}), TokenFault::Issuer),
        (json!({"aud": "other"}), TokenFault::Audience),
        (json!({"aud": ["guichet", "other"]}), TokenFault::Audience),
        (json!({"aud": []}), TokenFault::Audience),
        (json!({"aud": null}), TokenFault::Audience),
        (json!({"exp": NOW - 31}), TokenFault::Expired),
        (json!({"exp": "never"}), TokenFault::Malformed),
        (json!({"nbf": NOW + 31}), TokenFault::NotYet),
    ] {
        answer_signed(&scene, &changes);
        assert_eq!(signed_fault(&scene).await, fault, "{changes}");
    }
    answer_signed(&scene, &json!({"aud": ["guichet"], "exp": NOW + 60, "iat": NOW}));
    scene.sign_in().await.unwrap();
}

#[tokio::test]
async fn badly_signed_userinfo_is_refused() {
    let scene = Scene::new().await;
    answer_signed(&scene, &json!({}));
    let seals: [(Seal, TokenFault); 8] = [
        (|_, claims| format!("{}.", unsigned(&json!({"alg": "none"}), claims)), TokenFault::Unsigned),
        (
            |signer, claims| {
                sign_hs256(signer.jwk().to_string().as_bytes(), &json!({"alg": "HS256"}), claims)
            },
            TokenFault::Algorithm,
        ),
        (
            |signer, claims| signer.sign_under(&json!({"alg": "RS256", "kid": "x"}), claims),
            TokenFault::UnknownKey,
        ),
        (|_, claims| Signer::es256("first").sign(claims), TokenFault::Signature),
        (|_, claims| format!("{}.AAAA", unsigned(&json!({"alg": "RS256"}), claims)), TokenFault::Signature),
        (
            |signer, claims| signer.sign_under(&json!({"alg": "RS256", "typ": "at+jwt"}), claims),
            TokenFault::Header,
        ),
        (|signer, claims| format!("{}.x.y", signer.sign(claims)), TokenFault::Header),
        (|_, _| "rubbish".to_owned(), TokenFault::Malformed),
    ];
    for (seal, fault) in seals {
        scene.plan().userinfo_seal = Some(seal);
        assert_eq!(signed_fault(&scene).await, fault);
    }
}

#[tokio::test]
async fn a_hostile_userinfo_endpoint_gives_an_error_each() {
    let scene = Scene::with_patience(Duration::from_millis(500), |_| {}).await;
    let exchange = Exchange::UserInfo;
    let failed = |cause| FederationError::Exchange { exchange, cause };
    let elsewhere = Canned::Redirect(format!("{}/elsewhere", scene.upstream.base));
    for (canned, expected) in [
        (elsewhere, failed(HttpError::Redirected(302))),
        (Canned::Megabytes, failed(HttpError::TooLarge)),
        (Canned::Status(500, "text/html", "<h1>"), failed(HttpError::OutOfOrder(500))),
        (Canned::Status(401, "", ""), FederationError::UnexpectedStatus { exchange, status: 401 }),
    ] {
        scene.plan().instead = [("/userinfo", canned)].into();
        assert_eq!(scene.sign_in().await.unwrap_err(), expected);
    }
    for (media_type, text) in
        [("application/json", "[\"leak\"]"), ("application/json", "{\"sub\":\"leak"), ("text/html", "leak")]
    {
        scene.plan().instead = [("/userinfo", Canned::Status(200, media_type, text))].into();
        let error = scene.sign_in().await.unwrap_err();
        assert!(matches!(error, FederationError::Unreadable { .. }), "{error:?}");
        assert!(!format!("{error:?}").contains("leak"), "{error:?}");
    }
    scene.plan().instead = [("/userinfo", Canned::Slow)].into();
    assert_eq!(scene.sign_in().await.unwrap_err().kind(), ProblemKind::Unavailable);
    assert_eq!(scene.upstream.visits("/elsewhere"), 0);
}

#[tokio::test]
async fn an_access_token_that_fits_no_header_is_an_error_and_no_panic() {
    let scene = Scene::new().await;
    scene.plan().access_token = "two\r\nlines";
    let error = scene.sign_in().await.unwrap_err();
    assert!(matches!(error, FederationError::Unreadable { .. }), "{error:?}");
    assert_eq!(scene.upstream.visits("/userinfo"), 0);
}
