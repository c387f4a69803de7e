//! What addresses have in common: the networks by which strangers are counted.

use std::net::IpAddr;

/// How many bits a network of IPv6 has.
const NETWORK_BITS: u32 = 64;
/// How many a site has.
const SITE_BITS: u32 = 48;
/// As much as so many of its networks a site may.
pub const NETWORKS_OF_SITE: u16 = 16;

/// What one household or one office has: an IPv4 address, or the first 64 bits of an IPv6 address.
#[must_use]
pub fn network_of(address: IpAddr) -> String {
    prefix_of(address, NETWORK_BITS).unwrap_or_else(|| address.to_canonical().to_string())
}

/// What is delegated to one customer at the most: the first 48 bits of an IPv6 address, which are 65,536 networks. An IPv4 address
/// is a part of none.
#[must_use]
pub fn site_of(address: IpAddr) -> Option<String> {
    prefix_of(address, SITE_BITS)
}

/// The first bits of an IPv6 address.
fn prefix_of(address: IpAddr, bits: u32) -> Option<String> {
    match address.to_canonical() {
        IpAddr::V4(_) => None,
        IpAddr::V6(address) => Some(format!("{:x}/{bits}", address.to_bits() >> (128 - bits))),
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

    #[test]
    fn a_site_is_three_eighths_of_a_long_address() {
        let site = |address: &str| site_of(address.parse().unwrap());
        assert_eq!((site("192.0.2.7"), site("::ffff:192.0.2.7")), (None, None));
        assert_eq!(site("2001:db8:1:2::1"), site("2001:db8:1:ffff::1"));
        assert_ne!(site("2001:db8:1:2::1"), site("2001:db8:2:2::1"));
    }
}
