//! The guarded way out to addresses that clients name, over real sockets.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use guichet::config::FetchSettings;
use guichet::oidc::{ClientId, Errand, FetchError, Fetcher};
use http::StatusCode;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use url::Url;

use crate::support::Site;
use crate::support::site::{AUTHORITY, Reply};

/// A fetcher of an installation on https that may reach these networks.
fn fetcher(networks: &[&str]) -> Fetcher {
    let settings = FetchSettings {
        allow_private_networks: networks.iter().map(|network| network.parse().unwrap()).collect(),
        ca_file: Some(AUTHORITY.clone()),
    };
    Fetcher::new(&settings, &url("https://id.test")).expect("a fetcher")
}

fn url(text: &str) -> Url {
    text.parse().unwrap()
}

/// How many were asked and were too slow, and for how many there was no turn.
fn told_apart(outcomes: &[Result<Value, FetchError>]) -> (usize, usize) {
    let count = |error: &FetchError| outcomes.iter().filter(|outcome| outcome.as_ref() == Err(error)).count();
    (count(&FetchError::TooSlow), count(&FetchError::NoTurn))
}

const LOOPBACK: [&str; 1] = ["127.0.0.0/8"];

#[tokio::test]
async fn a_document_within_reach_is_read() {
    let site = Site::start().await;
    site.answers("/keys", Reply::Json(json!({ "keys": [] })));
    site.answers("/text", Reply::Plain(StatusCode::OK, "é".to_owned()));
    let fetcher = fetcher(&LOOPBACK);
    assert_eq!(fetcher.get_json(&url(&site.url("/keys"))).await, Ok(json!({ "keys": [] })));
    assert_eq!(fetcher.get_text(&url(&site.url("/text"))).await, Ok("é".to_owned()));
    let literal = url(&site.url("/text").replace("localhost", "127.0.0.1"));
    assert_eq!(fetcher.get_text(&literal).await, Ok("é".to_owned()));
}

#[tokio::test]
async fn a_form_is_posted_and_its_status_told() {
    let site = Site::start().await;
    site.answers("/logout", Reply::Plain(StatusCode::NO_CONTENT, String::new()));
    let status = fetcher(&LOOPBACK).post_form(&url(&site.url("/logout")), &[("logout_token", "a+b c")]).await;
    assert_eq!(status, Ok(StatusCode::NO_CONTENT));
    let asked = site.asked();
    assert_eq!((asked[0].method.as_str(), asked[0].body.as_str()), ("POST", "logout_token=a%2Bb+c"));
    assert_eq!(asked[0].content_type, "application/x-www-form-urlencoded");
    let nowhere = fetcher(&LOOPBACK).post_form(&url(&site.url("/nowhere")), &[]).await;
    assert_eq!(nowhere, Ok(StatusCode::NOT_FOUND));
}

#[tokio::test]
async fn what_is_private_is_not_spoken_to_by_name_or_by_address() {
    let site = Site::start().await;
    site.answers("/keys", Reply::Json(json!({})));
    for networks in [&[][..], &["10.0.0.0/8"]] {
        let fetcher = fetcher(networks);
        for host in
            ["localhost", "127.0.0.1", "127.1", "0x7f.0.0.1", "[::ffff:127.0.0.1]", "[::1]", "0.0.0.0"]
        {
            let address = url(&site.url("/keys").replace("localhost", host));
            assert_eq!(fetcher.get_json(&address).await, Err(FetchError::OutOfReach), "{host}");
            let posted = fetcher.post_form(&address, &[("a", "b")]).await;
            assert_eq!(posted, Err(FetchError::OutOfReach), "{host}");
        }
    }
    assert!(site.asked().is_empty(), "{:?}", site.asked());
}

#[tokio::test]
async fn http_is_refused_though_the_network_is_allowed() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = url(&format!("http://127.0.0.1:{}/", listener.local_addr().unwrap().port()));
    assert_eq!(fetcher(&LOOPBACK).get_text(&address).await, Err(FetchError::NotHttps));
    let waited = tokio::time::timeout(Duration::from_millis(100), listener.accept()).await;
    assert!(waited.is_err(), "somebody came");
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    let site = Site::start().await;
    site.answers("/keys", Reply::Json(json!({})));
    let settings =
        FetchSettings { allow_private_networks: vec!["127.0.0.0/8".parse().unwrap()], ca_file: None };
    let fetcher = Fetcher::new(&settings, &url("https://id.test")).unwrap();
    let refused = fetcher.get_json(&url(&site.url("/keys"))).await;
    assert!(matches!(refused, Err(FetchError::Unreachable(_))), "{refused:?}");
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let site = Site::start().await;
    site.answers("/keys", Reply::Redirect(site.url("/elsewhere")));
    site.answers("/elsewhere", Reply::Json(json!({})));
    let fetcher = fetcher(&LOOPBACK);
    assert_eq!(fetcher.get_json(&url(&site.url("/keys"))).await, Err(FetchError::Status(302)));
    assert_eq!(fetcher.post_form(&url(&site.url("/keys")), &[]).await, Ok(StatusCode::FOUND));
    assert_eq!(site.times("/elsewhere"), 0);
}

