//! The reference of a request, short enough to be read out on the telephone.

use http::HeaderName;

use crate::kit::ids::RequestId;
use crate::kit::random::Rng;

/// The response header that bears the reference; the same header of a request is ignored.
pub const REQUEST_ID_HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Crockford's base32: no I, L, O or U, so that nothing heard can be written down as something else.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const GROUP: usize = 5;

/// A new reference: ten characters in two groups, such as `7K3QM-9FX2T` (50 random bits).
#[must_use]
pub fn draw_request_id(rng: &Rng) -> RequestId {
    let mut bits = u64::from_le_bytes(rng.bytes());
    let mut text = String::with_capacity(2 * GROUP + 1);
    for position in 0..2 * GROUP {
        if position == GROUP {
            text.push('-');
        }
        let [lowest, ..] = bits.to_le_bytes();
        text.push(char::from(ALPHABET[usize::from(lowest & 31)]));
        bits >>= 5;
    }
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_two_groups_of_five_clear_characters() {
        let id = draw_request_id(&Rng::system());
        let groups: Vec<&str> = id.as_str().split('-').collect();
        assert_eq!(groups.iter().map(|group| group.len()).collect::<Vec<_>>(), [5, 5]);
        assert!(id.as_str().bytes().all(|byte| byte == b'-' || ALPHABET.contains(&byte)));
    }

    #[test]
    fn references_differ() {
        let rng = Rng::system();
        assert_ne!(draw_request_id(&rng), draw_request_id(&rng));
    }
}
