//! The pages on which managers are named and dismissed.

use askama::Template;

use crate::config::Rank;
use crate::desk::pages::DeskFrame;
use crate::kit::clock::Timestamp;
use crate::kit::page::Frame;

/// What was just done, or not done, told at the top of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Somebody was named.
    Named,
    /// Somebody was dismissed.
    Dismissed,
    /// It was so already.
    Nothing,
    /// The code leads to nobody.
    UnknownCode,
    /// It is the supervisor's own.
    Oneself,
    /// So many codes were typed that none is looked at now.
    Wait,
}

impl Outcome {
    /// Everything that can be told.
    pub const ALL: [Self; 6] =
        [Self::Named, Self::Dismissed, Self::Nothing, Self::UnknownCode, Self::Oneself, Self::Wait];

    /// The word for it in the page's address.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Named => "named",
            Self::Dismissed => "dismissed",
            Self::Nothing => "nothing",
            Self::UnknownCode => "unknown-code",
            Self::Oneself => "oneself",
            Self::Wait => "wait",
        }
    }

    /// What a word stands for, if it stands for anything.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.word() == word)
    }

    /// The key of its text.
    #[must_use]
    pub fn text_key(self) -> String {
        format!("managers-outcome-{}", self.word())
    }

    /// Whether nothing was done, and something is to be done otherwise.
    #[must_use]
    pub const fn is_fault(self) -> bool {
        matches!(self, Self::UnknownCode | Self::Oneself | Self::Wait)
    }
}

/// The key of a rank's name.
#[must_use]
pub const fn rank_key(rank: Rank) -> &'static str {
    match rank {
        Rank::Manager => "desk-rank-manager",
        Rank::Supervisor => "desk-rank-supervisor",
    }
}

/// Somebody on the list.
pub struct ManagerRow {
    /// What they are called.
    pub name: String,
    /// Their mail address, as their provider tells it.
    pub email: Option<String>,
    /// The key of their rank.
    pub rank_key: &'static str,
    /// When they were named, and by whom; an operator has no name.
    pub named: Option<(Timestamp, Option<String>)>,
    /// The provider that says so.
    pub claimed_at: Option<String>,
    /// Whether they are the one who looks.
    pub is_self: bool,
    /// Whether their account is disabled, so that their rank counts for nothing.
    pub is_disabled: bool,
    /// Where they are dismissed, if they can be.
    pub dismiss_href: Option<String>,
    /// Where what they did is read.
    pub audit_href: String,
}

/// Who looks after the authority's people.
#[derive(Template)]
#[template(path = "desk/managers/list.html", whitespace = "minimize")]
pub struct ManagersPage {
    /// What surrounds every page.
    pub frame: Frame,
    /// What surrounds it at the desk.
    pub desk: DeskFrame,
    /// What was just done.
    pub outcome: Option<Outcome>,
    /// Everybody.
    pub managers: Vec<ManagerRow>,
    /// Where a code is sent.
    pub code_action: String,
    /// Where future managers get one.
    pub join_address: String,
}

/// Whoever read a code, to be named or not.
#[derive(Template)]
#[template(path = "desk/managers/confirm.html", whitespace = "minimize")]
pub struct ConfirmPage {
    /// What surrounds every page.
    pub frame: Frame,
    /// What surrounds it at the desk.
    pub desk: DeskFrame,
    /// What they are called.
    pub name: String,
    /// Their mail address, as their provider tells it.
    pub email: Option<String>,
    /// The provider.
    pub provider: String,
    /// The code, to be sent again.
    pub code: String,
    /// Where it is sent.
    pub action: String,
    /// The list.
    pub back_href: String,
    /// Whether no reason was given.
    pub lacks_reason: bool,
}

/// Somebody who is to be dismissed.
#[derive(Template)]
#[template(path = "desk/managers/dismiss.html", whitespace = "minimize")]
pub struct DismissPage {
    /// What surrounds every page.
    pub frame: Frame,
    /// What surrounds it at the desk.
    pub desk: DeskFrame,
    /// What they are called.
    pub name: String,
    /// Whether they keep a rank by what their provider says.
    pub keeps_claim: bool,
    /// Where it is sent.
    pub action: String,
    /// The list.
    pub back_href: String,
    /// Whether no reason was given.
    pub lacks_reason: bool,
}

/// Where staff get the code by which they are named.
#[derive(Template)]
#[template(path = "desk/managers/join.html", whitespace = "minimize")]
pub struct JoinPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The public name of the session; the form sends it.
    pub session: String,
    /// What the person is called.
    pub name: String,
    /// The code that was just drawn.
    pub code: Option<String>,
}
