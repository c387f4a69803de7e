//! Who looks after an authority's people: those who were named, and those of whom their provider says so.

mod store;

use serde_json::Value;

use super::Desk;
use crate::accounts::{Account, Origin};
use crate::config::{AuthorityId, AuthoritySettings, Rank};

impl Desk {
    /// What somebody may do at the desk of an authority; `None` for nothing.
    ///
    /// Only people of an upstream provider have a rank: their password is not kept here.
    pub(super) async fn rank_of(&self, account: &Account, authority: &str) -> sqlx::Result<Option<Rank>> {
        let named =
            store::rank(&mut *self.0.database.read().await?, &account.id, &AuthorityId::from(authority))
                .await?;
        if matches!(account.origin, Origin::Here { .. }) || account.disabled_at.is_some() {
            return Ok(None);
        }
        let settings = self.0.authorities.iter().find(|known| known.id.as_str() == authority);
        let claimed = settings.and_then(|settings| rank_by_claims(account, settings));
        // The greater of the two.
        Ok(named.max(claimed))
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
