//! One signing key in memory: made, parsed once, used to sign, shown by its public half.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
    RsaEncoding, RsaKeyPair,
};
use jsonwebtoken::Algorithm;
use jsonwebtoken::crypto::JwtSigner;
use jsonwebtoken::jwk::{Jwk, ThumbprintHash};
use jsonwebtoken::signature::{Error as SignatureError, Signer};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::signing::KeyError;
use crate::config::SigningAlgorithm;
use crate::kit::encoding::base64url;

/// A parsed private key. `jsonwebtoken::encode` would parse it again for each token.
pub(super) struct HeldKey {
    algorithm: SigningAlgorithm,
    pair: Pair,
}

enum Pair {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
}

/// The name of an algorithm in the library that checks signatures.
pub(super) const fn verified_as(algorithm: SigningAlgorithm) -> Algorithm {
    match algorithm {
        SigningAlgorithm::Rs256 => Algorithm::RS256,
        SigningAlgorithm::Ps256 => Algorithm::PS256,
        SigningAlgorithm::Es256 => Algorithm::ES256,
        SigningAlgorithm::EdDsa => Algorithm::EdDSA,
    }
}

/// Makes a new private key, in PKCS #8. An RSA key takes a tenth of a second and more.
pub(super) fn generate(algorithm: SigningAlgorithm) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let unusable = |_| KeyError::Unusable;
    let der = match algorithm {
        SigningAlgorithm::Rs256 | SigningAlgorithm::Ps256 => {
            let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(unusable)?;
            AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).map_err(unusable)?.as_ref().to_vec()
        }
        SigningAlgorithm::Es256 => {
            let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(unusable)?;
            pair.to_pkcs8v1().map_err(unusable)?.as_ref().to_vec()
        }
        SigningAlgorithm::EdDsa => {
            let pair = Ed25519KeyPair::generate().map_err(unusable)?;
            pair.to_pkcs8().map_err(unusable)?.as_ref().to_vec()
        }
    };
    Ok(Zeroizing::new(der))
}

impl HeldKey {
    /// Parses a private key in PKCS #8.
    pub fn parse(algorithm: SigningAlgorithm, pkcs8: &[u8]) -> Result<Self, KeyError> {
        let pair = match algorithm {
            SigningAlgorithm::Rs256 | SigningAlgorithm::Ps256 => RsaKeyPair::from_pkcs8(pkcs8).map(Pair::Rsa),
            SigningAlgorithm::Es256 => {
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).map(Pair::Ec)
            }
            SigningAlgorithm::EdDsa => Ed25519KeyPair::from_pkcs8(pkcs8).map(Pair::Ed),
        };
        Ok(Self { algorithm, pair: pair.map_err(|_| KeyError::Unusable)? })
    }

    /// The public half (RFC 7517 §4, RFC 8037 §2), for this one algorithm and for signatures alone.
    pub fn public_jwk(&self, kid: &str) -> Value {
        let mut jwk = match &self.pair {
            Pair::Rsa(pair) => {
                let public = pair.public_key();
                json!({ "kty": "RSA", "n": base64url(public.modulus().big_endian_without_leading_zero()),
                        "e": base64url(public.exponent().big_endian_without_leading_zero()) })
            }
            Pair::Ec(pair) => {
                // An uncompressed point: 0x04, then x and y of 32 bytes each.
                let point = pair.public_key().as_ref();
                let (x, y) = point[1..].split_at(32);
                json!({ "kty": "EC", "crv": "P-256", "x": base64url(x), "y": base64url(y) })
            }
            Pair::Ed(pair) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "x": base64url(pair.public_key().as_ref()) })
            }
        };
        for (member, value) in [("kid", kid), ("use", "sig"), ("alg", self.algorithm.name())] {
            jwk[member] = Value::from(value);
        }
        jwk
    }

    /// The key's id: its thumbprint (RFC 7638).
    pub fn thumbprint(&self) -> Result<String, KeyError> {
        let jwk: Jwk = serde_json::from_value(self.public_jwk("")).map_err(|_| KeyError::Unusable)?;
        jwk.thumbprint(ThumbprintHash::SHA256).map_err(|_| KeyError::Unusable)
    }
}

impl Signer<Vec<u8>> for HeldKey {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, SignatureError> {
        let random = aws_lc_rs::rand::SystemRandom::new();
        match &self.pair {
            Pair::Rsa(pair) => {
                let encoding: &'static dyn RsaEncoding = match self.algorithm {
                    SigningAlgorithm::Ps256 => &RSA_PSS_SHA256,
                    _ => &RSA_PKCS1_SHA256,
                };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(encoding, &random, message, &mut signature).map_err(SignatureError::from_source)?;
                Ok(signature)
            }
            Pair::Ec(pair) => {
                let signature = pair.sign(&random, message).map_err(SignatureError::from_source)?;
                Ok(signature.as_ref().to_vec())
            }
            Pair::Ed(pair) => {
                let signature = pair.try_sign(message).map_err(SignatureError::from_source)?;
                Ok(signature.as_ref().to_vec())
            }
        }
    }
}

impl JwtSigner for HeldKey {
    fn algorithm(&self) -> Algorithm {
        verified_as(self.algorithm)
    }
}
