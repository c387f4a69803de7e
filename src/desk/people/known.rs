//! All that the screen knows of a person before it puts it into words.

use std::time::Duration;

use super::super::Desk;
use super::super::Manager;
use super::pages::{AddressFact, AliasFact, CaseFact, Facts, LetterFact};
use crate::accounts::{Account, AccountId, Fingerprint, Letter, OpenCase, Overview};
use crate::audit::{self, Event};
use crate::config::AuthoritySettings;
use crate::kit::clock::Timestamp;
use crate::signin::SessionLine;
use crate::signin::throttling::Wait;

/// How many sessions are told of.
pub const MOST_SESSIONS: i64 = 20;
/// How many letters are shown, the latest first.
const MOST_LETTERS: usize = 2;
/// Who looks again so soon, or after an act of theirs, has not looked anew: what they see is noted once.
const SAME_LOOK: Duration = Duration::from_mins(1);
/// How an identifier is grouped for reading aloud.
const GROUP: usize = 4;

/// A person of an authority, and how they stand.
pub struct Known {
    /// The person, their access, their letters.
    pub overview: Overview,
    /// The state that acts are then made upon.
    pub seen: Fingerprint,
    /// The records that theirs took in, the latest first.
    pub aliases: Vec<Account>,
    /// Their open request for help.
    pub case: Option<OpenCase>,
    /// Where they are signed in.
    pub sessions: Vec<SessionLine>,
    /// How long they must wait after failures, if at all.
    pub wait: Option<Wait>,
    /// When they last signed in, as far back as that is kept.
    pub last_sign_in: Option<Timestamp>,
    /// Whether mails can be sent.
    pub sends_mail: bool,
}

impl Known {
    /// Who.
    pub const fn account(&self) -> &Account {
        &self.overview.account
    }

    /// The facts of the card.
    pub fn facts(&self, now: Timestamp, authority: &AuthoritySettings) -> Facts {
        let account = self.account();
        let letters = &self.overview.letters;
        let desk_of = |letter: &Letter| {
            let desk = authority.desks.iter().find(|desk| desk.id == letter.desk);
            desk.map_or_else(|| letter.desk.to_string(), |desk| desk.name.clone())
        };
        Facts {
            name: account.display_name(),
            identifier: account.identifier().unwrap_or_default().to_owned(),
            groups: groups(account.identifier().unwrap_or_default()),
            address: AddressFact {
                known: account.email.clone(),
                is_confirmed: account.email_verified,
                waiting: account.pending_email.clone(),
                proposed: account.proposed_email.clone(),
            },
            letters: letters
                .iter()
                .take(MOST_LETTERS)
                .map(|letter| LetterFact::of(letter, now, desk_of(letter)))
                .collect(),
            earlier_letters: letters.len().saturating_sub(MOST_LETTERS) as u64,
            last_sign_in: self.last_sign_in,
            sessions: self.sessions.iter().map(|session| session.user_agent.clone()).collect(),
            case: self
                .case
                .as_ref()
                .map(|case| CaseFact { number: case.number.as_str().to_owned(), since: case.asked_at }),
            aliases: self.aliases.iter().map(AliasFact::of).collect(),
            can_call: account.is_open(),
        }
    }
}

/// An identifier in groups, letters and digits apart, so that it can be read aloud.
pub fn groups(identifier: &str) -> Vec<String> {
    let mut groups: Vec<String> = Vec::new();
    for character in identifier.chars() {
        let fits = groups.last().is_some_and(|group| {
            let same_kind =
                group.chars().next_back().is_some_and(|last| last.is_numeric() == character.is_numeric());
            same_kind && group.chars().count() < GROUP
        });
        match groups.last_mut().filter(|_| fits) {
            Some(group) => group.push(character),
            None => groups.push(character.to_string()),
        }
    }
    groups
}

impl Desk {
    /// Notes that a manager saw the person's screen, unless they did so a moment ago.
    pub(super) async fn note_seen(&self, manager: &Manager, id: &AccountId) -> sqlx::Result<()> {
        let since = self.0.clock.now() - SAME_LOOK;
        let mut connection = self.0.database.read().await?;
        let looked =
            audit::acted_since(&mut connection, id.as_str(), manager.account().id.as_str(), since).await?;
        drop(connection);
        if looked {
            return Ok(());
        }
        manager.note("", Some(id), (Event::Looked, "")).await
    }

    pub(super) async fn last_sign_in(&self, id: &AccountId) -> sqlx::Result<Option<Timestamp>> {
        audit::last(&mut *self.0.database.read().await?, id.as_str(), Event::SignedIn).await
    }
}

#[cfg(test)]
mod tests {
    use super::groups;

    #[test]
    fn an_identifier_is_grouped_for_reading_aloud() {
        assert_eq!(groups("jdupont2"), ["jdup", "ont", "2"]);
        assert_eq!(groups("msainthilairederoche1"), ["msai", "nthi", "lair", "eder", "oche", "1"]);
        assert_eq!(groups("10234567"), ["1023", "4567"]);
        assert!(groups("").is_empty());
    }
}
