//! Clients told from server to server that a session ended (Back-Channel Logout 1.0).

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use guichet::accounts::Mandate;
use guichet::config::{LogoutChannel, SigningAlgorithm};
use guichet::oidc::{Audience, Told};
use guichet::server::janitor::Matter;
use http::StatusCode;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::JwkSet};
use serde_json::{Value, json};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::registration::{CALLBACK, open_to_anybody, register};
use super::{Granted, PERSON, grant, grant_again};
use crate::on_both_engines;
use crate::signin::signed_in;
use crate::support::app::{ISSUER, PASSWORD, START};
use crate::support::client::{claims, header};
use crate::support::site::{self, Reply, Site};
use crate::support::{App, Browser, Client};

const HEARD: Told = Told { heard: 1, put_off: 0, given_up: 0 };
const PUT_OFF: Told = Told { heard: 0, put_off: 1, given_up: 0 };
const GIVEN_UP: Told = Told { heard: 0, put_off: 0, given_up: 1 };
const NOBODY: Told = Told { heard: 0, put_off: 0, given_up: 0 };
/// Where the clients of the tests listen.
const EAR: &str = "/told";
const HOUR: u64 = 3_600;

/// The installation with a client "app" that listens at a site, which takes what it is told.
async fn listening(app: &App) -> (App, Site) {
    let site = Site::start().await;
    site.answers(EAR, Reply::Plain(StatusCode::OK, String::new()));
    let uri = site.url(EAR).parse().unwrap();
    let listens = app.restarted_with(|settings| {
        site::reach(settings);
        settings.clients[0].backchannel_logout = Some(LogoutChannel { uri, session_required: true });
    });
    (listens.await, site)
}

async fn tell(app: &App) -> Told {
    app.provider.tell_ended_sessions().await.expect("the clients are told")
}

/// The logout tokens that a site was sent, each as the one parameter of a form.
fn tokens(site: &Site) -> Vec<String> {
    let asked = site.asked().into_iter().filter(|asked| asked.path == EAR);
    asked
        .map(|asked| {
            assert_eq!(
                (asked.method.as_str(), asked.content_type.as_str()),
                ("POST", "application/x-www-form-urlencoded")
            );
            let form: BTreeMap<String, String> =
                url::form_urlencoded::parse(asked.body.as_bytes()).into_owned().collect();
            assert_eq!(form.len(), 1, "{form:?}");
            form["logout_token"].clone()
        })
        .collect()
}

fn sids(site: &Site) -> Vec<String> {
    tokens(site).iter().map(|token| claims(token)["sid"].as_str().unwrap().to_owned()).collect()
}

fn sid(granted: &Granted) -> String {
    claims(&granted.id_token())["sid"].as_str().unwrap().to_owned()
}

/// The installation with a client "post" besides, which listens elsewhere.
///
/// By another name: what is asked of one host at once is limited too.
async fn slow_ear(app: &App, site: &Site, reply: Reply) -> App {
    let uri = site.url("/slow").replace("localhost", "127.0.0.1").parse().unwrap();
    site.answers("/slow", reply);
    let listens = app.restarted_with(|settings| {
        let slow = settings.clients.iter_mut().find(|client| client.client_id == "post").unwrap();
        slow.backchannel_logout = Some(LogoutChannel { uri, session_required: false });
    });
    listens.await
}

/// Notices that a client is to be given, and has been for a while.
async fn owed(app: &App, client: &str, most: i64) {
    let notices = "WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 120) \
        INSERT INTO logout_notice (id, client_id, account_id, sid, state, attempts, created_at, next_attempt_at) \
        SELECT CAST($1 AS TEXT) || n, CAST($1 AS TEXT), account.id, CAST($1 AS TEXT) || n, 'waiting', 0, \
        1799999000, 1799999000 FROM number CROSS JOIN account";
    app.sql(notices, client).await;
    let mut transaction = app.database.write().await.unwrap();
    sqlx::query(
        "DELETE FROM logout_notice WHERE client_id = $1 AND id NOT IN \
        (SELECT id FROM logout_notice WHERE client_id = $1 ORDER BY id LIMIT $2)",
    )
    .bind(client)
    .bind(most)
    .execute(&mut *transaction)
    .await
    .unwrap();
    transaction.commit().await.unwrap();
}

