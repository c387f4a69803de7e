//! Under which names a client knows a person (`OpenID` Connect Core §8) and a session.

use std::borrow::Cow;

use super::Provider;
use super::clients::Client;
use crate::accounts::AccountId;
use crate::config::SubjectType;
use crate::signin::Sid;

impl Provider {
    /// The `sub` of a person for a client: their id, or a name that only clients of the same sector share.
    ///
    /// A pairwise name is a keyed hash of sector and person (Core §8.1): always the same, tied to nobody
    /// without the master key, and stored nowhere. It lasts as long as the master key does.
    pub(super) fn subject_for<'a>(&self, client: &Client, account: &'a AccountId) -> Cow<'a, str> {
        match &client.settings.subject_type {
            SubjectType::Public => Cow::Borrowed(account.as_str()),
            // Neither a host nor an id holds a space.
            SubjectType::Pairwise { sector } => {
                Cow::Owned(self.0.pairwise_subjects.of(&format!("{sector} {account}")))
            }
        }
    }

    /// Whether a `sub` that came from a client is its name for a person.
    pub(super) fn is_subject(&self, client: &Client, account: &AccountId, subject: &str) -> bool {
        self.subject_for(client, account) == subject
    }

    /// The `sid` of a session for a client: as it is, or a name that only clients of the same sector share. One for
    /// all would tell two sectors that they have the same person before them.
    pub(super) fn sid_for<'a>(&self, client: &Client, sid: &'a Sid) -> Cow<'a, str> {
        match &client.settings.subject_type {
            SubjectType::Public => Cow::Borrowed(sid.as_str()),
            SubjectType::Pairwise { sector } => {
                Cow::Owned(self.0.pairwise_sessions.of(&format!("{sector} {sid}")))
            }
        }
    }

    /// Whether a `sid` that came from a client is its name for a session.
    pub(super) fn is_sid(&self, client: &Client, sid: &Sid, told: &str) -> bool {
        self.sid_for(client, sid) == told
    }
}
