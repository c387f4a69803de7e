//! Who looks after an authority's people: those who were named, and those of whom their provider says so.
//!
//! A supervisor names whoever reads them a code (`naming.rs`), so that nobody searches among the staff; operators name
//! by a command. What a provider says is taken back at the provider.

mod handlers;
mod listing;
mod naming;
pub mod pages;
mod store;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use serde_json::Value;

use super::Desk;
use crate::accounts::{Account, Accounts, Origin};
use crate::config::{AuthorityId, AuthoritySettings, Rank, UpstreamId, UpstreamSettings};
use crate::database::Database;
use crate::keys::{Mac, MasterKey, Purpose};
use crate::kit::clock::{Clock, Timestamp};
use crate::kit::random::Rng;

pub use naming::{Dismissal, NamingError};

/// Where staff get the code by which they are named.
pub const JOIN_PATH: &str = "/desk/join";
/// How long such a code lives, in hours.
pub const CODE_HOURS: u64 = 24;

/// The managers of an installation's authorities.
#[derive(Clone)]
pub struct Managers(Arc<Inner>);

struct Inner {
    database: Database,
    accounts: Accounts,
    authorities: Vec<AuthoritySettings>,
    upstreams: Vec<(UpstreamId, String)>,
    codes: Mac,
    clock: Clock,
    rng: Rng,
}

/// What it is made of.
pub struct Parts<'a> {
    /// Where managers are kept.
    pub database: Database,
    /// The people.
    pub accounts: Accounts,
    /// Whose people are looked after.
    pub authorities: Vec<AuthoritySettings>,
    /// The providers, for their names.
    pub upstreams: &'a [UpstreamSettings],
    /// What authenticates codes.
    pub master_key: &'a MasterKey,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub rng: Rng,
}

/// Somebody who looks after an authority's people.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Who.
    pub account: Account,
    /// What they were named, when, and by whom.
    pub named: Option<Named>,
    /// What their provider says, and the provider's name for people.
    pub claimed: Option<(Rank, String)>,
}

/// A naming, as it is kept.
#[derive(Clone, Debug)]
pub struct Named {
    /// To what.
    pub rank: Rank,
    /// When.
    pub at: Timestamp,
    /// What the one who named them is called; none for an operator.
    pub by: Option<String>,
}

impl Listed {
    /// The greater of what they were named and what their provider says.
    #[must_use]
    pub fn rank(&self) -> Option<Rank> {
        self.named.as_ref().map(|named| named.rank).max(self.claimed.as_ref().map(|(rank, _)| *rank))
    }
}

/// The pages of this part of the desk.
pub(super) fn routes() -> Router<Desk> {
    Router::new()
        .route(JOIN_PATH, get(handlers::offer_code).post(handlers::draw_code))
        .route("/desk/{authority}/managers", get(handlers::list))
        .route("/desk/{authority}/managers/code", post(handlers::look_up))
        .route("/desk/{authority}/managers/name", post(handlers::name))
        .route(
            "/desk/{authority}/managers/{account}/dismiss",
            get(handlers::ask_dismissal).post(handlers::dismiss),
        )
}

impl Managers {
    /// Puts them together.
    #[must_use]
    pub fn new(parts: Parts<'_>) -> Self {
        Self(Arc::new(Inner {
            database: parts.database,
            accounts: parts.accounts,
            authorities: parts.authorities,
            upstreams: parts.upstreams.iter().map(|one| (one.id.clone(), one.name.clone())).collect(),
            codes: parts.master_key.mac(Purpose::NamingCodes),
            clock: parts.clock,
            rng: parts.rng,
        }))
    }

    /// What somebody may do at the desk of an authority; `None` for nothing.
    ///
    /// Only people of an upstream provider have a rank: their password is not kept here.
    pub async fn rank_of(&self, account: &Account, authority: &str) -> sqlx::Result<Option<Rank>> {
        let authority = AuthorityId::from(authority);
        let mut connection = self.0.database.read().await?;
        let named = store::rank(&mut connection, &account.id, &authority).await?;
        Ok(self.rank_with(account, &authority, named))
    }

    fn rank_with(&self, account: &Account, authority: &AuthorityId, named: Option<Rank>) -> Option<Rank> {
        if matches!(account.origin, Origin::Here { .. }) || account.disabled_at.is_some() {
            return None;
        }
        let claimed = self.settings(authority).and_then(|settings| rank_by_claims(account, settings));
        // The greater of the two.
        named.max(claimed)
    }

    fn settings(&self, authority: &AuthorityId) -> Option<&AuthoritySettings> {
        self.0.authorities.iter().find(|known| known.id == *authority)
    }

    /// What a provider is called.
    fn provider(&self, upstream: &UpstreamId) -> String {
        let known = self.0.upstreams.iter().find(|(id, _)| id == upstream);
        known.map_or_else(|| upstream.to_string(), |(_, name)| name.clone())
    }
}

/// What an upstream provider says that somebody may do at an authority's desk.
#[must_use]
pub fn rank_by_claims(account: &Account, authority: &AuthoritySettings) -> Option<Rank> {
    let Origin::Upstream { upstream, .. } = &account.origin else { return None };
    let roles = authority.roles.iter().filter(|role| role.upstream == *upstream);
    let held = roles.filter(|role| {
        account
            .claims
            .get(&role.claim)
            .is_some_and(|claim| role.values.iter().any(|value| says(claim, value)))
    });
    held.map(|role| role.rank).max()
}

/// Whether a claim is a value, or a list that has it.
fn says(claim: &Value, value: &str) -> bool {
    match claim {
        Value::String(text) => text == value,
        Value::Array(all) => all.iter().any(|one| one.as_str() == Some(value)),
        _ => false,
    }
}
