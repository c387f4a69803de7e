//! The rooms assembled into one HTTP service.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;

use super::background::Background;
use super::chores;
use super::fallbacks::{always, health, refusal_page};
use super::front::{Front, StillPath};
use super::guard::{self, Allowance, BODY_PATIENCE, MOST_BODY_BYTES, Protection};
use super::janitor::Janitor;
use super::listener::BindError;
use super::security_txt;
use super::tls::TlsError;
use crate::accounts::{self, Accounts};
use crate::audit::{Chain, ChainParts};
use crate::config::{ClientSettings, Settings, Surroundings};
use crate::database::{Database, Engine, OpenError};
use crate::desk::managers::{self, Managers};
use crate::desk::{self, Desk};
use crate::federation::{Federation, FederationError};
use crate::keys::{self, KeyError, MasterKey, MasterKeyError, Purpose, SigningKeys};
use crate::kit::assets;
use crate::kit::clock::Clock;
use crate::kit::cookies::CookiePolicy;
use crate::kit::page::{Pages, Site};
use crate::kit::problem::Problem;
use crate::kit::random::Rng;
use crate::kit::visitor::{LANGUAGE_COOKIE, Languages};
use crate::mail::{self, Mailer};
use crate::my_account::{self, MyAccount};
use crate::oidc::{self, Clients, Fetcher, FetcherError, Provider};
use crate::scim::{self, Scim};
use crate::signin::throttling::{self, Throttle};
use crate::signin::{self, SignIn};

/// What is asked so often, and says so little, that its successes are not logged one by one.
const QUIET_ROUTES: &[&str] = &[
    "/assets/{name}",
    "/theme/{*path}",
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
    "/jwks",
    "/health",
];

/// Where files are brought: lists of people, by managers.
const FILE_ROUTES: &[(&str, Allowance)] = &[(
    desk::UPLOAD_ROUTE,
    Allowance { most_bytes: desk::MOST_UPLOAD_BYTES, patience: Duration::from_secs(50) },
)];

