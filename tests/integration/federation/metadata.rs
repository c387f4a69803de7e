//! Discovery and keys: what is believed, for how long, and at what price.

use std::time::Duration;

use guichet::federation::{Exchange, FederationError, HttpError, ProblemKind, TokenFault, Wishes};
use serde_json::json;

use crate::federation::scene::{Scene, arena, id_token_fault};
use crate::federation::signing::Signer;
use crate::federation::upstream::Canned;

const DISCOVERY: &str = "/.well-known/openid-configuration";
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);

async fn departure_error(scene: &Scene) -> FederationError {
    scene.federation.depart(&arena(), &Wishes::default()).await.unwrap_err()
}

/// Lets a refresh in the background finish.
async fn until(condition: impl Fn() -> bool) {
    for _ in 0..200 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it never came true");
}

#[tokio::test]
async fn another_issuers_document_is_not_believed() {
    let scene = Scene::new().await;
    for issuer in ["https://evil.example", "http://127.0.0.1", "HTTP://127.0.0.1:1/"] {
        scene.plan().metadata = json!({"issuer": issuer});
        let error = departure_error(&scene).await;
        assert!(matches!(error, FederationError::OtherIssuer { .. }), "{error:?}");
        assert_eq!(error.kind(), ProblemKind::Untrusted);
        scene.advance(MINUTE);
    }
    scene.plan().metadata = json!({"issuer": format!("{}/tenant", scene.upstream.base)});
    assert!(matches!(departure_error(&scene).await, FederationError::OtherIssuer { .. }));
    assert_eq!(scene.upstream.visits("/keys"), 0, "its keys are not even asked for");
}

#[tokio::test]
async fn an_issuer_may_end_with_a_slash_when_tokens_do_too() {
    let scene = Scene::new().await;
    let with_slash = format!("{}/", scene.upstream.base);
    scene.plan().metadata = json!({"issuer": with_slash});
    let fault = id_token_fault(scene.sign_in().await);
    assert_eq!(fault, TokenFault::Issuer, "the announced form is the one that counts");
    scene.sign_in_claiming(json!({"iss": with_slash})).await.unwrap();
}

#[tokio::test]
async fn no_endpoint_may_lie_outside_https_and_this_machine() {
    let scene = Scene::new().await;
    for endpoint in ["authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"] {
        for address in
            ["http://evil.example/x", "javascript:alert(1)", "file:///etc/passwd", "https://u:p@a.example/"]
        {
            scene.plan().metadata = json!({endpoint: address});
            assert_eq!(departure_error(&scene).await, FederationError::UnsafeEndpoint { endpoint });
            scene.advance(MINUTE);
        }
    }
}

#[tokio::test]
async fn metadata_is_read_once_for_everyone() {
    let scene = Scene::new().await;
    let (id, wishes) = (arena(), Wishes::default());
    let depart = || scene.federation.depart(&id, &wishes);
    let (a, b, c, d) = tokio::join!(depart(), depart(), depart(), depart());
    assert!([a, b, c, d].iter().all(Result::is_ok));
    scene.sign_in().await.unwrap();
    assert_eq!((scene.upstream.visits(DISCOVERY), scene.upstream.visits("/keys")), (1, 1));
}

