//! Values that nobody has seen before, and sizes that nobody needs: what they leave behind is nothing, or bounded.

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Request};
use serde_json::json;

use super::tokens::forge::signing_client;
use crate::federation::signing::{Signer, unsigned};
use crate::oidc::registration::{initial_token, send};
use crate::oidc::{form_encoded, grant};
use crate::on_both_engines;
use crate::scim::Application;
use crate::support::App;
use crate::support::app::{CLIENT_SECRET, ISSUER, START};

/// How many different values each place is shown.
const DISTINCT: usize = 60;

/// Tables, and whether what is shown here may be counted in them.
async fn rows(app: &App) -> Vec<(String, i64)> {
    let mut connection = app.database.read().await.expect("a connection");
    let mut rows = Vec::new();
    for table in TABLES {
        let statement = sqlx::AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
        let count = sqlx::query_scalar(statement).fetch_one(&mut *connection).await.expect("a number");
        rows.push((table.to_owned(), count));
    }
    rows
}

/// Everything that is stored, but for the counts of guesses, which have buckets.
const TABLES: [&str; 18] = [
    "account",
    "taken_identifier",
    "password",
    "letter",
    "mailed_link",
    "outbox_mail",
    "audit_event",
    "browser_session",
    "oauth_grant",
    "consent",
    "pushed_request",
    "device_request",
    "client",
    "used_assertion",
    "revoked_access_token",
    "heard_logout_token",
    "signing_key",
    "recovery_case",
];