/// Why an installation cannot start, each in a line that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// There is no master key.
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
    /// The signing keys cannot be used.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// An upstream provider cannot be spoken to at all.
    #[error("the upstream providers cannot be set up: {0}")]
    Federation(#[from] FederationError),
    /// Nothing can be fetched from the addresses that clients name.
    #[error(transparent)]
    Fetcher(#[from] FetcherError),
    /// The certificate cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The address cannot be listened on.
    #[error(transparent)]
    Bind(#[from] BindError),
}

/// An installation ready to answer.
pub struct Installation {
    /// Everything that answers over HTTP, the guard around it.
    pub router: Router,
    /// The same behind the answers that are alike for everyone, for the listener.
    pub front: Front,
    /// The people, for what operators do beside.
    pub accounts: Accounts,
    /// The provider, for what is done beside.
    pub provider: Provider,
    /// The managers' desk, for the long work that is asked for there.
    pub desk: Desk,
    /// What sends mails.
    pub mailer: Mailer,
    /// What signs tokens.
    pub keys: SigningKeys,
    /// What is done beside answering, for as long as the installation serves.
    pub background: Background,
    /// What removes what is no longer kept.
    pub janitor: Janitor,
    /// What slows guesses down.
    pub throttle: Throttle,
    /// The applications, for what operators do with them.
    pub clients: Clients,
    /// What seals what happened.
    pub audit: Chain,
    /// The sign-in, for what is done beside.
    pub sign_in: SignIn,
    /// Where everything is stored, to be closed last.
    pub database: Database,
}

impl Installation {
    /// Opens the database, reads or makes the keys, and puts the rooms together.
    pub async fn assemble(settings: &Settings, clock: Clock, rng: Rng) -> Result<Self, StartError> {
        let Rooms { database, master_key, pages, accounts, mailer, throttle, clients, audit } =
            Rooms::open(settings, clock.clone(), rng.clone()).await?;
        let swept = (accounts.clone(), audit.clone());
        let janitor = Janitor::new(settings, database.clone(), swept, clock.clone(), rng.clone());
        let keys = open_keys(settings, &database, &master_key, clock.clone(), rng.clone()).await?;
        let public_url = &settings.server.public_url;
        let federation = Federation::new(&settings.upstreams, public_url, clock.clone(), rng.clone())?;
        let sign_in = SignIn::new(signin::Parts {
            database: database.clone(),
            accounts: accounts.clone(),
            federation,
            pages: pages.clone(),
            situations: settings.situations.clone(),
            sessions: settings.sessions.clone(),
            throttle: throttle.clone(),
            master_key: master_key.clone(),
            clock: clock.clone(),
            rng: rng.clone(),
        });
        let provider = Provider::new(oidc::Parts {
            issuer: settings.server.issuer(),
            tokens: settings.tokens.clone(),
            resources: settings.resources.clone(),
            clients: clients.clone(),
            registration: settings.registration.clone(),
            fetcher: Fetcher::new(&settings.fetch, public_url)?,
            situations: settings.situations.clone(),
            database: database.clone(),
            sign_in: sign_in.clone(),
            keys: keys.clone(),
            master_key: &master_key,
            clock: clock.clone(),
            rng: rng.clone(),
        });
        let my_account = MyAccount::new(my_account::Parts {
            accounts: accounts.clone(),
            sign_in: sign_in.clone(),
            provider: provider.clone(),
            mailer: mailer.clone(),
            database: database.clone(),
            authorities: settings.authorities.clone(),
            upstreams: &settings.upstreams,
        });
        let desk = Desk::new(desk::Parts {
            accounts: accounts.clone(),
            sign_in: sign_in.clone(),
            managers: managers_of(settings, &database, &accounts, &master_key, (&clock, &rng)),
            database: database.clone(),
            authorities: settings.authorities.clone(),
            columns: settings.import.columns.clone(),
            public_url: public_url.clone(),
            situations: &settings.situations,
            letters: settings.letters.clone(),
            master_key: &master_key,
            openings: settings.desk,
            clock: clock.clone(),
            rng: rng.clone(),
        });
        let scim = Scim::new(scim::Parts {
            provider: provider.clone(),
            accounts: accounts.clone(),
            issuer: settings.server.issuer(),
            most_body_bytes: MOST_BODY_BYTES,
            clock: clock.clone(),
        });
        let routes: Router = Router::new()
            .merge(sign_in.routes())
            .merge(provider.routes())
            .merge(my_account.routes())
            .merge(desk.routes())
            .merge(scim.routes())
            .merge(assets::routes(settings.site.theme_directory.clone()))
            .merge(health(database.clone()))
            .merge(security_txt::routes(settings, clock.clone()))
            // Last: these know the routes added before them only.
            .fallback(always(&pages, Problem::NotFound))
            .method_not_allowed_fallback(always(&pages, Problem::MethodNotAllowed));
        let guarded = guard::protect(routes, protection(settings, pages, rng));
        let front = Front::with_still_answers(guarded.clone(), still_paths(&keys)).await;
        let mut installation = Self {
            router: guarded,
            front,
            accounts,
            provider,
            desk,
            mailer,
            keys,
            background: Background::default(),
            janitor,
            throttle,
            clients,
            audit,
            sign_in,
            database,
        };
        installation.background = installation.chores();
        Ok(installation)
    }

    /// What is done beside answering.
    fn chores(&self) -> Background {
        let mut background = Background::default();
        if self.mailer.is_configured() {
            background.add(chores::sending(&self.mailer));
        }
        background.add(chores::answering_recovery(&self.accounts));
        background.add(chores::telling(&self.provider, &self.sign_in));
        background.add(chores::telling_strangers(&self.provider));
        background.add(chores::rotating(&self.keys));
        background.add(chores::noting_failures(&self.sign_in));
        background.add(chores::sealing(&self.audit));
        background.add(chores::working_at_papers(&self.desk));
        background.add(chores::indexing(&self.accounts));
        background.add(self.janitor.chore());
        background
    }
}

/// What is answered alike to everyone, by those who stand in front.
fn still_paths(keys: &SigningKeys) -> impl Iterator<Item = StillPath> {
    let published = keys.clone();
    let jwks = StillPath::current(oidc::JWKS_PATH, move || published.jwks());
    oidc::UNCHANGING_PATHS.iter().copied().map(StillPath::unchanging).chain([jwks])
}

/// What the guard needs to know.
fn protection(settings: &Settings, pages: Pages, rng: Rng) -> Protection {
    Protection {
        public_url: settings.server.public_url.clone(),
        trusted_proxies: settings.server.trusted_proxies.clone(),
        languages: Languages {
            cookie: Arc::from(pages.cookies().name(LANGUAGE_COOKIE)),
            default: settings.site.default_locale,
        },
        cross_site_routes: oidc::CROSS_SITE_PATHS,
        quiet_routes: QUIET_ROUTES,
        render_refusal: Arc::new(move |parts, refusal| refusal_page(&pages, parts, refusal)),
        rng,
        file_routes: FILE_ROUTES,
        body_patience: BODY_PATIENCE,
    }
}

/// Who looks after whom.
fn managers_of(
    settings: &Settings,
    database: &Database,
    accounts: &Accounts,
    master_key: &MasterKey,
    (clock, rng): (&Clock, &Rng),
) -> Managers {
    Managers::new(managers::Parts {
        database: database.clone(),
        accounts: accounts.clone(),
        authorities: settings.authorities.clone(),
        upstreams: &settings.upstreams,
        master_key,
        clock: clock.clone(),
        rng: rng.clone(),
    })
}

/// The signing keys, with those made that a client of the settings waits for: an RSA key takes its time, so the
/// others are made in the background.
async fn open_keys(
    settings: &Settings,
    database: &Database,
    master_key: &MasterKey,
    clock: Clock,
    rng: Rng,
) -> Result<SigningKeys, KeyError> {
    let keys = SigningKeys::open(keys::Parts {
        database: database.clone(),
        master_key,
        settings: settings.keys.clone(),
        clock,
        rng,
    })
    .await?;
    let wanted: BTreeSet<_> = settings.clients.iter().flat_map(ClientSettings::signed_with).collect();
    keys.ensure(&wanted.into_iter().collect::<Vec<_>>()).await?;
    Ok(keys)
}

/// The rooms that commands use too, without the service around them.
pub struct Rooms {
    /// Where everything is stored.
    pub database: Database,
    /// What seals and authenticates.
    pub master_key: MasterKey,
    /// How pages look.
    pub pages: Pages,
    /// What sends mails.
    pub mailer: Mailer,
    /// The people.
    pub accounts: Accounts,
    /// What slows guesses down.
    pub throttle: Throttle,
    /// The applications.
    pub clients: Clients,
    /// What seals what happened.
    pub audit: Chain,
}

impl Rooms {
    /// Opens the database and reads or makes the master key.
    pub async fn open(settings: &Settings, clock: Clock, rng: Rng) -> Result<Self, StartError> {
        let master_key = MasterKey::load(&settings.keys, &rng)?;
        let database = Database::open(&settings.database).await?;
        if database.engine() == Engine::Postgres {
            database.require_migrated().await?;
        }
        let public_url = &settings.server.public_url;
        let pages = Pages::new(site_of(settings), CookiePolicy::for_public_url(public_url));
        let mailer = Mailer::new(mail::Parts {
            settings: settings.mail.clone(),
            database: database.clone(),
            sealer: master_key.sealer(Purpose::Mail),
            site: Arc::clone(pages.site()),
            public_url: public_url.clone(),
            texts: Arc::clone(pages.texts()),
            clock: clock.clone(),
            rng: rng.clone(),
        });
        let clients = Clients::new(
            &settings.clients,
            Surroundings { apis: &settings.resources, authorities: &settings.authorities },
            database.clone(),
            &master_key,
            clock.clone(),
            rng.clone(),
        );
        let audit = Chain::new(ChainParts {
            database: database.clone(),
            master_key: &master_key,
            time_zone: settings.site.time_zone.clone(),
            clock: clock.clone(),
            rng: rng.clone(),
        });
        let accounts = Accounts::new(accounts::Parts {
            database: database.clone(),
            passwords: settings.passwords.clone(),
            letters: settings.letters.clone(),
            authorities: settings.authorities.clone(),
            recovery: settings.recovery.clone(),
            time_zone: settings.site.time_zone.clone(),
            public_url: public_url.clone(),
            site: Arc::clone(pages.site()),
            mailer: mailer.clone(),
            master_key: master_key.clone(),
            clock: clock.clone(),
            rng: rng.clone(),
        });
        let throttle = Throttle::new(throttling::Parts {
            database: database.clone(),
            accounts: accounts.clone(),
            settings: &settings.throttling,
            master_key: &master_key,
            cookies: pages.cookies().clone(),
            clock,
            rng,
        });
        Ok(Self { database, master_key, pages, mailer, accounts, throttle, clients, audit })
    }
}

fn site_of(settings: &Settings) -> Site {
    let site = &settings.site;
    let theme = site.theme_directory.as_deref();
    Site {
        name: site.name.clone(),
        operator: site.operator.clone(),
        tagline: site.tagline.clone(),
        logo: site.logo.clone(),
        telephone: site.telephone.clone(),
        time_zone: site.time_zone.clone(),
        footer_links: site.footer_links.clone(),
        stylesheets: assets::stylesheets(theme),
        scripts: assets::scripts(theme),
    }
}
