//! « États de frais »: the expense-claim application, written as any integrator would write it.
//!
//! It owns three things and keeps them apart, so that each can be read, and copied, alone:
//!
//! | part | files |
//! | --- | --- |
//! | a relying party: signs people in by `OpenID` Connect, keeps its own sessions, renews its tokens | `provider`, `relying_party`, `sign_in`, `sessions` |
//! | a resource server: an API that believes nothing but a valid access token | `api`, `access_token` |
//! | pages that read and write through that API, as a browser application would | `pages`, `sheets_page`, `api_client` |
//!
//! It must never know how its provider works inside: all it has is an issuer, a client id and a secret,
//! and all it uses of the product is the kit. It starts without its provider and waits for it.

mod access_token;
mod api;
mod api_client;
mod back_channel;
mod browser;
mod http_out;
mod pages;
mod person;
mod provider;
mod relying_party;
mod sessions;
mod sheet;
mod sheets_page;
mod sign_in;
mod store;

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use url::Url;

use crate::kit::clock::Clock;
use crate::kit::random::Rng;
use crate::kit::secrets::Secret;

use access_token::TokenCheck;
use api_client::ApiClient;
use back_channel::BackChannel;
use browser::BrowserCookies;
use http_out::OutboundHttp;
use pages::Pages;
use provider::Provider;
use relying_party::RelyingParty;
use sessions::Sessions;
use store::Store;

/// What the application is told at its start, as any client of an `OpenID` Provider is.
#[derive(Clone, Debug)]
pub struct ExpenseAppSettings {
    /// Under which address people reach it, such as `http://127.0.0.1:8081`, with no path.
    ///
    /// Registered at the provider: `<public_url>/callback` as redirect URI and `<public_url>/signed-out`
    /// as post-logout redirect URI, `<public_url>/backchannel-logout` as back-channel logout URI.
    pub public_url: Url,
    /// The provider's issuer identifier.
    pub issuer: Url,
    /// Its client id at the provider.
    pub client_id: String,
    /// Its client secret, sent by `client_secret_basic`.
    pub client_secret: Secret,
    /// The audience that its own API expects in access tokens (RFC 9068 §2.2).
    pub resource: String,
    /// Its own `SQLite` file, made when it is missing.
    pub database: PathBuf,
}

/// Why the application could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum ExpenseAppError {
    /// The public address has no host to send people to.
    #[error(
        "`{0}` cannot be the application's public address: it must be http or https, with a host and no path"
    )]
    PublicUrlUnusable(Url),
    /// The issuer is no address.
    #[error("`{0}` cannot be an issuer: it must be http or https")]
    IssuerUnusable(Url),
    /// The database file could not be made, opened or prepared.
    #[error("the application's database {path} could not be opened: {source}")]
    DatabaseUnusable {
        /// The file.
        path: PathBuf,
        /// What the engine or the system said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The client for requests to the provider could not be set up.
    #[error("the HTTP client could not be set up")]
    HttpClient(#[source] reqwest::Error),
}

/// The application, ready to be served.
pub struct ExpenseApp {
    app: Arc<App>,
    api: Arc<api::Api>,
    back_channel: BackChannel,
}

/// All that the pages and the sign-in share.
struct App {
    public_url: Url,
    relying_party: RelyingParty,
    sessions: Sessions,
    store: Store,
    api: ApiClient,
    pages: Pages,
    cookies: BrowserCookies,
    clock: Clock,
    rng: Rng,
}

impl ExpenseApp {
    /// Opens its database and gets ready; the provider is asked nothing yet, and need not be there.
    pub async fn open(settings: ExpenseAppSettings) -> Result<Self, ExpenseAppError> {
        Self::open_at(settings, Clock::system(), Rng::system()).await
    }

    /// The same, with time and randomness given.
    async fn open_at(settings: ExpenseAppSettings, clock: Clock, rng: Rng) -> Result<Self, ExpenseAppError> {
        let public_url = &settings.public_url;
        if !is_web(public_url) || public_url.path() != "/" || public_url.query().is_some() {
            return Err(ExpenseAppError::PublicUrlUnusable(settings.public_url));
        }
        if !is_web(&settings.issuer) {
            return Err(ExpenseAppError::IssuerUnusable(settings.issuer));
        }
        let store = Store::open(&settings.database).await.map_err(|source| {
            ExpenseAppError::DatabaseUnusable { path: settings.database.clone(), source }
        })?;
        let provider_http = OutboundHttp::towards(&settings.issuer).map_err(ExpenseAppError::HttpClient)?;
        let own_http = OutboundHttp::towards(public_url).map_err(ExpenseAppError::HttpClient)?;
        let provider = Arc::new(
            Provider::new(&settings, provider_http, clock.clone())
                .map_err(|_| ExpenseAppError::IssuerUnusable(settings.issuer.clone()))?,
        );
        let tokens = Arc::new(TokenCheck::new(Arc::clone(&provider), settings.resource.clone()));
        let back_channel = BackChannel {
            tokens: Arc::clone(&tokens),
            client_id: settings.client_id.clone(),
            store: store.clone(),
        };
        let api = api::Api { store: store.clone(), tokens, clock: clock.clone(), rng: rng.clone() };
        let app = App {
            relying_party: RelyingParty::new(provider, public_url, rng.clone()),
            sessions: Sessions::new(store.clone(), clock.clone(), rng.clone()),
            store,
            api: ApiClient::new(own_http, public_url.clone()),
            pages: Pages::new(),
            cookies: BrowserCookies::for_site(public_url),
            public_url: settings.public_url,
            clock,
            rng,
        };
        Ok(Self { app: Arc::new(app), api: Arc::new(api), back_channel })
    }

    /// Its pages and its API as one HTTP service; needs a `tokio` runtime.
    pub fn router(self) -> Router {
        let pages = Router::new()
            .merge(pages::routes())
            .merge(sheets_page::routes())
            .merge(sign_in::routes())
            .fallback(pages::show_not_found)
            .layer(from_fn_with_state(Arc::clone(&self.app), browser::refuse_foreign_forms))
            .with_state(self.app);
        pages
            .nest("/api", api::routes(self.api))
            .merge(back_channel::routes(self.back_channel))
            .layer(axum::extract::DefaultBodyLimit::max(MOST_BYTES_OF_A_FORM))
            .layer(from_fn(browser::protect))
    }
}

/// How large a posted form or document may be, in bytes.
const MOST_BYTES_OF_A_FORM: usize = 16 * 1024;

fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.has_host()
}
