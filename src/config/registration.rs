//! `[registration]`: whether applications may register themselves, and as what.

use super::clients::scope;
use super::reader::Section;
use super::settings::{GrantType, RegistrationSettings, ResourceSettings};
use super::values::{days, duration, flag, hours, word};

/// `[registration]`
pub(super) fn read(section: &mut Section<'_>, apis: &[ResourceSettings]) -> Option<RegistrationSettings> {
    let enabled = section.or("enabled", false, flag);
    let require_initial_access_token = section.or("require_initial_access_token", true, flag);
    let open_lifetime = section.or("open_lifetime", days(7), duration(hours(1)..=days(400)));
    let require_pkce = section.or("require_pkce", true, flag);
    let grants = GrantType::ALL.map(|grant_type| (grant_type.name(), grant_type));
    let grant_types = match section.node("grant_types") {
        None => Some(vec![GrantType::AuthorizationCode, GrantType::RefreshToken]),
        Some(_) => section.list("grant_types", word(&grants)),
    };
    // Which authority's people an application manages is for operators to say.
    let apis: Vec<_> = apis.iter().filter(|api| !api.is_ours()).cloned().collect();
    let every = ["openid", "profile", "email", "phone", "address", "offline_access"].map(str::to_owned);
    let scope = section.or("scope", every.to_vec(), scope(&apis, true));
    Some(RegistrationSettings {
        enabled: enabled?,
        require_initial_access_token: require_initial_access_token?,
        open_lifetime: open_lifetime?,
        require_pkce: require_pkce?,
        grant_types: grant_types?,
        scope: scope?,
    })
}
