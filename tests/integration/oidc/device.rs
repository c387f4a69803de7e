//! Devices without a keyboard (RFC 8628).

use std::time::Duration;

use futures_util::future::join_all;
use guichet::config::GrantType;
use guichet::server::janitor::Matter;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Request};
use serde_json::json;
use tokio::time::timeout;

use super::{PERSON, form_encoded, refusal};
use crate::on_both_engines;
use crate::support::app::{CLIENT_SECRET, PASSWORD, START};
use crate::support::browser::Page;
use crate::support::client::{Answer, claims};
use crate::support::{App, Browser, Client};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// Longer than an answer takes, and shorter than anybody waits for a connection.
const MOMENT: Duration = Duration::from_secs(1);

/// A device that shows a code.
struct Device {
    client: Client,
    /// Its `device_code`.
    secret: String,
    user_code: String,
}

impl Device {
    async fn begin(client: Client, scope: &str) -> Self {
        let answer = client.post("/device_authorization", &[("scope", scope)]).await;
        assert_eq!(answer.status, 200, "{}", answer.json);
        Self { client, secret: answer.text("device_code"), user_code: answer.text("user_code") }
    }

    async fn poll(&self) -> Answer {
        self.client.token(&[("grant_type", GRANT), ("device_code", &self.secret)]).await
    }

    async fn hears(&self, error: &str) {
        assert_eq!(refusal(&self.poll().await), (400, error.to_owned()));
    }
}

/// A browser in which the person is signed in.
async fn signed_in(app: &App, person: &str) -> Browser {
    let mut browser = app.browser();
    browser.sign_in(&app.client("app").authorization(&[]), person).await.code();
    browser
}

/// Types a code in a browser whose person is signed in.
async fn type_code(browser: &mut Browser, code: &str) -> Page {
    browser.submit("/device", &[("user_code", code)]).await
}

async fn decide(browser: &mut Browser, page: &Page, decision: &str) -> Page {
    assert!(page.address.starts_with("/device/confirm?"), "{} {}", page.address, page.body);
    browser.post(&page.form_action(), &[("decision", decision)]).await
}

async fn allow(browser: &mut Browser, device: &Device) {
    let page = type_code(browser, &device.user_code).await;
    let done = decide(browser, &page, "allow").await;
    assert!(done.status == 200 && done.body.contains("L’appareil est autorisé"), "{}", done.body);
}

fn is_unknown(page: &Page) -> bool {
    page.status == 422 && page.body.contains("aucun appareil")
}

