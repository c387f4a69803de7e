//! Where browsers are sent.

use std::collections::HashMap;
use std::time::Duration;

use guichet::federation::{Federation, FederationError, InFlight, ProblemKind, Wishes};
use guichet::kit::clock::{Clock, Timestamp};
use guichet::kit::random::Rng;
use url::Url;

use crate::federation::scene::{NOW, Scene, arena, settings};
use crate::federation::signing::challenge_of;

fn query_of(url: &Url) -> HashMap<String, String> {
    url.query_pairs().into_owned().collect()
}

#[tokio::test]
async fn a_departure_asks_for_a_code_with_pkce_state_and_nonce() {
    let scene = Scene::new().await;
    let departure = scene.depart().await;
    assert!(departure.url.as_str().starts_with(&format!("{}/authorize?", scene.upstream.base)));
    let query = query_of(&departure.url);
    assert_eq!(query.len(), departure.url.query_pairs().count(), "no parameter stands twice");
    assert_eq!(query["response_type"], "code");
    assert_eq!(query["client_id"], "guichet");
    assert_eq!(query["redirect_uri"], "https://guichet.example/federation/arena/callback");
    assert_eq!(query["scope"], "openid profile");
    assert_eq!(query["acr_values"], "eidas1");
    assert_eq!(query["code_challenge_method"], "S256");
    assert_eq!(query["state"], departure.in_flight.state());
    assert!(query["state"].len() >= 32 && query["nonce"].len() >= 32);
    assert!(!query.contains_key("prompt") && !query.contains_key("max_age"));

    let sealed: serde_json::Value = serde_json::to_value(&departure.in_flight).unwrap();
    assert_eq!(query["code_challenge"], challenge_of(sealed["code_verifier"].as_str().unwrap()));
    assert!(!departure.url.as_str().contains(sealed["code_verifier"].as_str().unwrap()));
}

#[tokio::test]
async fn two_departures_share_no_secret() {
    let scene = Scene::new().await;
    let [first, second] = [scene.depart().await, scene.depart().await].map(|one| query_of(&one.url));
    for name in ["state", "nonce", "code_challenge"] {
        assert_ne!(first[name], second[name]);
    }
}

#[tokio::test]
async fn wishes_travel_upstream() {
    let scene = Scene::new().await;
    let wishes = Wishes {
        login_hint: Some("elefevre&x=y".to_owned()),
        prompt_login: true,
        max_age: Some(600),
        ui_locales: vec!["fr".to_owned(), "en".to_owned()],
        acr_values: vec!["eidas2".to_owned(), "eidas3".to_owned()],
    };
    let query = query_of(&scene.depart_with(&wishes).await.url);
    assert_eq!(query["login_hint"], "elefevre&x=y");
    assert_eq!(query["prompt"], "login");
    assert_eq!(query["max_age"], "0", "only max_age obliges the upstream to tell auth_time");
    assert_eq!(query["ui_locales"], "fr en");
    assert_eq!(query["acr_values"], "eidas2 eidas3");
}

#[tokio::test]
async fn what_is_in_flight_survives_sealing_and_shows_no_secret() {
    let scene = Scene::new().await;
    let in_flight = scene.depart().await.in_flight;
    let sealed = serde_json::to_string(&in_flight).unwrap();
    assert!(sealed.len() < 400, "it must fit in a cookie: {}", sealed.len());
    let restored: InFlight = serde_json::from_str(&sealed).unwrap();
    assert_eq!(restored.state(), in_flight.state());
    assert_eq!(restored.began(), Timestamp::from_seconds(NOW));
    let shown = format!("{in_flight:?}");
    let secrets: serde_json::Value = serde_json::from_str(&sealed).unwrap();
    for name in ["state", "nonce", "code_verifier"] {
        assert!(!shown.contains(secrets[name].as_str().unwrap()), "{shown}");
    }
}

#[tokio::test]
async fn an_unknown_upstream_is_no_destination() {
    let scene = Scene::new().await;
    let error = scene.federation.depart(&"nowhere".into(), &Wishes::default()).await.unwrap_err();
    assert_eq!(error.kind(), ProblemKind::NotOurs);
    assert!(scene.federation.upstream("nowhere").is_none());
    assert_eq!(scene.federation.upstream("arena").unwrap().name(), "ARENA");
}

#[test]
fn an_issuer_that_is_neither_https_nor_local_is_refused_at_start() {
    let found = |upstreams: &[_]| {
        let clock = Clock::held(Timestamp::from_seconds(NOW));
        let public_url = Url::parse("https://guichet.example").unwrap();
        Federation::new(upstreams, &public_url, clock, Rng::system()).map(|_| ()).unwrap_err()
    };
    assert_eq!(found(&[settings("http://arena.example")]), FederationError::InsecureIssuer(arena()));
    let local = settings("http://127.0.0.1:1");
    assert_eq!(found(&[local.clone(), local]), FederationError::RepeatedUpstream(arena()));
}

#[tokio::test]
async fn a_dead_upstream_is_told_at_once_to_everyone() {
    let clock = Clock::held(Timestamp::from_seconds(NOW));
    let federation =
        crate::federation::scene::federate(&[settings("http://127.0.0.1:1")], &clock, Duration::from_secs(2));
    let error = federation.depart(&arena(), &Wishes::default()).await.unwrap_err();
    assert!(matches!(error, FederationError::Exchange { .. }), "{error:?}");
    assert_eq!(error.kind(), ProblemKind::Unavailable);
}

#[test]
fn departing_and_arriving_can_run_on_any_thread() {
    fn is_send<T: Send>(_: &T) {}
    let clock = Clock::held(Timestamp::from_seconds(NOW));
    let federation = crate::federation::scene::federate(&[], &clock, Duration::from_secs(2));
    let (id, wishes) = (arena(), Wishes::default());
    is_send(&federation.depart(&id, &wishes));
    let in_flight = serde_json::json!({
        "upstream": "arena", "state": "s", "nonce": "n", "code_verifier": "v", "began": NOW, "max_age": null,
    });
    let answer = guichet::kit::parameters::Parameters::default();
    is_send(&federation.arrive(serde_json::from_value(in_flight).unwrap(), &answer));
}
