//! The checks of an authorization request, and what its answers hold (Core §3.1.2).

use std::collections::BTreeMap;

use http::Request;
use http::header::CONTENT_TYPE;

use super::{PERSON, assert_asks_to_sign_in, assert_problem_page, form_encoded};
use crate::on_both_engines;
use crate::support::app::ISSUER;
use crate::support::browser::Page;
use crate::support::client::claims;
use crate::support::{App, Client};

/// What an error may bring to the application (RFC 6749 §4.1.2.1, RFC 9207).
const MEMBERS_OF_ERRORS: [&str; 5] = ["error", "error_description", "error_uri", "state", "iss"];

/// The parameters of an error sent to a client, standard members only.
fn error_sent_to(client: &Client, page: &Page, case: &str) -> BTreeMap<String, String> {
    let location = page.location().unwrap_or_else(|| panic!("{case}: {} {}", page.status, page.body));
    assert!(location.starts_with(&format!("{}?", client.redirect_uri)), "{case}: {location}");
    assert_eq!(page.header("cache-control"), "no-store", "{case}");
    let parameters = page.redirect_parameters();
    assert!(parameters.keys().all(|name| MEMBERS_OF_ERRORS.contains(&name.as_str())), "{case}: {location}");
    assert_eq!(parameters["iss"], ISSUER, "{case}");
    parameters
}

async fn assert_refused(app: &App, client: &Client, more: &[(&str, &str)], expected: &str) {
    let case = format!("{more:?}");
    let page = app.browser().get(&client.authorization(more)).await;
    let parameters = error_sent_to(client, &page, &case);
    assert_eq!(parameters["error"], expected, "{case}");
    assert_eq!(parameters["state"], "the-state", "{case}");
}