#[tokio::test]
async fn what_is_large_broken_or_refused_is_an_error_each() {
    let site = Site::start().await;
    let plain = |status, body: &str| Reply::Plain(status, body.to_owned());
    let cases = [
        ("/most", plain(StatusCode::OK, &"x".repeat(64 * 1024)), FetchError::Unreadable("JSON")),
        ("/large", plain(StatusCode::OK, &"x".repeat(64 * 1024 + 1)), FetchError::TooLarge),
        ("/endless", Reply::Endless(Duration::ZERO), FetchError::TooLarge),
        ("/broken", plain(StatusCode::OK, "{\"keys\":"), FetchError::Unreadable("JSON")),
        ("/empty", plain(StatusCode::OK, ""), FetchError::Unreadable("JSON")),
        ("/deep", plain(StatusCode::OK, &"[".repeat(30_000)), FetchError::Unreadable("JSON")),
        ("/created", plain(StatusCode::CREATED, "{}"), FetchError::Status(201)),
        ("/error", plain(StatusCode::INTERNAL_SERVER_ERROR, "{}"), FetchError::Status(500)),
        ("/nowhere", plain(StatusCode::NOT_FOUND, "{}"), FetchError::Status(404)),
    ];
    let fetcher = fetcher(&LOOPBACK);
    for (path, reply, expected) in cases {
        site.answers(path, reply);
        assert_eq!(fetcher.get_json(&url(&site.url(path))).await, Err(expected), "{path}");
    }
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let refused = fetcher.get_json(&url(&format!("https://127.0.0.1:{closed}/"))).await;
    assert!(matches!(refused, Err(FetchError::Unreachable(_))), "{refused:?}");
}

#[tokio::test]
async fn who_is_slow_is_given_up_after_five_seconds_and_keeps_nobody_else_waiting() {
    let slow = Site::start().await;
    slow.answers("/late", Reply::Late);
    slow.answers("/drip", Reply::Endless(Duration::from_millis(500)));
    let quick = Site::start().await;
    quick.answers("/keys", Reply::Json(json!({})));
    let fetcher = fetcher(&LOOPBACK);
    let began = Instant::now();
    // More than there are turns in all.
    let waiting = join_all((0..100).map(|number| {
        let (fetcher, path) = (fetcher.clone(), if number % 2 == 0 { "/late" } else { "/drip" });
        let address = url(&slow.url(path));
        tokio::spawn(async move { fetcher.get_json(&address).await })
    }));
    let waiting = tokio::spawn(waiting);
    while slow.asked().is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // Hosts are told apart by name: this one is reached by address.
    let address = url(&quick.url("/keys").replace("localhost", "127.0.0.1"));
    assert_eq!(fetcher.get_json(&address).await, Ok(json!({})));
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    assert!(slow.asked().len() <= 4, "{} at once", slow.asked().len());
    let outcomes = waiting.await.unwrap().into_iter().map(Result::unwrap).collect::<Vec<_>>();
    assert_eq!(told_apart(&outcomes), (4, 96));
    assert!(began.elapsed() < Duration::from_secs(9), "{:?}", began.elapsed());
}

#[tokio::test]
async fn one_client_whose_hosts_never_answer_keeps_no_other_client_waiting() {
    let site = Site::start().await;
    site.answers("/keys", Reply::Json(json!({})));
    let fetcher = fetcher(&LOOPBACK);
    let (hostile, other) = (ClientId::from("hostile"), ClientId::from("other"));
    let mut silent = Vec::new();
    for number in 2..34 {
        silent.push(TcpListener::bind(format!("127.0.0.{number}:0")).await.unwrap());
    }
    let waiting: Vec<_> = silent
        .iter()
        .map(|host| {
            let address = url(&format!("https://{}/", host.local_addr().unwrap()));
            let fetcher = fetcher.on_behalf_of(&hostile);
            tokio::spawn(async move { fetcher.get_json(&address).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let began = Instant::now();
    let keys = url(&site.url("/keys"));
    assert_eq!(fetcher.on_behalf_of(&other).get_json(&keys).await, Ok(json!({})));
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    // Its own turns are taken.
    assert_eq!(fetcher.on_behalf_of(&hostile).get_json(&keys).await, Ok(json!({})));
    assert!(began.elapsed() > Duration::from_secs(3), "{:?}", began.elapsed());
    let outcomes = join_all(waiting).await.into_iter().map(Result::unwrap).collect::<Vec<_>>();
    assert_eq!(told_apart(&outcomes), (2, 30));
}

#[tokio::test]
async fn addresses_that_never_answer_hold_the_turns_of_their_errand_alone() {
    let site = Site::start().await;
    site.answers("/keys", Reply::Json(json!({})));
    site.answers("/logout", Reply::Plain(StatusCode::OK, String::new()));
    let fetcher = fetcher(&LOOPBACK);
    // Nobody accepts there: what is sent waits. Each is another host, so that no turn is spared.
    let mut silent = Vec::new();
    for number in 2..18 {
        silent.push(TcpListener::bind(format!("127.0.0.{number}:0")).await.unwrap());
    }
    let sectors = fetcher.on(Errand::Sectors);
    let waiting: Vec<_> = (0..64)
        .map(|place| {
            let address = silent[place % silent.len()].local_addr().unwrap();
            let (sectors, address) = (sectors.clone(), url(&format!("https://{address}/")));
            tokio::spawn(async move { sectors.get_json(&address).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let began = Instant::now();
    assert_eq!(fetcher.get_json(&url(&site.url("/keys"))).await, Ok(json!({})));
    let logouts = fetcher.on(Errand::Logouts);
    assert_eq!(logouts.post_form(&url(&site.url("/logout")), &[]).await, Ok(StatusCode::OK));
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    // Who comes for the same waits, until the others are given up.
    assert_eq!(sectors.get_json(&url(&site.url("/keys"))).await, Ok(json!({})));
    assert!(began.elapsed() > Duration::from_secs(3), "{:?}", began.elapsed());
    let outcomes = join_all(waiting).await.into_iter().map(Result::unwrap).collect::<Vec<_>>();
    assert_eq!(told_apart(&outcomes), (4, 60));
}
