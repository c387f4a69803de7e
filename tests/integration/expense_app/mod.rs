//! The demo's expense-claim application through HTTP, with a provider made for the purpose.

mod browser;
mod provider;

use browser::Browser;
use guichet::demo::expense_app::{ExpenseApp, ExpenseAppSettings};
use guichet::kit::random::Rng;
use guichet::kit::secrets::Secret;
use http::StatusCode;
use provider::Provider;
use serde_json::json;
use tokio::net::TcpListener;
use url::Url;

const A_SHEET: &str = "exam_centre=Lyc%C3%A9e+%3Cdu%3E+Parc&date=2025-06-11&kilometres=42&meals=1";

/// The application at work, beside a provider.
struct Story {
    app: Url,
    provider: Provider,
    database: std::path::PathBuf,
}

impl Story {
    async fn begin() -> Self {
        let listener = provider::reserve().await;
        let provider = Provider::at(&listener);
        provider.serve(listener);
        Self::beside(provider).await
    }

    async fn beside(provider: Provider) -> Self {
        let name = format!("guichet-expense-app-{}.db", Rng::system().id());
        let database = std::env::temp_dir().join(name);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let app: Url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let opened = ExpenseApp::open(ExpenseAppSettings {
            public_url: app.clone(),
            issuer: provider.issuer.parse().unwrap(),
            client_id: "frais".to_owned(),
            client_secret: Secret::new("secret"),
            resource: "https://frais.example/api".to_owned(),
            database: database.clone(),
        });
        let router = opened.await.unwrap().router();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { app, provider, database }
    }

    fn browser(&self) -> Browser {
        Browser::new(&self.app)
    }

    /// What the provider's server is answered when it posts a logout token.
    async fn tell(&self, logout_token: &str) -> StatusCode {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = http.post(self.app.join("backchannel-logout").unwrap());
        let form = format!("logout_token={logout_token}");
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(form);
        request.send().await.unwrap().status()
    }

    async fn api(&self, token: &str) -> reqwest::Response {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = http.get(self.app.join("api/sheets").unwrap());
        request.header("authorization", format!("Bearer {token}")).send().await.unwrap()
    }
}

impl Drop for Story {
    fn drop(&mut self) {
        for suffix in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{suffix}", self.database.display()));
        }
    }
}

#[tokio::test]
async fn a_person_signs_in_and_claims_expenses() {
    let story = Story::begin().await;
    let mut browser = story.browser();
    assert!(browser.open("/").await.body.contains("id=\"sign-in\""));
    let page = browser.open("/sign-in").await;
    assert_eq!((page.status, page.url.path()), (StatusCode::OK, "/sheets"));
    for shown in ["andiaye", "Intervenant extérieur", "Académie de Lyon", "Rien à rembourser"] {
        assert!(page.body.contains(shown), "{shown}");
    }
    assert!(!page.body.contains("<b>"), "a name was not escaped");

    let page = browser.post("/sheets", A_SHEET).await;
    assert!(page.body.contains("33,44\u{a0}€") && page.body.contains("11\u{a0}juin 2025"));
    assert!(page.body.contains("Brouillon") && !page.body.contains("<du>"));
    let (_, rest) = page.body.split_once("action=\"/sheets/").unwrap();
    let page = browser.post(&format!("/sheets/{}", rest.split('"').next().unwrap()), "").await;
    assert!(page.body.contains("Transmis"));
    assert_eq!(browser.open("/").await.url.path(), "/sheets");
}

#[tokio::test]
async fn the_request_is_bound_by_state_nonce_and_pkce() {
    let story = Story::begin().await;
    story.browser().open("/sign-in").await;
    let behaviour = story.provider.behaviour();
    let asked = &behaviour.authorizations[0];
    assert_eq!(asked["response_type"], "code");
    assert_eq!(asked["scope"], "openid profile email imagin");
    assert_eq!(asked["code_challenge_method"], "S256");
    assert_eq!(asked["ui_locales"], "fr");
    assert_eq!((asked["state"].len(), asked["nonce"].len()), (43, 43));
    assert!(!asked.contains_key("prompt"));
}

