//! An application without a server: the library `oidc-client-ts`, in a page of an origin of its own.

use std::path::Path;

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use http::header::CONTENT_TYPE;
use tokio::net::TcpListener;

use crate::browser::{Browser, BrowserTools, Language};
use crate::handles::Door;
use crate::journey::give;
use crate::served::Served;
use crate::tools::{self, Tool};

const LIBRARY: Tool = Tool {
    name: "the npm package oidc-client-ts",
    variable: "GUICHET_TEST_OIDC_CLIENT_TS",
    places: &["tests/clients/node/node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js"],
};

const PAGE: &str = include_str!("single_page/page.html");
const APPLICATION: &str = include_str!("single_page/app.js");
const PASSWORD: &str = "Quatre mots sans Rapport 57 !";

#[tokio::test(flavor = "multi_thread")]
async fn oidc_client_ts_signs_in_renews_revokes_and_signs_out() {
    let Some(browser_tools) = BrowserTools::find() else { return };
    let Some([library]) = tools::find([LIBRARY]) else { return };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let guichet = Served::start_with(
        "elefevre",
        PASSWORD,
        &[
            ("CLIENTS__1__CLIENT_ID", "single-page".to_owned()),
            ("CLIENTS__1__CLIENT_NAME", "One page".to_owned()),
            ("CLIENTS__1__TOKEN_ENDPOINT_AUTH_METHOD", "none".to_owned()),
            ("CLIENTS__1__GRANT_TYPES", r#"["authorization_code", "refresh_token"]"#.to_owned()),
            ("CLIENTS__1__SCOPE", "openid profile offline_access".to_owned()),
            ("CLIENTS__1__REDIRECT_URIS", format!(r#"["{origin}/callback"]"#)),
            ("CLIENTS__1__POST_LOGOUT_REDIRECT_URIS", format!(r#"["{origin}/goodbye"]"#)),
            ("CLIENTS__1__FIRST_PARTY", "true".to_owned()),
        ],
    );
    serve(listener, &library, &guichet.issuer);

    let browser = Browser::open(&browser_tools, Language::English).await;
    browser.visit(&origin).await;
    browser.click("#sign-in").await;
    browser.click(Door::External.link()).await;
    give(&browser, "elefevre", PASSWORD).await;
    browser.arrive_at(&format!("{origin}/callback")).await;
    browser.see("#sign-out").await;
    assert_eq!(browser.text_of("#state").await, "signed in");
    assert_eq!(browser.text_of("#name").await, "Élodie Lefèvre");
    browser.click("#sign-out").await;
    browser.arrive_at(&format!("{origin}/goodbye")).await;
    browser.wait_for_text("#state", "signed out").await;
}

/// Serves the application, for as long as the test runs.
fn serve(listener: TcpListener, library: &Path, issuer: &str) {
    let page = PAGE.replace("ISSUER", issuer);
    let library = std::fs::read_to_string(library).unwrap();
    let show = move || std::future::ready(Html(page.clone()));
    let script =
        |text: String| get(move || std::future::ready(([(CONTENT_TYPE, "text/javascript")], text.clone())));
    let router = Router::new()
        .route("/", get(show.clone()))
        .route("/callback", get(show.clone()))
        .route("/goodbye", get(show))
        .route("/app.js", script(APPLICATION.to_owned()))
        .route("/oidc-client-ts.min.js", script(library));
    tokio::spawn(async move { axum::serve(listener, router).await });
}
