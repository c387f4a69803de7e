//! Keys and compact signatures, made by hand so that they can be made wrong.

use std::sync::{Arc, LazyLock};

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
    RsaKeyPair,
};
use aws_lc_rs::{digest, hmac};
use guichet::kit::encoding::base64url;
use serde_json::{Value, json};

/// A key with its id, and the algorithm that it signs with.
#[derive(Clone)]
pub struct Signer {
    pub kid: &'static str,
    pub alg: &'static str,
    key: Arc<Key>,
}

enum Key {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
}

static RSA: LazyLock<Arc<Key>> =
    LazyLock::new(|| Arc::new(Key::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).unwrap())));

impl Signer {
    pub fn rs256(kid: &'static str) -> Self {
        Self { kid, alg: "RS256", key: Arc::clone(&RSA) }
    }

    pub fn ps256(kid: &'static str) -> Self {
        Self { kid, alg: "PS256", key: Arc::clone(&RSA) }
    }

    pub fn es256(kid: &'static str) -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        Self { kid, alg: "ES256", key: Arc::new(Key::Ec(key)) }
    }

    pub fn eddsa(kid: &'static str) -> Self {
        Self { kid, alg: "EdDSA", key: Arc::new(Key::Ed(Ed25519KeyPair::generate().unwrap())) }
    }

    /// An ES256 key that somebody keeps in PKCS #8.
    pub fn held(kid: &'static str, pkcs8: &[u8]) -> Self {
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).unwrap();
        Self { kid, alg: "ES256", key: Arc::new(Key::Ec(key)) }
    }

    /// The public half in DER, as certificates hold it.
    pub fn public_der(&self) -> Vec<u8> {
        let der: PublicKeyX509Der<'_> = match &*self.key {
            Key::Rsa(key) => key.public_key().as_der().unwrap(),
            Key::Ec(key) => key.public_key().as_der().unwrap(),
            Key::Ed(key) => key.public_key().as_der().unwrap(),
        };
        der.as_ref().to_vec()
    }

    /// The public half, as a key set shows it.
    pub fn jwk(&self) -> Value {
        let mut jwk = match &*self.key {
            Key::Rsa(key) => json!({
                "kty": "RSA",
                "n": base64url(key.public_key().modulus().big_endian_without_leading_zero()),
                "e": base64url(key.public_key().exponent().big_endian_without_leading_zero()),
            }),
            Key::Ec(key) => {
                let point = key.public_key().as_ref();
                json!({"kty": "EC", "crv": "P-256", "x": base64url(&point[1..33]), "y": base64url(&point[33..])})
            }
            Key::Ed(key) => {
                json!({"kty": "OKP", "crv": "Ed25519", "x": base64url(key.public_key().as_ref())})
            }
        };
        jwk["kid"] = json!(self.kid);
        jwk["alg"] = json!(self.alg);
        jwk["use"] = json!("sig");
        jwk
    }

    pub fn header(&self) -> Value {
        json!({"alg": self.alg, "kid": self.kid, "typ": "JWT"})
    }

    pub fn sign(&self, claims: &Value) -> String {
        self.sign_under(&self.header(), claims)
    }

    /// Signs under any header, honest or not.
    pub fn sign_under(&self, header: &Value, claims: &Value) -> String {
        let signed = unsigned(header, claims);
        let signature = self.signature(signed.as_bytes());
        format!("{signed}.{}", base64url(&signature))
    }

    pub fn signature(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &*self.key {
            Key::Rsa(key) => {
                let scheme: &dyn aws_lc_rs::signature::RsaEncoding =
                    if self.alg == "PS256" { &RSA_PSS_SHA256 } else { &RSA_PKCS1_SHA256 };
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(scheme, &random, message, &mut signature).unwrap();
                signature
            }
            Key::Ec(key) => key.sign(&random, message).unwrap().as_ref().to_vec(),
            Key::Ed(key) => key.sign(message).as_ref().to_vec(),
        }
    }
}

/// Header and claims, ready to be signed.
pub fn unsigned(header: &Value, claims: &Value) -> String {
    format!("{}.{}", base64url(header.to_string().as_bytes()), base64url(claims.to_string().as_bytes()))
}

/// Signs with a shared secret.
pub fn sign_hs256(secret: &[u8], header: &Value, claims: &Value) -> String {
    sign_hmac(hmac::HMAC_SHA256, secret, header, claims)
}

/// The same with any hash.
pub fn sign_hmac(hash: hmac::Algorithm, secret: &[u8], header: &Value, claims: &Value) -> String {
    let signed = unsigned(header, claims);
    let tag = hmac::sign(&hmac::Key::new(hash, secret), signed.as_bytes());
    format!("{signed}.{}", base64url(tag.as_ref()))
}

/// The left half of a token's hash (`OpenID` Connect Core §3.1.3.6).
pub fn left_half_hash(token: &str) -> String {
    base64url(&digest::digest(&digest::SHA256, token.as_bytes()).as_ref()[..16])
}

/// The S256 challenge of a code verifier (RFC 7636 §4.2).
pub fn challenge_of(code_verifier: &str) -> String {
    base64url(digest::digest(&digest::SHA256, code_verifier.as_bytes()).as_ref())
}