/// Waits until the client "app" was told so often.
async fn until_told(site: &Site, times: usize) {
    while site.times(EAR) < times {
        sleep(Duration::from_millis(20)).await;
    }
}

/// Signs out by the client's hint.
async fn sign_out(granted: &mut Granted) {
    let hint = granted.id_token();
    let page = granted.browser.get(&format!("/logout?id_token_hint={hint}")).await;
    assert_eq!(page.status, 200, "{}", page.body);
}

/// Sends a form of the account's page.
async fn on_the_account(browser: &mut Browser, page: &str, action: &str, fields: &[(&str, &str)]) {
    let session = browser.get(page).await.hidden("session");
    let form = [&[("session", session.as_str())], fields].concat();
    assert_eq!(browser.post(action, &form).await.status, 303, "{action}");
}

/// Checks a token by the published keys, as a client does.
async fn verified(app: &App, token: &str, algorithm: Algorithm) -> Value {
    let keys: JwkSet = serde_json::from_str(&app.browser().get("/jwks").await.body).unwrap();
    let kid = header(token)["kid"].as_str().unwrap().to_owned();
    let key = DecodingKey::from_jwk(keys.find(&kid).expect("a published key")).unwrap();
    let mut validation = Validation::new(algorithm);
    validation.validate_exp = false;
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&["app"]);
    jsonwebtoken::decode::<Value>(token, &key, &validation).expect("it holds").claims
}

