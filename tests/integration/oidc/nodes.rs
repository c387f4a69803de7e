//! Every node is alike: what one began, another finishes.

use futures_util::future::join_all;

use super::{PERSON, grant, refusal};
use crate::on_both_engines;
use crate::support::app::PASSWORD;
use crate::support::client::{Answer, claims};

/// How many do the same thing at once.
const RACERS: usize = 64;

/// How often a race is run (`GUICHET_TEST_RACES`).
fn rounds() -> usize {
    std::env::var("GUICHET_TEST_RACES").ok().map_or(3, |text| text.parse().expect("a number of rounds"))
}

/// Asks again as long as the answer is that nothing happened and that one may try again: so many at once can
/// wear out a small pool of connections on a busy machine.
async fn answered(ask: impl AsyncFn() -> Answer) -> Answer {
    for _ in 0..20 {
        let answer = ask().await;
        if answer.status != 503 {
            return answer;
        }
    }
    panic!("no answer but 503");
}

on_both_engines! {
    async fn a_sign_in_begun_on_one_node_is_finished_on_another(app: App) {
        app.person(PERSON).await;
        let other = app.another_node().await;
        let client = app.client("app");
        let mut here = app.browser();
        let form = here.password_form(&client.authorization(&[])).await;
        let mut there = here.at(&other);
        let signed_in =
            there.post(&form.form_action(), &[("username", PERSON), ("password", PASSWORD)]).await;
        // The redirect that follows comes to the first node again.
        let mut here = there.at(&app);
        let back = here.follow(signed_in).await;
        let tokens = client.at(&other).redeem(&back).await;
        assert_eq!(tokens.status, 200, "{}", tokens.json);
        for node in [&app, &other] {
            let silent = client.authorization(&[("prompt", "none")]);
            let code = here.at(node).get(&silent).await.code();
            assert_eq!(client.at(&app).redeem_code(&code).await.status, 200);
            assert_eq!(client.at(node).userinfo(&tokens.text("access_token")).await.status, 200);
        }
    }

    async fn a_code_is_redeemed_once_whichever_node_is_asked(app: App) {
        let mut granted = grant(&app, "app", "openid").await;
        let other = granted.client.at(&app.another_node().await);
        let code = granted.browser.get(&granted.client.authorization(&[])).await.code();
        let (first, second) = tokio::join!(granted.client.redeem_code(&code), other.redeem_code(&code));
        let mut statuses = [first.status.as_u16(), second.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 400]);
        assert_eq!(refusal(&other.redeem_code(&code).await), (400, "invalid_grant".to_owned()));
    }

    async fn however_many_redeem_a_code_one_wins(app: App) {
        let mut granted = grant(&app, "app", "openid").await;
        let nodes = [granted.client.clone(), granted.client.at(&app.another_node().await)];
        for round in 0..rounds() {
            let code = granted.browser.get(&granted.client.authorization(&[])).await.code();
            let code = code.as_str();
            let race = nodes.iter().cycle().take(RACERS);
            let answers = join_all(race.map(|node| answered(async move || node.redeem_code(code).await))).await;
            let won = answers.iter().filter(|answer| answer.status == 200).count();
            assert_eq!(won, 1, "round {round}");
            let lost = answers.iter().filter(|answer| answer.status != 200);
            assert!(lost.map(refusal).all(|one| one == (400, "invalid_grant".to_owned())), "round {round}");
        }
    }

    async fn however_many_refresh_there_is_one_rotation(app: App) {
        let mut granted = grant(&app, "app", "openid").await;
        let nodes = [granted.client.clone(), granted.client.at(&app.another_node().await)];
        for round in 0..rounds() {
            let code = granted.browser.get(&granted.client.authorization(&[])).await.code();
            let first = granted.client.redeem_code(&code).await.text("refresh_token");
            let first = first.as_str();
            let race = nodes.iter().cycle().take(RACERS);
            let answers = join_all(race.map(|node| answered(async move || node.refresh(first).await))).await;
            let next: Vec<_> = answers.iter().map(|answer| answer.text("refresh_token")).collect();
            assert!(next.iter().all(|one| *one == next[0] && *one != first), "round {round}: {next:?}");
            assert!(next[0].contains(".2."), "round {round}: one rotation");
            // The clock is the same on both nodes.
            app.wait(31);
            for token in [first, &next[0]] {
                let answer = nodes[round % 2].refresh(token).await;
                assert_eq!(refusal(&answer), (400, "invalid_grant".to_owned()), "round {round}");
            }
        }
    }

    async fn tokens_of_one_node_are_refreshed_at_any(app: App) {
        let granted = grant(&app, "app", "openid").await;
        let nodes = [granted.client.at(&app.another_node().await), granted.client.clone()];
        let mut token = granted.refresh_token();
        for client in nodes.iter().cycle().take(4) {
            app.wait(60);
            let answer = client.refresh(&token).await;
            assert_eq!(answer.status, 200, "{}", answer.json);
            assert_eq!(claims(&answer.text("id_token"))["sub"], claims(&granted.id_token())["sub"]);
            token = answer.text("refresh_token");
        }
    }

    async fn what_ends_on_one_node_ends_on_all(app: App) {
        let mut granted = grant(&app, "app", "openid").await;
        let other = app.another_node().await;
        let stale = granted.browser.at(&other);
        granted.browser.get(&format!("/logout?id_token_hint={}", granted.id_token())).await;
        let silent = granted.client.authorization(&[("prompt", "none")]);
        assert_eq!(stale.clone().get(&silent).await.error(), "login_required");
        let client = granted.client.at(&other);
        assert_eq!(client.userinfo(&granted.access_token()).await.status, 401);
        assert_eq!(
            refusal(&client.refresh(&granted.refresh_token()).await),
            (400, "invalid_grant".to_owned())
        );
    }
}