#[tokio::test]
async fn metadata_is_refreshed_after_an_hour_and_kept_when_that_fails() {
    let scene = Scene::new().await;
    scene.sign_in().await.unwrap();
    scene.advance(HOUR);
    scene.plan().instead.insert(DISCOVERY, Canned::Status(500, "text/plain", "down"));
    scene.sign_in().await.unwrap();
    until(|| scene.upstream.visits(DISCOVERY) == 2).await;
    scene.sign_in().await.unwrap();

    scene.advance(MINUTE);
    scene.plan().instead.clear();
    scene.plan().metadata = json!({"authorization_endpoint": format!("{}/moved", scene.upstream.base)});
    for _ in 0..200 {
        if scene.depart().await.url.path() == "/moved" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(scene.depart().await.url.path(), "/moved");
    assert_eq!(scene.upstream.visits(DISCOVERY), 3);
}

#[tokio::test]
async fn metadata_of_yesterday_is_not_used() {
    let scene = Scene::new().await;
    scene.sign_in().await.unwrap();
    scene.advance(25 * HOUR);
    scene.plan().instead.insert(DISCOVERY, Canned::Status(503, "text/plain", "down"));
    let error = departure_error(&scene).await;
    assert_eq!(
        error,
        FederationError::Exchange { exchange: Exchange::Discovery, cause: HttpError::OutOfOrder(503) }
    );
    scene.plan().instead.clear();
    assert_eq!(departure_error(&scene).await, error, "those who come right after are told the same");
    scene.advance(Duration::from_secs(5));
    scene.sign_in().await.unwrap();
}

#[tokio::test]
async fn a_rotated_key_is_found_by_reading_the_keys_again() {
    let scene = Scene::new().await;
    scene.sign_in().await.unwrap();
    let second = Signer::es256("second");
    scene.plan().keys = vec![second.jwk()];
    scene.plan().signer = second;
    scene.sign_in().await.unwrap();
    assert_eq!(scene.upstream.visits("/keys"), 2);
}

#[tokio::test]
async fn a_key_replaced_under_the_same_name_is_found_too() {
    let scene = Scene::new().await;
    let first = Signer::es256("only");
    scene.plan().keys = vec![first.jwk()];
    scene.plan().signer = first;
    scene.sign_in().await.unwrap();
    let second = Signer::es256("only");
    scene.plan().keys = vec![second.jwk()];
    scene.plan().signer = second;
    scene.sign_in().await.unwrap();
}

#[tokio::test]
async fn unknown_keys_make_us_read_at_most_once_a_minute() {
    let scene = Scene::new().await;
    scene.plan().signer = Signer::es256("never published");
    for _ in 0..5 {
        assert_eq!(id_token_fault(scene.sign_in().await), TokenFault::UnknownKey);
    }
    assert_eq!(scene.upstream.visits("/keys"), 2);
    scene.advance(MINUTE);
    assert_eq!(id_token_fault(scene.sign_in().await), TokenFault::UnknownKey);
    assert_eq!(scene.upstream.visits("/keys"), 3);
}

#[tokio::test]
async fn hostile_metadata_gives_an_error_each() {
    let scene = Scene::with_patience(Duration::from_millis(400), |_| {}).await;
    for path in [DISCOVERY, "/keys"] {
        let exchange = if path == DISCOVERY { Exchange::Discovery } else { Exchange::Keys };
        let failed = |cause| FederationError::Exchange { exchange, cause };
        let elsewhere = Canned::Redirect(format!("{}/elsewhere", scene.upstream.base));
        let cases = [
            (elsewhere, failed(HttpError::Redirected(302)), ProblemKind::Untrusted),
            (Canned::Megabytes, failed(HttpError::TooLarge), ProblemKind::Untrusted),
            (
                Canned::Status(404, "text/html", "<h1>"),
                FederationError::UnexpectedStatus { exchange, status: 404 },
                ProblemKind::Unavailable,
            ),
        ];
        for (canned, expected, kind) in cases {
            scene.plan().instead = [(path, canned)].into();
            let error = departure_error(&scene).await;
            assert_eq!((error.kind(), error), (kind, expected));
            scene.advance(MINUTE);
        }
        for garbage in ["", "<html>", "[]", "{}", "{\"issuer\":7}", "\u{0}", "null", "{\"keys\":7}"] {
            scene.plan().instead = [(path, Canned::Status(200, "application/json", garbage))].into();
            let error = departure_error(&scene).await;
            assert!(matches!(error, FederationError::Unreadable { .. }), "{garbage}: {error:?}");
            assert_eq!(error.kind(), ProblemKind::Untrusted);
            scene.advance(MINUTE);
        }
        for slow in [Canned::Slow, Canned::Trickle] {
            scene.plan().instead = [(path, slow)].into();
            let begun = std::time::Instant::now();
            let error = departure_error(&scene).await;
            assert_eq!(error.kind(), ProblemKind::Unavailable, "{error:?}");
            assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
            scene.advance(MINUTE);
        }
    }
    assert_eq!(scene.upstream.visits("/elsewhere"), 0);
}