#[tokio::test]
async fn each_person_sees_their_own_sheets_only() {
    let story = Story::begin().await;
    let mut awa = story.browser();
    awa.open("/sign-in").await;
    let page = awa.post("/sheets", A_SHEET).await;
    let (_, rest) = page.body.split_once("action=\"/sheets/").unwrap();
    let submission = format!("/sheets/{}", rest.split('"').next().unwrap());

    story.provider.behaviour().signed_in = Some("paul");
    let mut paul = story.browser();
    assert!(paul.open("/sign-in").await.body.contains("Rien à rembourser"));
    assert_eq!(paul.post(&submission, "").await.status, StatusCode::NOT_FOUND);
    assert!(awa.open("/sheets").await.body.contains("Brouillon"));
}

#[tokio::test]
async fn a_person_known_to_the_provider_is_signed_in_silently() {
    let story = Story::begin().await;
    story.provider.behaviour().signed_in = Some("awa");
    assert_eq!(story.browser().open("/sheets").await.url.path(), "/sheets");
    assert_eq!(story.provider.behaviour().authorizations[0]["prompt"], "none");
}

#[tokio::test]
async fn a_person_unknown_to_the_provider_lands_on_the_home_page_after_one_try() {
    let story = Story::begin().await;
    let page = story.browser().open("/sheets").await;
    assert_eq!((page.status, page.url.path()), (StatusCode::OK, "/"));
    assert_eq!(story.provider.behaviour().authorizations.len(), 1);
}

