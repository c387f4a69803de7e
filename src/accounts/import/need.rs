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
