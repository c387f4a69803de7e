//! How many connections each network has.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ipnet::IpNet;

use crate::kit::networks::{NETWORKS_OF_SITE, network_of, site_of};

/// The connections that are open, counted by network and by site.
#[derive(Clone, Debug)]
pub(super) struct Crowd(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    most: usize,
    trusted_proxies: Vec<IpNet>,
    open: Mutex<HashMap<String, usize>>,
}

/// A connection that is counted until this is dropped.
#[derive(Debug)]
pub(super) struct Counted {
    crowd: Crowd,
    names: Vec<String>,
}

impl Crowd {
    /// So many connections of one network at the most; those of trusted proxies, behind which everybody stands, are not counted.
    pub fn new(most: usize, trusted_proxies: &[IpNet]) -> Self {
        let trusted_proxies = trusted_proxies.to_vec();
        Self(Arc::new(Inner { most, trusted_proxies, open: Mutex::default() }))
    }

    /// Counts a connection; `None` when its network, or its site, has as many as it may.
    pub fn admit(&self, address: IpAddr) -> Option<Counted> {
        let address = address.to_canonical();
        if self.0.trusted_proxies.iter().any(|proxies| proxies.contains(&address)) {
            return Some(Counted { crowd: self.clone(), names: Vec::new() });
        }
        let of_site = self.0.most.saturating_mul(usize::from(NETWORKS_OF_SITE));
        let limits = [Some((network_of(address), self.0.most)), site_of(address).map(|site| (site, of_site))];
        let limits: Vec<(String, usize)> = limits.into_iter().flatten().collect();
        let mut open = self.open();
        if limits.iter().any(|(name, most)| open.get(name).is_some_and(|many| many >= most)) {
            return None;
        }
        let names: Vec<String> = limits.into_iter().map(|(name, _)| name).collect();
        for name in &names {
            *open.entry(name.clone()).or_default() += 1;
        }
        drop(open);
        Some(Counted { crowd: self.clone(), names })
    }

    fn open(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut open = self.crowd.open();
        for name in &self.names {
            if let Some(many) = open.get_mut(name) {
                *many -= 1;
                if *many == 0 {
                    open.remove(name);
                }
            }
        }
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
        assert_eq!(crowd.open().len(), 0);
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
        assert_eq!((open.len(), crowd.open().len()), (100, 0));
    }
}
