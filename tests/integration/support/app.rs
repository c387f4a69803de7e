//! An installation, driven in process: the same router and guard that the listener serves.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use guichet::accounts::{
    Account, Accounts, CaseNumber, InitialPassword, Network, NewAccount, NewIdentifier, RecoveryWish,
};
use guichet::audit::Chain;
use guichet::config::{self, DatabaseSettings, Settings};
use guichet::database::Database;
use guichet::desk::Desk;
use guichet::keys::SigningKeys;
use guichet::kit::clock::{Clock, Timestamp};
use guichet::kit::locale::Locale;
use guichet::kit::random::Rng;
use guichet::kit::secrets::Secret;
use guichet::mail::Mailer;
use guichet::oidc::{Clients, Provider};
use guichet::server::Installation;
use guichet::server::janitor::Janitor;
use guichet::signin::SignIn;
use guichet::signin::throttling::Throttle;
use http::{Request, Response};
use serde_json::{Map, Value};
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::{Browser, Client, Postbox};

/// The issuer of every test installation.
pub const ISSUER: &str = "https://id.test";
/// When every test begins.
pub const START: i64 = 1_800_000_000;
/// From then to the end of the season, in seconds: the first of September in Paris.
pub const SEASON: u64 = 19_749_600;
/// The secret of every confidential client.
pub const CLIENT_SECRET: &str = "a-client-secret-of-the-tests-0123456789";
/// A password that fits the rules.
pub const PASSWORD: &str = "Correct-Horse-7";

/// What every test installation is configured to be.
const CONFIGURATION: &str = include_str!("app.toml");

/// An installation for one test.
#[derive(Clone)]
pub struct App {
    pub settings: Arc<Settings>,
    pub clock: Clock,
    pub accounts: Accounts,
    pub database: Database,
    pub mailer: Mailer,
    pub provider: Provider,
    pub desk: Desk,
    /// Where its mails land, if it sends any.
    pub postbox: Option<Postbox>,
    pub janitor: Janitor,
    pub throttle: Throttle,
    pub keys: SigningKeys,
    pub clients: Clients,
    pub audit: Chain,
    pub sign_in: SignIn,
    router: Router,
    folder: Arc<Folder>,
}

struct Folder(PathBuf);

impl Folder {
    fn new(purpose: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("{purpose}-{}-{number}", std::process::id());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a folder for the test");
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The signing keys of every installation, sealed by one master key: an RSA key costs more than a whole
/// sign-in, so they are made once. So is the database that each installation begins with.
struct SharedKeys {
    master_key: String,
    /// Id, algorithm, sealed private key.
    rows: Vec<(String, String, String)>,
    /// A SQLite file with the schema and these keys.
    file: Vec<u8>,
}

/// Puts the schema and the keys of every installation into a new database.
pub async fn furnish(settings: &DatabaseSettings) {
    SharedKeys::get().await.put_into(settings).await;
}

/// The database in the folder of an installation on SQLite.
const FILE: &str = "guichet.db";

impl SharedKeys {
    async fn get() -> &'static Self {
        static KEYS: OnceCell<SharedKeys> = OnceCell::const_new();
        KEYS.get_or_init(Self::make).await
    }

    async fn make() -> Self {
        let folder = Folder::new("keys");
        let master_key = Rng::system().token();
        let settings = settings(&folder.0, None, &[("KEYS__MASTER_KEY", &master_key)]);
        let clock = Clock::held(Timestamp::from_seconds(START));
        let made = Installation::assemble(&settings, clock, Rng::system()).await.expect("it starts");
        // Those too that no client waits for.
        made.keys.turn().await.expect("every key is made");
        let mut connection = made.database.read().await.expect("a connection");
        let rows = sqlx::query_as("SELECT kid, algorithm, sealed_private_key FROM signing_key")
            .fetch_all(&mut *connection)
            .await
            .expect("the keys");
        drop(connection);
        made.database.close().await;
        let first = Folder::new("first");
        let settings = crate::support::app::settings(&first.0, None, &[("KEYS__MASTER_KEY", &master_key)]);
        let mut keys = Self { master_key, rows, file: Vec::new() };
        keys.put_into(&settings.database).await;
        assert!(!first.0.join(format!("{FILE}-wal")).exists(), "all of it is in the file once it is closed");
        keys.file = std::fs::read(first.0.join(FILE)).expect("the first database");
        keys
    }

    /// Puts them into a new database, which is migrated for that.
    async fn put_into(&self, settings: &DatabaseSettings) {
        let database = Database::open(settings).await.expect("the database opens");
        database.migrate().await.expect("the database is migrated");
        let mut transaction = database.write().await.expect("a transaction");
        for (kid, algorithm, sealed) in &self.rows {
            sqlx::query(
                "INSERT INTO signing_key (kid, algorithm, generation, sealed_private_key, created_at, signs_from) \
                 VALUES ($1, $2, 1, $3, $4, $4)",
            )
            .bind(kid)
            .bind(algorithm)
            .bind(sealed)
            .bind(START)
            .execute(&mut *transaction)
            .await
            .expect("a key is stored");
        }
        transaction.commit().await.expect("committed");
        database.close().await;
    }
}

impl App {
    /// Starts on a PostgreSQL database of [`new_postgres_database`], or on a SQLite file of its own.
    ///
    /// [`new_postgres_database`]: super::engines::new_postgres_database
    pub async fn start(postgres: Option<String>) -> Self {
        Self::start_with(postgres, &[]).await
    }

