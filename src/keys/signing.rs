//! The keys that sign tokens: made once, sealed at rest, parsed once, published as a JWK set.

use std::collections::HashMap;
use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use jsonwebtoken::crypto::JwtSigner;
use jsonwebtoken::jwk::{Jwk, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::signature::{Error as SignatureError, Signer};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::master::{MasterKey, Purpose, Sealer};
use super::store::{self, StoredKey};
use crate::config::SigningAlgorithm;
use crate::database::Database;
use crate::kit::clock::Clock;
use crate::kit::encoding::base64url;
use crate::kit::random::Rng;

/// What a token is, said in its header, so that one kind is never taken for another (RFC 8725 §3.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenType {
    /// An ID token.
    IdToken,
    /// An access token (RFC 9068 §2.1).
    AccessToken,
    /// A logout token (Back-Channel Logout §2.4).
    LogoutToken,
}

impl TokenType {
    const fn header(self) -> &'static str {
        match self {
            Self::IdToken => "JWT",
            Self::AccessToken => "at+jwt",
            Self::LogoutToken => "logout+jwt",
        }
    }
}

/// Why the keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The stored keys were sealed by another master key.
    #[error(
        "the stored signing keys cannot be opened: this is not the master key that sealed them; restore the right one (keys.master_key)"
    )]
    WrongMasterKey,
    /// A key could not be made or read.
    #[error("a signing key is unusable")]
    Unusable,
    /// The database failed.
    #[error("the signing keys cannot be read: {0}")]
    Database(#[from] sqlx::Error),
}

/// Why a token was not accepted as one of ours.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// It is no JWT, or not of the type expected.
    #[error("not a token of this type")]
    WrongType,
    /// No key of ours has this id and algorithm.
    #[error("signed with an unknown key")]
    UnknownKey,
    /// The signature or a claim does not hold.
    #[error("refused: {0}")]
    Refused(#[source] jsonwebtoken::errors::Error),
}

/// The signing keys of an installation.
#[derive(Clone)]
pub struct SigningKeys(Arc<Inner>);

struct Inner {
    current: HashMap<SigningAlgorithm, SigningKey>,
    by_kid: HashMap<String, (Algorithm, DecodingKey)>,
    jwks: serde_json::Value,
}

struct SigningKey {
    kid: String,
    held: HeldKey,
}

/// A parsed private key. `jsonwebtoken::encode` would parse it again for each token.
enum HeldKey {
    Es256(EcdsaKeyPair),
    Rs256(RsaKeyPair),
}

impl Signer<Vec<u8>> for HeldKey {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, SignatureError> {
        let random = aws_lc_rs::rand::SystemRandom::new();
        match self {
            Self::Es256(pair) => {
                let signature = pair.sign(&random, message).map_err(SignatureError::from_source)?;
                Ok(signature.as_ref().to_vec())
            }
            Self::Rs256(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .map_err(SignatureError::from_source)?;
                Ok(signature)
            }
        }
    }
}

impl JwtSigner for HeldKey {
    fn algorithm(&self) -> Algorithm {
        match self {
            Self::Es256(_) => Algorithm::ES256,
            Self::Rs256(_) => Algorithm::RS256,
        }
    }
}

impl SigningKeys {
    /// Reads the keys, making those that are missing; nodes that start together agree on one each.
    pub async fn load(
        database: &Database,
        master: &MasterKey,
        clock: &Clock,
        rng: &Rng,
    ) -> Result<Self, KeyError> {
        let sealer = master.sealer(Purpose::SigningKeys);
        let mut stored = store::all(&mut *database.read().await?).await?;
        let missing = |algorithm: &SigningAlgorithm| stored.iter().all(|key| key.algorithm != *algorithm);
        let to_make: Vec<_> = SigningAlgorithm::ALL.into_iter().filter(missing).collect();
        if !to_make.is_empty() {
            let mut transaction = database.write().await?;
            for algorithm in to_make {
                let key = make(algorithm, &sealer, rng)?;
                store::insert_first(&mut transaction, &key, clock.now()).await?;
            }
            transaction.commit().await?;
            stored = store::all(&mut *database.read().await?).await?;
        }
        Self::open(&stored, &sealer)
    }

    fn open(stored: &[StoredKey], sealer: &Sealer) -> Result<Self, KeyError> {
        let mut inner = Inner { current: HashMap::new(), by_kid: HashMap::new(), jwks: json!({}) };
        let mut published = Vec::new();
        for key in stored {
            let der =
                sealer.open(key.kid.as_bytes(), &key.sealed_private_key).ok_or(KeyError::WrongMasterKey)?;
            let held = HeldKey::parse(key.algorithm, &der)?;
            let public = held.public_jwk(&key.kid);
            let jwk: Jwk = serde_json::from_value(public.clone()).map_err(|_| KeyError::Unusable)?;
            let decoding = DecodingKey::from_jwk(&jwk).map_err(|_| KeyError::Unusable)?;
            inner.by_kid.insert(key.kid.clone(), (held.algorithm(), decoding));
            // Stored in the order of their generations: the last of an algorithm signs.
            inner.current.insert(key.algorithm, SigningKey { kid: key.kid.clone(), held });
            published.push(public);
        }
        inner.jwks = json!({ "keys": published });
        Ok(Self(Arc::new(inner)))
    }

