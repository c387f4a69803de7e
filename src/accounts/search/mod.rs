//! People found by what somebody types who looks for them: names, identifier, mail address, number of a letter or a case.
//!
//! The module owns the table `search_word`. Words lead to people within one authority only; whoever changes the names,
//! the address, the identifier or the authority of an account keeps its words, in the same transaction.

mod homonyms;
mod index;
mod list;
mod look;
mod spelling;
mod store;
mod words;

pub(super) use index::{forget, keep, keep_new};
pub use list::Listing;

use super::{Access, Account, AccountId};

/// How many people a search gives.
pub const MOST_HITS: usize = 20;

/// The statements by which people are looked for and listed, so that a test can ask both engines how they run them.
pub const SEARCH_STATEMENTS: [&str; 11] = [
    store::BY_IDENTIFIER,
    store::BY_LETTER,
    store::BY_CASE,
    store::BY_RANGE,
    store::BY_PATTERNS,
    store::COUNT,
    store::EVERYBODY,
    store::ENABLED,
    store::DISABLED,
    store::OF_IDENTIFIER,
    store::OF_SOURCE_KEY,
];

/// Somebody who was found.
#[derive(Clone, Debug)]
pub struct Hit {
    /// Who.
    pub account: Account,
    /// Whether and how they can sign in.
    pub access: Access,
    /// By what.
    pub matched: Matched,
}

/// By what somebody was found, the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Matched {
    /// The whole identifier.
    Identifier,
    /// The number of a letter.
    Letter,
    /// The number of a request for help with the password.
    Case,
    /// Names.
    Name,
    /// The beginning of the identifier.
    IdentifierBegins,
    /// The mail address, or its beginning.
    Email,
}

impl Matched {
    /// Whether it names one person and nobody else.
    #[must_use]
    pub const fn is_exact(self) -> bool {
        matches!(self, Self::Identifier | Self::Letter | Self::Case)
    }

    /// The word for it where nothing else is kept of a search.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Identifier | Self::IdentifierBegins => "identifier",
            Self::Letter => "letter",
            Self::Case => "case",
            Self::Name => "name",
            Self::Email => "email",
        }
    }
}

/// What a search brought.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Who was found, [`MOST_HITS`] at the most: the surest first, people found by their names in alphabetical order.
    pub hits: Vec<Hit>,
    /// Whether there are, or may be, more.
    pub has_more: bool,
}

impl Found {
    /// The person whom the text named beyond doubt, where it did not fit somebody else as well.
    ///
    /// Longer identifiers that begin like a whole one are no doubt.
    #[must_use]
    pub fn only(&self) -> Option<&AccountId> {
        let mut sure = self.hits.iter().filter(|hit| hit.matched != Matched::IdentifierBegins);
        match (sure.next(), sure.next()) {
            (Some(hit), None) if hit.matched.is_exact() => Some(&hit.account.id),
            _ => None,
        }
    }

    /// By what the first one was found.
    #[must_use]
    pub fn matched(&self) -> Option<Matched> {
        self.hits.first().map(|hit| hit.matched)
    }

    /// Takes in what was found by one way of looking; somebody who is there already stays where they are.
    fn take(&mut self, hits: impl IntoIterator<Item = Hit>) {
        for hit in hits {
            if self.hits.iter().any(|known| known.account.id == hit.account.id) {
                continue;
            }
            if self.hits.len() == MOST_HITS {
                self.has_more = true;
                return;
            }
            self.hits.push(hit);
        }
    }
}