    /// The same, with some keys of the configuration overridden (`SECTION__KEY`, value).
    pub async fn start_with(postgres: Option<String>, overrides: &[(&str, &str)]) -> Self {
        let folder = Folder::new("app");
        let keys = SharedKeys::get().await;
        let shared = [&[("KEYS__MASTER_KEY", keys.master_key.as_str())], overrides].concat();
        let on_postgres = postgres.is_some();
        let settings = settings(&folder.0, postgres, &shared);
        if !on_postgres {
            std::fs::write(folder.0.join(FILE), &keys.file).expect("a database to begin with");
        }
        let clock = Clock::held(Timestamp::from_seconds(START));
        Self::assemble(settings, clock, Arc::new(folder)).await
    }

    /// Another node on the same database, the same keys and the same clock.
    pub async fn another_node(&self) -> Self {
        let node =
            Self::assemble((*self.settings).clone(), self.clock.clone(), Arc::clone(&self.folder)).await;
        Self { postbox: self.postbox.clone(), ..node }
    }

    /// Another node, whose clock is so many seconds ahead of this one's, or behind.
    #[allow(dead_code, reason = "the torture's clocks differ, those of the other tests agree")]
    pub async fn another_node_off_by(&self, seconds: i64) -> Self {
        let clock = Clock::held(Timestamp::from_seconds(self.clock.now().seconds() + seconds));
        Self::assemble((*self.settings).clone(), clock, Arc::clone(&self.folder)).await
    }

    /// The same installation, started anew with other settings.
    pub async fn restarted_with(&self, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = (*self.settings).clone();
        change(&mut settings);
        let anew = Self::assemble(settings, self.clock.clone(), Arc::clone(&self.folder)).await;
        Self { postbox: self.postbox.clone(), ..anew }
    }

    async fn assemble(settings: Settings, clock: Clock, folder: Arc<Folder>) -> Self {
        let installation = Installation::assemble(&settings, clock.clone(), Rng::system())
            .await
            .unwrap_or_else(|error| panic!("the installation starts: {error}"));
        Self {
            settings: Arc::new(settings),
            clock,
            accounts: installation.accounts,
            database: installation.database,
            mailer: installation.mailer,
            provider: installation.provider,
            desk: installation.desk,
            postbox: None,
            janitor: installation.janitor,
            throttle: installation.throttle,
            keys: installation.keys,
            clients: installation.clients,
            audit: installation.audit,
            sign_in: installation.sign_in,
            router: installation.router,
            folder,
        }
    }

    /// Notes refused sign-ins and seals what happened, as the chores do each second.
    pub async fn settle_audit(&self) -> u64 {
        self.sign_in.note_failures().await.expect("failures are noted");
        self.audit.seal_due(&CancellationToken::new()).await.expect("what happened is sealed")
    }