    /// The public keys as a JWK set (RFC 7517 §5).
    #[must_use]
    pub fn jwks(&self) -> &serde_json::Value {
        &self.0.jwks
    }

    /// The algorithms that can sign.
    #[must_use]
    pub fn algorithms(&self) -> Vec<SigningAlgorithm> {
        SigningAlgorithm::ALL.into_iter().filter(|algorithm| self.0.current.contains_key(algorithm)).collect()
    }

    /// Signs claims as a JWT of a type.
    pub fn sign<T: Serialize>(
        &self,
        algorithm: SigningAlgorithm,
        token_type: TokenType,
        claims: &T,
    ) -> Result<String, KeyError> {
        let key = self.0.current.get(&algorithm).ok_or(KeyError::Unusable)?;
        let mut header = Header::new(key.held.algorithm());
        header.typ = Some(token_type.header().to_owned());
        header.kid = Some(key.kid.clone());
        let part = |json: Result<Vec<u8>, serde_json::Error>| json.map(|json| base64url(&json));
        let (Ok(header), Ok(claims)) = (part(serde_json::to_vec(&header)), part(serde_json::to_vec(claims)))
        else {
            return Err(KeyError::Unusable);
        };
        let message = format!("{header}.{claims}");
        let signature = key.held.try_sign(message.as_bytes()).map_err(|_| KeyError::Unusable)?;
        Ok(format!("{message}.{}", base64url(&signature)))
    }

    /// The claims of a token that we signed: type, key, signature and issuer checked.
    ///
    /// Expiry is the caller's to judge, by its own clock: an expired ID token is still a good hint.
    pub fn verify<T: DeserializeOwned>(
        &self,
        token_type: TokenType,
        issuer: &str,
        token: &str,
    ) -> Result<T, VerifyError> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| VerifyError::WrongType)?;
        if header.typ.as_deref() != Some(token_type.header()) {
            return Err(VerifyError::WrongType);
        }
        let kid = header.kid.ok_or(VerifyError::UnknownKey)?;
        let (algorithm, key) = self.0.by_kid.get(&kid).ok_or(VerifyError::UnknownKey)?;
        let mut validation = Validation::new(*algorithm);
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.set_issuer(&[issuer]);
        validation.set_required_spec_claims(&["iss", "exp", "sub"]);
        jsonwebtoken::decode(token, key, &validation).map(|data| data.claims).map_err(VerifyError::Refused)
    }
}

fn make(algorithm: SigningAlgorithm, sealer: &Sealer, rng: &Rng) -> Result<StoredKey, KeyError> {
    let der = match algorithm {
        SigningAlgorithm::Es256 => {
            let pair =
                EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(|_| KeyError::Unusable)?;
            pair.to_pkcs8v1().map_err(|_| KeyError::Unusable)?.as_ref().to_vec()
        }
        SigningAlgorithm::Rs256 => {
            let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyError::Unusable)?;
            AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).map_err(|_| KeyError::Unusable)?.as_ref().to_vec()
        }
    };
    let kid = HeldKey::parse(algorithm, &der)?.thumbprint()?;
    let sealed_private_key = sealer.seal(rng, kid.as_bytes(), &der);
    Ok(StoredKey { kid, algorithm, sealed_private_key })
}

impl HeldKey {
    fn parse(algorithm: SigningAlgorithm, pkcs8: &[u8]) -> Result<Self, KeyError> {
        match algorithm {
            SigningAlgorithm::Es256 => {
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).map(Self::Es256)
            }
            SigningAlgorithm::Rs256 => RsaKeyPair::from_pkcs8(pkcs8).map(Self::Rs256),
        }
        .map_err(|_| KeyError::Unusable)
    }

    fn public_jwk(&self, kid: &str) -> serde_json::Value {
        match self {
            Self::Es256(pair) => {
                // An uncompressed point: 0x04, then x and y of 32 bytes each.
                let point = pair.public_key().as_ref();
                let (x, y) = point[1..].split_at(32);
                json!({ "kty": "EC", "crv": "P-256", "x": base64url(x), "y": base64url(y),
                        "kid": kid, "use": "sig", "alg": "ES256" })
            }
            Self::Rs256(pair) => {
                let public = pair.public_key();
                json!({ "kty": "RSA", "n": base64url(public.modulus().big_endian_without_leading_zero()),
                        "e": base64url(public.exponent().big_endian_without_leading_zero()),
                        "kid": kid, "use": "sig", "alg": "RS256" })
            }
        }
    }

    /// The key's id: its thumbprint (RFC 7638).
    fn thumbprint(&self) -> Result<String, KeyError> {
        let mut jwk: Jwk = serde_json::from_value(self.public_jwk("")).map_err(|_| KeyError::Unusable)?;
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        jwk.thumbprint(ThumbprintHash::SHA256).map_err(|_| KeyError::Unusable)
    }
}
