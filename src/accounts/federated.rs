//! People whom an upstream provider vouches for.

use serde_json::{Map, Value};

use super::store;
use super::{AccessEpoch, Account, AccountId, Accounts, Origin};
use crate::config::UpstreamId;

/// What an upstream said of a person at this sign-in.
#[derive(Debug)]
pub struct FederatedPerson {
    /// Which upstream.
    pub upstream: UpstreamId,
    /// Who they are there; with the upstream, the only key to the account.
    pub subject: String,
    /// Given name.
    pub given_name: Option<String>,
    /// Family name.
    pub family_name: Option<String>,
    /// Mail address; it links to nothing.
    pub email: Option<String>,
    /// Whether the upstream says that it verified the address.
    pub email_verified: bool,
    /// Other claims kept.
    pub claims: Map<String, Value>,
}

impl Accounts {
    /// The account of a federated person, made at the first sign-in and refreshed at each.
    ///
    /// `None` when it is disabled here, whatever the upstream says.
    pub async fn recognise(&self, person: FederatedPerson) -> sqlx::Result<Option<Account>> {
        let now = self.0.clock.now();
        let account = Account {
            id: AccountId::from(self.0.rng.id()),
            origin: Origin::Upstream { upstream: person.upstream, subject: person.subject },
            given_name: person.given_name,
            family_name: person.family_name,
            email: person.email,
            email_verified: person.email_verified,
            claims: person.claims,
            updated_at: now,
            disabled_at: None,
            authority: None,
            source_key: None,
            pending_email: None,
            proposed_email: None,
            merged_into: None,
            epoch: AccessEpoch::FIRST,
        };
        let mut transaction = self.0.database.write().await?;
        let known = store::upsert_federated(&mut transaction, &account, now).await?;
        transaction.commit().await?;
        Ok(known.filter(|account| account.disabled_at.is_none()))
    }
}
