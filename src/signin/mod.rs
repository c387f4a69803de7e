//! The hosted sign-in: which door is for whom, the password door, the way to upstream providers and
//! back, and the browser sessions that come of it.
//!
//! The room owns the tables `browser_session` and `throttle`. It knows that an application waits at the end of a
//! [`Journey`], and never what protocol that application speaks.

mod addresses;
mod departure;
mod desk_browser;
mod ended;
mod failures;
mod first_sign_in;
mod forgotten;
mod home;
mod journey;
mod new_password;
mod notice;
mod own_sessions;
pub mod pages;
mod password_door;
mod sessions;
mod situations;
mod store;
mod telephone;
pub mod throttling;
mod upstream_door;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use tokio::sync::Notify;

pub use departure::{LeftUpstream, SignedOut};
pub use ended::{SessionLine, SessionTimes, purge_heard_logouts, purge_sessions, sessions_of_account};
pub use journey::{JOURNEY_PARAMETER, Journey, OpenJourney, Resume};
pub use own_sessions::OwnSession;
pub use sessions::{ACR_VALUES, SessionId, SignedIn};
pub use situations::password_door_path;

use crate::accounts::{Accounts, CONFIRM_ADDRESS_PATH, RESET_PATH};
use crate::config::{Door, SessionSettings, SituationSettings};
use crate::database::{Database, Together};
use crate::federation::Federation;
use crate::id_type;
use crate::keys::{MasterKey, Purpose, Sealer};
use crate::kit::clock::Clock;
use crate::kit::page::Pages;
use crate::kit::random::Rng;
use failures::Failures;
use store::WithAccount;
use throttling::Throttle;

id_type! {
    /// A session's public name, which tokens bear; it opens nothing.
    Sid
}

/// Where the choice of situation stands; each situation's own page is below it.
pub const SIGN_IN_PATH: &str = "/sign-in";
/// Where a form asks to sign out.
pub const SIGN_OUT_PATH: &str = "/logout";
/// Where a temporary password is replaced.
const FIRST_SIGN_IN_PATH: &str = "/first-sign-in";
/// Where people who forgot their password ask for help.
const FORGOTTEN_PATH: &str = "/forgotten-password";
/// Where people without a mail address are asked for one.
const MAIL_ADDRESS_PATH: &str = "/mail-address";

/// The hosted sign-in of an installation.
#[derive(Clone)]
pub struct SignIn(Arc<Inner>);

struct Inner {
    database: Database,
    /// Who asks whose session a browser has.
    open_sessions: Together<SessionId, Option<WithAccount>>,
    accounts: Accounts,
    federation: Federation,
    pages: Pages,
    situations: Vec<SituationSettings>,
    sessions: SessionSettings,
    throttle: Throttle,
    journeys: Sealer,
    upstream_journeys: Sealer,
    first_sign_ins: Sealer,
    upstream_hints: Sealer,
    caller_pages: Sealer,
    desk_browsers: Sealer,
    session_ended: Notify,
    failures: Failures,
    clock: Clock,
    rng: Rng,
}

/// What the sign-in is made of.
pub struct Parts {
    /// Where sessions are kept.
    pub database: Database,
    /// The people.
    pub accounts: Accounts,
    /// The upstream providers.
    pub federation: Federation,
    /// How pages look.
    pub pages: Pages,
    /// The doors.
    pub situations: Vec<SituationSettings>,
    /// How long sessions live.
    pub sessions: SessionSettings,
    /// What slows guesses down.
    pub throttle: Throttle,
    /// What seals journeys.
    pub master_key: MasterKey,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub rng: Rng,
}

impl SignIn {
    /// Puts the sign-in together.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let Parts {
            database,
            accounts,
            federation,
            pages,
            situations,
            sessions,
            throttle,
            master_key,
            clock,
            rng,
        } = parts;
        Self(Arc::new(Inner {
            open_sessions: Together::reading(database.clone(), store::with_accounts),
            journeys: master_key.sealer(Purpose::Journey),
            upstream_journeys: master_key.sealer(Purpose::UpstreamJourney),
            first_sign_ins: master_key.sealer(Purpose::FirstSignIn),
            upstream_hints: master_key.sealer(Purpose::UpstreamHint),
            caller_pages: master_key.sealer(Purpose::CallerPage),
            desk_browsers: master_key.sealer(Purpose::DeskBrowser),
            session_ended: Notify::new(),
            failures: Failures::default(),
            database,
            accounts,
            federation,
            pages,
            situations,
            sessions,
            throttle,
            clock,
            rng,
        }))
    }

    /// The pages of the sign-in.
    pub fn routes(&self) -> Router {
        Router::new()
            .route("/", get(home::show))
            .route(SIGN_IN_PATH, get(situations::choose))
            .route("/sign-in/{situation}", get(situations::enter).post(password_door::submit))
            .route(FIRST_SIGN_IN_PATH, get(first_sign_in::show).post(first_sign_in::submit))
            .route(FORGOTTEN_PATH, get(forgotten::show).post(forgotten::ask))
            .route(telephone::TELEPHONE_PATH, get(telephone::show).post(telephone::submit))
            .route(telephone::NEWS_PATH, get(telephone::news))
            .route(telephone::PASSWORD_PATH, get(telephone::show_password).post(telephone::choose_password))
            .route(notice::NOTICE_PATH, get(notice::show).post(notice::submit))
            .route(RESET_PATH, get(forgotten::show_reset).post(forgotten::reset))
            .route(MAIL_ADDRESS_PATH, get(addresses::show).post(addresses::submit))
            .route(CONFIRM_ADDRESS_PATH, get(addresses::show_confirmation).post(addresses::confirm))
            .route("/federation/{upstream}/callback", get(upstream_door::arrive))
            .route("/federation/{upstream}/backchannel-logout", post(departure::hear))
            .with_state(self.clone())
    }

    /// How pages look.
    #[must_use]
    pub fn pages(&self) -> &Pages {
        &self.0.pages
    }

    /// What slows guesses down, for every place that asks for a password.
    #[must_use]
    pub fn throttle(&self) -> &Throttle {
        &self.0.throttle
    }

    fn situation(&self, id: &str) -> Option<&SituationSettings> {
        self.0.situations.iter().find(|situation| situation.id == id)
    }

    /// The door of people whose password is checked here.
    fn password_situation(&self) -> Option<&SituationSettings> {
        self.0.situations.iter().find(|situation| matches!(situation.door, Door::Password { .. }))
    }

    fn situation_of_upstream(&self, upstream: &crate::config::UpstreamId) -> Option<&SituationSettings> {
        let leads_there = |door: &Door| matches!(door, Door::Upstream(id) if id == upstream);
        self.0.situations.iter().find(|situation| leads_there(&situation.door))
    }
}
