//! Upstream `OpenID` Providers (ARENA, `ProConnect`…), of which we are a client.
//!
//! This room owns everything said to them and heard from them: where a browser departs to, what must
//! hold of the answer with which it comes back, and what the answer says of the person. It must never
//! know of pages, cookies, sessions, accounts or storage: the sign-in keeps [`InFlight`] sealed in the
//! browser that departed, gives it back once, and decides what an [`UpstreamIdentity`] is worth.

mod arrive;
mod cache;
mod claims;
mod depart;
mod discovery;
mod errors;
mod farewell;
mod http;
mod id_token;
mod userinfo;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use openidconnect::RedirectUrl;
use serde::{Deserialize, Serialize};
use url::Url;

use self::cache::ProviderCache;
pub use self::errors::{Exchange, FederationError, ProblemKind, Quoted, TokenFault};
pub use self::farewell::{Farewell, HeardLogout};
pub use self::http::HttpError;
use self::http::{Authorities, Outgoing};
use crate::config::{UpstreamHelp, UpstreamId, UpstreamSettings};
use crate::kit::clock::{Clock, Timestamp};
use crate::kit::random::Rng;

/// How long a person waits for a page while we speak with an upstream.
const PATIENCE: Duration = Duration::from_secs(5);

/// The upstream providers, ready to be spoken with; cheap to clone, every clone shares what is known.
#[derive(Clone)]
pub struct Federation {
    upstreams: Arc<[Upstream]>,
    http: Outgoing,
    clock: Clock,
    rng: Rng,
    patience: Duration,
}

/// One upstream provider.
pub struct Upstream {
    settings: Arc<UpstreamSettings>,
    cache: Arc<ProviderCache>,
}

/// What the person's application or page wants of a sign-in upstream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// Who is probably signing in.
    pub login_hint: Option<String>,
    /// Whether the person must sign in there again, whatever session there is.
    pub prompt_login: bool,
    /// The greatest age of a sign-in there, in seconds.
    pub max_age: Option<u64>,
    /// The languages of the pages, the best first (RFC 5646 tags).
    pub ui_locales: Vec<String>,
    /// The authentication contexts wanted, the best first; when none, those of the settings.
    pub acr_values: Vec<String>,
}

/// A browser about to leave for an upstream.
pub struct Departure {
    /// Where it goes.
    pub url: Url,
    /// What must be known when it comes back.
    pub in_flight: InFlight,
}

/// A sign-in under way upstream: what only the browser that departed may bring back, and once.
///
/// It holds secrets (state, nonce, code verifier): it travels sealed.
#[derive(Clone, Serialize, Deserialize)]
pub struct InFlight {
    upstream: UpstreamId,
    state: String,
    nonce: String,
    code_verifier: String,
    began: Timestamp,
    /// How old the sign-in there may be, in seconds before `began`; zero means a new one.
    max_age: Option<u64>,
}

impl InFlight {
    /// After so long nobody is believed to come back: a sign-in in progress lasts 20 hours.
    pub const LIFETIME: Duration = Duration::from_hours(20);

    /// Where the browser went; the callback that it comes back to must be this upstream's.
    #[must_use]
    pub const fn upstream(&self) -> &UpstreamId {
        &self.upstream
    }

    /// The `state` with which it comes back, by which one of several sign-ins can be found.
    #[must_use]
    pub fn state(&self) -> &str {
        &self.state
    }

    /// When it departed.
    #[must_use]
    pub const fn began(&self) -> Timestamp {
        self.began
    }
}

/// What an upstream says of a person, after every check.
///
/// Texts are trimmed, bounded and free of control characters. The person is (`upstream`, `subject`)
/// and nothing else: names and addresses change and are given again to others.
#[derive(Clone, PartialEq)]
pub struct UpstreamIdentity {
    /// Who says it.
    pub upstream: UpstreamId,
    /// The person's identifier there: never empty, at most 255 bytes, never given to another.
    pub subject: String,
    /// The given name, at most 200 characters.
    pub given_name: Option<String>,
    /// The family name, at most 200 characters.
    pub family_name: Option<String>,
    /// The mail address, at most 254 characters.
    pub email: Option<String>,
    /// Whether the upstream says that the address is the person's.
    pub email_verified: bool,
    /// Where the person goes after signing out.
    pub return_address: Option<String>,
    /// The other claims of the settings, under our names: texts, numbers, booleans, arrays of texts.
    pub others: BTreeMap<String, serde_json::Value>,
    /// When the person signed in there.
    pub auth_time: Option<Timestamp>,
    /// The authentication context.
    pub acr: Option<String>,
    /// The authentication methods.
    pub amr: Vec<String>,
    /// The session there.
    pub sid: Option<String>,
    /// The ID token, the hint for signing out there.
    pub id_token: String,
}

