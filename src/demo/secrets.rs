//! The secrets that the demo's programs share, drawn once for a folder.

use std::fs::OpenOptions;
use std::io::{Error, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use aws_lc_rs::encoding::{AsBigEndian, EcPrivateKeyBin};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};

use super::DemoError;
use crate::kit::encoding::base64url;
use crate::kit::random::Rng;
use crate::kit::secrets::Secret;

/// The clients' secrets.
pub struct DemoSecrets {
    /// Of Guichet, at ARENA.
    pub arena: Secret,
    /// Of the expense-claim application.
    pub expense_app: Secret,
    /// Of whoever tries their own client, by basic authentication.
    pub try_basic: Secret,
    /// Of whoever tries their own client, by authentication in the body.
    pub try_post: Secret,
    /// Of the application that manages people.
    pub imagin: Secret,
    /// Of whoever tries their own client, by a key.
    pub try_key: PrivateKey,
}

/// A private key of a client (ES256), as a JWK.
pub struct PrivateKey(Value);

impl DemoSecrets {
    /// The secrets of a folder, drawn at its first use.
    pub fn load(data: &Path, rng: &Rng) -> Result<Self, DemoError> {
        let folder = data.join("secrets");
        let fault = |source| DemoError::Folder { path: folder.clone(), source };
        std::fs::create_dir_all(&folder).map_err(fault)?;
        let secret =
            |name: &str| read_or_make(&folder.join(name), || Ok(rng.token())).map(Secret::new).map_err(fault);
        Ok(Self {
            arena: secret("arena")?,
            expense_app: secret("expense-app")?,
            try_basic: secret("try-basic")?,
            try_post: secret("try-post")?,
            imagin: secret("imagin")?,
            try_key: PrivateKey::load(&folder.join("try-key.json")).map_err(fault)?,
        })
    }
}

impl PrivateKey {
    fn load(file: &Path) -> std::io::Result<Self> {
        let jwk = read_or_make(file, || Ok(generate()?.to_string()))?;
        Ok(Self(serde_json::from_str(&jwk)?))
    }

    /// It, whole: for the client.
    pub fn jwk(&self) -> &Value {
        &self.0
    }

    /// The set of its public half alone: for the registration.
    pub fn public_set(&self) -> Value {
        let mut public = self.0.clone();
        if let Some(members) = public.as_object_mut() {
            members.remove("d");
        }
        json!({ "keys": [public] })
    }
}

/// A new key on P-256 (RFC 7518 §6.2).
fn generate() -> std::io::Result<Value> {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(Error::other)?;
    let private: EcPrivateKeyBin<'_> = pair.private_key().as_be_bytes().map_err(Error::other)?;
    // An uncompressed point: 0x04, then x and y of 32 bytes each.
    let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
    Ok(json!({
        "kty": "EC", "crv": "P-256", "kid": "essai", "use": "sig", "alg": "ES256",
        "x": base64url(x), "y": base64url(y), "d": base64url(private.as_ref()),
    }))
}

fn read_or_make(file: &Path, make: impl FnOnce() -> std::io::Result<String>) -> std::io::Result<String> {
    if let Ok(text) = std::fs::read_to_string(file)
        && !text.is_empty()
    {
        return Ok(text);
    }
    let text = make()?;
    OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(true)
        .mode(0o600)
        .open(file)?
        .write_all(text.as_bytes())?;
    Ok(text)
}
