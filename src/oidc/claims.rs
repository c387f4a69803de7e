//! Which claims of a person each scope allows (`OpenID` Connect Core §5.4), and those asked for by name (§5.5).

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::clients::Client;
use super::scopes::{Scope, Scopes};
use super::{Grant, Provider};
use crate::accounts::{Account, Origin};

/// The claims of `profile` that an account may hold as they are.
const PROFILE: [&str; 11] = [
    "name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
];

/// Every claim that userinfo or an ID token may tell, for discovery.
pub(super) const SUPPORTED: [&str; 25] = [
    "sub",
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "updated_at",
    "email",
    "email_verified",
    "address",
    "phone_number",
    "phone_number_verified",
    "situation",
    "authority",
    "acr",
    "amr",
    "auth_time",
];

/// Claims that no account can set: they say who vouches, not who the person is.
const RESERVED: [&str; 15] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "nonce",
    "auth_time",
    "acr",
    "amr",
    "azp",
    "sid",
    "at_hash",
    "c_hash",
];

/// The scopes that tell a claim: each of them does, the most usual one first.
pub(super) fn scopes_telling(claim: &str) -> &'static [Scope] {
    match claim {
        "sub" | "acr" | "amr" | "auth_time" => &[Scope::OpenId],
        "preferred_username" => &[Scope::Profile, Scope::Imagin],
        "given_name" | "family_name" | "updated_at" => &[Scope::Profile],
        "email" | "email_verified" => &[Scope::Email],
        "address" => &[Scope::Address],
        "phone_number" | "phone_number_verified" => &[Scope::Phone],
        name if PROFILE.contains(&name) => &[Scope::Profile],
        name if RESERVED.contains(&name) => &[],
        _ => &[Scope::Imagin],
    }
}

impl Provider {
    /// The claims about an account that these scopes allow, but its `sub`; what is not known is left out.
    pub(super) fn claims_of(&self, account: &Account, scopes: &Scopes) -> Map<String, Value> {
        let mut told = Map::new();
        for scope in scopes.iter() {
            match scope {
                Scope::OpenId | Scope::OfflineAccess => {}
                Scope::Profile => tell_profile(&mut told, account),
                Scope::Email => {
                    if let Some(email) = &account.email {
                        told.insert("email".into(), json!(email));
                        told.insert("email_verified".into(), json!(account.email_verified));
                    }
                }
                Scope::Address => tell(&mut told, account, &["address"]),
                Scope::Phone => tell(&mut told, account, &["phone_number", "phone_number_verified"]),
                Scope::Imagin => self.tell_imagin(&mut told, account),
            }
        }
        told
    }

    /// The claims that were asked for by name, as far as they are known and the client may be told them.
    pub(super) fn claims_named(
        &self,
        names: &BTreeSet<String>,
        client: &Client,
        grant: &Grant,
        account: &Account,
    ) -> Map<String, Value> {
        if names.is_empty() {
            return Map::new();
        }
        let mut known = self.claims_of(account, &client.scopes);
        known.insert("acr".into(), json!(grant.acr));
        known.insert("auth_time".into(), json!(grant.auth_time.seconds()));
        if !grant.amr.is_empty() {
            known.insert("amr".into(), json!(grant.amr));
        }
        known.retain(|name, _| names.contains(name));
        known
    }

    /// What the expense claims need: which door, which authority, the identifier on the letter, and
    /// what the settings keep of the upstream's claims.
    fn tell_imagin(&self, told: &mut Map<String, Value>, account: &Account) {
        let upstream = match &account.origin {
            Origin::Here { .. } => None,
            Origin::Upstream { upstream, .. } => Some(upstream),
        };
        if let Some(situation) = self.situation_of(upstream) {
            told.insert("situation".into(), json!(situation));
        }
        if let Some(identifier) = account.identifier() {
            told.insert("preferred_username".into(), json!(identifier));
        }
        let standard = |name: &str| SUPPORTED.contains(&name) && name != "authority";
        for (name, value) in &account.claims {
            if !standard(name) && !RESERVED.contains(&name.as_str()) {
                told.insert(name.clone(), value.clone());
            }
        }
    }
}

fn tell(told: &mut Map<String, Value>, account: &Account, names: &[&str]) {
    for name in names {
        if let Some(value) = account.claims.get(*name) {
            told.insert((*name).to_owned(), value.clone());
        }
    }
}

fn tell_profile(told: &mut Map<String, Value>, account: &Account) {
    let name = account.display_name();
    if !name.is_empty() {
        told.insert("name".into(), json!(name));
    }
    for (claim, value) in [("given_name", &account.given_name), ("family_name", &account.family_name)] {
        if let Some(value) = value {
            told.insert(claim.into(), json!(value));
        }
    }
    if let Some(identifier) = account.identifier() {
        told.insert("preferred_username".into(), json!(identifier));
    }
    tell(told, account, &PROFILE);
    told.insert("updated_at".into(), json!(account.updated_at.seconds()));
}