on_both_engines! {
    async fn values_that_nobody_has_seen_leave_nothing_behind(app: App) {
        let signer = Signer::es256("one");
        let app = signing_client(&app, &signer).await.restarted_with(|settings| settings.registration.enabled = true).await;
        let granted = grant(&app, "app", "openid").await;
        let client = &granted.client;
        let before = rows(&app).await;
        for number in 0..DISTINCT {
            let value = format!("{number}-{}", "v".repeat(number));
            for name in ["client_id", "state", "nonce", "scope", "ui_locales", "acr_values", "login_hint", "idp_hint", "resource", "x"] {
                let page = app.browser().open(&client.authorization(&[(name, &value)])).await;
                assert!(!page.status.is_server_error(), "{name} {value}: {}", page.status);
            }
            let mut browser = app.browser();
            browser.headers.insert("accept-language", HeaderValue::from_str(&format!("{value};q=0.5, x-{value}")).unwrap());
            browser.headers.insert("user-agent", HeaderValue::from_str(&value).unwrap());
            browser.cookies.insert(format!("c{value}"), value.clone());
            browser.open("/").await;
            let claims = json!({ "iss": "app", "sub": "app", "aud": ISSUER, "exp": START + 60, "jti": value });
            let header = json!({ "alg": "ES256", "kid": value, "typ": "JWT" });
            let bare = format!("{}.AAAA", unsigned(&header, &claims));
            for (path, name) in [
                ("/token", "refresh_token"), ("/token", "code"), ("/introspect", "token"), ("/revoke", "token"), ("/par", "request"),
                ("/token", "client_assertion"), ("/token", "device_code"), ("/token", "subject_token"),
            ] {
                for text in [&value, &bare] {
                    let answer = client.post(path, &[("grant_type", "authorization_code"), (name, text)]).await;
                    assert!(!answer.status.is_server_error(), "{path} {name} {text}");
                }
            }
            client.userinfo(&bare).await;
            client.post_raw("/token", HeaderMap::new(), &[("client_id", &value), ("client_secret", &value)]).await;
            client.post_raw("/par", HeaderMap::new(), &[("client_id", &value), ("client_secret", CLIENT_SECRET)]).await;
            send(&app, "POST", "/register", Some(&value), b"{}").await;
            for path in ["reset-password", "mail-address/confirm"] {
                app.browser().get(&format!("/{path}?token={value}")).await;
            }
            app.browser().get(&format!("/federation/{value}/callback?state={value}&code={value}")).await;
            let form = app.browser().password_form(&client.authorization(&[])).await;
            app.browser().post(&form.form_action(), &[("username", &value), ("password", &value)]).await;
        }
        assert_eq!(rows(&app).await, before);
        // Guesses are counted in buckets of which there is a number.
        let buckets = app.count("SELECT COUNT(*) FROM throttle").await;
        assert!(buckets <= 3 * i64::try_from(DISTINCT).unwrap(), "{buckets} buckets");
    }

    async fn heads_bodies_and_depths_have_an_end(app: App) {
        let app = app.restarted_with(|settings| settings.registration.enabled = true).await;
        let client = app.client("app");
        let imagin = Application::imagin(&app).await;
        let token = initial_token(&app, None).await;
        for address in ["/", "/authorize", "/sign-in/external", "/jwks", "/scim/v2/Users", "/account"] {
            let long = Request::get(format!("{address}?x={}", "x".repeat(33_000))).body(String::new().into()).unwrap();
            assert_eq!(client.ask(long).await.status, 414, "{address}");
            let mut headers = Request::get(address).header("x-long", "x".repeat(33_000));
            for number in 0..200 {
                headers = headers.header(format!("x-{number}"), "x");
            }
            assert_eq!(client.ask(headers.body(String::new().into()).unwrap()).await.status, 431, "{address}");
        }
        for (path, kind) in [
            ("/token", "application/x-www-form-urlencoded"), ("/register", "application/json"), ("/scim/v2/Users", "application/scim+json"),
            ("/sign-in/external", "application/x-www-form-urlencoded"), ("/scim/v2/Bulk", "application/scim+json"),
        ] {
            let body = vec![b'x'; 65_537];
            let request = Request::post(path).header(CONTENT_TYPE, kind).header(AUTHORIZATION, format!("Bearer {}", imagin.token));
            assert_eq!(client.ask(request.body(body.into()).unwrap()).await.status, 413, "{path}");
        }
        // Depth, width and length of what is read as JSON, within what a body may have.
        let deep = |depth: usize| format!("{{\"x\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        let nested = |depth: usize| format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
        let wide = format!("{{{}}}", (0..8_000).map(|number| format!("\"{number}\":1")).collect::<Vec<_>>().join(","));
        for text in [deep(100), deep(10_000), deep(30_000), nested(5_000), wide, format!("[{}1]", "1,".repeat(30_000)), format!("{{\"x\":1{}}}", "0".repeat(60_000))] {
            let name = &text[..40];
            for path in ["/scim/v2/Users", "/scim/v2/Bulk", "/scim/v2/.search", "/register"] {
                let (kind, bearer) = if path == "/register" { ("application/json", &token) } else { ("application/scim+json", &imagin.token) };
                let request = Request::post(path).header(CONTENT_TYPE, kind).header(AUTHORIZATION, format!("Bearer {bearer}"));
                let answer = client.ask(request.body(text.clone().into()).unwrap()).await;
                assert!(answer.status.is_client_error(), "{path} {name}: {} {}", answer.status, answer.body);
            }
            let query = form_encoded(&[("claims", &text)]);
            if query.len() < 20_000 {
                let page = app.browser().get(&client.authorization(&[("claims", &text)])).await;
                assert!(!page.status.is_server_error(), "{name}: {} {}", page.status, page.body);
            }
            let answer = client.post("/par", &[("claims", &text), ("redirect_uri", &client.redirect_uri), ("response_type", "code")]).await;
            assert!(!answer.status.is_server_error(), "{name}: {}", answer.status);
        }
        let filter = format!("{}userName eq \"x\"{}", "(".repeat(1_000), ")".repeat(1_000));
        for filter in [filter, "not ".repeat(2_000), "userName eq \"x\" or ".repeat(200)] {
            let answer = imagin.get(&format!("/Users?{}", form_encoded(&[("filter", &filter)]))).await;
            assert_eq!(answer.status, 400, "{}", &filter[..20]);
        }
        let scopes = (0..3_000).map(|number| format!("s{number}")).collect::<Vec<_>>().join(" ");
        let page = app.browser().get(&client.authorization(&[("scope", &format!("openid {scopes}")), ("prompt", "none")])).await;
        assert!(!page.status.is_server_error());
    }
}
