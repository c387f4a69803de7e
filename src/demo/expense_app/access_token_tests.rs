//! Hand-made access tokens, each wrong in one way.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::{Value, json};

use crate::kit::encoding::base64url;

use super::*;

const ISSUER: &str = "https://id.example";
const RESOURCE: &str = "https://frais.example/api";

/// A key of the provider's: what signs, and what is published.
struct Pair {
    signing: EncodingKey,
    published: Value,
    algorithm: Algorithm,
}

fn elliptic(id: &str) -> Pair {
    let document =
        EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref()).unwrap();
    let point = pair.public_key().as_ref();
    Pair {
        signing: EncodingKey::from_ec_der(document.as_ref()),
        published: json!({
            "kty": "EC", "crv": "P-256", "kid": id, "use": "sig", "alg": "ES256",
            "x": base64url(&point[1..33]), "y": base64url(&point[33..]),
        }),
        algorithm: Algorithm::ES256,
    }
}

fn rivest(id: &str) -> Pair {
    let pair = rsa::KeyPair::generate(rsa::KeySize::Rsa2048).unwrap();
    let pkcs8 = AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&pair).unwrap();
    // The inner PKCS#1 key follows the fixed head of a 2048-bit PKCS#8 document.
    let pkcs1 = &pkcs8.as_ref()[26..];
    let public = pair.public_key();
    Pair {
        signing: EncodingKey::from_rsa_der(pkcs1),
        published: json!({
            "kty": "RSA", "kid": id, "use": "sig",
            "n": base64url(public.modulus().big_endian_without_leading_zero()),
            "e": base64url(public.exponent().big_endian_without_leading_zero()),
        }),
        algorithm: Algorithm::RS256,
    }
}

impl Pair {
    fn header(&self) -> Header {
        let mut header = Header::new(self.algorithm);
        header.typ = Some("at+jwt".to_owned());
        header.kid = self.published["kid"].as_str().map(str::to_owned);
        header
    }

    fn sign(&self, claims: &Value) -> String {
        encode(&self.header(), claims, &self.signing).unwrap()
    }

    fn key(&self) -> Arc<VerifyingKey> {
        read_keys(json!({"keys": [self.published]}).to_string().as_bytes()).unwrap().pop().unwrap()
    }

    fn check(&self, token: &str) -> Result<Bearer, TokenRefusal> {
        key_id_of(token, "at+jwt")?;
        check(token, &self.key(), ISSUER, RESOURCE)
    }
}

fn now() -> u64 {
    jsonwebtoken::get_current_timestamp()
}

fn good_claims() -> Value {
    json!({
        "iss": ISSUER, "aud": RESOURCE, "sub": "s-1", "client_id": "frais", "scope": "openid imagin",
        "exp": now() + 300, "iat": now(), "jti": "t-1",
    })
}

fn with(claim: &str, value: Value) -> Value {
    let mut claims = good_claims();
    claims[claim] = value;
    claims
}

fn without(claim: &str) -> Value {
    let mut claims = good_claims();
    claims.as_object_mut().unwrap().remove(claim);
    claims
}

#[test]
fn a_good_token_opens_its_persons_data() {
    for pair in [elliptic("k"), rivest("k")] {
        let bearer = pair.check(&pair.sign(&good_claims())).unwrap();
        assert_eq!(bearer.subject().as_str(), "s-1");
    }
    let pair = elliptic("k");
    let several = with("aud", json!([RESOURCE, "https://other.example"]));
    assert!(pair.check(&pair.sign(&several)).is_ok());
}

#[test]
fn a_token_with_one_wrong_claim_opens_nothing() {
    let pair = elliptic("k");
    let wrong = [
        with("iss", json!("https://id.example/")),
        with("iss", json!([ISSUER, "https://evil.example"])),
        with("aud", json!("https://other.example")),
        with("aud", json!([])),
        with("exp", json!(now() - 60)),
        with("exp", json!((now() + 300).to_string())),
        with("exp", json!(null)),
        with("nbf", json!(now() + 300)),
        with("nbf", json!("soon")),
        with("sub", json!(7)),
    ];
    for claims in
        wrong.into_iter().chain(["iss", "aud", "exp", "sub", "client_id", "iat", "jti"].map(without))
    {
        let refusal = pair.check(&pair.sign(&claims));
        assert!(matches!(refusal, Err(TokenRefusal::Unacceptable(_))), "{claims}: {refusal:?}");
    }
}

#[test]
fn a_token_without_the_scope_is_told_so() {
    let pair = elliptic("k");
    for claims in [without("scope"), with("scope", json!("openid imagine")), with("scope", json!(""))] {
        let refusal = pair.check(&pair.sign(&claims));
        assert!(matches!(refusal, Err(TokenRefusal::ScopeMissing)), "{claims}");
    }
}

