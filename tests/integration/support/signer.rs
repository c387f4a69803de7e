//! A key of a client, and what it signs.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

/// An ES256 key.
pub struct Signer {
    pub kid: String,
    /// Its public half.
    pub jwk: Value,
    key: EncodingKey,
}

impl Signer {
    pub fn new(kid: &str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
        let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
        let (x, y) = (BASE64URL_NOPAD.encode(x), BASE64URL_NOPAD.encode(y));
        let jwk = json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": kid, "use": "sig" });
        let der = pair.to_pkcs8v1().expect("PKCS#8");
        Self { kid: kid.to_owned(), jwk, key: EncodingKey::from_ec_der(der.as_ref()) }
    }

    /// A set of this key alone.
    pub fn set(&self) -> Value {
        json!({ "keys": [self.jwk] })
    }

    /// The header that it signs with.
    pub fn header(&self) -> Header {
        Header { kid: Some(self.kid.clone()), ..Header::new(Algorithm::ES256) }
    }

    /// A JWT.
    pub fn sign(&self, claims: &Value) -> String {
        self.sign_with(&self.header(), claims)
    }

    /// A JWT with another header.
    pub fn sign_with(&self, header: &Header, claims: &Value) -> String {
        jsonwebtoken::encode(header, claims, &self.key).expect("a JWT")
    }
}
