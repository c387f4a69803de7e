//! What comes back by the browser, and the code's exchange.

use std::time::Duration;

use guichet::config::UpstreamAuthMethod;
use guichet::federation::{Exchange, FederationError, HttpError, ProblemKind};
use guichet::kit::clock::Timestamp;
use serde_json::json;

use crate::federation::scene::{NOW, Scene, arena, federate, settings};
use crate::federation::upstream::{ACCESS_TOKEN, CODE, Canned};

async fn answer_error(scene: &Scene, answer: impl Fn(&str) -> String) -> FederationError {
    let in_flight = scene.depart().await.in_flight;
    let answer = answer(in_flight.state());
    scene.arrive(in_flight, &answer).await.unwrap_err()
}

#[tokio::test]
async fn a_person_comes_back_with_their_mapped_claims() {
    let scene = Scene::new().await;
    let person = scene.sign_in().await.unwrap();
    assert_eq!((person.upstream, person.subject.as_str()), (arena(), "person-1"));
    assert_eq!(person.given_name.as_deref(), Some("Élodie"));
    assert_eq!(person.family_name.as_deref(), Some("Lefèvre"));
    assert_eq!(person.email.as_deref(), Some("elefevre@ac-lyon.fr"));
    assert!(!person.email_verified, "nobody said so");
    assert_eq!(json!(person.others), json!({"uai": ["0690001A"]}));
    assert_eq!(person.auth_time, Some(Timestamp::from_seconds(NOW)));
    assert_eq!(
        (person.acr.as_deref(), person.amr.as_slice()),
        (Some("eidas1"), ["pwd".to_owned()].as_slice())
    );
    assert_eq!(person.sid.as_deref(), Some("session-1"));
    assert_eq!(person.id_token.split('.').count(), 3);

    let seen = scene.upstream.seen.lock().unwrap();
    let exchange = seen.iter().find(|seen| seen.path == "/token").unwrap();
    assert_eq!(exchange.body.get("client_secret"), None, "the secret is sent one way only");
    assert!(seen.iter().all(|seen| seen.headers["user-agent"].to_str().unwrap().starts_with("guichet/")));
}

#[tokio::test]
async fn the_secret_can_travel_in_the_body() {
    let scene =
        Scene::with(|settings| settings.token_endpoint_auth_method = UpstreamAuthMethod::ClientSecretPost)
            .await;
    scene.sign_in().await.unwrap();
    let seen = scene.upstream.seen.lock().unwrap();
    let exchange = seen.iter().find(|seen| seen.path == "/token").unwrap();
    assert!(!exchange.headers.contains_key("authorization"));
}

#[tokio::test]
async fn an_answer_with_another_state_is_not_ours() {
    let scene = Scene::new().await;
    let answers: [fn(&str) -> String; 5] = [
        |_| format!("code={CODE}"),
        |_| format!("code={CODE}&state="),
        |_| format!("code={CODE}&state=guess"),
        |state| format!("code={CODE}&state={state}x"),
        |state| format!("error=access_denied&state={}", &state[1..]),
    ];
    for answer in answers {
        let error = answer_error(&scene, answer).await;
        assert_eq!(error, FederationError::StateMismatch);
        assert_eq!(error.kind(), ProblemKind::NotOurs);
    }
    assert_eq!(scene.upstream.visits("/token"), 0);
}

#[tokio::test]
async fn a_repeated_parameter_is_refused() {
    let scene = Scene::new().await;
    for name in ["code", "state", "iss", "error", "whatever"] {
        let error =
            answer_error(&scene, |state| format!("code={CODE}&state={state}&{name}=1&{name}=1")).await;
        assert_eq!(error, FederationError::RepeatedParameter);
    }
    assert_eq!(scene.upstream.visits("/token"), 0);
}

#[tokio::test]
async fn what_departed_more_than_twenty_hours_ago_is_not_ours() {
    let scene = Scene::new().await;
    let in_flight = scene.depart().await.in_flight;
    let answer = format!("code={CODE}&state={}", in_flight.state());
    scene.advance(Duration::from_hours(20) + Duration::from_secs(1));
    let error = scene.arrive(in_flight, &answer).await.unwrap_err();
    assert_eq!((error.kind(), error), (ProblemKind::NotOurs, FederationError::TooOld));
}

#[tokio::test]
async fn an_upstream_removed_in_mid_flow_ends_the_flow() {
    let scene = Scene::new().await;
    let in_flight = scene.depart().await.in_flight;
    let mut other = settings(&scene.upstream.base);
    other.id = "other".into();
    let federation = federate(&[other], &scene.clock, crate::federation::scene::PATIENCE);
    let answer = format!("code={CODE}&state={}", in_flight.state());
    let answer = guichet::kit::parameters::Parameters::parse(answer.as_bytes());
    let error = federation.arrive(in_flight, &answer).await.unwrap_err();
    assert!(matches!(error, FederationError::UnknownUpstream(_)));
    assert_eq!(error.kind(), ProblemKind::NotOurs);
    assert_eq!(scene.upstream.visits("/token"), 0);
}

#[tokio::test]
async fn an_answer_says_its_issuer_exactly_or_not_at_all() {
    let scene = Scene::new().await;
    let base = scene.upstream.base.clone();
    for foreign in ["https://evil.example".to_owned(), format!("{base}/"), String::new()] {
        let error = answer_error(&scene, |state| format!("code={CODE}&state={state}&iss={foreign}")).await;
        assert!(matches!(error, FederationError::ForeignAnswer { .. }), "{error:?}");
        let error =
            answer_error(&scene, |state| format!("error=access_denied&state={state}&iss={foreign}")).await;
        assert!(matches!(error, FederationError::ForeignAnswer { .. }), "{error:?}");
    }
    let in_flight = scene.depart().await.in_flight;
    let answer = format!("code={CODE}&state={}&iss={base}", in_flight.state());
    scene.arrive(in_flight, &answer).await.unwrap();
}

