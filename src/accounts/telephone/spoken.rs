//! A code that is read aloud and typed by ear.

use crate::kit::random::Rng;
use crate::kit::secrets::Secret;

/// Random digits: 10^8 codes, of which five may be tried.
const RANDOM_DIGITS: usize = 8;
/// Digits in all, the check digit included.
const DIGITS: usize = RANDOM_DIGITS + 1;
/// Digits between spaces.
const GROUP: usize = 3;

/// Damm's table, a quasigroup of order ten: every slip of one digit and every swap of neighbours changes the check digit
/// (H. M. Damm, "Total anti-symmetrische Quasigruppen", 2004).
const DAMM: [[u8; 10]; 10] = [
    [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
    [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
    [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
    [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
    [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
    [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
    [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
    [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
    [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
    [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
];

/// A code for one use: nine digits, the last of which tells slips.
#[derive(Clone, Debug)]
pub struct SpokenCode(Secret);

impl SpokenCode {
    /// Draws a new one.
    #[must_use]
    pub fn draw(rng: &Rng) -> Self {
        let mut digits: String =
            (0..RANDOM_DIGITS).map(|_| char::from(b'0' + digit_below_ten(rng))).collect();
        digits.push(char::from(b'0' + check(digits.as_bytes())));
        Self(Secret::new(digits))
    }

    /// Reads what somebody typed, whatever stands between the digits; `None` for what no code can be.
    #[must_use]
    pub fn read(typed: &str) -> Option<Self> {
        let stands_between = |character: &char| character.is_whitespace() || "-.,".contains(*character);
        let digits: String = typed.chars().filter(|character| !stands_between(character)).collect();
        let is_code = digits.len() == DIGITS
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && check(digits.as_bytes()) == 0;
        is_code.then(|| Self(Secret::new(digits)))
    }

    /// The digits in groups, as they are read aloud.
    #[must_use]
    pub fn spoken(&self) -> String {
        let digits = self.0.expose().as_bytes();
        let groups: Vec<_> = digits.chunks(GROUP).map(String::from_utf8_lossy).collect();
        groups.join("\u{a0}")
    }

    /// The digits alone.
    pub(super) fn digits(&self) -> &str {
        self.0.expose()
    }
}

fn digit_below_ten(rng: &Rng) -> u8 {
    u8::try_from(rng.below(10)).unwrap_or_default()
}

/// The check digit of some digits; nought for those that end with theirs.
fn check(digits: &[u8]) -> u8 {
    digits.iter().fold(0, |interim, digit| {
        let column = usize::from(digit.saturating_sub(b'0')).min(9);
        DAMM[usize::from(interim)][column]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_whatever_stands_between_its_digits() {
        let code = SpokenCode::draw(&Rng::system());
        for typed in
            [code.digits().to_owned(), code.spoken(), format!(" {} ", code.spoken().replace('\u{a0}', "-"))]
        {
            assert_eq!(SpokenCode::read(&typed).unwrap().digits(), code.digits(), "{typed}");
        }
    }

    #[test]
    fn every_slip_and_every_swap_of_neighbours_is_told() {
        for _ in 0..200 {
            let code = SpokenCode::draw(&Rng::system());
            let digits = code.digits().as_bytes();
            for place in 0..digits.len() {
                for other in b'0'..=b'9' {
                    let mut slipped = digits.to_vec();
                    slipped[place] = other;
                    let read = SpokenCode::read(&String::from_utf8(slipped).unwrap());
                    assert_eq!(read.is_some(), other == digits[place]);
                }
                let mut swapped = digits.to_vec();
                swapped.swap(place.saturating_sub(1), place);
                let is_same = swapped == digits;
                assert_eq!(SpokenCode::read(&String::from_utf8(swapped).unwrap()).is_some(), is_same);
            }
        }
    }

    #[test]
    fn what_no_code_can_be_is_none() {
        for other in ["", "12345678", "1234567890", "abcdefghi", "402 917", "４０２９１７０００"] {
            assert!(SpokenCode::read(other).is_none(), "{other}");
        }
    }
}
