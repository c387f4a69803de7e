//! Finding a client, wherever it was registered.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use moka::sync::Cache;
use serde_json::{Map, Value};

use super::store::{self, StoredClient};
use super::{Client, Origin};
use crate::config::{
    AuthoritySettings, ClientSettings, Faults, ResourceSettings, Surroundings, read_client_metadata,
};
use crate::database::Database;
use crate::keys::{MasterKey, Purpose, Sealer};
use crate::kit::clock::Clock;
use crate::kit::random::Rng;
use crate::kit::secrets::Secret;
use crate::oidc::ClientId;

/// How many understood clients are kept.
const MOST_KEPT: u64 = 1_000;
/// The longest id; longer ones are nobody's.
pub(super) const LONGEST_ID: usize = 200;

/// Every client that there is: those of the configuration, then those of the database.
#[derive(Clone)]
pub struct Clients(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub configured: HashMap<ClientId, Arc<Client>>,
    /// The resources of the settings, whose scopes clients may ask for.
    apis: Vec<ResourceSettings>,
    /// The authorities of the settings, to one of which a client may belong.
    authorities: Vec<AuthoritySettings>,
    pub database: Database,
    pub sealer: Sealer,
    pub clock: Clock,
    pub rng: Rng,
    /// Clients of the database as they were understood, each with its revision.
    understood: Cache<ClientId, (i64, Arc<Client>)>,
}

impl Clients {
    /// The registry of the clients that the settings name, and of those in the database.
    #[must_use]
    pub fn new(
        settings: &[ClientSettings],
        around: Surroundings<'_>,
        database: Database,
        master_key: &MasterKey,
        clock: Clock,
        rng: Rng,
    ) -> Self {
        let clients = settings.iter().cloned().map(|one| Client::of(one, Origin::Configuration));
        Self(Arc::new(Inner {
            configured: clients.map(|client| (client.id.clone(), Arc::new(client))).collect(),
            apis: around.apis.to_vec(),
            authorities: around.authorities.to_vec(),
            database,
            sealer: master_key.sealer(Purpose::ClientSecrets),
            clock,
            rng,
            understood: Cache::new(MOST_KEPT),
        }))
    }

    /// The client of an id; none when it is disabled or has expired.
    ///
    /// A client of the database costs one read, so that what an operator does to it counts at its next use, on
    /// every node.
    pub async fn find(&self, id: &str) -> sqlx::Result<Option<Arc<Client>>> {
        let id = ClientId::from(id);
        if let Some(client) = self.0.configured.get(&id) {
            return Ok(Some(Arc::clone(client)));
        }
        if !is_id(id.as_str()) {
            return Ok(None);
        }
        let stored = store::by_id(&mut *self.0.database.read().await?, &id).await?;
        let now = self.0.clock.now();
        match stored.filter(|stored| stored.is_usable(now)) {
            None => Ok(None),
            Some(stored) => self.understand(&stored),
        }
    }

    /// Whether an id that [`Clients::find`] finds nobody under is a client's that an operator disabled.
    pub async fn is_disabled(&self, id: &str) -> sqlx::Result<bool> {
        if !is_id(id) {
            return Ok(false);
        }
        let stored = store::by_id(&mut *self.0.database.read().await?, &ClientId::from(id)).await?;
        Ok(stored.is_some_and(|stored| stored.disabled_at.is_some()))
    }

    /// What a stored client is; none when the rules have become stricter than it is.
    pub(super) fn understand(&self, stored: &StoredClient) -> sqlx::Result<Option<Arc<Client>>> {
        if let Some((revision, client)) = self.0.understood.get(&stored.id)
            && revision == stored.revision
        {
            return Ok(Some(client));
        }
        let secret = self.open_secret(stored)?;
        match self.read(&stored.id, secret.as_ref(), &stored.metadata) {
            Ok(settings) => {
                let client = Arc::new(Client::of(settings, stored.origin));
                self.0.understood.insert(stored.id.clone(), (stored.revision, Arc::clone(&client)));
                Ok(Some(client))
            }
            Err(faults) => {
                let fault = faults.iter().next().map(ToString::to_string);
                tracing::error!(client = %stored.id, fault, "a stored client breaks the rules, and is not served");
                Ok(None)
            }
        }
    }

    /// What metadata mean, by the rules of the configuration.
    pub(in crate::oidc) fn read(
        &self,
        id: &ClientId,
        secret: Option<&Secret>,
        metadata: &Map<String, Value>,
    ) -> Result<ClientSettings, Faults> {
        let around = Surroundings { apis: &self.0.apis, authorities: &self.0.authorities };
        read_client_metadata(id.as_str(), secret, metadata, around)
    }

    /// The secret of a stored client.
    pub(in crate::oidc) fn open_secret(&self, stored: &StoredClient) -> sqlx::Result<Option<Secret>> {
        let Some(sealed) = &stored.sealed_secret else { return Ok(None) };
        let opened = self.0.sealer.open(stored.id.as_str().as_bytes(), sealed);
        let text = opened.and_then(|bytes| String::from_utf8(bytes).ok());
        let wrong = || sqlx::Error::Decode("a client secret was sealed by another master key".into());
        text.map(|text| Some(Secret::new(text))).ok_or_else(wrong)
    }

    /// A secret as it is stored for a client.
    pub(in crate::oidc) fn seal_secret(&self, id: &ClientId, secret: &Secret) -> String {
        self.0.sealer.seal(&self.0.rng, id.as_str().as_bytes(), secret.expose().as_bytes())
    }

    /// The revision with which a client begins: drawn, so that no node takes it for another of the same id before it.
    pub(in crate::oidc) fn first_revision(&self) -> i64 {
        i64::from(self.0.rng.below(u32::MAX))
    }

    /// Where a client is registered, when the configuration does it.
    pub(super) fn is_configured(&self, id: &ClientId) -> bool {
        self.0.configured.contains_key(id)
    }
}

/// Whether a text can be the id of a client at all.
pub(super) fn is_id(text: &str) -> bool {
    (1..=LONGEST_ID).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

impl fmt::Debug for Clients {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Clients({} configured)", self.0.configured.len())
    }
}
