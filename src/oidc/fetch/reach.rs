//! Which addresses may be reached: public ones, and the networks that the operator names.
//!
//! Names are resolved here, and a connection is made to one of the addresses that passed, never to the name
//! again: what a name meant when it was checked is what is spoken to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use super::FetchError;

/// IPv4 networks that are not the public Internet (IANA's registry of special-purpose addresses).
const PRIVATE_V4: [Ipv4Net; 15] = [
    v4([0, 0, 0, 0], 8),
    v4([10, 0, 0, 0], 8),
    v4([100, 64, 0, 0], 10),
    v4([127, 0, 0, 0], 8),
    v4([169, 254, 0, 0], 16),
    v4([172, 16, 0, 0], 12),
    v4([192, 0, 0, 0], 24),
    v4([192, 0, 2, 0], 24),
    v4([192, 88, 99, 0], 24),
    v4([192, 168, 0, 0], 16),
    v4([198, 18, 0, 0], 15),
    v4([198, 51, 100, 0], 24),
    v4([203, 0, 113, 0], 24),
    v4([224, 0, 0, 0], 4),
    v4([240, 0, 0, 0], 4),
];

/// The only part of IPv6 that is public (global unicast), and what of it is not.
const PUBLIC_V6: Ipv6Net = v6(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);
const PRIVATE_V6: [Ipv6Net; 4] = [
    // Protocol assignments, Teredo among them, which hides an IPv4 address.
    v6(Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    v6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    // 6to4, which hides an IPv4 address too.
    v6(Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    v6(Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];
/// What a network that speaks only IPv6 makes of an IPv4 address (NAT64, RFC 6052 §2.1).
const NAT64: Ipv6Net = v6(Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);

const fn v4(octets: [u8; 4], prefix: u8) -> Ipv4Net {
    let [a, b, c, d] = octets;
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(address: Ipv6Addr, prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(address, prefix)
}

/// How far fetches reach.
#[derive(Clone, Debug)]
pub(super) struct Reach {
    /// The networks that are reached beside the public Internet.
    pub networks: Arc<[IpNet]>,
    /// Whether this very machine is reached, by http too: an installation on loopback has its clients there.
    pub loopback: bool,
}

impl Reach {
    /// Whether an address may be spoken to.
    pub fn holds(&self, address: IpAddr) -> bool {
        // A mapped address is the IPv4 address that it maps.
        let address = address.to_canonical();
        self.networks.iter().any(|network| network.contains(&address))
            || (self.loopback && address.is_loopback())
            || is_public(address)
    }

    /// Whether an address in text may be asked for at all, before any name is resolved.
    pub fn check(&self, url: &Url) -> Result<(), FetchError> {
        let is_bare = url.username().is_empty() && url.password().is_none();
        let is_local_http = url.scheme() == "http" && self.loopback && is_this_machine(url);
        if !is_bare || !(url.scheme() == "https" || is_local_http) {
            return Err(FetchError::NotHttps);
        }
        // An address in place of a name is never resolved.
        let literal = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            Some(Host::Domain(_)) => None,
            None => return Err(FetchError::NotHttps),
        };
        match literal {
            Some(address) if !self.holds(address) => Err(FetchError::OutOfReach),
            _ => Ok(()),
        }
    }
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => PRIVATE_V4.iter().all(|network| !network.contains(&address)),
        IpAddr::V6(address) if NAT64.contains(&address) => {
            let [.., a, b, c, d] = address.octets();
            is_public(IpAddr::V4(Ipv4Addr::new(a, b, c, d)))
        }
        IpAddr::V6(address) => {
            PUBLIC_V6.contains(&address) && PRIVATE_V6.iter().all(|network| !network.contains(&address))
        }
    }
}

/// Says where a name leads, as far as that may be reached.
pub(super) struct Resolver(pub Reach);

/// What the HTTP client passes on when no address of a name may be reached.
#[derive(Debug, thiserror::Error)]
#[error("no address of this name may be reached")]
pub(super) struct NoneInReach;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0.clone();
        Box::pin(async move {
            // The port is that of the URL: the HTTP client puts it in the place of zero.
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found.filter(|address| reach.holds(address.ip())).collect();
            if allowed.is_empty() {
                return Err(NoneInReach.into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(networks: &[&str], loopback: bool) -> Reach {
        Reach { networks: networks.iter().map(|network| network.parse().unwrap()).collect(), loopback }
    }

    #[test]
    fn only_public_addresses_are_within_reach() {
        let reach = reach(&[], false);
        for public in
            ["9.9.9.9", "193.0.0.1", "2a01:e0a::1", "2001:660::1", "::ffff:9.9.9.9", "64:ff9b::9.9.9.9"]
        {
            assert!(reach.holds(public.parse().unwrap()), "{public}");
        }
        for private in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.254",
            "127.0.0.1",
            "127.255.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:0:127.0.0.1",
            "64:ff9b::127.0.0.1",
            "64:ff9b::10.0.0.1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:0:7f00:1::",
            "2001:10::1",
            "2001:20::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:a00:1::",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!reach.holds(private.parse().unwrap()), "{private}");
        }
    }

    #[test]
    fn the_networks_that_the_operator_names_are_within_reach() {
        let reach = reach(&["10.1.0.0/16", "fd00:1::/32"], false);
        for named in ["10.1.2.3", "::ffff:10.1.2.3", "fd00:1::2"] {
            assert!(reach.holds(named.parse().unwrap()), "{named}");
        }
        for other in ["10.2.0.1", "127.0.0.1", "fd00:2::1"] {
            assert!(!reach.holds(other.parse().unwrap()), "{other}");
        }
    }

    #[test]
    fn http_is_for_an_installation_on_this_machine_alone() {
        let check = |reach: &Reach, url: &str| reach.check(&Url::parse(url).unwrap());
        let (outside, inside) = (reach(&["127.0.0.0/8"], false), reach(&[], true));
        for url in ["http://127.0.0.1/x", "http://localhost/x", "http://[::1]/x"] {
            assert_eq!(check(&outside, url), Err(FetchError::NotHttps), "{url}");
            assert_eq!(check(&inside, url), Ok(()), "{url}");
        }
        for url in [
            "http://a.example/",
            "http://9.9.9.9/",
            "ftp://a.example/",
            "https://u:p@a.example/",
            "https://u@a.example/",
            "https://:p@a.example/",
            "data:,x",
        ] {
            assert_eq!(check(&outside, url), Err(FetchError::NotHttps), "{url}");
            assert_eq!(check(&inside, url), Err(FetchError::NotHttps), "{url}");
        }
    }

    #[test]
    fn an_address_in_place_of_a_name_is_checked_in_every_spelling() {
        let reach = reach(&[], false);
        for url in [
            "https://127.0.0.1/",
            "https://127.1/",
            "https://0x7f000001/",
            "https://2130706433/",
            "https://0177.0.0.1/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[fe80::1]/",
            "https://169.254.169.254/latest",
            "https://①②⑦.⓪.⓪.①/",
        ] {
            assert_eq!(reach.check(&Url::parse(url).unwrap()), Err(FetchError::OutOfReach), "{url}");
        }
    }
}
