//! The managers of an authority, named and by claim, on one list.

use std::collections::BTreeMap;

use super::{Listed, Managers, Named, rank_by_claims, store};
use crate::accounts::{Account, AccountId, Origin};
use crate::config::{AuthorityId, AuthoritySettings};

impl Managers {
    /// Everybody who looks after an authority's people, the greater rank first, then by name.
    ///
    /// Those by claim are as their provider told them when they last came.
    pub async fn list(&self, authority: &AuthorityId) -> sqlx::Result<Vec<Listed>> {
        let named = store::named(&mut *self.0.database.read().await?, authority).await?;
        let by = named.iter().filter_map(|one| one.named_by.clone());
        let ids: Vec<AccountId> = named.iter().map(|one| one.account.clone()).chain(by).collect();
        let known = self.0.accounts.named_to(authority, &ids).await?;
        let find = |id: &AccountId| known.iter().find(|account| account.id == *id);
        let mut listed = BTreeMap::new();
        for one in &named {
            let Some(account) = find(&one.account) else { continue };
            let by = one.named_by.as_ref().map(|by| find(by).map(Account::display_name).unwrap_or_default());
            let named = Named { rank: one.rank, at: one.named_at, by };
            let entry = Listed { account: account.clone(), named: Some(named), claimed: None };
            listed.insert(account.id.clone(), entry);
        }
        if let Some(settings) = self.settings(authority) {
            for account in self.claimed(settings).await? {
                let Some(rank) = rank_by_claims(&account, settings) else { continue };
                let Origin::Upstream { upstream, .. } = &account.origin else { continue };
                let claimed = Some((rank, self.provider(upstream)));
                let entry = listed.entry(account.id.clone());
                entry.or_insert(Listed { account, named: None, claimed: None }).claimed = claimed;
            }
        }
        let mut listed: Vec<Listed> = listed.into_values().collect();
        listed.sort_by_key(|one| (std::cmp::Reverse(one.rank()), one.account.display_name()));
        Ok(listed)
    }

    /// Those of whom a provider may say it: whoever has one of the values somewhere in their claims.
    async fn claimed(&self, settings: &AuthoritySettings) -> sqlx::Result<Vec<Account>> {
        let mut found = Vec::new();
        for role in &settings.roles {
            for value in &role.values {
                let written = serde_json::Value::from(value.as_str()).to_string();
                found.extend(self.0.accounts.staff_of_whom_is_said(&role.upstream, &written).await?);
            }
        }
        Ok(found)
    }
}