    /// Lets time pass.
    pub fn wait(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// Does the long work that managers asked for, as a node does beside answering.
    pub async fn work_at_papers(&self) -> u64 {
        self.desk.work_at_papers(&CancellationToken::new()).await.expect("the work is done")
    }

    /// Answers a request as the listener would.
    pub async fn answer(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.expect("the router always answers")
    }

    /// A browser that has never been here.
    pub fn browser(&self) -> Browser {
        Browser::new(self.clone())
    }

    /// One of the configured clients.
    pub fn client(&self, id: &str) -> Client {
        Client::new(self.clone(), id)
    }

    /// Makes an external person with a personal password ([`PASSWORD`]).
    pub async fn person(&self, identifier: &str) -> Account {
        let password = InitialPassword::Personal(Secret::new(PASSWORD));
        self.make(identifier, password, Map::new()).await.0
    }

    /// Makes an external person with other claims.
    pub async fn person_with(&self, identifier: &str, claims: Map<String, Value>) -> Account {
        self.make(identifier, InitialPassword::Personal(Secret::new(PASSWORD)), claims).await.0
    }

    /// Makes an external person who has just received a letter, and gives the password printed on it.
    pub async fn newcomer(&self, identifier: &str) -> (Account, String) {
        let (account, drawn) = self.make(identifier, InitialPassword::Temporary, Map::new()).await;
        (account, drawn.expect("a temporary password"))
    }

    async fn make(
        &self,
        identifier: &str,
        password: InitialPassword,
        claims: Map<String, Value>,
    ) -> (Account, Option<String>) {
        let new = NewAccount {
            identifier: NewIdentifier::Given(identifier.to_owned()),
            given_name: Some("Élodie".to_owned()),
            family_name: Some("Lefèvre".to_owned()),
            email: Some(format!("{identifier}@example.org")),
            claims,
            authority: None,
            source_key: None,
            password,
        };
        let (account, drawn) = self.accounts.create(new).await.expect("an account");
        (account, drawn.map(|drawn| drawn.printed().to_owned()))
    }

    /// The number of a request for help with the forgotten password of an identifier, from a network of nobody else's.
    pub async fn case_for(&self, identifier: &str) -> CaseNumber {
        let wish = RecoveryWish {
            identifier,
            locale: Locale::Fr,
            from: &Network::from("192.0.2.1".to_owned()),
            page: None,
            may_mail: true,
        };
        self.accounts.ask_for_recovery(&wish).await.expect("a case").number
    }

    /// Disables an account, as an operator would, behind the application's back.
    pub async fn disable(&self, account: &Account) {
        self.sql("UPDATE account SET disabled_at = 1 WHERE id = $1", account.id.as_str()).await;
    }

    /// Runs one statement with one text in it.
    pub async fn sql(&self, statement: &'static str, text: &str) {
        let mut transaction = self.database.write().await.expect("a transaction");
        sqlx::query(statement).bind(text).execute(&mut *transaction).await.expect("the statement runs");
        transaction.commit().await.expect("committed");
    }

    /// How many rows a table has, by a `SELECT COUNT(*)`.
    pub async fn count(&self, statement: &'static str) -> i64 {
        let mut connection = self.database.read().await.expect("a connection");
        sqlx::query_scalar(statement).fetch_one(&mut *connection).await.expect("a number")
    }
}

/// The settings of a test installation in a folder.
pub fn settings(folder: &Path, postgres: Option<String>, overrides: &[(&str, &str)]) -> Settings {
    // Of two for the same key, the later one counts.
    let overrides: BTreeMap<&str, &str> = overrides.iter().copied().collect();
    let mut environment: Vec<(String, String)> =
        overrides.into_iter().map(|(key, value)| (format!("GUICHET__{key}"), value.to_owned())).collect();
    environment.push(("GUICHET__DATA_DIRECTORY".to_owned(), folder.display().to_string()));
    environment.extend(postgres.map(|url| ("GUICHET__DATABASE__URL".to_owned(), url)));
    config::parse(CONFIGURATION, "app.toml", folder, environment).unwrap_or_else(|faults| panic!("{faults}"))
}