on_both_engines! {
    async fn signing_out_tells_the_client_which_session_of_whom_is_over(app: App) {
        let (app, site) = listening(&app).await;
        let mut granted = grant(&app, "app", "openid").await;
        assert_eq!(tell(&app).await, NOBODY);
        sign_out(&mut granted).await;
        assert_eq!(tell(&app).await, HEARD);
        let [token] = tokens(&site).try_into().unwrap();
        assert_eq!(header(&token)["typ"], "logout+jwt");
        assert_eq!(header(&token)["alg"], "ES256");
        let said = verified(&app, &token, Algorithm::ES256).await;
        let id = claims(&granted.id_token());
        let jti = said["jti"].as_str().unwrap();
        assert_eq!(jti.len(), 22);
        assert_eq!(
            said,
            json!({
                "iss": ISSUER, "aud": "app", "sub": id["sub"], "sid": id["sid"], "iat": START, "exp": START + 120,
                "jti": jti, "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
            })
        );
        assert_eq!(tell(&app).await, NOBODY, "once is enough");
        assert_eq!(app.count("SELECT COUNT(*) FROM logout_notice").await, 0);
    }

    async fn a_pairwise_client_is_told_its_own_names_of_session_and_person(app: App) {
        let (app, site) = listening(&app).await;
        let uri = site.url(EAR).parse().unwrap();
        let app = app.restarted_with(|settings| {
            let client = settings.clients.iter_mut().find(|client| client.client_id == "pairwise").unwrap();
            client.backchannel_logout = Some(LogoutChannel { uri, session_required: true });
        }).await;
        let mut granted = grant(&app, "pairwise", "openid").await;
        sign_out(&mut granted).await;
        assert_eq!(tell(&app).await, HEARD);
        let (said, id) = (claims(&tokens(&site)[0]), claims(&granted.id_token()));
        assert_eq!((&said["sub"], &said["sid"]), (&id["sub"], &id["sid"]));
    }

    async fn a_token_is_signed_as_the_clients_id_tokens_are(app: App) {
        let (app, site) = listening(&app).await;
        let app = app.restarted_with(|settings| {
            settings.clients[0].id_token_signed_response_alg = SigningAlgorithm::Rs256;
        }).await;
        let mut granted = grant(&app, "app", "openid").await;
        sign_out(&mut granted).await;
        assert_eq!(tell(&app).await, HEARD);
        verified(&app, &tokens(&site)[0], Algorithm::RS256).await;
    }

    async fn only_clients_that_have_tokens_of_the_session_are_told(app: App) {
        let (app, site) = listening(&app).await;
        // One that has a code and no tokens; one that has tokens and does not listen; one of another session.
        app.person(PERSON).await;
        let mut browser = app.browser();
        browser.sign_in(&app.client("app").authorization(&[]), PERSON).await.code();
        let post = app.client("post");
        let page = browser.get(&post.authorization(&[])).await;
        assert_eq!(post.redeem(&page).await.status, 200);
        let elsewhere = grant_again(&app, "app", "openid").await;
        let decision = browser.get("/logout").await.hidden("decision");
        assert_eq!(browser.post("/logout", &[("decision", &decision)]).await.status, 200);
        assert_eq!(tell(&app).await, NOBODY);
        assert!(tokens(&site).is_empty());
        assert_eq!(elsewhere.client.userinfo(&elsewhere.access_token()).await.status, 200);
        assert_eq!(app.count("SELECT COUNT(*) FROM oauth_grant WHERE sid IS NULL AND end_told = 0").await, 0);
    }

    async fn a_client_with_several_grants_in_a_session_is_told_once(app: App) {
        let (app, site) = listening(&app).await;
        let mut granted = grant(&app, "app", "openid").await;
        for _ in 0..3 {
            let page = granted.browser.get(&granted.client.authorization(&[])).await;
            assert_eq!(granted.client.redeem(&page).await.status, 200);
        }
        sign_out(&mut granted).await;
        assert_eq!(tell(&app).await, HEARD);
        assert_eq!(sids(&site), [sid(&granted)]);
    }

    async fn a_grant_that_outlives_the_session_is_told_of_its_end_and_lives_on(app: App) {
        let (app, site) = listening(&app).await;
        let mut granted = grant(&app, "app", "openid offline_access").await;
        sign_out(&mut granted).await;
        assert_eq!(tell(&app).await, HEARD);
        assert_eq!(sids(&site), [sid(&granted)]);
        let renewed = granted.client.refresh(&granted.refresh_token()).await;
        assert_eq!(renewed.status, 200);
        assert!(claims(&renewed.text("id_token")).get("sid").is_none(), "there is no session any more");
        assert_eq!(tell(&app).await, NOBODY);
    }

    async fn whatever_ends_a_session_its_clients_are_told(app: App) {
        let (app, site) = listening(&app).await;
        let account = app.person(PERSON).await;
        app.person("odupont").await;
        let mut expected = Vec::new();

        // Closed from another session, alone and with all others.
        let mut here = signed_in(&app, PERSON).await;
        for action in ["/account/sessions/end", "/account/sessions/end-others"] {
            let granted = grant_again(&app, "app", "openid").await;
            expected.push(sid(&granted));
            on_the_account(&mut here, "/account", action, &[("sid", &sid(&granted))]).await;
            assert_eq!(tell(&app).await, HEARD, "{action}");
        }
        // Everything closed at once, this one too.
        let mut granted = grant_again(&app, "app", "openid").await;
        expected.push(sid(&granted));
        on_the_account(&mut granted.browser, "/account", "/account/sessions/end-all", &[]).await;
        assert_eq!(tell(&app).await, HEARD);
        // A new password ends the others, and this one goes on.
        let mut here = grant_again(&app, "app", "openid").await;
        let other = grant_again(&app, "app", "openid").await;
        expected.push(sid(&other));
        let fields = [("current-password", PASSWORD), ("new-password", "volcan-tartine-7-Perroquet")];
        on_the_account(&mut here.browser, "/account/password", "/account/password", &fields).await;
        assert_eq!(tell(&app).await, HEARD);
        // Somebody else signs in in the same browser.
        let again = here.client.authorization(&[("prompt", "login")]);
        here.browser.sign_in(&again, "odupont").await.code();
        expected.push(sid(&here));
        assert_eq!(tell(&app).await, HEARD);
        assert_eq!(sids(&site), expected);

        // An operator disables the account, somewhere else.
        app.person("mdurand").await;
        let mut browser = app.browser();
        let back = browser.sign_in(&here.client.authorization(&[]), "odupont").await;
        let back = here.client.redeem(&back).await;
        let theirs = claims(&back.text("id_token"));
        let id = guichet::accounts::AccountId::from(theirs["sub"].as_str().unwrap());
        app.another_node().await.accounts.disable(&id, &Mandate::operator()).await.unwrap();
        assert_eq!(tell(&app).await, HEARD);
        assert_eq!(sids(&site).last().unwrap(), theirs["sid"].as_str().unwrap());
        // An account is deleted.
        let mut browser = app.browser();
        let back = browser.sign_in(&here.client.authorization(&[]), "mdurand").await;
        let theirs = claims(&here.client.redeem(&back).await.text("id_token"));
        let id = guichet::accounts::AccountId::from(theirs["sub"].as_str().unwrap());
        app.accounts.delete(&id, &Mandate::operator()).await.unwrap();
        assert_eq!(tell(&app).await, HEARD);
        assert_eq!(claims(tokens(&site).last().unwrap())["sub"], theirs["sub"]);
        assert!(account.id.as_str() != id.as_str());
    }

    async fn a_session_that_nobody_uses_is_told_once_it_is_swept_away(app: App) {
        let (app, site) = listening(&app).await;
        let granted = grant(&app, "app", "openid").await;
        app.wait(2 * HOUR);
        assert_eq!(tell(&app).await, NOBODY);
        assert_eq!(app.janitor.sweep().await.unwrap().of(Matter::Sessions), 1);
        assert_eq!(tell(&app).await, HEARD);
        assert_eq!(sids(&site), [sid(&granted)]);
    }

    async fn a_new_sign_in_of_the_same_person_ends_nothing(app: App) {
        let (app, site) = listening(&app).await;
        let mut granted = grant(&app, "app", "openid").await;
        let again = granted.client.authorization(&[("prompt", "login")]);
        granted.browser.sign_in(&again, PERSON).await.code();
        assert_eq!(tell(&app).await, NOBODY);
        assert!(tokens(&site).is_empty());
    }

    async fn a_client_that_fails_is_told_again_and_again_until_it_is_given_up(app: App) {
        let (app, site) = listening(&app).await;
        let mut granted = grant(&app, "app", "openid").await;
        site.answers(EAR, Reply::Plain(StatusCode::INTERNAL_SERVER_ERROR, String::new()));
        sign_out(&mut granted).await;
        for (attempt, delay) in [10, 30, 120, 300, 900, 1_800, 3_600, 3_600].into_iter().enumerate() {
            assert_eq!(tell(&app).await, PUT_OFF, "{attempt}");
            app.wait(delay - 1);
            assert_eq!(tell(&app).await, NOBODY, "{attempt}");
            app.wait(1);
        }
        app.wait(24 * HOUR);
        assert_eq!(tell(&app).await, GIVEN_UP);
        app.wait(24 * HOUR);
        assert_eq!(tell(&app).await, NOBODY);
        let sent = tokens(&site);
        assert_eq!(sent.len(), 9);
        let of = |member: &str| sent.iter().map(|token| claims(token)[member].clone()).collect::<Vec<_>>();
        let mut names = of("jti");
        names.dedup();
        assert_eq!(names.len(), 9, "each attempt has a name of its own");
        assert!(of("iat").windows(2).all(|pair| pair[0].as_i64() < pair[1].as_i64()), "each is made when it is sent");
        // What was given up can be seen for a while.
        assert_eq!(app.count("SELECT COUNT(*) FROM logout_notice WHERE state = 'failed'").await, 1);
        app.wait(29 * 24 * HOUR);
        assert_eq!(app.janitor.sweep().await.unwrap().of(Matter::Notices), 1);
    }

    async fn answers_count_as_the_standard_says(app: App) {
        let (app, site) = listening(&app).await;
        app.person(PERSON).await;
        let redirect = Reply::Redirect(site.url("/elsewhere"));
        for (reply, expected) in [
            (Reply::Plain(StatusCode::NO_CONTENT, String::new()), HEARD),
            (Reply::Plain(StatusCode::BAD_REQUEST, r#"{"error":"invalid_request"}"#.to_owned()), PUT_OFF),
            (Reply::Plain(StatusCode::UNAUTHORIZED, String::new()), PUT_OFF),
            (redirect, PUT_OFF),
        ] {
            site.answers(EAR, reply.clone());
            let mut granted = grant_again(&app, "app", "openid").await;
            sign_out(&mut granted).await;
            assert_eq!(tell(&app).await, expected, "{reply:?}");
            app.sql("DELETE FROM logout_notice WHERE state <> $1", "x").await;
        }
        assert_eq!(site.times("/elsewhere"), 0, "a redirect is not followed");
    }

    async fn who_refuses_is_asked_once_more_when_it_has_had_time_to_read_our_keys(app: App) {
        let (app, site) = listening(&app).await;
        app.person(PERSON).await;
        let refusing = Reply::Plain(StatusCode::BAD_REQUEST, r#"{"error":"invalid_request"}"#.to_owned());
        let taking = Reply::Plain(StatusCode::OK, String::new());
        for (second, expected) in [(refusing.clone(), GIVEN_UP), (taking, HEARD)] {
            site.answers(EAR, refusing.clone());
            let mut granted = grant_again(&app, "app", "openid").await;
            sign_out(&mut granted).await;
            assert_eq!(tell(&app).await, PUT_OFF);
            app.wait(329);
            assert_eq!(tell(&app).await, NOBODY);
            app.wait(1);
            site.answers(EAR, second);
            assert_eq!(tell(&app).await, expected);
            app.wait(24 * HOUR);
            assert_eq!(tell(&app).await, NOBODY);
        }
        assert_eq!(site.times(EAR), 4);
    }

    async fn a_client_that_is_switched_off_is_told_when_it_is_back(app: App) {
        let (app, site) = listening(&app).await;
        app.person(PERSON).await;
        let callback = "https://added.example/callback";
        let members = json!({
            "client_name": "Added", "redirect_uris": [callback], "scope": "openid", "first_party": true,
            "backchannel_logout_uri": site.url(EAR), "backchannel_logout_session_required": true,
        });
        let made = app.clients.add(None, members.as_object().unwrap().clone()).await.unwrap();
        let client = Client::registered(app.clone(), made.id.as_str(), callback, made.secret.unwrap().expose());
        let session = async || {
            let mut browser = app.browser();
            let back = browser.sign_in(&client.authorization(&[("scope", "openid")]), PERSON).await;
            (browser, claims(&client.redeem(&back).await.text("id_token"))["sid"].as_str().unwrap().to_owned())
        };
        let leave = async |mut browser: Browser| {
            let decision = browser.get("/logout").await.hidden("decision");
            assert_eq!(browser.post("/logout", &[("decision", &decision)]).await.status, 200);
        };
        // One session ends before it is switched off, and cannot be told; one while it is.
        let (first, second) = (session().await, session().await);
        site.answers(EAR, Reply::Plain(StatusCode::SERVICE_UNAVAILABLE, String::new()));
        leave(first.0).await;
        assert_eq!(tell(&app).await, PUT_OFF);
        app.clients.disable(&client.id).await.unwrap();
        leave(second.0).await;
        for _ in 0..3 {
            app.wait(300);
            assert!(tell(&app).await.put_off >= 1);
        }
        assert_eq!(site.times(EAR), 1, "nothing is sent meanwhile");
        app.clients.enable(&client.id).await.unwrap();
        site.answers(EAR, Reply::Plain(StatusCode::OK, String::new()));
        app.wait(300);
        assert_eq!(tell(&app).await.heard, 2);
        let mut heard = sids(&site).split_off(1);
        heard.sort();
        let mut expected = vec![first.1, second.1];
        expected.sort();
        assert_eq!(heard, expected);
    }

    async fn a_client_that_stays_switched_off_is_given_up(app: App) {
        let (app, site) = listening(&app).await;
        app.person(PERSON).await;
        let callback = "https://added.example/callback";
        let members = json!({
            "redirect_uris": [callback], "first_party": true, "backchannel_logout_uri": site.url(EAR),
        });
        let made = app.clients.add(None, members.as_object().unwrap().clone()).await.unwrap();
        let client = Client::registered(app.clone(), made.id.as_str(), callback, made.secret.unwrap().expose());
        let mut browser = app.browser();
        let back = browser.sign_in(&client.authorization(&[("scope", "openid")]), PERSON).await;
        client.redeem(&back).await;
        app.clients.disable(&client.id).await.unwrap();
        let decision = browser.get("/logout").await.hidden("decision");
        browser.post("/logout", &[("decision", &decision)]).await;
        assert_eq!(tell(&app).await, PUT_OFF);
        app.wait(24 * HOUR);
        assert_eq!(tell(&app).await, GIVEN_UP);
        app.clients.enable(&client.id).await.unwrap();
        assert_eq!(tell(&app).await, NOBODY);
        assert_eq!(site.times(EAR), 0);
    }

    async fn what_was_taken_back_long_before_its_session_ends_is_told_of_the_end(app: App) {
        let (app, site) = listening(&app).await;
        let app = app.restarted_with(|settings| settings.retention.expired = Duration::from_hours(1)).await;
        let mut granted = grant(&app, "app", "openid").await;
        granted.client.revoke(&granted.refresh_token()).await;
        for _ in 0..3 {
            app.wait(HOUR);
            assert_eq!(granted.browser.get("/").await.status, 200);
        }
        assert_eq!(app.janitor.sweep().await.unwrap().of(Matter::Grants), 0);
        sign_out(&mut granted).await;
        assert_eq!(tell(&app).await, HEARD);
        assert_eq!(sids(&site), [sid(&granted)]);
        assert_eq!(app.janitor.sweep().await.unwrap().of(Matter::Grants), 1);
    }

    async fn a_client_on_a_private_address_is_told_nothing_unless_the_operator_says_so(app: App) {
        let (reached, site) = listening(&app).await;
        let guarded = reached.restarted_with(|settings| settings.fetch.allow_private_networks.clear()).await;
        let mut granted = grant(&guarded, "app", "openid").await;
        sign_out(&mut granted).await;
        assert_eq!(tell(&guarded).await, PUT_OFF);
        assert!(site.asked().is_empty());
    }

    async fn a_slow_client_keeps_no_other_waiting(app: App) {
        let (app, site) = listening(&app).await;
        // By another name: what is asked of one host at once is limited too.
        let uri = site.url("/slow").replace("localhost", "127.0.0.1").parse().unwrap();
        site.answers("/slow", Reply::Late);
        let app = app.restarted_with(|settings| {
            let slow = settings.clients.iter_mut().find(|client| client.client_id == "post").unwrap();
            slow.backchannel_logout = Some(LogoutChannel { uri, session_required: false });
        }).await;
        app.person(PERSON).await;
        let mut expected = 0;
        for _ in 0..6 {
            let mut granted = grant_again(&app, "app", "openid").await;
            let post = app.client("post");
            let page = granted.browser.get(&post.authorization(&[])).await;
            assert_eq!(post.redeem(&page).await.status, 200);
            sign_out(&mut granted).await;
            expected += 1;
        }
        let begun = Instant::now();
        let told = tell(&app).await;
        assert_eq!(told.heard, expected);
        assert!((1..=6).contains(&told.put_off), "{told:?}");
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
        let before = site.times("/slow");
        assert_eq!(tell(&app).await, NOBODY, "what is left waits with what failed");
        assert_eq!(site.times("/slow"), before);
    }

    async fn a_client_with_much_to_hear_that_listens_slowly_keeps_no_other_waiting(app: App) {
        let (app, site) = listening(&app).await;
        let app = slow_ear(&app, &site, Reply::After(Duration::from_millis(1_500))).await;
        let mut granted = grant(&app, "app", "openid").await;
        owed(&app, "post", 120).await;
        sign_out(&mut granted).await;
        let begun = Instant::now();
        let telling = {
            let app = app.clone();
            tokio::spawn(async move { tell(&app).await })
        };
        until_told(&site, 1).await;
        assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
        assert!(site.times("/slow") < 60, "it has its turns like the others");
        telling.abort();
    }

    async fn an_end_is_told_while_a_slow_client_is_still_being_told_of_others(app: App) {
        let (app, site) = listening(&app).await;
        let app = slow_ear(&app, &site, Reply::Late).await;
        let mut granted = grant(&app, "app", "openid").await;
        owed(&app, "post", 20).await;
        let telling = {
            let app = app.clone();
            tokio::spawn(async move { tell(&app).await })
        };
        while site.times("/slow") == 0 {
            sleep(Duration::from_millis(20)).await;
        }
        sign_out(&mut granted).await;
        let told = telling.await.unwrap();
        assert_eq!(told.heard, 1, "{told:?}");
    }

    async fn clients_that_anybody_registers_keep_waiting_nobody_but_their_like(app: App) {
        let (app, site) = listening(&app).await;
        let app = open_to_anybody(&app).await;
        site.answers("/slow", Reply::Late);
        let mut granted = grant(&app, "app", "openid").await;
        for _ in 0..10 {
            let members = json!({
                "redirect_uris": [CALLBACK], "backchannel_logout_uri": site.url("/slow").replace("localhost", "127.0.0.1"),
            });
            let stranger = register(&app, None, &members).await;
            assert_eq!(stranger.status, 201, "{}", stranger.json);
            owed(&app, &stranger.text("client_id"), 5).await;
        }
        let telling = {
            let provider = app.provider.clone();
            tokio::spawn(async move { provider.tell_ended_sessions_until(Audience::Strangers, &CancellationToken::new()).await })
        };
        while site.times("/slow") == 0 {
            sleep(Duration::from_millis(20)).await;
        }
        sign_out(&mut granted).await;
        let begun = Instant::now();
        let told = app.provider.tell_ended_sessions_until(Audience::Known, &CancellationToken::new()).await;
        assert_eq!((told.unwrap(), site.times(EAR)), (HEARD, 1));
        assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
        assert!(!telling.is_finished());
        let told = telling.await.unwrap().unwrap();
        assert!(told.heard == 0 && told.put_off >= 10, "{told:?}");
    }

    async fn of_many_nodes_exactly_one_tells(app: App) {
        let (app, site) = listening(&app).await;
        let other = app.another_node().await;
        app.person(PERSON).await;
        let mut expected = Vec::new();
        for _ in 0..5 {
            let mut granted = grant_again(&app, "app", "openid").await;
            expected.push(sid(&granted));
            sign_out(&mut granted).await;
        }
        let told = join_all([&app, &other, &app, &other].map(tell)).await;
        assert_eq!(told.iter().map(|told| told.heard).sum::<usize>(), 5, "{told:?}");
        let mut heard = sids(&site);
        heard.sort();
        expected.sort();
        assert_eq!(heard, expected);
    }

    async fn what_a_dead_node_had_begun_is_told_by_another(app: App) {
        let (app, site) = listening(&app).await;
        let mut granted = grant(&app, "app", "openid").await;
        sign_out(&mut granted).await;
        // Nothing but the database knows of the end; and then a claim whose node is gone.
        let other = app.another_node().await;
        site.answers(EAR, Reply::Plain(StatusCode::SERVICE_UNAVAILABLE, String::new()));
        assert_eq!(tell(&other).await, PUT_OFF);
        app.sql("UPDATE logout_notice SET claim = $1, next_attempt_at = 1800000060", "a dead node's").await;
        site.answers(EAR, Reply::Plain(StatusCode::OK, String::new()));
        assert_eq!(tell(&app).await, NOBODY);
        app.wait(60);
        assert_eq!(tell(&app).await, HEARD);
    }

    async fn a_client_that_listens_no_more_is_left_alone(app: App) {
        let (app, site) = listening(&app).await;
        let mut granted = grant(&app, "app", "openid").await;
        site.answers(EAR, Reply::Plain(StatusCode::SERVICE_UNAVAILABLE, String::new()));
        sign_out(&mut granted).await;
        assert_eq!(tell(&app).await, PUT_OFF);
        let app = app.restarted_with(|settings| settings.clients[0].backchannel_logout = None).await;
        app.wait(HOUR);
        assert_eq!(tell(&app).await, HEARD);
        assert_eq!(site.times(EAR), 1);
        assert_eq!(app.count("SELECT COUNT(*) FROM logout_notice").await, 0);
    }
}
