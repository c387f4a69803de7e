//! Signing out beyond this site: at the upstream, and by its word.

use axum::body::Body;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};

use super::upstream_door::{sign_in, vouch_for, with_arena};
use super::{is_signed_in, is_signed_in_silently, signed_in};
use crate::federation::signing::{Signer, sign_hs256, unsigned};
use crate::federation::upstream::Upstream;
use crate::on_both_engines;
use crate::support::app::START;
use crate::support::client::Answer;
use crate::support::{App, Browser};

const BACK: &str = "https://app.example/signed-out";
pub const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// The installation with an ARENA at which people are signed out too.
async fn with_both_ends(app: &App) -> (App, Upstream) {
    let (app, upstream) = with_arena(app).await;
    let app = app.restarted_with(|settings| settings.upstreams[0].sign_out = true).await;
    upstream.plan.lock().unwrap().metadata =
        json!({ "end_session_endpoint": format!("{}/end?x=1", upstream.base) });
    (app, upstream)
}

/// Somebody who came through ARENA: the browser and the client's tokens.
pub async fn arrived(app: &App, upstream: &Upstream, subject: &str, sid: &str) -> (Browser, Answer) {
    vouch_for(upstream, subject, "Élodie");
    upstream.plan.lock().unwrap().id_token["sid"] = json!(sid);
    let mut browser = app.browser();
    let back = sign_in(app, &mut browser, upstream, &[]).await;
    let tokens = app.client("app").redeem(&back).await;
    assert_eq!(tokens.status, 200, "{}", tokens.json);
    (browser, tokens)
}

fn sign_out_address(tokens: &Answer) -> String {
    let hint = tokens.text("id_token");
    format!("/logout?id_token_hint={hint}&post_logout_redirect_uri={BACK}&state=mine")
}

/// What ARENA says when a session of its own is over, with some claims changed; null removes one.
pub fn word(upstream: &Upstream, changes: &Value) -> Value {
    let mut claims = json!({
        "iss": upstream.base, "aud": "guichet", "iat": START, "exp": START + 120, "jti": "word-1",
        "events": { EVENT: {} }, "sub": "person-1", "sid": "there-1",
    });
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
    claims
}

pub fn signed(upstream: &Upstream, claims: &Value) -> String {
    let signer = upstream.plan.lock().unwrap().signer.clone();
    signer.sign_under(&json!({"alg": "RS256", "kid": "first", "typ": "logout+jwt"}), claims)
}

async fn post(app: &App, path: &str, content_type: &str, body: String) -> (u16, Value, http::HeaderMap) {
    let request = Request::post(path).header("content-type", content_type).body(Body::from(body)).unwrap();
    let (parts, body) = app.answer(request).await.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (parts.status.as_u16(), serde_json::from_slice(&body).unwrap_or(Value::Null), parts.headers)
}

/// ARENA's server posts a logout token.
pub async fn tell(app: &App, token: &str) -> u16 {
    let body =
        url::form_urlencoded::Serializer::new(String::new()).append_pair("logout_token", token).finish();
    let path = "/federation/arena/backchannel-logout";
    let (status, json, headers) = post(app, path, "application/x-www-form-urlencoded", body).await;
    assert_eq!(headers["cache-control"], "no-store");
    if status != 200 {
        let code = if status == 503 { "temporarily_unavailable" } else { "invalid_request" };
        assert_eq!(json["error"], code, "{json}");
    }
    status
}

