//! Clients that prove themselves with a key of their own (RFC 7523, Core §9).

use data_encoding::BASE64URL_NOPAD;
use futures_util::future::join_all;
use guichet::config::{ClientKeys, SigningAlgorithm, TokenEndpointAuthMethod};
use guichet::server::janitor::Matter;
use http::HeaderMap;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use super::{basic, refusal};
use crate::on_both_engines;
use crate::support::app::{CLIENT_SECRET, ISSUER, START};
use crate::support::client::Answer;
use crate::support::{App, Signer};

/// The type of every assertion.
pub const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The status and the code of an answer.
type Refusal = (u16, String);
/// What is sent beside, or instead.
type Form = &'static [(&'static str, &'static str)];

/// The installation, with these clients proving themselves by keys.
pub async fn with_keys(app: &App, clients: &[(&str, ClientKeys)]) -> App {
    app.restarted_with(|settings| {
        crate::support::site::reach(settings);
        for (id, keys) in clients {
            let client = settings.clients.iter_mut().find(|client| client.client_id == *id).unwrap();
            client.token_endpoint_auth_method = TokenEndpointAuthMethod::PrivateKeyJwt;
            client.client_secret = None;
            client.keys = keys.clone();
        }
    })
    .await
}

/// The claims of an assertion of a client, at a moment, with some replaced; `null` leaves one out.
pub fn claims_at(now: i64, client: &str, id: &str, replaced: &[(&str, Value)]) -> Value {
    let mut claims =
        json!({ "iss": client, "sub": client, "aud": ISSUER, "exp": now + 60, "iat": now, "jti": id });
    for (name, value) in replaced {
        claims[*name] = value.clone();
    }
    let members = claims.as_object().unwrap().clone();
    members.into_iter().filter(|(_, value)| !value.is_null()).collect()
}

fn claims(id: &str, replaced: &[(&str, Value)]) -> Value {
    claims_at(START, "app", id, replaced)
}

/// Asks the token endpoint for something that no client gets, with an assertion and more.
pub async fn ask(app: &App, headers: HeaderMap, assertion: &str, more: &[(&str, &str)]) -> Answer {
    let mut form = vec![
        ("grant_type", "refresh_token"),
        ("refresh_token", "x"),
        ("client_assertion_type", ASSERTION_TYPE),
        ("client_assertion", assertion),
    ];
    for (name, value) in more {
        form.retain(|(known, _)| known != name);
        form.push((name, value));
    }
    app.client("post").token_raw(headers, &form).await
}

/// What whoever proved itself is told of its refresh token, which is none.
pub fn proved() -> (u16, String) {
    (400, "invalid_grant".to_owned())
}

fn unproved() -> (u16, String) {
    (401, "invalid_client".to_owned())
}

async fn outcome(app: &App, assertion: &str) -> (u16, String) {
    refusal(&ask(app, HeaderMap::new(), assertion, &[]).await)
}

