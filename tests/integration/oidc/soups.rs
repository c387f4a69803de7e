//! Random soups of parameters: whatever is asked, nothing of ours breaks.

use http::Request;
use http::header::CONTENT_TYPE;
use http_body_util::BodyExt;

use super::{PERSON, basic};
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

/// Numbers that look drawn and are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % bound
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
}