on_both_engines! {
    async fn each_fault_has_its_error(app: App) {
        let client = app.client("app");
        let long = "x".repeat(44);
        let unsupported_type = "unsupported_response_type";
        let cases: &[(&[(&str, &str)], &str)] = &[
            (&[("response_type", "")], "invalid_request"),
            (&[("response_type", "token")], unsupported_type),
            (&[("response_type", "id_token")], unsupported_type),
            (&[("response_type", "code token")], unsupported_type),
            (&[("response_type", "code id_token")], unsupported_type),
            (&[("response_type", "code id_token token")], unsupported_type),
            (&[("response_type", "none")], unsupported_type),
            (&[("response_type", "CODE")], unsupported_type),
            (&[("response_type", "code code")], unsupported_type),
            (&[("response_mode", "fragment")], "invalid_request"),
            (&[("response_mode", "web_message")], "invalid_request"),
            (&[("request", "eyJhbGciOiJub25lIn0.e30.")], "request_not_supported"),
            (&[("request_uri", "https://app.example/request")], "request_uri_not_supported"),
            (&[("request", "x"), ("request_uri", "https://app.example/request")], "invalid_request"),
            (&[("registration", "{}")], "registration_not_supported"),
            (&[("scope", "")], "invalid_scope"),
            (&[("scope", "profile")], "invalid_scope"),
            (&[("scope", "OpenID")], "invalid_scope"),
            (&[("scope", "openid,profile")], "invalid_scope"),
            (&[("prompt", "none login")], "invalid_request"),
            (&[("prompt", "consent none")], "invalid_request"),
            (&[("prompt", "none select_account")], "invalid_request"),
            (&[("prompt", "create")], "invalid_request"),
            (&[("prompt", "login nonsense")], "invalid_request"),
            (&[("prompt", "NONE")], "invalid_request"),
            (&[("max_age", "-1")], "invalid_request"),
            (&[("max_age", "+1")], "invalid_request"),
            (&[("max_age", "1.5")], "invalid_request"),
            (&[("max_age", "1e3")], "invalid_request"),
            (&[("max_age", " 1")], "invalid_request"),
            (&[("max_age", "soon")], "invalid_request"),
            (&[("max_age", "\u{661}")], "invalid_request"),
            (&[("max_age", "99999999999999999999999")], "invalid_request"),
            (&[("code_challenge", ""), ("code_challenge_method", "")], "invalid_request"),
            (&[("code_challenge", "")], "invalid_request"),
            (&[("code_challenge_method", "")], "invalid_request"),
            (&[("code_challenge_method", "plain")], "invalid_request"),
            (&[("code_challenge_method", "s256")], "invalid_request"),
            (&[("code_challenge_method", "S512")], "invalid_request"),
            (&[("code_challenge", "short")], "invalid_request"),
            (&[("code_challenge", &long)], "invalid_request"),
            (&[("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM")], "invalid_request"),
            (&[("id_token_hint", "nonsense")], "invalid_request"),
            (&[("prompt", "none")], "login_required"),
        ];
        for (more, expected) in cases {
            assert_refused(&app, &client, more, expected).await;
        }
    }

    async fn a_client_freed_from_pkce_is_still_held_to_what_it_sends(app: App) {
        let client = app.client("no-pkce");
        let without = client.authorization(&[
            ("code_challenge", ""),
            ("code_challenge_method", ""),
            ("scope", "openid"),
        ]);
        assert_asks_to_sign_in(&app.browser().get(&without).await, "without");
        assert_refused(&app, &client, &[("code_challenge", "")], "invalid_request").await;
        assert_refused(&app, &client, &[("code_challenge_method", "plain")], "invalid_request").await;
        assert_refused(&app, &client, &[("code_challenge", "short")], "invalid_request").await;
    }

    async fn a_public_client_cannot_do_without_pkce(app: App) {
        let client = app.client("native");
        let none = [("code_challenge", ""), ("code_challenge_method", "")];
        assert_refused(&app, &client, &none, "invalid_request").await;
    }

    async fn no_parameter_may_stand_twice(app: App) {
        let client = app.client("app");
        let address = client.authorization(&[]);
        let names = ["response_type", "scope", "nonce", "code_challenge", "code_challenge_method", "unknown"];
        for name in names {
            let twice = format!("{address}&{name}=x&{name}=y");
            let parameters = error_sent_to(&client, &app.browser().get(&twice).await, name);
            assert_eq!(
                (parameters["error"].as_str(), parameters["state"].as_str()),
                ("invalid_request", "the-state")
            );
        }
        // Of two states none is certain, whatever else stands twice.
        for more in
            ["&state=other", "&state=the-state", "&nonce=other&state=other", "&state=other&nonce=other"]
        {
            let page = app.browser().get(&format!("{address}{more}")).await;
            let parameters = error_sent_to(&client, &page, more);
            assert_eq!(parameters["error"], "invalid_request");
            assert!(!parameters.contains_key("state"), "{more}: {parameters:?}");
        }
    }

    async fn unknown_parameters_and_empty_ones_are_ignored(app: App) {
        let client = app.client("app");
        let address = client.authorization(&[]);
        for more in [
            "&unknown=x",
            "&request=",
            "&prompt=",
            "&max_age=",
            "&response_mode=",
            "&response_mode=query",
            "&display=popup",
            "&claims_locales=fr",
            "&sp_id=1&siret_hint=2&remember_me=true",
            "&claims=%7B%22id_token%22%3A%7B%22amr%22%3Anull%7D%7D",
            "&audience=x",
            "&",
        ] {
            assert_asks_to_sign_in(&app.browser().get(&format!("{address}{more}")).await, more);
        }
    }

    async fn posting_is_the_same_as_getting(app: App) {
        let client = app.client("app");
        let mut browser = app.browser();
        // It is the application's page that posts.
        browser.headers.insert("sec-fetch-site", "cross-site".parse().unwrap());
        let pairs = |address: &str| -> Vec<(String, String)> {
            url::form_urlencoded::parse(address.split_once('?').unwrap().1.as_bytes()).into_owned().collect()
        };
        let good = pairs(&client.authorization(&[]));
        let good: Vec<_> = good.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        // Its form comes without cookies, and is asked for again as an address, which brings them.
        let again = browser.post("/authorize", &good).await;
        assert_asks_to_sign_in(&browser.get(&again.location().unwrap()).await, "posted");
        let bad = pairs(&client.authorization(&[("response_type", "token")]));
        let bad: Vec<_> = bad.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let refused = error_sent_to(&client, &browser.submit("/authorize", &bad).await, "posted");
        assert_eq!(refused["error"], "unsupported_response_type");
        // What stands in the address of a posted request does not count.
        assert_problem_page(&browser.submit(&client.authorization(&[]), &[]).await, "in the address");

        let json = Request::post("/authorize").header(CONTENT_TYPE, "application/json");
        let answer = app.answer(json.body(form_encoded(&good).into()).unwrap()).await;
        assert_eq!(answer.status(), 400);
        assert!(!answer.headers().contains_key("location"));
    }

    async fn a_good_answer_holds_the_code_the_state_and_the_issuer(app: App) {
        app.person(PERSON).await;
        let client = app.client("app");
        let mut browser = app.browser();
        let back = browser.sign_in(&client.authorization(&[]), PERSON).await;
        let names: Vec<_> = back.redirect_parameters().into_keys().collect();
        assert_eq!(names, ["code", "iss", "state"]);
        assert_eq!((back.status.as_u16(), back.header("cache-control").as_str()), (303, "no-store"));
        assert_eq!(back.header("referrer-policy"), "no-referrer");
        let stateless = browser.get(&client.authorization(&[("state", "")])).await;
        let names: Vec<_> = stateless.redirect_parameters().into_keys().collect();
        assert_eq!(names, ["code", "iss"]);
        assert_ne!(stateless.code(), back.code());
        // A registered query is kept.
        let other =
            browser.get(&client.authorization(&[("redirect_uri", "https://app.example/other?x=1")])).await;
        assert!(other.location().unwrap().starts_with("https://app.example/other?x=1&code="));
    }

    async fn unknown_scopes_and_those_of_others_are_left_out(app: App) {
        app.person(PERSON).await;
        let client = app.client("post");
        let mut browser = app.browser();
        // Any order, and more than is there: phone exists, and is not this client's.
        let asked = "phone unknown profile  openid https://scope.example/x openid";
        let back = browser.sign_in(&client.authorization(&[("scope", asked)]), PERSON).await;
        assert_eq!(client.redeem(&back).await.text("scope"), "openid profile");
    }

    async fn a_long_state_and_nonce_come_back_exactly(app: App) {
        app.person(PERSON).await;
        let client = app.client("app");
        let odd = "é ☃ 小龙 <script>\"'&=?#%+ \\ \r\n\t ";
        let state = format!("{odd}{}", "s".repeat(3_000));
        let nonce = format!("{odd}{}", "n".repeat(512 - odd.len()));
        let more = [("state", state.as_str()), ("nonce", nonce.as_str())];
        let back = app.browser().sign_in(&client.authorization(&more), PERSON).await;
        assert_eq!(back.redirect_parameters()["state"], state);
        let tokens = client.redeem(&back).await;
        assert_eq!(claims(&tokens.text("id_token"))["nonce"], nonce);
        let refused = app.browser().get(&client.authorization(&[("prompt", "none"), more[0]])).await;
        assert_eq!(refused.redirect_parameters()["state"], state);
    }

    async fn a_request_that_is_let_in_also_comes_through(app: App) {
        app.person(PERSON).await;
        let client = app.client("app");
        let padding = 8 * 1024 - client.authorization(&[]).len() - 100;
        for pad in ["s".repeat(padding), "%".repeat(padding / 3)] {
            let back = app.browser().sign_in(&client.authorization(&[("state", &pad)]), PERSON).await;
            assert_eq!(back.redirect_parameters()["state"], pad);
            assert_eq!(client.redeem(&back).await.status, 200);
        }
        let huge = client.authorization(&[("state", &"s".repeat(16 * 1024))]);
        assert_problem_page(&app.browser().get(&huge).await, "huge");
        let query = huge.split_once('?').unwrap().1;
        let post = Request::post("/authorize").header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let answer = app.answer(post.body(query.to_owned().into()).unwrap()).await;
        assert_eq!(answer.status(), 413);
    }

    async fn a_nonce_that_is_too_long_to_be_kept_is_refused(app: App) {
        app.person(PERSON).await;
        let client = app.client("app");
        let mut browser = app.browser();
        browser.sign_in(&client.authorization(&[]), PERSON).await;
        // As long in bytes, whatever the letters are.
        for nonce in ["n".repeat(513), "\u{e9}".repeat(257)] {
            let page = browser.get(&client.authorization(&[("nonce", &nonce), ("prompt", "none")])).await;
            let parameters = error_sent_to(&client, &page, "a long nonce");
            assert_eq!(parameters["error"], "invalid_request");
            assert_eq!(parameters["state"], "the-state");
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM oauth_grant").await, 1);
    }

    async fn what_is_no_text_is_refused(app: App) {
        app.person(PERSON).await;
        let client = app.client("app");
        let address = client.authorization(&[("nonce", "")]);
        let mut browser = app.browser();
        browser.sign_in(&address, PERSON).await;
        let broken = ["%00", "a%00b", "%FF", "a%C3", "%C0%80", "%ED%A0%80", "%F5%80%80%80"];
        for value in broken {
            for name in ["nonce", "login_hint", "unknown"] {
                let page = browser.get(&format!("{address}&{name}={value}")).await;
                let parameters = error_sent_to(&client, &page, value);
                assert_eq!(parameters["error"], "invalid_request", "{name}={value}");
                assert_eq!(parameters["state"], "the-state");
            }
            let page =
                browser.get(&format!("{}&state={value}", client.authorization(&[("state", "")]))).await;
            let parameters = error_sent_to(&client, &page, value);
            assert!(!parameters.contains_key("state"), "{parameters:?}");
            let page = browser.get(&format!("{address}&{value}=x")).await;
            assert_eq!(error_sent_to(&client, &page, value)["error"], "invalid_request");
        }
    }
}
