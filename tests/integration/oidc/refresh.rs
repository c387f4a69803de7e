//! Refresh tokens: rotation, its grace, and every end that they have (RFC 6749 §6, RFC 9700 §4.14).

use futures_util::future::join_all;

use super::{Granted, PERSON, grant, grant_again, refusal};
use crate::on_both_engines;
use crate::support::Client;
use crate::support::app::START;
use crate::support::client::{Answer, claims};

const DAY: u64 = 24 * 3600;

/// Refreshes, and gives the next refresh token.
async fn next(client: &Client, refresh_token: &str) -> String {
    let answer = client.refresh(refresh_token).await;
    assert_eq!(answer.status, 200, "{}", answer.json);
    answer.text("refresh_token")
}

async fn narrowed(client: &Client, refresh_token: &str, scope: &str) -> Answer {
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token), ("scope", scope)];
    client.token(&form).await
}

async fn assert_refused(client: &Client, refresh_token: &str) {
    assert_eq!(
        refusal(&client.refresh(refresh_token).await),
        (400, "invalid_grant".to_owned()),
        "{refresh_token}"
    );
}

async fn sign_out(granted: &mut Granted) {
    let page = granted.browser.get(&format!("/logout?id_token_hint={}", granted.id_token())).await;
    assert_eq!(page.status, 200);
}

