//! Settings of external people's access: passwords, letters, recovery, mail, lists, retention.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::UpstreamId;
use crate::id_type;
use crate::kit::secrets::Secret;

id_type! {
    /// The name of an authority in this configuration, kept with its accounts and letters.
    AuthorityId
}

id_type! {
    /// The name of a desk within its authority, kept with its letters.
    DeskId
}

/// `[passwords]`
#[derive(Clone, Debug)]
pub struct PasswordSettings {
    /// How much a personal password must be worth.
    pub rule: PasswordRule,
    /// The least length of a personal password, in characters.
    pub minimum_length: usize,
    /// How many former passwords may not come back.
    pub remembered: usize,
    /// Argon2id memory, in KiB.
    pub argon2_memory: u32,
    /// Argon2id passes.
    pub argon2_passes: u32,
    /// How many hashes may run at once; by default one a core.
    pub concurrency: usize,
    /// How many sign-ins may wait for their turn before the answer is 503.
    pub queue: usize,
}

/// What the CNIL (délibération 2022-100) asks of a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordRule {
    /// 50 bits, as guesses are slowed down: 8 characters of 3 kinds, or a phrase.
    WithThrottling,
    /// 80 bits, as if nothing slowed guesses down: 12 characters of 4 kinds, 14 of 3, or 7 words.
    Alone,
}

/// `[letters]`
#[derive(Clone, Debug)]
pub struct LetterSettings {
    /// The last day of a season, on which temporary passwords expire.
    pub season_ends: MonthDay,
    /// A letter printed so shortly before that day lasts until the next season's end.
    pub shortest: Duration,
}

/// A day of the year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MonthDay {
    /// From 1 to 12.
    pub month: i8,
    /// From 1 to 31.
    pub day: i8,
}

/// One `[[authorities]]`: who sends letters, and whose managers look after them.
#[derive(Clone, Debug)]
pub struct AuthoritySettings {
    /// Its name here.
    pub id: AuthorityId,
    /// Its name for people.
    pub name: String,
    /// Its desks.
    pub desks: Vec<DeskSettings>,
    /// Who looks after its people, by what an upstream provider says of them.
    pub roles: Vec<RoleSettings>,
}

/// One `[[authorities.roles]]`: what an upstream provider says of people who look after an authority's people.
#[derive(Clone, Debug)]
pub struct RoleSettings {
    /// What they may do.
    pub rank: Rank,
    /// Which provider says it.
    pub upstream: UpstreamId,
    /// In which claim, by our name of it.
    pub claim: String,
    /// With which value: one of these.
    pub values: Vec<String>,
}

/// What somebody may do at an authority's desk; the greater may do all that the lesser may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// A manager (*gestionnaire*): helps people.
    Manager,
    /// A supervisor (*responsable*): names managers, sees what was done.
    Supervisor,
}

impl Rank {
    /// Each of them, the lesser first.
    pub const ALL: [Self; 2] = [Self::Manager, Self::Supervisor];

    /// The word that stands for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Manager => "manager",
            Self::Supervisor => "supervisor",
        }
    }

    /// The rank that a word stands for.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rank| rank.word() == word)
    }
}

/// One `[[authorities.desks]]`: the contact printed at the top left of a letter (*service gestionnaire*).
#[derive(Clone, Debug)]
pub struct DeskSettings {
    /// Its name here.
    pub id: DeskId,
    /// Its name for people.
    pub name: String,
    /// Its telephone number.
    pub telephone: Option<String>,
    /// Its mail address.
    pub email: Option<String>,
}

/// `[recovery]`
#[derive(Clone, Debug)]
pub struct RecoverySettings {
    /// What somebody who forgot a password is told.
    pub disclosure: Disclosure,
    /// How long a link that sets a new password lives, from the moment its mail has left.
    pub link_lifetime: Duration,
    /// How long a link that confirms a mail address lives, from the moment its mail has left.
    pub confirmation_lifetime: Duration,
    /// How long a case number finds its request.
    pub case_lifetime: Duration,
    /// Whether people without a mail address are asked for one when they sign in.
    pub mail_address: AddressPolicy,
}

/// What somebody who forgot a password is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disclosure {
    /// Whether a mail was sent; an identifier that does not exist answers as one without a mail address.
    Explicit,
    /// Both ways on one page, whatever is known.
    Uniform,
}

/// Whether people without a mail address are asked for one when they sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressPolicy {
    /// Never.
    Never,
    /// Each time, and they may go on without.
    Optional,
    /// They cannot go on without.
    Required,
}

/// `[desk]`: how far one manager alone may open other people's accesses.
#[derive(Clone, Copy, Debug)]
pub struct OpeningSettings {
    /// When a second manager must agree.
    pub second_manager: SecondManager,
    /// How many accesses one manager may open in an hour; letters of a batch are not counted.
    pub per_hour: u32,
    /// The same in a day.
    pub per_day: u32,
}

/// When a second manager must agree before an access is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecondManager {
    /// Never.
    Never,
    /// When the person has, or once had, a password of their own.
    InUse,
    /// Always.
    Always,
}

/// `[throttling]`; what the CNIL fixes is not configured (5 free failures, 25 attempts a day and account).
#[derive(Clone, Debug)]
pub struct ThrottlingSettings {
    /// How many failures one network may cause in an hour.
    pub network_per_hour: u32,
}

/// `[mail]`
#[derive(Clone, Debug)]
pub struct MailSettings {
    /// Who mails come from, as in the header: `Name <address>` or an address.
    pub from: String,
    /// Where answers go.
    pub reply_to: Option<String>,
    /// The mail server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub security: MailSecurity,
    /// Who we are there, with the password.
    pub credentials: Option<(String, Secret)>,
    /// The certificates that it is checked against instead of the system's, PEM.
    pub ca_file: Option<PathBuf>,
    /// A mail that could not be sent for so long is given up.
    pub give_up_after: Duration,
}

/// How the connection to the mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailSecurity {
    /// TLS from the start (RFC 8314).
    Tls,
    /// STARTTLS, required (RFC 3207).
    StartTls,
    /// Not at all: for a server on this machine.
    None,
}

/// `[import]`
#[derive(Clone, Debug)]
pub struct ImportSettings {
    /// Which column of a list says what; compared without regard to case, accents and spaces.
    pub columns: ImportColumns,
}

/// `[import.columns]`: the headings of a list.
#[derive(Clone, Debug)]
pub struct ImportColumns {
    /// The identifier that a person already has.
    pub identifier: String,
    /// The person's key in the source.
    pub source_key: String,
    /// Given name.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// Mail address.
    pub email: String,
    /// Claims to keep: ours → heading.
    pub others: BTreeMap<String, String>,
}

/// `[retention]`
#[derive(Clone, Debug)]
pub struct RetentionSettings {
    /// How long after their end grants, links, cases and letters are kept; sessions go at once.
    pub expired: Duration,
    /// How long what happened is kept.
    pub events: Duration,
    /// How long settled mails are listed; their content goes at once.
    pub mails: Duration,
    /// Accounts unused for so long are anonymised.
    pub unused_accounts: Duration,
    /// But not before this was announced for so long.
    pub notice: Duration,
}
