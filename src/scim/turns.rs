//! How many searches among all of an authority's people each application has under way.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::oidc::ClientId;

/// How many one application may have under way at a node.
const MOST: usize = 2;

/// Who searches.
#[derive(Clone, Default)]
pub struct Searches(Arc<Mutex<HashMap<ClientId, usize>>>);

/// A search under way, until it is dropped.
pub struct Search {
    searches: Searches,
    client: ClientId,
}

impl Searches {
    /// Begins a search of an application; `None` when it has as many under way as it may.
    #[must_use]
    pub fn begin(&self, client: &ClientId) -> Option<Search> {
        let mut under_way = self.under_way();
        let number = under_way.entry(client.clone()).or_default();
        if *number == MOST {
            return None;
        }
        *number += 1;
        Some(Search { searches: self.clone(), client: client.clone() })
    }

    fn under_way(&self) -> MutexGuard<'_, HashMap<ClientId, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Search {
    fn drop(&mut self) {
        let mut under_way = self.searches.under_way();
        if let Some(number) = under_way.get_mut(&self.client) {
            *number -= 1;
            if *number == 0 {
                under_way.remove(&self.client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_application_has_two_and_what_is_over_counts_no_more() {
        let (searches, one, other) = (Searches::default(), ClientId::from("one"), ClientId::from("other"));
        let first = searches.begin(&one);
        let second = searches.begin(&one);
        assert!(first.is_some() && second.is_some() && searches.begin(&one).is_none());
        assert!(searches.begin(&other).is_some());
        drop(first);
        assert!(searches.begin(&one).is_some());
        drop(second);
        assert!(searches.under_way().is_empty());
    }
}
