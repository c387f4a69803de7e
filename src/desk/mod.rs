//! The managers' desk: who looks after an authority's people, whom they see, and what they can do for them.
//!
//! The room owns the tables `manager`, `naming_code`, `people_list`, `people_list_part` and `people_list_row`. A manager is
//! signed in through an upstream provider and acts for one authority,
//! which stands in the address; everything is read through its [`Jurisdiction`] and changed by a [`Mandate`] bound
//! to it. Whoever has no rank there meets the page of an address at which nothing stands.

pub mod audit;
pub mod cases;
mod home;
pub mod imports;
pub mod letters;
pub mod managers;
mod mark;
pub mod new_person;
pub mod openings;
pub mod pages;
pub mod people;
mod reason;
pub mod search;
pub mod statistics;
pub mod telephone;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::sync::{Notify, Semaphore};
use url::Url;

pub use imports::{MOST_UPLOAD_BYTES, UPLOAD_ROUTE, purge_lists, takes_files};
pub use managers::{Managers, rank_by_claims};

use pages::{DeskFrame, Section};

use crate::accounts::{Account, AccountId, Accounts, Fingerprint, Jurisdiction, Mandate};
use crate::audit::{Acting, Actor, Event};
use crate::config::{
    AuthoritySettings, ImportColumns, LetterSettings, OpeningSettings, Rank, SituationSettings,
};
use crate::database::Database;
use crate::keys::{MasterKey, Purpose, Sealer};
use crate::kit::clock::Clock;
use crate::kit::page::{Pages, see_other};
use crate::kit::parameters::Parameters;
use crate::kit::problem::Problem;
use crate::kit::random::Rng;
use crate::kit::secrets::TokenHash;
use crate::kit::visitor::Visitor;
use crate::signin::{self, JOURNEY_PARAMETER, Sid, SignIn, SignedIn};

/// Where the desk begins; each authority's own is below it.
pub const PATH: &str = "/desk";
/// The field that names the session in which a form was shown; it opens nothing.
const SHOWN_IN: &str = "session";
/// The length of an id that a form brings.
const FORM_ID: usize = 22;

/// The desks of an installation's authorities.
#[derive(Clone)]
pub struct Desk(Arc<Inner>);

struct Inner {
    accounts: Accounts,
    sign_in: SignIn,
    managers: Managers,
    database: Database,
    authorities: Vec<AuthoritySettings>,
    situations: Vec<SituationSettings>,
    letters: LetterSettings,
    columns: ImportColumns,
    public_url: Url,
    /// Where people sign in with what is printed on their letter.
    door: String,
    lists: Sealer,
    /// Told when a list or a batch is to be worked at.
    wanted: Notify,
    /// Files that come in at this node, and pages that watch work: bounded, as each costs something while it lasts.
    uploads: Arc<Semaphore>,
    watchers: Arc<Semaphore>,
    openings: OpeningSettings,
    clock: Clock,
    rng: Rng,
}

/// What the room is made of.
pub struct Parts<'a> {
    /// The people.
    pub accounts: Accounts,
    /// Who is signed in.
    pub sign_in: SignIn,
    /// Who looks after people.
    pub managers: Managers,
    /// Where what happened is read.
    pub database: Database,
    /// Whose people are looked after.
    pub authorities: Vec<AuthoritySettings>,
    /// The doors of the sign-in: their names, and the one to which letters lead.
    pub situations: &'a [SituationSettings],
    /// When a season ends.
    pub letters: LetterSettings,
    /// How the columns of lists are called.
    pub columns: ImportColumns,
    /// Where every link begins.
    pub public_url: Url,
    /// What seals lists.
    pub master_key: &'a MasterKey,
    /// How far one manager alone may open accesses.
    pub openings: OpeningSettings,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub rng: Rng,
}

/// Somebody who looks after an authority's people, signed in; only the guard of this room makes one.
pub struct Manager {
    account: Account,
    sid: Sid,
    authority: AuthoritySettings,
    rank: Rank,
    people: Jurisdiction,
}

