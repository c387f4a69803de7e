//! What operators do with clients: see them, add them, give them new secrets, switch them off.

use std::time::Duration;

use serde_json::{Map, Value, json};
use thiserror::Error;

use super::registry::{LONGEST_ID, is_id};
use super::store::{self, StoredClient};
use super::{Client, Clients, Origin};
use crate::config::{ClientKeys, Faults, GrantType, SubjectType};
use crate::kit::clock::Timestamp;
use crate::kit::secrets::{Secret, TokenHash};
use crate::oidc::ClientId;

/// How many clients are read at a time.
const PAGE: i64 = 200;

/// Why nothing was done with a client.
#[derive(Debug, Error)]
pub enum ClientError {
    /// Nobody has the id.
    #[error("no client has the id {0:?}; guichet clients list shows those there are")]
    Unknown(String),
    /// The client is the configuration's.
    #[error("the client {0:?} stands in the configuration, and is changed there")]
    Configured(String),
    /// The id is somebody's.
    #[error("the id {0:?} is taken")]
    Taken(String),
    /// The id cannot be one.
    #[error("an id is {LONGEST_ID} visible ASCII characters at most")]
    NoId,
    /// The client has no secret.
    #[error("the client {0:?} has no secret: it proves itself otherwise, or not at all")]
    NoSecret(String),
    /// The metadata breaks the rules.
    #[error("{0}")]
    Metadata(Faults),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// A client just made; its secret is told once.
#[derive(Debug)]
pub struct Made {
    /// Its id.
    pub id: ClientId,
    /// Its secret, when it has one.
    pub secret: Option<Secret>,
}

/// A client as it is shown to operators.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Its id.
    pub id: ClientId,
    /// Its name in French.
    pub name: String,
    /// Where it was registered.
    pub origin: Origin,
    /// When; unknown for one of the configuration.
    pub created_at: Option<Timestamp>,
    /// When it expires, if it does.
    pub expires_at: Option<Timestamp>,
    /// Since when it is switched off.
    pub disabled_at: Option<Timestamp>,
    /// What is registered of it, under the names of RFC 7591; no secret.
    pub metadata: Map<String, Value>,
}

impl Clients {
    /// Every client: those of the configuration first, then by id.
    pub async fn list(&self) -> sqlx::Result<Vec<Shown>> {
        let mut shown: Vec<Shown> = self.0.configured.values().map(|client| configured(client)).collect();
        shown.sort_by(|left, right| left.id.cmp(&right.id));
        let mut last = String::new();
        loop {
            let page = store::page(&mut *self.0.database.read().await?, &last, PAGE).await?;
            let Some(end) = page.last() else { return Ok(shown) };
            end.id.as_str().clone_into(&mut last);
            // Of two with one id, the configuration's is the one that counts.
            shown.extend(page.into_iter().filter(|one| !self.is_configured(&one.id)).map(Shown::from));
        }
    }

    /// A client by its id.
    pub async fn show(&self, id: &str) -> Result<Shown, ClientError> {
        let key = ClientId::from(id);
        if let Some(client) = self.0.configured.get(&key) {
            return Ok(configured(client));
        }
        Ok(Shown::from(self.stored(&key).await?))
    }

    /// Adds a client under this id, or one drawn for it.
    pub async fn add(&self, id: Option<&str>, metadata: Map<String, Value>) -> Result<Made, ClientError> {
        let id = ClientId::from(id.map_or_else(|| self.0.rng.id(), ToOwned::to_owned));
        if !is_id(id.as_str()) {
            return Err(ClientError::NoId);
        }
        if self.is_configured(&id) {
            return Err(ClientError::Taken(id.to_string()));
        }
        let secret = self.secret_for(&metadata);
        self.read(&id, secret.as_ref(), &metadata).map_err(ClientError::Metadata)?;
        let client = StoredClient {
            sealed_secret: secret.as_ref().map(|secret| self.seal_secret(&id, secret)),
            id,
            origin: Origin::Operator,
            metadata,
            management: None,
            revision: self.first_revision(),
            created_at: self.0.clock.now(),
            expires_at: None,
            disabled_at: None,
        };
        let mut transaction = self.0.database.write().await?;
        if !store::insert(&mut transaction, &client).await? {
            return Err(ClientError::Taken(client.id.to_string()));
        }
        transaction.commit().await?;
        Ok(Made { id: client.id, secret })
    }

    /// Gives a client another secret; the one before counts no more.
    pub async fn rotate_secret(&self, id: &str) -> Result<Secret, ClientError> {
        let stored = self.changeable(id).await?;
        let secret = Secret::new(self.0.rng.token());
        let sealed = self.seal_secret(&stored.id, &secret);
        let mut transaction = self.0.database.write().await?;
        if !store::replace_secret(&mut transaction, &stored.id, &sealed).await? {
            return Err(ClientError::NoSecret(id.to_owned()));
        }
        transaction.commit().await?;
        Ok(secret)
    }

