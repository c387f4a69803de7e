//! The acts that help a person: which can be done now, why not, and how they are undone.
//!
//! A new act is a variant of [`Action`], its condition in [`Action::can_now`], and what it does in `act.rs`.

use super::act::Typed;
use super::known::Known;
use super::pages::{Act, Missing};
use crate::accounts::Access;

/// An act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Lifts the wait after failures.
    Unlock,
    /// Sends a link that sets a new password to the confirmed address.
    ResetLink,
    /// Proposes a mail address, which the person takes or not.
    ProposeAddress,
    /// Takes a proposal back.
    WithdrawProposal,
    /// Takes away the address in use.
    RemoveAddress,
    /// Ends every session and grant.
    EndSessions,
    /// Disables the access.
    Disable,
    /// Enables it again.
    Enable,
}

/// Why an act cannot be done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyNot {
    /// The access is disabled.
    Disabled,
    /// It is not.
    NotDisabled,
    /// No address was confirmed by the person.
    NoConfirmedAddress,
    /// Nothing is there to be taken away or ended.
    Nothing,
    /// No mail can be sent here.
    NoMail,
}

impl Action {
    /// Every act, in the order in which they are offered.
    pub const ALL: [Self; 8] = [
        Self::Unlock,
        Self::ResetLink,
        Self::ProposeAddress,
        Self::WithdrawProposal,
        Self::RemoveAddress,
        Self::EndSessions,
        Self::Disable,
        Self::Enable,
    ];

    /// The word for it, in addresses and in the names of its texts.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unlock => "unlock",
            Self::ResetLink => "reset-link",
            Self::ProposeAddress => "propose-address",
            Self::WithdrawProposal => "withdraw-proposal",
            Self::RemoveAddress => "remove-address",
            Self::EndSessions => "end-sessions",
            Self::Disable => "disable",
            Self::Enable => "enable",
        }
    }

    /// What a word stands for, if it stands for anything.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.word() == word)
    }

    /// What is said once it is done.
    #[must_use]
    pub const fn done(self) -> Done {
        match self {
            Self::Unlock => Done::Unlocked,
            Self::ResetLink => Done::ResetLinkSent,
            Self::ProposeAddress => Done::AddressProposed,
            Self::WithdrawProposal => Done::ProposalWithdrawn,
            Self::RemoveAddress => Done::AddressRemoved,
            Self::EndSessions => Done::SessionsEnded,
            Self::Disable => Done::Disabled,
            Self::Enable => Done::Enabled,
        }
    }

    /// Whether people look for it even when it is not there: then a line says why.
    const fn is_usual(self) -> bool {
        matches!(self, Self::ResetLink)
    }

    /// Whether it can be done for a person as they stand.
    pub fn can_now(self, known: &Known) -> Result<(), WhyNot> {
        let account = known.account();
        let is_disabled = account.disabled_at.is_some();
        let when = |holds: bool, reason: WhyNot| if holds { Ok(()) } else { Err(reason) };
        match self {
            Self::Enable => return when(is_disabled, WhyNot::NotDisabled),
            Self::RemoveAddress => {
                return when(account.email.is_some() || account.pending_email.is_some(), WhyNot::Nothing);
            }
            Self::WithdrawProposal => return when(account.proposed_email.is_some(), WhyNot::Nothing),
            _ if is_disabled => return Err(WhyNot::Disabled),
            _ => {}
        }
        match self {
            Self::Unlock => when(known.wait.is_some(), WhyNot::Nothing),
            Self::ResetLink if !known.sends_mail => Err(WhyNot::NoMail),
            Self::ResetLink => {
                when(account.email.is_some() && account.email_verified, WhyNot::NoConfirmedAddress)
            }
            Self::ProposeAddress => when(known.sends_mail, WhyNot::NoMail),
            Self::EndSessions => {
                let may_have_grants = matches!(known.overview.access, Access::Personal { .. });
                when(may_have_grants || !known.sessions.is_empty(), WhyNot::Nothing)
            }
            Self::Disable | Self::Enable | Self::RemoveAddress | Self::WithdrawProposal => Ok(()),
        }
    }
}