impl Manager {
    /// The manager's own account.
    #[must_use]
    pub const fn account(&self) -> &Account {
        &self.account
    }

    /// The session in which they act; their forms name it.
    #[must_use]
    pub const fn sid(&self) -> &Sid {
        &self.sid
    }

    /// For which authority.
    #[must_use]
    pub const fn authority(&self) -> &AuthoritySettings {
        &self.authority
    }

    /// What they may do.
    #[must_use]
    pub const fn rank(&self) -> Rank {
        self.rank
    }

    /// The people whom they look after.
    #[must_use]
    pub const fn people(&self) -> &Jurisdiction {
        &self.people
    }

    /// What the audit notes of an act of theirs.
    #[must_use]
    pub fn acting(&self, reason: &str) -> Acting {
        Acting {
            who: self.account.id.to_string(),
            authority: self.authority.id.clone(),
            reason: reason.to_owned(),
        }
    }

    /// Notes in the audit what they saw, of a person or of the whole authority, where nothing changes.
    async fn note(&self, reason: &str, person: Option<&AccountId>, event: (Event, &str)) -> sqlx::Result<()> {
        self.people.note(&Actor::Manager(self.acting(reason)), person, event).await
    }

    /// The right to change a person of the authority, upon the state that they had before their eyes.
    #[must_use]
    pub fn mandate(&self, reason: &str, seen: &str) -> Mandate {
        Mandate::manager(self.acting(reason), Fingerprint::from(seen))
    }

    /// An address at their authority's desk: `below` is empty or begins with a slash.
    #[must_use]
    pub fn path(&self, below: &str) -> String {
        path_of(&self.authority, below)
    }
}

fn path_of(authority: &AuthoritySettings, below: &str) -> String {
    format!("{PATH}/{}{below}", authority.id)
}

impl Desk {
    /// Puts the room together.
    #[must_use]
    pub fn new(parts: Parts<'_>) -> Self {
        Self(Arc::new(Inner {
            accounts: parts.accounts,
            sign_in: parts.sign_in,
            managers: parts.managers,
            database: parts.database,
            authorities: parts.authorities,
            situations: parts.situations.to_vec(),
            letters: parts.letters,
            columns: parts.columns,
            openings: parts.openings,
            public_url: parts.public_url,
            door: signin::password_door_path(parts.situations),
            lists: parts.master_key.sealer(Purpose::PeopleLists),
            wanted: Notify::new(),
            uploads: Arc::new(Semaphore::new(imports::MOST_UPLOADS)),
            watchers: Arc::new(Semaphore::new(imports::MOST_WATCHERS)),
            clock: parts.clock,
            rng: parts.rng,
        }))
    }

    /// The pages of the room.
    pub fn routes(&self) -> Router {
        Router::new()
            .route(PATH, get(home::choose))
            .route("/desk/{authority}", get(home::show))
            .merge(letters::routes())
            .merge(imports::routes())
            .merge(managers::routes())
            .merge(audit::routes())
            .merge(statistics::routes())
            .merge(people::routes())
            .route("/desk/{authority}/search", get(search::suggest))
            .route("/desk/{authority}/people/new", get(new_person::show).post(new_person::make))
            .route("/desk/{authority}/cases", get(cases::show).post(cases::act))
            .route("/desk/{authority}/people/{id}/telephone", get(telephone::show).post(telephone::speak))
            .route("/desk/{authority}/people/{id}/telephone/news", get(telephone::news))
            .route("/desk/{authority}/openings", get(openings::show).post(openings::agree))
            // Behind what answers: whoever has a rank leaves a mark, wherever they enter.
            .layer(from_fn_with_state(self.clone(), mark::mark))
            .with_state(self.clone())
    }

    fn pages(&self) -> &Pages {
        self.0.sign_in.pages()
    }

