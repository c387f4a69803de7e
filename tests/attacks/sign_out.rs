//! Forms that other sites post: the browser leaves its cookies out, and must lose none by it.

use http::header::{HeaderValue, SET_COOKIE};

use crate::on_both_engines;
use crate::support::Browser;

/// The same browser, as it posts a form from another site's page: without its `SameSite=Lax` cookies.
fn crossing(browser: &Browser) -> Browser {
    let mut crossing = browser.clone();
    crossing.cookies.clear();
    crossing.headers.insert("sec-fetch-site", HeaderValue::from_static("cross-site"));
    crossing
}

on_both_engines! {
    async fn a_form_of_another_site_signs_nobody_out(app: App) {
        app.person("elefevre").await;
        let client = app.client("app");
        let mut browser = app.browser();
        browser.sign_in(&client.authorization(&[]), "elefevre").await;
        for form in [&[][..], &[("decision", "x")], &[("id_token_hint", "x")]] {
            let page = crossing(&browser).post("/logout", form).await;
            assert!(page.headers.get(SET_COOKIE).is_none(), "{form:?}: {:?}", page.headers);
            // Where it leads, the person is asked.
            let page = browser.follow(page).await;
            assert!(page.body.contains("logout-confirm"), "{form:?}: {}", page.body);
        }
        assert!(!browser.get(&client.authorization(&[("prompt", "none")])).await.code().is_empty());
    }

    async fn a_client_that_signs_out_by_post_ends_the_session(app: App) {
        app.person("elefevre").await;
        let client = app.client("app");
        let mut browser = app.browser();
        let back = browser.sign_in(&client.authorization(&[]), "elefevre").await;
        let tokens = client.redeem(&back).await;
        let form = [
            ("id_token_hint", tokens.text("id_token")),
            ("post_logout_redirect_uri", "https://app.example/signed-out".to_owned()),
            ("state", "a b&c".to_owned()),
        ];
        let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let page = crossing(&browser).post("/logout", &form).await;
        let page = browser.follow(page).await;
        assert_eq!(page.location().as_deref(), Some("https://app.example/signed-out?state=a+b%26c"));
        assert_eq!(client.refresh(&tokens.text("refresh_token")).await.text("error"), "invalid_grant");
    }

    async fn a_request_posted_by_another_site_finds_the_session(app: App) {
        app.person("elefevre").await;
        let client = app.client("app");
        let mut browser = app.browser();
        browser.sign_in(&client.authorization(&[]), "elefevre").await;
        let authorization = client.authorization(&[]);
        let query = authorization.split_once('?').expect("a query").1.to_owned();
        let form: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let form: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let page = crossing(&browser).post("/authorize", &form).await;
        assert!(page.headers.get(SET_COOKIE).is_none(), "{:?}", page.headers);
        assert!(!browser.follow(page).await.code().is_empty());
        // What stands twice is a fault on this way too.
        let twice: Vec<_> = form.iter().copied().chain([("state", "another")]).collect();
        let page = crossing(&browser).post("/authorize", &twice).await;
        assert_eq!(browser.follow(page).await.error(), "invalid_request");
    }
}
