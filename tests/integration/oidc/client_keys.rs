//! Keys that stand at an address of the client: when they are read, how long they count, what harms nobody.

use std::time::{Duration, Instant};

use guichet::config::ClientKeys;
use http::{HeaderMap, StatusCode};
use serde_json::json;

use super::assertions::{ask, claims_at, proved, with_keys};
use super::refusal;
use crate::on_both_engines;
use crate::support::site::Reply;
use crate::support::{App, Signer, Site};

/// Whether a client with this key is believed now.
async fn is_believed(app: &App, client: &str, signer: &Signer) -> bool {
    let id = guichet::kit::random::Rng::system().id();
    let now = app.clock.now().seconds();
    let assertion = signer.sign(&claims_at(now, client, &id, &[]));
    refusal(&ask(app, HeaderMap::new(), &assertion, &[]).await) == proved()
}

fn at(site: &Site, path: &str) -> ClientKeys {
    ClientKeys::At(site.url(path).parse().unwrap())
}

on_both_engines! {
    async fn keys_are_read_once_and_again_when_a_new_one_comes(app: App) {
        let (site, old, new) = (Site::start().await, Signer::new("old"), Signer::new("new"));
        site.answers("/keys", Reply::Json(old.set()));
        let app = with_keys(&app, &[("app", at(&site, "/keys"))]).await;
        for _ in 0..3 {
            assert!(is_believed(&app, "app", &old).await);
        }
        assert_eq!(site.times("/keys"), 1);
        // Unknown keys make us read again, but not more than once a minute.
        for _ in 0..5 {
            assert!(!is_believed(&app, "app", &new).await);
        }
        assert_eq!(site.times("/keys"), 1);
        site.answers("/keys", Reply::Json(new.set()));
        app.wait(60);
        assert!(is_believed(&app, "app", &new).await);
        assert_eq!(site.times("/keys"), 2);
        assert!(!is_believed(&app, "app", &old).await, "it was withdrawn");
        for _ in 0..5 {
            assert!(!is_believed(&app, "app", &old).await);
        }
        assert_eq!(site.times("/keys"), 2);
    }

    async fn a_client_that_names_the_address_of_another_delays_nothing(app: App) {
        let (site, old, new) = (Site::start().await, Signer::new("old"), Signer::new("new"));
        site.answers("/keys", Reply::Json(old.set()));
        let app = with_keys(&app, &[("app", at(&site, "/keys")), ("post", at(&site, "/keys"))]).await;
        assert!(is_believed(&app, "app", &old).await && is_believed(&app, "post", &old).await);
        app.wait(60);
        // The other one has the keys read again, just before they change.
        assert!(!is_believed(&app, "post", &new).await);
        site.answers("/keys", Reply::Json(new.set()));
        assert!(!is_believed(&app, "post", &new).await);
        assert!(is_believed(&app, "app", &new).await);
    }

    async fn a_withdrawn_key_counts_no_longer_than_ten_minutes(app: App) {
        let (site, old, new) = (Site::start().await, Signer::new("old"), Signer::new("new"));
        site.answers("/keys", Reply::Json(old.set()));
        let app = with_keys(&app, &[("app", at(&site, "/keys"))]).await;
        assert!(is_believed(&app, "app", &old).await);
        site.answers("/keys", Reply::Json(new.set()));
        app.wait(10 * 60);
        assert!(!is_believed(&app, "app", &old).await);
    }

    async fn keys_are_used_for_a_day_while_their_address_is_down(app: App) {
        let (site, signer) = (Site::start().await, Signer::new("one"));
        site.answers("/keys", Reply::Json(signer.set()));
        let app = with_keys(&app, &[("app", at(&site, "/keys"))]).await;
        assert!(is_believed(&app, "app", &signer).await);
        site.answers("/keys", Reply::Plain(StatusCode::BAD_GATEWAY, String::new()));
        app.wait(23 * 3_600);
        assert!(is_believed(&app, "app", &signer).await);
        app.wait(3_600);
        assert!(!is_believed(&app, "app", &signer).await);
        site.answers("/keys", Reply::Json(signer.set()));
        app.wait(60);
        assert!(is_believed(&app, "app", &signer).await);
    }
}

#[tokio::test]
async fn what_is_wrong_at_an_address_harms_its_own_client_alone() {
    let app = App::start(None).await;
    let (site, signer) = (Site::start().await, Signer::new("one"));
    site.answers("/good", Reply::Json(signer.set()));
    site.answers("/redirect", Reply::Redirect(site.url("/good")));
    site.answers("/late", Reply::Late);
    site.answers("/endless", Reply::Endless(Duration::ZERO));
    site.answers("/broken", Reply::Plain(StatusCode::OK, "{".to_owned()));
    site.answers("/empty", Reply::Json(json!({ "keys": [] })));
    site.answers("/list", Reply::Json(json!([signer.jwk])));
    site.answers("/secret", Reply::Json(json!({ "keys": [{ "kty": "oct", "kid": "one", "k": "AAAA" }] })));
    for path in ["/redirect", "/late", "/endless", "/broken", "/empty", "/list", "/secret", "/nowhere"] {
        let clients = [("app", at(&site, path)), ("third", at(&site, "/good"))];
        let app = with_keys(&app, &clients).await;
        let harmed = is_believed(&app, "app", &signer);
        let others = async {
            let began = Instant::now();
            let form = [("grant_type", "refresh_token"), ("refresh_token", "x")];
            let by_secret = app.client("post").token(&form).await;
            assert_eq!(refusal(&by_secret), proved(), "{path}");
            assert!(began.elapsed() < Duration::from_secs(3), "{path}: {:?}", began.elapsed());
        };
        let (harmed, ()) = tokio::join!(harmed, others);
        assert!(!harmed, "{path}");
    }
    // Private addresses are not asked for by an installation that was not told of them.
    let app = with_keys(&app, &[("app", at(&site, "/good"))]).await;
    let app = app.restarted_with(|settings| settings.fetch.allow_private_networks.clear()).await;
    let before = site.times("/good");
    assert!(!is_believed(&app, "app", &signer).await);
    assert_eq!(site.times("/good"), before);
}