#[tokio::test]
async fn a_promised_issuer_must_be_there() {
    let scene = Scene::new().await;
    scene.plan().metadata = json!({"authorization_response_iss_parameter_supported": true});
    let error = answer_error(&scene, |state| format!("code={CODE}&state={state}")).await;
    assert_eq!((error.kind(), error), (ProblemKind::Untrusted, FederationError::MissingIssuer));
}

#[tokio::test]
async fn refusals_and_breakdowns_are_told_apart() {
    let scene = Scene::new().await;
    for error in ["access_denied", "login_required", "interaction_required", "invalid_scope", "rubbish"] {
        let found = answer_error(&scene, |state| {
            format!("error={error}&error_description=line%0Abreak%1B&code={CODE}&state={state}")
        })
        .await;
        assert_eq!(found.kind(), ProblemKind::Refused);
        assert_eq!(
            found.to_string(),
            format!("the upstream refused: \"{error}\" (\"line\\nbreak\\u{{1b}}\")")
        );
    }
    for error in ["server_error", "temporarily_unavailable"] {
        let found = answer_error(&scene, |state| format!("error={error}&state={state}")).await;
        assert_eq!(found.kind(), ProblemKind::Unavailable);
    }
    let long = answer_error(&scene, |state| format!("error={}&state={state}", "x".repeat(50_000))).await;
    assert!(long.to_string().len() < 300);
    for answer in ["", "code=&"] {
        let found = answer_error(&scene, |state| format!("{answer}state={state}")).await;
        assert_eq!(found, FederationError::MissingCode);
    }
    assert_eq!(scene.upstream.visits("/token"), 0, "no code was exchanged");
}

#[tokio::test]
async fn a_refused_code_and_a_refused_client_are_told_apart() {
    let scene = Scene::new().await;
    let error = answer_error(&scene, |state| format!("code=another&state={state}")).await;
    assert!(matches!(error, FederationError::CodeRefused { .. }), "{error:?}");
    assert_eq!(error.kind(), ProblemKind::Refused);

    let scene = Scene::with(|settings| settings.client_secret = "wrong".to_owned().into()).await;
    let error = scene.sign_in().await.unwrap_err();
    assert!(matches!(error, FederationError::ClientRefused { .. }), "{error:?}");
    assert_eq!(error.kind(), ProblemKind::Unavailable);
}

#[tokio::test]
async fn a_hostile_token_endpoint_gives_an_error_each() {
    let scene = Scene::with_patience(Duration::from_millis(500), |_| {}).await;
    let elsewhere = Canned::Redirect(format!("{}/elsewhere", scene.upstream.base));
    let failed = |cause| FederationError::Exchange { exchange: Exchange::Token, cause };
    for (canned, expected) in [
        (elsewhere, failed(HttpError::Redirected(302))),
        (Canned::Megabytes, failed(HttpError::TooLarge)),
        (Canned::Status(502, "text/html", "<h1>"), failed(HttpError::OutOfOrder(502))),
    ] {
        scene.plan().instead = [("/token", canned)].into();
        assert_eq!(scene.sign_in().await.unwrap_err(), expected);
    }
    for canned in [
        Canned::Status(403, "text/html", "<h1>"),
        Canned::Status(400, "application/json", ""),
        Canned::Status(200, "application/json", "{\"access_token\":\"leak\",\"token_type\":{\"leak\":1}}"),
        Canned::Status(200, "text/html", "leak"),
        Canned::Status(200, "application/json", "leak"),
        Canned::Status(
            200,
            "application/json",
            "{\"access_token\":\"leak\",\"token_type\":\"Bearer\",\"id_token\":\"leak\"}",
        ),
    ] {
        scene.plan().instead = [("/token", canned)].into();
        let error = scene.sign_in().await.unwrap_err();
        assert!(matches!(error, FederationError::Unreadable { .. }), "{error:?}");
        assert!(!format!("{error} {error:?}").contains("leak"), "{error:?}");
    }
    for slow in [Canned::Slow, Canned::Trickle] {
        scene.plan().instead = [("/token", slow)].into();
        let begun = std::time::Instant::now();
        assert_eq!(scene.sign_in().await.unwrap_err().kind(), ProblemKind::Unavailable);
        assert!(begun.elapsed() < Duration::from_secs(4));
    }
    assert_eq!(scene.upstream.visits("/elsewhere"), 0);
}

#[tokio::test]
async fn only_a_bearer_token_with_an_id_token_will_do() {
    let scene = Scene::new().await;
    scene.plan().token_answer = json!({"token_type": "DPoP"});
    assert_eq!(scene.sign_in().await.unwrap_err(), FederationError::NotBearer);
    scene.plan().token_answer = json!({"token_type": "bEARER", "id_token": null});
    assert_eq!(scene.sign_in().await.unwrap_err(), FederationError::MissingIdToken);
}

#[tokio::test]
async fn an_identity_shows_neither_token_nor_person_in_debug_output() {
    let scene = Scene::new().await;
    let person = scene.sign_in().await.unwrap();
    let shown = format!("{person:?}");
    for hidden in [person.id_token.as_str(), ACCESS_TOKEN, "person-1", "Lefèvre"] {
        assert!(!shown.contains(hidden), "{shown}");
    }
}
