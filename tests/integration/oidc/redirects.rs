//! Whoever cannot be named for certain is never redirected to (RFC 9700 §2.1).

use super::{assert_problem_page, form_encoded};
use crate::on_both_engines;
use crate::support::Browser;

/// The registered address of the client `app`.
const GOOD: &str = "https://app.example/callback";

/// Addresses that are not exactly a registered one of the client `app`.
const WRONG_ADDRESSES: &[&str] = &[
    "",
    " ",
    "/callback",
    "//app.example/callback",
    "app.example/callback",
    "http://app.example/callback",
    "HTTPS://app.example/callback",
    "https:app.example/callback",
    "https:/app.example/callback",
    "https:///app.example/callback",
    "https:\\\\app.example\\callback",
    "https://APP.example/callback",
    "https://app.example:443/callback",
    "https://app.example:8443/callback",
    "https://app.example:/callback",
    "https://app.example./callback",
    "https://app.example",
    "https://app.example/",
    "https://app.example//callback",
    "https://app.example/./callback",
    "https://app.example/x/../callback",
    "https://app.example/..;/callback",
    "https://app.example/%2e%2e/callback",
    "https://app.example/%63allback",
    "https://app.example%2fcallback",
    "https://app.example/Callback",
    "https://app.example/callbac",
    "https://app.example/callback2",
    "https://app.example/callback/",
    "https://app.example/callback/x",
    "https://app.example/callback%2f",
    "https://app.example/callback%00",
    "https://app.example/callback%0d%0aSet-Cookie:%20a=b",
    "https://app.example/callback;x=1",
    "https://app.example/callback?",
    "https://app.example/callback?x=1",
    "https://app.example/callback?code=stolen",
    "https://app.example/callback#",
    "https://app.example/callback#fragment",
    "https://app.example/callback ",
    " https://app.example/callback",
    "\thttps://app.example/callback",
    "https://app.exam\tple/callback",
    "https://app.example/callback\n",
    "https://app.example/callback\0",
    "https://app.example/callback\0.evil.example",
    "https://app.example/callback,https://evil.example/",
    "https://app.example/callback https://evil.example/",
    "https://evil.example/https://app.example/callback",
    "https://evil.example/?https://app.example/callback",
    "https://evil.example#https://app.example/callback",
    "https://evil.example\\@app.example/callback",
    "https://app.example\\@evil.example/callback",
    "https://app.example@evil.example/callback",
    "https://app.example:443@evil.example/callback",
    "https://user@app.example/callback",
    "https://@app.example/callback",
    "https://app.example.evil.example/callback",
    "https://evilapp.example/callback",
    "https://sub.app.example/callback",
    "https://\u{430}pp.example/callback",
    "https://\u{ff41}pp.example/callback",
    "https://app\u{3002}example/callback",
    "https://app.example/callback\u{200b}",
    "https://xn--pp-6kc.example/callback",
    "https://*.example/callback",
    "https://app.example/*",
    "https://app.example/other",
    "https://app.example/other?x=2",
    "https://app.example/other?X=1",
    "https://app.example/other?x=1&y=2",
    "https://app.example/other?x=%31",
    // Registered, but by others.
    "https://third.example/callback",
    "https://post.example/callback",
    "http://127.0.0.1/callback",
    "https://app.example/signed-out",
    "javascript:alert(1)//https://app.example/callback",
    "data:text/html,https://app.example/callback",
    "urn:ietf:wg:oauth:2.0:oob",
    "postmessage",
    "null",
];

const UNKNOWN_CLIENTS: &[&str] = &[
    "",
    " ",
    "App",
    "APP",
    "app ",
    " app",
    "ap",
    "appp",
    "app\0",
    "app/",
    "*",
    "null",
    "\u{430}pp",
    "app%20",
];

async fn assert_never_redirects(browser: &mut Browser, pairs: &[(&str, &str)], case: &str) {
    let page = browser.get(&format!("/authorize?{}", form_encoded(pairs))).await;
    assert_problem_page(&page, case);
    assert_problem_page(&browser.submit("/authorize", pairs).await, case);
}

