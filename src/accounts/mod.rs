//! People: who they are, how they are found, and the password of those who have one here.
//!
//! The room owns the tables `account`, `taken_identifier`, `homonym_series` (and, until they are empty,
//! `allotted_identifier` and `identifier_series`), `password`, `former_password`, `letter`, `letter_order`,
//! `letter_batch`, `unprinted_letter`, `mailed_link`, `recovery_case`, `search_word`, `access_opening` and
//! `opening_wish`. It knows nothing of browsers, sessions, clients or tokens.

mod addresses;
mod administration;
mod by_hand;
mod create;
mod federated;
mod identifiers;
pub mod import;
mod jurisdiction;
pub mod letters;
mod mandate;
mod merging;
mod openings;
mod passwords;
mod provisioning;
mod recovery;
mod refusals;
mod retention;
mod search;
mod staff;
mod store;
mod telephone;

use std::sync::Arc;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::sync::Notify;
use url::Url;

pub use addresses::AddressError;
pub use administration::{Access, AddressChange, Change, ListFilter, ListLine, Naming, Overview};
pub use by_hand::{MakeError, Newcomer};
pub use create::{CreateError, InitialPassword, NewAccount};
pub use federated::FederatedPerson;
pub use identifiers::{LookupKey, NewIdentifier, looks_like_numen};
pub use import::{LONGEST_KEY, LONGEST_NAME};
pub use jurisdiction::{Card, Jurisdiction, Mark, Moment, PERSON_STATEMENTS, Sought, Timeline};
pub use letters::{
    BatchCounts, BatchId, BatchLine, IssueError, IssuedLetter, Letter, LetterBatch, LetterNumber,
    LetterOfBatch, LetterState, OrderKey, Ordered, Replacing, Sender, SenderError,
};
pub use mandate::{Fingerprint, Mandate, NotHeld};
pub use merging::{ALIASES, Merge, NotOne, Pair};
pub use openings::{
    Agreement, Network, NotOpened, Opened, OpeningOrder, OpeningTold, OtherRecord, Way, Wish, WishId,
    purge_openings,
};
pub use passwords::{
    AcceptedPassword, Busy, ChangeError, CheckError, NewPasswordFault, PasswordCheck, PasswordEdition,
    PasswordHasher, ProvenTemporary, ReplaceError, TemporaryPassword, Typed,
};
pub use provisioning::{Enrolment, ReviseError, Revision};
pub use recovery::{
    Asked, CONFIRM_ADDRESS_PATH, CaseNumber, Outlook, RESET_PATH, RecoveryWish, ResetError, ResetForm,
};
pub use refusals::Refused;
pub use retention::purge_cases;
pub use search::{Found, Hit, Listing, MOST_HITS, Matched, SEARCH_STATEMENTS};
pub use staff::StaffNaming;
pub use store::{account as account_of_row, by_id, end_every_access, lock, note_seen};
pub use telephone::{
    CallerPage, CallerView, CaseAct, MatchingCodes, NotSpoken, OpenCase, Redeemed, SpokenCode, Stage, Taken,
};

use identifiers::Marks;
use passwords::CostsInUse;

use crate::config::{
    AuthorityId, AuthoritySettings, LetterSettings, PasswordRule, PasswordSettings, RecoverySettings,
    UpstreamId,
};
use crate::database::Database;
use crate::id_type;
use crate::keys::{Mac, MasterKey, Purpose, Sealer};
use crate::kit::clock::{Clock, Timestamp};
use crate::kit::page::Site;
use crate::kit::random::Rng;
use crate::mail::Mailer;

id_type! {
    /// A person's id: random, stable, never reused. It is the `sub` of their tokens.
    AccountId
}

/// A person as the tables hold them.
#[derive(Clone, Debug)]
pub struct Account {
    /// The id that never changes.
    pub id: AccountId,
    /// Where the person signs in.
    pub origin: Origin,
    /// Given name.
    pub given_name: Option<String>,
    /// Family name.
    pub family_name: Option<String>,
    /// Mail address.
    pub email: Option<String>,
    /// Whether the mail address was proved to be theirs.
    pub email_verified: bool,
    /// Every other claim, by its name.
    pub claims: Map<String, Value>,
    /// When anything of this last changed.
    pub updated_at: Timestamp,
    /// When the account was disabled, if it is.
    pub disabled_at: Option<Timestamp>,
    /// The authority that looks after the person; none for people of an upstream provider.
    pub authority: Option<AuthorityId>,
    /// The person's key in the list that they come from.
    pub source_key: Option<String>,
    /// A mail address that was given and is not confirmed yet: nothing that opens the account goes there.
    pub pending_email: Option<String>,
    /// A mail address that a desk proposes: of no use before the person, signed in, gives it as theirs.
    pub proposed_email: Option<String>,
    /// The record of the same person that took this one in: this one's identifier leads there.
    pub merged_into: Option<AccountId>,
    /// Which of the person's accesses count: sessions and grants made in an older epoch are dead.
    pub epoch: AccessEpoch,
}

/// Counts what ends every access of a person: a new password by reset, a disabling, a deletion.
///
/// Sessions and grants bear the epoch in which they were made and die with it, in the very transaction
/// that begins the next one; even a sign-in that was half done then is void.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccessEpoch(i64);

