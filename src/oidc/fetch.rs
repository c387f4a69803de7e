//! The one way out to addresses that clients name: keys, sector identifiers, request objects, logouts.
//!
//! An address that a client registered may lead anywhere, so that what is asked here is asked carefully:
//! https only, public addresses only (and networks that the operator names), no redirects, no proxy, little
//! time, small answers, few at once. What goes wrong harms the request that needed it and no other.

mod reach;

use std::collections::HashMap;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use http::StatusCode;
use http::header::{ACCEPT, CONTENT_TYPE};
use reqwest::redirect::Policy;
use reqwest::{Certificate, RequestBuilder, Response};
use thiserror::Error;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::ClientId;
use crate::config::FetchSettings;
use reach::{NoneInReach, Reach, Resolver};

/// How long an exchange may take, waiting for its turn included.
const PATIENCE: Duration = Duration::from_secs(5);
/// What of that must be left when the turn comes: otherwise there is no sense in asking.
const LEAST_TO_ASK: Duration = Duration::from_millis(250);
/// The most bytes read of an answer.
const LARGEST_ANSWER: usize = 64 * 1024;
/// How many of the exchanges for one errand are with one host, so that a slow one leaves room for the others.
const MOST_WITH_ONE_HOST: usize = 4;
/// How many of them are for one client, however many hosts it names.
const MOST_FOR_ONE_CLIENT: usize = 2;

/// What something is fetched for. Each errand has turns of its own: whoever holds those of one, by addresses that
/// never answer, keeps nobody waiting who comes for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Errand {
    /// The keys by which clients prove themselves, and what they signed.
    Keys,
    /// The same of clients that anybody may have registered.
    KeysOfStrangers,
    /// The sectors of clients that register with a token.
    Sectors,
    /// The same of clients that register without, as anybody may where the operator allows it.
    SectorsOfStrangers,
    /// Telling clients that sessions ended.
    Logouts,
    /// The same of clients that anybody may have registered.
    LogoutsOfStrangers,
}

impl Errand {
    const ALL: [Self; 6] = [
        Self::Keys,
        Self::KeysOfStrangers,
        Self::Sectors,
        Self::SectorsOfStrangers,
        Self::Logouts,
        Self::LogoutsOfStrangers,
    ];

    /// How many exchanges for it are under way at once.
    const fn most_at_once(self) -> usize {
        match self {
            Self::Keys | Self::Logouts => 16,
            Self::LogoutsOfStrangers => 8,
            Self::KeysOfStrangers | Self::Sectors | Self::SectorsOfStrangers => 4,
        }
    }
}

/// Why there is nothing to read.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum FetchError {
    /// The address is not https, or bears credentials.
    #[error("not an https address without credentials")]
    NotHttps,
    /// The address leads to a network that is not reached from here.
    #[error("a private address; fetch.allow_private_networks names those that may be reached")]
    OutOfReach,
    /// It took too long.
    #[error("too slow")]
    TooSlow,
    /// Too much else is asked for at once: this was not asked at all.
    #[error("no turn was to be had")]
    NoTurn,
    /// No connection, or it broke: name not found, refused, certificate not trusted.
    #[error("unreachable: {0}")]
    Unreachable(String),
    /// It answered with another status than 200; a redirect is never followed.
    #[error("answered with status {0}")]
    Status(u16),
    /// It answered with more than 64 KiB.
    #[error("the answer is too large")]
    TooLarge,
    /// The answer is not what was asked for.
    #[error("the answer is not {0}")]
    Unreadable(&'static str),
}

/// Why nothing can be fetched at all.
#[derive(Debug, Error)]
pub enum FetcherError {
    /// The file of `fetch.ca_file` cannot be used.
    #[error("fetch.ca_file {0} holds no certificates that can be read")]
    Authorities(String),
    /// The HTTP client cannot be made.
    #[error("no HTTP client can be made: {0}")]
    Client(String),
}

/// Fetches what clients' addresses lead to, for one errand.
#[derive(Clone)]
pub struct Fetcher {
    shared: Arc<Shared>,
    errand: Errand,
    turns: Arc<Semaphore>,
    behalf: Option<ClientId>,
}

struct Shared {
    client: reqwest::Client,
    reach: Reach,
    turns: [(Errand, Arc<Semaphore>); Errand::ALL.len()],
    few: Mutex<HashMap<(Errand, Of), Weak<Semaphore>>>,
}

/// Who has few of the turns of an errand.
#[derive(PartialEq, Eq, Hash)]
enum Of {
    Host(String),
    Client(ClientId),
}

