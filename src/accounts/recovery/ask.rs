//! "I forgot my password": the same work for every identifier.

use std::fmt;
use std::time::Duration;

use super::super::{Account, Accounts, CallerPage, LookupKey, Network, Origin};
use super::links::LinkPurpose;
use super::store::{self, StoredCase};
use crate::config::Disclosure;
use crate::database::Connection;
use crate::kit::locale::Locale;
use crate::mail::Address;

/// A mail goes to one account at most this often, unless the link it brought is dead.
const MAIL_EVERY: Duration = Duration::from_mins(5);
/// How many numbers there are.
const NUMBERS: u32 = 1_000_000;
/// How often a number is drawn before one is taken from a request that leads to nobody: whoever asks for
/// a million names must not use the numbers up.
const PATIENT_DRAWS: usize = 12;
/// How many requests about one account wait, from as many places: beyond them the oldest goes that nobody is on the telephone about.
pub(in crate::accounts) const MOST_CASES: i64 = 8;
/// How often a number is drawn at all.
const MOST_DRAWS: usize = 100;

/// Nothing is left to do for a request.
pub(super) const TASK_NONE: i64 = 0;
/// A mail is to be posted, and the request noted in the account's history.
pub(super) const TASK_MAIL: i64 = 1;
/// The request is to be noted in the account's history.
pub(super) const TASK_NOTE: i64 = 2;

/// Six digits that a manager types to find a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseNumber(String);

impl CaseNumber {
    /// A number as it is stored.
    pub(in crate::accounts) const fn stored(digits: String) -> Self {
        Self(digits)
    }

    /// The six digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The digits in two groups, as they are read aloud.
    #[must_use]
    pub fn spoken(&self) -> String {
        let (first, second) = self.0.split_at(self.0.len() / 2);
        format!("{first}\u{a0}{second}")
    }

    /// Reads a number as somebody typed it; `None` when it is none.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        let digits: String = typed.chars().filter(|character| !character.is_whitespace()).collect();
        let is_number = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then_some(Self(digits))
    }
}

impl fmt::Display for CaseNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What may be expected after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outlook {
    /// A mail goes out within moments.
    MailComing,
    /// A mail went out a few minutes ago, and its link is alive.
    MailedLately,
    /// No mail: unknown, without a confirmed address, disabled, or not ours.
    NoMail,
}

/// A request of somebody who forgot a password.
#[derive(Clone, Copy)]
pub struct RecoveryWish<'a> {
    /// Whose password, as it was typed.
    pub identifier: &'a str,
    /// In which language.
    pub locale: Locale,
    /// From where: one place has one case of an identifier, so that nobody takes away what others wait with.
    pub from: &'a Network,
    /// The page that this browser has had so far, which this request takes the place of.
    pub page: Option<&'a CallerPage>,
    /// Whether a mail may answer it; if not, it is as if no address were known.
    pub may_mail: bool,
}

/// A request that was taken in.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Its number.
    pub number: CaseNumber,
    /// The page at which the caller waits for a manager.
    pub page: CallerPage,
    /// What may be expected.
    pub outlook: Outlook,
}

impl Accounts {
    /// Takes in the request of somebody who forgot a password; a later one from the same place takes the place of an earlier,
    /// unless somebody is on the telephone about that.
    ///
    /// Known and unknown identifiers cost the same statements; mail and history are for
    /// [`Accounts::answer_recovery_cases`].
    pub async fn ask_for_recovery(&self, wish: &RecoveryWish<'_>) -> sqlx::Result<Asked> {
        let key = LookupKey::of(wish.identifier);
        let subject = self.0.cases.of(&format!("{}\n{}", wish.from.as_str(), key.as_str()));
        let now = self.0.clock.now();
        let mut transaction = self.0.database.write().await?;
        let account = super::super::store::by_key(&mut transaction, &key).await?;
        let outlook = if wish.may_mail {
            self.outlook(&mut transaction, account.as_ref()).await?
        } else {
            Outlook::NoMail
        };
        let task = match (outlook, &account) {
            (Outlook::MailComing, _) => TASK_MAIL,
            (_, Some(_)) if wish.may_mail => TASK_NOTE,
            _ => TASK_NONE,
        };
        let own = wish.page.map(CallerPage::as_str).unwrap_or_default();
        store::spare_calls(&mut transaction, &subject, own, now).await?;
        let page = CallerPage::from(self.0.rng.token());
        for draw in 0..MOST_DRAWS {
            let number = CaseNumber(format!("{:06}", self.0.rng.below(NUMBERS)));
            store::make_room(&mut transaction, &subject, &number.0, draw >= PATIENT_DRAWS, now).await?;
            let case = StoredCase {
                number: &number.0,
                subject: &subject,
                account: account.as_ref().map(|account| &account.id),
                authority: account.as_ref().and_then(|account| account.authority.as_ref()),
                page: page.as_str(),
                by_telephone: outlook == Outlook::NoMail,
                locale: wish.locale.tag(),
                task,
                created_at: now,
                expires_at: now + self.0.recovery.case_lifetime,
            };
            if store::insert_case(&mut transaction, &case).await? {
                store::keep_newest(&mut transaction, &case, MOST_CASES).await?;
                transaction.commit().await?;
                self.0.recovery_wanted.notify_one();
                return Ok(Asked { number, page, outlook });
            }
        }
        Err(sqlx::Error::Protocol("every case number is taken by a known account".to_owned()))
    }

    /// The account of a live case number, as somebody typed it.
    pub async fn case(&self, number: &str) -> sqlx::Result<Option<Account>> {
        let Some(number) = CaseNumber::parse(number) else { return Ok(None) };
        let mut connection = self.0.database.read().await?;
        let found = store::account_of_case(&mut connection, &number.0, self.0.clock.now()).await?;
        match found {
            Some(id) => super::super::store::by_id(&mut connection, &id).await,
            None => Ok(None),
        }
    }

    async fn outlook(&self, connection: &mut Connection, account: Option<&Account>) -> sqlx::Result<Outlook> {
        let Some(account) = account.filter(|account| self.may_be_mailed(account)) else {
            return Ok(Outlook::NoMail);
        };
        // Where every answer is the same, nothing more is looked up for some of them.
        let is_told = self.0.recovery.disclosure == Disclosure::Explicit;
        let lately = is_told && self.was_mailed_lately(connection, account).await?;
        Ok(if lately { Outlook::MailedLately } else { Outlook::MailComing })
    }

    /// Whether a mail went out a few minutes ago whose link still opens the account.
    pub(in crate::accounts) async fn was_mailed_lately(
        &self,
        connection: &mut Connection,
        account: &Account,
    ) -> sqlx::Result<bool> {
        let link = store::link_of_account(connection, &account.id, LinkPurpose::Reset).await?;
        match link.filter(|link| self.0.clock.now() < link.created_at + MAIL_EVERY) {
            Some(link) => self.is_alive(connection, &link, account).await,
            None => Ok(false),
        }
    }

    /// Whether a link that opens the account may go to its address.
    pub(in crate::accounts) fn may_be_mailed(&self, account: &Account) -> bool {
        self.0.mailer.is_configured()
            && account.is_open()
            && matches!(account.origin, Origin::Here { .. })
            && account.email.as_deref().is_some_and(|email| Address::parse(email).is_some())
    }
}