impl WhyNot {
    /// Every reason.
    pub const ALL: [Self; 5] =
        [Self::Disabled, Self::NotDisabled, Self::NoConfirmedAddress, Self::Nothing, Self::NoMail];

    /// The key of its text, for an act that people look for.
    #[must_use]
    pub const fn text_key(self) -> &'static str {
        match self {
            Self::Disabled => "desk-why-disabled",
            Self::NoConfirmedAddress => "desk-why-no-confirmed-address",
            Self::NoMail => "desk-why-no-mail",
            Self::NotDisabled | Self::Nothing => "desk-why-nothing",
        }
    }
}

/// What was just done, told at the top of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// The wait is lifted.
    Unlocked,
    /// A link is on its way.
    ResetLinkSent,
    /// An address is proposed.
    AddressProposed,
    /// It is no more.
    ProposalWithdrawn,
    /// No address is kept.
    AddressRemoved,
    /// Every access is ended.
    SessionsEnded,
    /// The access is disabled.
    Disabled,
    /// It is enabled.
    Enabled,
    /// A mail is tried again.
    MailRetried,
    /// Two records are one.
    Merged,
    /// They are two again.
    Separated,
    /// All was so already.
    Nothing,
}

impl Done {
    /// Everything that can be told.
    pub const ALL: [Self; 12] = [
        Self::Unlocked,
        Self::ResetLinkSent,
        Self::AddressProposed,
        Self::ProposalWithdrawn,
        Self::AddressRemoved,
        Self::SessionsEnded,
        Self::Disabled,
        Self::Enabled,
        Self::MailRetried,
        Self::Merged,
        Self::Separated,
        Self::Nothing,
    ];

    /// The word for it in the screen's address.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unlocked => "unlocked",
            Self::ResetLinkSent => "reset-link-sent",
            Self::AddressProposed => "address-proposed",
            Self::ProposalWithdrawn => "proposal-withdrawn",
            Self::AddressRemoved => "address-removed",
            Self::SessionsEnded => "sessions-ended",
            Self::Disabled => "disabled",
            Self::Enabled => "enabled",
            Self::MailRetried => "mail-retried",
            Self::Merged => "merged",
            Self::Separated => "separated",
            Self::Nothing => "nothing",
        }
    }

    /// What a word stands for, if it stands for anything.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|done| done.word() == word)
    }

    /// The key of its text.
    #[must_use]
    pub fn text_key(self) -> String {
        format!("desk-done-{}", self.word())
    }

    /// The act that undoes it, where that is safe.
    #[must_use]
    pub const fn undone_by(self) -> Option<Action> {
        match self {
            Self::Disabled => Some(Action::Enable),
            Self::Enabled => Some(Action::Disable),
            Self::AddressProposed => Some(Action::WithdrawProposal),
            _ => None,
        }
    }
}

/// The acts that can be done now, with what was typed into one of them.
pub fn acts(known: &Known, typed: &Typed) -> Vec<Act> {
    let can = Action::ALL.into_iter().filter(|action| action.can_now(known).is_ok());
    let act = |action: Action| {
        let is_open = typed.action == Some(action);
        Act {
            word: action.word(),
            takes_address: action == Action::ProposeAddress,
            is_open,
            reason: if is_open { typed.reason.clone() } else { String::new() },
            address: if is_open { typed.address.clone() } else { String::new() },
        }
    };
    can.map(act).collect()
}

/// The usual acts that cannot be done now, and why.
pub fn missing(known: &Known) -> Vec<Missing> {
    let usual = Action::ALL.into_iter().filter(|action| action.is_usual());
    let missing = |action: Action| {
        let why = action.can_now(known).err()?;
        Some(Missing { word: action.word(), why })
    };
    usual.filter_map(missing).collect()
}
