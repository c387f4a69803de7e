//! Which letter somebody needs whom a list names.

use crate::accounts::letters::{IssuedLetter, Letter};
use crate::accounts::passwords::StoredPassword;
use crate::kit::clock::Timestamp;

use super::report::NewLetter;

/// Which letter somebody needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// None: they hold one that is good.
    None,
    /// One without a password: they have their own.
    WithoutPassword,
    /// One with a temporary password.
    WithPassword,
    /// One with a password, of somebody who had their own: a manager's list opens no access that was in use.
    ByHand,
}

/// What is known of somebody's access.
pub struct Holding<'a> {
    /// Their password, if they have one.
    pub password: Option<&'a StoredPassword>,
    /// Their latest letter that nothing has voided.
    pub letter: Option<&'a Letter>,
    /// Whether that letter is on its way to be printed.
    pub is_on_its_way: bool,
    /// Whether a letter with a password must not come from this list.
    pub is_closed: bool,
}

impl Need {
    /// What somebody needs now.
    pub fn of(holding: &Holding<'_>, now: Timestamp) -> Self {
        let held = holding.letter.filter(|letter| {
            (letter.printed_at.is_some() || holding.is_on_its_way)
                && letter.expires_at.is_none_or(|end| end > now)
        });
        match (holding.password, held) {
            (Some(password), Some(_)) if !password.temporary => Self::None,
            (Some(password), None) if !password.temporary => Self::WithoutPassword,
            (Some(password), Some(letter))
                if password.letter.as_deref() == Some(letter.number.as_str())
                    && password.expires_at.is_none_or(|end| end > now) =>
            {
                Self::None
            }
            _ if holding.is_closed => Self::ByHand,
            _ => Self::WithPassword,
        }
    }

    /// Whether the list gives a letter.
    pub const fn is_met(self) -> bool {
        matches!(self, Self::WithoutPassword | Self::WithPassword)
    }

    /// What is told before any letter is issued.
    pub const fn foreseen(self) -> NewLetter {
        match self {
            Self::None => NewLetter::NotNeeded,
            Self::WithoutPassword | Self::WithPassword => NewLetter::Wanting,
            Self::ByHand => NewLetter::ByHand,
        }
    }

    /// What is told once the letter is issued, if one was.
    pub fn told(self, issued: Option<&IssuedLetter>) -> NewLetter {
        match issued {
            Some(issued) => NewLetter::Issued {
                number: issued.letter.number.clone(),
                with_password: issued.letter.with_password,
            },
            None => self.foreseen(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::{AccountId, LetterNumber};
    use crate::config::{AuthorityId, DeskId};

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(NOW.seconds() + seconds)
    }

    fn letter(printed_at: Option<Timestamp>, expires_at: Option<Timestamp>) -> Letter {
        Letter {
            number: LetterNumber::from("ABCD-EFGH"),
            account: AccountId::from("x"),
            authority: AuthorityId::from("lyon"),
            desk: DeskId::from("dec"),
            with_password: true,
            issued_at: at(-100),
            expires_at,
            printed_at,
            used_at: None,
            voided_at: None,
        }
    }

    fn password(temporary: bool, expires_at: Option<Timestamp>, letter: &str) -> StoredPassword {
        StoredPassword {
            hash: "x".to_owned(),
            temporary,
            expires_at,
            set_at: at(-100),
            letter: Some(letter.to_owned()),
        }
    }

    /// What somebody needs who may have a letter with a password.
    fn need(password: Option<&StoredPassword>, letter: Option<&Letter>, is_on_its_way: bool) -> Need {
        Need::of(&Holding { password, letter, is_on_its_way, is_closed: false }, NOW)
    }

    #[test]
    fn whoever_holds_a_letter_that_opens_needs_none() {
        let (printed, unprinted) = (letter(Some(at(-50)), Some(at(1))), letter(None, None));
        let temporary = password(true, Some(at(1)), "ABCD-EFGH");
        assert_eq!(need(Some(&temporary), Some(&printed), false), Need::None);
        assert_eq!(need(Some(&temporary), Some(&unprinted), true), Need::None, "it will be printed");
        assert_eq!(need(Some(&temporary), Some(&unprinted), false), Need::WithPassword, "it never was");
        let over = letter(Some(at(-50)), Some(at(0)));
        assert_eq!(need(Some(&temporary), Some(&over), false), Need::WithPassword, "its season is over");
        for dead in [password(true, Some(at(0)), "ABCD-EFGH"), password(true, None, "WXYZ-2345")] {
            assert_eq!(
                need(Some(&dead), Some(&printed), false),
                Need::WithPassword,
                "its password opens nothing"
            );
        }
        assert_eq!(need(None, Some(&printed), false), Need::WithPassword);
    }

    #[test]
    fn whoever_has_a_password_of_their_own_needs_a_letter_without() {
        let (own, printed) = (password(false, None, ""), letter(Some(at(-50)), None));
        assert_eq!(need(Some(&own), Some(&printed), false), Need::None);
        assert_eq!(need(Some(&own), None, false), Need::WithoutPassword);
        let closed = |password| {
            Need::of(&Holding { password, letter: None, is_on_its_way: false, is_closed: true }, NOW)
        };
        assert_eq!((closed(Some(&own)), closed(None)), (Need::WithoutPassword, Need::ByHand));
    }
}