impl Federation {
    /// Prepares for these upstreams; none is spoken with yet.
    ///
    /// # Errors
    /// When an issuer is not https (or loopback http), a name is used twice, or there is no HTTPS client.
    pub fn new(
        upstreams: &[UpstreamSettings],
        public_url: &Url,
        clock: Clock,
        rng: Rng,
    ) -> Result<Self, FederationError> {
        Self::with_patience(upstreams, public_url, clock, rng, PATIENCE)
    }

    /// The same with another patience than five seconds: how long [`Federation::depart`] and
    /// [`Federation::arrive`] may each take.
    pub fn with_patience(
        upstreams: &[UpstreamSettings],
        public_url: &Url,
        clock: Clock,
        rng: Rng,
        patience: Duration,
    ) -> Result<Self, FederationError> {
        let mut names = BTreeSet::new();
        for settings in upstreams {
            if !discovery::is_safe_issuer(&settings.issuer) {
                return Err(FederationError::InsecureIssuer(settings.id.clone()));
            }
            if !names.insert(&settings.id) {
                return Err(FederationError::RepeatedUpstream(settings.id.clone()));
            }
        }
        let authorities = if upstreams.iter().all(|upstream| discovery::is_loopback_http(&upstream.issuer)) {
            Authorities::Dispensable
        } else {
            Authorities::Needed
        };
        let http = Outgoing::new(patience, authorities)?;
        let upstreams = upstreams
            .iter()
            .map(|settings| {
                let address = format!(
                    "{}{}",
                    public_url.as_str().trim_end_matches('/'),
                    Self::callback_path(&settings.id)
                );
                let redirect_uri = RedirectUrl::new(address)
                    .map_err(|_| FederationError::InvalidCallback(settings.id.clone()))?;
                let settings = Arc::new(settings.clone());
                let cache = ProviderCache::new(
                    Arc::clone(&settings),
                    redirect_uri,
                    http.clone(),
                    clock.clone(),
                    patience,
                );
                Ok(Upstream { settings, cache: Arc::new(cache) })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { upstreams, http, clock, rng, patience })
    }

    /// The upstream of this name.
    #[must_use]
    pub fn upstream(&self, id: &str) -> Option<&Upstream> {
        self.upstreams.iter().find(|upstream| upstream.settings.id.as_str() == id)
    }

    /// The path, under the public address, to which an upstream sends browsers back.
    #[must_use]
    pub fn callback_path(id: &UpstreamId) -> String {
        format!("/federation/{id}/callback")
    }

    fn known(&self, id: &UpstreamId) -> Result<&Upstream, FederationError> {
        self.upstream(id.as_str()).ok_or_else(|| FederationError::UnknownUpstream(Quoted::new(id.as_str())))
    }
}

impl Upstream {
    /// Its name in the configuration.
    #[must_use]
    pub fn id(&self) -> &UpstreamId {
        &self.settings.id
    }

    /// Its name for people.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.settings.name
    }

    /// Where people find help when they cannot sign in there.
    #[must_use]
    pub fn help(&self) -> Option<&UpstreamHelp> {
        self.settings.help.as_ref()
    }

    /// Its settings.
    #[must_use]
    pub fn settings(&self) -> &UpstreamSettings {
        &self.settings
    }
}

impl fmt::Debug for Federation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.upstreams.iter().map(Upstream::id)).finish()
    }
}

impl fmt::Debug for Departure {
    /// The address has state and nonce in it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Departure").field("in_flight", &self.in_flight).finish_non_exhaustive()
    }
}

impl fmt::Debug for InFlight {
    /// Without its secrets.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("InFlight")
            .field("upstream", &self.upstream)
            .field("began", &self.began)
            .field("max_age", &self.max_age)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for UpstreamIdentity {
    /// Without the token and without what is said of the person.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("UpstreamIdentity").field("upstream", &self.upstream).finish_non_exhaustive()
    }
}
