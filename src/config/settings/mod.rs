//! The settings in the form in which the product uses them: checked, complete, immutable.

mod access;
mod clients;
mod keys;
mod resources;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use jiff::tz::TimeZone;
use url::Url;

pub use access::*;
pub use clients::*;
pub use keys::*;
pub use resources::*;

use crate::id_type;
use crate::kit::locale::Locale;
use crate::kit::page::{FooterLink, Localized};
use crate::kit::secrets::Secret;

id_type! {
    /// The name of an upstream provider in this configuration, part of its callback's address.
    UpstreamId
}

/// Everything that an installation can vary.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the embedded database and the generated keys live.
    pub data_directory: PathBuf,
    /// How it is reached.
    pub server: ServerSettings,
    /// Where it stores.
    pub database: DatabaseSettings,
    /// What seals its secrets.
    pub keys: KeySettings,
    /// What its pages say and look like.
    pub site: SiteSettings,
    /// The doors of the sign-in, in the order of the page.
    pub situations: Vec<SituationSettings>,
    /// The upstream providers.
    pub upstreams: Vec<UpstreamSettings>,
    /// Personal passwords, and the work of checking one.
    pub passwords: PasswordSettings,
    /// Letters and their temporary passwords.
    pub letters: LetterSettings,
    /// Who sends letters: the academy, the ministry.
    pub authorities: Vec<AuthoritySettings>,
    /// What happens when a password is forgotten.
    pub recovery: RecoverySettings,
    /// How far a manager alone may open accesses.
    pub desk: OpeningSettings,
    /// How guesses are slowed down.
    pub throttling: ThrottlingSettings,
    /// How mail is sent; without it none is.
    pub mail: Option<MailSettings>,
    /// How lists of people are read.
    pub import: ImportSettings,
    /// How long what is over is kept.
    pub retention: RetentionSettings,
    /// Browser sessions.
    pub sessions: SessionSettings,
    /// What is minted.
    pub tokens: TokenSettings,
    /// The APIs.
    pub resources: Vec<ResourceSettings>,
    /// The applications.
    pub clients: Vec<ClientSettings>,
    /// How far the addresses that they name may lead.
    pub fetch: FetchSettings,
    /// Whether they may register themselves.
    pub registration: RegistrationSettings,
    /// What is logged, and how.
    pub logs: LogSettings,
}

/// `[server]`
#[derive(Clone, Debug)]
pub struct ServerSettings {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The issuer: the scheme, host and port by which everyone reaches it; it has no path.
    pub public_url: Url,
    /// Networks whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// How many connections may be open at once.
    pub max_connections: usize,
    /// How many of them may come from one network that is no trusted proxy's.
    pub max_connections_per_network: usize,
    /// How long requests in progress may take to finish after SIGTERM.
    pub drain: Duration,
    /// The certificate, when TLS ends here.
    pub tls: Option<TlsSettings>,
}

impl ServerSettings {
    /// The issuer identifier: the public address without a trailing slash (`OpenID` Connect Discovery §3).
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.public_url.as_str().trim_end_matches('/')
    }
}

/// `[server.tls]`
#[derive(Clone, Debug)]
pub struct TlsSettings {
    /// The certificate chain, PEM.
    pub certificate_file: PathBuf,
    /// Its private key, PEM.
    pub private_key_file: PathBuf,
}

/// `[database]`
#[derive(Clone, Debug)]
pub struct DatabaseSettings {
    /// `sqlite://PATH` or `postgres://…`; by default `guichet.db` in the data directory.
    pub url: Secret,
    /// How many connections each pool may hold.
    pub max_connections: u32,
}

/// `[site]`
#[derive(Clone, Debug)]
pub struct SiteSettings {
    /// The service's name, in the header and titles.
    pub name: Localized,
    /// Who runs it.
    pub operator: String,
    /// What it is for.
    pub tagline: Localized,
    /// The address of the logo, on this site.
    pub logo: Option<String>,
    /// The language when nobody asks for one.
    pub default_locale: Locale,
    /// The telephone number of the help desk (*guichet unique*).
    pub telephone: Option<String>,
    /// Where the days and hours on pages and letters are.
    pub time_zone: TimeZone,
    /// The links of the footer.
    pub footer_links: Vec<FooterLink>,
    /// Where weaknesses are reported (RFC 9116): an https address, or a mail address as `mailto:…`.
    pub security_contact: Option<String>,
    /// The unpacked distribution of another stylesheet for the same markup (the DSFR).
    pub theme_directory: Option<PathBuf>,
}