on_both_engines! {
    async fn an_assertion_proves_a_client(app: App) {
        let signer = Signer::new("one");
        let app = with_keys(&app, &[("app", ClientKeys::Inline(signer.set()))]).await;
        let typed = |typ: Option<&str>| Header { typ: typ.map(str::to_owned), ..signer.header() };
        let plain = |id: &str, replaced: &[(&str, Value)]| signer.sign(&claims(id, replaced));
        let cases = [
            ("plain", plain("1", &[])),
            ("without a type", signer.sign_with(&typed(None), &claims("2", &[]))),
            ("of the new type", signer.sign_with(&typed(Some("client-authentication+jwt")), &claims("3", &[]))),
            ("without a key's name", signer.sign_with(&Header::new(Algorithm::ES256), &claims("4", &[]))),
            ("a clock ahead", plain("5", &[("iat", (START + 10).into()), ("nbf", (START + 10).into())])),
            ("an hour", plain("6", &[("exp", (START + 3600).into())])),
            ("the longest", plain("6b", &[("exp", (START + 3660).into())])),
            ("decimals", plain("7", &[("exp", json!(f64::from(1_800_000_059) + 0.5))])),
            ("without iat", plain("8", &[("iat", Value::Null)])),
            ("more claims", plain("9", &[("foo", json!({ "bar": [1] }))])),
        ];
        for (case, assertion) in cases {
            assert_eq!(outcome(&app, &assertion).await, proved(), "{case}");
        }
        let with_id = ask(&app, HeaderMap::new(), &plain("10", &[]), &[("client_id", "app")]).await;
        assert_eq!(refusal(&with_id), proved());
    }

    async fn an_assertion_that_is_wrong_in_anything_proves_nobody(app: App) {
        let (signer, other) = (Signer::new("one"), Signer::new("one"));
        let app = with_keys(&app, &[
            ("app", ClientKeys::Inline(signer.set())),
            ("third", ClientKeys::Inline(other.set())),
        ]).await;
        // The same `jti` throughout: nothing that is refused burns it.
        let with = |replaced: &[(&str, Value)]| signer.sign(&claims("the-id", replaced));
        let good = claims("the-id", &[]);
        let header = signer.header();
        let text = |text: &str| Value::from(text);
        let own_jwk = serde_json::from_value(other.jwk.clone()).unwrap();
        let x = BASE64URL_NOPAD.decode(signer.jwk["x"].as_str().unwrap().as_bytes()).unwrap();
        let hmac = |secret: &[u8]| {
            let header = Header { kid: Some("one".to_owned()), ..Header::new(Algorithm::HS256) };
            jsonwebtoken::encode(&header, &good, &EncodingKey::from_secret(secret)).unwrap()
        };
        let encoded = |json: &Value| BASE64URL_NOPAD.encode(json.to_string().as_bytes());
        let unsigned = format!("{}.{}.", encoded(&json!({ "alg": "none" })), encoded(&good));
        let right = signer.sign(&good);
        let (message, signature) = right.rsplit_once('.').unwrap();
        let cases = [
            ("another's key", other.sign(&good)),
            ("a key of its own", other.sign_with(&Header { jwk: Some(own_jwk), ..header.clone() }, &good)),
            ("an unknown key", signer.sign_with(&Header { kid: Some("two".to_owned()), ..header.clone() }, &good)),
            ("critical", signer.sign_with(&Header { crit: Some(vec!["exp".to_owned()]), ..header.clone() }, &good)),
            ("an access token", signer.sign_with(&Header { typ: Some("at+jwt".to_owned()), ..header.clone() }, &good)),
            ("a request", signer.sign_with(&Header { typ: Some("oauth-authz-req+jwt".to_owned()), ..header }, &good)),
            ("unsigned", unsigned),
            ("a public key for a secret", hmac(&x)),
            ("the set for a secret", hmac(signer.set().to_string().as_bytes())),
            ("an empty secret", hmac(b"")),
            ("no signature", format!("{message}.")),
            ("a cut signature", format!("{message}.{}", &signature[..signature.len() - 4])),
            ("other claims", format!("{}.{}.{signature}", message.split_once('.').unwrap().0, encoded(&claims("2", &[])))),
            ("rubbish", "x".to_owned()),
            ("dots", "..".to_owned()),
            ("five parts", format!("{right}.x.x")),
            ("another iss", with(&[("iss", text("third"))])),
            ("another sub", with(&[("sub", text("third"))])),
            ("another's", with(&[("iss", text("third")), ("sub", text("third"))])),
            ("no iss", with(&[("iss", Value::Null)])),
            ("the token endpoint", with(&[("aud", text(&format!("{ISSUER}/token")))])),
            ("a slash more", with(&[("aud", text(&format!("{ISSUER}/")))])),
            ("several audiences", with(&[("aud", json!([ISSUER, "https://evil.example"]))])),
            ("a list", with(&[("aud", json!([ISSUER]))])),
            ("itself", with(&[("aud", text("app"))])),
            ("no aud", with(&[("aud", Value::Null)])),
            ("no exp", with(&[("exp", Value::Null)])),
            ("exp in text", with(&[("exp", text(&(START + 60).to_string()))])),
            ("expired", with(&[("exp", START.into())])),
            ("long ago", with(&[("exp", 0.into())])),
            ("for ever", with(&[("exp", i64::MAX.into())])),
            ("a second longer than the longest", with(&[("exp", (START + 3661).into())])),
            ("for two hours", with(&[("exp", (START + 7200).into())])),
            ("issued later", with(&[("iat", (START + 61).into())])),
            ("not yet", with(&[("nbf", (START + 61).into())])),
            ("iat in text", with(&[("iat", text("now"))])),
            ("no jti", with(&[("jti", Value::Null)])),
            ("an empty jti", with(&[("jti", text(""))])),
            ("a long jti", with(&[("jti", text(&"x".repeat(256)))])),
            ("a number for jti", with(&[("jti", 1.into())])),
        ];
        for (case, assertion) in cases {
            let answer = ask(&app, HeaderMap::new(), &assertion, &[]).await;
            assert_eq!(refusal(&answer), unproved(), "{case}");
            assert!(answer.headers.get("www-authenticate").is_none(), "{case}");
            assert_eq!(answer.headers["cache-control"], "no-store", "{case}");
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM used_assertion").await, 0);
        assert_eq!(outcome(&app, &right).await, proved());
    }

    async fn an_assertion_counts_once_on_all_nodes(app: App) {
        let (signer, other) = (Signer::new("one"), Signer::new("two"));
        let app = with_keys(&app, &[
            ("app", ClientKeys::Inline(signer.set())),
            ("third", ClientKeys::Inline(other.set())),
        ]).await;
        let another = app.another_node().await;
        let assertion = signer.sign(&claims("id", &[]));
        assert_eq!(outcome(&app, &assertion).await, proved());
        assert_eq!(outcome(&app, &assertion).await, unproved());
        assert_eq!(outcome(&another, &assertion).await, unproved());
        // Whatever else it says, the id is used up; another client's ids are its own.
        assert_eq!(outcome(&app, &signer.sign(&claims("id", &[("exp", (START + 90).into())]))).await, unproved());
        assert_eq!(outcome(&app, &other.sign(&claims_at(START, "third", "id", &[]))).await, (400, "unauthorized_client".to_owned()));

        let assertion = signer.sign(&claims("many", &[]));
        let nodes = [&app, &another];
        let outcomes = join_all((0..12).map(|number| outcome(nodes[number % 2], &assertion))).await;
        assert_eq!(outcomes.iter().filter(|outcome| **outcome == proved()).count(), 1, "{outcomes:?}");

        // What has expired is refused for that, and need not be known any more.
        assert_eq!(app.janitor.sweep().await.unwrap().of(Matter::Assertions), 0);
        app.wait(400);
        assert_eq!(app.janitor.sweep().await.unwrap().of(Matter::Assertions), 3);
        assert_eq!(outcome(&app, &assertion).await, unproved());
    }

    async fn a_client_proves_itself_in_one_way_alone_the_registered_one(app: App) {
        let signer = Signer::new("one");
        let app = with_keys(&app, &[("app", ClientKeys::Inline(signer.set()))]).await;
        let mut number = 0;
        let mut fresh = || {
            number += 1;
            signer.sign(&claims(&number.to_string(), &[]))
        };
        let invalid_request = (400, "invalid_request".to_owned());
        let cases: [(&str, HeaderMap, Form, Refusal); 8] = [
            ("a header too", basic("app", CLIENT_SECRET), &[], invalid_request.clone()),
            ("another's header too", basic("third", CLIENT_SECRET), &[], invalid_request.clone()),
            ("a secret too", HeaderMap::new(), &[("client_secret", CLIENT_SECRET)], invalid_request.clone()),
            ("another id", HeaderMap::new(), &[("client_id", "post")], invalid_request.clone()),
            ("no type", HeaderMap::new(), &[("client_assertion_type", "")], invalid_request.clone()),
            ("no assertion", HeaderMap::new(), &[("client_assertion", "")], invalid_request.clone()),
            ("another type", HeaderMap::new(), &[("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer")], unproved()),
            ("nothing wrong", HeaderMap::new(), &[], proved()),
        ];
        for (case, headers, more, expected) in cases {
            assert_eq!(refusal(&ask(&app, headers, &fresh(), more).await), expected, "{case}");
        }
        // Without an assertion it is nobody; with one, a client of another method is not believed.
        let form = [("grant_type", "refresh_token"), ("refresh_token", "x")];
        let client = app.client("post");
        assert_eq!(refusal(&client.token_raw(basic("app", CLIENT_SECRET), &form).await), unproved());
        let alone = [&form[..], &[("client_id", "app")]].concat();
        assert_eq!(refusal(&client.token_raw(HeaderMap::new(), &alone).await), unproved());
        for id in ["third", "post", "native", "nobody", ""] {
            let assertion = signer.sign(&claims_at(START, id, "x", &[]));
            assert_eq!(outcome(&app, &assertion).await, unproved(), "{id}");
        }
    }

    async fn the_registered_algorithm_is_the_only_one(app: App) {
        let signer = Signer::new("one");
        let keyed = with_keys(&app, &[("app", ClientKeys::Inline(signer.set()))]).await;
        for (algorithm, expected) in [(SigningAlgorithm::Rs256, unproved()), (SigningAlgorithm::Es256, proved())] {
            let app = keyed.restarted_with(|settings| {
                settings.clients[0].token_endpoint_auth_signing_alg = Some(algorithm);
            }).await;
            assert_eq!(outcome(&app, &signer.sign(&claims("id", &[]))).await, expected, "{algorithm:?}");
        }
    }

    async fn only_keys_for_signatures_of_their_algorithm_count(app: App) {
        let signer = Signer::new("one");
        let altered = |name: &str, value: Value| {
            let mut key = signer.jwk.clone();
            key[name] = value;
            json!({ "keys": [{ "kty": "future", "kid": "one" }, key] })
        };
        let cases = [
            (altered("use", json!("enc")), unproved()),
            (altered("alg", json!("ES384")), unproved()),
            (altered("alg", json!("RS256")), unproved()),
            (altered("key_ops", json!(["sign"])), unproved()),
            (altered("alg", json!("ES256")), proved()),
            (altered("key_ops", json!(["verify"])), proved()),
        ];
        for (number, (set, expected)) in cases.into_iter().enumerate() {
            let app = with_keys(&app, &[("app", ClientKeys::Inline(set.clone()))]).await;
            let assertion = signer.sign(&claims(&number.to_string(), &[]));
            assert_eq!(outcome(&app, &assertion).await, expected, "{set}");
        }
    }
}

#[tokio::test]
async fn discovery_tells_the_methods_and_algorithms() {
    let app = App::start(None).await;
    let request = http::Request::get("/.well-known/openid-configuration").body(String::new().into()).unwrap();
    let json = app.client("app").ask(request).await.json;
    let methods = json["token_endpoint_auth_methods_supported"].as_array().unwrap();
    assert!(methods.contains(&json!("private_key_jwt")), "{methods:?}");
    let algorithms = json["token_endpoint_auth_signing_alg_values_supported"].as_array().unwrap();
    assert!(algorithms.contains(&json!("ES256")) && !algorithms.contains(&json!("HS256")), "{algorithms:?}");
    assert!(json.get("registration_endpoint").is_none());
}
