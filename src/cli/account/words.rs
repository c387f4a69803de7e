//! Accounts in the words of the operators' commands.

use jiff::tz::TimeZone;

use crate::accounts::letters::{Letter, LetterState};
use crate::accounts::{Access, Account, Origin, Overview};
use crate::kit::clock::Timestamp;
use crate::kit::locale::Locale;
use crate::kit::texts::Texts;

/// Says days and moments as the clocks of the installation show them.
pub struct Calendar<'a> {
    pub texts: &'a Texts,
    pub zone: &'a TimeZone,
}

impl Calendar<'_> {
    pub fn day(&self, at: Timestamp) -> String {
        self.texts.day(Locale::En, at, self.zone)
    }

    pub fn moment(&self, at: Timestamp) -> String {
        self.texts.moment(Locale::En, at, self.zone)
    }

    /// The last day of what ends at a moment, which is often a midnight.
    pub fn last_day(&self, end: Timestamp) -> String {
        self.day(end - std::time::Duration::from_secs(1))
    }
}

/// Whether and how the person can sign in, in one sentence.
pub fn access(overview: &Overview, calendar: &Calendar<'_>) -> String {
    match overview.access {
        Access::Deleted { at } => format!("deleted on {}", calendar.day(at)),
        Access::Disabled { at } => format!("disabled on {}: cannot sign in", calendar.day(at)),
        Access::Upstream => "signs in at the upstream provider; no password is kept here".to_owned(),
        Access::NoPassword => "has no password: cannot sign in before a letter is issued".to_owned(),
        Access::Personal { since } => format!("personal password since {}", calendar.day(since)),
        Access::Temporary { since, until, expired } => {
            let printed =
                overview.letters.iter().find(|letter| letter.with_password && letter.voided_at.is_none());
            let (made, on) = match printed.and_then(|letter| letter.printed_at) {
                Some(at) => ("printed", at),
                None => ("drawn", since),
            };
            let made = format!("temporary password {made} on {}, never used", calendar.day(on));
            match until {
                Some(until) if expired => {
                    format!(
                        "{made}, expired since {}: cannot sign in before a new letter",
                        calendar.last_day(until)
                    )
                }
                Some(until) => format!("{made}, valid until {}", calendar.last_day(until)),
                None => made,
            }
        }
    }
}

/// The word for whether and how the person can sign in.
pub const fn access_word(access: Access) -> &'static str {
    match access {
        Access::Deleted { .. } => "deleted",
        Access::Disabled { .. } => "disabled",
        Access::Upstream => "upstream",
        Access::NoPassword => "no-password",
        Access::Personal { .. } => "personal",
        Access::Temporary { expired: true, .. } => "temporary-expired",
        Access::Temporary { .. } => "temporary",
    }
}

/// What became of a letter.
pub fn letter(letter: &Letter, now: Timestamp, calendar: &Calendar<'_>) -> String {
    let kind = if letter.with_password { "with a password" } else { "without a password" };
    let fate = match (letter.state(now), letter.expires_at) {
        (LetterState::Used { at }, _) => format!("used on {}", calendar.day(at)),
        (LetterState::Voided { at }, _) => format!("voided on {}", calendar.day(at)),
        (LetterState::Expired { at }, _) => format!("expired since {}", calendar.last_day(at)),
        (_, Some(end)) => format!("valid until {}", calendar.last_day(end)),
        (_, None) => "without an end".to_owned(),
    };
    let printed = |at| format!("printed on {}", calendar.day(at));
    let printed = letter.printed_at.map_or_else(|| "not printed".to_owned(), printed);
    let issued = calendar.day(letter.issued_at);
    format!("{} {kind}, desk {}, issued on {issued}, {printed}, {fate}", letter.number, letter.desk)
}

/// Where the person signs in.
pub fn origin(account: &Account) -> String {
    match &account.origin {
        Origin::Here { identifier } if identifier.is_empty() => "-".to_owned(),
        Origin::Here { identifier } => identifier.clone(),
        Origin::Upstream { upstream, subject } => format!("{subject} at {upstream}"),
    }
}