    /// Switches a client off: its next use fails on every node. `false` when it is off already.
    pub async fn disable(&self, id: &str) -> Result<bool, ClientError> {
        self.set_disabled(id, Some(self.0.clock.now())).await
    }

    /// Switches a client on again; `false` when it is on already.
    pub async fn enable(&self, id: &str) -> Result<bool, ClientError> {
        self.set_disabled(id, None).await
    }

    /// Makes an initial access token, with which clients register themselves (RFC 7591 §3).
    pub async fn new_initial_token(&self, lifetime: Duration, uses: Option<u32>) -> sqlx::Result<Secret> {
        let token = Secret::new(self.0.rng.token());
        let now = self.0.clock.now();
        let mut transaction = self.0.database.write().await?;
        let hash = TokenHash::of(token.expose());
        let uses = uses.map(i64::from);
        store::insert_initial_token(&mut transaction, &hash, uses, now, now + lifetime).await?;
        transaction.commit().await?;
        Ok(token)
    }

    /// A new secret, where the metadata names a method that uses one, or none.
    pub(in crate::oidc) fn secret_for(&self, metadata: &Map<String, Value>) -> Option<Secret> {
        let method = metadata.get("token_endpoint_auth_method").and_then(Value::as_str);
        let uses_secret = matches!(method, None | Some("client_secret_basic" | "client_secret_post"));
        uses_secret.then(|| Secret::new(self.0.rng.token()))
    }

    async fn set_disabled(&self, id: &str, at: Option<Timestamp>) -> Result<bool, ClientError> {
        let stored = self.changeable(id).await?;
        let mut transaction = self.0.database.write().await?;
        let has_changed = store::set_disabled(&mut transaction, &stored.id, at).await?;
        transaction.commit().await?;
        Ok(has_changed)
    }

    async fn changeable(&self, id: &str) -> Result<StoredClient, ClientError> {
        let key = ClientId::from(id);
        if self.is_configured(&key) {
            return Err(ClientError::Configured(id.to_owned()));
        }
        self.stored(&key).await
    }

    async fn stored(&self, id: &ClientId) -> Result<StoredClient, ClientError> {
        let unknown = || ClientError::Unknown(id.to_string());
        if !is_id(id.as_str()) {
            return Err(unknown());
        }
        store::by_id(&mut *self.0.database.read().await?, id).await?.ok_or_else(unknown)
    }
}

impl From<StoredClient> for Shown {
    fn from(stored: StoredClient) -> Self {
        let member = |name: &str| stored.metadata.get(name).and_then(Value::as_str);
        let name = member("client_name#fr").or_else(|| member("client_name"));
        Self {
            name: name.unwrap_or(stored.id.as_str()).to_owned(),
            id: stored.id,
            origin: stored.origin,
            created_at: Some(stored.created_at),
            expires_at: stored.expires_at,
            disabled_at: stored.disabled_at,
            metadata: stored.metadata,
        }
    }
}

fn configured(client: &Client) -> Shown {
    Shown {
        id: client.id.clone(),
        name: client.name().fr.clone(),
        origin: Origin::Configuration,
        created_at: None,
        expires_at: None,
        disabled_at: None,
        metadata: metadata_of(client),
    }
}

/// What the configuration says of a client, in the words of registration, as far as operators ask for it.
fn metadata_of(client: &Client) -> Map<String, Value> {
    let settings = &client.settings;
    let address = |url: &Option<url::Url>| url.as_ref().map(ToString::to_string);
    let keys_at = match &settings.keys {
        ClientKeys::At(url) => Some(url.to_string()),
        ClientKeys::None | ClientKeys::Inline(_) => None,
    };
    let subject_type = match settings.subject_type {
        SubjectType::Public => "public",
        SubjectType::Pairwise { .. } => "pairwise",
    };
    let members = json!({
        "client_name": settings.about.client_name.en,
        "client_name#fr": settings.about.client_name.fr,
        "client_uri": address(&settings.about.client_uri),
        "redirect_uris": settings.redirect_uris,
        "post_logout_redirect_uris": settings.post_logout_redirect_uris,
        "token_endpoint_auth_method": settings.token_endpoint_auth_method.name(),
        "grant_types": settings.grant_types.iter().map(|grant| GrantType::name(*grant)).collect::<Vec<_>>(),
        "scope": settings.scope.join(" "),
        "id_token_signed_response_alg": settings.id_token_signed_response_alg.name(),
        "subject_type": subject_type,
        "jwks_uri": keys_at,
        "require_pkce": settings.requests.require_pkce,
        "first_party": settings.first_party,
        "resources": settings.resources,
        "authority": settings.authority,
    });
    let Value::Object(members) = members else { return Map::new() };
    members.into_iter().filter(|(_, value)| !value.is_null()).collect()
}
