//! The names of buckets: a kind, and a keyed hash cut short.
//!
//! Twenty bits of the hash are kept, so that a kind has about a million buckets whatever is tried: two
//! identifiers may share one, which costs a stranger's failures at the worst. Nobody without the key can
//! tell which share one.
//!
//! The buckets of known browsers are as many as browsers in which somebody signed in, and no two share one: whoever
//! chose a new password is known anew, and what failed in a browser before must not close the door to them. Their requests
//! for help share 256 for each identifier, so that nobody has mails without end by signing in again and again.

use std::net::IpAddr;

use super::rule::Rule;
use crate::accounts::LookupKey;
use crate::keys::Mac;
use crate::kit::encoding::from_base64url;
use crate::kit::networks::{network_of, site_of};

/// The buckets in which what comes from one address is counted, with their rules: that of its network, and that of its site.
pub type Networks = Vec<(Bucket, Rule)>;

/// How many hexadecimal digits tell one known browser from another: where guesses are counted, and where mails are.
const DIGITS_OF_BROWSER: usize = 16;
const DIGITS_OF_RECOVERY_BROWSER: usize = 2;

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
    RecoveryBrowser,
    AddressMail,
    Site,
    RecoverySite,
    DeviceSite,
    RegistrationSite,
    UserCodeSite,
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
            Self::RecoveryBrowser => 'k',
            Self::AddressMail => 'a',
            Self::Site => 'o',
            Self::RecoverySite => 't',
            Self::DeviceSite => 'f',
            Self::RegistrationSite => 'h',
            Self::UserCodeSite => 'j',
        }
    }

    /// What counts the sites that the networks of this kind are parts of.
    const fn of_site(self) -> Self {
        match self {
            Self::RecoveryNetwork => Self::RecoverySite,
            Self::Device => Self::DeviceSite,
            Self::Registration => Self::RegistrationSite,
            Self::UserCodeNetwork => Self::UserCodeSite,
            _ => Self::Site,
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
            Kind::RecoveryBrowser => "recovery of known browser",
            Kind::AddressMail => "address mails of account",
            Kind::Site => "site",
            Kind::RecoverySite => "recovery of site",
            Kind::DeviceSite => "devices of site",
            Kind::RegistrationSite => "registrations of site",
            Kind::UserCodeSite => "device codes of site",
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

    /// Mails by which one account confirms addresses.
    pub fn address_mails(&self, account: &str) -> Bucket {
        self.named(Kind::AddressMail, account)
    }

    pub fn network(&self, address: IpAddr, rule: Rule) -> Networks {
        self.networks(Kind::Network, address, rule)
    }

    pub fn recovery_network(&self, address: IpAddr) -> Networks {
        self.networks(Kind::RecoveryNetwork, address, Rule::RECOVERY_OF_NETWORK)
    }

    pub fn device(&self, address: IpAddr) -> Networks {
        self.networks(Kind::Device, address, Rule::DEVICES)
    }

    pub fn registration(&self, address: IpAddr) -> Networks {
        self.networks(Kind::Registration, address, Rule::REGISTRATIONS)
    }

    pub fn user_code(&self, account: &str) -> Bucket {
        self.named(Kind::UserCode, account)
    }

    pub fn user_code_network(&self, address: IpAddr) -> Networks {
        self.networks(Kind::UserCodeNetwork, address, Rule::USER_CODES_OF_NETWORK)
    }

    /// The bucket of an address's network, and that of the site that the network is a part of.
    fn networks(&self, kind: Kind, address: IpAddr, rule: Rule) -> Networks {
        let mut networks = vec![(self.named(kind, &network_of(address)), rule)];
        if let Some(site) = site_of(address) {
            networks.push((self.named(kind.of_site(), &site), rule.of_site()));
        }
        networks
    }

    /// The bucket of one known browser of an identifier.
    pub fn browser(&self, key: &LookupKey, nonce: &str) -> Bucket {
        self.in_browser(self.browsers(key), nonce, DIGITS_OF_BROWSER)
    }

    /// The bucket of the requests for help that one known browser of an identifier makes.
    pub fn recovery_browser(&self, key: &LookupKey, nonce: &str) -> Bucket {
        self.in_browser(self.recovery_browsers(key), nonce, DIGITS_OF_RECOVERY_BROWSER)
    }

    fn in_browser(&self, mut bucket: Bucket, nonce: &str, digits: usize) -> Bucket {
        bucket.name.push_str(&self.hash(&format!("nonce {nonce}"), digits));
        bucket
    }

    /// What the names of the latter begin with.
    pub fn recovery_browsers(&self, key: &LookupKey) -> Bucket {
        self.named(Kind::RecoveryBrowser, key.as_str())
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

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::keys::{MasterKey, Purpose};

    fn buckets() -> Buckets {
        Buckets::new(MasterKey::of_tests().mac(Purpose::Throttling))
    }

    #[test]
    fn every_bit_of_a_name_tells_identifiers_apart() {
        let buckets = buckets();
        let name = |number| buckets.identifier(&LookupKey::of(&format!("nobody{number}"))).name;
        let names: HashSet<_> = (0..1_000).map(name).collect();
        assert!(names.len() > 995, "{} of 1000", names.len());
        for place in 1..6 {
            let digits: HashSet<_> = names.iter().map(|name| name.as_bytes()[place]).collect();
            assert_eq!(digits.len(), 16, "the digit {place} is any");
        }
    }

    #[test]
    fn a_persons_browsers_are_told_apart_and_found_by_how_their_names_begin() {
        let (buckets, key) = (buckets(), LookupKey::of("elefevre"));
        let names: HashSet<_> =
            (0..10_000).map(|number| buckets.browser(&key, &number.to_string()).name).collect();
        assert_eq!(names.len(), 10_000);
        let beginning = buckets.browsers(&key).name;
        assert!(names.iter().all(|name| name.starts_with(&beginning)));
        let mails: HashSet<_> =
            (0..10_000).map(|number| buckets.recovery_browser(&key, &number.to_string()).name).collect();
        assert_eq!(mails.len(), 256, "mails are bounded");
    }
}