#[tokio::test]
async fn an_answer_counts_only_once_and_only_in_the_browser_that_asked() {
    let story = Story::begin().await;
    let (mut mine, mut other) = (story.browser(), story.browser());
    let (_, provider) = mine.step("/sign-in").await;
    let (_, callback) = mine.step(provider.unwrap().as_str()).await;
    let callback = callback.unwrap();
    other.step("/sign-in").await;
    assert_eq!(other.step(callback.as_str()).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(mine.step(callback.as_str()).await.0, StatusCode::SEE_OTHER);
    assert_eq!(mine.step(callback.as_str()).await.0, StatusCode::BAD_REQUEST);
    for malformed in ["/callback", "/callback?state=a&state=b", "/callback?code=x&state=y"] {
        assert_eq!(story.browser().step(malformed).await.0, StatusCode::BAD_REQUEST, "{malformed}");
    }
}

#[tokio::test]
async fn two_sign_ins_in_two_tabs_both_succeed() {
    let story = Story::begin().await;
    let mut browser = story.browser();
    let (_, first) = browser.step("/sign-in").await;
    let (_, second) = browser.step("/sign-in").await;
    for provider in [first, second] {
        let (_, callback) = browser.step(provider.unwrap().as_str()).await;
        assert_eq!(browser.step(callback.unwrap().as_str()).await.0, StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_trusted_signs_nobody_in() {
    let story = Story::begin().await;
    story.provider.behaviour().response_issuer = Some("https://evil.example".to_owned());
    assert_eq!(story.browser().open("/sign-in").await.status, StatusCode::BAD_GATEWAY);
    story.provider.behaviour().response_issuer = None;
    story.provider.behaviour().nonce = Some("another".to_owned());
    assert_eq!(story.browser().open("/sign-in").await.status, StatusCode::BAD_GATEWAY);
    story.provider.behaviour().nonce = None;
    story.provider.behaviour().userinfo_subject = Some("paul");
    let mut browser = story.browser();
    assert!(browser.open("/sign-in").await.status.is_server_error());
    assert!(!browser.cookie_names().iter().any(|name| name.contains("session")));
}

#[tokio::test]
async fn a_refusal_of_the_provider_is_told_with_a_way_on() {
    let story = Story::begin().await;
    for (error, status) in [
        ("access_denied", StatusCode::FORBIDDEN),
        ("login_required", StatusCode::FORBIDDEN),
        ("temporarily_unavailable", StatusCode::SERVICE_UNAVAILABLE),
        ("<script>", StatusCode::BAD_GATEWAY),
    ] {
        story.provider.behaviour().authorization_error = Some(error);
        let page = story.browser().open("/sign-in").await;
        assert_eq!(page.status, status, "{error}");
        assert!(page.body.contains("href=\"/sign-in\"") && !page.body.contains("<script>"));
    }
}

#[tokio::test]
async fn tokens_are_renewed_before_they_end_and_the_rotated_one_is_kept() {
    let story = Story::begin().await;
    story.provider.behaviour().lifetime = 5;
    let mut browser = story.browser();
    browser.open("/sign-in").await;
    browser.open("/sheets").await;
    let refreshes = story.provider.behaviour().refreshes.clone();
    assert_eq!(refreshes.len(), 2);
    assert_ne!(refreshes[0], refreshes[1]);
    assert_eq!(story.provider.behaviour().authorizations.len(), 1);
}

#[tokio::test]
async fn two_tabs_do_not_spend_one_refresh_token_twice() {
    let story = Story::begin().await;
    story.provider.behaviour().lifetime = 5;
    let mut browser = story.browser();
    let (_, provider) = browser.step("/sign-in").await;
    let (_, callback) = browser.step(provider.unwrap().as_str()).await;
    browser.step(callback.unwrap().as_str()).await;
    story.provider.behaviour().lifetime = 600;
    let mut other_tab = browser.clone();
    let (one, two) = tokio::join!(browser.open("/sheets"), other_tab.open("/sheets"));
    assert_eq!((one.url.path(), two.url.path()), ("/sheets", "/sheets"));
    assert_eq!(story.provider.behaviour().refreshes.len(), 1);
}

#[tokio::test]
async fn a_grant_that_ended_leads_through_a_silent_sign_in() {
    let story = Story::begin().await;
    story.provider.behaviour().lifetime = 5;
    let mut browser = story.browser();
    let (_, provider) = browser.step("/sign-in").await;
    let (_, callback) = browser.step(provider.unwrap().as_str()).await;
    browser.step(callback.unwrap().as_str()).await;
    story.provider.behaviour().refuses_refresh = true;
    story.provider.behaviour().lifetime = 600;
    assert_eq!(browser.open("/sheets").await.url.path(), "/sheets");
    assert_eq!(story.provider.behaviour().authorizations[1]["prompt"], "none");
}

#[tokio::test]
async fn signing_out_ends_both_sessions() {
    let story = Story::begin().await;
    let mut browser = story.browser();
    browser.open("/sign-in").await;
    let page = browser.post("/sign-out", "").await;
    assert_eq!((page.status, page.url.path()), (StatusCode::OK, "/signed-out"));
    assert!(page.body.contains("ici et au guichet"));
    let asked = story.provider.behaviour().sign_outs[0].clone();
    assert_eq!(asked["post_logout_redirect_uri"], story.app.join("signed-out").unwrap().as_str());
    assert_eq!(asked["id_token_hint"].split('.').count(), 3);
    assert!(browser.open("/signed-out?state=made-up").await.body.contains("peut rester ouverte"));
    assert_eq!(browser.open("/sheets").await.url.path(), "/");
}

#[tokio::test]
async fn a_session_that_the_provider_ends_is_over_here() {
    let story = Story::begin().await;
    story.provider.behaviour().session = Some("there-1");
    let mut browser = story.browser();
    browser.open("/sign-in").await;
    story.provider.behaviour().session = Some("there-2");
    let mut other = story.browser();
    other.open("/sign-in").await;
    story.provider.behaviour().signed_in = None;
    story.provider.behaviour().authorization_error = Some("login_required");

    let token = |kind: &str, changes| story.provider.logout_token(kind, "there-1", &changes);
    for (token, why) in [
        (token("JWT", json!({})), "an ID token"),
        (token("at+jwt", json!({})), "an access token"),
        (token("logout+jwt", json!({"aud": "another"})), "another's"),
        (token("logout+jwt", json!({"iss": "https://evil.example"})), "a stranger's"),
        (token("logout+jwt", json!({"exp": 1})), "an old one"),
        (token("logout+jwt", json!({"exp": null})), "an eternal one"),
        (token("logout+jwt", json!({"iat": null})), "undated"),
        (token("logout+jwt", json!({"jti": null})), "nameless"),
        (token("logout+jwt", json!({"events": {}})), "no event"),
        (token("logout+jwt", json!({"nonce": "n"})), "a nonce"),
        (token("logout+jwt", json!({"sid": null})), "no session"),
        ("x".to_owned(), "nonsense"),
    ] {
        assert_eq!(story.tell(&token).await, StatusCode::BAD_REQUEST, "{why}");
    }
    assert_eq!(browser.open("/sheets").await.url.path(), "/sheets");

    let heard = token("logout+jwt", json!({}));
    assert_eq!(story.tell(&heard).await, StatusCode::OK);
    assert_eq!(browser.open("/sheets").await.url.path(), "/");
    assert_eq!(other.open("/sheets").await.url.path(), "/sheets", "the other session goes on");
    assert_eq!(story.tell(&heard).await, StatusCode::OK, "a second time there is nothing to end");
}

#[tokio::test]
async fn a_form_of_another_site_changes_nothing() {
    let story = Story::begin().await;
    let mut browser = story.browser();
    browser.open("/sign-in").await;
    for path in ["/sheets", "/sign-out"] {
        let page = browser.post_from(path, A_SHEET, &story.provider.issuer).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert!(browser.open("/sheets").await.body.contains("Rien à rembourser"));
}

#[tokio::test]
async fn a_wrong_sheet_is_given_back_with_its_faults() {
    let story = Story::begin().await;
    let mut browser = story.browser();
    browser.open("/sign-in").await;
    let page = browser.post("/sheets", "exam_centre=%22%3E%3Cscript%3E&date=2025-02-30&kilometres=x").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(page.body.matches("aria-invalid=\"true\"").count(), 3);
    assert!(page.body.contains("role=\"alert\"") && !page.body.contains("<script>"));
    assert!(browser.post("/sheets", &"a".repeat(20_000)).await.status.is_client_error());
}

#[tokio::test]
async fn the_api_believes_access_tokens_only() {
    let story = Story::begin().await;
    let good = story.provider.access_token("awa", &json!({}));
    let answer = story.api(&good).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.text().await.unwrap(), r#"{"sheets":[]}"#);
    for (changes, status, code) in [
        (json!({"aud": "https://other.example"}), StatusCode::UNAUTHORIZED, "invalid_token"),
        (json!({"exp": 1}), StatusCode::UNAUTHORIZED, "invalid_token"),
        (json!({"scope": "openid"}), StatusCode::FORBIDDEN, "insufficient_scope"),
    ] {
        let answer = story.api(&story.provider.access_token("awa", &changes)).await;
        assert_eq!(answer.status(), status, "{changes}");
        let challenge = answer.headers()["www-authenticate"].to_str().unwrap();
        assert!(challenge.starts_with("Bearer ") && challenge.contains(code), "{challenge}");
    }
    let challenge = story.api("").await;
    assert_eq!(challenge.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn made_up_keys_do_not_become_requests_to_the_provider() {
    let story = Story::begin().await;
    story.api(&story.provider.access_token("awa", &json!({}))).await;
    let before = story.provider.behaviour().key_fetches;
    for _ in 0..5 {
        let unknown = "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6InVua25vd24ifQ.e30.AAAA";
        assert_eq!(story.api(unknown).await.status(), StatusCode::UNAUTHORIZED);
    }
    assert_eq!(story.provider.behaviour().key_fetches, before);
}

#[tokio::test]
async fn the_application_starts_before_its_provider_and_finds_it_later() {
    let listener = provider::reserve().await;
    let address = listener.local_addr().unwrap();
    let provider = Provider::at(&listener);
    drop(listener);
    let story = Story::beside(provider).await;
    let mut browser = story.browser();
    assert_eq!(browser.open("/").await.status, StatusCode::OK);
    let page = browser.open("/sign-in").await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.body.contains("ne répond pas"));
    assert_eq!(story.api("a.b.c").await.status(), StatusCode::UNAUTHORIZED);
    let token = story.provider.access_token("awa", &json!({}));
    assert_eq!(story.api(&token).await.status(), StatusCode::SERVICE_UNAVAILABLE);

    story.provider.serve(TcpListener::bind(address).await.unwrap());
    tokio::time::sleep(std::time::Duration::from_millis(2_100)).await;
    assert_eq!(browser.open("/sign-in").await.url.path(), "/sheets");
}

#[tokio::test]
async fn the_pages_speak_the_browsers_language() {
    let story = Story::begin().await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = http.get(story.app.clone()).header("accept-language", "en-GB,en;q=0.9,fr;q=0.8");
    let page = request.send().await.unwrap().text().await.unwrap();
    assert!(page.contains("<html lang=\"en\">") && page.contains("Sign in"));
}
