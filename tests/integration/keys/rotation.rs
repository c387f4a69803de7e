//! Rotation by schedule: published before it signs, kept until what it signed is dead.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use guichet::config::SigningAlgorithm;
use guichet::keys::{Phase, Urgency};
use guichet::kit::clock::Timestamp;

use super::{jwks, sealed_keys, start};
use crate::on_both_engines;
use crate::server::running::{Running, settings as listening};
use crate::support::app::{ISSUER, START};
use crate::support::client::{Answer, header};
use crate::support::{App, Client};

const DAY: u64 = 86_400;
/// As in `[keys]`, by default.
const ROTATE_EVERY: u64 = 90 * DAY;
const PUBLISH_BEFORE: u64 = 2 * DAY;
/// As the JWK set's own answer says.
const CACHED: u64 = 300;

/// Only ES256 rotates: an RSA key costs more than a whole sign-in.
pub async fn only_es256(app: &App) {
    let later = "UPDATE signing_key SET signs_from = signs_from + 10000000000 WHERE algorithm <> $1";
    app.sql(later, "ES256").await;
    app.keys.turn().await.unwrap();
}

/// The ids of the published ES256 keys.
pub(super) async fn published(app: &App) -> Vec<String> {
    let jwks = jwks(app).await;
    let keys = jwks["keys"].as_array().unwrap().iter().filter(|key| key["alg"] == "ES256");
    keys.map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

pub(super) fn kid(jwt: &str) -> String {
    header(jwt)["kid"].as_str().unwrap().to_owned()
}

/// Tokens of a grant that outlives every session.
pub(super) async fn granted(app: &App) -> (Client, Answer) {
    app.person("elefevre").await;
    let client = app.client("app");
    let address = client.authorization(&[("scope", "openid offline_access")]);
    let tokens = client.redeem(&app.browser().sign_in(&address, "elefevre").await).await;
    assert_eq!(tokens.status, 200, "{}", tokens.json);
    (client, tokens)
}

async fn signing(app: &App) -> Vec<(SigningAlgorithm, String)> {
    let listed = app.keys.list().await.unwrap();
    let signing = listed.into_iter().filter(|key| matches!(key.phase, Phase::Signing { .. }));
    signing.map(|key| (key.algorithm, key.kid)).collect()
}

on_both_engines! {
    async fn the_next_key_is_published_then_signs_and_the_last_one_stays_until_its_tokens_are_dead(app: App) {
        only_es256(&app).await;
        let app = app.restarted_with(|settings| {
            settings.tokens.access_token = Duration::from_hours(24);
            settings.tokens.refresh_idle = Duration::from_hours(800 * 24);
            settings.tokens.refresh_absolute = Duration::from_hours(800 * 24);
        })
        .await;
        let (client, tokens) = granted(&app).await;
        let first = kid(&tokens.text("id_token"));
        app.wait(ROTATE_EVERY - PUBLISH_BEFORE - 1);
        app.keys.turn().await.unwrap();
        assert_eq!(published(&app).await, [first.as_str()]);

        app.wait(1);
        app.keys.turn().await.unwrap();
        let both = published(&app).await;
        assert_eq!((both.len(), &both[0]), (2, &first));
        let second = both[1].clone();
        app.wait(PUBLISH_BEFORE - 1);
        let last_of_the_first = client.refresh(&tokens.text("refresh_token")).await;
        assert_eq!(kid(&last_of_the_first.text("id_token")), first);

        // Its moment has come: no node need do anything for that.
        app.wait(1);
        let next = client.refresh(&last_of_the_first.text("refresh_token")).await;
        assert_eq!(kid(&next.text("id_token")), second);
        assert_eq!(kid(&next.text("access_token")), second);

        // The longest life that a token can have, to its last second.
        let old = last_of_the_first.text("access_token");
        app.wait(DAY - 2);
        app.keys.turn().await.unwrap();
        assert_eq!(published(&app).await, both);
        assert_eq!(client.userinfo(&old).await.status, 200);
        app.wait(1);
        assert_eq!(client.userinfo(&old).await.status, 401);
        app.wait(CACHED);
        app.keys.turn().await.unwrap();
        assert_eq!(published(&app).await, [second.as_str()]);
        assert_eq!(client.userinfo(&old).await.status, 401);
        let next = client.refresh(&next.text("refresh_token")).await;
        assert_eq!(client.userinfo(&next.text("access_token")).await.status, 200);
    }

    async fn a_client_that_keeps_the_keys_as_long_as_it_may_knows_each_key_before_it_signs(app: App) {
        // The least that the settings allow, and nodes as slow as they can be.
        only_es256(&app).await;
        let change = |settings: &mut guichet::config::Settings| {
            settings.keys.rotate_every = Duration::from_hours(24);
            settings.keys.publish_before = Duration::from_mins(10);
        };
        let nodes = [app.restarted_with(change).await, app.restarted_with(change).await];
        let (client, mut tokens) = granted(&nodes[0]).await;
        app.wait(DAY - 11 * 60);
        // What each client read last: one for every node and quarter of a minute at which it may ask.
        let mut kept: BTreeMap<(u64, usize), Vec<String>> = BTreeMap::new();
        for asking in (0..CACHED).step_by(15) {
            for (number, node) in nodes.iter().enumerate() {
                kept.insert((asking, number), published(node).await);
            }
        }
        let mut used = BTreeSet::new();
        for step in 0..60_u64 {
            let time = step * 15;
            // Each node reads the table every 30 seconds, one half a turn behind the other.
            let turning = usize::from(!time.is_multiple_of(30));
            // Clients ask before the node has read: the worst moment.
            for (number, node) in nodes.iter().enumerate() {
                kept.insert((time % CACHED, number), published(node).await);
            }
            nodes[turning].keys.turn().await.unwrap();
            let node = &nodes[usize::try_from(step).unwrap() / 2 % 2];
            tokens = client.at(node).refresh(&tokens.text("refresh_token")).await;
            let signed_by = kid(&tokens.text("id_token"));
            for (who, known) in &kept {
                assert!(known.contains(&signed_by), "after {time} s, {who:?} knows only {known:?}");
            }
            used.insert(signed_by);
            app.wait(15);
        }
        assert_eq!(used.len(), 2, "the keys were rotated meanwhile");
    }

    async fn of_nodes_that_rotate_at_once_one_key_results(app: App) {
        only_es256(&app).await;
        let others = [app.another_node().await, app.another_node().await];
        app.wait(ROTATE_EVERY - PUBLISH_BEFORE);
        let (one, two, three) =
            tokio::join!(app.keys.turn(), others[0].keys.turn(), others[1].keys.turn());
        for outcome in [one, two, three] {
            outcome.unwrap();
        }
        let here = published(&app).await;
        assert_eq!(here.len(), 2);
        for other in &others {
            assert_eq!(published(other).await, here);
        }
        // So it is when an operator asks, and asks again.
        let es256 = [SigningAlgorithm::Es256];
        let (one, two) = tokio::join!(
            app.keys.rotate(&es256, Urgency::InTime),
            others[0].keys.rotate(&es256, Urgency::InTime)
        );
        assert_eq!((&one.unwrap()[0].kid, &two.unwrap()[0].kid), (&here[1], &here[1]));
        assert_eq!(app.count("SELECT COUNT(*) FROM signing_key WHERE algorithm = 'ES256'").await, 2);
    }

    async fn at_no_moment_do_two_keys_of_an_algorithm_sign(app: App) {
        only_es256(&app).await;
        let mut seen = BTreeSet::new();
        for _ in 0..100 {
            app.keys.turn().await.unwrap();
            let mut signing = signing(&app).await;
            // The others, whose moment is far ahead, have their first key alone.
            signing.retain(|(algorithm, _)| *algorithm == SigningAlgorithm::Es256);
            assert_eq!(signing.len(), 1);
            seen.insert(signing[0].1.clone());
            app.wait(5 * DAY);
        }
        assert_eq!(seen.len(), 6);
        // What is older than any hint may be is forgotten.
        assert_eq!(app.count("SELECT COUNT(*) FROM signing_key WHERE algorithm = 'ES256'").await, 5);
    }

    async fn a_key_published_by_a_node_that_dies_is_used_by_the_others(app: App) {
        only_es256(&app).await;
        let dying = app.another_node().await;
        app.wait(ROTATE_EVERY - PUBLISH_BEFORE);
        dying.keys.turn().await.unwrap();
        let next = published(&dying).await[1].clone();
        drop(dying);
        app.wait(PUBLISH_BEFORE);
        // One that was there and has not looked since signs with what it knows, and it knows what it may do.
        let started = app.another_node().await;
        let (client, tokens) = granted(&started).await;
        assert_eq!(kid(&tokens.text("id_token")), next);
        assert_eq!(client.at(&app).userinfo(&tokens.text("access_token")).await.status, 200);
        assert_eq!(published(&app).await.last(), Some(&next));
    }

    async fn an_installation_that_stood_still_publishes_before_it_signs_all_the_same(app: App) {
        only_es256(&app).await;
        let first = published(&app).await[0].clone();
        app.wait(3 * ROTATE_EVERY);
        let node = app.another_node().await;
        node.keys.turn().await.unwrap();
        let (_, tokens) = granted(&node).await;
        assert_eq!(kid(&tokens.text("id_token")), first);
        let both = published(&node).await;
        assert_eq!(both.len(), 2);
        app.wait(PUBLISH_BEFORE);
        assert_eq!(signing(&node).await[0].1, both[1]);
    }

    async fn an_operator_can_have_the_next_key_published_before_its_time(app: App) {
        only_es256(&app).await;
        app.wait(100);
        let rotated = app.keys.rotate(&[SigningAlgorithm::Es256], Urgency::InTime).await.unwrap();
        let signs_from = START + 100 + i64::try_from(PUBLISH_BEFORE).unwrap();
        assert_eq!((rotated[0].is_new, rotated[0].signs_from), (true, Timestamp::from_seconds(signs_from)));
        let both = published(&app).await;
        assert_eq!(both[1], rotated[0].kid);
        let again = app.keys.rotate(&[SigningAlgorithm::Es256], Urgency::InTime).await.unwrap();
        assert_eq!((again[0].is_new, &again[0].kid), (false, &rotated[0].kid));
        assert_eq!(signing(&app).await[0].1, both[0]);
        app.wait(PUBLISH_BEFORE);
        assert_eq!(signing(&app).await[0].1, both[1]);
    }

    async fn a_hint_outlives_its_key_s_publication_and_no_private_half_does(app: App) {
        only_es256(&app).await;
        let app = app.restarted_with(|settings| {
            settings.sessions.idle = Duration::from_hours(800 * 24);
            settings.sessions.absolute = Duration::from_hours(800 * 24);
        })
        .await;
        app.person("elefevre").await;
        let client = app.client("app");
        let mut browser = app.browser();
        let tokens = client.redeem(&browser.sign_in(&client.authorization(&[]), "elefevre").await).await;
        let hint = tokens.text("id_token");
        app.wait(ROTATE_EVERY - PUBLISH_BEFORE);
        app.keys.turn().await.unwrap();
        app.wait(PUBLISH_BEFORE + DAY + CACHED);
        let before = sealed_keys(&app).await.len();
        app.keys.turn().await.unwrap();
        assert!(!published(&app).await.contains(&kid(&hint)));
        assert_eq!(sealed_keys(&app).await.len(), before - 1, "its private half is forgotten");

        // Nodes that start now know its public half.
        for node in [app.clone(), app.another_node().await] {
            let silent = client.authorization(&[("prompt", "none"), ("id_token_hint", &hint)]);
            assert!(browser.at(&node).get(&silent).await.redirect_parameters().contains_key("code"));
            let as_access = node.keys.verify::<serde_json::Value>(guichet::keys::TokenType::AccessToken, ISSUER, &tokens.text("access_token")).await;
            assert!(as_access.is_err(), "it verifies hints alone");
        }
        app.wait(399 * DAY);
        app.keys.turn().await.unwrap();
        let silent = client.authorization(&[("prompt", "none"), ("id_token_hint", &hint)]);
        let told = browser.get(&silent).await;
        assert_eq!(told.error(), "invalid_request");
    }

    async fn a_public_half_that_somebody_slips_in_is_not_used(app: App) {
        only_es256(&app).await;
        app.wait(ROTATE_EVERY - PUBLISH_BEFORE);
        app.keys.turn().await.unwrap();
        app.wait(PUBLISH_BEFORE + DAY + CACHED);
        app.keys.turn().await.unwrap();
        assert!(start(&app.settings).await.is_ok());
        let changed = "UPDATE signing_key SET sealed_public_key = $1 WHERE sealed_public_key IS NOT NULL";
        let own = r#"{"kty":"EC","crv":"P-256","x":"AA","y":"AA","kid":"k","use":"sig","alg":"ES256"}"#;
        app.sql(changed, own).await;
        assert!(start(&app.settings).await.is_err());
    }
}

#[tokio::test]
async fn the_listener_answers_with_the_keys_of_the_moment() {
    let app = crate::support::engines::sqlite().await;
    only_es256(&app).await;
    let clock = app.clock.clone();
    let node =
        guichet::server::Installation::assemble(&app.settings, clock, guichet::kit::random::Rng::system())
            .await
            .unwrap();
    let keys = node.keys.clone();
    let mut running = Running::start(node.front, listening()).await;
    let ask = async || {
        let answer = running.say("GET /jwks HTTP/1.1\r\nhost: id.test\r\nconnection: close\r\n\r\n").await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let length = format!("content-length: {}", body.len());
        assert!(head.to_ascii_lowercase().contains(&length), "{head}");
        assert!(head.to_ascii_lowercase().contains("cache-control: public, max-age=300"), "{head}");
        serde_json::from_str::<serde_json::Value>(body).unwrap()["keys"].as_array().unwrap().len()
    };
    assert_eq!(ask().await, 4);
    app.wait(ROTATE_EVERY - PUBLISH_BEFORE);
    keys.turn().await.unwrap();
    assert_eq!(ask().await, 5);
    running.tell_to_end();
}
