//! What applications send: requests for codes, tokens, what they sign, what they register.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use axum::body::Body;
use data_encoding::BASE64URL_NOPAD;
use http::Request;
use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HeaderValue};
use serde_json::{Value, json};

use super::house::{Answer, House, ISSUER, SIGNING_CLIENT};

const FORM: &str = "application/x-www-form-urlencoded";
/// What the time is at the house.
const NOW: f64 = 1_800_000_000.0;
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The key of a client, which signs whatever it is given.
pub struct Key(EcdsaKeyPair);

impl Key {
    pub fn new() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key"))
    }

    /// Its public half, as its client registers it.
    pub fn set(&self) -> Value {
        let (x, y) = self.0.public_key().as_ref()[1..].split_at(32);
        let (x, y) = (BASE64URL_NOPAD.encode(x), BASE64URL_NOPAD.encode(y));
        json!({ "keys": [{ "kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": "fuzz", "use": "sig" }] })
    }

    fn sign(&self, header: &[u8], claims: &[u8]) -> String {
        let body = format!("{}.{}", BASE64URL_NOPAD.encode(header), BASE64URL_NOPAD.encode(claims));
        let signature = self.0.sign(&SystemRandom::new(), body.as_bytes()).expect("a signature");
        format!("{body}.{}", BASE64URL_NOPAD.encode(signature.as_ref()))
    }
}

/// A request for a code, sent by the browser of nobody, then of somebody who is signed in: it leads to a page, or back to
/// an address that the client registered.
pub fn authorization(input: &[u8]) {
    House::visit(|house| {
        for cookies in ["", house.cookies.as_str()] {
            let request = Request::post("/authorize")
                .header(CONTENT_TYPE, FORM)
                .header("sec-fetch-site", "same-origin")
                .header(COOKIE, cookies);
            let answer = house.ask(request.body(Body::from(input.to_vec())).expect("a request"));
            assert_eq!(answer.header("cache-control"), "no-store");
            if let Some(location) = answer.location().filter(|location| !location.starts_with('/')) {
                let query = location.split_once('?').map_or("", |(_, query)| query);
                let said: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
                let count = |name: &str| said.iter().filter(|(known, _)| known == name).count();
                assert_eq!((count("iss"), count("code") + count("error")), (1, 1), "{location}");
                assert!(count("state") <= 1, "{location}");
            }
        }
    });
}

/// A form at each endpoint for programs, under any `Authorization`: JSON, kept by no cache, and a secret that is wrong opens
/// nothing.
///
/// The first line is the header, the rest the form.
pub fn token(input: &[u8]) {
    let [header, form] = super::lines(input);
    House::visit(|house| {
        for path in ["/token", "/par", "/introspect", "/revoke", "/device_authorization", "/userinfo"] {
            let mut request = Request::post(path).header(CONTENT_TYPE, FORM);
            let header = HeaderValue::from_bytes(header).ok().filter(|value| !value.is_empty());
            let is_authorized = header.is_some();
            if let Some(header) = header {
                request = request.header(AUTHORIZATION, header);
            }
            let request = request.body(Body::from(form.to_vec())).expect("a request");
            // Devices are slowed down, in these words.
            let is_slow = path == "/device_authorization";
            let answer = if is_slow { house.ask_too_often(request) } else { house.ask(request) };
            assert_eq!(answer.header("cache-control"), "no-store", "{path}");
            if answer.status == 401 && is_authorized {
                assert!(!answer.header("www-authenticate").is_empty(), "{path}");
            }
            assert_is_oauth(path, &answer);
        }
    });
}

fn assert_is_oauth(path: &str, answer: &Answer) {
    if answer.status.is_success() && answer.body.is_empty() {
        assert_eq!(path, "/revoke");
        return;
    }
    if answer.header("content-type").starts_with("application/json") {
        let json = answer.json();
        assert!(
            json.is_object() && answer.status.is_success() == json.get("error").is_none(),
            "{path}: {json}"
        );
    }
}

/// What a client signed: an assertion, then a request object; one that is taken says all that it must.
///
/// The first line is the JWT's header, the rest its claims.
pub fn signed(input: &[u8]) {
    let [header, claims] = super::lines(input);
    House::visit(|house| {
        let jwt = house.key.sign(header, claims);
        let assertion = [
            ("grant_type", "refresh_token"),
            ("refresh_token", "x"),
            ("client_assertion_type", ASSERTION_TYPE),
            ("client_assertion", jwt.as_str()),
        ];
        let answer = post(house, "/token", &assertion);
        // Whoever gets as far as to be told of the token has proved who they are.
        if answer.json()["error"] == "invalid_grant" {
            let claims: Value = serde_json::from_slice(claims).expect("what was taken is JSON");
            assert_eq!((&claims["iss"], &claims["sub"]), (&json!(SIGNING_CLIENT), &json!(SIGNING_CLIENT)));
            assert_eq!(claims["aud"], ISSUER);
            let exp = claims["exp"].as_f64().expect("a number");
            assert!((NOW..NOW + 61.0 * 60.0 + 1.0).contains(&exp), "{exp}");
            assert!(claims["jti"].as_str().is_some_and(|id| !id.is_empty()));
        }
        let object = [("client_id", SIGNING_CLIENT), ("request", jwt.as_str())];
        let page = post(house, "/authorize", &object);
        assert_eq!(page.header("cache-control"), "no-store");
    });
}

fn post(house: &House, path: &str, form: &[(&str, &str)]) -> Answer {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let request = Request::post(path).header(CONTENT_TYPE, FORM).header("sec-fetch-site", "same-origin");
    house.ask(request.body(Body::from(body)).expect("a request"))
}

/// What an application says of itself: it is registered, or told in the words of RFC 7591 why not.
pub fn registration(input: &[u8]) {
    // Such a document would be looked for on the network.
    if String::from_utf8_lossy(input).contains("sector") || input.windows(2).any(|pair| pair == b"\\u") {
        return;
    }
    House::visit(|house| {
        let request = Request::post("/register").header(CONTENT_TYPE, "application/json");
        let request = request.body(Body::from(input.to_vec())).expect("a request");
        let answer = house.ask_too_often(request);
        assert_eq!(answer.header("cache-control"), "no-store");
        let json = answer.json();
        match answer.status.as_u16() {
            201 => assert!(json["client_id"].is_string() && json.get("first_party").is_none(), "{json}"),
            // Registrations without a token are slowed down.
            503 => assert_eq!(json["error"], "temporarily_unavailable"),
            _ => assert!(json["error"].is_string(), "{json}"),
        }
    });
}
