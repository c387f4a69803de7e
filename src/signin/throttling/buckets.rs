//! The names of buckets: a kind, and a keyed hash cut short.
//!
//! Twenty bits of the hash are kept, so that a kind has about a million buckets whatever is tried: two
//! identifiers may share one, which costs a stranger's failures at the worst. Nobody without the key can
//! tell which share one. The buckets of known browsers are as many as browsers in which somebody signed in.

use std::net::IpAddr;

use crate::accounts::LookupKey;
use crate::keys::Mac;
use crate::kit::encoding::from_base64url;

/// The name of a bucket in the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    kind: Kind,
    name: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Identifier,
    Browser,
    Network,
    Recovery,
    RecoveryNetwork,
    Device,
    Registration,
    UserCode,
    UserCodeNetwork,
}

impl Kind {
    const fn letter(self) -> char {
        match self {
            Self::Identifier => 'i',
            Self::Browser => 'b',
            Self::Network => 'n',
            Self::Recovery => 'r',
            Self::RecoveryNetwork => 's',
            Self::Device => 'd',
            Self::Registration => 'g',
            Self::UserCode => 'c',
            Self::UserCodeNetwork => 'e',
        }
    }
}

impl Bucket {
    /// Its name in the table.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// What the log calls its kind.
    pub const fn kind(&self) -> &'static str {
        match self.kind {
            Kind::Identifier => "identifier",
            Kind::Browser => "known browser",
            Kind::Network => "network",
            Kind::Recovery => "recovery of identifier",
            Kind::RecoveryNetwork => "recovery of network",
            Kind::Device => "devices of network",
            Kind::Registration => "registrations of network",
            Kind::UserCode => "device codes of account",
            Kind::UserCodeNetwork => "device codes of network",
        }
    }

    /// Whether a success of one person clears it: who shares it otherwise would clear it for others.
    pub const fn is_of_a_person(&self) -> bool {
        matches!(self.kind, Kind::Identifier | Kind::Browser)
    }
}

/// What names buckets.
pub struct Buckets(Mac);

impl Buckets {
    pub const fn new(mac: Mac) -> Self {
        Self(mac)
    }

    pub fn identifier(&self, key: &LookupKey) -> Bucket {
        self.named(Kind::Identifier, key.as_str())
    }

    pub fn recovery(&self, key: &LookupKey) -> Bucket {
        self.named(Kind::Recovery, key.as_str())
    }

    pub fn network(&self, address: IpAddr) -> Bucket {
        self.named(Kind::Network, &network_of(address))
    }

    pub fn recovery_network(&self, address: IpAddr) -> Bucket {
        self.named(Kind::RecoveryNetwork, &network_of(address))
    }

    pub fn device(&self, address: IpAddr) -> Bucket {
        self.named(Kind::Device, &network_of(address))
    }

    pub fn registration(&self, address: IpAddr) -> Bucket {
        self.named(Kind::Registration, &network_of(address))
    }

    pub fn user_code(&self, account: &str) -> Bucket {
        self.named(Kind::UserCode, account)
    }

    pub fn user_code_network(&self, address: IpAddr) -> Bucket {
        self.named(Kind::UserCodeNetwork, &network_of(address))
    }

    /// The bucket of one known browser of an identifier.
    pub fn browser(&self, key: &LookupKey, nonce: &str) -> Bucket {
        let mut bucket = self.browsers(key);
        bucket.name.push_str(&self.hash(&format!("nonce {nonce}"), 2));
        bucket
    }

    /// What the names of an identifier's known browsers begin with.
    pub fn browsers(&self, key: &LookupKey) -> Bucket {
        self.named(Kind::Browser, key.as_str())
    }

    /// What a cookie names an identifier by: 96 bits.
    pub fn in_cookie(&self, key: &LookupKey) -> String {
        self.hash(&format!("cookie {}", key.as_str()), 24)
    }

    fn named(&self, kind: Kind, subject: &str) -> Bucket {
        let letter = kind.letter();
        let hash = self.hash(&format!("{letter} {subject}"), 5);
        Bucket { kind, name: format!("{letter}{hash}") }
    }

    /// The first hexadecimal digits of a text's keyed hash.
    fn hash(&self, text: &str, digits: usize) -> String {
        let bytes = from_base64url(&self.0.of(text)).unwrap_or_default();
        bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).take(digits).map(digit).collect()
    }
}

fn digit(value: u8) -> char {
    char::from_digit(u32::from(value), 16).unwrap_or('0')
}

/// What one household or one office has: an IPv4 address, or the first 64 bits of an IPv6 address.
pub fn network_of(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("{:x}/64", address.to_bits() >> 64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_an_address_or_the_half_of_a_long_one() {
        let network = |address: &str| network_of(address.parse().unwrap());
        assert_eq!(network("192.0.2.7"), "192.0.2.7");
        assert_eq!(network("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::9"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
    }
}
