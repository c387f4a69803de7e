//! How many connections each network has.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::kit::networks::{NETWORKS_OF_SITE, network_of, site_of};
use crate::kit::tally::{self, Tally};

/// A connection that is counted until this is dropped.
pub(super) type Counted = tally::Counted<String>;

/// The connections that are open, counted by network and by site.
#[derive(Debug)]
pub(super) struct Crowd {
    most: usize,
    trusted_proxies: Vec<IpNet>,
    open: Tally<String>,
}

impl Crowd {
    /// So many connections of one network at the most; those of trusted proxies, behind which everybody stands, are not counted.
    pub fn new(most: usize, trusted_proxies: &[IpNet]) -> Self {
        Self { most, trusted_proxies: trusted_proxies.to_vec(), open: Tally::default() }
    }

    /// Counts a connection; `None` when its network, or its site, has as many as it may.
    pub fn admit(&self, address: IpAddr) -> Option<Counted> {
        let address = address.to_canonical();
        if self.trusted_proxies.iter().any(|proxies| proxies.contains(&address)) {
            return self.open.count(&[]);
        }
        let mut limits = vec![(network_of(address), self.most)];
        if let Some(site) = site_of(address) {
            limits.push((site, self.most.saturating_mul(usize::from(NETWORKS_OF_SITE))));
        }
        self.open.count(&limits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crowd() -> Crowd {
        Crowd::new(2, &["10.0.0.0/8".parse().unwrap()])
    }

    fn admit(crowd: &Crowd, address: &str) -> Option<Counted> {
        crowd.admit(address.parse().unwrap())
    }

    #[test]
    fn a_network_has_so_many_connections_and_is_forgotten_with_the_last() {
        let crowd = crowd();
        let first = admit(&crowd, "192.0.2.1").unwrap();
        let second = admit(&crowd, "::ffff:192.0.2.1").unwrap();
        assert!(admit(&crowd, "192.0.2.1").is_none());
        assert!(admit(&crowd, "192.0.2.2").is_some(), "its neighbour is another one");
        drop(first);
        assert!(admit(&crowd, "192.0.2.1").is_some());
        drop(second);
        assert_eq!(crowd.open.names(), 0);
    }

    #[test]
    fn a_site_has_as_many_as_sixteen_of_its_networks() {
        let crowd = crowd();
        let network = |number: u32| admit(&crowd, &format!("2001:db8:1:{number:x}::1"));
        let mut open: Vec<_> = (0..32).map(|number| network(number).unwrap()).collect();
        assert!(network(99).is_none());
        assert!(admit(&crowd, "2001:db8:2::1").is_some());
        open.pop();
        assert!(network(99).is_some());
    }

    #[test]
    fn everybody_stands_behind_a_trusted_proxy() {
        let crowd = crowd();
        let open: Vec<_> = (0..100).map(|_| admit(&crowd, "10.1.2.3").unwrap()).collect();
        assert_eq!((open.len(), crowd.open.names()), (100, 0));
    }
}
