//! Randomness as an argument.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::rand::{SecureRandom, SystemRandom};

use super::encoding::base64url;

/// Where random bytes come from: the system's generator, or a test's own.
#[derive(Clone)]
pub struct Rng(Arc<dyn SecureRandom + Send + Sync>);

impl Rng {
    /// The operating system's cryptographic generator.
    #[must_use]
    pub fn system() -> Self {
        Self(Arc::new(SystemRandom::new()))
    }

    /// `N` random bytes.
    ///
    /// # Panics
    /// When the operating system cannot give randomness: nothing secret could be made without it.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        assert!(self.0.fill(&mut bytes).is_ok(), "the system's random generator failed");
        bytes
    }

    /// 256 random bits as base64url (43 characters).
    #[must_use]
    pub fn token(&self) -> String {
        base64url(&self.bytes::<32>())
    }

    /// 128 random bits as base64url (22 characters): unguessable enough for an id, not for a secret.
    #[must_use]
    pub fn id(&self) -> String {
        base64url(&self.bytes::<16>())
    }

    /// A number drawn evenly from `0..bound`.
    #[must_use]
    pub fn below(&self, bound: u32) -> u32 {
        let limit = u32::MAX - u32::MAX % bound.max(1);
        loop {
            let drawn = u32::from_le_bytes(self.bytes());
            if drawn < limit {
                return drawn % bound.max(1);
            }
        }
    }
}

impl fmt::Debug for Rng {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Rng")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_below_a_bound_stay_below_it_and_reach_each_value() {
        let rng = Rng::system();
        let mut seen = [false; 7];
        for _ in 0..1_000 {
            seen[rng.below(7) as usize] = true;
        }
        assert_eq!(seen, [true; 7]);
    }
}