impl AccessEpoch {
    /// The first one.
    pub const FIRST: Self = Self(0);

    /// The epoch of a stored number.
    #[must_use]
    pub const fn from_number(number: i64) -> Self {
        Self(number)
    }

    /// The number to store.
    #[must_use]
    pub const fn number(self) -> i64 {
        self.0
    }
}

/// Where a person's credentials are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Here: an external person with the identifier printed on their letter.
    Here {
        /// As printed.
        identifier: String,
    },
    /// At an upstream provider.
    Upstream {
        /// Which one.
        upstream: UpstreamId,
        /// Who they are there.
        subject: String,
    },
}

impl Account {
    /// Whether what was made for this person in `epoch` counts: it is open, and nothing ended since.
    #[must_use]
    pub fn honours(&self, epoch: AccessEpoch) -> bool {
        self.is_open() && self.epoch == epoch
    }

    /// Whether the record is in use: not disabled, and not taken in by another one.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.disabled_at.is_none() && self.merged_into.is_none()
    }

    /// The identifier as printed on the letter, for a person who has one.
    #[must_use]
    pub fn identifier(&self) -> Option<&str> {
        match &self.origin {
            Origin::Here { identifier } => Some(identifier),
            Origin::Upstream { .. } => None,
        }
    }

    /// What to call the person on a page.
    #[must_use]
    pub fn display_name(&self) -> String {
        let names: Vec<&str> =
            [&self.given_name, &self.family_name].into_iter().flatten().map(String::as_str).collect();
        if names.is_empty() {
            return self.identifier().or(self.email.as_deref()).unwrap_or_default().to_owned();
        }
        names.join(" ")
    }
}

/// The people of an installation.
#[derive(Clone)]
pub struct Accounts(Arc<Inner>);

struct Inner {
    database: Database,
    hasher: PasswordHasher,
    settings: PasswordSettings,
    letters: LetterSettings,
    authorities: Vec<AuthoritySettings>,
    recovery: RecoverySettings,
    time_zone: TimeZone,
    public_url: Url,
    site: Arc<Site>,
    mailer: Mailer,
    cases: Mac,
    by_hand: Mac,
    spoken: Mac,
    networks: Mac,
    marks: Marks,
    unprinted: Sealer,
    costs: CostsInUse,
    recovery_wanted: Notify,
    clock: Clock,
    rng: Rng,
}

/// What the room is made of.
pub struct Parts {
    /// Where people are kept.
    pub database: Database,
    /// What passwords must be, and what checking one costs.
    pub passwords: PasswordSettings,
    /// How long letters last.
    pub letters: LetterSettings,
    /// Who sends letters.
    pub authorities: Vec<AuthoritySettings>,
    /// What helps when a password is forgotten.
    pub recovery: RecoverySettings,
    /// Where days end.
    pub time_zone: TimeZone,
    /// Where every link begins.
    pub public_url: Url,
    /// Whose site it is.
    pub site: Arc<Site>,
    /// What sends mails.
    pub mailer: Mailer,
    /// What authenticates.
    pub master_key: MasterKey,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub rng: Rng,
}

impl Accounts {
    /// Puts the room together.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(Inner {
            hasher: PasswordHasher::new(&parts.passwords, parts.rng.clone()),
            cases: parts.master_key.mac(Purpose::RecoveryCases),
            by_hand: parts.master_key.mac(Purpose::PeopleByHand),
            spoken: parts.master_key.mac(Purpose::SpokenCodes),
            networks: parts.master_key.mac(Purpose::Networks),
            marks: Marks::new(parts.master_key.mac(Purpose::Identifiers)),
            unprinted: parts.master_key.sealer(Purpose::UnprintedLetters),
            costs: CostsInUse::default(),
            database: parts.database,
            settings: parts.passwords,
            letters: parts.letters,
            authorities: parts.authorities,
            recovery: parts.recovery,
            time_zone: parts.time_zone,
            public_url: parts.public_url,
            site: parts.site,
            recovery_wanted: Notify::new(),
            mailer: parts.mailer,
            clock: parts.clock,
            rng: parts.rng,
        }))
    }

    /// When a temporary password drawn now expires.
    fn season_end(&self) -> Timestamp {
        letters::season_end(&self.0.letters, &self.0.time_zone, self.0.clock.now())
    }

    /// The account of an id, disabled or not.
    pub async fn by_id(&self, id: &AccountId) -> sqlx::Result<Option<Account>> {
        store::by_id(&mut *self.0.database.read().await?, id).await
    }

    /// How many passwords were hashed since the start: what a sign-in costs, whoever asks.
    #[must_use]
    pub fn passwords_hashed(&self) -> u64 {
        self.0.hasher.computed()
    }

    /// The least length of a personal password in characters, and what it must be worth.
    #[must_use]
    pub fn password_rule(&self) -> (usize, PasswordRule) {
        (self.0.settings.minimum_length, self.0.settings.rule)
    }

    /// What somebody who forgot a password is told, and how long a link by mail lives.
    #[must_use]
    pub fn recovery_settings(&self) -> &RecoverySettings {
        &self.0.recovery
    }
}