#[test]
fn only_the_access_token_type_is_taken() {
    let pair = elliptic("k");
    let typed = |kind: Option<&str>| {
        let mut header = pair.header();
        header.typ = kind.map(str::to_owned);
        encode(&header, &good_claims(), &pair.signing).unwrap()
    };
    for kind in [Some("JWT"), Some("logout+jwt"), Some("at+jwtx"), Some(""), None] {
        assert!(matches!(pair.check(&typed(kind)), Err(TokenRefusal::AnotherType)), "{kind:?}");
    }
    for kind in ["at+jwt", "AT+JWT", "application/at+jwt"] {
        assert!(pair.check(&typed(Some(kind))).is_ok(), "{kind}");
    }
}

#[test]
fn critical_headers_are_refused() {
    let pair = elliptic("k");
    let mut header = pair.header();
    header.crit = Some(vec!["exp".to_owned()]);
    let token = encode(&header, &good_claims(), &pair.signing).unwrap();
    assert!(matches!(pair.check(&token), Err(TokenRefusal::CriticalHeaders)));
}

#[test]
fn the_key_decides_the_algorithm() {
    let pair = elliptic("k");
    let x = pair.published["x"].as_str().unwrap().to_owned();
    let mut header = pair.header();
    header.alg = Algorithm::HS256;
    let hmac = encode(&header, &good_claims(), &EncodingKey::from_secret(x.as_bytes())).unwrap();
    assert!(matches!(pair.check(&hmac), Err(TokenRefusal::Unacceptable(_))));
    let other_family = rivest("k");
    let refusal = pair.check(&other_family.sign(&good_claims()));
    assert!(matches!(refusal, Err(TokenRefusal::Unacceptable(_))));
    let part = |value: Value| base64url(value.to_string().as_bytes());
    let unsigned =
        format!("{}.{}.", part(json!({"alg": "none", "typ": "at+jwt", "kid": "k"})), part(good_claims()));
    assert!(matches!(pair.check(&unsigned), Err(TokenRefusal::NoJwt)));
}

#[test]
fn a_token_signed_by_another_key_or_changed_afterwards_is_refused() {
    let pair = elliptic("k");
    let foreign = elliptic("k").sign(&good_claims());
    assert!(matches!(pair.check(&foreign), Err(TokenRefusal::Unacceptable(_))));
    let token = pair.sign(&good_claims());
    let mut parts: Vec<_> = token.split('.').map(str::to_owned).collect();
    parts[1] = base64url(with("sub", json!("s-2")).to_string().as_bytes());
    assert!(matches!(pair.check(&parts.join(".")), Err(TokenRefusal::Unacceptable(_))));
}

#[test]
fn what_is_no_jwt_is_refused() {
    let pair = elliptic("k");
    let token = pair.sign(&good_claims());
    let endless = format!("{token}{}", "a".repeat(LONGEST_TOKEN));
    for wrong in
        ["", ".", "..", "a.b.c", &token[..token.rfind('.').unwrap()], &format!("{token}.x"), &endless]
    {
        assert!(matches!(pair.check(wrong), Err(TokenRefusal::NoJwt)), "{wrong}");
    }
    let mut nameless = pair.header();
    nameless.kid = None;
    let nameless = encode(&nameless, &good_claims(), &pair.signing).unwrap();
    assert!(matches!(pair.check(&nameless), Err(TokenRefusal::UnknownKey)));
}

#[test]
fn only_signing_keys_of_the_two_algorithms_are_read() {
    let changed = |pair: &Pair, member: &str, value: Value| {
        let mut key = pair.published.clone();
        key[member] = value;
        key
    };
    let (curve, modulus) = (elliptic("e"), rivest("r"));
    let document = json!({"keys": [
        curve.published,
        changed(&curve, "use", json!("enc")),
        changed(&curve, "alg", json!("ES384")),
        changed(&curve, "crv", json!("P-384")),
        changed(&curve, "kid", json!(null)),
        modulus.published,
        changed(&modulus, "alg", json!("RS512")),
        changed(&modulus, "n", json!("AQAB")),
        {"kty": "oct", "kid": "o", "k": "c2VjcmV0"},
        {"kty": "something new", "kid": "n"},
        "not even an object",
    ]});
    let keys = read_keys(document.to_string().as_bytes()).unwrap();
    assert_eq!(keys.iter().map(|key| key.id.as_str()).collect::<Vec<_>>(), ["e", "r"]);
    assert!(read_keys(b"<html>").is_none());
}
