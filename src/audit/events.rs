//! The events there are, in the words in which they are stored.

use crate::config::AuthorityId;
use crate::kit::clock::Timestamp;

/// Somebody who acts for an authority, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acting {
    /// A manager's account, or an application's client id.
    pub who: String,
    /// For which authority.
    pub authority: AuthorityId,
    /// Why, in their words: a few of them, a case number, or nothing where the act speaks for itself.
    pub reason: String,
}

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// The person, through the pages.
    Person,
    /// An operator, through a command.
    Operator,
    /// A list of people that was read.
    Import,
    /// The janitor.
    Retention,
    /// A manager, at the desk of an authority.
    Manager(Acting),
    /// An application that an authority trusts with its people.
    Application(Acting),
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The account was made.
    Created,
    /// Name, address or claims were brought up to date from outside.
    Updated,
    /// A sign-in; the detail is the door and the proof ([`signed_in_by`]).
    SignedIn,
    /// A sign-in that was refused; the detail is a [`Refusal`].
    SignInFailed,
    /// A letter with a temporary password was issued; the detail is its number.
    LetterIssued,
    /// A letter was issued to somebody who keeps a password of their own; the detail is its number.
    LetterWithoutPassword,
    /// A letter was voided, by a newer one or by itself; the detail is its number.
    LetterVoided,
    /// A letter was put on paper at a desk; the detail is its number.
    LetterPrinted,
    /// A letter's temporary password was replaced; the detail is the letter's number.
    LetterUsed,
    /// The person replaced their personal password, knowing it.
    PasswordChanged,
    /// A forgotten password was replaced through a link.
    PasswordReset,
    /// Somebody said that this account's password is forgotten.
    RecoveryAsked,
    /// A mail address was given, to be confirmed.
    AddressGiven,
    /// A mail address was confirmed.
    AddressConfirmed,
    /// An operator or a list set the mail address.
    AddressSet,
    /// The mail address was taken away.
    AddressRemoved,
    /// A third-party client was allowed something; the detail is its id.
    ConsentGiven,
    /// What a third-party client was allowed was taken back; the detail is its id.
    ConsentWithdrawn,
    /// A session was ended from the account's page, or every other one: the detail is then `others`.
    SessionEnded,
    /// Every session and grant was ended.
    AccessEnded,
    /// Waiting after failed sign-ins was lifted.
    Unlocked,
    /// The account was disabled.
    Disabled,
    /// The account was enabled again.
    Enabled,
    /// The account was anonymised.
    Deleted,
    /// It was announced that the unused account will be anonymised.
    DeletionAnnounced,
    /// A manager saw all that is known of the person.
    Looked,
    /// A desk proposed a mail address to the person.
    AddressProposed,
    /// An address that was proposed was taken back.
    ProposalWithdrawn,
    /// A manager had a link that sets a new password sent to the confirmed address.
    ResetLinkSent,
    /// A mail that was given up was sent again; the detail is its kind.
    MailRetried,
    /// Another record of the person was taken in; the detail is its id.
    Absorbed,
    /// The record was taken in by another one of the person; the detail is that one's id.
    Merged,
    /// Two records that were one are two again; the detail is the other one's id.
    Separated,
    /// A manager or an application looked for people and saw some; the detail is how many, and by what a manager found them.
    Searched,
    /// A manager opened an access for the person; the detail is the way.
    AccessOpened,
    /// A manager wants to open an access, which another one must agree to; the detail is the way.
    OpeningAsked,
    /// A second manager agreed that an access be opened; the detail is the way.
    OpeningAgreed,
    /// An access that a manager opened was used; the detail is the way, and `same-network` behind it where it was
    /// used from the network from which it was opened.
    OpeningUsed,
    /// A manager takes care of a case.
    CaseTaken,
    /// A manager leaves a case to others.
    CaseReleased,
    /// Somebody was named to look after an authority's people; the detail is their rank.
    ManagerNamed,
    /// Somebody looks after an authority's people no more.
    ManagerDismissed,
    /// A supervisor read what was done.
    AuditRead,
    /// A supervisor took what was done away in a file; the detail is its format and what was chosen.
    AuditExported,
    /// An operator began the chain of an authority's events anew.
    ChainBegun,
    /// A list of people was brought to a desk, to see what it would do; the detail is its id.
    ListBrought,
    /// A list of people was read in; the detail is its id.
    ListImported,
    /// A list of people was put aside; the detail is its id.
    ListWithdrawn,
    /// The report of a list was taken away; the detail is the list's id.
    ReportTaken,
    /// Letters of a batch were asked for anew; the detail is the new batch's id.
    BatchAsked,
}