impl Fetcher {
    /// A fetcher of keys, for an installation with this public address.
    ///
    /// Where that is on loopback, which the configuration allows for http alone, so are its clients.
    pub fn new(settings: &FetchSettings, public_url: &Url) -> Result<Self, FetcherError> {
        let reach = Reach {
            networks: settings.allow_private_networks.as_slice().into(),
            loopback: public_url.scheme() == "http",
        };
        let authorities = match &settings.ca_file {
            None => Vec::new(),
            Some(path) => std::fs::read(path)
                .ok()
                .and_then(|pem| Certificate::from_pem_bundle(&pem).ok())
                .filter(|certificates| !certificates.is_empty())
                .ok_or_else(|| FetcherError::Authorities(path.display().to_string()))?,
        };
        let prepared = || {
            reqwest::Client::builder()
                .user_agent(concat!("guichet/", env!("CARGO_PKG_VERSION")))
                .redirect(Policy::none())
                .referer(false)
                .no_proxy()
                // A connection kept would outlive what its name meant.
                .pool_max_idle_per_host(0)
                .dns_resolver(Arc::new(Resolver(reach.clone())))
        };
        let client = prepared().tls_certs_merge(authorities.clone()).build().or_else(|error| {
            tracing::warn!(%error, "the system has no certificate authorities: only those of fetch.ca_file count");
            prepared().tls_certs_only(authorities).build()
        });
        let client = client.map_err(|error| FetcherError::Client(error.to_string()))?;
        let turns = Errand::ALL.map(|errand| (errand, Arc::new(Semaphore::new(errand.most_at_once()))));
        let of_keys = Arc::clone(&turns[0].1);
        let shared = Arc::new(Shared { client, reach, turns, few: Mutex::default() });
        Ok(Self { shared, errand: Errand::Keys, turns: of_keys, behalf: None })
    }

    /// The same for another errand.
    #[must_use]
    pub fn on(&self, errand: Errand) -> Self {
        let own = self.shared.turns.iter().find(|(whose, _)| *whose == errand);
        let turns = own.map_or(&self.turns, |(_, turns)| turns);
        Self { errand, turns: Arc::clone(turns), ..self.clone() }
    }

    /// The same on behalf of a client: it has few of the turns, however many addresses it names.
    #[must_use]
    pub fn on_behalf_of(&self, client: &ClientId) -> Self {
        Self { behalf: Some(client.clone()), ..self.clone() }
    }

    /// Reads a JSON document, whatever its content type says.
    pub async fn get_json(&self, url: &Url) -> Result<serde_json::Value, FetchError> {
        let body = self.get(url, "application/json, application/jwk-set+json").await?;
        serde_json::from_slice(&body).map_err(|_| FetchError::Unreadable("JSON"))
    }

    /// Reads a text, such as a signed request object.
    pub async fn get_text(&self, url: &Url) -> Result<String, FetchError> {
        let body = self.get(url, "*/*").await?;
        String::from_utf8(body).map_err(|_| FetchError::Unreadable("UTF-8 text"))
    }

    /// Posts a form; what is answered beside the status is not read.
    pub async fn post_form(&self, url: &Url, form: &[(&str, &str)]) -> Result<StatusCode, FetchError> {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = self.shared.client.post(url.clone());
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body);
        self.exchange(url, request, async |response| Ok(response.status())).await
    }

    async fn get(&self, url: &Url, accept: &'static str) -> Result<Vec<u8>, FetchError> {
        let request = self.shared.client.get(url.clone()).header(ACCEPT, accept);
        self.exchange(url, request, whole).await
    }

    /// Waits for a turn, sends, and reads, all within [`PATIENCE`].
    async fn exchange<T>(
        &self,
        url: &Url,
        request: RequestBuilder,
        read: impl AsyncFnOnce(Response) -> Result<T, FetchError>,
    ) -> Result<T, FetchError> {
        self.shared.reach.check(url)?;
        let host = Of::Host(url.host_str().unwrap_or_default().to_owned());
        let host = self.turns_of(host, MOST_WITH_ONE_HOST);
        let client = self.behalf.clone().map(|id| self.turns_of(Of::Client(id), MOST_FOR_ONE_CLIENT));
        let end = Instant::now() + PATIENCE;
        let turns = async {
            let for_client = match &client {
                Some(turns) => Some(turns.acquire().await),
                None => None,
            };
            (for_client, host.acquire().await, self.turns.acquire().await)
        };
        let _held = timeout_at(end - LEAST_TO_ASK, turns).await.map_err(|_| FetchError::NoTurn)?;
        let exchange = async { read(request.send().await?).await };
        timeout_at(end, exchange).await.unwrap_or(Err(FetchError::TooSlow))
    }

    /// The few turns of one host or client, for our errand; forgotten when nobody holds or awaits any.
    fn turns_of(&self, of: Of, most: usize) -> Arc<Semaphore> {
        let key = (self.errand, of);
        let mut few = self.shared.few.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turns) = few.get(&key).and_then(Weak::upgrade) {
            return turns;
        }
        few.retain(|_, turns| turns.strong_count() > 0);
        let turns = Arc::new(Semaphore::new(most));
        few.insert(key, Arc::downgrade(&turns));
        turns
    }
}

/// The whole body of an answer, if it is one and small.
async fn whole(mut response: Response) -> Result<Vec<u8>, FetchError> {
    if response.status() != StatusCode::OK {
        return Err(FetchError::Status(response.status().as_u16()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > LARGEST_ANSWER {
            return Err(FetchError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

impl From<reqwest::Error> for FetchError {
    fn from(error: reqwest::Error) -> Self {
        let error = error.without_url();
        let mut cause: &dyn Error = &error;
        while let Some(deeper) = cause.source() {
            if deeper.is::<NoneInReach>() {
                return Self::OutOfReach;
            }
            cause = deeper;
        }
        // The words of the first cause, which say more than "error sending request"; nothing that a terminal obeys.
        Self::Unreachable(cause.to_string().escape_debug().take(200).collect())
    }
}
