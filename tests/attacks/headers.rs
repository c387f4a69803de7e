//! Headers of requests that lie about whence they come, and the headers that every answer must have.

use axum::body::Body;
use http::header::{AUTHORIZATION, COOKIE, HOST, ORIGIN};
use http::{HeaderValue, Method, Request};

use super::endpoints::{self, CHANGING};
use super::parameters::with_visitors;
use crate::oidc::PERSON;
use crate::on_both_engines;
use crate::support::app::PASSWORD;

/// What says the same to everybody, and may be kept.
const FOR_EVERYBODY: [&str; 11] = [
    "/assets/{name}",
    "/theme/{*path}",
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
    "/.well-known/security.txt",
    "/jwks",
    "/api/openapi.json",
    "/scim/v2/ServiceProviderConfig",
    "/scim/v2/ResourceTypes",
    "/scim/v2/Schemas",
    "/health",
];

/// Headers of forms that other sites make browsers send, or that browsers do not send at all.
const CROSSED: [&[(&str, &str)]; 14] = [
    &[("sec-fetch-site", "cross-site")],
    &[("sec-fetch-site", "same-site")],
    &[("sec-fetch-site", "cross-site"), ("origin", "https://id.test")],
    &[("sec-fetch-site", "Same-Origin")],
    &[("sec-fetch-site", "same-origin, cross-site")],
    &[("sec-fetch-site", "")],
    &[("origin", "null")],
    &[("origin", "https://evil.example")],
    &[("origin", "http://id.test")],
    &[("origin", "https://id.test:8443")],
    &[("origin", "https://id.test.evil.example")],
    &[("origin", "https://ID.test")],
    &[("origin", "https://id.test, https://evil.example")],
    &[("origin", "https://id.test/"), ("host", "evil.example"), ("x-forwarded-host", "evil.example")],
];

/// Names that a request may give this place.
const LYING: [(&str, &str); 14] = [
    ("host", "evil.example"),
    ("forwarded", "for=203.0.113.9;host=evil.example;proto=http"),
    ("x-forwarded-host", "evil.example"),
    ("x-forwarded-proto", "http"),
    ("x-forwarded-server", "evil.example"),
    ("x-forwarded-prefix", "/evil.example"),
    ("x-forwarded-for", "203.0.113.9"),
    ("x-host", "evil.example"),
    ("x-original-host", "evil.example"),
    ("x-original-url", "/evil.example"),
    ("x-rewrite-url", "/evil.example"),
    ("x-http-method-override", "DELETE"),
    ("referer", "https://evil.example/"),
    ("x-request-id", "evil.example"),
];

