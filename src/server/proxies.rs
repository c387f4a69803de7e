//! Where a request really comes from, as far as configured proxies are believed.
//!
//! Only `X-Forwarded-For` is read, and only for an address to throttle and to log. `Forwarded`,
//! `X-Forwarded-Host` and `X-Forwarded-Proto` are never looked at: every address that this server
//! writes comes from `public_url`.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, HeaderName};
use ipnet::IpNet;

/// The other end of the connection on which a request arrived.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// How many entries of `X-Forwarded-For` are looked at, from the right.
const MOST_HOPS: usize = 16;

/// The address of the client: the first one, coming from our side, that is not a trusted proxy's.
///
/// Each trusted proxy appends the address it saw, so the list is believed from its right end and
/// only as long as a trusted proxy wrote the entry. Whatever a stranger put at the left is never
/// reached. An entry that is no address ends the walk at the last proxy that is known.
#[must_use]
pub fn client_address(peer: IpAddr, headers: &HeaderMap, trusted_proxies: &[IpNet]) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted_proxies.iter().any(|network| network.contains(address));
    let mut client = peer.to_canonical();
    if !is_trusted(&client) {
        return client;
    }
    let lines = headers.get_all(X_FORWARDED_FOR).iter().rev();
    // A line that is not text is kept as an empty entry: it must end the walk, not be stepped over.
    let entries = lines.flat_map(|line| line.to_str().unwrap_or_default().rsplit(','));
    for entry in entries.take(MOST_HOPS) {
        let Some(address) = parse_entry(entry.trim()) else { break };
        client = address;
        if !is_trusted(&client) {
            break;
        }
    }
    client
}

/// An address with or without a port: `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]`,
/// `[2001:db8::1]:4711`.
fn parse_entry(entry: &str) -> Option<IpAddr> {
    let bracketed = || entry.strip_prefix('[')?.strip_suffix(']')?.parse::<IpAddr>().ok();
    let with_port = || entry.parse::<SocketAddr>().ok().map(|address| address.ip());
    entry.parse::<IpAddr>().ok().or_else(with_port).or_else(bracketed).map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, lines: &[&str]) -> String {
        let trusted: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(X_FORWARDED_FOR, line.parse().unwrap());
        }
        client_address(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn a_stranger_cannot_choose_an_address() {
        assert_eq!(seen("192.0.2.9", &["198.51.100.1"]), "192.0.2.9");
        assert_eq!(seen("10.0.0.1", &["198.51.100.1, 192.0.2.9"]), "192.0.2.9");
    }

    #[test]
    fn trusted_proxies_are_stepped_over_from_the_right() {
        assert_eq!(seen("10.0.0.1", &["192.0.2.9, 10.0.0.3, 10.0.0.2"]), "192.0.2.9");
        assert_eq!(seen("10.0.0.1", &["10.0.0.3"]), "10.0.0.3");
        assert_eq!(seen("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn several_lines_read_as_one_list() {
        assert_eq!(seen("10.0.0.1", &["198.51.100.1", "192.0.2.9", "10.0.0.2"]), "192.0.2.9");
    }

    #[test]
    fn ports_brackets_and_mapped_addresses_are_understood() {
        assert_eq!(seen("10.0.0.1", &["192.0.2.9:4711"]), "192.0.2.9");
        assert_eq!(seen("10.0.0.1", &["[2001:db8::9]:4711"]), "2001:db8::9");
        assert_eq!(seen("10.0.0.1", &["[2001:db8::9]"]), "2001:db8::9");
        assert_eq!(seen("fd00::1", &["2001:db8::9"]), "2001:db8::9");
        assert_eq!(seen("::ffff:10.0.0.1", &["::ffff:192.0.2.9"]), "192.0.2.9");
    }

    #[test]
    fn an_entry_that_is_no_address_ends_the_walk() {
        for garbage in ["unknown", "", "192.0.2.999", "[::1", "_hidden", "192.0.2.9;10.0.0.2", "'"] {
            assert_eq!(seen("10.0.0.1", &[&format!("192.0.2.9, {garbage}, 10.0.0.2")]), "10.0.0.2");
        }
        let mut headers = HeaderMap::new();
        headers.append(X_FORWARDED_FOR, "192.0.2.9".parse().unwrap());
        headers.append(X_FORWARDED_FOR, http::HeaderValue::from_bytes(b"\xff").unwrap());
        let peer = "10.0.0.1".parse().unwrap();
        assert_eq!(client_address(peer, &headers, &["10.0.0.0/8".parse().unwrap()]), peer);
    }

    #[test]
    fn only_so_many_entries_are_looked_at() {
        let hops = vec!["10.0.0.2"; 10_000].join(",");
        assert_eq!(seen("10.0.0.1", &[&format!("192.0.2.9,{hops}")]), "10.0.0.2");
    }
}
