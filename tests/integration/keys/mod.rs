//! The keys that sign: kept sealed, the same at every node, rotated before anybody notices.

mod algorithms;
pub mod rotation;
mod withdrawal;

use std::collections::BTreeSet;
use std::path::PathBuf;

use axum::body::Body;
use data_encoding::BASE64URL_NOPAD;
use futures_util::future::join_all;
use guichet::config::{MasterKeySource, Settings, SigningAlgorithm};
use guichet::database::Database;
use guichet::kit::clock::{Clock, Timestamp};
use guichet::kit::random::Rng;
use guichet::kit::secrets::Secret;
use guichet::server::{Installation, StartError};
use http::Request;
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

use crate::on_both_engines;
use crate::support::App;
use crate::support::app::{START, settings};
use crate::support::client::header;
use crate::support::engines::empty_postgres_database;

async fn jwks(app: &App) -> Value {
    let request = Request::get("/jwks").body(Body::empty()).unwrap();
    let body = app.answer(request).await.into_body().collect().await.unwrap().to_bytes();
    serde_json::from_slice(&body).unwrap()
}

async fn sealed_keys(app: &App) -> Vec<String> {
    let mut connection = app.database.read().await.unwrap();
    sqlx::query_scalar(
        "SELECT sealed_private_key FROM signing_key WHERE sealed_private_key IS NOT NULL ORDER BY kid",
    )
    .fetch_all(&mut *connection)
    .await
    .unwrap()
}

async fn start(settings: &Settings) -> Result<Installation, StartError> {
    let clock = Clock::held(Timestamp::from_seconds(START));
    Installation::assemble(settings, clock, Rng::system()).await
}

/// What every private key in PKCS #8 holds: the names of its algorithms (RFC 5208, RFC 5480, RFC 8017, RFC 8410).
const MARKS: [&[u8]; 3] = [
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01],
    &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01],
    // Ed25519 in its sequence, with the octets of the key behind it (RFC 8410 §7): its own name is short.
    &[0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20],
];

fn shows_a_private_key(bytes: &[u8]) -> bool {
    let has = |mark: &[u8]| bytes.windows(mark.len()).any(|window| window == mark);
    MARKS.iter().any(|mark| has(mark)) || has(b"PRIVATE KEY") || has(b"\"d\":")
}

