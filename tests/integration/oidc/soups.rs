//! Random soups of parameters: whatever is asked, nothing of ours breaks.

use http::header::CONTENT_TYPE;
use http::{HeaderMap, Request};
use http_body_util::BodyExt;

use super::{PERSON, authorization_header, basic, grant};
use crate::on_both_engines;
use crate::support::app::CLIENT_SECRET;
use crate::support::client::challenge;

/// How many soups each endpoint gets.
const SOUPS: u32 = 250;

const NAMES: [&str; 24] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "nonce",
    "prompt",
    "max_age",
    "display",
    "ui_locales",
    "claims_locales",
    "acr_values",
    "claims",
    "id_token_hint",
    "login_hint",
    "idp_hint",
    "code_challenge",
    "code_challenge_method",
    "request",
    "request_uri",
    "registration",
    "lang",
    "%00",
];

/// Encoded, so that they may be no text at all.
const VALUES: [&str; 30] = [
    "",
    "app",
    "native",
    "https%3A%2F%2Fapp.example%2Fcallback",
    "https%3A%2F%2Fevil.example%2F",
    "code",
    "token",
    "query",
    "form_post",
    "openid",
    "openid+profile+email",
    "none",
    "login",
    "consent+none",
    "0",
    "-1",
    "18446744073709551616",
    "S256",
    "plain",
    "%00",
    "%FF",
    "%ED%A0%80",
    "fr+en",
    "%7B%22id_token%22%3A%7B%22acr%22%3A%7B%22essential%22%3Atrue%2C%22values%22%3A%5B1%2C%22x%22%5D%7D%7D%7D",
    "%7B%22userinfo%22%3A%7B%22sub%22%3A%7B%22value%22%3Anull%7D%7D%7D",
    "%5B%5B%5B%5B%5B%5B%5B%5B%5B%5B",
    "eyJhbGciOiJub25lIn0.e30.",
    "eyJhbGciOiJFUzI1NiJ9.e30.AAAA",
    "urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3Ax",
    "%F0%9F%98%80%0D%0ASet-Cookie%3A+a%3Db",
];

const FORM: &str = "application/x-www-form-urlencoded";

const GRANT_TYPES: [&str; 7] = [
    "authorization_code",
    "refresh_token",
    "client_credentials",
    "urn:ietf:params:oauth:grant-type:device_code",
    "urn:ietf:params:oauth:grant-type:token-exchange",
    "password",
    "",
];

const FORM_NAMES: [&str; 24] = [
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "code",
    "redirect_uri",
    "code_verifier",
    "refresh_token",
    "scope",
    "resource",
    "audience",
    "device_code",
    "user_code",
    "subject_token",
    "subject_token_type",
    "actor_token",
    "requested_token_type",
    "token",
    "token_type_hint",
    "access_token",
    "id_token_hint",
    "post_logout_redirect_uri",
    "logout_hint",
    "decision",
];

const JSON_VALUES: [&str; 14] = [
    "null",
    "true",
    "-1",
    "1e400",
    "\"\"",
    "\"none\"",
    "\"private_key_jwt\"",
    "\"https://a.example/x\"",
    "\"http://127.0.0.1/\"",
    "[]",
    "[null]",
    "[\"implicit\"]",
    "{\"keys\":[{}]}",
    "\"\\u0000\\uD800\"",
];