on_both_engines! {
    async fn an_unregistered_address_is_answered_by_a_page(app: App) {
        let mut browser = app.browser();
        for address in WRONG_ADDRESSES {
            // With and without what makes the request fail for other reasons too.
            for rest in [("response_type", "code"), ("prompt", "none"), ("request", "x")] {
                let pairs = [("client_id", "app"), ("redirect_uri", *address), ("scope", "openid"), rest];
                assert_never_redirects(&mut browser, &pairs, address).await;
            }
        }
        assert_never_redirects(&mut browser, &[("client_id", "app"), ("response_type", "code")], "none")
            .await;
    }

    async fn an_unknown_client_is_answered_by_a_page(app: App) {
        let mut browser = app.browser();
        for client in UNKNOWN_CLIENTS {
            let pairs = [("client_id", *client), ("redirect_uri", GOOD), ("response_type", "code")];
            assert_never_redirects(&mut browser, &pairs, client).await;
        }
        assert_never_redirects(&mut browser, &[("redirect_uri", GOOD), ("response_type", "code")], "none")
            .await;
        assert_never_redirects(&mut browser, &[], "nothing").await;
    }

    async fn a_client_or_an_address_that_stands_twice_is_answered_by_a_page(app: App) {
        let mut browser = app.browser();
        let client = ("client_id", "app");
        let address = ("redirect_uri", GOOD);
        let evil = ("redirect_uri", "https://evil.example/");
        let state = ("state", "x");
        for pairs in [
            vec![client, address, address],
            vec![client, address, evil],
            vec![client, evil, address],
            vec![client, client, address],
            vec![client, ("client_id", "third"), address],
            vec![client, ("client_id", ""), address],
            // Neither does another repeated parameter hide it.
            vec![state, state, client, address, evil],
            vec![state, state, client, ("client_id", "third"), address],
            vec![("x", ""), ("x", ""), state, state, client, address, address],
        ] {
            assert_never_redirects(&mut browser, &pairs, &format!("{pairs:?}")).await;
        }
        // An address that comes after a hundred parameters is not looked for.
        let names: Vec<String> = (0..100).map(|number| format!("x{number}")).collect();
        let mut many: Vec<_> = names.iter().map(|name| (name.as_str(), "")).collect();
        many.extend([client, address]);
        assert_never_redirects(&mut browser, &many, "many").await;
    }

    async fn the_port_of_a_loopback_address_varies_for_a_native_client_alone(app: App) {
        let native = app.client("native");
        let mut browser = app.browser();
        for port in ["", ":1", ":49152", ":65535"] {
            let address = format!("http://127.0.0.1{port}/callback");
            let page =
                browser.get(&native.authorization(&[("redirect_uri", &address), ("prompt", "none")])).await;
            let location = page.location().unwrap_or_default();
            assert!(location.starts_with(&format!("{address}?error=login_required&")), "{location}");
        }
        for address in [
            "http://localhost/callback",
            "http://localhost:49152/callback",
            "http://[::1]:49152/callback",
            "http://127.0.0.2:49152/callback",
            "http://127.1:49152/callback",
            "http://2130706433/callback",
            "https://127.0.0.1:49152/callback",
            "http://127.0.0.1:/callback",
            "http://127.0.0.1:65536/callback",
            "http://127.0.0.1:-1/callback",
            "http://127.0.0.1:+1/callback",
            "http://127.0.0.1:1:2/callback",
            "http://127.0.0.1:49152/callback/",
            "http://127.0.0.1:49152/callback?x",
            "http://127.0.0.1:49152/callback#x",
            "http://127.0.0.1:49152/",
            "http://127.0.0.1:49152",
            "http://127.0.0.1:49152\\@evil.example/callback",
            "http://127.0.0.1:49152@evil.example/callback",
            "http://127.0.0.1.evil.example:49152/callback",
            "http://127.0.0.1:\u{661}/callback",
        ] {
            assert_problem_page(
                &browser.get(&native.authorization(&[("redirect_uri", address)])).await,
                address,
            );
        }

        let confidential = app
            .restarted_with(|settings| {
                let app = settings.clients.iter_mut().find(|client| client.client_id == "app").unwrap();
                app.redirect_uris = vec!["http://127.0.0.1:8089/callback".to_owned()];
            })
            .await;
        let client = confidential.client("app");
        let other_port = client.authorization(&[("redirect_uri", "http://127.0.0.1:8090/callback")]);
        assert_problem_page(&confidential.browser().get(&other_port).await, "another port");
    }

    async fn a_client_that_lost_an_address_cannot_finish_with_it(app: App) {
        app.person(crate::oidc::PERSON).await;
        let mut browser = app.browser();
        let form = browser.password_form(&app.client("app").authorization(&[])).await;
        let changed = app
            .restarted_with(|settings| {
                let app = settings.clients.iter_mut().find(|client| client.client_id == "app").unwrap();
                app.redirect_uris = vec!["https://app.example/new".to_owned()];
            })
            .await;
        let credentials = [("username", crate::oidc::PERSON), ("password", crate::support::app::PASSWORD)];
        let page = browser.at(&changed).submit(&form.form_action(), &credentials).await;
        assert_problem_page(&page, "the address is no longer registered");
    }
}