/// One `[[situations]]`: who it is for, and which door it opens.
#[derive(Clone, Debug)]
pub struct SituationSettings {
    /// Its name in addresses, cookies and `idp_hint`.
    pub id: String,
    /// The choice as the page words it.
    pub title: Localized,
    /// A line under the title.
    pub description: Localized,
    /// Who belongs here, line by line.
    pub people: Vec<Localized>,
    /// What it opens.
    pub door: Door,
}

/// What a situation opens.
#[derive(Clone, Debug)]
pub enum Door {
    /// Guichet's own identifier and password.
    Password {
        /// Whether people have them from a letter, so that the page can say where to look.
        letters: bool,
    },
    /// A federated provider.
    Upstream(UpstreamId),
    /// Another site altogether, explained and linked.
    Elsewhere {
        /// Where the button leads.
        url: Url,
        /// What the button says.
        button: Localized,
        /// Why it is there and not here, paragraph by paragraph.
        explanation: Vec<Localized>,
    },
}

/// One `[[upstreams]]`: a provider to which people are federated.
#[derive(Clone, Debug)]
pub struct UpstreamSettings {
    /// Its name here.
    pub id: UpstreamId,
    /// Its name for people.
    pub name: String,
    /// Its issuer identifier.
    pub issuer: Url,
    /// Who we are there.
    pub client_id: String,
    /// With which secret.
    pub client_secret: Secret,
    /// How the secret is sent: `client_secret_basic` or `client_secret_post`.
    pub token_endpoint_auth_method: UpstreamAuthMethod,
    /// The scopes asked for, `openid` among them.
    pub scopes: Vec<String>,
    /// The `acr_values` asked for.
    pub acr_values: Vec<String>,
    /// Whether people who sign out here are signed out there too.
    pub sign_out: bool,
    /// The authority under which what its people do is noted; they are not its people in any other way.
    pub authority: Option<AuthorityId>,
    /// Which of its claims becomes which of ours.
    pub claims: ClaimMapping,
    /// The help page for people who cannot sign in there (AIDA).
    pub help: Option<UpstreamHelp>,
    /// The identifiers that belong to it.
    pub identifier_hints: IdentifierHints,
}

/// How a client secret travels to an upstream's token endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpstreamAuthMethod {
    /// In the Authorization header.
    ClientSecretBasic,
    /// In the body.
    ClientSecretPost,
}

/// Which upstream claim becomes which of ours; a name that is absent upstream is left out.
#[derive(Clone, Debug)]
pub struct ClaimMapping {
    /// The claim with the given name.
    pub given_name: String,
    /// The claim with the family name.
    pub family_name: String,
    /// The claim with the mail address.
    pub email: String,
    /// The claim with the address where people go after signing out, if there is one (RSA FIM's `FrEduUrlRetour`).
    pub return_address: Option<String>,
    /// Other claims to keep: ours → theirs.
    pub others: BTreeMap<String, String>,
}

/// Where people find help for an upstream.
#[derive(Clone, Debug)]
pub struct UpstreamHelp {
    /// What the link says.
    pub label: Localized,
    /// Where it leads.
    pub url: Url,
}

/// The identifiers that belong upstream, so that their owners are told before a password is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdentifierHints {
    /// Whether a real NUMEN (13 characters of a known form) belongs there.
    pub numen: bool,
    /// The mail domains whose addresses belong there, in lower case.
    pub mail_domains: Vec<String>,
}

/// `[sessions]`
#[derive(Clone, Debug)]
pub struct SessionSettings {
    /// A session ends when it is not used for so long.
    pub idle: Duration,
    /// A session ends so long after the sign-in, whatever happens.
    pub absolute: Duration,
}

/// `[tokens]`
#[derive(Clone, Debug)]
pub struct TokenSettings {
    /// How long an access token lives.
    pub access_token: Duration,
    /// How long an ID token lives.
    pub id_token: Duration,
    /// How long a code lives.
    pub code: Duration,
    /// For how long a pushed authorization request may begin a sign-in.
    pub pushed_request: Duration,
    /// A grant ends when its refresh token is not used for so long.
    pub refresh_idle: Duration,
    /// A grant ends so long after the sign-in.
    pub refresh_absolute: Duration,
    /// For how long the previous refresh token still gets the same answer.
    pub refresh_grace: Duration,
}

/// `[logs]`
#[derive(Clone, Debug)]
pub struct LogSettings {
    /// A filter such as `info` or `guichet=debug,info`.
    pub filter: String,
    /// Human or JSON.
    pub format: LogFormat,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Human on a terminal, JSON otherwise.
    Auto,
    /// For eyes.
    Human,
    /// For machines.
    Json,
}
