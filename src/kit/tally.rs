//! How many things are under way by name.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Counts by name what is under way; a name that has nothing under way is forgotten.
#[derive(Debug)]
pub struct Tally<K>(Arc<Mutex<HashMap<K, usize>>>);

/// Something under way, counted until this is dropped.
#[derive(Debug)]
#[must_use = "what is dropped counts no more"]
pub struct Counted<K: Eq + Hash> {
    tally: Tally<K>,
    names: Vec<K>,
}

impl<K> Default for Tally<K> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K> Clone for Tally<K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K: Clone + Eq + Hash> Tally<K> {
    /// Counts something under each of these names, of which each says how many it may have; `None`, and counted under none,
    /// when one of them has as many.
    pub fn count(&self, limits: &[(K, usize)]) -> Option<Counted<K>> {
        let mut under_way = self.under_way();
        if limits.iter().any(|(name, most)| under_way.get(name).is_some_and(|many| many >= most)) {
            return None;
        }
        let names: Vec<K> = limits.iter().map(|(name, _)| name.clone()).collect();
        for name in &names {
            *under_way.entry(name.clone()).or_default() += 1;
        }
        drop(under_way);
        Some(Counted { tally: self.clone(), names })
    }
}

impl<K> Tally<K> {
    /// How many names have anything under way.
    #[must_use]
    pub fn names(&self) -> usize {
        self.under_way().len()
    }

    fn under_way(&self) -> MutexGuard<'_, HashMap<K, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash> Drop for Counted<K> {
    fn drop(&mut self) {
        let mut under_way = self.tally.under_way();
        for name in &self.names {
            if let Some(many) = under_way.get_mut(name) {
                *many -= 1;
                if *many == 0 {
                    under_way.remove(name);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_has_so_many_and_what_is_over_counts_no_more() {
        let tally = Tally::default();
        let begin = |name: &'static str| tally.count(&[(name, 2)]);
        let first = begin("one");
        let second = begin("one");
        assert!(first.is_some() && second.is_some() && begin("one").is_none());
        assert!(begin("other").is_some());
        drop(first);
        assert!(begin("one").is_some());
        drop(second);
        assert_eq!(tally.names(), 0);
    }

    #[test]
    fn what_one_name_refuses_counts_under_none() {
        let tally = Tally::default();
        let _full = tally.count(&[("full", 1)]).expect("there is room");
        assert!(tally.count(&[("free", 1), ("full", 1)]).is_none());
        assert_eq!(tally.names(), 1);
        assert!(tally.count(&[("free", 1)]).is_some());
    }
}
