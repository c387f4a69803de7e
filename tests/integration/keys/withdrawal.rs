//! A key in wrong hands: another signs at once, and nothing counts any more that it signed.

use guichet::config::SigningAlgorithm;
use guichet::keys::{Phase, Urgency};
use http::StatusCode;

use super::rotation::{granted, kid, only_es256, published};
use super::sealed_keys;
use crate::on_both_engines;
use crate::support::App;

const ES256: &[SigningAlgorithm] = &[SigningAlgorithm::Es256];

async fn withdraw(app: &App) -> String {
    let rotated = app.keys.rotate(ES256, Urgency::AtOnce).await.unwrap();
    assert!(rotated[0].is_new);
    rotated[0].kid.clone()
}

on_both_engines! {
    async fn a_new_key_signs_at_once_and_nothing_counts_that_the_old_one_signed(app: App) {
        only_es256(&app).await;
        let (client, tokens) = granted(&app).await;
        let mut browser = app.browser();
        client.redeem(&browser.sign_in(&client.authorization(&[]), "elefevre").await).await;
        let old = tokens.text("access_token");
        assert_eq!(client.userinfo(&old).await.status, 200);
        let before = sealed_keys(&app).await.len();

        let new = withdraw(&app).await;
        assert_eq!(published(&app).await, [new.as_str()]);
        assert_eq!(sealed_keys(&app).await.len(), before, "the old one's private half is forgotten");
        assert_eq!(client.userinfo(&old).await.status, 401);
        let hinted = [("prompt", "none"), ("id_token_hint", &tokens.text("id_token"))];
        assert_eq!(browser.get(&client.authorization(&hinted)).await.error(), "invalid_request");

        // A grant is no matter of keys: it goes on.
        let next = client.refresh(&tokens.text("refresh_token")).await;
        assert_eq!((next.status, kid(&next.text("id_token"))), (StatusCode::OK, new));
        assert_eq!(client.userinfo(&next.text("access_token")).await.status, 200);
    }

    async fn another_node_follows_in_its_turn_or_when_it_meets_the_new_key(app: App) {
        only_es256(&app).await;
        let (client, tokens) = granted(&app).await;
        let others = [app.another_node().await, app.another_node().await];
        let new = withdraw(&app).await;
        // In its turn.
        others[0].keys.turn().await.unwrap();
        assert_eq!(published(&others[0]).await, [new.as_str()]);
        assert_eq!(client.at(&others[0]).userinfo(&tokens.text("access_token")).await.status, 401);
        // At once, when it is shown what the new key signed.
        assert_ne!(published(&others[1]).await, [new.as_str()]);
        let next = client.refresh(&tokens.text("refresh_token")).await;
        assert_eq!(client.at(&others[1]).userinfo(&next.text("access_token")).await.status, 200);
        assert_eq!(published(&others[1]).await, [new]);
        assert_eq!(client.at(&others[1]).userinfo(&tokens.text("access_token")).await.status, 401);
    }

    async fn keys_that_nobody_knows_make_a_node_look_once_a_second_at_the_most(app: App) {
        only_es256(&app).await;
        let (client, tokens) = granted(&app).await;
        let other = app.another_node().await;
        let elsewhere = App::start(None).await;
        only_es256(&elsewhere).await;
        withdraw(&elsewhere).await;
        let forged = granted(&elsewhere).await.1.text("access_token");
        // This one makes it look, in vain.
        assert_eq!(client.at(&other).userinfo(&forged).await.status, 401);
        withdraw(&app).await;
        let next = client.refresh(&tokens.text("refresh_token")).await.text("access_token");
        assert_eq!(client.at(&other).userinfo(&next).await.status, 401);
        app.wait(1);
        assert_eq!(client.at(&other).userinfo(&next).await.status, 200);
    }

    async fn the_key_that_was_to_come_goes_too(app: App) {
        only_es256(&app).await;
        app.keys.rotate(ES256, Urgency::InTime).await.unwrap();
        let before = published(&app).await;
        assert_eq!(before.len(), 2);
        let new = withdraw(&app).await;
        assert_eq!(published(&app).await, [new.as_str()]);
        // And does not come back when its time has come.
        app.wait(3 * 86_400);
        app.keys.turn().await.unwrap();
        let (_, tokens) = granted(&app).await;
        assert_eq!(kid(&tokens.text("id_token")), new);
        let listed = app.keys.list().await.unwrap();
        let withdrawn = listed.iter().filter(|key| matches!(key.phase, Phase::Withdrawn { .. }));
        assert_eq!(withdrawn.map(|key| key.kid.clone()).collect::<Vec<_>>(), before);
    }

    async fn wishes_that_race_leave_one_key_that_signs(app: App) {
        only_es256(&app).await;
        let other = app.another_node().await;
        let (one, two, three) = tokio::join!(
            app.keys.rotate(ES256, Urgency::AtOnce),
            other.keys.rotate(ES256, Urgency::AtOnce),
            other.keys.rotate(ES256, Urgency::InTime),
        );
        for outcome in [one, two, three] {
            outcome.unwrap();
        }
        for node in [&app, &other] {
            node.keys.turn().await.unwrap();
        }
        let listed = app.keys.list().await.unwrap();
        let signing = listed.iter().filter(|key| {
            key.algorithm == SigningAlgorithm::Es256 && matches!(key.phase, Phase::Signing { .. })
        });
        assert_eq!(signing.count(), 1, "{listed:?}");
        assert_eq!(published(&app).await, published(&other).await);
        let (_, tokens) = granted(&app).await;
        assert!(published(&app).await.contains(&kid(&tokens.text("id_token"))));
    }

    async fn other_algorithms_are_left_alone(app: App) {
        let before = app.keys.list().await.unwrap();
        withdraw(&app).await;
        let after = app.keys.list().await.unwrap();
        for key in before.iter().filter(|key| key.algorithm != SigningAlgorithm::Es256) {
            assert!(after.contains(key), "{key:?}");
        }
    }
}