on_both_engines! {
    async fn signing_out_goes_on_to_the_upstream_and_comes_back_to_the_client(app: App) {
        let (app, upstream) = with_both_ends(&app).await;
        let (mut browser, tokens) = arrived(&app, &upstream, "person-1", "there-1").await;
        let page = browser.get(&sign_out_address(&tokens)).await;
        let location = page.location().unwrap();
        assert!(location.starts_with(&format!("{}/end?x=1&", upstream.base)), "{location}");
        let asked = page.redirect_parameters();
        assert_eq!(asked["client_id"], "guichet");
        assert_eq!(asked["post_logout_redirect_uri"], "https://id.test/logout/returned");
        assert_eq!(asked["ui_locales"], "fr");
        assert_eq!(asked["id_token_hint"].split('.').count(), 3);
        assert_eq!(crate::support::client::claims(&asked["id_token_hint"])["sub"], "person-1");
        assert!(!is_signed_in(&browser).await, "it is over here, whatever happens there");

        // Nobody else's browser, no other state, and only once.
        let returned = format!("/logout/returned?state={}", asked["state"]);
        let elsewhere = app.browser().get(&returned).await;
        assert_eq!((elsewhere.status.as_u16(), elsewhere.location()), (200, None));
        for wrong in ["/logout/returned", "/logout/returned?state=x", &format!("{returned}&state=x")] {
            let page = browser.clone().get(wrong).await;
            assert_eq!((page.status.as_u16(), page.location()), (200, None), "{wrong}");
        }
        let page = browser.get(&returned).await;
        assert_eq!(page.location().unwrap(), format!("{BACK}?state=mine"));
        let page = browser.get(&returned).await;
        assert_eq!((page.status.as_u16(), page.location()), (200, None));
    }

    async fn an_address_that_was_struck_off_meanwhile_is_not_returned_to(app: App) {
        let (app, upstream) = with_both_ends(&app).await;
        let (mut browser, tokens) = arrived(&app, &upstream, "person-1", "there-1").await;
        let state = browser.get(&sign_out_address(&tokens)).await.redirect_parameters()["state"].clone();
        let app = app.restarted_with(|settings| {
            for client in &mut settings.clients {
                client.post_logout_redirect_uris.clear();
            }
        }).await;
        let page = browser.at(&app).get(&format!("/logout/returned?state={state}")).await;
        assert_eq!((page.status.as_u16(), page.location()), (200, None));
        assert!(page.body.contains("Votre session est fermée"), "{}", page.body);
    }

    async fn the_upstreams_token_is_sealed_at_rest_and_goes_with_the_session(app: App) {
        let (app, upstream) = with_both_ends(&app).await;
        let (mut browser, tokens) = arrived(&app, &upstream, "person-1", "there-1").await;
        let sealed = "SELECT COUNT(*) FROM browser_session WHERE upstream_hint IS NOT NULL \
                      AND upstream_hint NOT LIKE '%.%' AND upstream_sid = 'there-1'";
        assert_eq!(app.count(sealed).await, 1);
        browser.get(&sign_out_address(&tokens)).await;
        assert_eq!(app.count("SELECT COUNT(*) FROM browser_session").await, 0);
    }

    async fn who_confirms_on_our_page_leaves_by_a_page_that_goes_on(app: App) {
        // The page's form-action cannot know where the upstream leads.
        let (app, upstream) = with_both_ends(&app).await;
        let (mut browser, _) = arrived(&app, &upstream, "person-1", "there-1").await;
        let decision = browser.get("/logout").await.hidden("decision");
        let page = browser.post("/logout", &[("decision", &decision)]).await;
        assert_eq!((page.status.as_u16(), page.location()), (200, None));
        let onward = page.link_to(&upstream.base);
        assert_eq!(page.header("refresh"), format!("0;url={onward}"));
        assert!(!is_signed_in(&browser).await);
        let state = onward.split("state=").nth(1).unwrap().split('&').next().unwrap();
        let page = browser.get(&format!("/logout/returned?state={state}")).await;
        assert!(page.body.contains("Votre session est fermée"), "{}", page.body);
    }

    async fn an_upstream_that_cannot_sign_out_keeps_nobody(app: App) {
        let (app, upstream) = with_both_ends(&app).await;
        for metadata in [
            json!({}),
            json!({ "end_session_endpoint": "http://arena.example/end" }),
            json!({ "end_session_endpoint": "javascript:alert(1)" }),
            json!({ "end_session_endpoint": "" }),
        ] {
            upstream.plan.lock().unwrap().metadata = metadata.clone();
            let app = app.another_node().await;
            let (mut browser, tokens) = arrived(&app, &upstream, "person-1", "there-1").await;
            let page = browser.get(&sign_out_address(&tokens)).await;
            assert_eq!(page.location().unwrap(), format!("{BACK}?state=mine"), "{metadata}");
        }
        // One that is down: nobody is kept from signing out here.
        let (mut browser, tokens) = arrived(&app, &upstream, "person-1", "there-1").await;
        let down = app.restarted_with(|settings| settings.upstreams[0].issuer = "http://127.0.0.1:1".parse().unwrap());
        let page = browser.at(&down.await).get(&sign_out_address(&tokens)).await;
        assert_eq!(page.location().unwrap(), format!("{BACK}?state=mine"));
        assert!(!is_signed_in(&browser).await);
        assert!(browser.get("/logout").await.body.contains("Votre session est fermée"));
    }

    async fn nobody_who_is_signed_in_is_told_otherwise(app: App) {
        app.person("elefevre").await;
        let mut browser = signed_in(&app, "elefevre").await;
        for address in ["/logout/returned", "/logout/returned?state=x"] {
            assert_eq!(browser.get(address).await.location().unwrap(), "/", "{address}");
        }
        assert!(is_signed_in(&browser).await);
    }

    async fn where_nobody_wants_a_person_back_they_go_where_the_upstream_says(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let app = app.restarted_with(|settings| {
            settings.upstreams[0].claims.return_address = Some("FrEduUrlRetour".to_owned());
        }).await;
        for (said, expected) in [
            ("https://portail.ac-test.fr/retour?x=1", Some("https://portail.ac-test.fr/retour?x=1")),
            ("http://portail.ac-test.fr/", None),
            ("https://u:p@portail.ac-test.fr/", None),
            ("javascript:alert(1)", None),
            ("//evil.example", None),
            ("", None),
        ] {
            vouch_for(&upstream, "person-1", "Élodie");
            upstream.plan.lock().unwrap().userinfo["FrEduUrlRetour"] = json!(said);
            let mut browser = app.browser();
            let back = sign_in(&app, &mut browser, &upstream, &[]).await;
            let tokens = app.client("app").redeem(&back).await;
            let mut confirming = browser.clone();
            let page = browser.clone().get(&format!("/logout?id_token_hint={}", tokens.text("id_token"))).await;
            assert_eq!(page.location().as_deref(), expected, "{said}");
            // The application that wants its people back gets them; whoever confirms leaves by a page.
            let back = sign_in(&app, &mut browser, &upstream, &[]).await;
            let tokens = app.client("app").redeem(&back).await;
            let page = browser.clone().get(&sign_out_address(&tokens)).await;
            assert_eq!(page.location().unwrap(), format!("{BACK}?state=mine"), "{said}");
            sign_in(&app, &mut confirming, &upstream, &[]).await.code();
            let decision = confirming.get("/logout").await.hidden("decision");
            let page = confirming.post("/logout", &[("decision", &decision)]).await;
            assert_eq!((page.status.as_u16(), page.location()), (200, None), "{said}");
            let refresh = expected.map(|address| format!("0;url={address}")).unwrap_or_default();
            assert_eq!(page.header("refresh"), refresh, "{said}");
        }
    }

    async fn unless_it_is_configured_nobody_is_signed_out_there(app: App) {
        let (app, upstream) = with_both_ends(&app).await;
        let app = app.restarted_with(|settings| settings.upstreams[0].sign_out = false).await;
        let (mut browser, tokens) = arrived(&app, &upstream, "person-1", "there-1").await;
        assert_eq!(app.count("SELECT COUNT(*) FROM browser_session WHERE upstream_hint IS NOT NULL").await, 0);
        let page = browser.get(&sign_out_address(&tokens)).await;
        assert_eq!(page.location().unwrap(), format!("{BACK}?state=mine"));
    }

    async fn the_upstreams_word_ends_the_session_that_it_names(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let (one, tokens) = arrived(&app, &upstream, "person-1", "there-1").await;
        let (two, _) = arrived(&app, &upstream, "person-1", "there-2").await;
        let (stranger, _) = arrived(&app, &upstream, "person-2", "there-3").await;
        app.person("elefevre").await;
        let local = signed_in(&app, "elefevre").await;
        let said = word(&upstream, &json!({}));
        assert_eq!(tell(&app, &signed(&upstream, &said)).await, 200);
        assert!(!is_signed_in(&one).await && !is_signed_in_silently(&app, &one).await);
        assert_eq!(app.client("app").refresh(&tokens.text("refresh_token")).await.status, 400);
        for kept in [&two, &stranger, &local] {
            assert!(is_signed_in(kept).await);
        }
        // Without a session, whoever it names is signed out everywhere.
        let said = word(&upstream, &json!({"sid": null, "jti": "word-2"}));
        assert_eq!(tell(&app, &signed(&upstream, &said)).await, 200);
        assert!(!is_signed_in(&two).await && is_signed_in(&stranger).await && is_signed_in(&local).await);
        // A session alone is enough.
        let said = word(&upstream, &json!({"sid": "there-3", "sub": null, "jti": "word-3"}));
        assert_eq!(tell(&app, &signed(&upstream, &said)).await, 200);
        assert!(!is_signed_in(&stranger).await && is_signed_in(&local).await);
        // What is over already is no fault.
        let said = word(&upstream, &json!({"sid": "there-9", "jti": "word-4"}));
        assert_eq!(tell(&app, &signed(&upstream, &said)).await, 200);
    }

    async fn a_session_and_a_subject_that_do_not_belong_together_end_nothing(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let (one, _) = arrived(&app, &upstream, "person-1", "there-1").await;
        let (two, _) = arrived(&app, &upstream, "person-2", "there-2").await;
        let said = word(&upstream, &json!({"sub": "person-2"}));
        assert_eq!(tell(&app, &signed(&upstream, &said)).await, 200);
        assert!(is_signed_in(&one).await && is_signed_in(&two).await);
    }

    async fn a_word_counts_once(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let (one, _) = arrived(&app, &upstream, "person-1", "there-1").await;
        let token = signed(&upstream, &word(&upstream, &json!({})));
        assert_eq!(tell(&app, &token).await, 200);
        assert!(!is_signed_in(&one).await);
        let (again, _) = arrived(&app, &upstream, "person-1", "there-1").await;
        assert_eq!(tell(&app.another_node().await, &token).await, 400);
        assert!(is_signed_in(&again).await);
        // Its name is forgotten when it could not be believed any more.
        app.wait(120 + 30);
        assert_eq!(tell(&app, &token).await, 400);
        app.wait(31);
        app.janitor.sweep().await.unwrap();
        assert_eq!(app.count("SELECT COUNT(*) FROM heard_logout_token").await, 0);
        assert_eq!(tell(&app, &token).await, 400, "it is too old by now");
    }

    async fn a_word_that_does_not_hold_ends_nothing(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let (one, _) = arrived(&app, &upstream, "person-1", "there-1").await;
        let mut refused: Vec<(String, String)> = Vec::new();
        for changes in [
            json!({"iss": "https://evil.example"}),
            json!({"iss": null}),
            json!({"aud": "another"}),
            json!({"aud": ["guichet", "another"]}),
            json!({"aud": []}),
            json!({"aud": null}),
            json!({"iat": null}),
            json!({"iat": START + 31}),
            json!({"iat": START - 3601}),
            json!({"iat": "now"}),
            json!({"exp": null}),
            json!({"exp": START - 30}),
            json!({"exp": "soon"}),
            json!({"nbf": START + 31}),
            json!({"jti": null}),
            json!({"jti": ""}),
            json!({"jti": 7}),
            json!({"jti": "x".repeat(256)}),
            json!({"events": null}),
            json!({"events": {}}),
            json!({"events": {EVENT: true}}),
            json!({"events": [EVENT]}),
            json!({"events": {"http://schemas.openid.net/event/other": {}}}),
            json!({"nonce": "n"}),
            json!({"sub": null, "sid": null}),
            json!({"sid": 7}),
            json!({"sid": ""}),
            json!({"sub": ["person-1"]}),
            json!({"sub": ""}),
        ] {
            refused.push((signed(&upstream, &word(&upstream, &changes)), changes.to_string()));
        }
        let claims = word(&upstream, &json!({}));
        let signer = upstream.plan.lock().unwrap().signer.clone();
        let header = |alg: &str, typ: &str| json!({"alg": alg, "kid": "first", "typ": typ});
        for (token, why) in [
            (format!("{}.", unsigned(&header("none", "logout+jwt"), &claims)), "unsigned"),
            (sign_hs256(b"s3cret", &header("HS256", "logout+jwt"), &claims), "a shared secret"),
            (sign_hs256("s3cret / é".as_bytes(), &header("HS256", "logout+jwt"), &claims), "our secret"),
            (signer.sign_under(&header("RS256", "at+jwt"), &claims), "another type"),
            (Signer::es256("first").sign(&claims), "another key"),
            (Signer::es256("unknown").sign(&claims), "an unknown key"),
            ("nonsense".to_owned(), "nonsense"),
            ("a.b.c".to_owned(), "three parts"),
        ] {
            refused.push((token, why.to_owned()));
        }
        for (token, why) in refused {
            assert_eq!(tell(&app, &token).await, 400, "{why}");
            assert!(is_signed_in(&one).await, "{why}");
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM heard_logout_token").await, 0, "nothing was proved");
        // The same without fault, and without saying its type, as older providers do.
        let token = signer.sign_under(&json!({"alg": "RS256", "kid": "first"}), &claims);
        assert_eq!(tell(&app, &token).await, 200);
    }

    async fn a_word_of_a_stranger_delays_no_sign_in_when_keys_rotate(app: App) {
        let (app, upstream) = with_arena(&app).await;
        arrived(&app, &upstream, "person-1", "there-1").await;
        // Anybody can make us look for a key that nobody has.
        let stranger = Signer::es256("nobody's");
        for _ in 0..3 {
            let header = json!({ "alg": "ES256", "kid": "nobody's", "typ": "logout+jwt" });
            let token = stranger.sign_under(&header, &word(&upstream, &json!({})));
            assert_eq!(tell(&app, &token).await, 400);
        }
        let looked = upstream.visits("/keys");
        assert_eq!(looked, 2, "once for the sign-in, once for all of those words");
        let second = Signer::es256("second");
        {
            let mut plan = upstream.plan.lock().unwrap();
            plan.keys = vec![second.jwk()];
            plan.signer = second;
        }
        arrived(&app, &upstream, "person-2", "there-2").await;
        assert_eq!(upstream.visits("/keys"), 3);
    }

    async fn only_a_form_with_one_token_is_heard(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let (one, _) = arrived(&app, &upstream, "person-1", "there-1").await;
        let token = signed(&upstream, &word(&upstream, &json!({})));
        let form = "application/x-www-form-urlencoded";
        let path = "/federation/arena/backchannel-logout";
        for (path, content_type, body, expected) in [
            (path, "application/json", format!("{{\"logout_token\":\"{token}\"}}"), 400),
            (path, "text/plain", format!("logout_token={token}"), 400),
            (path, form, String::new(), 400),
            (path, form, "logout_token=".to_owned(), 400),
            (path, form, format!("logout_token={token}&logout_token={token}"), 400),
            (path, form, format!("logout_token={}", "x".repeat(40_000)), 400),
            ("/federation/nobody/backchannel-logout", form, format!("logout_token={token}"), 404),
        ] {
            let (status, json, headers) = post(&app, path, content_type, body.clone()).await;
            assert_eq!(status, expected, "{content_type} {}", body.len());
            assert_eq!((json["error"].as_str(), &headers["cache-control"]), (Some("invalid_request"), &"no-store".parse().unwrap()));
        }
        let page = app.browser().get(&format!("{path}?logout_token={token}")).await;
        assert_eq!(page.status, StatusCode::METHOD_NOT_ALLOWED);
        assert!(is_signed_in(&one).await);
        assert_eq!(tell(&app, &token).await, 200);
    }

    async fn a_word_that_cannot_be_checked_is_to_be_said_again(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let token = signed(&upstream, &word(&upstream, &json!({})));
        let down = app.restarted_with(|settings| settings.upstreams[0].issuer = "http://127.0.0.1:1".parse().unwrap());
        assert_eq!(tell(&down.await, &token).await, 503);
    }
}