/// Every event with the word that stands for it in the table, and in the names of its texts.
const WORDS: &[(Event, &str)] = &[
    (Event::Created, "created"),
    (Event::Updated, "updated"),
    (Event::SignedIn, "signed-in"),
    (Event::SignInFailed, "sign-in-failed"),
    (Event::LetterIssued, "letter-issued"),
    (Event::LetterWithoutPassword, "letter-without-password"),
    (Event::LetterVoided, "letter-voided"),
    (Event::LetterPrinted, "letter-printed"),
    (Event::LetterUsed, "letter-used"),
    (Event::PasswordChanged, "password-changed"),
    (Event::PasswordReset, "password-reset"),
    (Event::RecoveryAsked, "recovery-asked"),
    (Event::AddressGiven, "address-given"),
    (Event::AddressConfirmed, "address-confirmed"),
    (Event::AddressSet, "address-set"),
    (Event::AddressRemoved, "address-removed"),
    (Event::ConsentGiven, "consent-given"),
    (Event::ConsentWithdrawn, "consent-withdrawn"),
    (Event::SessionEnded, "session-ended"),
    (Event::AccessEnded, "access-ended"),
    (Event::Unlocked, "unlocked"),
    (Event::Disabled, "disabled"),
    (Event::Enabled, "enabled"),
    (Event::Deleted, "deleted"),
    (Event::DeletionAnnounced, "deletion-announced"),
    (Event::Looked, "looked"),
    (Event::AddressProposed, "address-proposed"),
    (Event::ProposalWithdrawn, "proposal-withdrawn"),
    (Event::ResetLinkSent, "reset-link-sent"),
    (Event::MailRetried, "mail-retried"),
    (Event::Absorbed, "absorbed"),
    (Event::Merged, "merged"),
    (Event::Separated, "separated"),
    (Event::Searched, "searched"),
    (Event::AccessOpened, "access-opened"),
    (Event::OpeningAsked, "opening-asked"),
    (Event::OpeningAgreed, "opening-agreed"),
    (Event::OpeningUsed, "opening-used"),
    (Event::CaseTaken, "case-taken"),
    (Event::CaseReleased, "case-released"),
    (Event::ManagerNamed, "manager-named"),
    (Event::ManagerDismissed, "manager-dismissed"),
    (Event::AuditRead, "audit-read"),
    (Event::AuditExported, "audit-exported"),
    (Event::ChainBegun, "chain-begun"),
    (Event::ListBrought, "list-brought"),
    (Event::ListImported, "list-imported"),
    (Event::ListWithdrawn, "list-withdrawn"),
    (Event::ReportTaken, "report-taken"),
    (Event::BatchAsked, "batch-asked"),
];

/// Why a sign-in was refused: told to those who look after the person, never on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The password was wrong.
    WrongPassword,
    /// The letter's password was right, and had expired.
    TemporaryExpired,
    /// What was typed can only be a letter's password with a slip in it.
    TypingSlip,
    /// The password was right, and the account disabled.
    Disabled,
    /// So many failures came before that nothing was looked at.
    Waiting,
}

impl Refusal {
    /// Every reason.
    pub const ALL: [Self; 5] =
        [Self::WrongPassword, Self::TemporaryExpired, Self::TypingSlip, Self::Disabled, Self::Waiting];

    /// The word that stands for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::WrongPassword => "wrong-password",
            Self::TemporaryExpired => "temporary-expired",
            Self::TypingSlip => "typing-slip",
            Self::Disabled => "disabled",
            Self::Waiting => "waiting",
        }
    }

    /// The reason that a word stands for.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.word() == word)
    }
}

/// By what a person proved who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProvedBy {
    /// A personal password.
    Password,
    /// The password of a letter, replaced on the way.
    Letter,
    /// A code that a manager spoke, with a password chosen on the way.
    SpokenCode,
    /// Their upstream provider.
    Upstream,
}

impl ProvedBy {
    const ALL: [Self; 4] = [Self::Password, Self::Letter, Self::SpokenCode, Self::Upstream];

    /// The word that stands for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Letter => "letter",
            Self::SpokenCode => "spoken-code",
            Self::Upstream => "upstream",
        }
    }
}

/// The detail of a sign-in: the door's id and by what it was proved, a space between.
#[must_use]
pub fn signed_in_by(door: &str, proof: ProvedBy) -> String {
    format!("{door} {}", proof.word())
}

/// Door and proof of a sign-in's detail; `None` for one of before there was any.
#[must_use]
pub fn door_and_proof(detail: &str) -> Option<(&str, ProvedBy)> {
    let (door, proof) = detail.rsplit_once(' ')?;
    Some((door, ProvedBy::ALL.into_iter().find(|known| known.word() == proof)?))
}

impl Event {
    /// Every event.
    pub fn all() -> impl Iterator<Item = Self> {
        WORDS.iter().map(|(event, _)| *event)
    }

    /// The word that stands for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        WORDS.iter().find(|(event, _)| *event == self).map_or("", |(_, word)| word)
    }

    /// Whether its details are few and name nobody, so that each is counted by itself.
    #[must_use]
    pub const fn is_counted_by_detail(self) -> bool {
        matches!(self, Self::SignedIn | Self::SignInFailed)
    }

    /// The event that a word stands for.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        WORDS.iter().find(|(_, known)| *known == word).map(|(event, _)| *event)
    }
}

impl Actor {
    /// The word that stands for it.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Operator => "operator",
            Self::Import => "import",
            Self::Retention => "retention",
            Self::Manager(_) => "manager",
            Self::Application(_) => "application",
        }
    }

    /// For which authority, and as whom; nothing for actors that are bound to none.
    #[must_use]
    pub const fn acting(&self) -> Option<&Acting> {
        match self {
            Self::Manager(acting) | Self::Application(acting) => Some(acting),
            Self::Person | Self::Operator | Self::Import | Self::Retention => None,
        }
    }
}

/// An event as it is read again.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its id, which tells it from others of the same second.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// The word for who did it (see [`Actor::word`]).
    pub actor: String,
    /// Which manager or application it was.
    pub actor_id: Option<String>,
    /// Why, in their words.
    pub reason: Option<String>,
    /// Under which authority.
    pub authority: Option<AuthorityId>,
    /// What.
    pub event: Event,
    /// What it concerns, as the event says: a letter's number, a client's id, often nothing.
    pub detail: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_is_found_by_its_word() {
        for event in Event::all() {
            assert_eq!(Event::of_word(event.word()), Some(event));
        }
    }

    #[test]
    fn the_detail_of_a_sign_in_says_door_and_proof() {
        for proof in ProvedBy::ALL {
            assert_eq!(door_and_proof(&signed_in_by("external", proof)), Some(("external", proof)));
        }
        assert_eq!(door_and_proof(""), None);
        assert_eq!(door_and_proof("external somehow"), None);
    }
}