on_both_engines! {
    async fn a_refresh_token_is_replaced_at_each_use(app: App) {
        let granted = grant(&app, "app", "openid email").await;
        app.wait(100);
        let answer = granted.client.refresh(&granted.refresh_token()).await;
        assert_eq!(answer.status, 200, "{}", answer.json);
        assert_ne!(answer.text("refresh_token"), granted.refresh_token());
        assert_ne!(answer.text("access_token"), granted.access_token());
        assert_eq!(answer.text("scope"), "openid email");
        assert_eq!(answer.headers["cache-control"], "no-store");
        assert_eq!(granted.client.userinfo(&answer.text("access_token")).await.status, 200);
        // The same person, the same sign-in, and no nonce (Core §12.2).
        let (before, after) = (claims(&granted.id_token()), claims(&answer.text("id_token")));
        for same in ["iss", "sub", "aud", "auth_time", "acr", "amr", "sid"] {
            assert_eq!(before[same], after[same], "{same}");
        }
        assert_eq!(after["iat"], START + 100);
        assert_eq!(after.get("nonce"), None);
    }

    async fn a_lost_answer_is_given_again_within_the_grace(app: App) {
        let granted = grant(&app, "app", "openid").await;
        let first = granted.refresh_token();
        let second = next(&granted.client, &first).await;
        app.wait(30);
        assert_eq!(next(&granted.client, &first).await, second);
        assert_eq!(next(&granted.client.at(&app.another_node().await), &first).await, second);
        let third = next(&granted.client, &second).await;
        assert_ne!(third, second);
    }

    async fn a_replaced_token_after_the_grace_revokes_the_grant(app: App) {
        let granted = grant(&app, "app", "openid").await;
        let first = granted.refresh_token();
        let answer = granted.client.refresh(&first).await;
        app.wait(31);
        assert_refused(&granted.client, &first).await;
        assert_refused(&granted.client, &answer.text("refresh_token")).await;
        assert_eq!(granted.client.userinfo(&answer.text("access_token")).await.status, 401);
    }

    async fn an_older_token_revokes_the_grant_at_once(app: App) {
        let granted = grant(&app, "app", "openid").await;
        let first = granted.refresh_token();
        let second = next(&granted.client, &first).await;
        let third = next(&granted.client, &second).await;
        assert_refused(&granted.client, &first).await;
        assert_refused(&granted.client, &second).await;
        assert_refused(&granted.client, &third).await;
    }

    async fn a_narrower_scope_narrows_the_answer_and_not_the_grant(app: App) {
        let granted = grant(&app, "app", "openid profile email").await;
        let answer = narrowed(&granted.client, &granted.refresh_token(), "email openid").await;
        assert_eq!(answer.text("scope"), "openid email");
        let told = granted.client.userinfo(&answer.text("access_token")).await;
        assert_eq!((told.json.get("email").is_some(), told.json.get("name")), (true, None));
        let without = narrowed(&granted.client, &answer.text("refresh_token"), "profile").await;
        assert_eq!((without.text("scope").as_str(), without.json.get("id_token")), ("profile", None));
        assert_eq!(granted.client.userinfo(&without.text("access_token")).await.status, 403);
        let whole = granted.client.refresh(&without.text("refresh_token")).await;
        assert_eq!(whole.text("scope"), "openid profile email");
    }

    async fn a_wider_scope_is_refused_and_uses_nothing_up(app: App) {
        let granted = grant(&app, "app", "openid email").await;
        let first = granted.refresh_token();
        for scope in [
            "openid profile",
            "openid email unknown",
            "unknown",
            "offline_access",
            "OPENID",
            "openid \"",
            "\u{e9}",
            "openid\u{0b}email",
        ] {
            let answer = narrowed(&granted.client, &first, scope).await;
            assert_eq!(refusal(&answer), (400, "invalid_scope".to_owned()), "{scope}");
        }
        app.wait(31);
        let second = next(&granted.client, &first).await;
        app.wait(31);
        next(&granted.client, &second).await;
    }

    async fn a_token_that_was_touched_is_refused_and_harms_nothing(app: App) {
        let granted = grant(&app, "app", "openid").await;
        let token = granted.refresh_token();
        let (body, mac) = token.rsplit_once('.').unwrap();
        let (id, generation) = body.split_once('.').unwrap();
        assert_eq!(generation, "1");
        let flipped = if mac.starts_with('A') { 'B' } else { 'A' };
        for touched in [
            format!("{token}x"),
            format!("x{token}"),
            format!("{token}="),
            format!(" {token}"),
            token[..token.len() - 1].to_owned(),
            token[1..].to_owned(),
            format!("{id}.2.{mac}"),
            format!("{id}.0.{mac}"),
            format!("{id}.01.{mac}"),
            format!("{id}.+1.{mac}"),
            format!("{id}.1.{flipped}{}", &mac[1..]),
            format!("{id}.1."),
            format!("{id}.1"),
            id.to_owned(),
            mac.to_owned(),
            format!(".1.{mac}"),
            "..".to_owned(),
            "\u{e9}".to_owned(),
            "x".repeat(9_000),
        ] {
            assert_refused(&granted.client, &touched).await;
        }
        let answer = granted.client.token(&[("grant_type", "refresh_token")]).await;
        assert_eq!(refusal(&answer), (400, "invalid_request".to_owned()));
        next(&granted.client, &token).await;
    }

    async fn another_client_can_neither_use_nor_harm_a_token(app: App) {
        let granted = grant(&app, "app", "openid").await;
        let first = granted.refresh_token();
        for stranger in ["post", "native"] {
            assert_refused(&app.client(stranger), &first).await;
        }
        let second = next(&granted.client, &first).await;
        let third = next(&granted.client, &second).await;
        // Not even one that would be a theft if its own client came with it.
        for stranger in ["post", "native"] {
            assert_refused(&app.client(stranger), &first).await;
        }
        next(&granted.client, &third).await;
    }

    async fn a_token_that_is_not_used_ends(app: App) {
        let granted = grant(&app, "app", "openid offline_access").await;
        app.wait(14 * DAY);
        let second = next(&granted.client, &granted.refresh_token()).await;
        app.wait(14 * DAY + 1);
        assert_refused(&granted.client, &second).await;
    }

    async fn a_grant_ends_at_its_longest_however_much_it_is_used(app: App) {
        let granted = grant(&app, "app", "openid offline_access").await;
        let mut token = granted.refresh_token();
        for _ in 0..8 {
            app.wait(11 * DAY);
            token = next(&granted.client, &token).await;
        }
        app.wait(2 * DAY - 1);
        token = next(&granted.client, &token).await;
        app.wait(1);
        assert_refused(&granted.client, &token).await;
    }

    async fn without_offline_access_a_grant_ends_with_its_session(app: App) {
        let mut granted = grant(&app, "app", "openid").await;
        // A refresh is a use of the session: the person is at work in the application.
        let mut token = granted.refresh_token();
        for _ in 0..11 {
            app.wait(3600);
            token = next(&granted.client, &token).await;
        }
        app.wait(3599);
        token = next(&granted.client, &token).await;
        assert_eq!(granted.browser.get("/").await.status, 200, "the session was used all the time");
        app.wait(1);
        assert_refused(&granted.client, &token).await;

        let mut granted = grant_again(&app, "app", "openid").await;
        sign_out(&mut granted).await;
        assert_refused(&granted.client, &granted.refresh_token()).await;
        assert_eq!(granted.client.userinfo(&granted.access_token()).await.status, 401);
    }

    async fn offline_access_outlives_the_session(app: App) {
        let mut granted = grant(&app, "app", "openid offline_access").await;
        sign_out(&mut granted).await;
        app.wait(DAY);
        let answer = granted.client.refresh(&granted.refresh_token()).await;
        assert_eq!(answer.status, 200, "{}", answer.json);
        assert_eq!(granted.client.userinfo(&answer.text("access_token")).await.status, 200);
        let told = claims(&answer.text("id_token"));
        assert_eq!((told["auth_time"].as_i64(), told.get("sid")), (Some(START), None));
    }

    async fn a_disabled_person_refreshes_nothing(app: App) {
        let person = app.person(PERSON).await;
        let granted = grant_again(&app, "app", "openid offline_access").await;
        app.disable(&person).await;
        assert_refused(&granted.client, &granted.refresh_token()).await;
        assert_eq!(granted.client.userinfo(&granted.access_token()).await.status, 401);
    }

    async fn a_client_that_lost_the_grant_refreshes_nothing(app: App) {
        let granted = grant(&app, "app", "openid").await;
        let changed = app
            .restarted_with(|settings| {
                let client = settings.clients.iter_mut().find(|client| client.client_id == "app").unwrap();
                client.grant_types.retain(|grant| *grant == guichet::config::GrantType::AuthorizationCode);
            })
            .await;
        let answer = granted.client.at(&changed).refresh(&granted.refresh_token()).await;
        assert_eq!(refusal(&answer), (400, "unauthorized_client".to_owned()));
    }

    async fn many_who_refresh_at_once_get_one_next_token(app: App) {
        let granted = grant(&app, "app", "openid").await;
        let mut token = granted.refresh_token();
        let nodes = [granted.client.clone(), granted.client.at(&app.another_node().await)];
        for _ in 0..3 {
            let answers = join_all((0..64).map(|racer| nodes[racer % 2].refresh(&token))).await;
            let next: Vec<_> = answers.iter().map(|answer| answer.text("refresh_token")).collect();
            assert!(next.iter().all(|one| *one == next[0] && *one != token), "{next:?}");
            token.clone_from(&next[0]);
        }
    }
}
