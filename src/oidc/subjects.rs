//! Under which name a client knows a person (`OpenID` Connect Core §8).

use std::borrow::Cow;

use super::Provider;
use super::clients::Client;
use crate::accounts::AccountId;
use crate::config::SubjectType;

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
}