/// Numbers that look drawn and are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % bound
    }

    fn one_of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }

    /// A form for the endpoints that programs ask, in which true secrets may stand at wrong places.
    fn form(&mut self, secrets: &[String]) -> String {
        let mut form = format!("grant_type={}", self.one_of(&GRANT_TYPES));
        for _ in 0..self.below(7) {
            let name = self.one_of(&FORM_NAMES);
            let value = match self.below(3) {
                0 => secrets[self.below(secrets.len())].as_str(),
                _ => self.one_of(&VALUES),
            };
            form.extend(["&", name, "=", value]);
        }
        form
    }

    /// Headers as a client would send them, and as none should.
    fn headers(&mut self, secrets: &[String]) -> HeaderMap {
        let mut headers = match self.below(4) {
            0 => HeaderMap::new(),
            1 => authorization_header(&format!("Bearer {}", secrets[self.below(secrets.len())])),
            2 => authorization_header(self.one_of(&[
                "Basic",
                "Basic !",
                "Bearer",
                "DPoP x",
                "bEaReR  a b",
                "Basic YXBw",
            ])),
            _ => basic("app", CLIENT_SECRET),
        };
        let kind = self.one_of(&[
            FORM,
            FORM,
            FORM,
            "application/json",
            "text/plain; charset=x",
            "multipart/form-data",
        ]);
        headers.insert(CONTENT_TYPE, kind.parse().expect("a header"));
        headers
    }

    /// What a client might say of itself, often nonsense.
    fn metadata(&mut self) -> String {
        if self.below(8) == 0 {
            return self
                .one_of(&["", "[]", "null", "{", "\"x\"", "{\"a\":1,\"a\":2}", "[[[[[[[[[[[[[[[["])
                .to_owned();
        }
        let mut members = vec!["\"redirect_uris\":[\"https://a.example/cb\"]".to_owned()];
        for _ in 0..self.below(6) {
            let member = self.one_of(&guichet::config::CLIENT_MEMBERS);
            members.push(format!("\"{member}\":{}", self.one_of(&JSON_VALUES)));
        }
        format!("{{{}}}", members.join(","))
    }

    fn soup(&mut self) -> String {
        // Often sound up to here, so that what follows is looked at.
        let mut soup = match self.below(3) {
            0 => String::new(),
            _ => format!(
                "client_id=app&redirect_uri=https%3A%2F%2Fapp.example%2Fcallback&response_type=code&scope=openid\
                 &code_challenge={}&code_challenge_method=S256",
                challenge("x")
            ),
        };
        for _ in 0..self.below(6) {
            let (name, value) = (NAMES[self.below(NAMES.len())], VALUES[self.below(VALUES.len())]);
            soup.extend(["&", name, "=", value]);
        }
        soup
    }
}

on_both_engines! {
    async fn no_soup_of_parameters_is_a_fault_of_ours(app: App) {
        app.person(PERSON).await;
        let mut dice = Dice(20_270_115);
        let mut signed_in = app.browser();
        signed_in.sign_in(&app.client("app").authorization(&[]), PERSON).await;
        let (mut answered, mut pushed) = (0, 0);
        for _ in 0..SOUPS {
            let soup = dice.soup();
            for browser in [&mut app.browser(), &mut signed_in] {
                let page = browser.open(&format!("/authorize?{soup}")).await;
                assert!(!page.status.is_server_error(), "{soup}: {} {}", page.status, page.body);
                assert_eq!(page.header("cache-control"), "no-store", "{soup}");
                answered += u32::from(page.location().is_some_and(|location| location.contains("code=")));
            }
            let mut push = Request::post("/par").header(CONTENT_TYPE, "application/x-www-form-urlencoded");
            push.headers_mut().unwrap().extend(basic("app", CLIENT_SECRET));
            let (parts, body) = app.answer(push.body(soup.clone().into()).unwrap()).await.into_parts();
            assert!(!parts.status.is_server_error(), "{soup}: {}", parts.status);
            assert_eq!(parts.headers["cache-control"], "no-store", "{soup}");
            let json: serde_json::Value =
                serde_json::from_slice(&body.collect().await.unwrap().to_bytes()).expect("JSON");
            assert_ne!(json.get("error").is_some(), json.get("request_uri").is_some(), "{soup}: {json}");
            pushed += u32::from(parts.status == 201);
        }
        // Some of them are good.
        assert!(answered > 5 && pushed > 5, "{answered} codes, {pushed} pushed");
    }

    async fn no_soup_at_the_other_endpoints_is_a_fault_of_ours(app: App) {
        let app = app.restarted_with(|settings| {
            settings.registration.enabled = true;
            settings.registration.require_initial_access_token = false;
        }).await;
        let granted = grant(&app, "app", "openid offline_access").await;
        let secrets = [granted.access_token(), granted.refresh_token(), granted.id_token()];
        let mut dice = Dice(20_271_116);
        for _ in 0..SOUPS {
            let form = dice.form(&secrets);
            for path in ["/token", "/revoke", "/introspect", "/device_authorization", "/userinfo", "/logout", "/device"] {
                let mut request = Request::post(path).header("sec-fetch-site", "same-origin");
                request.headers_mut().unwrap().extend(dice.headers(&secrets));
                let (parts, _) = app.answer(request.body(form.clone().into()).unwrap()).await.into_parts();
                assert!(!parts.status.is_server_error(), "{path} {form}: {}", parts.status);
                let is_kept = parts.headers.get("cache-control").is_some_and(|value| value == "no-store");
                assert!(is_kept || parts.status.is_redirection() || parts.status == 405, "{path} {form}: {parts:?}");
            }
            let metadata = dice.metadata();
            let request = Request::post("/register").header(CONTENT_TYPE, "application/json");
            let (parts, _) = app.answer(request.body(metadata.clone().into()).unwrap()).await.into_parts();
            assert!(!parts.status.is_server_error(), "{metadata}: {}", parts.status);
        }
    }
}
