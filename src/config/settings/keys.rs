//! What seals, what signs, and for how long.

use std::path::PathBuf;
use std::time::Duration;

use crate::kit::secrets::Secret;

/// The longest life that a token can be given, whatever the settings say or come to say.
///
/// A retired key is published for as long, so that no change of settings leaves a token without its key.
pub const LONGEST_TOKEN_LIFE: Duration = Duration::from_hours(24);

/// The shortest time for which a key must be published before it signs.
pub const SHORTEST_PUBLICATION: Duration = Duration::from_mins(10);

/// `[keys]`
#[derive(Clone, Debug)]
pub struct KeySettings {
    /// Where the master key comes from.
    pub master_key: MasterKeySource,
    /// For how long a key signs.
    pub rotate_every: Duration,
    /// For how long a key is published before it signs.
    pub publish_before: Duration,
}

/// Where the 256 bits come from that seal every other secret.
#[derive(Clone, Debug)]
pub enum MasterKeySource {
    /// Given as 43 characters of base64url (by `master_key`, `master_key_file` or the environment).
    Given(Secret),
    /// In this file of the data directory, made with mode 0600 at the first start.
    Generated(PathBuf),
}

/// An algorithm that signs tokens (RFC 7518 §3.1, RFC 8037 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SigningAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// `EdDSA` on Ed25519.
    EdDsa,
}

impl SigningAlgorithm {
    /// Every algorithm.
    pub const ALL: [Self; 4] = [Self::Rs256, Self::Ps256, Self::Es256, Self::EdDsa];

    /// Its registered name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }

    /// The algorithm of a registered name, if it is one of ours.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }
}