on_both_engines! {
    async fn nothing_is_done_for_a_page_of_another_site(app: App) {
        let (app, visitors) = with_visitors(&app).await;
        let sessions = "SELECT COUNT(*) FROM browser_session";
        let before = app.count(sessions).await;
        for endpoint in endpoints::all() {
            if guichet::oidc::CROSS_SITE_PATHS.contains(&endpoint.path.as_str()) {
                // Each of these has a proof of its own: `attacks::sign_out`, and the tests of the protocol.
                continue;
            }
            let address = endpoint.addresses(&visitors.known()).remove(0);
            for method in CHANGING {
                // All of them by the method of forms, some by each of the others, which no form has.
                let many = if method == Method::POST { CROSSED.len() } else { 2 };
                for lies in &CROSSED[..many] {
                    let mut request = visitors.request(endpoint, &method, &address, "application/x-www-form-urlencoded", Vec::new());
                    request.headers_mut().remove("sec-fetch-site");
                    request.headers_mut().remove(ORIGIN);
                    for (name, value) in *lies {
                        request.headers_mut().insert(*name, HeaderValue::from_static(value));
                    }
                    let answer = app.client("app").ask(request).await;
                    assert_eq!(answer.status, 403, "{method} {address} with {lies:?}: {}", answer.body);
                }
            }
        }
        assert_eq!(app.count(sessions).await, before);
    }

    async fn no_answer_believes_a_name_that_a_request_gives(app: App) {
        let (app, visitors) = with_visitors(&app).await;
        for endpoint in endpoints::all() {
            let address = endpoint.addresses(&visitors.known()).remove(0);
            for method in [Method::GET, Method::POST] {
                let mut request = visitors.request(endpoint, &method, &address, "application/x-www-form-urlencoded", Vec::new());
                for (name, value) in LYING {
                    request.headers_mut().insert(name, HeaderValue::from_static(value));
                }
                let answer = app.client("app").ask(request).await;
                let headers = format!("{:?}", answer.headers);
                assert!(!answer.body.contains("evil.example") && !headers.contains("evil.example"), "{method} {address}: {headers}");
            }
        }
        // Nor does a sign-in, a mail or a token.
        let mut browser = app.browser();
        for (name, value) in LYING {
            browser.headers.insert(name, HeaderValue::from_static(value));
        }
        let form = browser.password_form(&app.client("app").authorization(&[])).await;
        let back = browser.submit(&form.form_action(), &[("username", PERSON), ("password", PASSWORD)]).await;
        let tokens = app.client("app").redeem(&back).await;
        assert_eq!(crate::support::client::claims(&tokens.text("id_token"))["iss"], crate::support::app::ISSUER);
    }

    async fn every_answer_protects_itself(app: App) {
        let (app, visitors) = with_visitors(&app).await;
        for endpoint in endpoints::all() {
            for address in endpoint.addresses(&visitors.known()) {
                for method in [Method::GET, Method::POST, Method::HEAD, Method::OPTIONS, Method::DELETE] {
                    for with_proof in [true, false] {
                        let mut request = visitors.request(endpoint, &method, &address, "", Vec::new());
                        if !with_proof {
                            request.headers_mut().remove(COOKIE);
                            request.headers_mut().remove(AUTHORIZATION);
                        }
                        let answer = app.client("app").ask(request).await;
                        let case = format!("{method} {address}: {} {:?}", answer.status, answer.headers);
                        let header = |name: &str| answer.headers.get(name).map_or("", |value| value.to_str().unwrap());
                        for (name, value) in [
                            ("x-content-type-options", "nosniff"),
                            ("x-frame-options", "DENY"),
                            ("referrer-policy", "no-referrer"),
                            ("cross-origin-opener-policy", "same-origin"),
                            ("strict-transport-security", "max-age=31536000"),
                        ] {
                            assert_eq!(header(name), value, "{name} of {case}");
                        }
                        let policy = header("content-security-policy");
                        for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action"] {
                            assert!(policy.contains(part), "{part} of {case}");
                        }
                        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{case}");
                        for name in ["server", "x-powered-by", "via"] {
                            assert_eq!(header(name), "", "{case}");
                        }
                        let is_for_everybody = FOR_EVERYBODY.iter().any(|path| endpoint.path.starts_with(path));
                        // What has no body of its own tells nothing; an error of the router has neither.
                        let tells = !answer.body.is_empty() && !answer.status.is_redirection();
                        if tells && !is_for_everybody {
                            assert_eq!(header("cache-control"), "no-store", "{case}");
                        }
                        for cookie in answer.headers.get_all("set-cookie") {
                            let cookie = cookie.to_str().unwrap();
                            for part in ["__Host-", "Path=/", "Secure", "HttpOnly", "SameSite=Lax"] {
                                let is_language = cookie.contains("guichet-lang");
                                assert!(cookie.contains(part) || is_language, "{part} of {cookie} at {case}");
                            }
                        }
                    }
                }
            }
        }
    }

    async fn a_planted_or_garbled_cookie_is_nobodys(app: App) {
        let (app, visitors) = with_visitors(&app).await;
        let session = &visitors.person.cookies["__Host-guichet-session"];
        let other = &visitors.supervisor.cookies["__Host-guichet-session"];
        let own = format!("__Host-guichet-session={session}");
        let twice = [format!("{own}; __Host-guichet-session={other}"), format!("__Host-guichet-session={other}; {own}")];
        let bent = [
            format!("guichet-session={session}"), format!("__Secure-guichet-session={session}"), format!("__host-guichet-session={session}"),
            format!("__Host-guichet-session=\"{session}\""), format!("__Host-guichet-session=%{session}"), format!("__Host-guichet-session={session};x"),
            format!("__Host-guichet-session={}", session.to_uppercase()), "__Host-guichet-session=".to_owned(), ";;;=;=".to_owned(), "x".repeat(20_000),
        ];
        let ask = async |cookies: &[u8]| {
            let request = Request::get("/account").header(HOST, "id.test").header(COOKIE, HeaderValue::from_bytes(cookies).unwrap());
            app.client("app").ask(request.body(Body::empty()).unwrap()).await
        };
        assert_eq!(ask(own.as_bytes()).await.status, 200);
        for cookies in bent {
            // A stray word beside it takes nothing away.
            let expected = if cookies.ends_with(";x") { 200 } else { 303 };
            assert_eq!(ask(cookies.as_bytes()).await.status, expected, "{cookies}");
        }
        assert_eq!(ask(b"__Host-guichet-session=\xff\xfe").await.status, 303);
        for cookies in twice {
            let answer = ask(cookies.as_bytes()).await;
            assert!(matches!(answer.status.as_u16(), 200 | 303), "{}", answer.status);
        }
        assert!(ask("x=".repeat(20_000).as_bytes()).await.status.is_client_error());
    }
}