    /// Who asks for a page of an authority's desk, if they have this rank there or a greater one.
    ///
    /// Nobody signed in is sent to do so and then back to it. To anybody else the desk of an authority in which
    /// they have no such rank is as if it did not exist.
    async fn visited(&self, visitor: &Visitor, needed: (&str, Rank)) -> Result<Manager, Box<Response>> {
        self.visited_for(visitor, needed, &visitor.path).await
    }

    /// The same where whoever signs in for it comes back to another page, at `path`.
    async fn visited_for(
        &self,
        visitor: &Visitor,
        needed: (&str, Rank),
        path: &str,
    ) -> Result<Manager, Box<Response>> {
        let manager = self.ranked(visitor, needed, path).await?;
        if visitor.query.get(JOURNEY_PARAMETER).is_some() {
            // The journey ends here, and leaves the address.
            return Err(Box::new(see_other(path, &[])));
        }
        Ok(manager)
    }

    /// Who sends a form of an authority's desk, and the form; it must have been shown in this very session.
    ///
    /// Somebody signed out meanwhile, or as somebody else, is led to `path` again and nothing is done.
    async fn submitted(
        &self,
        visitor: &Visitor,
        body: &Bytes,
        (authority, least): (&str, Rank),
        path: &str,
    ) -> Result<(Manager, Parameters), Box<Response>> {
        let manager = self.ranked(visitor, (authority, least), path).await?;
        let form = Parameters::parse(body);
        if form.repeated().is_some() || form.is_garbled() {
            return Err(Box::new(self.problem(visitor, Problem::BadRequest)));
        }
        if form.get(SHOWN_IN) != Some(manager.sid.as_str()) {
            return Err(Box::new(see_other(path, &[])));
        }
        Ok((manager, form))
    }

    /// Who comes to an authority's desk with whatever it is, before anything of it is read.
    async fn ranked(
        &self,
        visitor: &Visitor,
        (authority, least): (&str, Rank),
        path: &str,
    ) -> Result<Manager, Box<Response>> {
        let found = self.0.sign_in.signed_in(visitor).await.map_err(|error| self.broken(visitor, &error))?;
        let person = found.ok_or_else(|| self.0.sign_in.begin_towards(visitor, path))?;
        self.manager(visitor, person, (authority, least)).await
    }

    /// Somebody who is signed in as the manager that they are.
    async fn manager(
        &self,
        visitor: &Visitor,
        person: SignedIn,
        (authority, least): (&str, Rank),
    ) -> Result<Manager, Box<Response>> {
        let broken = |error: sqlx::Error| Box::new(self.broken(visitor, &error));
        // Asked whether or not there is such an authority: the answer takes as long.
        let rank = self.0.managers.rank_of(&person.account, authority).await.map_err(broken)?;
        let settings = self.0.authorities.iter().find(|known| known.id.as_str() == authority);
        match (settings, rank) {
            (Some(settings), Some(rank)) if rank >= least => Ok(Manager {
                people: self.0.accounts.jurisdiction(&settings.id),
                authority: settings.clone(),
                rank,
                sid: person.sid,
                account: person.account,
            }),
            _ => Err(Box::new(self.problem(visitor, Problem::NotFound))),
        }
    }

    /// The id of what a form makes, so that sent twice it is made once; `None` for forms that we never drew.
    ///
    /// It is this manager's alone: whatever somebody types there, it is the id of nothing that others made.
    fn made_by(manager: &Manager, form: &str) -> Option<String> {
        let is_ours = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if form.len() != FORM_ID || !form.bytes().all(is_ours) {
            return None;
        }
        let whose = format!("{} {} {form}", manager.authority().id, manager.account().id);
        Some(TokenHash::of(&whose).as_str().chars().take(FORM_ID).collect())
    }

    fn problem(&self, visitor: &Visitor, problem: Problem) -> Response {
        problem.page(self.pages(), visitor, None).into_response()
    }

    /// Says that something of ours failed, and keeps the cause for the log.
    fn broken(&self, visitor: &Visitor, error: &dyn std::fmt::Display) -> Response {
        tracing::error!(%error, "the desk failed");
        self.problem(visitor, Problem::Unavailable)
    }
}