on_both_engines! {
    async fn every_algorithm_has_a_key_of_its_own_and_only_its_public_half_is_shown(app: App) {
        let jwks = jwks(&app).await;
        let keys = jwks["keys"].as_array().unwrap();
        let algorithms: BTreeSet<&str> = keys.iter().map(|key| key["alg"].as_str().unwrap()).collect();
        assert_eq!((keys.len(), algorithms), (4, BTreeSet::from(["RS256", "PS256", "ES256", "EdDSA"])));
        for key in keys {
            assert_eq!(key["use"], "sig");
            for private in ["d", "p", "q", "dp", "dq", "qi", "k", "oth", "priv"] {
                assert!(key.get(private).is_none(), "{private} is shown");
            }
        }
    }

    async fn keys_survive_a_restart(app: App) {
        app.person("elefevre").await;
        let client = app.client("app");
        let back = app.browser().sign_in(&client.authorization(&[]), "elefevre").await;
        let tokens = client.redeem(&back).await;
        let restarted = app.another_node().await;
        assert_eq!(jwks(&restarted).await, jwks(&app).await);
        assert_eq!(client.at(&restarted).userinfo(&tokens.text("access_token")).await.status, 200);
        let next = client.at(&restarted).refresh(&tokens.text("refresh_token")).await;
        assert_eq!(header(&next.text("id_token"))["kid"], header(&tokens.text("id_token"))["kid"]);
    }

    async fn another_master_key_is_told_and_spoils_nothing(app: App) {
        let before = (jwks(&app).await, sealed_keys(&app).await);
        let mut wrong = (*app.settings).clone();
        wrong.keys.master_key = MasterKeySource::Given(Secret::new(Rng::system().token()));
        let refused = start(&wrong).await.err().expect("it does not start");
        let said = refused.to_string();
        assert!(said.contains("not the master key") && said.contains("keys.master_key"), "{said}");
        assert_eq!(said.lines().count(), 1);
        let restarted = app.another_node().await;
        assert_eq!((jwks(&restarted).await, sealed_keys(&restarted).await), before);
    }

    async fn a_key_that_cannot_be_opened_leaves_a_node_with_those_that_it_knows(app: App) {
        let before = jwks(&app).await;
        app.sql("UPDATE signing_key SET kid = kid || $1", "x").await;
        app.wait(30);
        assert!(app.keys.turn().await.is_err());
        assert_eq!(jwks(&app).await, before);
        app.person("elefevre").await;
        let client = app.client("app");
        let back = app.browser().sign_in(&client.authorization(&[]), "elefevre").await;
        assert_eq!(client.redeem(&back).await.status, 200);
    }

    async fn a_first_start_makes_the_keys_that_clients_wait_for_and_the_others_beside(app: App) {
        app.sql("DELETE FROM signing_key WHERE algorithm <> $1", "RS256").await;
        let node = app.restarted_with(|settings| {
            for client in &mut settings.clients {
                client.id_token_signed_response_alg = SigningAlgorithm::EdDsa;
                client.userinfo_signed_response_alg = None;
                client.introspection_signed_response_alg = None;
            }
        })
        .await;
        let shown = |jwks: &Value| -> BTreeSet<String> {
            jwks["keys"].as_array().unwrap().iter().map(|key| key["alg"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(shown(&jwks(&node).await), BTreeSet::from(["EdDSA", "RS256"].map(str::to_owned)));
        node.keys.turn().await.unwrap();
        assert_eq!(shown(&jwks(&node).await).len(), 4);
        assert_eq!(app.count("SELECT COUNT(*) FROM signing_key").await, 4);
    }

    async fn an_altered_key_at_rest_is_not_used(app: App) {
        let sealed = sealed_keys(&app).await;
        let mut bytes = BASE64URL_NOPAD.decode(sealed[0].as_bytes()).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        let altered = BASE64URL_NOPAD.encode(&bytes);
        app.sql("UPDATE signing_key SET sealed_private_key = $1 WHERE algorithm = 'ES256'", &altered).await;
        assert!(start(&app.settings).await.is_err());
        // Nor is the one of another row.
        app.sql("UPDATE signing_key SET sealed_private_key = (SELECT sealed_private_key FROM signing_key \
                 WHERE algorithm = $1) WHERE algorithm = 'ES256'", "RS256").await;
        assert!(start(&app.settings).await.is_err());
    }

    async fn private_keys_are_sealed_at_rest(app: App) {
        for sealed in sealed_keys(&app).await {
            let bytes = BASE64URL_NOPAD.decode(sealed.as_bytes()).expect("base64url");
            assert!(bytes.len() > 100 && !shows_a_private_key(&bytes), "{sealed}");
        }
    }
}

#[tokio::test]
async fn no_file_of_a_sqlite_installation_holds_a_private_key() {
    let app = crate::support::engines::sqlite().await;
    app.person("elefevre").await;
    app.browser().sign_in(&app.client("app").authorization(&[]), "elefevre").await.code();
    let mut looked_at = 0;
    for entry in std::fs::read_dir(&app.settings.data_directory).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!shows_a_private_key(&bytes));
        looked_at += 1;
    }
    assert!(looked_at >= 2, "the database and the master key");
    // The marks are the right ones: a real key shows them.
    let pair = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
    let der = aws_lc_rs::encoding::AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&pair).unwrap();
    assert!(shows_a_private_key(der.as_ref()));
}

/// Settings of several nodes that share nothing but the database and the master key.
fn nodes(scratch: &App, postgres: &str, count: usize) -> Vec<Settings> {
    let key = Rng::system().token();
    let folders = (0..count).map(|number| scratch.settings.data_directory.join(format!("node-{number}")));
    let make = |folder: PathBuf| {
        std::fs::create_dir_all(&folder).unwrap();
        settings(&folder, Some(postgres.to_owned()), &[("KEYS__MASTER_KEY", &key)])
    };
    folders.map(make).collect()
}

#[tokio::test]
async fn nodes_that_start_together_on_an_empty_postgres_agree_on_their_keys() {
    let Some(url) = empty_postgres_database().await else { return };
    let scratch = crate::support::engines::sqlite().await;
    let nodes = nodes(&scratch, &url, 3);
    let database = Database::open(&nodes[0].database).await.unwrap();
    database.migrate().await.unwrap();
    let started = join_all(nodes.iter().map(|settings| async { start(settings).await.unwrap() })).await;
    let mut shown = Vec::new();
    for node in started {
        let request = Request::get("/jwks").body(Body::empty()).unwrap();
        let answer = node.router.oneshot(request).await.unwrap();
        shown.push(answer.into_body().collect().await.unwrap().to_bytes());
    }
    assert!(shown.iter().all(|jwks| *jwks == shown[0]), "{shown:?}");
    assert_eq!(serde_json::from_slice::<Value>(&shown[0]).unwrap()["keys"].as_array().unwrap().len(), 2);
    database.close().await;
}

#[tokio::test]
async fn starts_that_race_in_an_empty_directory_agree_on_one_master_key() {
    let scratch = crate::support::engines::sqlite().await;
    let folder = scratch.settings.data_directory.join("new");
    let settings = settings(&folder, None, &[]);
    let started = join_all((0..3).map(|_| start(&settings))).await;
    for outcome in started {
        outcome.map(drop).expect("it starts");
    }
    start(&settings).await.expect("and starts again");
}