on_both_engines! {
    async fn a_device_comes_in_when_its_person_says_so(app: App) {
        let person = app.person(PERSON).await;
        let answer = app.client("tv").post("/device_authorization", &[("scope", "openid profile unknown")]).await;
        assert_eq!(answer.headers["cache-control"], "no-store");
        let (device_code, user_code) = (answer.text("device_code"), answer.text("user_code"));
        assert_eq!(
            answer.json,
            json!({
                "device_code": device_code, "user_code": user_code, "expires_in": 600, "interval": 5,
                "verification_uri": "https://id.test/device",
                "verification_uri_complete": format!("https://id.test/device?user_code={user_code}"),
            })
        );
        assert_eq!((device_code.len(), user_code.len()), (43, 9));
        let device = Device { client: app.client("tv"), secret: device_code, user_code: user_code.clone() };
        device.hears("authorization_pending").await;

        // The address only fills in the form; the code is typed however one likes.
        let mut browser = app.browser();
        let form = browser.get(&format!("/device?user_code={user_code}")).await;
        assert!(form.body.contains(&format!("value=\"{user_code}\"")), "{}", form.body);
        let typed = user_code.to_lowercase().replace('-', " ");
        let choice = browser.submit(&form.form_action(), &[("user_code", &typed)]).await;
        let door = browser.open(&choice.link_to("/sign-in/external")).await;
        let page = browser.submit(&door.form_action(), &[("username", PERSON), ("password", PASSWORD)]).await;
        for told in ["Écran de la salle", &user_code, "Élodie Lefèvre", "Est-ce bien votre appareil", "connaître votre nom"] {
            assert!(page.body.contains(told), "{told}: {}", page.body);
        }
        device.hears("slow_down").await;
        decide(&mut browser, &page, "allow").await;

        let tokens = device.poll().await;
        assert_eq!(tokens.status, 200, "{}", tokens.json);
        assert_eq!(tokens.text("scope"), "openid profile");
        let told = claims(&tokens.text("id_token"));
        assert_eq!(
            (&told["sub"], &told["aud"], &told["auth_time"], told.get("nonce")),
            (&json!(person.id.as_str()), &json!("tv"), &json!(START), None)
        );
        assert_eq!((&told["amr"], &told["acr"]), (&json!(["pwd"]), &json!("urn:guichet:acr:password")));
        assert_eq!(device.client.userinfo(&tokens.text("access_token")).await.json["name"], "Élodie Lefèvre");
        assert_eq!(device.client.refresh(&tokens.text("refresh_token")).await.status, 200);
        assert_eq!(app.count("SELECT COUNT(*) FROM device_request").await, 0);
        let own = browser.open("/account").await;
        assert!(own.body.contains("Écran de la salle"), "{}", own.body);
    }

    async fn denied_is_told(app: App) {
        app.person(PERSON).await;
        let device = Device::begin(app.client("tv"), "openid").await;
        let mut browser = signed_in(&app, PERSON).await;
        let page = type_code(&mut browser, &device.user_code).await;
        let done = decide(&mut browser, &page, "deny").await;
        assert!(done.body.contains("L’appareil est refusé"), "{}", done.body);
        device.hears("access_denied").await;
        device.hears("access_denied").await;
        // What was decided once is decided.
        assert!(is_unknown(&decide(&mut browser, &page, "allow").await));
        device.hears("access_denied").await;
        assert_eq!(app.count("SELECT COUNT(*) FROM oauth_grant WHERE client_id = 'tv'").await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM consent").await, 0);
    }

    async fn codes_expire_after_ten_minutes(app: App) {
        app.person(PERSON).await;
        let mut browser = signed_in(&app, PERSON).await;
        let [late, allowed] = [Device::begin(app.client("tv"), "openid").await, Device::begin(app.client("tv"), "openid").await];
        allow(&mut browser, &allowed).await;
        let page = type_code(&mut browser, &late.user_code).await;
        app.wait(600);
        late.hears("expired_token").await;
        allowed.hears("expired_token").await;
        assert!(is_unknown(&type_code(&mut browser, &late.user_code).await));
        assert!(is_unknown(&decide(&mut browser, &page, "allow").await));
        assert_eq!(app.janitor.sweep().await.unwrap().of(Matter::Devices), 0, "a late device still hears why");
        app.wait(600);
        assert_eq!(app.janitor.sweep().await.unwrap().of(Matter::Devices), 2);
        late.hears("invalid_grant").await;
    }

    async fn whoever_polls_too_soon_waits_longer_on_every_node(app: App) {
        let device = Device::begin(app.client("tv"), "openid").await;
        let there = Device { client: device.client.at(&app.another_node().await), ..Device::begin(app.client("tv"), "openid").await };
        let there = Device { secret: device.secret.clone(), ..there };
        device.hears("authorization_pending").await;
        app.wait(5);
        there.hears("authorization_pending").await;
        app.wait(4);
        device.hears("slow_down").await;
        app.wait(9);
        there.hears("slow_down").await;
        app.wait(15);
        device.hears("authorization_pending").await;
        app.wait(14);
        there.hears("slow_down").await;
    }

    async fn one_device_that_asks_without_end_holds_nobody_up(app: App) {
        let device = Device::begin(app.client("tv"), "openid").await;
        // Somebody has its row, on another node.
        let lock_row = async || {
            let mut elsewhere = app.another_node().await.database.write().await.unwrap();
            let statement = "UPDATE device_request SET polled_early = polled_early";
            sqlx::query(statement).execute(&mut *elsewhere).await.unwrap();
            elsewhere
        };
        let flood = |many: usize| {
            let polls = (0..many).map(|_| (device.client.clone(), device.secret.clone()));
            let polls = polls.map(|(client, code)| async move {
                let answer = client.token(&[("grant_type", GRANT), ("device_code", &code)]).await;
                answer.json["error"].as_str().unwrap_or_default().to_owned()
            });
            tokio::spawn(join_all(polls.collect::<Vec<_>>()))
        };
        let held = lock_row().await;
        let polls = flood(60);
        tokio::time::sleep(MOMENT).await;
        let others = timeout(MOMENT, app.count("SELECT COUNT(*) FROM account")).await;
        assert_eq!(others.expect("those who wait for one row leave connections to others"), 0);
        held.rollback().await.unwrap();
        polls.await.unwrap();

        // Once it was told in this second to slow down, it is told so without anybody waiting.
        app.wait(60);
        device.hears("authorization_pending").await;
        device.hears("slow_down").await;
        let held = lock_row().await;
        let told = timeout(2 * MOMENT, flood(200)).await.expect("nobody waits for the row").unwrap();
        assert_eq!(told, vec!["slow_down"; 200]);
        held.rollback().await.unwrap();
        // Each second counts as one poll too early: five seconds more, twice so far.
        app.wait(14);
        device.hears("slow_down").await;
        app.wait(20);
        device.hears("authorization_pending").await;
    }

    async fn one_redemption_wins_and_a_later_one_revokes(app: App) {
        app.person(PERSON).await;
        let mut browser = signed_in(&app, PERSON).await;
        let nodes = [app.client("tv"), app.client("tv").at(&app.another_node().await)];
        for _ in 0..3 {
            let device = Device::begin(app.client("tv"), "openid").await;
            allow(&mut browser, &device).await;
            let form = [("grant_type", GRANT), ("device_code", device.secret.as_str())];
            let answers = join_all((0..64).map(|racer| nodes[racer % 2].token(&form))).await;
            assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
        }
        let device = Device::begin(app.client("tv"), "openid").await;
        allow(&mut browser, &device).await;
        let tokens = device.poll().await;
        assert_eq!(device.client.userinfo(&tokens.text("access_token")).await.status, 200);
        device.hears("invalid_grant").await;
        assert_eq!(device.client.userinfo(&tokens.text("access_token")).await.status, 401);
        assert_eq!(device.client.refresh(&tokens.text("refresh_token")).await.status, 400);
    }

    async fn a_device_stays_as_long_as_its_grant_allows(app: App) {
        let person = app.person(PERSON).await;
        let mut browser = signed_in(&app, PERSON).await;
        let mut tokens = Vec::new();
        for scope in ["openid", "openid offline_access"] {
            let device = Device::begin(app.client("tv"), scope).await;
            allow(&mut browser, &device).await;
            tokens.push(device.poll().await);
        }
        let waiting = Device::begin(app.client("tv"), "openid").await;
        allow(&mut browser, &waiting).await;
        let hint = browser.get(&app.client("app").authorization(&[("prompt", "none")])).await;
        let hint = app.client("app").redeem(&hint).await.text("id_token");
        browser.get(&format!("/logout?id_token_hint={hint}")).await;
        let refresh = async |place: usize| app.client("tv").refresh(&tokens[place].text("refresh_token")).await;
        assert_eq!(refresh(0).await.status, 400, "it ends with the session");
        waiting.hears("invalid_grant").await;
        app.wait(24 * 3600);
        assert_eq!(refresh(1).await.status, 200, "it was to outlive the session");

        let mut browser = signed_in(&app, PERSON).await;
        let disabled = Device::begin(app.client("tv"), "openid offline_access").await;
        allow(&mut browser, &disabled).await;
        app.disable(&person).await;
        disabled.hears("invalid_grant").await;
        assert_eq!(app.count("SELECT COUNT(*) FROM oauth_grant WHERE client_id = 'tv'").await, 2);
    }

    async fn a_code_is_of_one_client_and_of_one_place(app: App) {
        app.person(PERSON).await;
        let shared = app.restarted_with(|settings| {
            for client in &mut settings.clients {
                client.grant_types.push(GrantType::DeviceCode);
            }
        }).await;
        let mut browser = signed_in(&shared, PERSON).await;
        let device = Device::begin(shared.client("tv"), "openid").await;
        allow(&mut browser, &device).await;
        for stranger in ["native", "app", "post"] {
            let form = [("grant_type", GRANT), ("device_code", device.secret.as_str())];
            let answer = shared.client(stranger).token(&form).await;
            assert_eq!(refusal(&answer), (400, "invalid_grant".to_owned()), "{stranger}");
        }
        for text in [&device.user_code, "", "x", &device.secret[1..], &format!("{}A", device.secret)] {
            let answer = device.client.token(&[("grant_type", GRANT), ("device_code", text)]).await;
            let error = if text.is_empty() { "invalid_request" } else { "invalid_grant" };
            assert_eq!(refusal(&answer), (400, error.to_owned()), "{text}");
        }
        assert!(is_unknown(&type_code(&mut browser, &device.user_code).await), "it waits no more");
        assert_eq!(device.poll().await.status, 200);
        // A code of the one grant is none of the other.
        let other = Device::begin(shared.client("app"), "openid").await;
        allow(&mut browser, &other).await;
        assert_eq!(other.client.redeem_code(&other.secret).await.status, 400);
        assert_eq!(other.poll().await.status, 200);
    }

    async fn what_was_allowed_ends_with_the_consent_and_with_the_client(app: App) {
        app.person(PERSON).await;
        let mut browser = signed_in(&app, PERSON).await;
        let scope = "openid offline_access";
        let withdraw = async |browser: &mut Browser| {
            let session = browser.get("/account").await.hidden("session");
            let form = [("session", session.as_str()), ("client", "tv")];
            browser.post("/account/consents/withdraw", &form).await
        };
        let device = Device::begin(app.client("tv"), scope).await;
        allow(&mut browser, &device).await;
        withdraw(&mut browser).await;
        device.hears("access_denied").await;

        // A grant goes though no consent is remembered.
        let device = Device::begin(app.client("tv"), scope).await;
        allow(&mut browser, &device).await;
        let tokens = device.poll().await;
        app.sql("DELETE FROM consent WHERE client_id = $1", "tv").await;
        withdraw(&mut browser).await;
        assert_eq!(device.client.userinfo(&tokens.text("access_token")).await.status, 401);
        assert_eq!(refusal(&device.client.refresh(&tokens.text("refresh_token")).await), (400, "invalid_grant".to_owned()));

        // Whoever waits for another client, or for another person, goes on.
        app.person("odupont").await;
        let device = Device::begin(app.client("tv"), scope).await;
        allow(&mut signed_in(&app, "odupont").await, &device).await;
        withdraw(&mut browser).await;
        assert_eq!(device.poll().await.status, 200);
    }

    async fn wrong_codes_are_counted_for_the_person_who_types(app: App) {
        app.person(PERSON).await;
        app.person("odupont").await;
        let device = Device::begin(app.client("tv"), "openid").await;
        // Nobody is told anything before they say who they are, and a code without its shape costs nothing.
        let mut stranger = app.browser();
        for _ in 0..12 {
            let page = stranger.post("/device", &[("user_code", "BCDF-GHJK")]).await;
            assert!(page.location().unwrap().starts_with("/sign-in?journey="));
        }
        let mut browser = signed_in(&app, PERSON).await;
        for typed in ["BCDF-GHJ", "AEIO-UYAE", "1234-5678", "", "\0", &"B".repeat(10_000)] {
            assert_eq!(type_code(&mut browser, typed).await.status, 422, "{typed}");
        }
        for _ in 0..10 {
            assert!(is_unknown(&type_code(&mut browser, "BCDF-GHJK").await));
        }
        let refused = type_code(&mut browser, &device.user_code).await;
        assert_eq!(refused.status, 429);
        assert!(refused.body.contains("Attendez 60") && refused.header("retry-after") == "3600", "{}", refused.body);
        // Somebody else is not kept out, nor by right codes.
        let mut other = signed_in(&app, "odupont").await;
        for _ in 0..15 {
            assert_eq!(type_code(&mut other, &device.user_code).await.status, 200);
        }
        app.wait(3600);
        assert!(is_unknown(&type_code(&mut browser, &device.user_code).await), "it has expired");
    }

    async fn wrong_codes_of_one_network_are_counted_together(app: App) {
        for number in 0..6 {
            app.person(&format!("person{number}")).await;
            let mut browser = signed_in(&app, &format!("person{number}")).await;
            for _ in 0..10 {
                assert!(is_unknown(&type_code(&mut browser, "BCDF-GHJK").await));
            }
        }
        app.person(PERSON).await;
        let mut browser = signed_in(&app, PERSON).await;
        assert_eq!(type_code(&mut browser, "BCDF-GHJK").await.status, 429);
        browser.address = Some("192.0.2.7".parse().unwrap());
        assert!(is_unknown(&type_code(&mut browser, "BCDF-GHJK").await), "elsewhere");
    }

    async fn devices_of_one_network_are_bounded(app: App) {
        let client = app.client("tv");
        let ask = async || client.post("/device_authorization", &[]).await;
        for _ in 0..60 {
            assert_eq!(ask().await.status, 200);
        }
        assert_eq!(refusal(&ask().await), (503, "temporarily_unavailable".to_owned()));
        assert_eq!(app.count("SELECT COUNT(*) FROM device_request").await, 60);
        app.wait(3600);
        assert_eq!(ask().await.status, 200);
    }

    async fn only_who_was_asked_decides_and_no_other_site(app: App) {
        app.person(PERSON).await;
        app.person("odupont").await;
        let device = Device::begin(app.client("tv"), "openid").await;
        let mut browser = signed_in(&app, PERSON).await;
        let page = type_code(&mut browser, &device.user_code).await;
        let action = page.form_action();
        let allow = [("decision", "allow")];
        for form in [vec![], vec![("decision", "ALLOW")], vec![("decision", "deny"), ("decision", "allow")]] {
            assert_eq!(browser.post(&action, &form).await.status, 400, "{form:?}");
        }
        let mut crossed = browser.clone();
        crossed.headers.insert("sec-fetch-site", "cross-site".parse().unwrap());
        assert_eq!(crossed.post(&action, &allow).await.status, 403);
        assert_eq!(crossed.post("/device", &[("user_code", &device.user_code)]).await.status, 403);
        let mut other = signed_in(&app, "odupont").await;
        for (mut stranger, to) in [(other.clone(), "/device"), (app.browser(), "/device")] {
            assert_eq!(stranger.post(&action, &allow).await.location().as_deref(), Some(to));
        }
        assert_eq!(browser.post("/device/confirm?asked=x", &allow).await.location().as_deref(), Some("/device"));
        // The question stands in an address that opens in one browser alone.
        assert_eq!(other.get(&page.address).await.status, 400);
        device.hears("authorization_pending").await;
        decide(&mut browser, &page, "allow").await;
        assert_eq!(claims(&device.poll().await.text("id_token"))["aud"], "tv");
    }

    async fn a_device_request_is_read_strictly(app: App) {
        let client = app.client("tv");
        let path = "/device_authorization";
        let invalid = (400, "invalid_request".to_owned());
        let ask = async |form: &[(&str, &str)]| client.post_raw(path, HeaderMap::new(), form).await;
        for form in [vec![("scope", "openid"), ("scope", "openid"), ("client_id", "tv")], vec![("x", "\0"), ("client_id", "tv")]] {
            assert_eq!(refusal(&ask(&form).await), invalid, "{form:?}");
        }
        for form in [vec![], vec![("client_id", "nobody")], vec![("client_id", "tv"), ("client_secret", CLIENT_SECRET)]] {
            assert_eq!(refusal(&ask(&form).await), (401, "invalid_client".to_owned()), "{form:?}");
        }
        assert_eq!(refusal(&app.client("native").post(path, &[]).await), (400, "unauthorized_client".to_owned()));
        for scope in ["email", "unknown", "\u{e9}"] {
            assert_eq!(refusal(&client.post(path, &[("scope", scope)]).await), (400, "invalid_scope".to_owned()), "{scope}");
        }
        let target = client.post(path, &[("resource", "https://ledger.example/api")]).await;
        assert_eq!(refusal(&target), (400, "invalid_target".to_owned()));
        let request = Request::post(path).header(CONTENT_TYPE, "application/json");
        assert_eq!(refusal(&client.ask(request.body("{}".into()).unwrap()).await), invalid);
        let request = Request::post(path).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        assert_eq!(refusal(&client.ask(request.body(b"client_id=tv&x=%FF".to_vec().into()).unwrap()).await), invalid);
        let huge = form_encoded(&[("client_id", "tv"), ("scope", &"x".repeat(1 << 20))]);
        let request = Request::post(path).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        assert_eq!(client.ask(request.body(huge.into()).unwrap()).await.status, 413);
        let request = Request::get(path).body(String::new().into());
        assert_eq!(client.ask(request.unwrap()).await.status, 405);
        assert_eq!(app.count("SELECT COUNT(*) FROM device_request").await, 0);
    }

    async fn nothing_of_a_device_is_stored_that_opens_anything(app: App) {
        let device = Device::begin(app.client("tv"), "openid").await;
        let mut connection = app.database.read().await.unwrap();
        let (of_device, of_user): (String, String) =
            sqlx::query_as("SELECT device_hash, user_code_hash FROM device_request").fetch_one(&mut *connection).await.unwrap();
        let letters = device.user_code.replace('-', "");
        assert!(of_device != device.secret && !of_user.contains(&letters));
    }
}
